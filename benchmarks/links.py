"""A state of any size without a first sync of that size: the links of a small one, copied within the database."""

from __future__ import annotations

import sqlite3
from pathlib import Path

HISTORY = ("po_intents", "po_inbox", "po_conflicts", "po_tombstones", "po_refusals")  # what no steady link needs
COPIED = ("link", "remote")  # what tells rows apart


def multiply(file: Path, links: int) -> None:
    """Fill a state up to that many links; ``links`` is a multiple of those that are there.

    Each copy has ids of its own on both sides and the fingerprints and values of its original.
    """
    with sqlite3.connect(file, isolation_level=None) as database:
        database.execute("PRAGMA synchronous=OFF")
        (have,) = database.execute("SELECT count(*) FROM po_links").fetchone()
        database.execute("BEGIN")
        for table in _tables(database):
            _copy(database, table, links // have)
        database.execute("COMMIT")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (now,) = database.execute("SELECT count(*) FROM po_links").fetchone()
    database.close()
    assert now == links, (now, links)


def _tables(database: sqlite3.Connection) -> list[str]:
    names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return [name for name in names if name not in HISTORY and "link" in _columns(database, name)]


def _columns(database: sqlite3.Connection, table: str) -> dict[str, str]:
    return {row[1]: row[2] for row in database.execute(f"PRAGMA table_info({table})")}


def _copy(database: sqlite3.Connection, table: str, times: int) -> None:
    columns = _columns(database, table)
    shown = [_numbered(name, type_) if name in COPIED else f'o."{name}"' for name, type_ in columns.items()]
    database.execute(f"CREATE TEMP TABLE originals AS SELECT * FROM {table}")
    numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {times - 1})"
    database.execute(f"{numbers} INSERT INTO {table} SELECT {', '.join(shown)} FROM n CROSS JOIN originals o")
    database.execute("DROP TABLE originals")


def _numbered(name: str, type_: str) -> str:
    return f'o."{name}" + n.i * 1000000' if "INT" in type_.upper() else f"o.\"{name}\" || '.' || n.i"
