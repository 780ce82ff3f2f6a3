"""Statements that are built once: what a sync sends thousands of times must not be composed each time.

Composing and analysing a statement object costs more CPU than SQLite needs to carry it out. So SQLAlchemy writes the
text for the database at hand once, and from then on only values travel. A list of values travels as one value, so that
the text is the same whatever the list's length.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Self

from sqlalchemy import (
    Boolean,
    ColumnElement,
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
from sqlalchemy.ext.compiler import compiles

Row = Mapping[str, Any]
MARK = "v_"  # begins the names of values: a column's own name is taken in an UPDATE
MANY = "l_"  # begins the names of lists of values


def given(column: str) -> Any:
    """Return the place of a value, which rows give under the column's name."""
    return bindparam(MARK + column)


class Among(ColumnElement[bool]):
    """Says that a column has one of the values of a list, which is given under the column's name."""

    inherit_cache: bool = False
    type: Boolean = Boolean()

    def __init__(self, column: ColumnElement[Any], name: str | None = None) -> None:
        self.column = column
        self.listed: ColumnElement[Any] = bindparam(MANY + (name or str(column.key)))

    def self_group(self, against: Any = None) -> Self:
        """Return it as it is. SQLAlchemy would compare it with a truth value, and then no index serves."""
        return self


@compiles(Among, "sqlite")
def _among_in_sqlite(one: Among, compiler: Any, **more: Any) -> str:
    listed = compiler.process(one.listed, **more)
    return f"{compiler.process(one.column, **more)} IN (SELECT value FROM json_each({listed}))"  # noqa: S608 - the parts are composed above


@compiles(Among, "postgresql")
def _among_in_postgresql(one: Among, compiler: Any, **more: Any) -> str:
    return f"{compiler.process(one.column, **more)} = ANY({compiler.process(one.listed, **more)})"


class Question:
    """One reading statement as text, and where each of its values comes from."""

    def __init__(self, query: Select[Any], dialect: Dialect) -> None:
        compiled = query.compile(dialect=dialect)
        self.text: str = str(compiled)
        self._named = compiled.positiontup is None
        self._fixed = {name: fixed for name, fixed in compiled.params.items() if fixed is not None}
        names = list(compiled.params) if compiled.positiontup is None else compiled.positiontup
        self._places = [(name, name.removeprefix(MANY).removeprefix(MARK), name.startswith(MANY)) for name in names]
        self._pack: Callable[[Any], Any] = list if dialect.name == "postgresql" else _packed

    def ask(self, connection: Connection, values: Row) -> Sequence[Any]:
        """Return the rows for these values."""
        fixed, pack = self._fixed, self._pack
        told = [
            pack(values[key]) if many else fixed[name] if name in fixed else values[key]
            for name, key, many in self._places
        ]
        if self._named:
            names = [name for name, _, _ in self._places]
            return connection.exec_driver_sql(self.text, dict(zip(names, told, strict=True))).all()
        return connection.exec_driver_sql(self.text, tuple(told)).all()


def _packed(values: Any) -> str:
    return json.dumps(list(values))


class Prepared:
    """One writing statement as text, and where each of its values comes from."""

    def __init__(self, statement: Insert | Update | Delete, dialect: Dialect, columns: Sequence[str] = ()) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=list(columns))
        self.text: str = str(compiled)
        self.order: list[str] | None = compiled.positiontup
        names = list(compiled.params) if self.order is None else self.order
        keys = [name.removeprefix(MARK) for name in names]
        self._names = names
        self._pick: Callable[[Row], Any] = itemgetter(*keys) if len(keys) > 1 else lambda row: (row[keys[0]],)

    def run(self, connection: Connection, rows: Sequence[Row]) -> CursorResult[Any]:
        """Carry it out once for each row."""
        return self.lay(connection, [self._pick(row) for row in rows])

    def lay(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> CursorResult[Any]:
        """Carry it out once for each row, which gives the values in the order of the text."""
        values: Sequence[Any] = rows
        if self.order is None:
            values = [dict(zip(self._names, each, strict=True)) for each in values]
        return connection.exec_driver_sql(self.text, values if len(values) > 1 else values[0])


_made: dict[tuple[str, str], tuple[dict[Hashable, Prepared], dict[Hashable, Question]]] = {}


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
            wipe = delete(table).where(*(table.c[key] == given(key) for key in ("sync", *keys)))
            return wipe if until is None else wipe.where(table.c[until] <= given(until))

        return self._write(("delete", table.name, until, *keys), build)

    def update(self, table: Table, keys: Sequence[str], columns: Sequence[str]) -> Prepared:
        """Set these columns in the rows found by these keys."""

        def build() -> Update:
            mine = (table.c[key] == given(key) for key in ("sync", *keys))
            return update(table).where(*mine).values({name: given(name) for name in columns})

        return self._write(("update", table.name, len(keys), *keys, *columns), build)

    def count_up(self, table: Table, column: str) -> Prepared:
        """Add one to a column of the sync's row."""

        def build() -> Update:
            return (
                update(table)
                .where(table.c.sync == given("sync"))
                .values({column: table.c[column] + literal_column("1")})
            )

        return self._write(("count", table.name, column), build)

    def _write(
        self, key: Hashable, build: Callable[[], Insert | Update | Delete], columns: Sequence[str] = ()
    ) -> Prepared:
        if key not in self._writing:
            self._writing[key] = Prepared(build(), self._dialect, columns)
        return self._writing[key]

    def select(
        self,
        table: Table,
        columns: Sequence[str] = (),
        *,
        equal: Sequence[str] = (),
        nulls: Sequence[str] = (),
        among: str | None = None,
        order: Sequence[str] = (),
        limit: int | None = None,
    ) -> Question:
        """Select columns (all when none is named) of one sync.

        Args:
            table: where.
            columns: what.
            equal: columns whose value is given.
            nulls: columns that hold nothing.
            among: a column for which a list of values is given.
            order: columns to sort by.
            limit: the most rows.

        """

        def build() -> Select[Any]:
            query = select(*(table.c[name] for name in columns) if columns else (table,))
            query = query.where(*(table.c[name] == given(name) for name in ("sync", *equal)))
            query = query.where(*(table.c[name].is_(None) for name in nulls))
            if among is not None:
                query = query.where(Among(table.c[among]))
            query = query.order_by(*(table.c[name] for name in order))
            return query if limit is None else query.limit(limit)

        key = (table.name, tuple(columns), tuple(equal), tuple(nulls), among, tuple(order), limit)
        return self._read(key, build)

    def question(self, build: Callable[[], Select[Any]]) -> Question:
        """Return what a function composes, which is called once."""
        return self._read(build, build)

    def _read(self, key: Hashable, build: Callable[[], Select[Any]]) -> Question:
        if key not in self._reading:
            self._reading[key] = Question(build(), self._dialect)
        return self._reading[key]
