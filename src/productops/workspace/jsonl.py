"""A whole workspace as lines of JSON, and back: entities, their versions and everything that happened to them.

The first line says what it is; then come the entities, the states kept in between, and the events, each as it is
stored. So what is read in again is equal, also for classes that are not registered there.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic_core import from_json, to_json
from sqlalchemy import Table, select, text

from productops.errors import ConfigError, RejectedError
from productops.workspace import tables as t
from productops.workspace.store import CHUNK, Store

FORMAT = "productops workspace"
VERSION = 1
PARTS: dict[str, Table] = {"entity": t.entities, "state": t.states, "event": t.events}
HELD: dict[str, tuple[str, ...]] = {
    "entity": ("data",),
    "state": ("data",),
    "event": ("old", "new"),
}  # columns of JSON, shown as what they hold


def lines(store: Store) -> Iterator[bytes]:
    """Yield the lines of an export; all of one moment."""
    with store.reading() as connection:
        yield to_json({"format": FORMAT, "version": VERSION, "lineage": store.lineage}) + b"\n"
        for name, table in PARTS.items():
            order = [table.c.seq] if table is t.events else list(table.primary_key.columns)
            answer = connection.execution_options(stream_results=True).execute(select(table).order_by(*order))
            for row in answer.yield_per(CHUNK):
                yield _line(name, dict(row._mapping))


def _line(name: str, row: dict[str, Any]) -> bytes:
    held = {column: row.pop(column) for column in HELD[name]}
    head = to_json({"is": name, **{column: value for column, value in row.items() if value is not None}})[:-1]
    # What is stored is JSON already; a missing one is left out, which is another thing than null.
    return head + b"".join(f',"{key}":{value}'.encode() for key, value in held.items() if value is not None) + b"}\n"


def write(store: Store, path: Path) -> int:
    """Write an export to a file, which is there whole or not at all; return how many lines."""
    half = path.with_name(f"{path.name}.half-{os.getpid()}")
    count = 0
    try:
        with half.open("wb") as file:
            for line in lines(store):
                file.write(line)
                count += 1
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
    return count


def read(store: Store, path: Path) -> int:
    """Read an export into a workspace that is empty, all or nothing; return how many entities.

    Raises:
        ConfigError: the workspace holds something, or the file is no export or a newer one.
        RejectedError: a line is not whole; nothing was read in.

    """
    writing = store.writing_now
    assert writing is not None, "only inside writing()"  # noqa: S101  a mistake of ours
    if writing.connection.execute(select(t.entities.c.id).limit(1)).first() is not None:
        raise ConfigError(
            "An export is read into an empty workspace, and this one holds something.",
            system="workspace", remedy="Give another path.",
        )  # fmt: skip
    found = dict.fromkeys(PARTS, 0)
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in PARTS}
    with path.open("rb") as file:
        _check_head(file.readline(), path)
        for number, line in enumerate(file, 2):
            name, row = _row(line, path, number)
            rows[name].append(row)
            found[name] += 1
            if len(rows[name]) == CHUNK:
                store.add(PARTS[name], rows.pop(name))
                rows[name] = []
    for name, rest in rows.items():
        store.add(PARTS[name], rest)
    _count_on(store)
    return found["entity"]


def _check_head(line: bytes, path: Path) -> None:
    try:
        head = from_json(line)
    except ValueError:
        head = None
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise ConfigError(f"{path.name} is no export of a workspace.", remedy="Make one with ws.export(path).")
    if head.get("version", 0) > VERSION:
        raise ConfigError(f"{path.name} was made by a newer version of productops.", remedy="Upgrade productops.")


def _row(line: bytes, path: Path, number: int) -> tuple[str, dict[str, Any]]:
    try:
        held = from_json(line)
        name = held.pop("is")
        # A column that is missing is none; null in a column of JSON is the value null.
        values = {column: to_json(held.pop(column)).decode() for column in HELD[name] if column in held}
        row = {column.key: held.pop(column.key, None) for column in PARTS[name].columns}
        if held or not line.endswith(b"\n"):
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RejectedError(
            f"Line {number} of {path.name} is not whole.", system="workspace", record=str(number),
            remedy="Nothing was read in. Export once more.",
        ) from error  # fmt: skip
    return name, {**row, **values}


def _count_on(store: Store) -> None:
    """Let PostgreSQL number the next event after those that were read in; SQLite does by itself."""
    writing = store.writing_now
    if writing is not None and store.engine.dialect.name == "postgresql":
        last = "SELECT setval(pg_get_serial_sequence('ws_events', 'seq'), max(seq)) FROM ws_events HAVING max(seq) > 0"
        writing.connection.execute(text(last))


def backup(store: Store, path: Path) -> None:
    """Copy a SQLite workspace as it is at this moment, while others go on; the copy is there whole or not at all.

    Raises:
        ConfigError: it is in PostgreSQL, which has its own means.

    """
    if store.engine.dialect.name != "sqlite":
        raise ConfigError("A workspace in PostgreSQL is backed up by PostgreSQL.", remedy="Use pg_dump, or ws.export.")
    half = path.with_name(f"{path.name}.half-{os.getpid()}")
    try:
        target = sqlite3.connect(half)
        try:
            with store.reading() as connection:
                source = connection.connection.driver_connection
                assert isinstance(source, sqlite3.Connection)  # noqa: S101  the dialect says so
                source.backup(target)
        finally:
            target.close()
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
