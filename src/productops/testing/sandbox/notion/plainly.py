"""Values as a person would say them: names instead of ids, a text instead of rich text."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from productops.testing.sandbox.notion import markdown
from productops.testing.sandbox.notion.reads import Reader
from productops.testing.sandbox.notion.schema import dashed
from productops.testing.sandbox.notion.text import name_of
from productops.testing.sandbox.notion.world import Page, Property, Source, World


def sent(world: World, found: Property, value: Any) -> dict[str, Any]:
    """Return a plain value as a request would send it; a value that is already so stays. Raises ``KeyError``."""
    if isinstance(value, dict) and found.type in value:
        return value
    match found.type:
        case "title" | "rich_text" if isinstance(value, str):
            value = markdown.words(value)
        case "title" | "rich_text" if value is None:
            value = []
        case "select" | "status" if isinstance(value, str):
            value = {"name": value}
        case "multi_select":
            value = [{"name": one} if isinstance(one, str) else one for one in value or ()]
        case "date" if isinstance(value, str | date):
            value = {"start": value if isinstance(value, str) else value.isoformat()}
        case "people":
            value = [{"id": person(world, one)} for one in _several(value)]
        case "relation":
            target = world.sources[found.more["source"]]
            value = [{"id": row(world, target, one)} for one in _several(value)]
        case "files":
            value = [{"name": one.rpartition("/")[2], "external": {"url": one}} for one in _several(value)]
        case "verification" if isinstance(value, str):
            value = {"state": value}
    return {found.type: value}


def _several(value: Any) -> list[Any]:
    return [] if value is None else [value] if isinstance(value, str) else list(value)


def person(world: World, key: str) -> str:
    """Return the id of a user named by id, e-mail or name. Raises ``KeyError``."""
    for user in world.users.values():
        if key in (user.id, user.email, user.name):
            return user.id
    raise KeyError(f"nobody here is {key!r}; there are {[one.name for one in world.users.values()]}")


def row(world: World, source: Source, key: str) -> str:
    """Return the id of a row named by id or title. Raises ``KeyError``."""
    if dashed(key) in source.rows:
        return dashed(key)
    for found in source.rows:
        if name_of(world, found) == key:
            return found
    raise KeyError(f"no row {key!r} in {name_of(world, source.id)}")


def said(reader: Reader, source: Source, page: Page) -> dict[str, Any]:
    """Return a row's values as a person reads them, by name."""
    return {one.name: _said(reader, page, one) for one in source.properties.values()}


def _said(reader: Reader, page: Page, found: Property) -> Any:
    value = reader.bare(page, found, page.values)
    match found.type:
        case "relation":
            return [name_of(reader.world, one) for one in value]
        case "date" if value:
            return value["start"] if value["end"] is None else value
        case "created_time" | "last_edited_time":
            return datetime.fromisoformat(value["start"])
    return value
