"""Values of Productboard's fields as plain ones, and back. What it hides is neither kept nor written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

from productops.connectors.productboard.columns import Column
from productops.connectors.productboard.composites import merged, read, timeframe, timeframe_text
from productops.connectors.productboard.patching import looks, patched
from productops.connectors.productboard.text import LIMIT, rich, to_html
from productops.sdk.collection import Field
from productops.sdk.record import Option, Unreadable, User, fingerprint
from productops.sdk.richtext import same_markdown
from productops.sdk.values import RefusalError, listed, words

REDACTED = "[redacted]"
COMPOSITE = frozenset({"timeframe", "health", "progress", "work"})
EMPTY: tuple[Any, ...] = (None, "", [], ())
HIDDEN = Unreadable("hidden: the token lacks the scope for personal data")
Json = Any


def user(data: Mapping[str, Any]) -> User:
    """Return a person; what is redacted is not known."""
    name, email = ((None if data.get(key) in (REDACTED, "") else data.get(key)) for key in ("name", "email"))
    return User(str(data.get("id") or ""), name, email, active=not data.get("disabled"))


def decode(column: Column, value: Json) -> Any:
    """Return a value as it is read; one that cannot be read is ``Unreadable``."""
    field = column.field
    if value == REDACTED:
        return HIDDEN
    if value in EMPTY:
        return None
    try:
        if column.form in COMPOSITE:
            return read(column.form, column.part, value)
        match field.kind:
            case "markdown":
                html = value.get("value") if isinstance(value, dict) else value
                return rich(html) if isinstance(html, str) else Unreadable("a conversation, not one text")
            case "number" if isinstance(value, dict):
                return value.get("value")
            case "person":
                return user(value)
            case "choice":
                return Option(str(value["id"]), str(value.get("name") or ""))
            case "choices":
                return [Option(str(one["id"]), str(one.get("name") or "")) for one in value]
            case "labels":
                return [str(one["name"]) for one in value]
            case "date":
                return date.fromisoformat(value)
    except (KeyError, TypeError, ValueError, AttributeError):
        return Unreadable("it has a form that is not known")
    return value


def encode(column: Column, value: Any) -> Json:
    """Return a value to send; None clears. Of a composite it is the part.

    Raises:
        RefusalError: Productboard would not take it, or it is not ours to write.

    """
    field = column.field
    if field.read_only:
        raise RefusalError(f"it cannot be written: {field.read_only}")
    if isinstance(value, Unreadable) or value == REDACTED or (isinstance(value, User) and value.email == REDACTED):
        raise RefusalError("a hidden or unreadable value cannot be written")
    if value in EMPTY:
        return [] if field.kind in ("labels", "choices") else None
    if column.form == "timeframe":
        return _timeframe(value)
    if column.form == "health":
        return _option(field, value)
    match field.kind:
        case "markdown":
            return _html(value)
        case "person":
            return _person(value)
        case "choice":
            return {"id": _option(field, value)}
        case "choices":
            return [{"id": _option(field, one)} for one in listed(value)]
        case "labels":
            return [{"name": str(one)} for one in listed(value)]
        case "date":
            return _day(value)
        case "text" | "url":
            return _line(field, value)
        case "link":
            return str(value)
        case "links":
            return [str(one) for one in listed(value)]
        case "number" if isinstance(value, bool) or not isinstance(value, int | float):
            raise RefusalError(f"it takes a number, not {type(value).__name__}")
    return value


def _html(value: Any) -> str:
    html = to_html(words(value))
    if len(html) > LIMIT:
        raise RefusalError(f"it takes {LIMIT:,} characters of HTML, this has {len(html):,}")
    return html


def _person(value: Any) -> Json:
    if isinstance(value, User) and (value.id or value.email):
        return {"id": value.id} if value.id else {"email": value.email}
    raise RefusalError("it takes a person with an id or an e-mail")


def _option(field: Field, value: Any) -> str:
    found = field.option(value.id if isinstance(value, Option) else str(value))
    if found is None:
        shown = (value.name or value.id) if isinstance(value, Option) else value
        raise RefusalError(f"it has no option {shown!r}; it has {', '.join(one.name for one in field.options)}")
    return found.id


def _day(value: Any) -> str:
    if isinstance(value, datetime) or not isinstance(value, date | str):
        raise RefusalError(f"it takes a date, not {type(value).__name__}")
    return value if isinstance(value, str) else value.isoformat()


def _line(field: Field, value: Any) -> str:
    if not isinstance(value, str):
        raise RefusalError(f"it takes text, not {type(value).__name__}")
    if field.max_length and len(value) > field.max_length:
        raise RefusalError(f"it takes {field.max_length} characters, this has {len(value)}")
    return value


def _timeframe(value: Any) -> Json:
    try:
        return timeframe(str(value))
    except ValueError:
        raise RefusalError(f"it takes a time such as Q4 2026, 2026-10 or 2026-10-12, not {value!r}") from None


def steps(wanted: Iterable[tuple[Column, Json]], now: Mapping[str, Json]) -> list[Json]:
    """Return the operations that turn what fields hold now into what is wanted.

    A list that is set replaces items that somebody added a moment ago; so items are added and removed one by one. Of a
    text only the elements that differ are replaced, and a text that says the same already is not set.
    """
    found: list[Json] = []
    whole: dict[str, Json] = {}
    for column, value in wanted:
        if column.field.kind in ("labels", "choices"):
            found += _items(column.field, value, now.get(column.home))
        elif column.field.kind == "markdown" and value is not None and isinstance(held := now.get(column.home), str):
            if (html := patched(held, value)) != held:
                whole[column.home] = html
        else:
            held = whole.get(column.home, now.get(column.home))
            whole[column.home] = merged(column.form, column.part, value, held) if column.form in COMPOSITE else value
    for path, value in whole.items():
        found.append({"op": "clear", "path": path} if value is None else {"op": "set", "path": path, "value": value})
    return found


def body(wanted: Iterable[tuple[Column, Json]]) -> dict[str, Json]:
    """Return the fields of a new record."""
    whole: dict[str, Json] = {}
    for column, value in wanted:
        composite = column.form in COMPOSITE
        whole[column.home] = merged(column.form, column.part, value, whole.get(column.home)) if composite else value
    return {name: value for name, value in whole.items() if value not in EMPTY}


def _items(field: Field, wanted: Json, now: Json) -> list[Json]:
    key: Callable[[Json], str] = (lambda one: one["name"]) if field.kind == "labels" else (lambda one: one["id"])
    before, after = _by(key, now or []), _by(key, wanted or [])
    added = [one for name, one in after.items() if name not in before]
    gone = [{part: one[part] for part in ("id", "name") if part in one} for n, one in before.items() if n not in after]
    found = ((op, items) for op, items in (("addItems", added), ("removeItems", gone)) if items)
    return [{"op": op, "path": field.id, "value": items} for op, items in found]


def _by(key: Callable[[Json], str], items: Iterable[Json]) -> dict[str, Json]:
    return {key(one): one for one in items}


def same(column: Column, sent: Any, shown: Any) -> bool:
    """Tell whether Productboard would show ``shown`` after it was sent ``sent``."""
    field = column.field
    if column.form == "timeframe" and sent and shown:
        with suppress(ValueError):
            return timeframe_text(timeframe(str(sent))) == str(shown)
    if column.relation == "customer" and column.form == "text":
        return address(sent) == address(shown)
    if field.kind == "markdown":
        left, right = words(sent), words(shown)
        return same_markdown(left, right) or looks(to_html(left)) == looks(to_html(right))
    if field.kind == "person" and isinstance(sent, User) and isinstance(shown, User) and not sent.id:
        return (sent.email or "").casefold() == (shown.email or "?").casefold()
    return fingerprint(sent) == fingerprint(shown)


def address(text: Any) -> str:
    """Return what tells one customer from another: the e-mail of ``Ada Lind <ada@example.com>``."""
    return str(text or "").rpartition("<")[2].rstrip(">").strip().casefold()


def moment(text: Any) -> datetime | None:
    """Return a time as read, or None."""
    try:
        return datetime.fromisoformat(str(text)).astimezone(UTC)
    except ValueError:
        return None
