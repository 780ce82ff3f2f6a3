"""A plan is carried out as it was read, or not at all; a lease lasts until the last request cannot arrive any more."""

from dataclasses import replace
from datetime import timedelta

import pytest

from productops.errors import ConfigError, StaleError, UnknownOutcomeError
from productops.sdk import Mapping
from productops.sdk.collection import Settle
from productops.sync.engine import Sync
from productops.sync.memory.lease import LEASE, leased
from productops.sync.plan import Plan
from sync.desk import Desk, Idea


@pytest.fixture
def desk(tmp_path):
    desk = Desk(tmp_path)
    for number in (1, 2):
        desk.left.add(summary=f"Idea {number}", due="mon")
    desk.run()
    desk.left.edit("left-1", due="fri")
    desk.left.edit("left-2", due="fri")
    return desk


def shown(desk):
    return [desk.right.rows[f"right-{number}"].fields["Due"] for number in (1, 2)]


@pytest.mark.parametrize(
    ("was", "is_now"), [('"fri"', '"sun"'), ('"right-1"', '"right-3"'), ('"blocked": []', '"blocked": ["no"]')]
)
def test_a_plan_that_somebody_edited_is_refused(desk, was, is_now):
    text = desk.sync.plan().to_json()
    assert was in text
    with pytest.raises(ConfigError, match="edited"):
        desk.sync.apply(Plan.from_json(text.replace(was, is_now, 1)))
    assert shown(desk) == ["mon", "mon"]
    assert desk.again().apply(Plan.from_json(text)).writes == 2, "as it was, it is carried out by any process"


def refused(desk, plan, why, sync=None):
    before = {id_: row.version for id_, row in {**desk.left.rows, **desk.right.rows}.items()}
    with pytest.raises(StaleError, match=why):
        (sync or desk.sync).apply(plan)
    assert before == {id_: row.version for id_, row in {**desk.left.rows, **desk.right.rows}.items()}


def test_a_plan_is_applied_once(desk):
    plan = desk.sync.plan()
    desk.sync.apply(plan)
    assert shown(desk) == ["fri", "fri"]
    refused(desk, plan, "applied already")


def test_a_plan_of_another_state_is_refused(desk):
    refused(desk, desk.sync.plan(), "another state", desk.again(state="other.db"))


def test_a_plan_of_other_mappings_is_refused(desk):
    plan = desk.sync.plan()
    one = Mapping(Idea, title="summary", text="body").on(desk.left)
    two = Mapping(Idea, title="Name", text="Notes").on(desk.right)
    other = Sync("desk", left=one, right=two, state=desk.home / "state.db", clock=desk.now)
    refused(desk, plan, "mappings changed", other)


@pytest.mark.parametrize(("hours", "late"), [(23, False), (25, True)])
def test_a_plan_is_good_for_a_day(desk, hours, late):
    plan = Plan.from_json(desk.sync.plan().to_json())
    desk.later(hours=hours)
    if late:
        refused(desk, plan, "older than 1 day")
    else:
        desk.sync.apply(plan)
        assert shown(desk) == ["fri", "fri"]


@pytest.mark.parametrize("side", ["right", "left"])
def test_only_what_moved_since_the_plan_is_left_out(desk, side):
    """A file from yesterday does for the rest exactly what it says."""
    plan = Plan.from_json(desk.sync.plan().to_json())
    desk.later(hours=1)
    if side == "right":
        desk.right.edit("right-1", Due="a person's")
        report = desk.sync.apply(plan)
        assert shown(desk) == ["a person's", "fri"]
        assert "due changed in right since the plan was made" in report.skipped[0]
        desk.run()
        assert [conflict.field for conflict in desk.sync.conflicts()] == ["due"]
    else:
        desk.left.edit("left-1", due="sat")
        desk.sync.apply(plan)
        desk.run()
        assert shown(desk) == ["sat", "fri"], "what was planned, and then the edit"


# --- leases


def test_another_runner_waits_for_what_the_last_request_may_still_do(desk):
    desk.right.settle = lambda: Settle(timedelta(seconds=60), timedelta(0))
    state, began = desk.sync.state, desk.now()
    with leased(state, desk.now, 60.0) as lease:
        desk.later(seconds=LEASE + 59)
        assert state.take_lease("elsewhere", desk.now(), LEASE) is None, "it may still commit"
        with pytest.raises(StaleError, match="held up for so long"):
            lease.still_ours()
        desk.later(seconds=2)
        assert state.take_lease("elsewhere", desk.now(), LEASE)
        with pytest.raises(StaleError, match="took over"):
            lease.renew()
    assert desk.now() > began
    assert state.take_lease("third", desk.now(), LEASE) is None, "the fenced-out runner frees nothing"


def test_a_clock_that_is_set_back_does_not_lengthen_a_lease(desk, monkeypatch):
    with leased(desk.sync.state, desk.now, 0.0) as lease:
        lease.still_ours()
        desk.later(hours=-1)
        real = lease._clocks()[1]
        monkeypatch.setattr("productops.sync.memory.lease.time.monotonic", lambda: real + LEASE)
        with pytest.raises(StaleError, match="held up"):
            lease.still_ours()


def test_every_renewal_checks_the_fence(desk):
    plan = desk.sync.plan()
    real = desk.right.update

    def update(patches):
        state = desk.again().state
        with state.transaction() as connection:
            connection.exec_driver_sql("UPDATE po_lease SET fence = fence + 1")
        return real(patches)

    desk.right.update = update
    desk.right.features = replace(desk.right.features, update_batch=1)
    with pytest.raises(StaleError, match="took over"):
        desk.sync.apply(plan)
    assert sorted(shown(desk)) == ["fri", "mon"], "the first was under way, the second never left"


# --- the gap


@pytest.mark.parametrize("history", [True, False])
def test_an_edit_in_the_gap_is_counted_and_kept_where_the_service_keeps_history(desk, history):
    desk.right.features = replace(desk.right.features, history=history)
    real, edits = desk.right.update, [("right-1", "in the gap")]

    def update(patches):
        while edits:  # after our last read, before our write commits
            record, value = edits.pop()
            desk.right.update = real
            desk.right.edit(record, Due=value)
            desk.right.update = update
        return real(patches)

    desk.right.update = update
    report = desk.sync.run()
    assert shown(desk) == ["fri", "fri"]
    assert report.gap_edits == history
    assert report.to_dict()["gap_edits"] == history
    kept = [conflict for conflict in desk.sync.conflicts(closed=True) if conflict.kind == "gap edit"]
    assert [(conflict.left, conflict.right) for conflict in kept] == [("fri", "in the gap")] * history
    desk.later()
    assert desk.run().gap_edits == 0


def test_an_edit_in_the_gap_of_a_write_whose_answer_was_lost_is_kept_when_the_write_is_found(desk):
    real = desk.right.update

    def update(patches):
        desk.right.update = real
        desk.right.edit("right-1", Due="in the gap")
        real(patches)
        return [UnknownOutcomeError("The answer was lost.", system="memory")] * len(patches)

    desk.right.update = update
    assert desk.run().uncertain == 2
    desk.later()
    report = desk.run()
    assert shown(desk) == ["fri", "fri"]
    assert (report.gap_edits, report.recovered) == (1, 2)
    kept = [conflict for conflict in desk.sync.conflicts(closed=True) if conflict.kind == "gap edit"]
    assert [(conflict.left, conflict.right) for conflict in kept] == [("fri", "in the gap")]
    assert desk.run().gap_edits == 0
