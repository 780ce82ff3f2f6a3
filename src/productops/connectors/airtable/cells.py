"""Cells: what each of Airtable's field types shows, and how a value is written into it.

The forms are those of the Web API's field model, version 1: selects by name, links by id, percent as a fraction,
duration in seconds, and every empty cell left out of the record. A formula that has no value shows an object
(``{"specialValue": "NaN"}``, ``{"error": "#ERROR!"}``), which reads as :class:`Unreadable`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache, partial
from typing import Any

from productops.sdk.collection import Field, Kind
from productops.sdk.record import Option, RichText, Unreadable, User, fingerprint
from productops.sdk.rows import Reading, itself
from productops.sdk.values import text_or_none

Json = Any
Decoder = Callable[[Json], Any]

LONGEST_TEXT = 100_000  # characters a text cell takes
KINDS: dict[str, Kind] = {
    **dict.fromkeys(("singleLineText", "email", "phoneNumber", "multilineText", "barcode", "aiText"), "text"),
    **dict.fromkeys(("number", "currency", "percent", "duration", "rating", "count", "autoNumber"), "number"),
    **dict.fromkeys(("dateTime", "createdTime", "lastModifiedTime"), "datetime"),
    **dict.fromkeys(("singleSelect", "externalSyncSource"), "choice"),
    **dict.fromkeys(("singleCollaborator", "createdBy", "lastModifiedBy"), "person"),
    "richText": "markdown",
    "url": "url",
    "checkbox": "bool",
    "date": "date",
    "multipleSelects": "choices",
    "multipleCollaborators": "people",
    "multipleRecordLinks": "links",
    "multipleAttachments": "files",
}
COMPUTED = {
    "formula": "it is a formula, which Airtable computes",
    "rollup": "it is a rollup, which Airtable computes",
    "multipleLookupValues": "it is a lookup, which Airtable computes",
    "count": "it is a count, which Airtable computes",
    "autoNumber": "it is numbered by Airtable",
    "createdTime": "Airtable keeps it",
    "lastModifiedTime": "Airtable keeps it",
    "createdBy": "Airtable keeps it",
    "lastModifiedBy": "Airtable keeps it",
    "button": "it is a button",
    "externalSyncSource": "it comes from a synced table",
    "aiText": "it is written by Airtable's AI",
    # Airtable would take these; we could not write them without losing what we do not hold.
    "barcode": "writing a barcode would lose its symbology",
    "multipleAttachments": "attachments are read, not written",
}
# What an array of such cells is, as lookups and some rollups show them.
MANY: dict[Kind, Kind] = {"text": "labels", "url": "labels", "choice": "choices", "person": "people"}


@dataclass(slots=True)
class Column:
    """A field of a table: its wire type, what the library calls it, and how its cells are read."""

    field: Field
    type: str
    decode: Decoder
    empty: Any = None  # what an omitted cell means


@dataclass(slots=True)
class Options:
    """The options of one select field. ``unknown`` collects names that were shown and are not among them."""

    by_name: dict[str, Option]
    unknown: set[str] = field(default_factory=set)

    def read(self, name: Json) -> Any:
        """Return the option of that name; one the schema does not know is kept by its name."""
        if (found := self.by_name.get(name) if isinstance(name, str) else None) is not None:
            return found
        if not isinstance(name, str):
            return _special(name, "an option")
        self.unknown.add(name)
        return Option(f"name:{name}", name)


def column(described: Mapping[str, Any], unknown: dict[str, set[str]]) -> Column:
    """Return the column that a field of the schema answer describes.

    ``unknown`` is filled, by field id, with option names that cells show and the schema does not know.
    """
    type_, id_ = str(described.get("type", "unknown")), str(described["id"])
    result = _result(described) if type_ in ("formula", "rollup", "multipleLookupValues") else described
    kind, decode, options = _reading(result, unknown.setdefault(id_, set()))
    if type_ in ("multipleLookupValues", "rollup", "formula"):
        many = type_ == "multipleLookupValues"
        kind, decode = _several(kind, many=many), partial(_either, decode)
    refusal = COMPUTED.get(type_)
    if refusal is None and type_ not in KINDS:
        refusal = f"fields of the type {type_!r} are not known to this version"
    known = Field(
        id_,
        str(described.get("name", id_)),
        kind,
        options,
        refusal,
        max_length=LONGEST_TEXT if kind in ("text", "markdown") and refusal is None else None,
        filled=type_ == "checkbox",
    )
    return Column(known, type_, decode, empty=False if type_ == "checkbox" else None)


def _result(described: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the type of a computed field's result; an invalid formula has none."""
    return (described.get("options") or {}).get("result") or {"type": "unknown"}


def _several(kind: Kind, *, many: bool) -> Kind:
    """Return the kind of an array of such cells. What is several already stays so."""
    return kind if not many or kind in ("choices", "people", "links", "files") else MANY.get(kind, "other")


def _reading(described: Mapping[str, Any], unknown: set[str]) -> tuple[Kind, Decoder, tuple[Option, ...]]:
    """Return the kind, the decoder and the options for a type and its settings."""
    type_ = str(described.get("type", "unknown"))
    settings = described.get("options") or {}
    if type_ in ("createdTime", "lastModifiedTime") and (settings.get("result") or {}).get("type") == "date":
        type_ = "date"
    if type_ in ("singleSelect", "multipleSelects", "externalSyncSource"):
        choices = settings.get("choices") or ()
        options = tuple(Option(str(each["id"]), str(each.get("name", ""))) for each in choices)
        read = Options({option.name: option for option in options}, unknown).read
        return KINDS[type_], partial(_list, read) if type_ == "multipleSelects" else read, options
    return KINDS.get(type_, "other"), DECODERS.get(type_, _same), ()


def _special(value: Json, what: str) -> Unreadable:
    """Return why a cell has no value: the service's own mark, or a shape that its type does not promise."""
    if isinstance(value, dict):
        for name in ("error", "specialValue", "errorType"):
            if name in value:
                return Unreadable(f"Airtable shows {value[name]}")
    return Unreadable(f"the cell does not hold {what}; the field's type may have changed")


def _either(decode: Decoder, value: Json) -> Any:
    """Decode a computed cell, which may be one value, an array of them, or a mark that it has none."""
    if isinstance(value, dict) and ("error" in value or "specialValue" in value):
        return _special(value, "a value")
    if isinstance(value, list) and decode not in _TAKES_LISTS and getattr(decode, "func", None) is not _list:
        return _list(decode, value)
    return decode(value)


def _list(decode: Decoder, value: Json) -> Any:
    if not isinstance(value, list):
        return _special(value, "a list")
    items = [decode(item) for item in value if item is not None]
    # A list with a hole in it is not the list: taking it for whole would remove what the hole stands for.
    return next((item for item in items if isinstance(item, Unreadable)), items)


def _same(value: Json) -> Any:
    if isinstance(value, dict) and value.keys() <= {"error", "specialValue"}:
        return _special(value, "a value")
    return value


def _text(value: Json) -> Any:
    return value if type(value) is str else _special(value, "text")


def _number(value: Json) -> Any:
    return value if type(value) is int or type(value) is float else _special(value, "a number")


def _bool(value: Json) -> Any:
    return value if type(value) is bool else _special(value, "a checkbox")


def _date(value: Json) -> Any:
    try:
        return date.fromisoformat(value[:10])
    except (TypeError, ValueError, KeyError):
        return _special(value, "a date")


def read_time(value: Json) -> Any:
    """Return an aware time, or why there is none."""
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return _special(value, "a time")
    return found if found.tzinfo else _special(value, "a time with a zone")


MENTION = "<airtable:mention"
TAGGED = re.compile(r"<airtable:mention\b[^>]*>(.*?)</airtable:mention>", re.DOTALL)
# What Markdown can say and Airtable's formatted text shows as it is typed.
UNSHOWN = {"table": "tables (shown as they are typed)", "image": "images (shown as they are typed)"}


def rich_text(value: Json) -> Any:
    r"""Return formatted text. Airtable ends it with a line break that nobody wrote; an emptied one shows ``"\n"``."""
    if type(value) is not str:
        return _special(value, "text")
    text = value.rstrip("\n")
    if not text:
        return None
    if MENTION not in text:
        return RichText(None, text)
    # Whether Airtable takes its tags back is told nowhere, so a text with a mention is not written over.
    return RichText(lambda: fingerprint(text), lambda: TAGGED.sub(r"\1", text), ("mentions",))


def _user(value: Json) -> Any:
    if not isinstance(value, dict) or not value.get("id"):
        return _special(value, "a person")
    return _known_user(str(value["id"]), text_or_none(value.get("name")), text_or_none(value.get("email")))


@lru_cache(maxsize=4096)
def _known_user(id_: str, name: str | None, email: str | None) -> User:
    """Return a person; the same few come up in every row."""
    return User(id_, name, email)


def _link(value: Json) -> Any:
    # Webhooks and other versions show {"id", "name"} where records show the id alone.
    return value if type(value) is str else value["id"] if isinstance(value, dict) and "id" in value else _text(value)


def _attachment(value: Json) -> Any:
    """Keep what identifies a file; its address works for two hours and is never kept."""
    if not isinstance(value, dict) or "id" not in value:
        return _special(value, "an attachment")
    return {"id": value["id"], "name": value.get("filename", "")}


def _barcode(value: Json) -> Any:
    return value["text"] if isinstance(value, dict) and isinstance(value.get("text"), str) else _special(value, "text")


def _ai_text(value: Json) -> Any:
    if not isinstance(value, dict) or value.get("state") == "error":
        return _special(value, "text")
    return value.get("value")


_users, _links, _attachments = partial(_list, _user), partial(_list, _link), partial(_list, _attachment)
_TAKES_LISTS: tuple[Decoder, ...] = (_same,)
DECODERS: Mapping[str, Decoder] = {
    **dict.fromkeys(("singleLineText", "email", "phoneNumber", "multilineText", "url"), _text),
    **dict.fromkeys(("number", "currency", "percent", "duration", "rating", "count", "autoNumber"), _number),
    **dict.fromkeys(("dateTime", "createdTime", "lastModifiedTime"), read_time),
    **dict.fromkeys(("singleCollaborator", "createdBy", "lastModifiedBy"), _user),
    "richText": rich_text,
    "checkbox": _bool,
    "date": _date,
    "multipleCollaborators": _users,
    "multipleRecordLinks": _links,
    "multipleAttachments": _attachments,
    "barcode": _barcode,
    "aiText": _ai_text,
}


def reading_of(column: Column) -> Reading:
    """Return how a column's cells read. A cell that is left out is empty: null, or an unticked box."""
    return _reading_of(column.decode)._replace(empty=column.empty, omitted=True)


def _reading_of(decode: Decoder) -> Reading:
    if getattr(decode, "func", None) is _list:
        return Reading(decode, items=_reading_of(decode.args[0]))  # type: ignore[attr-defined] # of a partial
    if decode in (_date, read_time) or isinstance(getattr(decode, "__self__", None), Options):
        return Reading(decode, key=itself)
    return Reading(decode, _AS_IT_IS.get(decode, frozenset()), key=_person if decode is _user else None)


_AS_IT_IS: Mapping[Decoder, frozenset[type]] = {
    _text: frozenset({str}),
    _number: frozenset({int, float}),
    _bool: frozenset({bool}),
}


def _person(cell: Json) -> tuple[Any, ...]:
    return cell["id"], cell.get("name"), cell.get("email")


def decode_row(readings: Mapping[str, Reading], cells: Mapping[str, Json]) -> dict[str, Any]:
    """Return the values of the columns asked for."""
    get = cells.get
    return {
        id_: empty if (cell := get(id_)) is None else cell if cell.__class__ in ready else read(cell)
        for id_, (read, ready, _key, _items, empty, _omitted) in readings.items()
    }


def is_row(row: Json) -> bool:
    """Tell whether this is a record with its cells by field id.

    A record that came without cells, or with cells by name, would read as one whose cells were all emptied.
    """
    if not isinstance(row, dict) or not row.get("id") or not isinstance(row.get("fields"), dict):
        return False
    for name in row["fields"]:
        return bool(name.startswith("fld"))
    return True


__all__ = ["COMPUTED", "Column", "column", "decode_row", "is_row", "read_time", "reading_of"]
