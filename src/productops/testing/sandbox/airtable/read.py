"""How rows read: the JSON of every field type, and the plain value formulas see."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from productops.testing.sandbox.airtable.evaluate import evaluate
from productops.testing.sandbox.airtable.formula import FormulaSyntaxError, parse
from productops.testing.sandbox.airtable.store import NUMBERS, PEOPLE, SELECTS, TEXT, Base, Field, Row, Table, World
from productops.testing.sandbox.airtable.values import CellError, Value, iso, moment, text

ATTACHMENT_LIFE = 7200  # seconds an attachment's address works at least
FILES = "https://files.example.com"
NESTING_LIMIT = 20  # computed fields through computed fields


class Reader:
    """One base read at one moment; ``as_of`` shows the cells as they were then."""

    def __init__(self, world: World, base: Base, now: datetime, as_of: datetime | None = None) -> None:
        self.world = world
        self.base = base
        self.now = now
        self.as_of = as_of
        self.depth: int = 0

    def record(self, table: Table, row: Row, fields: Sequence[Field] | None = None, *, by_id: bool = False) -> Any:
        """Return a record; empty cells are left out."""
        shown = {}
        for field in table.fields if fields is None else fields:
            value = self.cell(table, row, field)
            if value is not None:
                shown[field.id if by_id else field.name] = value
        return {"id": row.id, "createdTime": iso(row.created), "fields": shown}

    def cell(self, table: Table, row: Row, field: Field) -> Any:
        """Return a cell as JSON, or None for an empty one."""
        stored = row.cells_at(self.as_of).get(field.id)
        match field.type:
            case "singleSelect":
                return self._option(field, stored)
            case "multipleSelects":
                return [self._option(field, item) for item in stored] if stored else None
            case "singleCollaborator":
                return self._person(stored)
            case "multipleCollaborators":
                return [self._person(item) for item in stored] if stored else None
            case "multipleAttachments":
                return [self._file(item) for item in stored] if stored else None
            case "multipleLookupValues":
                return self._lookup(row, field)
            case "button":
                return {"label": field.options.get("label", field.name), "url": field.options.get("url")}
            case "createdBy":
                return self._person(row.creator)
            case "lastModifiedBy":
                return self._person(row.last_edit(field.options.get("referencedFieldIds", []))[1])
            case "aiText":
                return stored or {"state": "empty", "isStale": False, "value": None}
            case _ if field.computed and field.type != "externalSyncSource":
                try:
                    return as_json(self.value(table, row, field))
                except (CellError, OverflowError, ValueError):
                    return {"error": "#ERROR!"}
            case _:
                return as_json(stored) if isinstance(stored, float) else stored

    def value(self, table: Table, row: Row, field: Field) -> Value:
        """Return a cell as formulas see it. Raises ``CellError``."""
        self.depth += 1
        try:
            if self.depth > NESTING_LIMIT:
                raise CellError("computed fields go round in a circle")
            return self._value(table, row, field)
        finally:
            self.depth -= 1

    def _value(self, table: Table, row: Row, field: Field) -> Value:
        stored = row.cells_at(self.as_of).get(field.id)
        match field.type:
            case "formula":
                return self._formula(table, row, str(field.options.get("formula", "")))
            case "rollup":
                return self._rollup(row, field)
            case "multipleLookupValues":
                return self._linked_values(row, field)
            case "count":
                return float(len(self._linked(row, field)[1]))
            case "autoNumber":
                return float(row.number)
            case "createdTime":
                return row.created
            case "lastModifiedTime":
                return row.last_edit(field.options.get("referencedFieldIds", []))[0]
            case "date":
                return date.fromisoformat(stored) if stored else None
            case "dateTime":
                return moment(stored) if stored else None
            case "multipleRecordLinks":
                other, _ = self.world.inverse(self.base, field)
                rows = [other.rows[r] for r in stored or () if r in other.rows] if other else []
                return [self.value(other, linked, other.primary) for linked in rows] if other else []
            case kind if kind in TEXT or kind in NUMBERS:
                return stored
            case _:
                return self._words(table, row, field, stored)

    def _words(self, table: Table, row: Row, field: Field, stored: Any) -> Value:
        """Return the words of a cell that is neither text nor a number."""
        shown = self.cell(table, row, field)
        if field.type in SELECTS or field.type == "checkbox":
            return shown
        if field.type in PEOPLE or field.type in ("createdBy", "lastModifiedBy"):
            people = shown if isinstance(shown, list) else [shown] if shown else []
            return [person.get("name") or person["email"] for person in people]
        if field.type == "multipleAttachments":
            return [file["filename"] for file in shown or ()]
        if field.type in ("barcode", "aiText", "button"):
            return (shown or {}).get({"barcode": "text", "aiText": "value"}.get(field.type, "label"))
        return stored

    def _formula(self, table: Table, row: Row, source: str) -> Value:
        try:
            return evaluate(parse(source), RowScope(self, table, row))
        except FormulaSyntaxError as error:
            raise CellError(str(error)) from None

    def _linked(self, row: Row, field: Field) -> tuple[Table | None, list[Row], Field | None]:
        """Return the rows behind a lookup, rollup or count, and the field looked at there."""
        link = next((f for t in self.base.tables for f in t.fields if f.id == field.options["recordLinkFieldId"]), None)
        other = self.world.inverse(self.base, link)[0] if link else None
        if link is None or other is None:
            return None, [], None
        rows = [other.rows[r] for r in row.cells_at(self.as_of).get(link.id, ()) if r in other.rows]
        return other, rows, other.field(str(field.options.get("fieldIdInLinkedTable")))

    def _linked_values(self, row: Row, field: Field) -> list[Value]:
        other, rows, seen = self._linked(row, field)
        if other is None or seen is None:
            return []
        found = [self.value(other, linked, seen) for linked in rows]
        return [item for value in found for item in (value if isinstance(value, list) else [value]) if item is not None]

    def _lookup(self, row: Row, field: Field) -> Any:
        other, rows, seen = self._linked(row, field)
        if other is None or seen is None:
            return None
        found = [self.cell(other, linked, seen) for linked in rows]
        laid = [item for value in found for item in (value if isinstance(value, list) else [value])]
        return [item for item in laid if item is not None] or None

    def _rollup(self, row: Row, field: Field) -> Value:
        values = self._linked_values(row, field)
        return evaluate(parse(str(field.options.get("formula", "SUM(values)"))), RollupScope(self, row, values))

    def _option(self, field: Field, option_id: str | None) -> str | None:
        return next((option.name for option in field.choices if option.id == option_id), None)

    def _person(self, user_id: str | None) -> dict[str, str] | None:
        return self.world.users[user_id].shown() if user_id in self.world.users else None

    def _file(self, file: dict[str, Any]) -> dict[str, Any]:
        expiry = (int(self.now.timestamp()) // ATTACHMENT_LIFE + 2) * ATTACHMENT_LIFE
        address = f"{FILES}/{file['id']}/{expiry}"
        shown = {**file, "url": f"{address}/{file['filename']}"}
        if str(file["type"]).startswith("image/"):
            sizes = {"small": 36, "large": 512, "full": 3000}
            shown["thumbnails"] = {
                name: {"url": f"{address}/{name}", "width": size, "height": size} for name, size in sizes.items()
            }
        return shown


class RowScope:
    """A row as a formula sees it."""

    def __init__(self, reader: Reader, table: Table, row: Row) -> None:
        self.reader = reader
        self.table = table
        self.row = row
        self.record_id: str = row.id
        self.created: datetime = row.created
        self.now: datetime = reader.now

    def field(self, name: str) -> Value:
        """Return a field's value. Raises ``CellError`` when the table has no such field."""
        field = self.table.field(name)
        if field is None:
            raise CellError(f"no field {name}")
        return self.reader.value(self.table, self.row, field)

    def modified(self, names: Sequence[str]) -> Value:
        """Return when one of the fields was last edited."""
        fields = [field.id for name in names if (field := self.table.field(name))]
        return self.row.last_edit(fields)[0]


class RollupScope:
    """The values behind a rollup, under the name ``values``."""

    def __init__(self, reader: Reader, row: Row, values: list[Value]) -> None:
        self.record_id: str = row.id
        self.created: datetime = row.created
        self.now: datetime = reader.now
        self.values = values

    def field(self, name: str) -> Value:
        """Return the values. Raises ``CellError`` for any other name."""
        if name != "values":
            raise CellError(f"a rollup knows only `values`, not {name}")
        return self.values

    def modified(self, names: Sequence[str]) -> Value:
        """Raise ``CellError``: a rollup has no record of its own."""
        raise CellError(f"no modification time of {text(list(names))}")


def as_json(value: Value) -> Any:
    """Return a computed value as the service shows it: special numbers as objects, blanks as None."""
    if isinstance(value, bool):
        return value or None
    if isinstance(value, float):
        if math.isnan(value):
            return {"specialValue": "NaN"}
        if math.isinf(value):
            return {"specialValue": "Infinity" if value > 0 else "-Infinity"}
        return int(value) if value.is_integer() else value
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return [as_json(item) for item in value] or None
    return value if value != "" else None
