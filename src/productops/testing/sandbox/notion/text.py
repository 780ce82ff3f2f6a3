"""Rich text: what may be sent, what is kept of it, and how it is shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from productops.testing.sandbox.notion.refusal import misfit, too_long
from productops.testing.sandbox.notion.times import DateError, kept_date
from productops.testing.sandbox.notion.world import World

LONGEST_TEXT = 2000
LONGEST_URL = 2000
LONGEST_EQUATION = 1000
MOST_ITEMS = 100
PLAIN: dict[str, Any] = {
    "bold": False,
    "italic": False,
    "strikethrough": False,
    "underline": False,
    "code": False,
    "color": "default",
}
COLORS = ("default", "gray", "brown", "orange", "yellow", "green", "blue", "purple", "pink", "red")
BLOCK_COLORS = frozenset([*COLORS, *(f"{color}_background" for color in COLORS)])
MENTIONS = ("user", "date", "page", "database", "data_source", "template_mention", "link_mention", "link_preview")
Item = dict[str, Any]


def length(text: str) -> int:
    """Return the length of a text as JavaScript counts it."""
    return len(text.encode("utf-16-le")) // 2


def plain(text: str) -> list[Item]:
    """Return a text without marks, as it is kept."""
    return [{"type": "text", "text": {"content": text, "link": None}, "annotations": dict(PLAIN)}] if text else []


def normalised(value: Any, place: str, *, most: int = MOST_ITEMS) -> list[Item]:
    """Return rich text as it is kept. Raises the refusal Notion answers with."""
    if not isinstance(value, list):
        raise misfit(place, "an array", value)
    if len(value) > most:
        raise too_long(place, most, len(value))
    return joined([_item(item, f"{place}[{number}]") for number, item in enumerate(value)])


def joined(items: Sequence[Item]) -> list[Item]:
    """Return rich text with neighbours of one look as one. Recorded; it makes texts that are over the limit."""
    made: list[Item] = []
    for item in items:
        last = made[-1] if made else None
        if last and _alike(last, item):
            content = last["text"]["content"] + item["text"]["content"]
            made[-1] = {**last, "text": {**last["text"], "content": content}}
        else:
            made.append(item)
    return made


def _alike(one: Item, two: Item) -> bool:
    same = one["type"] == two["type"] == "text" and one["annotations"] == two["annotations"]
    return same and bool(one["text"]["link"] == two["text"]["link"])


def _item(item: Any, place: str) -> Item:
    if not isinstance(item, dict):
        raise misfit(place, "an object", item)
    kind = item.get("type") or next((one for one in ("text", "mention", "equation") if one in item), None)
    if kind not in ("text", "mention", "equation"):
        raise misfit(f"{place}.type", "a type of rich text", kind if kind is not None else ...)
    if not isinstance(item.get(kind), dict):
        raise misfit(f"{place}.{kind}", "defined", item.get(kind, ...))
    make = {"text": _text, "mention": _mention, "equation": _equation}[kind]
    return {"type": kind, kind: make(item[kind], f"{place}.{kind}"), "annotations": _marks(item, place)}


def _marks(item: Item, place: str) -> dict[str, Any]:
    given = item.get("annotations") or {}
    if not isinstance(given, dict):
        raise misfit(f"{place}.annotations", "an object", given)
    for name, value in given.items():
        if name not in PLAIN:
            raise misfit(f"{place}.annotations.{name}", "not present", value)
        if name == "color" and str(value) not in BLOCK_COLORS:
            raise misfit(f"{place}.annotations.color", "a known color", value)
        if name != "color" and not isinstance(value, bool):
            raise misfit(f"{place}.annotations.{name}", "a boolean", value)
    return {**PLAIN, **given}


def _text(given: dict[str, Any], place: str) -> dict[str, Any]:
    content = given.get("content", ...)
    if not isinstance(content, str):
        raise misfit(f"{place}.content", "a string" if content is not ... else "defined", content)
    if length(content) > LONGEST_TEXT:
        raise too_long(f"{place}.content", LONGEST_TEXT, length(content))
    link = given.get("link")
    if link is None:
        return {"content": content, "link": None}
    if not isinstance(link, dict) or not isinstance(link.get("url"), str):
        raise misfit(f"{place}.link.url", "a string", link.get("url", ...) if isinstance(link, dict) else link)
    return {"content": content, "link": {"url": checked_url(link["url"], f"{place}.link.url")}}


def checked_url(url: str, place: str) -> str:
    """Return a link's address. Raises the refusal of one that is too long or none."""
    if length(url) > LONGEST_URL:
        raise too_long(place, LONGEST_URL, length(url))
    if not re.match(r"([a-z][a-z0-9+.-]*:\S|/|#)", url, re.IGNORECASE):
        raise misfit(place, "a valid URL", url)
    return url


def _equation(given: dict[str, Any], place: str) -> dict[str, Any]:
    expression = given.get("expression", ...)
    if not isinstance(expression, str):
        raise misfit(f"{place}.expression", "a string", expression)
    if length(expression) > LONGEST_EQUATION:
        raise too_long(f"{place}.expression", LONGEST_EQUATION, length(expression))
    return {"expression": expression}


def _mention(given: dict[str, Any], place: str) -> dict[str, Any]:
    kind = given.get("type") or next((one for one in MENTIONS if one in given), None)
    if kind not in MENTIONS or not isinstance(given.get(kind), dict):
        raise misfit(f"{place}.{kind or 'user'}", "defined", ...)
    value = given[kind]
    if kind == "date":
        try:
            return {"type": kind, kind: kept_date(value)}
        except DateError as error:
            raise misfit(f"{place}.date.{error.key}", "a valid ISO 8601 date string", error.value) from None
    if kind in ("user", "page", "database", "data_source"):
        if not isinstance(value.get("id"), str):
            raise misfit(f"{place}.{kind}.id", "a string", value.get("id", ...))
        return {"type": kind, kind: {"id": value["id"]}}
    return {"type": kind, kind: value}


def shown(items: Sequence[Item], world: World, user: Any) -> list[Item]:
    """Return kept rich text as answers show it; ``user`` shows a user by id."""
    return [_shown_item(item, world, user) for item in items]


def _shown_item(item: Item, world: World, user: Any) -> Item:
    kind = item["type"]
    value = item[kind]
    words, href = value.get("content", value.get("expression", "")), None
    if kind == "text" and value["link"]:
        href = value["link"]["url"]
    if kind == "mention":
        value, words, href = _shown_mention(value, world, user)
    return {"type": kind, kind: value, "annotations": item["annotations"], "plain_text": words, "href": href}


def _shown_mention(mention: dict[str, Any], world: World, user: Any) -> tuple[dict[str, Any], str, str | None]:
    kind = mention["type"]
    value = mention[kind]
    if kind == "user":
        known = world.users.get(value["id"])
        return {"type": kind, kind: user(value["id"])}, f"@{known.name if known else 'Anonymous'}", None
    if kind == "date":
        words = value["start"] + (f" → {value['end']}" if value["end"] else "")
        return mention, words, None
    if kind in ("page", "database", "data_source"):
        return mention, name_of(world, value["id"]), f"https://www.notion.so/{value['id'].replace('-', '')}"
    return mention, str(value.get("url", "")), value.get("url")


def words_of(items: Sequence[Item], world: World) -> str:
    """Return the words of kept rich text."""
    return "".join(one["plain_text"] for one in shown(items, world, lambda found: {"id": found}))


def name_of(world: World, found: str) -> str:
    """Return the title of a page, a database or a source; "Untitled" when it has none."""
    if page := world.page(found):
        return words_of(page.values.get("title") or [], world) or "Untitled"
    holder = world.database(found) or world.sources.get(found)
    return (words_of(holder.title, world) if holder else "") or "Untitled"
