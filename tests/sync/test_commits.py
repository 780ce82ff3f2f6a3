"""Creates share commits, as many as leave within a moment; a crash between a commit and its sends doubles nothing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import BaseModel
from sqlalchemy import event

from productops import Mapping, Sync
from productops.connectors.memory import Memory, MemoryCollection
from productops.errors import AuthError
from productops.sdk.collection import Settle
from productops.sdk.transport.leave import ask
from productops.sync.memory import state as states
from productops.sync.memory import tables as t
from productops.sync.memory.state import open_engine
from productops.sync.writing.ledger import SLACK
from productops.sync.writing.stride import MOMENT

LATE, LAG = timedelta(seconds=5), timedelta(seconds=2)


class Idea(BaseModel):
    title: str | None = None


class Dead(BaseException):
    """The process died."""


class Service(MemoryCollection):
    """A service whose creates take time, leave late, and may be the last thing that a process does."""

    def __init__(self, desk, name, **features):
        super().__init__(desk.account, name, {"Name": "text"})
        self.features = replace(self.features, cursor=None, **features)
        self.desk, self.calls, self.takes, self.waits = desk, 0, timedelta(0), timedelta(0)
        self.at_call = {}  # number → what happens before it leaves
        self.after_call = {}

    def settle(self):
        return Settle(LATE, LAG)

    def create(self, drafts):
        self.calls += 1
        self.desk.now += self.waits
        self.at_call.get(self.calls, lambda: None)()
        ask()
        made = super().create(drafts)
        self.desk.now += self.takes
        self.after_call.get(self.calls, lambda: None)()
        return made


class Desk:
    def __init__(self, home, count, **features):
        self.now = datetime(2026, 3, 1, tzinfo=UTC)
        self.account = Memory(now=lambda: self.now)
        self.left, self.right = Service(self, "left"), Service(self, "right", **features)
        self.state = home / "commits.db"
        for number in range(count):
            self.left.add(Name=f"Idea {number}")

    def sync(self):
        sides = {s: Mapping(Idea, title="Name").on(c) for s, c in (("left", self.left), ("right", self.right))}
        return Sync("commits", **sides, state=self.state, clock=lambda: self.now, full_every=timedelta(0))

    def later(self, **time):
        self.now += timedelta(**time)

    def names(self):
        return sorted(row.fields["Name"] for row in self.right.rows.values() if not row.trashed)

    def intents(self):
        state = self.sync().state
        return state.rows(state.pick(t.intents))


def die():
    raise Dead


def commits_of(desk, go):
    found = []
    engine = open_engine(desk.state)

    @event.listens_for(engine, "commit")
    def note(_connection):
        found.append(1)

    try:
        go()
    finally:
        event.remove(engine, "commit", note)
    return len(found)


def test_hundreds_of_creates_at_a_quick_service_take_few_commits(tmp_path):
    desk = Desk(tmp_path, 300)
    plan = desk.sync().plan()
    assert commits_of(desk, lambda: desk.sync().apply(plan)) <= 20, "30 chunks; two commits for each would be 60"
    assert len(desk.names()) == 300


def test_at_a_slow_service_few_chunks_share_a_commit_so_that_a_crash_leaves_little_open(tmp_path):
    desk = Desk(tmp_path, 300)
    desk.right.takes = timedelta(seconds=MOMENT)
    desk.right.at_call[20] = die
    with pytest.raises(Dead):
        desk.sync().run()
    assert len([row for row in desk.intents() if row.state == "sent"]) <= 20


@pytest.mark.parametrize("hook", ["at_call", "after_call"])
@pytest.mark.parametrize("call", [1, 2, 3, 5, 9, 14])
def test_a_process_that_dies_between_the_commit_and_its_sends_leaves_nothing_doubled_or_lost(
    tmp_path, monkeypatch, hook, call
):
    monkeypatch.setattr(states, "is_gone", lambda _holder: True)
    desk = Desk(tmp_path, 150)
    getattr(desk.right, hook)[call] = die
    with pytest.raises(Dead):
        desk.sync().run()
    assert any(row.state == "sent" for row in desk.intents())
    # What left and what did not look alike: both are looked for, and what is not there is waited for.
    for _ in range(4):
        desk.later(seconds=LATE.total_seconds() + LAG.total_seconds() + SLACK + 1)
        desk.sync().run()
    assert desk.names() == sorted(f"Idea {number}" for number in range(150))
    assert not desk.sync().plan()
    assert not [row for row in desk.intents() if row.state in ("sent", "unknown", "uncertain")]


def test_what_never_left_because_the_run_was_stopped_is_sent_by_the_next_one_at_once(tmp_path):
    desk = Desk(tmp_path, 150)
    desk.right.at_call[6] = lambda: (_ for _ in ()).throw(AuthError("the token was withdrawn"))
    with pytest.raises(AuthError):
        desk.sync().run()
    done = len(desk.names())
    assert 10 <= done < 150
    assert {row.state for row in desk.intents()} == {"confirmed", "failed"}
    report = desk.sync().run()
    assert report.created["right"] == 150 - done
    assert desk.names() == sorted(f"Idea {number}" for number in range(150))


def test_a_run_that_is_interrupted_keeps_what_was_answered_and_looks_only_for_the_chunk_at_hand(tmp_path):
    desk = Desk(tmp_path, 150)

    def interrupt():
        raise KeyboardInterrupt

    desk.right.after_call[7] = interrupt
    with pytest.raises(KeyboardInterrupt):
        desk.sync().run()
    states_now = [row.state for row in desk.intents()]
    assert states_now.count("sent") == 10
    assert states_now.count("confirmed") == 60
    report = desk.sync().run()
    assert report.created["right"] + 70 == 150
    assert desk.names() == sorted(f"Idea {number}" for number in range(150))


def test_where_nobody_can_look_up_a_create_each_chunk_has_a_commit_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr(states, "is_gone", lambda _holder: True)
    desk = Desk(tmp_path, 150, find=False, marker="none", upsert=False)
    desk.right.at_call[9] = die
    with pytest.raises(Dead):
        desk.sync().run()
    assert len([row for row in desk.intents() if row.state == "sent"]) == 10
    plan = desk.sync().plan()
    assert len([conflict for conflict in plan.conflicts if conflict.kind == "uncertain"]) == 10


def test_an_intent_says_when_its_request_left_however_long_it_waited_for_its_turn(tmp_path, monkeypatch):
    monkeypatch.setattr(states, "is_gone", lambda _holder: True)
    desk = Desk(tmp_path, 10)
    desk.right.waits = timedelta(seconds=60)  # a rate limit, say, or a service that asked to wait
    desk.right.after_call[1] = die
    with pytest.raises(Dead):
        desk.sync().run()
    (settles,) = {row.settles for row in desk.intents()}
    assert settles >= (desk.now + LATE + LAG).timestamp(), "it may take effect so long after it left"
