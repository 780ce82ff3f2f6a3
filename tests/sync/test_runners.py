"""Two runners of one sync: what one wrote while the other was reading is neither repeated nor taken for news."""

import os
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import BaseModel

from productops import Mapping, Sync
from productops.connectors.memory import Memory, MemoryCollection
from productops.errors import StaleError, UnavailableError, UnknownOutcomeError
from productops.sdk.transport.leave import ask
from productops.sync.memory import lease
from productops.sync.memory import tables as t
from productops.sync.memory.state import State, open_engine


class Idea(BaseModel):
    title: str | None = None


class Plain(MemoryCollection):
    """A service that makes a second record when it is asked twice, and lets somebody in between two readings."""

    def __init__(self, account, name):
        super().__init__(account, name, {"Name": "text"})
        self.features = replace(self.features, upsert=False)
        self.between = []
        self.before_write = None

    def scan(self, since=None, fields=None):
        found = list(super().scan(since, fields))
        while self.between:
            self.between.pop()()
        yield from found

    def _create(self, draft):
        made = super()._create(replace(draft, marker=None))
        self.rows[made.id] = replace(made, marker=draft.marker)
        return self.rows[made.id]

    def create(self, drafts):
        if self.before_write:
            self.before_write()
        ask()  # as the transport does before a request leaves
        return super().create(drafts)


class Desk:
    def __init__(self, home):
        self.now = datetime(2026, 3, 1, tzinfo=UTC)
        self.account = Memory(now=lambda: self.now)
        self.left, self.right = Plain(self.account, "left"), Plain(self.account, "right")
        self.state = home / "runners.db"

    def sync(self):
        sides = {s: Mapping(Idea, title="Name").on(c) for s, c in (("left", self.left), ("right", self.right))}
        return Sync("two", **sides, state=self.state, clock=lambda: self.now, full_every=timedelta(0))


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_plan_made_while_another_run_wrote_is_out_of_date(desk, side):
    desk.left.add(Name="one")
    getattr(desk, side).between.append(lambda: desk.sync().run())
    slow = desk.sync()
    plan = slow.plan()
    with pytest.raises(StaleError):
        slow.apply(plan)
    assert not slow.run().writes
    assert len(desk.right.rows) == 1


def test_a_run_that_slept_longer_than_its_lease_sends_nothing(desk):
    desk.left.add(Name="one")

    def sleep():
        desk.now += timedelta(seconds=lease.LEASE)

    desk.right.before_write = sleep
    report = desk.sync().run()
    assert "held up for so long" in str(report.problems)
    assert desk.right.rows == {}
    desk.right.before_write = None
    desk.sync().run()
    assert len(desk.right.rows) == 1


def test_a_run_that_was_taken_over_sends_nothing_more(desk):
    desk.left.add(Name="one")

    def other_takes_over():
        desk.now += timedelta(seconds=lease.LEASE + 1)
        assert State(open_engine(desk.state), "two").take_lease("elsewhere", desk.now, lease.LEASE)

    desk.right.before_write = other_takes_over
    with pytest.raises(StaleError, match="took over"):
        desk.sync().run()
    assert desk.right.rows == {}


def test_only_a_process_that_is_known_to_be_over_loses_its_lease(desk):
    state = State(open_engine(desk.state), "two")
    desk.sync().plan()
    place, pid, started, _ = lease.new_holder().split(" ")
    over = f"{place} {pid} 1 abcd"  # this number, but another start: the process that had it is gone
    for holder, free in ((f"{place} {pid} {started} abcd", False), ("other-host:b:n 1 1 abcd", False), (over, True)):
        assert lease.is_gone(holder) is free
        assert state.take_lease(holder, desk.now, lease.LEASE)
        taken = state.take_lease("next", desk.now, lease.LEASE)
        assert (taken is not None) is free
        state.free_lease("next" if free else holder)
    assert os.getpid() == int(pid)


def test_what_another_runner_is_sending_is_left_to_it(desk):
    """A plan made meanwhile neither repeats the write nor declares it lost."""
    desk.left.add(Name="one")
    seen = []

    def look():
        desk.now += timedelta(minutes=5)
        plan = desk.sync().plan()
        seen.append((plan.waiting, bool(plan)))
        with pytest.raises(UnavailableError):
            desk.sync().apply(plan)

    desk.right.before_write = look
    desk.sync().run()
    assert seen == [(1, False)]
    assert len(desk.right.rows) == 1
    desk.right.before_write = None
    assert not desk.sync().run().writes


class Rereading(Plain):
    """A service that answers a write with nothing, so that the record is read again; somebody may type in between."""

    def __init__(self, account, name):
        super().__init__(account, name)
        self.features = replace(self.features, rereads=True)
        self.typed = None

    def _update(self, patch):
        done = super()._update(patch)
        if self.typed:
            typed, self.typed = self.typed, None
            return super()._update(replace(patch, fields={"Name": typed}))
        return done


@pytest.mark.parametrize("rereads", [True, False])
def test_what_somebody_typed_before_the_write_was_read_back_is_an_edit(desk, rereads):
    desk.right = Rereading(desk.account, "right")
    desk.right.features = replace(desk.right.features, rereads=rereads)
    one = desk.left.add(Name="one")
    desk.sync().run()
    desk.left.edit(one.id, Name="two")
    desk.right.typed = "three"
    desk.sync().run()
    desk.sync().run()
    shown = desk.left.rows[one.id].fields["Name"]
    assert shown == ("three" if rereads else "two")  # an answer that is the service's own spelling is not carried back


def test_a_date_that_somebody_changed_right_after_the_record_was_made_is_an_edit(tmp_path):
    class Task(BaseModel):
        title: str
        due: date | None = None

    class Slow(Rereading):
        def _create(self, draft):
            made = super()._create(draft)
            moment[0] += timedelta(seconds=1)
            self.edit(made.id, Due=date(2026, 5, 1))
            return self.rows[made.id]

    moment = [datetime(2026, 3, 2, 9, tzinfo=UTC)]
    account = Memory(now=lambda: moment[0])
    left, right = account.collection("left", {"Name": "text", "Due": "date"}), Slow(account, "right")
    right.fields = left.fields
    left.add(Name="one", Due=date(2026, 4, 1))
    table = Mapping(Task, title="Name", due="Due")
    sync = Sync("x", left=table.on(left), right=table.on(right), state=tmp_path / "s.db", clock=lambda: moment[0])
    sync.run()
    sync.run()
    assert [row.fields["Due"] for row in (*left.rows.values(), *right.rows.values())] == [date(2026, 5, 1)] * 2


class Silent(MemoryCollection):
    """A service that loses a create, and then the answer to the repeated one, which sends only the key."""

    lost = 0

    def create(self, drafts):
        self.lost += 1
        if self.lost > 2:
            return super().create(drafts)
        if self.lost == 2:
            assert [draft.fields for draft in drafts] == [{}]
            super().create(drafts)
        return [UnknownOutcomeError("no answer", system="memory") for _ in drafts]


def test_the_blank_record_of_a_repeated_create_is_filled_and_wipes_nothing(desk):
    desk.right = Silent(desk.account, "right", {"Name": "text"})
    one = desk.left.add(Name="one")
    for _ in range(4):
        desk.sync().run()
        desk.now += timedelta(minutes=5)
    assert desk.left.rows[one.id].fields["Name"] == "one"
    assert [row.fields["Name"] for row in desk.right.rows.values()] == ["one"]
    assert not desk.sync().plan()


def test_what_another_run_saw_of_a_write_before_it_was_settled_is_no_news(desk):
    issue = desk.left.add(Name="one")
    desk.sync().run()
    desk.left.edit(issue.id, Name="two")
    write = desk.right.update

    def update(patches):
        done = write(patches)
        desk.right.update = write
        desk.sync().plan()  # another run looks: the record shows what no base knows yet
        return done

    desk.right.update = update
    assert desk.sync().run().updated["right"] == 1
    state = desk.sync().state
    assert [row.side for row in state.rows(state.pick(t.inbox))] == []
