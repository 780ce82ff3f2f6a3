"""Productboard with a memory collection and with Airtable, on the imitated services."""

import pytest

from flows.world import World
from productops import Mapping, RoadmapItem, Sync, choice, markdown, person
from productops.connectors.memory import Memory
from productops.connectors.productboard import Productboard
from productops.testing.sandbox.endpoint import Endpoint
from productops.testing.sandbox.plugs import HttpxPlug
from productops.testing.sandbox.productboard import STANDARD_TOKEN
from productops.testing.sandbox.productboard import Productboard as Service

STATUS = choice("Status", idea="New idea", doing="In progress", done="Released")


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path)
    seed = {"members": [{"name": "Mira Quill", "email": "mira@example.com"}]}
    world.board = Service.from_json(seed, clock=world.clock, limits=None)
    world.at["productboard"] = Endpoint(world.board, clock=world.clock, log_size=20_000)
    account = Productboard(
        STANDARD_TOKEN, url="http://localhost", transport=HttpxPlug(world.at["productboard"]), clock=world.clock
    )
    world.features = account.features(parent=world.board.named("Product").id)
    return world


def board(world, **more):
    mapping = {"title": "Name", "description": markdown("Description"), "status": STATUS, **more}
    return Mapping(RoadmapItem, **mapping).on(world.features)


def memory(world):
    ideas = Memory(now=world.clock.now).collection(
        "ideas", fields={"Name": "text", "Notes": "markdown", "Stage": ["Inbox", "Building", "Shipped"]}
    )
    stages = choice("Stage", idea="Inbox", doing="Building", done="Shipped")
    return ideas, Mapping(RoadmapItem, title="Name", description=markdown("Notes"), status=stages).on(ideas)


def joined(world, left, right):
    return Sync("board", left=left, right=right, state=world.home / "board.db", clock=world.clock.now)


def features(world):
    return [one for one in world.board.world.things.values() if one.type == "feature"]


def rest(world, sync):
    """A pass over unchanged sides writes nothing."""
    world.later(hours=1)
    plan = sync.plan()
    assert not plan, str(plan)


def test_with_memory_past_several_pages(world):
    ideas, left = memory(world)
    for number in range(110):
        ideas.add(Name=f"Idea {number}", Notes=f"- about **{number}**", Stage="Inbox")
    sync = joined(world, left, board(world))
    world.later()
    assert sync.run().problems == []
    assert len(features(world)) == 110
    world.board.add("feature", name="From the board", description="<h2>Why</h2><p>Since <b>all</b> ask.</p>")
    world.board.edit("Idea 7", name="Idea seven", status={"name": "Released"})
    ideas.edit("ideas-1", Notes="fresh")
    world.later()
    assert sync.run().problems == []
    names = {one.fields["Name"]: one for one in ideas.scan()}
    assert names["From the board"].fields["Notes"] == "## Why\n\nSince **all** ask."
    assert names["Idea seven"].fields["Stage"].name == "Shipped"
    assert world.board.named("Idea 0").fields["description"] == "<p>fresh</p>"
    rest(world, sync)


def test_an_edit_beside_underlined_words_leaves_them_underlined(world):
    ideas, left = memory(world)
    kept = "<p>With <u>underlined</u> words.</p><ul><li>bare</li></ul>"
    world.board.add("feature", name="Signs", description=f"{kept}<p>Old.</p>")
    sync = joined(world, left, board(world))
    world.later()
    plan = sync.plan()
    assert plan.losses == {"description in ideas": {"underlining": 1}}
    sync.apply(plan)
    (idea,) = ideas.scan()
    ideas.edit(idea.id, Notes=idea.fields["Notes"].replace("Old.", "New."))
    world.later()
    assert sync.run().problems == []
    assert world.board.named("Signs").fields["description"] == f"{kept}<p>New.</p>"
    rest(world, sync)


def test_with_airtable_owners_and_all(world):
    world.hand.add({"Name": "Search", "Notes": "**bold**", "Stage": "Building"})
    rows = Mapping(
        RoadmapItem, title="Name", description=markdown("Notes"), owner=person("Owner"),
        status=choice("Stage", idea="Inbox", doing="Building", done="Shipped"),
    )  # fmt: skip
    sync = joined(world, rows.on(world.table()), board(world, owner=person("Owner")))
    world.later()
    assert sync.run().problems == []
    assert world.board.named("Search").fields["status"]["name"] == "In progress"
    world.board.edit("Search", owner={"email": "mira@example.com"})
    world.later()
    assert sync.run().problems == []
    (row,) = world.hand.records()
    assert row["fields"]["Owner"]["email"] == "mira@example.com"
    rest(world, sync)


@pytest.mark.parametrize("fault", ["drop_after_commit", "drop_before_commit", "late_commit", "bad_gateway_after"])
def test_a_create_whose_answer_was_lost_leaves_exactly_one_record(world, fault):
    ideas, left = memory(world)
    ideas.add(Name="Only once", Stage="Inbox")
    world.at["productboard"].faults.add("POST", r"/v2/entities", fault)
    sync = joined(world, left, board(world))
    world.later()
    sync.run()
    for _ in range(2):
        world.later(hours=1)
        assert sync.run().problems == []
    assert [one.fields["name"] for one in features(world)] == ["Only once"]
    rest(world, sync)
