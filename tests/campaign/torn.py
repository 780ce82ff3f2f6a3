"""A database as a process leaves it that dies while it writes a commit to disk: only a part of the commit is there.

SQLite appends the pages of a transaction to a journal, each behind a header; the header of the last one says that the
transaction is whole. A journal that ends anywhere before that end holds the transactions before it, and nothing else.
"""

from __future__ import annotations

import struct
from pathlib import Path

HEAD, FRAME = 32, 24  # bytes of the journal's own header, and of the header of each page


def last_commit(journal: bytes) -> tuple[int, int]:
    """Return where the last transaction in a journal begins and ends, in bytes; (0, 0) when there is none.

    A journal is written from its beginning again once all of it is in the database. What an older turn left behind
    carries other numbers, its salts.
    """
    if len(journal) < HEAD:
        return 0, 0
    (size,) = struct.unpack(">I", journal[8:12])
    salts, began, ended, at = journal[16:24], 0, 0, HEAD
    while at + FRAME + size <= len(journal) and journal[at + 8 : at + 16] == salts:
        (whole,) = struct.unpack(">I", journal[at + 4 : at + 8])  # pages of the database after a commit; else 0
        at += FRAME + size
        if whole:
            began, ended = ended or HEAD, at
    return began, ended


def cut(journal: bytes, part: int) -> bytes:
    """Return a journal that ends inside its last transaction, of which ``part`` thousandths were written."""
    began, ended = last_commit(journal)
    return journal[: began + min(ended - began - 1, (ended - began) * part // 1000)]


def mark(path: Path) -> tuple[bytes, int]:
    """Return what is another after every commit to a database that wrote something."""
    journal = path.with_name(path.name + "-wal")
    data = journal.read_bytes() if journal.exists() else b""
    return data[16:24], last_commit(data)[1]


def tear(path: Path, part: int) -> bool:
    """Cut the last transaction in the journal beside a database; tell whether there is one."""
    journal = path.with_name(path.name + "-wal")
    if not journal.exists() or last_commit(journal.read_bytes()) == (0, 0):
        return False
    journal.write_bytes(cut(journal.read_bytes(), part))
    path.with_name(path.name + "-shm").unlink(missing_ok=True)
    return True
