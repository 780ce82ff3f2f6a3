"""The statements that are built once do what composed ones did."""

import json
import time
from pathlib import Path

from pydantic import BaseModel
from sqlalchemy.dialects.postgresql import psycopg

from productops.connectors import Memory
from productops.sdk import Mapping
from productops.sync.engine import Sync
from productops.sync.memory import tables as t
from productops.sync.memory.state import State, open_engine
from productops.sync.memory.statements import Statements

SEEN = {"link": None, "own": "o", "marker": None, "match": None, "at": 1.0}


def inbox(remote: str, seen: str, **more: object) -> dict[str, object]:
    return {**SEEN, "side": "left", "remote": remote, "seen": seen, **more}


def test_a_row_with_the_same_key_is_replaced_in_every_column_and_no_other_sync_is_touched(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "state.db")
    mine, other = State(engine, "mine"), State(engine, "other")
    for state in (mine, other):
        state.receive([inbox("1", "50 % :name ?", marker="m"), inbox("2", "two")])
    mine.receive([inbox("1", "new", at=2.0)])
    rows = {row.remote: row for row in mine.find(t.inbox, among=("remote", ["1", "2", "3"]), side="left")}
    assert (rows["1"].seen, rows["1"].marker, rows["1"].at) == ("new", None, 2.0)
    assert rows["2"].seen == "two"
    (kept,) = other.find(t.inbox, "seen", "marker", among=("remote", ["1"]), side="left")
    assert (kept.seen, kept.marker) == ("50 % :name ?", "m")


def test_only_what_was_seen_until_then_is_taken_out(tmp_path: Path) -> None:
    state = State(open_engine(tmp_path / "state.db"), "mine")
    state.receive([inbox("1", "old", at=1.0), inbox("2", "newer", at=3.0)])
    state.settle_seen([("left", "1", 2.0), ("left", "2", 2.0), ("right", "2", 9.0)])
    assert [row.remote for row in state.rows(state.pick(t.inbox))] == ["2"]


def test_a_drop_without_values_drops_nothing_and_without_columns_all_of_the_sync(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "state.db")
    mine, other = State(engine, "mine"), State(engine, "other")
    for state in (mine, other):
        state.receive([inbox("1", "one"), inbox("2", "two"), inbox("3", "three")])
    mine.drop(t.inbox, "remote", [], side="left")
    mine.drop(t.inbox, "remote", ["1", "3"], side="right")
    assert len(mine.rows(mine.pick(t.inbox))) == 3
    mine.drop(t.inbox, "remote", ["1", "3"], side="left")
    assert [row.remote for row in mine.rows(mine.pick(t.inbox))] == ["2"]
    mine.drop(t.inbox)
    assert (len(mine.rows(mine.pick(t.inbox))), len(other.rows(other.pick(t.inbox)))) == (0, 3)


def test_postgresql_is_sent_its_own_spelling() -> None:
    statements = Statements(psycopg.dialect())
    text = statements.replace(t.ends, ("link", "side"), ("sync", "link", "side", "remote", "label")).text
    assert "ON CONFLICT (sync, link, side) DO UPDATE SET remote = excluded.remote, label = excluded.label" in text
    assert "%(remote)s" in text
    assert "?" not in text


def test_an_intent_holds_the_change_as_the_plan_does(tmp_path: Path) -> None:
    class Idea(BaseModel):
        title: str

    left = Memory().collection("left", {"summary": "text"})
    right = Memory().collection("right", {"name": "text"})
    left.add(summary="one\ntwo")
    one, two = Mapping(Idea, title="summary").on(left), Mapping(Idea, title="name").on(right)
    sync = Sync("x", left=one, right=two, state=tmp_path / "state.db")
    plan = sync.plan()
    (planned,) = (json.loads(line) for line in plan.changes.lines())
    sync.apply(plan)
    (intent,) = sync.state.rows(sync.state.pick(t.intents))
    assert json.loads(intent.change) == planned
    assert planned["writes"][0]["fields"] == {"title": "one\ntwo"}


def test_reading_waits_for_nobody_who_writes(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "state.db")
    writer, reader = State(engine, "one"), State(engine, "two")
    started = time.monotonic()
    with writer.transaction():
        writer.save_names("left", {"Name": "f1"})
        assert reader.names("left") == {}
        assert writer.beside("one").names("left") == {"Name": "f1"}  # what is not committed yet, seen from inside
    assert time.monotonic() - started < 20  # a lock would be waited for 30 seconds, and then be an error
