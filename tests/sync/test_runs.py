"""What stops a job before harm, what it tells once, and how two runners get along."""

import json
import threading
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from flows.world import World
from productops.errors import GuardError, StaleError, UnavailableError
from productops.sync.writing.apply import LEASE
from sync.desk import Desk

# --- one field everywhere


def filled(tmp_path, count, **options):
    desk = Desk(tmp_path, **options)
    for number in range(count):
        desk.left.add(summary=f"Idea {number}", due="mon")
    desk.run()
    return desk


def test_a_field_that_changes_everywhere_needs_a_confirmation(tmp_path):
    desk = filled(tmp_path, 150)
    for number in range(1, 51):
        desk.right.edit(f"right-{number}", Due="1 Jan 1970", **({"Name": f"New {number}"} if number < 50 else {}))
    plan = desk.sync.plan()
    assert len(plan.blocked) == 1
    assert "due changed on 50 of 150 records in right" in plan.blocked[0]
    with pytest.raises(GuardError, match="due changed on 50"):
        desk.sync.run()
    assert desk.left.rows["left-1"].fields["due"] == "mon"
    plan = desk.sync.plan()
    desk.sync.apply(plan, confirm=plan.id)
    assert desk.left.rows["left-1"].fields["due"] == "1 Jan 1970"


@pytest.mark.parametrize(
    ("records", "edits", "share"), [(100, 49, 0.3), (200, 60, 0.3), (60, 60, None), (100, 60, 0.7)]
)
def test_fewer_changes_pass_and_the_limit_can_be_set(tmp_path, records, edits, share):
    desk = filled(tmp_path, records, mass_change=share)
    for number in range(1, edits + 1):
        desk.right.edit(f"right-{number}", Due="fri")
    assert desk.sync.plan().blocked == []


# --- clocks


class Clocked:
    """Give a collection a server clock of its own."""

    def __init__(self, collection, off):
        collection.features = replace(collection.features, server_clock=True)
        real = collection.server_time
        collection.server_time = lambda: real() + off


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_clock_that_is_far_off_stops_the_plan(tmp_path, minutes):
    desk = filled(tmp_path, 1)
    desk.left.edit("left-1", due="fri")
    Clocked(desk.right, timedelta(minutes=minutes))
    with pytest.raises(GuardError, match=r"6 minutes (ahead|behind)"):
        desk.sync.plan()


def test_a_clock_that_is_a_little_off_does_not(tmp_path):
    desk = filled(tmp_path, 1)
    Clocked(desk.right, timedelta(minutes=4, seconds=50))
    desk.sync.plan()


def test_a_jump_of_the_machines_clock_stops_a_plan_on_the_services(tmp_path):
    world = World(tmp_path)
    world.issue("Idea")
    world.later()
    world.sync().run()
    wrong = world.sync(clock=lambda: world.clock.now() + timedelta(hours=1))
    with pytest.raises(GuardError, match="60 minutes ahead of"):
        wrong.run()


# --- a lost state


@pytest.mark.parametrize("edited", [False, True])
def test_a_lost_state_stops_the_run_and_adopt_goes_on(tmp_path, edited):
    desk = filled(tmp_path, 3)
    if edited:
        desk.right.edit("right-1", Due="fri")
    fresh = desk.again(state="lost.db")
    before = {id_: record.version for id_, record in {**desk.left.rows, **desk.right.rows}.items()}
    with pytest.raises(GuardError, match=r"3 records carry this sync's key.*adopt\(\)"):
        fresh.run()
    assert before == {id_: record.version for id_, record in {**desk.left.rows, **desk.right.rows}.items()}
    fresh.apply(fresh.adopt())
    desk.later()
    assert len(fresh.conflicts()) == edited
    assert not fresh.plan(full=True)
    assert len(desk.right.rows) == 3


def test_a_new_sync_is_not_taken_for_one_that_lost_its_state(tmp_path):
    desk = Desk(tmp_path)
    desk.left.add(summary="One")
    assert desk.sync.plan().blocked == []
    foreign = "abcdef" + "2" * 20
    desk.right.rows["right-9"] = replace(desk.right.add(Name="Theirs"), id="right-9", marker=foreign)
    assert not any("carry this sync's key" in reason for reason in desk.sync.plan().blocked)


# --- deletions by the day


def test_deletions_are_counted_over_a_day(tmp_path):
    desk = filled(tmp_path, 20, delete_grace=timedelta(0))
    for start in (1, 5):
        desk.left.delete([f"left-{number}" for number in range(start, start + 4)])
        desk.later()
        desk.sync.plan(full=True)
        desk.later()
        plan = desk.sync.plan(full=True)
        assert plan.counts["delete_right"] == 4
        if start == 1:
            assert plan.blocked == []
            desk.sync.apply(plan)
    assert "4 deletions in right, after 4 in the last 24 hours," in plan.blocked[0]
    with pytest.raises(GuardError):
        desk.sync.apply(plan)
    desk.later(hours=24)
    assert desk.sync.plan(full=True).blocked == []


# --- to and fro


def swing(desk, rounds, pause):
    """A robot at the right that puts back what we write; tell after how many of our writes we stop."""
    writes = 0
    for number in range(rounds):
        before = desk.left.rows["left-1"].fields["due"]
        desk.right.edit("right-1", Due=f"{'AB'[number % 2]}")
        desk.sync.run()
        writes += desk.left.rows["left-1"].fields["due"] != before
        desk.later(**pause)
    return writes


def test_a_field_that_swings_to_and_fro_is_left_alone_until_a_person_decides(tmp_path):
    desk = filled(tmp_path, 2)
    assert swing(desk, 10, {"minutes": 30}) == 3
    (conflict,) = desk.sync.conflicts()
    assert (conflict.kind, conflict.field) == ("oscillation", "due")
    desk.right.edit("right-1", Name="Renamed")
    desk.right.edit("right-2", Due="fri")
    desk.run()
    assert desk.item("Renamed").fields["due"] != desk.right.rows["right-1"].fields["Due"], "only this field rests"
    assert desk.left.rows["left-2"].fields["due"] == "fri", "and only of this pair"
    desk.sync.resolve(desk.sync.conflicts()[0], "left")
    desk.run()
    assert desk.right.rows["right-1"].fields["Due"] == desk.left.rows["left-1"].fields["due"]
    assert desk.sync.conflicts() == []
    desk.right.edit("right-1", Due="C")
    desk.run()
    assert desk.left.rows["left-1"].fields["due"] == "C", "after the decision it counts anew"


def test_a_person_who_changes_their_mind_over_a_day_is_no_oscillation(tmp_path):
    desk = filled(tmp_path, 1)
    assert swing(desk, 8, {"hours": 2}) == 8
    assert desk.sync.conflicts() == []


def test_more_than_six_writes_an_hour_are_too_many(tmp_path):
    desk = filled(tmp_path, 1)
    desk.later(hours=2)
    for number in range(9):
        desk.right.edit("right-1", Due=f"value {number}")
        desk.sync.run()
        desk.later(minutes=5)
    assert desk.left.rows["left-1"].fields["due"] == "value 5"
    assert [conflict.kind for conflict in desk.sync.conflicts()] == ["oscillation"]


# --- noise only once


def test_findings_are_new_once_and_known_after_that(tmp_path):
    desk = filled(tmp_path, 2)
    desk.left.edit("left-1", due="left's")
    desk.right.edit("right-1", Due="right's")
    plan = desk.sync.plan()
    assert len(plan.new) == 1
    assert desk.sync.plan().new == plan.new, "looking at a plan tells nobody"
    first, second = desk.sync.run(), desk.run()
    assert (first.new_problems, first.known_problems) == (plan.new, [])
    assert (second.new_problems, second.known_problems) == ([], plan.new)
    assert json.loads(json.dumps(second.to_dict()))["known_problems"] == plan.new
    desk.left.edit("left-1", due="left's second")
    assert len(desk.run().new_problems) == 1, "another value is another finding"
    assert desk.again().run().new_problems == []


def test_a_finding_that_was_gone_for_a_week_is_new_again(tmp_path):
    desk = filled(tmp_path, 1)
    desk.left.edit("left-1", due="left's")
    desk.right.edit("right-1", Due="right's")
    assert len(desk.run().new_problems) == 1
    desk.right.edit("right-1", Due="left's")
    assert desk.run().known_problems == []
    desk.later(days=8)
    desk.run()
    state = desk.sync.state
    from productops.sync.memory import tables as t

    assert state.rows(state.pick(t.findings)) == []


# --- two runners


def test_a_second_runner_is_told_or_waits(tmp_path):
    desk = filled(tmp_path, 1)
    desk.left.edit("left-1", due="fri")
    plan = desk.sync.plan()
    desk.sync.state.take_lease("somebody", desk.now(), LEASE)
    with pytest.raises(UnavailableError, match="at work"):
        desk.sync.apply(plan)
    began = time.monotonic()
    with pytest.raises(UnavailableError):
        desk.sync.run(wait=0.2)
    assert time.monotonic() - began >= 0.2
    other = threading.Timer(0.3, desk.again().state.free_lease, ["somebody"])
    other.start()
    report = desk.sync.run(wait=20)
    other.join()
    assert report.updated["right"] == 1


def test_a_plan_that_waited_for_another_run_is_stale_and_writes_nothing(tmp_path):
    desk = filled(tmp_path, 1)
    desk.left.edit("left-1", due="fri")
    plan = desk.sync.plan()
    second = desk.again()
    second.state.take_lease("somebody", desk.now(), LEASE)

    def finish():
        second.state.bump()
        second.state.free_lease("somebody")

    other = threading.Timer(0.3, finish)
    other.start()
    with pytest.raises(StaleError, match="another run came between"):
        desk.sync.apply(plan, wait=20)
    other.join()
    assert desk.right.rows["right-1"].fields["Due"] == "mon"
    assert second.state.take_lease("next", desk.now(), LEASE), "the lease was given back"


def test_a_runner_that_was_fenced_out_writes_nothing_more(tmp_path):
    desk = filled(tmp_path, 30)
    for number in range(1, 31):
        desk.left.edit(f"left-{number}", due="fri")
    plan = desk.sync.plan()
    second = desk.again()
    real, calls = desk.right.update, []

    def update(patches):
        calls.append(len(patches))
        if len(calls) == 1:  # it hangs for longer than its lease, and another runner takes over
            desk.later(seconds=LEASE + 1)
            assert second.state.take_lease("second", desk.now(), LEASE)
        return real(patches)

    desk.right.update = update
    with pytest.raises(StaleError, match="took over"):
        desk.sync.apply(plan)
    assert calls == [10]
    assert sum(row.fields["Due"] == "fri" for row in desk.right.scan()) == 10
    assert second.state.take_lease("third", desk.now(), LEASE) is None, "the new holder keeps its lease"
    second.state.free_lease("second")
    desk.right.update = real
    for _ in range(3):
        desk.later()
        second.run()
    assert {row.fields["Due"] for row in desk.right.scan()} == {"fri"}
