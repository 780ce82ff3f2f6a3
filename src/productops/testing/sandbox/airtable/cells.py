"""What a field accepts: from JSON to the stored value, or a refusal.

Selects are stored by option id, people by user id, times as ISO text in UTC. Every reader returns None
for an empty value. With ``typecast`` text is understood as best as it can be, and what is not understood
becomes empty.
"""

from __future__ import annotations

import math
import mimetypes
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from productops.testing.sandbox.airtable import refusal
from productops.testing.sandbox.airtable.edits import NewOption, NewRow
from productops.testing.sandbox.airtable.store import NUMBERS, TEXT, Base, Field, Table, World
from productops.testing.sandbox.airtable.values import iso

TEXT_LIMIT = 100_000  # characters
BULLET = re.compile(r"^([ \t]*)[*+] ", re.MULTILINE)  # the service writes every bullet as "- "
YES = frozenset({"true", "yes", "checked", "1", "y", "t"})
RECORD_ID = re.compile(r"rec[A-Za-z0-9]{14}")


@dataclass(frozen=True, slots=True)
class Intake:
    """One cell being written."""

    world: World
    base: Base
    table: Table
    field: Field
    typecast: bool

    def refuse(self) -> refusal.RefusedError:
        """Return the refusal of the value."""
        return refusal.bad_cell(self.field.name)


def accept(world: World, base: Base, table: Table, field: Field, value: Any, *, typecast: bool) -> Any:
    """Return the value to store. Raises ``RefusedError``; makes nothing yet, see ``NewOption`` and ``NewRow``."""
    if field.computed:
        raise refusal.bad_cell(field.name, "a value because the field is computed")
    if value is None or value == "" or value == []:
        return None
    return READERS[field.type](Intake(world, base, table, field, typecast), value)


def _text(cell: Intake, value: Any) -> Any:
    if cell.typecast and isinstance(value, int | float):
        value = f"{value:.15g}" if isinstance(value, float) else str(value)
    elif cell.typecast and isinstance(value, list):
        value = ", ".join(str(item) for item in value)
    if not isinstance(value, str) or len(value) > TEXT_LIMIT:
        raise cell.refuse()
    if cell.field.type == "richText":
        return BULLET.sub(r"\1- ", value).rstrip("\n") + "\n"
    return value


def _number(cell: Intake, value: Any) -> Any:
    if cell.typecast and isinstance(value, str):
        value = _number_in(value, cell.field.type)
        if value is None:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise cell.refuse()
    if cell.field.type == "rating" and not (value == int(value) and 1 <= value <= cell.field.options.get("max", 5)):
        raise cell.refuse()
    return value


def _number_in(text: str, kind: str) -> float | None:
    if kind == "duration" and (clock := re.fullmatch(r"(\d+):(\d\d)(?::(\d\d(?:\.\d+)?))?", text.strip())):
        return int(clock[1]) * 3600 + int(clock[2]) * 60 + float(clock[3] or 0)
    found = re.search(r"-?\d+(?:\.\d+)?", text.replace(",", ""))
    if found is None:
        return None
    return float(found[0]) / 100 if kind == "percent" and "%" in text else float(found[0])


def _checkbox(cell: Intake, value: Any) -> Any:
    if cell.typecast and isinstance(value, str | int | float):
        value = str(value).lower() in YES
    if not isinstance(value, bool):
        raise cell.refuse()
    return value or None


def _date(cell: Intake, value: Any) -> Any:
    try:
        return date.fromisoformat(value[:10]).isoformat() if _time(cell, value) else None
    except (TypeError, ValueError):
        raise cell.refuse() from None


def _time(cell: Intake, value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return iso(datetime.fromtimestamp(value / 1000, UTC))  # a number is milliseconds since 1970
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        if cell.typecast:
            return None
        raise cell.refuse() from None
    if found.tzinfo is None:  # ambiguous: the field's own zone decides
        zone = cell.field.options.get("timeZone", "utc")
        found = found.replace(tzinfo=UTC if zone in ("utc", "client") else ZoneInfo(zone))
    return iso(found)


def _choice(cell: Intake, value: Any) -> Any:
    if cell.typecast and isinstance(value, int | float):
        value = str(value)
    if not isinstance(value, str):
        raise cell.refuse()
    option = next((option for option in cell.field.choices if option.name == value), None)
    if option:
        return option.id
    if not cell.typecast:
        raise refusal.unknown_option(value)
    return NewOption(value)


def _choices(cell: Intake, value: Any) -> Any:
    if cell.typecast and isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    if not isinstance(value, list):
        raise cell.refuse()
    return list(dict.fromkeys(_choice(cell, item) for item in value)) or None


def _person(cell: Intake, value: Any) -> Any:
    key = value.get("id") or value.get("email") if isinstance(value, dict) else value
    user = cell.world.user(key) if isinstance(key, str) else None
    if user is None or (isinstance(value, str) and not cell.typecast and value != user.id):
        raise cell.refuse()
    return user.id


def _one_person(cell: Intake, value: Any) -> Any:
    if isinstance(value, str) and not cell.typecast:
        raise cell.refuse()
    return _person(cell, value)


def _people(cell: Intake, value: Any) -> Any:
    if not isinstance(value, list):
        raise cell.refuse()
    return list(dict.fromkeys(_person(cell, item) for item in value))


def _links(cell: Intake, value: Any) -> Any:
    if cell.typecast and isinstance(value, str):
        value = [value]
    other, _ = cell.world.inverse(cell.base, cell.field)
    if not isinstance(value, list) or other is None:
        raise cell.refuse()
    return list(dict.fromkeys(_link(cell, other, item) for item in value)) or None


def _link(cell: Intake, other: Table, item: Any) -> str:
    key = item.get("id") if isinstance(item, dict) else item
    if not isinstance(key, str):
        raise cell.refuse()
    if key in other.rows:
        return key
    if RECORD_ID.fullmatch(key):
        raise refusal.unknown_row(key)
    if not cell.typecast:
        raise cell.refuse()
    named = (row.id for row in other.rows.values() if row.cells.get(other.primary.id) == key)
    return next(named, NewRow(key))


def _attachments(cell: Intake, value: Any) -> Any:
    """Take new files by URL and known ones by id; the sandbox fetches nothing, so a file's size reads 0."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise cell.refuse()
    kept = [file for row in cell.table.rows.values() for file in row.cells.get(cell.field.id, ())]
    known = {file["id"]: file for file in kept}
    stored = []
    for item in value:
        if item.get("id") in known:
            stored.append(known[item["id"]])
        elif isinstance(item.get("url"), str) and urlsplit(item["url"]).scheme in ("http", "https"):
            name = item.get("filename") or PurePosixPath(urlsplit(item["url"]).path).name or "file"
            kind = item.get("type") or mimetypes.guess_type(name)[0] or "application/octet-stream"
            att = item.get("id") or cell.world.ids.mint("att")
            stored.append({"id": att, "filename": name, "size": item.get("size", 0), "type": kind})
        else:
            raise cell.refuse()
    return stored or None


def _barcode(cell: Intake, value: Any) -> Any:
    if cell.typecast and isinstance(value, str):
        value = {"text": value}
    if not isinstance(value, dict) or not isinstance(value.get("text"), str) or set(value) - {"text", "type"}:
        raise cell.refuse()
    return value


READERS: dict[str, Callable[[Intake, Any], Any]] = {
    **dict.fromkeys(TEXT, _text),
    **dict.fromkeys(NUMBERS, _number),
    "checkbox": _checkbox,
    "date": _date,
    "dateTime": _time,
    "singleSelect": _choice,
    "multipleSelects": _choices,
    "singleCollaborator": _one_person,
    "multipleCollaborators": _people,
    "multipleRecordLinks": _links,
    "multipleAttachments": _attachments,
    "barcode": _barcode,
}
