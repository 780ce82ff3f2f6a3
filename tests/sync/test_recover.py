"""A write whose answer was lost and that took effect is agreed, whatever else went on: it makes no conflict."""

import contextlib
import itertools
import sqlite3
import sys
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.engine.default import DefaultDialect

from productops.errors import AccessError, StaleError, UnknownOutcomeError
from productops.sdk.collection import Settle
from productops.sync.memory import database
from productops.sync.memory import tables as t
from productops.sync.memory.state import State, open_engine
from sync.desk import Desk


@pytest.fixture
def desk(tmp_path):
    desk = Desk(tmp_path)
    for side in (desk.left, desk.right):
        side.settle = lambda: Settle(late=timedelta(seconds=60), lag=timedelta(0))
    desk.left.add(summary="One", due="May", body="Words")
    desk.run()
    return desk


def lose_the_next_answer(collection, *, arrives=True):
    update = collection.update

    def lost(patches):
        collection.update = update
        if arrives:
            update(patches)
        return [UnknownOutcomeError("no answer", system="memory") for _ in patches]

    collection.update = lost


def test_a_source_that_is_edited_again_makes_no_conflict(desk):
    """Both sides are written, and the answer of one is lost."""
    desk.left.edit(desk.item("One").id, body="Other words")
    desk.right.edit(desk.row("One").id, Due="June")
    lose_the_next_answer(desk.right)
    desk.run()
    desk.left.edit(desk.item("One").id, body="Third words")
    report = desk.run()
    assert report.conflicts == 0
    assert desk.sync.conflicts(closed=True) == []
    desk.run()
    assert desk.row("One").fields["Notes"] == "Third words"
    assert desk.item("One").fields["due"] == "June"


@pytest.mark.parametrize("arrives", [True, False])
def test_what_was_written_before_the_lost_write_is_agreed_too(desk, arrives):
    """One change writes both sides; the first answer came, the second did not."""
    desk.left.edit(desk.item("One").id, body="Other words")
    desk.right.edit(desk.row("One").id, Due="June")
    lose_the_next_answer(desk.right, arrives=arrives)
    desk.run()
    assert desk.item("One").fields["due"] == "June"
    desk.right.edit(desk.row("One").id, Due="July")
    for _ in range(3):
        desk.run()
    assert desk.sync.conflicts(closed=True) == []
    assert desk.item("One").fields["due"] == "July"
    assert desk.row("One").fields["Notes"] == "Other words"


@pytest.mark.parametrize("how", [AccessError("not allowed", system="memory"), KeyboardInterrupt()])
def test_what_was_written_before_the_run_ended_is_agreed_too(desk, how):
    """One change writes both sides; between the two the run ends, and then somebody edits what was copied."""
    desk.left.edit(desk.item("One").id, body="Other words")
    desk.right.edit(desk.row("One").id, Due="June")
    update = desk.right.update

    def stop(_patches):
        desk.right.update = update
        raise how

    desk.right.update = stop
    with pytest.raises(type(how)):
        desk.run()
    assert desk.item("One").fields["due"] == "June"
    desk.later()
    desk.right.edit(desk.row("One").id, Due="July")
    for _ in range(2):
        desk.run()
    assert desk.sync.conflicts(closed=True) == []
    assert (desk.item("One").fields["due"], desk.row("One").fields["Notes"]) == ("July", "Other words")
    desk.later()
    assert not desk.sync.plan(full=True)


def test_another_runner_that_plans_between_two_writes_of_a_change_leaves_the_pair_alone(desk):
    """It sees what was written already, and somebody's next edit of what was copied."""
    desk.left.edit(desk.item("One").id, body="Other words")
    desk.right.edit(desk.row("One").id, Due="June")
    get, plans = desk.right.get, []

    def meanwhile(*asked):
        desk.right.get = get
        desk.right.edit(desk.row("One").id, Due="July")
        plans.append(desk.again().plan(full=True))
        return get(*asked)

    plan = desk.sync.plan()
    desk.right.get = meanwhile  # right before the second write
    desk.sync.apply(plan)
    assert desk.item("One").fields["due"] == "June"
    desk.later()
    assert [(plan.conflicts, plan.writes) for plan in plans] == [([], 0)]
    desk.run()
    assert desk.sync.conflicts(closed=True) == []
    assert desk.item("One").fields["due"] == "July"


def test_a_change_that_was_finished_is_not_taken_down_again(desk):
    desk.left.edit(desk.item("One").id, body="Other words")
    desk.right.edit(desk.row("One").id, Due="June")
    desk.run()
    state = State(open_engine(desk.home / "state.db"), "desk")
    assert {row.state for row in state.find(t.intents)} == {"confirmed"}


def test_a_field_that_arrived_is_agreed_also_when_another_was_edited_after_it(desk):
    desk.left.edit(desk.item("One").id, body="Other words", due="June")
    lose_the_next_answer(desk.right)
    desk.run()
    desk.right.edit(desk.row("One").id, Due="July")
    desk.left.edit(desk.item("One").id, body="Third words")
    desk.run()
    desk.run()
    assert [conflict.field for conflict in desk.sync.conflicts()] == ["due"]
    assert desk.row("One").fields["Notes"] == "Third words"


def test_a_record_that_shows_in_the_listing_before_it_is_looked_for_is_no_stranger(desk):
    """Its create got no answer, and its source was edited meanwhile."""
    create, find = desk.right.create, desk.right.find

    def lost(drafts):
        create(drafts)
        return [UnknownOutcomeError("no answer", system="memory") for _ in drafts]

    minute = timedelta(seconds=60)
    desk.right.create, desk.right.settle = lost, lambda: Settle(late=minute, lag=minute)
    two = desk.left.add(summary="Two", due="May")
    desk.run()
    desk.right.create, desk.right.find = create, lambda *_: {}
    desk.left.edit(two.id, due="June")
    assert desk.run().conflicts == 0
    desk.right.find = find
    for _ in range(2):
        desk.run()
    assert desk.row("Two").fields["Due"] == "June"
    assert desk.sync.conflicts(closed=True) == []


def test_a_record_that_moved_under_the_write_is_left_to_the_next_plan(desk):
    """A connector that looks once more before it writes finds something else there."""
    update = desk.right.update
    seen = []

    def touched(patches):
        desk.right.update = update
        seen.extend(patch.seen for patch in patches)
        return [StaleError("Notes changed since it was read", system="memory") for _ in patches]

    desk.right.update = touched
    desk.left.edit(desk.item("One").id, body="Other words")
    report = desk.run()
    assert (report.writes, report.problems) == (0, [])
    assert "Notes changed since it was read" in report.skipped[0]
    assert seen == [{}], "only formatted texts are read once more"
    desk.run()
    assert desk.row("One").fields["Notes"] == "Other words"


def test_two_runners_that_decide_the_same_write_keep_what_was_typed_after_it(desk):
    """The second one read the intent before the first had decided it."""
    desk.left.edit(desk.item("One").id, due="June", body="Other words")
    lose_the_next_answer(desk.right)
    desk.run()
    desk.right.edit(desk.row("One").id, Notes="Typed since")
    look, other = desk.right.get, desk.again()

    def slow(*asked):
        desk.right.get = look
        found = look(*asked)
        other.plan()
        return found

    desk.right.get = slow
    desk.sync.plan()
    for _ in range(2):
        desk.run()
    assert [(one.field, one.left, one.right) for one in desk.sync.conflicts()] == [
        ("text", "Other words", "Typed since")
    ]


# --- what another runner saw before a write


def run_while_the_listing_lags(desk):
    """The search does not show the write yet, so that nothing but the state tells what the record shows."""
    real = desk.left.scan
    desk.left.scan = lambda *_: iter(())
    desk.run()
    desk.left.scan = real
    desk.run()


def test_a_look_from_before_a_write_does_not_take_the_write_back(desk):
    """One runner plans, another one looks, the first one writes: what was seen in between is older than the write."""
    desk.right.edit(desk.row("One").id, Due="June")
    desk.left.edit(desk.item("One").id, body="Other words")
    plan = desk.sync.plan()
    desk.later(seconds=1)
    desk.again().plan()
    desk.later(seconds=1)
    assert not desk.sync.apply(plan).problems
    run_while_the_listing_lags(desk)
    assert desk.item("One").fields["due"] == desk.row("One").fields["Due"] == "June"
    assert desk.row("One").fields["Notes"] == "Other words"


def test_a_look_that_arrives_after_a_write_does_not_take_the_write_back(desk):
    """One runner has read, and puts down what it read when the other one has written and finished."""
    desk.right.edit(desk.row("One").id, Due="June")
    plan, real = desk.sync.plan(), desk.left.scan

    def slow(*asked):
        desk.left.scan = real
        found = list(real(*asked))
        desk.later(seconds=1)
        assert not desk.sync.apply(plan).problems
        return iter(found)

    desk.left.scan = slow
    desk.again().plan(full=True)
    run_while_the_listing_lags(desk)
    assert desk.item("One").fields["due"] == desk.row("One").fields["Due"] == "June"


def test_what_was_just_made_and_does_not_show_yet_is_not_taken_for_moved_away(desk):
    """A complete listing may be behind what this run or another one made; the pair must not rest for that."""
    desk.left.add(summary="Two")
    desk.sync.run()
    scan = desk.right.scan
    desk.right.scan = lambda *given: (each for each in scan(*given) if each.fields["Name"] != "Two")
    assert not desk.sync.plan(full=True).notes
    desk.later(minutes=10)
    assert "no longer in right" in "".join(desk.sync.plan(full=True).notes)


def test_what_came_while_a_listing_was_held_up_is_in_the_next_one(desk):
    """The list of what there is was asked for long before its first record came."""
    scan = desk.left.scan

    def slow(*given):
        known = list(scan(*given))
        desk.left.add(summary="Two")
        desk.later(minutes=20)
        yield from known

    desk.left.scan = slow
    desk.run(full=True)
    desk.left.scan = scan
    desk.run()
    assert desk.row("Two")


def test_the_side_that_was_written_before_a_lost_write_is_looked_at_again(desk):
    """One change writes both sides; only the second answer is lost. What was seen of the first side is older."""
    desk.left.edit(desk.item("One").id, body="Other words")
    desk.right.edit(desk.row("One").id, Due="June")
    lose_the_next_answer(desk.right)
    desk.run()
    run_while_the_listing_lags(desk)
    assert desk.item("One").fields["due"] == desk.row("One").fields["Due"] == "June"
    assert desk.row("One").fields["Notes"] == "Other words"


def test_nothing_is_made_of_a_record_that_is_gone(desk):
    """The claim for a twin got no answer, and then its record and all others went: such a listing is not believed."""
    desk.right.features = replace(desk.right.features, steady=False, marker="field")
    two = desk.right.add(Name="Two")
    lose_the_next_answer(desk.right)
    assert desk.sync.run().uncertain == 1
    desk.sync.run()  # too early to decide; the record is seen as it was claimed
    desk.later()
    for gone in (two, desk.row("One")):
        desk.right.rows.pop(gone.id)
    desk.run()
    assert [item.fields["summary"] for item in desk.left.scan()] == ["One"]


@pytest.mark.parametrize("number", [4, 5])
def test_a_signal_in_the_middle_of_a_statement_does_not_hold_up_what_ends_the_run(tmp_path, monkeypatch, number):
    """Its connection is thrown away, and the lock on the file with it, though the traceback holds on to the cursor."""
    desk = Desk(tmp_path)
    for title in ("One", "Two", "Three"):
        desk.left.add(summary=title, due="May")
    execute, done = DefaultDialect.do_executemany, itertools.count(1)

    def interrupted(self, cursor, statement, parameters, context=None):
        execute(self, cursor, statement, parameters, context)
        if next(done) == number:
            raise KeyboardInterrupt

    monkeypatch.setattr(DefaultDialect, "do_executemany", interrupted)
    with pytest.raises(KeyboardInterrupt):
        desk.sync.run()
    monkeypatch.undo()
    desk.later()
    for _ in range(2):
        desk.run()
    assert {row.fields["Name"] for row in desk.right.scan()} == {"One", "Two", "Three"}


def test_a_signal_in_any_line_that_begins_a_transaction_leaves_its_lock_to_nobody(tmp_path):
    """What has to be written before the run ends would wait for it in vain."""
    state = State(open_engine(tmp_path / "state.db"), "one")
    ours = (contextlib.__file__, database.__file__)
    kept = []

    def tracing(count):
        def line(_frame, event, _value):
            if event == "line" and next(count) == 0:
                raise KeyboardInterrupt
            return line

        return lambda frame, _event, _value: line if frame.f_code.co_filename in ours else None

    before = sys.gettrace()
    with contextlib.closing(sqlite3.connect(tmp_path / "state.db", timeout=0, isolation_level=None)) as another:
        for number in itertools.count():
            sys.settrace(tracing(itertools.count(-number)))
            try:
                with state.transaction():
                    sys.settrace(before)
                    break
            except KeyboardInterrupt as interrupt:
                kept.append(interrupt)
            finally:
                sys.settrace(before)
            another.execute("BEGIN IMMEDIATE")
            another.execute("ROLLBACK")
    assert len(kept) > 15
