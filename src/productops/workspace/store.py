"""The rows of a workspace: one writer at a time, readers that see one moment, statements that are built once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, bindparam, func, insert, or_, select, update

from productops.sync.memory.statements import MARK, Prepared
from productops.workspace import tables as t
from productops.workspace.opening import READING, failures, one_at_a_time, open_engine
from productops.workspace.packing import is_key
from productops.workspace.stamping import Fate

CHUNK = 500  # rows of one look
Row = Any
Laid = tuple[Any, ...]  # the values of a row in the order of its table's columns


class Writing:
    """A transaction that writes: its connection, its moment, and what will have become of it."""

    def __init__(self, connection: Connection, at: int, within: Writing | None = None) -> None:
        self.connection = connection
        self.at = at
        self.fate: Fate = Fate(within.fate if within is not None else None)


class Store:
    """A workspace's database."""

    def __init__(self, location: str | Path, *, read_only: bool) -> None:
        self.location = location
        self.engine: Engine = open_engine(location, read_only=read_only)
        self._mine = threading.local()
        self._prepared: dict[tuple[str, ...], Prepared] = {}
        with self.reading() as connection:
            found = connection.execute(select(t.meta.c.value).where(t.meta.c.name == "lineage")).scalar_one()
        self.lineage: str = str(found)

    def close(self) -> None:
        """Give the connections back; the file holds everything that was acknowledged."""
        self.engine.dispose()

    @property
    def writing_now(self) -> Writing | None:
        """The transaction that this thread has open."""
        return getattr(self._mine, "writing", None)

    @contextmanager
    def writing(self, clock: Any, *, whole: bool = False) -> Iterator[Writing]:
        """Run a block as the one writer. What it wrote is kept at its end, or nothing is.

        Blocks inside it join it. One that is a `whole` of its own leaves nothing behind when it fails, also when
        the block around it goes on.
        """
        if (now := self.writing_now) is not None:
            with self._within(now) if whole else nullcontext(now) as writing:
                yield writing
            return
        with failures(self.location), self.engine.connect() as connection, connection.begin():
            one_at_a_time(connection, "workspace")
            # The moment is taken when nobody else can write any more, so that moments follow the order of writes.
            writing = self._mine.writing = Writing(connection, clock())
            try:
                yield writing
            except BaseException:
                writing.fate.failed = True
                raise
            finally:
                self._mine.writing = None

    @contextmanager
    def _within(self, outer: Writing) -> Iterator[Writing]:
        with outer.connection.begin_nested():
            inner = self._mine.writing = Writing(outer.connection, outer.at, outer)
            try:
                yield inner
            except BaseException:
                inner.fate.failed = True
                raise
            finally:
                self._mine.writing = outer

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Run a block that sees one moment, or what this thread's own transaction wrote so far."""
        if (now := self.writing_now) is not None:
            yield now.connection
            return
        options: dict[str, Any] = {READING: True}
        if self.engine.dialect.name == "postgresql":
            options["isolation_level"] = "REPEATABLE READ"
        with failures(self.location), self.engine.connect().execution_options(**options) as connection:
            yield connection

    # --- writing

    def add(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows that are new."""
        if rows:
            columns = tuple(rows[0])
            self._adding(table, columns).run(self._connection, rows)

    def lay(self, table: Table, columns: tuple[str, ...], rows: Sequence[Laid]) -> None:
        """Insert rows that are new, given as values of columns in the table's order; cheaper than by name."""
        if rows:
            self._adding(table, columns).lay(self._connection, rows)

    def change(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Set version, time and data of entities that have a row: kind, id, version, at, data."""

        def build() -> Prepared:
            one = (t.entities.c.kind == bindparam(MARK + "kind")) & (t.entities.c.id == bindparam(MARK + "id"))
            names = ("version", "at", "data")
            return Prepared(
                update(t.entities).where(one).values({name: bindparam(MARK + name) for name in names}),
                self.engine.dialect,
            )

        if rows:
            self._ready(("change",), build).run(self._connection, rows)

    def _adding(self, table: Table, columns: tuple[str, ...]) -> Prepared:
        return self._ready(("add", table.name, *columns), lambda: Prepared(insert(table), self.engine.dialect, columns))

    @property
    def _connection(self) -> Connection:
        assert self.writing_now is not None, "only inside writing()"  # noqa: S101  a mistake of ours
        return self.writing_now.connection

    def _ready(self, key: tuple[str, ...], build: Callable[[], Prepared]) -> Prepared:
        if key not in self._prepared:
            self._prepared[key] = build()
        return self._prepared[key]

    # --- reading

    def after_all(self, kind: str, ids: Sequence[str]) -> bool:
        """Tell whether ids come after every one there ever was of a kind, as fresh ones do: then none is taken."""
        query = select(func.max(t.entities.c.id)).where(t.entities.c.kind == kind)
        with self.reading() as connection:
            last = connection.execute(query).scalar()
        return last is None or min(ids) > last

    def known(self, kind: str, ids: Sequence[str], *, data: bool = True) -> dict[str, Row]:
        """Return id → row of version, at, there (whether it is not deleted) and data, also of deleted ones.

        What cannot be an id is not there, and never asked for: databases differ in what they say to it.
        """
        ids = [key for key in ids if is_key(key)]
        there = t.entities.c.data.is_not(None).label("there")
        columns = [t.entities.c.id, t.entities.c.version, t.entities.c.at, there]
        query = select(*columns, *([t.entities.c.data] if data else [])).where(t.entities.c.kind == kind)
        with self.reading() as connection:
            found = connection.execute(query.where(t.entities.c.id.in_(ids)))
            return {row.id: row for row in found}

    def texts(self, kind: str, needles: Iterable[Sequence[str]] = ()) -> Iterator[Row]:
        """Yield id, version and data of all there are of a kind, by id.

        Each needle narrows it to what holds its first text, or lacks one of the others.
        """
        query = select(t.entities.c.id, t.entities.c.version, t.entities.c.data)
        query = query.where(t.entities.c.kind == kind, t.entities.c.data.is_not(None))
        for needle, *marks in needles:
            data = t.entities.c.data
            query = query.where(or_(self.holds(data, needle), *(~self.holds(data, mark) for mark in marks)))
        yield from self.paged(query.order_by(t.entities.c.id), t.entities.c.id)

    def holds(self, column: Any, needle: str) -> Any:
        """The condition that a text holds another, without patterns."""
        name = "strpos" if self.engine.dialect.name == "postgresql" else "instr"
        return getattr(func, name)(column, needle) > 0

    def paged(self, query: Any, key: Any, after: Any = None) -> Iterator[Row]:
        """Yield the rows of a query that is ordered by a unique key, page by page, so that memory stays flat."""
        with self.reading() as connection:
            while True:
                page = list(connection.execute((query if after is None else query.where(key > after)).limit(CHUNK)))
                yield from page
                if len(page) < CHUNK:
                    return
                after = getattr(page[-1], key.name)

    def count(self, kind: str) -> int:
        """Return how many there are of a kind."""
        mine = (t.entities.c.kind == kind) & t.entities.c.data.is_not(None)
        with self.reading() as connection:
            return int(connection.execute(select(func.count()).select_from(t.entities).where(mine)).scalar_one())
