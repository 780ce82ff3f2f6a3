"""Statements that are built once: what a sync sends thousands of times must not be composed each time.

Composing and analysing a statement object costs more CPU than SQLite needs to carry it out. So SQLAlchemy writes the
text for the database at hand once, and from then on only values travel; queries, whose lists of values differ in
length, keep their statement object, which SQLAlchemy recognises.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    Connection,
    CursorResult,
    Delete,
    Dialect,
    Insert,
    Select,
    Table,
    Update,
    bindparam,
    delete,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

Row = Mapping[str, Any]
MARK = "v_"  # begins the names of values: a column's own name is taken in an UPDATE


def value(column: str) -> Any:
    """Return the place of a value, which rows give under the column's name."""
    return bindparam(MARK + column)


class Prepared:
    """One writing statement as text, and where each of its values comes from."""

    def __init__(self, statement: Insert | Update | Delete, dialect: Dialect, columns: Sequence[str] = ()) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=list(columns))
        self.text = str(compiled)
        self.order: list[str] | None = compiled.positiontup
        names = list(compiled.params) if self.order is None else self.order
        keys = [name.removeprefix(MARK) for name in names]
        self._names = names
        self._pick: Callable[[Row], Any] = itemgetter(*keys) if len(keys) > 1 else lambda row: (row[keys[0]],)

    def run(self, connection: Connection, rows: Sequence[Row]) -> CursorResult[Any]:
        """Carry it out once for each row."""
        values: list[Any] = [self._pick(row) for row in rows]
        if self.order is None:
            values = [dict(zip(self._names, each, strict=True)) for each in values]
        return connection.exec_driver_sql(self.text, values if len(values) > 1 else values[0])


_made: dict[tuple[str, str], tuple[dict[Hashable, Prepared], dict[Hashable, Select[Any]]]] = {}


class Statements:
    """The statements of one database, each made on first use. All begin with the sync's name, ``sync``."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        # The text depends on the dialect alone: every sync of a process shares what the first one composed.
        self._writing, self._reading = _made.setdefault((dialect.name, dialect.paramstyle), ({}, {}))

    def insert(self, table: Table, columns: Sequence[str]) -> Prepared:
        """Insert rows that have these columns."""
        return self._write(("insert", table.name, *columns), lambda: insert(table), columns)

    def replace(self, table: Table, keys: Sequence[str], columns: Sequence[str]) -> Prepared:
        """Insert rows, or set these columns where the rest of the primary key, ``keys``, is there already."""

        def build() -> Insert:
            fresh = (postgresql if self._dialect.name == "postgresql" else sqlite).insert(table)
            told = {name: fresh.excluded[name] for name in columns if name not in ("sync", *keys)}
            replaced: Insert = fresh.on_conflict_do_update(index_elements=["sync", *keys], set_=told)
            return replaced

        return self._write(("replace", table.name, *columns), build, columns)

    def delete(self, table: Table, keys: Sequence[str], until: str | None = None) -> Prepared:
        """Delete rows by these columns; ``until`` names one that must not be greater than the value given."""

        def build() -> Delete:
            wipe = delete(table).where(*(table.c[key] == value(key) for key in ("sync", *keys)))
            return wipe if until is None else wipe.where(table.c[until] <= value(until))

        return self._write(("delete", table.name, until, *keys), build)

    def update(self, table: Table, keys: Sequence[str], columns: Sequence[str]) -> Prepared:
        """Set these columns in the rows found by these keys."""

        def build() -> Update:
            mine = (table.c[key] == value(key) for key in ("sync", *keys))
            return update(table).where(*mine).values({name: value(name) for name in columns})

        return self._write(("update", table.name, len(keys), *keys, *columns), build)

    def count_up(self, table: Table, column: str) -> Prepared:
        """Add one to a column of the sync's row."""

        def build() -> Update:
            return (
                update(table)
                .where(table.c.sync == value("sync"))
                .values({column: table.c[column] + literal_column("1")})
            )

        return self._write(("count", table.name, column), build)

    def _write(
        self, key: Hashable, build: Callable[[], Insert | Update | Delete], columns: Sequence[str] = ()
    ) -> Prepared:
        if key not in self._writing:
            self._writing[key] = Prepared(build(), self._dialect, columns)
        return self._writing[key]

    def select(self, table: Table, columns: Sequence[str], keys: Sequence[str], among: str | None) -> Select[Any]:
        """Select columns (all when none is named) by these keys, and by a list of values of one more column.

        The values are given when it is carried out, under ``v_`` and the column's name.
        """
        key = (table.name, tuple(columns), tuple(keys), among)
        if key not in self._reading:
            query = select(*(table.c[name] for name in columns) if columns else (table,))
            query = query.where(*(table.c[name] == value(name) for name in ("sync", *keys)))
            if among is not None:
                query = query.where(table.c[among].in_(bindparam(MARK + among, expanding=True)))
            self._reading[key] = query
        return self._reading[key]
