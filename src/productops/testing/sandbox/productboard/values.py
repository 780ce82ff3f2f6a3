"""Values on their way into fields: what is refused, and how they are kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from html.parser import HTMLParser
from typing import Any

from productops.testing.sandbox.productboard.refusal import RefusedError, invalid
from productops.testing.sandbox.productboard.world import Column, World

BARE = frozenset(("h1", "h2", "p", "b", "i", "u", "s", "code", "li", "pre", "blockquote", "a"))  # may hold characters
TAGS = BARE | {"ul", "ol", "hr"}
TEXT_MOST, HTML_MOST = 255, 524_288
LISTS = {"TagsFieldValue", "TeamsFieldValue", "MultiSelectFieldValue", "ConversationFieldValue"}
GRAINS = ("year", "quarter", "month", "day")


class _Strict(HTMLParser):
    """Reads HTML as the service's schema does: known elements only, characters never at the top."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            raise invalid(f"Invalid content was found starting with element '{tag}'.")
        if any(name != "href" or tag != "a" for name, _ in attrs):
            raise invalid(f"Attribute is not allowed to appear in element '{tag}'.")
        if tag != "hr":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "hr":
            return
        if not self.open or self.open.pop() != tag:
            raise invalid(f"The element '{tag}' must be terminated by the matching end-tag.")

    def handle_data(self, data: str) -> None:
        where = self.open[-1] if self.open else "body"
        if data.strip() and where not in BARE:
            raise invalid(f"Element '{where}' cannot have character [children], because its content is element-only.")


def check_html(text: Any) -> str:
    """Return HTML that the service takes. Raises ``RefusedError`` naming the element."""
    if not isinstance(text, str) or len(text) > HTML_MOST:
        raise invalid(f"Rich text is a string of up to {HTML_MOST} characters.")
    parser = _Strict()
    parser.feed(text)
    parser.close()
    if parser.open:
        raise invalid(f"The element '{parser.open[-1]}' must be terminated by the matching end-tag.")
    return text


def stored(world: World, column: Column, value: Any, *, note: bool) -> Any:
    """Return a value as it is kept. Raises ``RefusedError`` when the field does not take it."""
    pointer = f"/data/fields/{column.id}"
    if value is None:
        return None
    match column.schema:
        case "TextFieldValue" | "UrlFieldValue":
            if not isinstance(value, str) or len(value) > TEXT_MOST:
                raise invalid(f"must be a string of at most {TEXT_MOST} characters", pointer)
        case "RichTextFieldValue":
            return value if note and isinstance(value, str) else check_html(value)
        case "NumberFieldValue":
            _number(value, pointer)
        case "BooleanFieldValue":
            if not isinstance(value, bool):
                raise invalid("must be a boolean", pointer)
        case "DateFieldValue":
            _day(value, pointer)
        case "MemberFieldValue":
            return _member(world, value, pointer)
        case "StatusFieldValue" | "SingleSelectFieldValue":
            return _option(column, value, pointer)
        case schema if schema in COMPOSITES:
            return COMPOSITES[schema](value if isinstance(value, dict) else {}, pointer)
        case schema if schema in LISTS:
            if not isinstance(value, list):
                raise invalid("must be an array", pointer)
            return [_listed(world, column, one, pointer) for one in value]
    return value


def _number(value: Any, pointer: str) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise invalid("must be a number", pointer)
    return value


def _day(value: Any, pointer: str) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        raise invalid("must be a date", pointer) from None


def _timeframe(value: dict[str, Any], pointer: str) -> dict[str, Any]:
    if value.get("granularity") not in GRAINS or set(value) - {"startDate", "endDate", "granularity"}:
        raise invalid("a timeframe has startDate, endDate and granularity", pointer)
    start, end = _day(value.get("startDate"), pointer), _day(value.get("endDate"), pointer)
    if start > end:
        raise invalid("startDate lies after endDate", pointer)
    return {"startDate": start, "endDate": end, "granularity": value["granularity"]}


def _health(value: dict[str, Any], pointer: str) -> dict[str, Any]:
    if value.get("status") not in ("onTrack", "atRisk", "offTrack") or set(value) - {"mode", "status", "comment"}:
        raise invalid("a health has a status that can be set, and perhaps a mode and a comment", pointer)
    return {"mode": value.get("mode", "manual"), "status": value["status"], "comment": value.get("comment")}


def _progress(value: dict[str, Any], pointer: str) -> dict[str, Any]:
    names = ("startValue", "targetValue", "currentValue")
    if unknown := set(value) - set(names):
        raise invalid(f"unknown key {min(unknown)!r}", pointer)
    return {name: _number(value[name], pointer) for name in names if value.get(name) is not None}


def _work(value: dict[str, Any], pointer: str) -> dict[str, Any]:
    return {"value": _number(value.get("value"), pointer), "mode": value.get("mode", "manual")}


COMPOSITES: dict[str, Callable[[dict[str, Any], str], dict[str, Any]]] = {
    "TimeframeFieldValue": _timeframe,
    "HealthFieldValue": _health,
    "ProgressFieldValue": _progress,
    "WorkProgressFieldValue": _work,
}


def key_of(item: Any) -> str:
    """Return what tells one item of a list from another."""
    return str(item.get("externalId") or item.get("id") or item.get("name"))


def _member(world: World, value: Any, pointer: str) -> dict[str, Any]:
    asked = value if isinstance(value, dict) else {}
    for member in world.members.values():
        if asked.get("id") == member["id"] or (asked.get("email") or "").casefold() == member["email"].casefold():
            return {"id": member["id"], "email": member["email"]}
    raise RefusedError(422, "The member does not exist.", code="validation.referenceNotFound", pointer=pointer)


def _option(column: Column, value: Any, pointer: str) -> dict[str, str]:
    asked = value if isinstance(value, dict) else {}
    for name, id_ in column.options.items():
        if asked.get("id") == id_ or asked.get("name") == name:
            return {"id": id_, "name": name}
    raise RefusedError(422, "The value does not exist.", code="validation.referenceNotFound", pointer=pointer)


def _listed(world: World, column: Column, value: Any, pointer: str) -> dict[str, Any]:
    if column.schema == "MultiSelectFieldValue":
        return _option(column, value, pointer)
    asked = value if isinstance(value, dict) else {}
    if column.schema == "TeamsFieldValue":
        for team in world.teams.values():
            if asked.get("id") == team["id"] or asked.get("name") == team["name"]:
                return dict(team)
        raise RefusedError(422, "The team does not exist.", code="validation.referenceNotFound", pointer=pointer)
    if column.schema == "ConversationFieldValue":
        if not asked.get("externalId") or asked.get("authorType") not in ("customer", "agent"):
            raise invalid("a part has externalId, authorType and content", pointer)
        return dict(asked)
    if not asked.get("name"):
        raise invalid("a tag has a name", pointer)
    return {"name": asked["name"]}
