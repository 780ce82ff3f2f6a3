"""Productboard with Jira and with Airtable, by the mappings that come with the library."""

import pytest

from flows.world import FIELDS, PEOPLE, World, adf
from productops import Mapping, RoadmapItem, Sync
from productops.connectors.productboard import Productboard
from productops.mappings import load
from productops.model.feedback import Feedback
from productops.testing.sandbox.endpoint import Endpoint
from productops.testing.sandbox.plugs import HttpxPlug
from productops.testing.sandbox.productboard import STANDARD_TOKEN
from productops.testing.sandbox.productboard import Productboard as Service


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path, fields=[*FIELDS[:1], FIELDS[-1]])
    world.board = Service.from_json({"members": PEOPLE}, clock=world.clock, limits=None, search_lag=2.0)
    world.board.late_commit = 5.0
    world.at["productboard"] = Endpoint(world.board, clock=world.clock, log_size=20_000)
    world.account = Productboard(
        STANDARD_TOKEN, url="http://localhost", transport=HttpxPlug(world.at["productboard"]), clock=world.clock
    )
    return world


def joined(world, name, left, right):
    return Sync(name, left=left, right=right, state=world.home / "state.db", clock=world.clock.now)


def ran(world, sync):
    world.later()
    report = sync.run()
    assert report.problems == []
    return report


def rest(world, sync):
    """A pass over unchanged sides writes nothing."""
    world.later(hours=1)
    plan = sync.plan()
    assert not plan, str(plan)


def test_features_and_stories(world):
    product = world.board.named("Product").id
    sync = joined(
        world, "roadmap",
        load("jira", RoadmapItem).on(world.jira.issues(project="PROD", type="Story")),
        load("productboard", RoadmapItem).on(world.account.features(product)),
    )  # fmt: skip
    mira = world.site.user("mira@example.com")
    fields = {"description": adf("Find it"), "labels": ["ux"], "assignee": {"accountId": mira.account_id}}
    story = world.issue("Search", fields)
    ran(world, sync)
    world.board.add("feature", name="Dark mode", description="<p>For <b>eyes</b></p>", tags=[{"name": "night"}])
    ran(world, sync)
    search = world.board.named("Search").fields
    assert (search["description"], search["tags"]) == ("<p>Find it</p>", [{"name": "ux"}])
    assert search["owner"]["email"] == "mira@example.com"
    assert search["status"]["name"] == "New idea"
    (dark,) = (one.key for one in world.site.issues("PROD") if world.shown(one.key)["summary"] == "Dark mode")
    assert world.shown(dark)["labels"] == ["night"]
    rest(world, sync)
    world.board.edit("Search", status={"name": "In progress"}, tags=[{"name": "ux"}, {"name": "fast"}])
    world.edit_issue(dark, description=adf("For everybody"))
    ran(world, sync)
    assert world.shown(story)["status"]["name"] == "In Progress"
    assert sorted(world.shown(story)["labels"]) == ["fast", "ux"]
    assert world.board.named("Dark mode").fields["description"] == "<p>For everybody</p>"
    rest(world, sync)


@pytest.mark.parametrize("fault", ["drop_after_commit", "late_commit", "bad_gateway_after"])
@pytest.mark.parametrize("path", [r"/v2/entities", r"/v2/notes"])
def test_feedback_and_notes(world, fault, path):
    """Rows become notes of customers who are found or made, and notes rows, also when an answer is lost."""
    whole = load("airtable", Feedback)
    rows = Mapping(Feedback, **{name: codec for name, codec in whole.fields.items() if name != "account_id"})
    table = world.table()
    table.prepare(rows).apply()
    sync = joined(world, "feedback", rows.on(table), load("productboard", Feedback).on(world.account.notes()))
    for tag in ("speed", "search"):
        world.hand.add_option("Tags", tag)
    world.board.add("user", name="Ben Oak", email="ben@example.com")
    for number, who in enumerate(["Ada Lind <ada@example.com>", "Ben <ben@example.com>", "ADA@example.com"]):
        world.hand.add({
            "Title": f"No. {number}", "Feedback": f"It is slow, {number} times", "Requester": who, "Tags": ["speed"],
            "Received": "2026-01-02T10:00:00.000Z",
        })  # fmt: skip
    world.at["productboard"].faults.add("POST", path, fault)
    for _ in range(3):
        world.later(hours=1)
        report = sync.run()
    assert report.problems == []
    notes = {one.fields["name"]: one for one in world.board.all("textNote")}
    assert sorted(notes) == ["No. 0", "No. 1", "No. 2"]  # each once
    assert notes["No. 1"].fields["content"] == "<p>It is slow, 1 times</p>"
    emails = {name: world.board.named(note.links[0][2]).fields["email"].lower() for name, note in notes.items()}
    assert emails == {"No. 0": "ada@example.com", "No. 1": "ben@example.com", "No. 2": "ada@example.com"}
    assert len(world.board.all("user")) == 2  # nobody was made twice
    rest(world, sync)
    world.board.add("textNote", name="From a call", content="<p>More <b>colour</b></p>")
    world.board.link("From a call", "customer", "ben@example.com")
    world.board.edit("No. 0", name="Slow", tags=[{"name": "speed"}, {"name": "search"}])
    ran(world, sync)
    shown = {row["fields"]["Title"]: row["fields"] for row in world.hand.records()}
    assert shown["From a call"]["Feedback"].strip() == "More **colour**"
    assert shown["From a call"]["Requester"] == "Ben Oak <ben@example.com>"
    assert sorted(shown["Slow"]["Tags"]) == ["search", "speed"]
    assert shown["Slow"]["Received"] == "2026-01-02T10:00:00.000Z"  # when a note was made is no edit of it
    rest(world, sync)
