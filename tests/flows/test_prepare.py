"""An empty table gets what a mapping needs, and only that."""

from dataclasses import replace

import pytest

from flows.world import World
from productops import Mapping, Objective, RoadmapItem, choice, markdown, person, ref
from productops.connectors.memory import Memory
from productops.errors import AccessError, GuardError
from productops.testing.sandbox.airtable import STANDARD_TOKEN

ITEMS = Mapping(
    RoadmapItem, title="Name", description=markdown("Notes"), owner=person("Owner"), due="Target date",
    status=choice("Stage", idea="Inbox", doing="Building", done="Shipped"), horizon="Horizon", estimate="Estimate",
    tags="Tags", objective_ids=ref("Objectives", to="objectives"),
)  # fmt: skip


NAME = {"name": "Name", "type": "singleLineText"}
STAGE = {"name": "stage", "type": "singleSelect", "options": {"choices": ["Inbox"]}}


@pytest.fixture
def world(tmp_path):
    return World(tmp_path, fields=[NAME])


def objectives(world):
    table = {"name": "Objectives", "fields": [{"name": "Name", "type": "singleLineText"}]}
    world.airtable.wire.call(
        "POST", "meta", "bases", world.airtable.base_id("Work"), "tables", body=table, operation="create table"
    )
    return world.airtable.table("Work", "Objectives", key="Sync key")


def test_an_empty_table_is_prepared_once(world):
    table = world.table()
    plan = table.prepare(ITEMS, links={"objective_ids": objectives(world)})
    assert [step.name for step in plan.steps] == [
        "Notes", "Owner", "Target date", "Stage", "Horizon", "Estimate", "Tags", "Objectives", "Sync key",
    ]  # fmt: skip
    assert world.sent("airtable", "POST", ".*/fields") == 0
    assert "add the field 'Stage': choice of 'Inbox', 'Building', 'Shipped'" in str(plan)
    assert "add the field 'Objectives': links to Objectives" in str(plan)
    made = plan.apply()
    assert made == plan.steps
    types = {field.name: field.kind for field in table.schema().fields}
    assert types == {
        "Name": "text", "Notes": "markdown", "Owner": "person", "Target date": "date", "Stage": "choice",
        "Horizon": "choice", "Estimate": "number", "Tags": "choices", "Objectives": "links",
    }  # fmt: skip
    horizon = [option.name for option in table.schema().field("Horizon").options]
    assert horizon == ["now", "next", "later", "done", "dropped"]
    again = table.prepare(ITEMS)
    assert not again
    assert str(again) == "Roadmap is prepared."
    ITEMS.on(table).bind()  # every name and option is found


def test_what_is_there_is_neither_retyped_nor_doubled(tmp_path):
    world = World(tmp_path, fields=[NAME, STAGE, {"name": "Notes", "type": "singleLineText"}])
    mapping = Mapping(RoadmapItem, title="Name", description=markdown("Notes"), status=ITEMS.fields["status"])
    plan = world.table().prepare(mapping)
    assert [str(step) for step in plan.steps] == [
        "add to the field 'stage': 'Building', 'Shipped'", "add the field 'Sync key': text for the sync's key",
    ]  # fmt: skip
    assert plan.problems == ["'Notes' is text, and 'description' needs markdown"]
    with pytest.raises(GuardError, match="'Notes' is text, and 'description' needs markdown"):
        plan.apply()
    assert world.sent("airtable", "POST", ".*/fields") == 0


def test_what_the_interface_cannot_add_is_listed_for_hands(tmp_path):
    world = World(tmp_path, fields=[NAME, STAGE])
    plan = world.table().prepare(Mapping(RoadmapItem, title="Name", status=ITEMS.fields["status"], due="Due"))
    with pytest.raises(AccessError, match=r"Make this by hand: add to the field 'stage': 'Building', 'Shipped'\."):
        plan.apply()
    assert {field.name for field in world.table().schema().fields} >= {"Due"}
    assert len(plan.steps) == 1


def test_without_the_right_everything_is_listed_for_hands(world):
    (token,) = world.base.tokens.values()
    world.base.tokens[STANDARD_TOKEN] = replace(token, scopes=[s for s in token.scopes if s != "schema.bases:write"])
    plan = world.table().prepare(Mapping(RoadmapItem, title="Name", due="Due"))
    with pytest.raises(AccessError) as caught:
        plan.apply()
    assert "add the field 'Due': date; add the field 'Sync key': text for the sync's key" in str(caught.value)
    assert "schema.bases:write" in str(caught.value)


def test_links_need_to_know_where_they_lead(world):
    plan = world.table().prepare(ITEMS)
    assert plan.problems == [
        "'Objectives' must link to another collection: prepare(mapping, links={'objective_ids': ...})"
    ]


def test_memory_gets_options_too():
    ideas = Memory().collection("Ideas", {"Name": "text", "Stage": ["Inbox"]})
    mapping = Mapping(Objective, title="Name")
    assert not ideas.prepare(mapping)
    ideas.prepare(Mapping(RoadmapItem, title="Name", status=ITEMS.fields["status"])).apply()
    assert [option.name for option in ideas.schema().field("Stage").options] == ["Inbox", "Building", "Shipped"]
