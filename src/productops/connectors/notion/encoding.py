"""Values on their way into properties, and when a shown value is the one that was sent.

What Notion would refuse, or would take and make something new of, is refused here before sending: an option that a
select does not have would be created by its name, so options go by id only.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from productops.connectors.notion import runs
from productops.connectors.notion.layout import Column
from productops.connectors.notion.values import end, moment, start
from productops.sdk.collection import Field
from productops.sdk.record import Option, RichText, Unreadable, User, fingerprint
from productops.sdk.richtext import same_markdown
from productops.sdk.values import RefusalError, listed, option_ids, same_people, words

MOST = 100  # options, people or links in one property of one request
MOST_NAMED = 20  # options that an error lists
EMPTY: tuple[Any, ...] = (None, "", [], ())
Emails = Callable[[str], str | None]
Json = Any


def encode(column: Column, value: Any, now: Json, emails: Emails) -> Json:
    """Return a property value to send.

    Args:
        column: the property, or the end of its range.
        value: the plain value; null and empty clear.
        now: what the property shows now, in Notion's form, or ``None`` in a new page.
        emails: returns a person's id for an e-mail.

    Raises:
        RefusalError: Notion would not take it, or something would be lost that cannot be expressed.

    """
    if column.field.read_only:
        raise RefusalError(f"it cannot be written: {column.field.read_only}")
    if isinstance(value, Unreadable):
        raise RefusalError(f"an unreadable value cannot be written ({value.reason})")
    kind = column.type
    if kind in ("title", "rich_text"):
        return {kind: _text(column.field, value, now or [])}
    if kind == "date":
        return {kind: span(value, now, ending=column.end)}
    if kind == "checkbox":
        return {kind: _bool(value)}
    if kind in LISTS:
        return {kind: _listed_as(column.field, value, LISTS[kind], emails)}
    if value in EMPTY:
        if kind == "status" and now:
            # Null sets it back to its first option, which would look like an edit for ever.
            raise RefusalError("a status always has a value; choose one that means nothing yet")
        return {kind: None}
    return {kind: SINGLE[kind](column.field, value)}


def _text(field: Field, value: Any, now: Json) -> Json:
    text = value.markdown if isinstance(value, RichText) else value.name if isinstance(value, Option) else value
    if text is not None and not isinstance(text, str):
        raise RefusalError(f"it takes text, not {type(value).__name__}")
    text = text or ""
    if field.kind == "markdown":
        from productops.connectors.notion.inline import from_markdown

        found = runs.patch(now, from_markdown(text), visible=runs.visible)
    else:
        found = runs.patch(now, runs.plain(text), visible=runs.bare)
    if len(found) > runs.MOST:
        raise RefusalError(f"it takes {runs.MOST} pieces of text, this has {len(found)}")
    return found


def _bool(value: Any) -> bool:
    if value is not None and not isinstance(value, bool):
        raise RefusalError(f"it takes true or false, not {type(value).__name__}")
    return bool(value)


# --- dates


def span(value: Any, now: Json, *, ending: bool = False) -> Json:
    """Return a date property with one of its two ends changed and the rest kept.

    The end of a range that nobody mapped stays. Where it would come to lie before the new beginning it moves along,
    so that the range keeps its length.
    """
    first, last, zone = start(now), end(now), (now or {}).get("time_zone")
    if ending:
        if value in EMPTY:
            return {**now, "end": None} if now else None
        if first is None:
            raise RefusalError("it is the end of a range that has no beginning")
        return _span(first, _moment(value), zone, now)
    if value in EMPTY:
        if last is not None:
            raise RefusalError("it holds a range, and its end would be lost; clear it in Notion")
        return None
    fresh = _moment(value)
    if last is not None and first is not None:
        if _timed(fresh) != _timed(last):
            raise RefusalError("it holds a range, whose two ends must both have a time or neither; change it in Notion")
        if last < fresh:
            last = fresh + (last - first)
    return _span(fresh, last, zone, now)


def _timed(value: date) -> bool:
    return isinstance(value, datetime)


def _moment(value: Any) -> date:
    if isinstance(value, str):
        try:
            return moment(value)
        except ValueError:
            raise RefusalError(f"it takes a date, not {value[:40]!r}") from None
    if not isinstance(value, date):
        raise RefusalError(f"it takes a date, not {type(value).__name__}")
    if isinstance(value, datetime) and value.tzinfo is None:
        raise RefusalError("the time has no zone; Notion would take it for UTC")
    return value


def _span(first: date, last: date | None, zone: str | None, now: Json) -> Json:
    if last is not None and _timed(first) != _timed(last):
        raise RefusalError("the two ends of a range must both have a time or neither")
    if last is not None and last < first:
        raise RefusalError("the range would end before it begins")
    # A beginning or end that stays is sent back as it was shown.
    shown = now or {}
    return {
        "start": shown["start"] if now and start(now) == first else _stamp(first, zone, shown.get("start")),
        "end": None
        if last is None
        else shown["end"]
        if now and end(now) == last
        else _stamp(last, zone, shown.get("end")),
        "time_zone": zone if _timed(first) else None,
    }


def _stamp(value: date, zone: str | None, like: str | None = None) -> str:
    """Return a date, or a time in the zone or at least the offset of the one that it replaces."""
    if not isinstance(value, datetime):
        return value.isoformat()
    if zone:  # beside a zone Notion takes a local time without an offset
        from zoneinfo import ZoneInfo

        return value.astimezone(ZoneInfo(zone)).replace(tzinfo=None).isoformat(timespec="milliseconds")
    offset = datetime.fromisoformat(like).tzinfo if like else None
    return value.astimezone(offset or UTC).isoformat(timespec="milliseconds")


# --- single values


def _number(_field: Field, value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise RefusalError(f"it takes a number, not {type(value).__name__}")
    if not math.isfinite(value):
        raise RefusalError(f"it takes no {value}")
    return value


def _line(field: Field, value: Any) -> str:
    if not isinstance(value, str):
        raise RefusalError(f"it takes text, not {type(value).__name__}")
    if field.max_length and len(value) > field.max_length:
        raise RefusalError(f"it takes {field.max_length:,} characters, this has {len(value):,}")
    return value


def _option(field: Field, value: Any) -> Json:
    wanted = value.id if isinstance(value, Option) else value
    found = field.option(wanted) if isinstance(wanted, str) else None
    if found is not None:
        return {"id": found.id}
    shown = (value.name or value.id) if isinstance(value, Option) else value
    known = ", ".join(repr(one.name) for one in field.options[:MOST_NAMED]) or "none"
    more = ", …" if len(field.options) > MOST_NAMED else ""
    raise RefusalError(f"it has no option {shown!r}; it has {known}{more}")


def _state(field: Field, value: Any) -> Json:
    return {"state": _option(field, value)["id"]}


def _place(_field: Field, value: Any) -> Json:
    if not isinstance(value, Mapping) or not {"lat", "lon"} <= set(value):
        raise RefusalError("it takes a place with lat and lon")
    return {name: part for name, part in value.items() if part is not None}


SINGLE: Mapping[str, Callable[[Field, Any], Json]] = {
    "number": _number,
    "url": _line,
    "email": _line,
    "phone_number": _line,
    "select": _option,
    "status": _option,
    "verification": _state,
    "place": _place,
}


# --- lists, which are always written whole


def _listed_as(field: Field, value: Any, each: Callable[[Field, Any, Emails], Json], emails: Emails) -> list[Json]:
    items = listed(value) if value not in EMPTY else []
    found: list[Json] = []
    for item in items:
        one = each(field, item, emails)
        if one not in found:
            found.append(one)
    if len(found) > MOST:
        raise RefusalError(f"Notion takes {MOST} at once and replaces the whole list; this has {len(found)}")
    return found


def _choice(field: Field, value: Any, _emails: Emails) -> Json:
    return _option(field, value)


def _person(_field: Field, value: Any, emails: Emails) -> Json:
    if isinstance(value, User) and value.id:
        return {"object": "user", "id": value.id}
    email = value.email if isinstance(value, User) else None
    if not email:
        raise RefusalError("it takes a person with an id or an e-mail")
    id_ = emails(email)
    if id_ is None:
        raise RefusalError(f"nobody with the e-mail {email} is listed in this workspace, or e-mails are not shown")
    return {"object": "user", "id": id_}


def _link(_field: Field, value: Any, _emails: Emails) -> Json:
    if not isinstance(value, str) or not value:
        raise RefusalError(f"it takes ids of pages, not {value!r}")
    return {"id": value}


LISTS: Mapping[str, Callable[[Field, Any, Emails], Json]] = {
    "multi_select": _choice,
    "people": _person,
    "relation": _link,
}


# --- when a value arrived


def same(field: Field, sent: Any, shown: Any) -> bool:
    """Tell whether Notion would show ``shown`` after it was sent ``sent``."""
    if field.kind == "bool":
        return bool(sent) == bool(shown)
    if field.kind == "markdown":
        return same_markdown(words(sent), words(shown))
    if sent in EMPTY or shown in EMPTY:
        return (sent in EMPTY) == (shown in EMPTY)
    match field.kind:
        case "text" | "url":
            return words(sent) == words(shown)
        case "date" | "datetime":
            return _same_moment(sent, shown)
        case "choice" | "choices":
            return option_ids(field, sent) == option_ids(field, shown)
        case "person" | "people":
            return same_people(listed(sent), listed(shown))
        case "links":
            return {str(one) for one in listed(sent)} == {str(one) for one in listed(shown)}
    return fingerprint(sent) == fingerprint(shown)


def _same_moment(sent: Any, shown: Any) -> bool:
    try:
        one, other = _moment(sent), _moment(shown)
    except RefusalError:
        return False
    if _timed(one) != _timed(other):
        return False
    return _whole_minute(one) == _whole_minute(other)


def _whole_minute(value: date) -> date:
    """Return what Notion keeps of a time: it rounds down to the minute."""
    return value.astimezone(UTC).replace(second=0, microsecond=0) if isinstance(value, datetime) else value
