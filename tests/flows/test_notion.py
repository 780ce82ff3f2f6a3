"""Notion with Jira and with Airtable, on the imitated services."""

import os
from datetime import timedelta

import pytest

from flows.notion_world import NotionWorld
from flows.world import adf
from productops import Mapping, RoadmapItem, Sync, choice, markdown, person, ref
from productops.connectors.memory import Memory
from productops.connectors.notion.wire import VERSIONS
from productops.errors import AccessError, ConfigError


@pytest.fixture
def version():
    return VERSIONS[0]


@pytest.fixture
def world(tmp_path, version):
    return NotionWorld(tmp_path, version=version)


def rest(world, sync):
    """A pass over unchanged sides writes nothing."""
    world.later(hours=1)
    before = world.written()
    plan = sync.plan()
    assert not plan, str(plan)
    assert world.written() == before


@pytest.mark.parametrize("version", VERSIONS)
def test_jira_and_notion(world):
    keys = [
        world.issue(f"Idea {n}", {"description": adf(f"About **{n}**", "and more"), "duedate": "2026-03-31"})
        for n in range(12)
    ]
    sync = world.between("jira", "notion")
    world.later()
    assert sync.run().problems == []
    world.desk.add({"Name": "From Notion", "Stage": "Building", "Due": "2026-05-01"}, body="- one\n- two")
    world.later()
    assert sync.run().problems == []
    rows = {row["Name"]: row for row in world.desk.rows()}
    assert len(rows) == 13
    assert rows["Idea 3"]["Due"] == "2026-03-31"
    assert "and more" in world.bodies()["Idea 3"]
    made = next(issue for issue in world.site.issues("PROD") if world.shown(issue.key)["summary"] == "From Notion")
    assert world.shown(made.key)["status"]["name"] == "In Progress"
    assert world.shown(made.key)["description"]["content"][0]["type"] == "bulletList"
    rest(world, sync)

    world.edit_issue(keys[0], summary="Idea zero")
    world.desk.edit(rows["Idea 1"]["#"], {"Stage": "Shipped"})
    block = world.workspace.hands.blocks(rows["Idea 2"]["#"])[1]
    world.workspace.hands.rewrite(block["id"], {"paragraph": {"rich_text": [{"text": {"content": "and less"}}]}})
    world.later()
    report = sync.run()
    assert report.problems == []
    assert "Idea zero" in world.bodies()
    assert world.shown(keys[1])["status"]["name"] == "Done"
    assert world.shown(keys[2])["description"]["content"][1]["content"][0]["text"] == "and less"
    rest(world, sync)


def test_airtable_and_notion(world):
    for number in range(12):
        world.hand.add({"Name": f"Idea {number}", "Stage": "Inbox", "Notes": f"About **{number}**\n\n- a\n- b\n"})
    sync = world.between("airtable", "notion")
    world.later()
    report = sync.run()
    assert (report.created["right"], report.problems) == (12, [])
    rest(world, sync)
    rows = {row["Name"]: row for row in world.desk.rows()}
    world.desk.edit(rows["Idea 1"]["#"], {"Name": "Idea one", "Stage": "Building"})
    world.hand.edit(world.rows()["Idea 2"]["id"], {"Notes": "About **2**\n\n- a\n- b, edited\n"})
    before = world.workspace.hands.blocks(rows["Idea 2"]["#"])
    world.later()
    report = sync.run()
    assert report.problems == []
    assert world.rows()["Idea one"]["fields"]["Stage"] == "Building"
    after = world.workspace.hands.blocks(rows["Idea 2"]["#"])
    assert [block["id"] for block in after] == [block["id"] for block in before]
    assert after[:2] == before[:2]
    rest(world, sync)


# --- lost answers


@pytest.mark.parametrize(
    "fault", ["drop_after_commit", "drop_before_commit", "late_commit", "bad_gateway_after", "truncated"]
)
def test_a_lost_answer_to_a_create_leaves_exactly_one_page(world, fault):
    for number in range(4):
        world.issue(f"Idea {number}", {"description": adf(f"About {number}")})
    world.later()
    sync = world.between("jira", "notion")
    world.at["notion"].faults.add("POST", "/v1/pages", fault, nth=2)
    report = sync.run()
    assert report.uncertain == 1
    for _ in range(4):
        world.later()
        sync.run()
    assert world.bodies() == {f"Idea {number}": f"About {number}" for number in range(4)}
    rest(world, sync)


def test_a_lost_answer_to_an_edit_is_recovered(world):
    key = world.issue("Idea", {"description": adf("one", "two")})
    world.later()
    sync = world.between("jira", "notion")
    sync.run()
    rest(world, sync)
    world.edit_issue(key, summary="Idea, edited", description=adf("one", "two, edited"))
    world.at["notion"].faults.add("PATCH", "/v1/pages/.*", "drop_after_commit")
    for _ in range(4):
        world.later()
        sync.run()
    assert world.bodies() == {"Idea, edited": "one\ntwo, edited"}
    assert not sync.conflicts()
    rest(world, sync)


def test_bad_weather_on_a_long_text(world):
    words = [f"Paragraph {number}" for number in range(230)]
    world.issue("Idea", {"description": adf(*words)})
    world.later()
    sync = world.between("jira", "notion")
    world.at["notion"].faults.add("PATCH", "/v1/blocks/.*", "partial_batch", keep=30)
    for _ in range(4):
        sync.run()
        world.later()
    (body,) = world.bodies().values()
    assert body.split("\n") == words
    rest(world, sync)


# --- what people do at Notion


def test_renames_are_no_change(world):
    world.issue("Idea")
    world.later()
    sync = world.between("jira", "notion")
    sync.run()
    world.desk.rename_property("Stage", "Phase")
    world.desk.rename_option("Phase", "Inbox", "Intake")
    world.desk.rename("Roadmap 2026")
    rest(world, sync)


def test_a_second_data_source_breaks_nothing_that_runs(world):
    world.issue("Idea")
    world.later()
    sync = world.between("jira", "notion")
    sync.run()
    world.workspace.hands.add_source("Roadmap", "Archive")
    rest(world, sync)
    with pytest.raises(ConfigError, match="2 data sources"):
        world.notion.data_source(world.desk.database).schema()


def test_what_is_no_longer_shared_stops_the_run_and_deletes_nothing(world):
    world.issue("Idea")
    world.later()
    sync = world.between("jira", "notion")
    sync.run()
    world.workspace.hands.revoke("Roadmap")
    world.later()
    with pytest.raises(AccessError, match="Connections"):
        sync.plan()
    world.workspace.hands.grant("Roadmap")
    rest(world, sync)


def test_a_trashed_page_is_noticed_and_restored_by_choice(world):
    world.issue("Idea")
    world.later()
    sync = world.between("jira", "notion")
    sync.run()
    (row,) = world.desk.rows()
    source = world.source()
    assert source.delete([row["#"]]) == [None]
    assert world.desk.rows() == []
    assert source.get([row["#"]])[row["#"]].trashed
    assert source.restore([row["#"]]) == [None]
    rest(world, sync)


def test_a_page_that_was_moved_away_is_left_alone(world):
    world.workspace.hands.add_source("Roadmap", "Archive")
    world.issue("Idea")
    world.issue("Other")
    world.later()
    sync = world.between("jira", "notion", full_every=timedelta(0))
    sync.run()
    world.desk.move(next(row["#"] for row in world.desk.rows() if row["Name"] == "Idea"), "Archive")
    world.later()
    plan = sync.plan()
    assert not plan.writes, str(plan)
    assert any("no longer in" in note for note in plan.notes)


def test_people_go_by_their_e_mail(world):
    world.desk.add({"Name": "Idea", "Owner": ["mira@example.com"]})
    sync = world.between("airtable", "notion")
    world.later()
    assert sync.run().problems == []
    assert world.rows()["Idea"]["fields"]["Owner"]["email"] == "mira@example.com"
    world.hand.edit(world.rows()["Idea"]["id"], {"Owner": {"email": "tomas@example.com"}})
    world.later()
    assert sync.run().problems == []
    assert "tomas@example.com" in str(world.desk.show("Idea")["properties"]["Owner"])
    rest(world, sync)


# --- much of everything


def test_a_first_sync_of_many_pages_takes_one_request_each(world):
    count = 100
    for number in range(count):
        world.issue(f"Idea {number}", {"description": adf(*[f"Line {line}" for line in range(number % 99 + 1)])})
    world.later()
    sync = world.between("jira", "notion")
    before = world.at["notion"].requests()
    assert sync.run().created["right"] == count
    # The least: each page, the listing that finds none, the schema, the people.
    assert world.at["notion"].requests() - before <= 1.05 * (count + 3)


def many(tmp_path, count, cap):
    created = "2026-01-0{}T{:02}:{:02}:00Z"
    rows = [
        {"Name": f"Idea {n}", "#": {"created": created.format(1 + n // 14_400, n // 600 % 24, n // 10 % 60)}}
        for n in range(count)
    ]
    world = NotionWorld(tmp_path, rows=rows, cap=cap)
    ideas = Memory(now=world.clock.now).collection("ideas", {"Title": "text"})
    sync = Sync(
        "many",
        left=Mapping(RoadmapItem, title="Title").on(ideas),
        right=Mapping(RoadmapItem, title="Name").on(world.source(key=None)),
        state=tmp_path / "many.db",
        clock=world.clock.now,
        direction="right_to_left",
    )
    assert sync.run().created["left"] == count
    assert world.written() == 0, "a mirror of Notion writes nothing there"
    assert sorted(record.fields["Title"] for record in ideas.scan()) == sorted(f"Idea {n}" for n in range(count))


def test_more_pages_than_a_query_shows_arrive(tmp_path):
    many(tmp_path, 450, cap=120)


@pytest.mark.campaign
@pytest.mark.skipif(not os.environ.get("PRODUCTOPS_CAMPAIGN"), reason="minutes of work: set PRODUCTOPS_CAMPAIGN=1")
def test_twenty_five_thousand_pages_arrive(tmp_path):
    many(tmp_path, 25_000, cap=10_000)


def test_thirty_relations_of_a_page_survive_an_edit_beside_them(world):
    parts = [world.desk.add({"Name": f"Part {number}"}) for number in range(30)]
    whole = world.desk.add({"Name": "Whole", "Parts": parts})
    source = world.source()
    record = source.get([whole])[whole]
    links = next(value for value in record.fields.values() if isinstance(value, list) and len(value) == 30)
    assert sorted(links) == sorted(parts)
    sync = world.between("airtable", "notion")
    world.later()
    sync.run()
    world.hand.edit(world.rows()["Whole"]["id"], {"Stage": "Building"})
    world.later()
    assert sync.run().problems == []
    assert len(world.desk.row("Whole")["Parts"]) == 30


# --- preparing


def test_an_empty_database_is_prepared_once(tmp_path):
    world = NotionWorld(tmp_path, properties={"Name": "title", "Phase": {"select": ["Inbox"]}})
    world.workspace.hands.add_source("Roadmap", "Objectives")
    objectives = world.notion.data_source(world.workspace.source("Objectives").id)
    source = world.source()
    mapping = Mapping(
        RoadmapItem, title="Name", description=markdown("Body"), owner=person("Owner"), due="Due",
        status=choice("Phase", idea="Inbox", doing="Building", done="Shipped"), horizon="Horizon",
        estimate="Estimate", objective_ids=ref("Objectives", to="objectives"),
    )  # fmt: skip
    plan = source.prepare(mapping, links={"objective_ids": objectives})
    assert [step.name for step in plan.steps] == [
        "Owner", "Due", "Phase", "Horizon", "Estimate", "Objectives", "Sync key"
    ]  # fmt: skip
    assert [step.name for step in plan.apply()] == [step.name for step in plan.steps]
    kinds = {field.name: field.kind for field in source.schema().fields}
    assert kinds["Objectives"] == "links"
    assert kinds["Owner"] == "people"
    assert world.desk.options("Phase") == ["Inbox", "Building", "Shipped"]
    assert not source.prepare(mapping, links={"objective_ids": objectives})
    mapping.on(source).bind()


def test_what_notion_lets_no_program_add_is_listed_for_hands(tmp_path):
    world = NotionWorld(tmp_path, properties={"Name": "title", "State": {"status": ["Open"]}})
    mapping = Mapping(RoadmapItem, title="Name", status=choice("State", idea="Open", done="Shut"))
    with pytest.raises(AccessError, match="add to the field 'State': 'Shut'"):
        world.source().prepare(mapping).apply()
