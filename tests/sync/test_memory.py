"""A state that is older than its records is noticed; a quiet pass writes nothing; clocks do not go back."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event

from productops.errors import GuardError
from productops.sdk import Mapping
from productops.sdk.record import Unreadable
from productops.sync.engine import Sync
from productops.sync.memory.state import open_engine
from sync.desk import Desk, Idea


def filled(tmp_path, count=3, **options):
    desk = Desk(tmp_path, **options)
    for number in range(1, count + 1):
        desk.left.add(summary=f"Idea {number}", due="mon")
    desk.run()
    return desk


# --- an older state


def test_a_state_older_than_its_records_stops_and_adopt_goes_on(tmp_path):
    desk = filled(tmp_path)
    with (
        closing(sqlite3.connect(tmp_path / "state.db")) as state,
        closing(sqlite3.connect(tmp_path / "backup.db")) as copy,
    ):
        state.backup(copy)
    desk.left.add(summary="Made after the backup")
    desk.run()
    older = desk.again(state="backup.db")
    plan = older.plan()
    assert "1 records carry keys that this sync gave and its state does not know" in plan.blocked[0]
    with pytest.raises(GuardError, match=r"older than they are.*adopt\(\)"):
        older.run()
    assert len(desk.right.rows) == 4
    older.apply(older.adopt())
    desk.later()
    assert older.plan(full=True).blocked == []
    assert not older.plan(full=True)
    assert len(desk.right.rows) == 4


def test_a_copied_row_is_told_and_does_not_stop_the_sync(tmp_path):
    desk = filled(tmp_path)
    copy = desk.right.add(Name="Idea 1")
    desk.right.rows[copy.id] = replace(copy, marker=desk.right.rows["right-1"].marker)
    plan = desk.sync.plan()
    assert plan.blocked == []
    assert any("carries this sync's key" in line for line in plan.problems), "reported, and never merged silently"
    desk.sync.apply(plan)
    assert len(desk.left.rows) == 3


# --- quiet passes


def test_a_quiet_pass_writes_nothing_for_each_record(tmp_path):
    counts = []
    for number in (3, 60):
        home = tmp_path / str(number)
        home.mkdir()
        desk = filled(home, number, full_every=timedelta(0))
        desk.run()
        rows = []

        @event.listens_for(open_engine(home / "state.db"), "before_cursor_execute")
        def count(_connection, _cursor, statement, values, _context, many, rows=rows):
            if statement.startswith(("INSERT", "UPDATE", "DELETE")):
                rows.extend(values if many else [values])

        assert not desk.sync.plan()
        counts.append(len(rows))
    assert counts[0] == counts[1] <= 8


# --- clocks


def test_a_clock_set_back_behind_the_last_run_stops_the_next(tmp_path):
    desk = filled(tmp_path)
    desk.later(minutes=-30)
    desk.left.edit("left-1", due="fri")
    with pytest.raises(GuardError, match="20 minutes before the end of the last run"):
        desk.sync.run()
    assert desk.right.rows["right-1"].fields["Due"] == "mon"
    desk.later(minutes=16)
    desk.sync.run()


# --- absent, null, empty, not permitted, not fetched


@pytest.mark.parametrize(
    ("shows", "clears"),
    [(None, True), ("", True), (Unreadable("no permission"), False), ("not fetched", False)],
    ids=["null", "empty", "not permitted", "not fetched"],
)
def test_only_null_and_empty_clear_a_field(tmp_path, shows, clears):
    desk = filled(tmp_path)
    row = desk.left.rows["left-1"]
    fields = dict(row.fields, due=shows)
    if shows == "not fetched":
        del fields["due"]
        desk.left.get = lambda ids, names=None: {id_: desk.left.rows[id_] for id_ in ids if id_ in desk.left.rows}
        desk.left.scan = lambda since=None, names=None: iter(list(desk.left.rows.values()))
    desk.left.rows["left-1"] = replace(row, fields=fields, updated=desk.now())
    for _ in range(2):
        desk.sync.run(full=True)
        desk.later()
    assert desk.right.rows["right-1"].fields["Due"] == (None if clears else "mon")


# --- three sides


def chained(tmp_path, order):
    """Two syncs that share a table in the middle."""
    desk = Desk(tmp_path)
    far = desk.account.collection("far", {"Title": "text", "When": "text"})
    middle = Mapping(Idea, title="Name", due="Due").on(desk.right)
    first = Sync("first", left=Mapping(Idea, title="summary", due="due").on(desk.left), right=middle,
                 state=tmp_path / "first.db", clock=desk.now, shared=True)  # fmt: skip
    second = Sync("second", left=middle, right=Mapping(Idea, title="Title", due="When").on(far),
                  state=tmp_path / "second.db", clock=desk.now, shared=True)  # fmt: skip
    syncs = [first, second] if order == "forth" else [second, first]

    def settle():
        for _ in range(3):
            for sync in syncs:
                sync.run(full=True)
                desk.later()

    return desk, far, syncs, settle


@pytest.mark.parametrize("order", ["forth", "back"])
@pytest.mark.parametrize("marker", ["property", "field"])
def test_three_sides_in_a_chain_come_to_rest(tmp_path, order, marker):
    desk, far, syncs, settle = chained(tmp_path, order)
    for collection in (desk.left, desk.right, far):
        collection.features = replace(collection.features, marker=marker)
    desk.left.add(summary="Near", due="mon")
    settle()
    far.add(Title="Far", When="tue")
    settle()
    for name, rows in (("summary", desk.left.rows), ("Name", desk.right.rows), ("Title", far.rows)):
        assert sorted(row.fields[name] for row in rows.values()) == ["Far", "Near"]
    near = next(row for row in far.rows.values() if row.fields["Title"] == "Near")
    far.edit(near.id, When="fri")
    desk.left.edit("left-1", summary="Nearer")
    settle()
    assert desk.left.rows["left-1"].fields["due"] == "fri"
    assert far.rows[near.id].fields["Title"] == "Nearer"
    versions = {row.id: row.version for each in (desk.left, desk.right, far) for row in each.rows.values()}
    settle()
    assert versions == {row.id: row.version for each in (desk.left, desk.right, far) for row in each.rows.values()}
    assert all(not sync.plan(full=True) and not sync.conflicts() for sync in syncs)


def test_without_shared_a_record_of_another_sync_is_left_alone(tmp_path):
    desk, far, syncs, _ = chained(tmp_path, "forth")
    desk.left.add(summary="Near")
    for sync in syncs:
        sync.settings = replace(sync.settings, shared=False)
        sync.run()
        desk.later()
    assert len(desk.right.rows) == 1
    assert far.rows == {}
