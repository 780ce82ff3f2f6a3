"""Changes to rows, whoever makes them: the API or a person in the UI.

Writing the value a cell already has changes nothing, not even ``lastModifiedTime``. A link edited on one
side edits the cell on the other side, which counts as an edit there. Computed fields never count.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from productops.testing.sandbox.airtable.store import Base, Cells, Field, Option, Row, Table, World


class NewOption(str):
    """The name of an option that a cell needs and the field does not have yet."""

    __slots__ = ()


class NewRow(str):
    """The name of a linked row that a cell needs and the other table does not have yet."""

    __slots__ = ()


class Editor:
    """One author's changes to one base at one moment."""

    def __init__(self, world: World, base: Base, now: datetime, user: str) -> None:
        self.world = world
        self.base = base
        self.now = now
        self.user = user

    def add(self, table: Table, cells: Cells, record_id: str | None = None) -> Row:
        """Append a row."""
        table.last_number += 1
        row = Row(record_id or self.world.ids.mint("rec"), self.now, self.user, table.last_number)
        table.rows[row.id] = row
        for field_id, value in cells.items():
            self._put(table, row, field_id, value)
        row.history.clear()
        return row

    def edit(self, table: Table, row: Row, cells: Cells) -> bool:
        """Change cells (None clears); return whether anything changed."""
        changed = [self._put(table, row, field_id, value) for field_id, value in cells.items()]
        return any(changed)

    def remove(self, table: Table, row: Row) -> None:
        """Move a row to the trash; links to it go, its own cells are kept for a restore."""
        for field in table.fields:
            if field.type == "multipleRecordLinks":
                for other in row.cells.get(field.id, ()):
                    self._relate(field, row.id, other, on=False)
        self._forget(table, row.id)
        del table.rows[row.id]
        row.removed = self.now
        table.trash[row.id] = row

    def restore(self, table: Table, row: Row) -> None:
        """Bring a row back from the trash, with the links to rows that still exist."""
        del table.trash[row.id]
        row.removed = None
        table.rows[row.id] = row
        for field in table.fields:
            if field.type == "multipleRecordLinks" and field.id in row.cells:
                other_table, _ = self.world.inverse(self.base, field)
                alive = [r for r in row.cells[field.id] if other_table and r in other_table.rows]
                self._store(row, field.id, alive or None)
                for other in alive:
                    self._relate(field, row.id, other, on=True)

    def _put(self, table: Table, row: Row, field_id: str, value: Any) -> bool:
        field = table.field(field_id)
        if field is None:
            return False
        value = self._made(field, value)
        if value is None and field.type == "richText" and row.cells.get(field.id):
            value = "\n"  # an emptied rich text is not an absent one
        before = row.cells.get(field.id)
        if not self._store(row, field.id, value):
            return False
        if field.type == "multipleRecordLinks":
            for other in [r for r in before or () if r not in (value or ())]:
                self._relate(field, row.id, other, on=False)
            for other in [r for r in value or () if r not in (before or ())]:
                self._relate(field, row.id, other, on=True)
        return True

    def _store(self, row: Row, field_id: str, value: Any) -> bool:
        if row.cells.get(field_id) == value and type(row.cells.get(field_id)) is type(value):
            return False
        row.keep_version(self.now)
        if value is None:
            row.cells.pop(field_id, None)
        else:
            row.cells[field_id] = value
        row.edited[field_id] = self.now
        row.editors[field_id] = self.user
        return True

    def _relate(self, link: Field, row_id: str, other_id: str, *, on: bool) -> None:
        """Add a row to, or take it from, the cell that points back."""
        table, back = self.world.inverse(self.base, link)
        other = table.rows.get(other_id) if table else None
        if back is None or other is None:
            return
        rest = [r for r in other.cells.get(back.id, ()) if r != row_id]
        self._store(other, back.id, ([*rest, row_id] if on else rest) or None)

    def _forget(self, table: Table, row_id: str) -> None:
        """Take a removed row out of links that have no field pointing back."""
        for other_table in self.base.tables:
            for field in other_table.fields:
                if field.type == "multipleRecordLinks" and field.options.get("linkedTableId") == table.id:
                    for row in other_table.rows.values():
                        if row_id in row.cells.get(field.id, ()):
                            self._store(row, field.id, [r for r in row.cells[field.id] if r != row_id] or None)

    def _made(self, field: Field, value: Any) -> Any:
        """Make the options and rows that a value still lacks."""
        if isinstance(value, list):
            return [self._made(field, item) for item in value] or None
        if isinstance(value, NewOption):
            found = field.choice(str(value))
            if found is None:
                found = Option(self.world.ids.mint("sel"), str(value))
                field.choices.append(found)
            return found.id
        if isinstance(value, NewRow):
            table, _ = self.world.inverse(self.base, field)
            if table is None:
                return None
            key = table.primary.id
            known = next((row for row in table.rows.values() if row.cells.get(key) == str(value)), None)
            return (known or self.add(table, {key: str(value)})).id
        return value
