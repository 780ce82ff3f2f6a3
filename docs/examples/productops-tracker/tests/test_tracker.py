"""The connector keeps the laws of a collection, and does its work in a sync."""

from collections.abc import Iterator

import pytest
import respx
from fake import TOKEN, URL, FakeTracker
from productops_tracker import Tracker
from pydantic import BaseModel

from productops import Mapping, Sync, choice
from productops.connectors import Memory
from productops.sdk import Draft, Option, Patch
from productops.sdk.registry import connector
from productops.testing.contract import CollectionContract, Subject
from productops.testing.sandbox.clock import VirtualClock


class Idea(BaseModel):
    title: str
    text: str | None = None
    stage: str | None = None


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def fake(clock: VirtualClock) -> Iterator[FakeTracker]:
    with respx.mock(assert_all_called=False) as router:
        yield FakeTracker(router, clock)


@pytest.fixture
def account(fake: FakeTracker, clock: VirtualClock) -> Tracker:
    return Tracker(TOKEN, url=URL, clock=clock)


class TestIssues(CollectionContract):
    @pytest.fixture
    def subject(self, account: Tracker, fake: FakeTracker, clock: VirtualClock) -> Subject:
        return Subject(
            account.issues("harbour/tickets"),
            title="title",
            other="labels",
            value=["pier"],
            missing="999999",
            later=lambda: clock.sleep(90),
            fault=fake.plant,
            secret=TOKEN,
        )


def test_it_is_registered() -> None:
    assert connector("tracker") is Tracker


def test_a_marker_outlives_a_new_text_and_shows_nowhere(account: Tracker, fake: FakeTracker) -> None:
    issues = account.issues("harbour/tickets")
    made = issues.create([Draft({"title": "Pier", "body": "Old"}, marker="po-1")])[0]
    assert (made.fields["body"], made.marker) == ("Old", "po-1")
    changed = issues.update([Patch(made.id, {"body": "New"})])[0]
    assert (changed.fields["body"], changed.marker) == ("New", "po-1")
    assert fake.issues[1]["body"] == "New\n\n<!-- productops:po-1 -->"


def test_pull_requests_are_no_issues(account: Tracker, fake: FakeTracker) -> None:
    issues = account.issues("harbour/tickets")
    issues.create([Draft({"title": "A pull request"})])
    fake.issues[1]["pull_request"] = {}
    assert list(issues.scan()) == []


def test_it_syncs(account: Tracker, fake: FakeTracker, clock: VirtualClock, tmp_path) -> None:
    fields = {"Name": "text", "Text": "text", "Stage": ["Open", "Done"]}
    table = Memory(now=clock.now).collection("ideas", fields=fields)
    table.add(Name="Pier", Text="At noon", Stage="Done")
    ours = Mapping(Idea, title="Name", text="Text", stage=choice("Stage", open="Open", done="Done"))
    theirs = Mapping(Idea, title="Title", text="Body", stage=choice("State", open="open", done="closed"))
    right = theirs.on(account.issues("harbour/tickets"))
    sync = Sync("ideas", left=ours.on(table), right=right, state=tmp_path / "ideas.db", clock=clock.now)
    assert sync.run().created["right"] == 1
    assert (fake.issues[1]["title"], fake.issues[1]["state"]) == ("Pier", "closed")
    clock.sleep(120)
    account.issues("harbour/tickets").update([Patch("1", {"title": "Jetty", "state": Option("open", "open")})])
    clock.sleep(120)
    sync.run()
    assert next(iter(table.scan())).fields["Name"] == "Jetty"
    assert not sync.plan()
    sync.state.engine.dispose()
