"""Opens the database of a workspace and brings its tables up to date, once, however many processes open it at once."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event, func, insert, inspect, select, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from productops.errors import ConfigError, UnavailableError
from productops.sync.memory.interrupted import free_the_lock
from productops.workspace import tables as t

HEAD = "0002"  # the latest step in ``migrations``
VERSION_TABLE = "ws_alembic"
PATIENCE = 30  # seconds that a writer waits for another
READING = "productops_reading"  # an execution option: this transaction takes no lock


def open_engine(location: str | Path, *, read_only: bool = False) -> Engine:
    """Open a SQLite file or a database URL, and bring its tables up to date.

    Raises:
        ConfigError: it is no database, cannot be read or written, its driver is missing, or a newer version made it.

    """
    engine = _connectable(location, read_only=read_only)
    try:
        with failures(location):
            _bring_up_to_date(engine, location, read_only=read_only)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _connectable(location: str | Path, *, read_only: bool) -> Engine:
    where = str(location)
    if "://" not in where:
        return _sqlite(where, read_only=read_only)
    if where.startswith("sqlite"):
        raise ConfigError("A SQLite workspace is given by its path.", remedy='For instance Workspace("product.db").')
    options = {"options": "-c default_transaction_read_only=on"} if read_only else {}
    try:
        return create_engine(where, connect_args=options)
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        raise ConfigError(
            f"The database URL of the workspace cannot be used: {type(error).__name__}.",
            remedy="Give a path, or a URL like postgresql+psycopg://user@host/name, and install productops[postgres].",
        ) from error


def _sqlite(where: str, *, read_only: bool) -> Engine:
    if where in ("", ":memory:"):
        raise ConfigError("A workspace needs a file.", remedy='Give a path, for instance Workspace("product.db").')
    path = Path(where).absolute()
    if read_only and not path.exists():
        raise ConfigError(f"There is no workspace {path.name!r} to read.", remedy="Open it for writing first.")
    uri = f"file:{quote(str(path))}?mode={'ro' if read_only else 'rwc'}"

    def connect() -> sqlite3.Connection:
        # We begin transactions ourselves: the driver would begin them too late.
        return sqlite3.connect(uri, uri=True, timeout=PATIENCE, isolation_level=None, check_same_thread=False)

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool)
    free_the_lock(engine)
    # secure_delete: what is changed or deleted is wiped in the file, or the name of somebody forgotten stayed in a gap.
    pragmas = ["secure_delete=ON", "temp_store=FILE", "cache_size=-16000", "trusted_schema=OFF"]
    # FULL: what was acknowledged is on disk, also when the machine loses power in the next moment.
    pragmas += ["query_only=ON"] if read_only else ["journal_mode=WAL", "synchronous=FULL"]

    @event.listens_for(engine, "connect")
    def _tune(connection: Any, _record: Any) -> None:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        reading = read_only or connection.get_execution_options().get(READING)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


@contextmanager
def failures(location: str | Path) -> Iterator[None]:
    """Translate what a database says into our errors."""
    where = str(location).split("@")[-1]
    try:
        yield
    except DBAPIError as error:
        said = str(error.orig).strip().partition("\n")[0]
        if "locked" in said or "busy" in said:
            raise UnavailableError(
                f"Somebody else has been writing to the workspace {where!r} for {PATIENCE} seconds.",
                system="workspace", remedy="Nothing was written. Try again, and write in smaller batches.",
            ) from error  # fmt: skip
        raise ConfigError(
            f"The workspace {where!r} cannot be used: {said}.",
            system="workspace",
            remedy="Nothing was written. Check the path or URL, its permissions and the free space.",
        ) from error


def one_at_a_time(connection: Connection, what: str) -> None:
    """Let one writer in at a time, as SQLite does by itself; the lock ends with the transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"productops {what}", 0))))


def _bring_up_to_date(engine: Engine, location: str | Path, *, read_only: bool) -> None:
    with engine.connect().execution_options(**{READING: True}) as connection:
        found = _revision(connection)
    if found == HEAD:
        return
    if read_only:
        raise ConfigError(
            f"The workspace {str(location).split('@')[-1]!r} has no tables yet, or older ones.",
            remedy="Open it for writing once, which brings it up to date.",
        )
    with engine.begin() as connection:
        one_at_a_time(connection, "workspace tables")
        # Another process may have done it while we waited.
        if (found := _revision(connection)) == HEAD:
            return
        _refuse_newer(found, location)
        _upgrade(connection)
        if found is None:
            connection.execute(insert(t.meta).values(name="lineage", value=str(uuid.uuid4())))


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    row = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).first()  # noqa: S608  a constant
    return str(row[0]) if row else None


def _refuse_newer(found: str | None, location: str | Path) -> None:
    if found is not None and found > HEAD:
        raise ConfigError(
            f"The workspace {str(location).split('@')[-1]!r} was made by a newer version of productops.",
            remedy='Run: pip install --upgrade "productops"',
        )


def _upgrade(connection: Connection) -> None:
    from alembic import command  # only for new and old workspaces: it takes a while to load
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes.update(connection=connection, version_table=VERSION_TABLE)
    command.upgrade(config, "head")
