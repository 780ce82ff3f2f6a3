"""What becomes of SQLite's lock when a signal comes in the middle of a statement."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from typing import Any

from sqlalchemy import Engine, event


def free_the_lock(engine: Engine) -> None:
    """Let a connection that is thrown away give up its transaction.

    A signal in the middle of a statement closes the connection. Its cursor lives on in the traceback, and with it the
    lock on the file: what has to be written next would wait for it in vain, in this process and in every other.
    """

    @event.listens_for(engine, "invalidate")
    def _let_go(connection: Any, _record: Any, _error: Any) -> None:
        with suppress(sqlite3.Error):
            connection.rollback()
