"""The database behind a state: opening it, one writer at a time, rows in and out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from sqlalchemy import (
    Connection,
    Engine,
    Select,
    Table,
    create_engine,
    event,
    func,
    select,
)
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.schema import CreateIndex

from productops.errors import ConfigError, UnavailableError
from productops.sdk.jsontext import dumps, loads
from productops.sync.memory import tables as t
from productops.sync.memory.interrupted import free_the_lock
from productops.sync.memory.statements import Prepared, Statements

ALONE = "productops_read"  # an option of connections that only read

IN_MEMORY = (":memory:", "sqlite://", "sqlite:///:memory:")

_engines: dict[tuple[str, int], Engine] = {}  # a file is opened once in a process: compiled statements are shared


def open_engine(location: str | Path) -> Engine:
    """Open a SQLite file or a database URL and create missing tables.

    Raises:
        ConfigError: the state would be in memory only, the file is no database or cannot be written, or the URL's
            driver is missing.

    """
    text = str(location)
    if text in IN_MEMORY:
        raise ConfigError(
            f"The state {text!r} would forget everything when the program ends.",
            remedy="Give a path to a file, such as roadmap.db.",
        )
    url = text if "://" in text else f"sqlite:///{Path(text).absolute()}"
    known = _engines.get((url, _inode(text)))
    if known is not None:
        return known
    try:
        engine = create_engine(url)
        if engine.dialect.name == "sqlite":
            _tune_sqlite(engine)
        with engine.begin() as connection:
            _one_at_a_time(connection, "tables of productops")
            t.tables.create_all(connection)
            for index in (each for table in t.tables.sorted_tables for each in table.indexes):
                connection.execute(CreateIndex(index, if_not_exists=True))  # a state may be older than an index
    except (SQLAlchemyError, OSError, ModuleNotFoundError) as error:
        raise ConfigError(
            f"The state {text.split('@')[-1]!r} cannot be opened: {getattr(error, 'orig', type(error).__name__)}.",
            remedy="Give a path to a file that can be written, or a PostgreSQL URL.",
        ) from error
    _engines[url, _inode(text)] = engine
    return engine


def _inode(text: str) -> int:
    """Tell a state file from another that was put in its place."""
    try:
        return 0 if "://" in text else Path(text).stat().st_ino
    except OSError:
        return -1


def _one_at_a_time(connection: Connection, what: str) -> None:
    """Let one writer of a sync in at a time, as SQLite does by itself; the lock ends with the transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(what, 0))))


def _tune_sqlite(engine: Engine) -> None:
    free_the_lock(engine)

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we begin transactions ourselves: the driver would begin them too late
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "busy_timeout=30000",
            "temp_store=FILE",
            "secure_delete=ON",  # a name that somebody asked to forget leaves no gap to read it in
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A read on its own takes no lock: it must not wait for, nor hold up, somebody who writes.
        if not connection.get_execution_options().get(ALONE):
            connection.exec_driver_sql("BEGIN IMMEDIATE")


def _reader(engine: Engine) -> Engine:
    """Return the same database for reads on their own; SQLite is asked for no transaction at all."""
    alone = {ALONE: True} if engine.dialect.name == "sqlite" else {"isolation_level": "AUTOCOMMIT"}
    return engine.execution_options(**alone)


@contextmanager
def _begun(engine: Engine) -> Iterator[Connection]:
    """Begin a transaction; somebody who holds the file for long is told as what they are."""
    begun = False
    try:
        # Nothing may lie between the beginning and the block: a signal there would leave the lock to nobody.
        with engine.begin() as connection:
            begun = True
            yield connection
    except OperationalError as error:
        if begun:
            raise
        raise UnavailableError(
            f"The state cannot be written now: {error.orig}.",
            system="productops",
            remedy="Another program holds it; run again when it is done.",
        ) from error


class Store:
    """The rows of one sync inside a database. All methods work in the transaction that is open, or make one."""

    def __init__(self, engine: Engine, sync: str) -> None:
        self.engine = engine
        self.sync = sync
        self._reader = _reader(engine)
        self._connection: Connection | None = None
        self.statements: Statements = Statements(engine.dialect)

    def beside(self, sync: str) -> Self:
        """Return the memory of another sync in the same database, seen from inside the transaction that is open."""
        other = type(self)(self.engine, sync)
        other._connection = self._connection
        return other

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Run a block in one transaction; blocks inside it join it."""
        if self._connection is not None:
            yield self._connection
            return
        with _begun(self.engine) as connection:
            _one_at_a_time(connection, self.sync)
            try:
                self._connection = connection
                yield connection
            finally:
                self._connection = None

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """Give the connection of the transaction that is open, or one for a read on its own, which takes no lock."""
        if self._connection is not None:
            yield self._connection
        else:
            with self._reader.connect() as connection:
                yield connection

    def rows(self, query: Select[Any]) -> Sequence[Any]:
        """Return all rows of a query that is seldom asked; see :meth:`find` and :meth:`ask`."""
        with self._reading() as connection:
            return connection.execute(query).all()

    def pick(self, table: Table, *columns: str) -> Select[Any]:
        """Select columns (all when none is named) of this sync's rows of a table, for :meth:`rows`."""
        return select(*(table.c[name] for name in columns) if columns else (table,)).where(table.c.sync == self.sync)

    def ask(self, question: Callable[[], Select[Any]], **values: Any) -> Sequence[Any]:
        """Return the rows of a query that a function composes; ``value`` and ``Among`` in it mark what is given."""
        with self._reading() as connection:
            return self.statements.question(question).ask(connection, {**values, "sync": self.sync})

    def find(
        self,
        table: Table,
        *columns: str,
        among: tuple[str, Iterable[Any]] | None = None,
        order: Sequence[str] = (),
        limit: int | None = None,
        **equal: Any,
    ) -> Sequence[Any]:
        """Return columns (all when none is named) of this sync's rows.

        Args:
            table: where.
            columns: what.
            among: a column, and the values of which it has one.
            order: columns to sort by.
            limit: the most rows.
            equal: further columns with the one value they have; ``None`` for nothing.

        """
        values = dict(equal)
        nulls = [name for name, given in equal.items() if given is None]
        for name in nulls:
            del values[name]
        if among is not None:
            listed = among[1] if isinstance(among[1], list) else list(among[1])
            if not listed:
                return ()
            values[among[0]] = listed
        query = self.statements.select(
            table,
            columns,
            equal=[name for name in equal if name not in nulls],
            nulls=nulls,
            among=among[0] if among else None,
            order=order,
            limit=limit,
        )
        with self._reading() as connection:
            return query.ask(connection, {**values, "sync": self.sync})

    def put(self, table: Table, keys: Sequence[str], rows: Sequence[dict[str, Any]]) -> None:
        """Insert rows, replacing those with the same keys; without keys, all there are. Rows name every column."""
        if rows and keys:
            self.carry_out(self.statements.replace(table, keys, ("sync", *rows[0])), rows)
        elif rows:
            with self.transaction():
                self.drop(table)
                self.add(table, rows)

    def add(self, table: Table, rows: Sequence[dict[str, Any]]) -> None:
        """Insert rows that are new."""
        if rows:
            self.carry_out(self.statements.insert(table, ("sync", *rows[0])), rows)

    def drop(self, table: Table, key: str | None = None, values: Iterable[Any] = (), **equal: Any) -> None:
        """Delete this sync's rows where the columns have these values."""
        wipe = self.statements.delete(table, (*equal, *([key] if key is not None else ())))
        self.carry_out(wipe, [equal] if key is None else [{**equal, key: value} for value in values])

    def carry_out(self, statement: Prepared, rows: Sequence[dict[str, Any]]) -> int:
        """Carry out a statement for each row, which is given the sync's name; return how many rows it met."""
        if not rows:
            return 0
        for row in rows:
            row["sync"] = self.sync
        with self.transaction() as connection:
            return statement.run(connection, rows).rowcount


__all__ = ["Store", "dumps", "loads", "open_engine"]
