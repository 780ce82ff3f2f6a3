"""A workspace's rows by nothing but ``sqlite3``: the same tables and contents, no checks, no history to look up."""

from __future__ import annotations

import sqlite3

import orjson

from benchmarks.clients import rooms
from benchmarks.job import Job
from benchmarks.workspace import plain, rows_of

FILE, ROWS = "new.db", "plain.db"


def prepare_workspace_add(job: Job) -> None:
    """Make a workspace whose rows are to be written again."""
    rooms.prepare_workspace_add(job)
    rooms.workspace_add(job)
    rooms.held.clear()
    rooms.held.update(rows_of(job.folder / FILE))


def workspace_add(job: Job) -> int:
    """Put the rows into a new file in one transaction."""
    for each in job.folder.glob(f"{ROWS}*"):
        each.unlink()
    plain(job.folder / FILE, job.folder / ROWS, rooms.held)
    return job.records


def prepare_workspace_read(job: Job) -> None:
    """Fill a workspace."""
    rooms.prepare_workspace_read(job)


def workspace_read(job: Job) -> int:
    """Read all notes as dictionaries, kept in a list."""
    with sqlite3.connect(job.folder / FILE) as read:
        found = [orjson.loads(text) for (text,) in read.execute("SELECT data FROM ws_entities")]
    read.close()
    return len(found)
