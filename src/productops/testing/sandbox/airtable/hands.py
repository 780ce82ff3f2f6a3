"""Acting as a person in Airtable's UI: what happens without any request.

Values are written as the API writes them. Every act may be dated (``at``, aware) and signed (``by``, an
e-mail, name or user id); otherwise it happens now, on the account's clock, by the account's first user.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any

from productops.testing.sandbox.airtable import schema
from productops.testing.sandbox.airtable.cells import accept
from productops.testing.sandbox.airtable.edits import Editor
from productops.testing.sandbox.airtable.read import Reader
from productops.testing.sandbox.airtable.refusal import RefusedError
from productops.testing.sandbox.airtable.store import SELECTS, Base, Cells, Field, Option, Row, Table, World
from productops.testing.sandbox.clock import Clock


class BaseHand:
    """A base as a person works in it."""

    def __init__(self, world: World, base: Base, clock: Clock, lock: AbstractContextManager[Any]) -> None:
        self._world = world
        self._base = base
        self._clock = clock
        self._lock = lock

    @property
    def id(self) -> str:
        """The base's id."""
        return self._base.id

    def table(self, key: str) -> TableHand:
        """Return a table by id or name. Raises ``KeyError``."""
        table = self._base.table(key)
        if table is None:
            raise KeyError(f"no table {key!r}; there are {[table.name for table in self._base.tables]}")
        return TableHand(self._world, self._base, table, self._clock, self._lock)

    def rename_table(self, key: str, name: str) -> None:
        """Rename a table; its id stays."""
        self.table(key).rename(name)


class TableHand:
    """A table as a person works in it. Raises ``KeyError`` for what is not there, ``ValueError`` for a bad value."""

    def __init__(self, world: World, base: Base, table: Table, clock: Clock, lock: AbstractContextManager[Any]) -> None:
        self._world = world
        self._base = base
        self._table = table
        self._clock = clock
        self._lock = lock

    @property
    def id(self) -> str:
        """The table's id."""
        return self._table.id

    def field_id(self, key: str) -> str:
        """Return a field's id."""
        return self._field(key).id

    def records(self) -> list[dict[str, Any]]:
        """Return every record as the API would show it, the oldest first."""
        with self._lock:
            reader = Reader(self._world, self._base, self._clock.now())
            return [reader.record(self._table, row) for row in self._table.rows.values()]

    def record(self, record_id: str) -> dict[str, Any]:
        """Return one record as the API would show it."""
        with self._lock:
            found: dict[str, Any] = Reader(self._world, self._base, self._clock.now()).record(
                self._table, self._row(record_id)
            )
            return found

    def trash(self) -> list[str]:
        """Return the ids of the removed records."""
        return list(self._table.trash)

    def add(self, fields: Mapping[str, Any], *, at: datetime | None = None, by: str | None = None) -> str:
        """Add a record and return its id."""
        with self._act(at, by) as editor:
            return editor.add(self._table, self._cells(fields)).id

    def edit(
        self, record_id: str, fields: Mapping[str, Any], *, at: datetime | None = None, by: str | None = None
    ) -> None:
        """Change cells of a record; None clears."""
        with self._act(at, by) as editor:
            editor.edit(self._table, self._row(record_id), self._cells(fields))

    def remove(self, record_id: str, *, at: datetime | None = None, by: str | None = None) -> None:
        """Move a record to the trash."""
        with self._act(at, by) as editor:
            editor.remove(self._table, self._row(record_id))

    def restore(self, record_id: str, *, at: datetime | None = None, by: str | None = None) -> None:
        """Bring a record back from the trash."""
        with self._act(at, by) as editor:
            row = self._table.trash.get(record_id)
            if row is None:
                raise KeyError(f"no record {record_id} in the trash of {self._table.name}")
            editor.restore(self._table, row)

    def rename(self, name: str) -> None:
        """Rename the table; its id stays."""
        with self._lock:
            self._table.name = name

    def add_field(self, name: str, type: str, options: Mapping[str, Any] | None = None) -> str:  # noqa: A002 the service's word
        """Add an editable field and return its id."""
        with self._act(None, None):
            body = {"name": name, "type": type, "options": dict(options or {})}
            return schema.create_field(self._world, self._base, self._table, body).id

    def rename_field(self, key: str, name: str) -> None:
        """Rename a field; its id stays."""
        with self._lock:
            self._field(key).name = name

    def delete_field(self, key: str) -> None:
        """Delete a field with all its cells; of a link, the field that points back goes as well."""
        with self._lock:
            field = self._field(key)
            if field is self._table.primary:
                raise ValueError("the primary field cannot be deleted")
            doomed = [(self._table, field)]
            if field.type == "multipleRecordLinks":
                other, back = self._world.inverse(self._base, field)
                doomed += [(other, back)] if other and back else []
            for table, gone in doomed:
                table.fields.remove(gone)
                for row in [*table.rows.values(), *table.trash.values()]:
                    row.cells.pop(gone.id, None)
                    row.edited.pop(gone.id, None)
                    row.editors.pop(gone.id, None)

    def add_option(self, key: str, name: str) -> str:
        """Add an option to a select and return its id."""
        with self._lock:
            field = self._select(key)
            option = Option(self._world.ids.mint("sel"), name)
            field.choices.append(option)
            return option.id

    def rename_option(self, key: str, old: str, new: str) -> None:
        """Rename an option: every cell that holds it reads differently, and none counts as edited."""
        with self._lock:
            self._option(key, old).name = new

    def delete_option(self, key: str, name: str, *, at: datetime | None = None, by: str | None = None) -> None:
        """Delete an option; the cells that held it are edited to be without it."""
        with self._act(at, by) as editor:
            field, gone = self._select(key), self._option(key, name)
            for row in self._table.rows.values():
                held = row.cells.get(field.id)
                if isinstance(held, list) and gone.id in held:
                    left = [option for option in held if option != gone.id]
                    editor.edit(self._table, row, {field.id: left or None})
                elif held == gone.id:
                    editor.edit(self._table, row, {field.id: None})
            field.choices.remove(gone)

    @contextmanager
    def _act(self, at: datetime | None, by: str | None) -> Iterator[Editor]:
        user = self._world.user(by) if by else next(iter(self._world.users.values()))
        if user is None:
            raise KeyError(f"no user {by!r}")
        with self._lock:
            try:
                yield Editor(self._world, self._base, at or self._clock.now(), user.id)
            except RefusedError as refused:
                raise ValueError(refused.message or refused.kind) from None

    def _cells(self, fields: Mapping[str, Any]) -> Cells:
        named = [(self._field(key), value) for key, value in fields.items()]
        return {
            field.id: accept(self._world, self._base, self._table, field, value, typecast=False)
            for field, value in named
        }

    def _row(self, record_id: str) -> Row:
        row = self._table.rows.get(record_id)
        if row is None:
            raise KeyError(f"no record {record_id} in {self._table.name}")
        return row

    def _field(self, key: str) -> Field:
        field = self._table.field(key)
        if field is None:
            raise KeyError(f"no field {key!r}; there are {[field.name for field in self._table.fields]}")
        return field

    def _select(self, key: str) -> Field:
        field = self._field(key)
        if field.type not in SELECTS:
            raise ValueError(f"{field.name} is no select field")
        return field

    def _option(self, key: str, name: str) -> Option:
        option = self._select(key).choice(name)
        if option is None:
            raise KeyError(f"no option {name!r} in {key}")
        return option
