"""Property values as Notion shows them, in the library's plain values.

A value is read by its own type, and compared with the type that the schema promised: a property that was retyped
since the schema was read is unreadable for now, not empty.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from productops.sdk.record import Option, Unreadable, User

Json = Any
Decoder = Callable[[Json], Any]


def decode(shown: Mapping[str, Json], promised: str) -> Any:
    """Return the plain value of a property as a page shows it."""
    kind = str(shown.get("type", ""))
    if kind != promised:
        return Unreadable(f"the property is {kind or 'nothing known'} now and was {promised}")
    reader = DECODERS.get(kind)
    if reader is None:
        return Unreadable(f"properties of the type {kind!r} are not known to this version")
    try:
        return reader(shown.get(kind))
    except (KeyError, TypeError, ValueError, AttributeError):
        return Unreadable(f"the property does not hold what a {kind} holds")


def text(runs: Json) -> str | None:
    """Return rich text without formatting; mentions by the names they show."""
    return "".join(str(run.get("plain_text", "")) for run in runs or ()) or None


def moment(value: str, zone: str | None = None) -> date | datetime:
    """Return a date, or an aware time.

    >>> moment("2024-01-01"), moment("2024-11-25T14:08:00.000+00:00").isoformat()
    (datetime.date(2024, 1, 1), '2024-11-25T14:08:00+00:00')
    """
    if len(value) == 10:
        return date.fromisoformat(value)
    found = datetime.fromisoformat(value)
    if found.tzinfo is None:
        found = found.replace(tzinfo=ZoneInfo(zone) if zone else UTC)
    return found.astimezone(UTC)


def time_of(value: Json) -> datetime | None:
    """Return an aware time, or ``None`` where there is none."""
    found = moment(value) if isinstance(value, str) else None
    return found if isinstance(found, datetime) else None


def start(value: Json) -> Any:
    """Return where a date property begins."""
    return moment(value["start"], value.get("time_zone")) if value and value.get("start") else None


def end(value: Json) -> Any:
    """Return where a range ends."""
    return moment(value["end"], value.get("time_zone")) if value and value.get("end") else None


def option(value: Json) -> Option | None:
    """Return the option that a select or status shows."""
    return Option(str(value["id"]), str(value.get("name", ""))) if value else None


def user(value: Json) -> User:
    """Return a person, with what the integration may see of them."""
    person = value.get("person") or {}
    return User(str(value["id"]), value.get("name") or None, person.get("email") or None)


def file(value: Json) -> dict[str, str]:
    """Return what identifies a file; the address of one that Notion hosts works for an hour and is never kept."""
    found = {"name": str(value.get("name", ""))}
    if value.get("type") == "external":
        found["url"] = str(value["external"]["url"])
    return found


def number_of(value: Json) -> str | None:
    """Return a running number with its prefix: PROD-12."""
    if not value or value.get("number") is None:
        return None
    return f"{value['prefix']}-{value['number']}" if value.get("prefix") else str(value["number"])


def state(value: Json) -> Option | None:
    """Return whether a wiki page is verified."""
    return Option(str(value["state"]), str(value["state"])) if value and value.get("state") else None


def place(value: Json) -> dict[str, Any] | None:
    """Return a place with what is known of it."""
    return {name: part for name, part in value.items() if part is not None} if value else None


def formula(value: Json) -> Any:
    """Return the result of a formula, whatever its type."""
    kind = value["type"]
    return start(value["date"]) if kind == "date" else value.get(kind)


def rollup(value: Json) -> Any:
    """Return what a rollup shows: a number, a date, or the values of the related pages."""
    kind = value["type"]
    if kind == "array":
        found: list[Any] = []
        for item in value["array"]:
            shown = decode(item, item["type"])
            if isinstance(shown, Unreadable):
                return shown
            found += shown if isinstance(shown, list) else [] if shown is None else [shown]
        return found
    if kind in ("incomplete", "unsupported"):
        return Unreadable(f"Notion shows {kind}")
    return start(value["date"]) if kind == "date" else value.get(kind)


def _same(value: Json) -> Any:
    return value


def _bool(value: Json) -> bool:
    return bool(value)


def _nothing(_value: Json) -> None:
    return None


def _links(value: Json) -> list[str]:
    return [str(one["id"]) for one in value]


DECODERS: Mapping[str, Decoder] = {
    "title": text,
    "rich_text": text,
    "number": _same,
    "select": option,
    "status": option,
    "multi_select": lambda value: [option(one) for one in value],
    "date": start,
    "people": lambda value: [user(one) for one in value],
    "files": lambda value: [file(one) for one in value],
    "checkbox": _bool,
    "url": _same,
    "email": _same,
    "phone_number": _same,
    "relation": _links,
    "place": place,
    "verification": state,
    "unique_id": number_of,
    "formula": formula,
    "rollup": rollup,
    "created_time": time_of,
    "last_edited_time": time_of,
    "created_by": lambda value: user(value) if value else None,
    "last_edited_by": lambda value: user(value) if value else None,
    "button": _nothing,
}
