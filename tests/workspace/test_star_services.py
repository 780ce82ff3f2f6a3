"""A whole flow over the four imitated services: what is edited anywhere reaches all, in weather and after it."""

import pytest

from flows.shipped_world import Tables
from flows.test_families import linked, named
from flows.world import adf
from productops import Launch, Objective, RoadmapItem, TimeBucket, Workspace
from productops.sync.writing.apply import Applier
from workspace.star_services import Services

FOUR = ("jira", "airtable", "notion", "productboard")


@pytest.fixture
def world(tmp_path):
    return Services(tmp_path)


def everywhere(world, expected):
    assert world.pictures() == dict.fromkeys(FOUR, expected)


def rest(world):
    """A run over unchanged places writes nothing, anywhere."""
    world.later(hours=1)
    before = world.written()
    report, _ = world.run()
    assert (report.writes, world.written() - before) == (0, 0)


def test_edits_in_four_places_reach_four_places(world):
    mira = world.site.user("mira@example.com")
    dark = world.issue("Dark mode", {"description": adf("At night"), "assignee": {"accountId": mira.account_id}})
    world.issue("Export")
    world.run()
    everywhere(world, {"Dark mode": "idea", "Export": "idea"})
    rest(world)

    rows = {row["Name"]: row for row in world.desk.rows()}
    # One record, a field in each place; some tell who it was.
    world.site.edit(dark, {"summary": "Darker mode"}, at=world.clock.now(), by="tomas@example.com")
    world.desk.edit(rows["Dark mode"]["#"], {"Stage": "Building"}, by="Mira Quill")
    world.hand.edit(world.rows()["Dark mode"]["id"], {"Target date": "2026-09-30"})
    world.board.edit("Dark mode", description="<p>At <b>night</b></p>")
    world.board.add("feature", name="From the board")
    _, conflicts = world.run()
    assert conflicts == []
    everywhere(world, {"Darker mode": "doing", "Export": "idea", "From the board": "idea"})
    shown = world.shown(dark)
    assert shown["duedate"] == "2026-09-30"
    assert shown["description"]["content"][0]["content"][1]["marks"] == [{"type": "strong"}]
    assert world.bodies()["Darker mode"] == "At **night**"
    assert world.rows()["Darker mode"]["fields"]["Owner"]["email"] == "mira@example.com"
    rest(world)

    with Workspace(world.home / "product.db") as ws:
        (item,) = ws.find(RoadmapItem, title="Darker mode")
        told = {(event.field, event.source, event.by) for event in ws.history(item)}
    assert told >= {
        ("*", "jira", "mira@example.com"),
        ("title", "jira", "tomas@example.com"),
        ("status", "notion", "mira@example.com"),
        ("due", "airtable", None),
        ("description", "productboard", None),
    }


@pytest.mark.parametrize("order", [FOUR, FOUR[::-1]])
def test_one_field_in_two_places_is_a_conflict_and_nothing_else_waits(world, order):
    world.issue("Dark mode")
    world.run()
    rest(world)
    row = world.desk.rows()[0]
    world.desk.edit(row["#"], {"Name": "From Notion", "Stage": "Building"})
    world.hand.edit(world.rows()["Dark mode"]["id"], {"Name": "From Airtable"})
    _, (conflict,) = world.run(order=order)
    assert {conflict.left, conflict.right} == {"From Notion", "From Airtable"}
    assert {stage for picture in world.pictures().values() for stage in picture.values()} == {"doing"}
    with world.workspace_of(order) as ws:
        ws.resolve(conflict, "spoke")
    world.run(order=order)
    everywhere(world, {conflict.left: "doing"})
    rest(world)


LOST = {
    "jira": ("POST", r".*/issue/bulk"), "airtable": ("PATCH", r"/v0/.*"), "notion": ("POST", "/v1/pages"),
    "productboard": ("POST", r"/v2/entities"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("place", "fault"), [*((place, "drop_after_commit") for place in FOUR), ("jira", "late_commit")]
)
def test_a_lost_answer_in_one_place_doubles_nothing(world, place, fault):
    world.issue("There before")
    world.run()
    world.desk.add({"Name": "Dark mode", "Stage": "Inbox"}) if place != "notion" else world.issue("Dark mode")
    world.at[place].faults.add(*LOST[place], fault)
    world.run()
    for _ in range(4):
        world.later(hours=1)
        world.run()
    everywhere(world, {"There before": "idea", "Dark mode": "idea"})
    rest(world)


class Crash(BaseException):
    """The process died here."""


@pytest.mark.parametrize("at", [1, 2, 3, 6, 8])
def test_a_process_that_dies_between_any_two_writes_leaves_nothing_behind(world, monkeypatch, at):
    world.issue("There before")
    world.run()
    world.issue("Dark mode")
    world.hand.edit(world.rows()["There before"]["id"], {"Stage": "Building"})
    real, calls = Applier._call, []

    def call(self, side, kind, items):
        calls.append(kind)
        if len(calls) == (at + 1) // 2 and at % 2:
            raise Crash
        done = real(self, side, kind, items)
        if len(calls) == (at + 1) // 2:
            raise Crash
        return done

    monkeypatch.setattr(Applier, "_call", call)
    with pytest.raises(Crash):
        world.run()
    monkeypatch.undo()
    world.later(hours=1)
    for _ in range(3):
        world.later(hours=1)
        world.run()
    everywhere(world, {"There before": "doing", "Dark mode": "idea"})
    rest(world)


def test_a_part_without_its_secrets(world):
    """Productboard gets what is meant for it: one team's items, without the owner and the text."""
    options = {"productboard": {"direction": "out", "where": {"status": "doing"}, "hide": ["description", "owner"]}}
    dark = world.issue("Dark mode", {"description": adf("not for everybody")})
    world.issue("Export")
    world.run(**options)
    assert world.pictures()["productboard"] == {}
    world.site.transition(dark, "In Progress", at=world.clock.now())
    world.run(**options)
    assert world.pictures()["productboard"] == {"Dark mode": "doing"}
    assert "not for everybody" not in str([one.fields for one in world.features()])
    world.site.transition(dark, "Done", at=world.clock.now())
    world.edit_issue(dark, summary="Secret name")
    for _ in range(3):
        world.later(days=2)
        world.run(**options)
    assert world.pictures()["productboard"] == {"Dark mode": "doing"}
    assert "Secret name" in world.pictures()["notion"]


def test_linked_tables_of_two_services_by_the_shipped_mappings(tmp_path):
    """Roadmap, objectives and launches in Airtable and Notion, made and linked from the workspace."""
    parts = ("roadmap", "objectives", "launches")
    places = {}
    for service in ("airtable", "notion"):
        (tmp_path / service).mkdir()
        places[service] = Tables(tmp_path / service, service, parts)
        places[service].prepare()

    def run(**time):
        with Workspace(tmp_path / "product.db") as ws:
            for service, tables in places.items():
                tables.world.clock.advance(3600)
                for part in parts:
                    ws.connect(service, tables.mapping(part).on(tables.tables[part]), clock=tables.world.clock.now)
            return ws.run()

    def links(service):
        return linked(places[service], "launches", "Roadmap"), linked(places[service], "roadmap", "Objectives")

    goals = [Objective(title=f"Goal {number}", bucket=TimeBucket.quarter(2026, 4)) for number in range(2)]
    items = [RoadmapItem(title=f"Idea {number}", objective_ids=[goals[number % 2].id]) for number in range(4)]
    launch = Launch(name="Winter", roadmap_item_ids=[items[0].id, items[3].id], target=TimeBucket.quarter(2026, 4))
    with Workspace(tmp_path / "product.db") as ws:
        ws.add_all([*goals, *items, launch])
    report = run()
    assert [problem for one in report.reports for problem in one.problems] == []
    assert links("airtable") == links("notion")
    assert links("notion")[0] == {"Winter": ["Idea 0", "Idea 3"]}
    assert links("notion")[1]["Idea 3"] == ["Goal 1"]

    world = places["airtable"].world.world
    idea = named(places["airtable"], "roadmap")["Idea 2"][0]
    world.base.base("Work").table("launches").edit(
        named(places["airtable"], "launches")["Winter"][0], {"Roadmap": [idea]}
    )
    run()
    assert links("notion")[0] == {"Winter": ["Idea 2"]}
    with Workspace(tmp_path / "product.db") as ws:
        (winter,) = ws.all(Launch)
        assert winter.roadmap_item_ids == [items[2].id]
    assert run().writes == 0
