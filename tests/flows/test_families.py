"""What people really have: a launch and its checklist in two Notion databases, a roadmap in three linked tables."""

from contextlib import suppress
from datetime import date

import pytest

from flows.shipped_world import Tables
from productops import Family, Launch, Objective, RoadmapItem, TimeBucket, mappings
from productops.errors import ProductOpsError
from productops.model.checklist import ChecklistItem

DAY = date(2026, 11, 20)


def named(places, sync):
    """Rows of a table: name → what its cells show."""
    table = places.tables[sync]
    labels = {field.id: field.name for field in table.schema().fields}
    return {
        record.fields[table.schema().field("Name").id]: (
            record.id, {labels[id_]: value for id_, value in record.fields.items() if id_ in labels}
        )
        for record in table.scan()
    }  # fmt: skip


@pytest.fixture
def launch_desk(tmp_path):
    places = Tables(tmp_path, "notion", ("launches", "checklist"))
    places.prepare()
    launch = Launch(name="Checkout 2", target=TimeBucket.day(date(2026, 12, 1)), status="in_prep")
    items = [
        ChecklistItem(
            title=f"Item {number}", launch_id=launch.id, area=("quality", "sales", "legal")[number % 3],
            need="must" if number < 20 else "should", status="done" if number != 7 else "doing",
        )
        for number in range(25)
    ]  # fmt: skip
    places.put({"launches": [launch], "checklist": items})
    family = Family(*(places.sync(name, tmp_path / "state.db") for name in places.syncs))
    return places, family


def ready(places, where):
    views = (places.mapping(sync).on(getattr(places, where)[sync]) for sync in ("launches", "checklist"))
    (launch,) = mappings.launches(*views)
    assert len(launch.checklist.items) == 25
    return launch.readiness(as_of=DAY)


def test_ticking_an_item_in_notion_makes_the_launch_ready(launch_desk):
    places, family = launch_desk
    family.run()
    assert not ready(places, "tables").ready
    assert not ready(places, "local").ready
    assert "Item 7" in str(ready(places, "tables"))
    row = next(row for row in places.world.workspace.source("checklist").rows() if row["Name"] == "Item 7")
    places.world.clock.advance(3600)
    places.world.workspace.source("checklist").edit(row["#"], {"Status": "Done"})
    assert ready(places, "tables").ready
    places.world.clock.advance(3600)
    family.run()
    assert ready(places, "local").ready
    assert not any(sync.plan() for sync in family)


@pytest.fixture
def plan_desk(tmp_path):
    places = Tables(tmp_path, "airtable", ("roadmap", "objectives", "launches"))
    places.prepare()
    goals = [Objective(title=f"Goal {number}", bucket=TimeBucket.quarter(2026, 4)) for number in range(2)]
    items = [RoadmapItem(title=f"Idea {number}", objective_ids=[goals[number % 2].id]) for number in range(6)]
    launch = Launch(name="Winter", roadmap_item_ids=[items[0].id, items[3].id], target=TimeBucket.quarter(2026, 4))
    places.put({"objectives": goals, "roadmap": items, "launches": [launch]})
    return places, lambda: Family(*(places.sync(name, tmp_path / "state.db") for name in places.syncs))


def linked(places, sync, field):
    """Names of records → names of the records they link to, whatever the table."""
    names = {row: name for each in places.syncs for name, (row, _) in named(places, each).items()}
    return {
        name: sorted(names[str(one)] for one in cells.get(field) or ())
        for name, (_, cells) in named(places, sync).items()
    }


def test_three_linked_tables_hold_the_plan(plan_desk):
    places, family = plan_desk
    family().run()
    assert linked(places, "launches", "Roadmap") == {"Winter": ["Idea 0", "Idea 3"]}
    assert linked(places, "roadmap", "Objectives")["Idea 3"] == ["Goal 1"]
    hand = places.world.world.base.base("Work").table("launches")
    idea = named(places, "roadmap")["Idea 5"][0]
    hand.edit(named(places, "launches")["Winter"][0], {"Roadmap": [idea], "Target": "Q1 2027"})
    places.world.clock.advance(3600)
    family().run()
    (winter,) = (item for _, item in places.mapping("launches").on(places.local["launches"]).pairs())
    assert winter.target == TimeBucket.quarter(2027, 1)
    shown = places.local["roadmap"].rows[winter.roadmap_item_ids[0]].fields["Name"]
    assert (len(winter.roadmap_item_ids), shown) == (1, "Idea 5")
    assert not any(sync.plan() for sync in family())


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_an_interrupted_family_is_completed_by_the_next_run(plan_desk, nth):
    places, family = plan_desk
    faults = places.world.world.at["airtable"].faults
    faults.add("PATCH", r"/v0/app[^/]+/tbl[^/]+", "drop_after_commit", nth=nth, times=1)
    with suppress(ProductOpsError):
        family().run()
    for _ in range(3):
        places.world.clock.advance(3600)
        family().run()
    assert {sync: len(named(places, sync)) for sync in places.syncs} == {"roadmap": 6, "objectives": 2, "launches": 1}
    assert linked(places, "launches", "Roadmap") == {"Winter": ["Idea 0", "Idea 3"]}
    assert not any(sync.plan() for sync in family())
