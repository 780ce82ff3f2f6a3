"""A runner that waits for a service keeps no other runner waiting; a state that somebody holds is told as that."""

import sqlite3
from datetime import timedelta

import pytest

from productops.errors import UnavailableError
from productops.sync.memory import database
from sync.desk import Desk

ASKS = ("scan", "get", "find", "create", "update", "delete", "restore")


def watch(desk, side):
    """Let another process take the state's write lock whenever this side is asked something."""
    asked = []

    def watched(name, ask):
        def call(*args):
            with sqlite3.connect(desk.home / "state.db", timeout=0, isolation_level=None) as other:
                other.execute("BEGIN IMMEDIATE")
                other.execute("ROLLBACK")
            asked.append(name)
            return ask(*args)

        return call

    collection = getattr(desk, side)
    for name in ASKS:
        setattr(collection, name, watched(name, getattr(collection, name)))
    return asked


def test_no_service_is_asked_while_the_state_is_held(tmp_path):
    """Among what happens: creates, edits, a deletion, and a record that comes back from the trash."""
    desk = Desk(tmp_path, full_every=timedelta(0), delete_grace=timedelta(0))
    first = desk.left.add(summary="One", due="May")
    desk.left.add(summary="Two")
    desk.run()
    asked = [watch(desk, "left"), watch(desk, "right")]
    desk.left.edit(desk.item("Two").id, due="June")
    desk.left.delete([first.id])
    for _ in range(3):
        desk.run()
    assert "One" not in [row.fields["Name"] for row in desk.right.scan()]
    desk.left.restore([first.id])
    desk.left.edit(first.id, due="July")
    desk.run()
    desk.run()
    assert desk.row("One").fields["Due"] == "July"
    assert all("get" in each for each in asked)


def test_a_state_that_another_program_holds_is_unavailable(tmp_path, monkeypatch):
    desk = Desk(tmp_path)
    desk.left.add(summary="One")
    desk.run()
    monkeypatch.setattr(database, "_engines", {})
    impatient = desk.again()
    with impatient.state.transaction() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=0")
    with sqlite3.connect(tmp_path / "state.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(UnavailableError, match="cannot be written now"):
            impatient.run()
        other.execute("ROLLBACK")
    assert impatient.run().problems == []
    impatient.state.engine.dispose()
