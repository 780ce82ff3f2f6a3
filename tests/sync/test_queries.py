"""No statement reads a whole table of pairs, and none reads the inbox again for each of its rows."""

import random
import re
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import event

from productops.sync.memory.state import open_engine
from sync.desk import Desk

SMALL = "po_(meta|lease|facts|names|cursors|schemas|people|runs|findings|refusals|conflicts|tombstones|deliveries)"
WHOLE = re.compile(rf"SCAN (?!json_each|CONSTANT)(?!{SMALL}\b)")
# Found by the sync, or by what all rows of a side have in common: a pass through it, which must not stand in another.
PASS = re.compile(r"SEARCH \w+ USING .*(\(sync=\?( AND side=\?)?\)|po_inbox_link \(sync=\? AND link=\?\))")

# Finds all rows of the sync, or of one of its sides, in a table that grows with the pairs. The inbox holds only news.
PAIRS = re.compile(r"po_(links|ends|base|base_values|intents)\b.*\(sync=\?( AND side=\?)?\)")


def shuffled(path, seed):
    """Make the indexes anew in another order: where SQLite finds two equally good it takes the later one."""
    with closing(sqlite3.connect(path)) as state:
        made = state.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL").fetchall()
        random.Random(seed).shuffle(made)
        for name, sql in made:
            state.execute(f"DROP INDEX {name}")
            state.execute(sql)


def asked(engine, go):
    """Return every statement with its values that is carried out one by one."""
    found = {}

    @event.listens_for(engine, "before_cursor_execute")
    def note(_connection, _cursor, statement, values, _context, many):
        if not many and statement.startswith(("SELECT", "UPDATE", "DELETE")):
            found[statement] = values

    go()
    event.remove(engine, "before_cursor_execute", note)
    return found


@pytest.mark.parametrize("seed", range(6))
def test_every_statement_of_a_sync_finds_its_rows_by_an_index(tmp_path, seed):
    desk = Desk(tmp_path, match="title", full_every=timedelta(0))
    path = tmp_path / "state.db"
    engine = open_engine(path)
    shuffled(path, seed)

    def week():
        for number in range(30):
            desk.left.add(summary=f"Idea {number}")
            desk.right.add(Name=f"Idea {number + 15}")
        desk.sync.apply(desk.sync.adopt("left"))
        desk.later()
        desk.left.edit("left-3", summary="Another name")
        desk.run()
        desk.right.delete(["right-5"])
        desk.run()
        desk.left.add(summary="One more")
        assert desk.run().created["right"] == 1
        assert not desk.sync.plan(full=True)

    statements = asked(engine, week)
    assert len(statements) > 40
    with closing(sqlite3.connect(path)) as state:
        for statement, values in statements.items():
            steps = [row[3] for row in state.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
            told = f"{statement}\n{steps}"
            assert not any(WHOLE.search(step) for step in steps), told
            assert sum(bool(PASS.search(step)) for step in steps) <= 1, told
            # A list of values finds its rows one by one.
            assert "json_each" not in statement or not any(PAIRS.search(step) for step in steps), told
            # A batch that sorts everything for its first rows reads everything for each batch.
            assert " LIMIT " not in statement or not any("TEMP B-TREE" in step for step in steps), told


def test_a_pass_in_which_nothing_changed_reads_no_row_for_each_pair(tmp_path):
    desk = Desk(tmp_path)
    for number in range(30):
        desk.left.add(summary=f"Idea {number}")
    desk.run()
    desk.later(hours=1)
    desk.run()
    desk.later(hours=1)
    engine = open_engine(tmp_path / "state.db")
    read = []

    def quiet():
        assert not desk.again().plan()

    statements = asked(engine, quiet)
    with closing(sqlite3.connect(tmp_path / "state.db")) as state:
        for statement, values in statements.items():
            steps = [row[3] for row in state.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
            assert not any(WHOLE.search(step) for step in steps), statement
            # Whether there is a pair at all is seen from the first.
            first = "WHERE po_links.sync = ?\n LIMIT" in statement
            assert first or not any(PAIRS.search(step) for step in steps), f"{statement}\n{steps}"
            read.append(len(state.execute(statement, values).fetchall()) if statement.startswith("SELECT") else 0)
    assert max(read) < 30


def test_a_state_from_before_an_index_gets_it(tmp_path):
    desk = Desk(tmp_path)
    desk.left.add(summary="Idea")
    desk.run()
    path = tmp_path / "state.db"
    open_engine(path).dispose()
    with closing(sqlite3.connect(path)) as state:
        state.execute("DROP INDEX po_links_state")
        assert not state.execute("SELECT 1 FROM sqlite_master WHERE name = 'po_links_state'").fetchall()
    other = tmp_path / "moved.db"
    path.rename(other)
    open_engine(other)
    with closing(sqlite3.connect(other)) as state:
        assert state.execute("SELECT 1 FROM sqlite_master WHERE name = 'po_links_state'").fetchall()
