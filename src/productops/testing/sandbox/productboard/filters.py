"""Filters of listings and searches. A parameter that is not known is ignored, a key of a body is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from productops.testing.sandbox.productboard.acts import ALIASES
from productops.testing.sandbox.productboard.refusal import invalid
from productops.testing.sandbox.productboard.shown import EMPTY
from productops.testing.sandbox.productboard.world import Thing
from productops.testing.sandbox.wire import Request

Test = Callable[[Thing], bool]
FLAGS = ("archived", "processed")
PARTS = {"owner": ("id", "email"), "creator": ("id", "email"), "status": ("id", "name"), "teams": ("id", "name")}
OPERATORS = {"contains", "eq", "id", "name", "any", "all", "isSet"}


def queried(request: Request, *, notes: bool) -> Iterator[Test]:
    """Yield the tests that the parameters of a listing ask for."""
    if kinds := request.params("type[]"):
        yield of_types(kinds)
    for name in FLAGS:
        if (flag := request.param(name)) is not None:
            yield lambda one, name=name, flag=flag: value(one, name, False) == (flag == "true")  # type: ignore[misc]
    for name, parts in PARTS.items():
        for part in parts:
            if (asked := request.param(f"{name}[{part}]")) is not None:
                yield _part(name, part, asked)
    for name in ("system", "recordId"):
        if (wanted := request.param(f"metadata[source][{name}]")) is not None:
            yield lambda one, name=name, wanted=wanted: one.source.get(name) == wanted  # type: ignore[misc]
    if notes:
        for what in ("created", "updated"):
            yield from between(what, request.param(f"{what}From"), request.param(f"{what}To"))
        return
    if (parent := request.param("parent[id]")) is not None:
        yield lambda one: one.parent() == parent
    if text := request.param("name"):
        yield lambda one: text.casefold() in str(one.fields.get("name")).casefold()


def searched(body: Mapping[str, Any], *, notes: bool) -> Iterator[Test]:
    """Yield the tests that the body of a search asks for."""
    if unknown := set(body) - {"filter", "return", *(("search",) if notes else ())}:
        raise invalid(f"unknown key {min(unknown)!r}", "/data")
    wanted = body.get("filter") or {}
    if unknown := set(wanted) - {"type", "id", "createdAt", "updatedAt", "fields", "relationships", "metadata"}:
        raise invalid(f"unknown filter {min(unknown)!r}", "/data/filter")
    if kinds := wanted.get("type"):
        yield of_types([kinds] if isinstance(kinds, str) else kinds)
    if ids := wanted.get("id"):
        if len(ids) > 100:
            raise invalid("at most 100 ids", "/data/filter/id")
        yield lambda one: one.id in ids
    for key, what in (("createdAt", "created"), ("updatedAt", "updated")):
        yield from between(what, (wanted.get(key) or {}).get("from"), (wanted.get(key) or {}).get("to"))
    for name, asked in (wanted.get("fields") or {}).items():
        yield _field(name, asked)
    if parents := (wanted.get("relationships") or {}).get("parent"):
        yield lambda one: one.parent() in {each.get("id") for each in parents}
    for name, asked in ((wanted.get("metadata") or {}).get("source") or {}).items():
        yield lambda one, name=name, asked=asked: one.source.get(name) == asked  # type: ignore[misc]
    if text := str((body.get("search") or {}).get("query") or "").casefold():
        yield lambda one: text in f"{one.fields.get('name')} {one.fields.get('content')}".casefold()


def of_types(kinds: list[str]) -> Test:
    """Return whether a thing is of one of these types."""
    wanted = {ALIASES.get(kind, kind) for kind in kinds}
    return lambda one: one.type in wanted


def value(one: Thing, name: str, otherwise: Any = None) -> Any:
    """Return a field as filters see it."""
    if name == "processed" and one.fields.get("archived"):
        return False
    found = one.fields.get(name)
    return otherwise if found is None else found


def between(what: str, start: str | None, end: str | None) -> Iterator[Test]:
    """Yield whether a thing was made or changed in a time, both ends included."""
    since, until = (moment(each) if each else None for each in (start, end))
    if since and until and since > until:
        raise invalid("the start lies after the end")
    if since:
        yield lambda one: (one.created if what == "created" else one.updated) >= since
    if until:
        yield lambda one: (one.created if what == "created" else one.updated) <= until


def _part(name: str, part: str, asked: str) -> Test:
    def test(one: Thing) -> bool:
        held = one.fields.get(name)
        items = held if isinstance(held, list) else [held]
        return any(isinstance(item, dict) and item.get(part) == asked for item in items)

    return test


def _field(name: str, asked: Any) -> Test:
    if name in FLAGS and isinstance(asked, bool):
        return lambda one: value(one, name, False) == asked
    if isinstance(asked, list):  # status, owner, teams: any of these
        tests = [_part(name, part, each[part]) for each in asked for part in ("id", "name", "email") if part in each]
        return lambda one: any(test(one) for test in tests)
    if not isinstance(asked, dict) or len(asked) != 1 or not set(asked) <= OPERATORS:
        raise invalid(f"a filter of {name} has one of {', '.join(sorted(OPERATORS))}", f"/data/filter/fields/{name}")
    ((operator, wanted),) = asked.items()
    return lambda one: _holds(one.fields.get(name), operator, wanted)


def _holds(held: Any, operator: str, wanted: Any) -> bool:
    items = held if isinstance(held, list) else [held]
    names = {one.get(part) for one in items if isinstance(one, dict) for part in ("id", "name")}
    match operator:
        case "isSet":
            return (held not in EMPTY) is (wanted is True)
        case "contains":
            return str(wanted).casefold() in str(held or "").casefold()
        case "eq":
            return bool(held == wanted)
        case "any":
            return any({each.get("id"), each.get("name")} & names - {None} for each in wanted)
        case "all":
            return all({each.get("id"), each.get("name")} & names - {None} for each in wanted)
    return wanted in names


def moment(text: str) -> datetime:
    """Return a time that was sent."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        raise invalid("not a time") from None
