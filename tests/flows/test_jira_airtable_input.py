"""The main job on the input that people really bring: wrong names, missing fields, values a service refuses."""

import pytest

from flows.world import World
from productops.errors import (
    AuthError,
    ConfigError,
    MappingError,
)


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def test_a_wrong_token_is_named_and_nothing_is_lost(world):
    from productops.connectors.jira import Jira
    from productops.testing.sandbox.plugs import RequestsPlug

    world.jira = Jira(
        "http://localhost",
        email="mira@example.com",
        token="wrong",
        transport=RequestsPlug(world.at["jira"]),
        clock=world.clock,
    )
    with pytest.raises(AuthError) as caught:
        world.sync().plan()
    assert "token" in str(caught.value)
    assert "wrong" not in str(caught.value).split()
    assert world.hand.records() == []


def test_an_unknown_project_names_those_that_exist(world):
    with pytest.raises(ConfigError, match="PROD"):
        world.sync(project="NOPE").plan()


def test_an_unknown_field_names_near_ones(world):
    with pytest.raises(ConfigError, match="Name"):
        world.sync(right={"title": "Nmae"}).plan()


def test_an_option_that_does_not_exist_is_an_error_before_the_first_write(world):
    from productops import choice

    world.issue("Idea")
    world.later()
    with pytest.raises(MappingError, match="Inbox"):
        world.sync(right={"status": choice("Stage", idea="Backlog", doing="Building", done="Shipped")}).plan()
    assert world.sent("airtable", "PATCH") == 0


def test_a_missing_key_field_is_an_error_before_the_first_write(world):
    world.issue("Idea")
    world.later()
    sync = world.sync(table=world.airtable.table("Work", "Roadmap", key="Sync keys"))
    with pytest.raises(ConfigError, match="Sync key"):
        sync.plan()
    assert world.hand.records() == []
    assert world.sent("airtable", "PATCH") == 0


def test_titles_and_texts_that_jira_refuses_stay_behind_and_the_rest_continues(world):
    world.issue("First")
    world.later()
    sync = world.sync()
    sync.run()
    world.hand.add({"Name": "x" * 256})
    world.hand.add({"Name": "Too much", "Notes": "y" * 40_000})
    world.hand.add({"Name": "Fine", "Stage": "Inbox"})
    world.later()
    plan = sync.plan()
    report = sync.apply(plan)
    told = " ".join(plan.problems + report.problems)
    assert "255" in told
    assert "32,767" in told
    assert sorted(world.shown(issue.key)["summary"] for issue in world.site.issues("PROD")) == ["Fine", "First"]
    world.later()
    again = sync.plan()
    assert not again.writes, str(again)
    assert len(again.problems) == 2


def test_a_required_screen_field_is_named_before_anything_is_sent(tmp_path):
    jira = {
        "fields": [{"name": "Component owner", "type": "text"}],
        "projects": [{"key": "PROD", "types": [{"name": "Story", "required": ["Component owner"]}]}],
    }
    world = World(tmp_path, jira=jira)
    world.hand.add({"Name": "New"})
    world.later()
    sync = world.sync()
    plan = sync.plan()
    assert not plan.writes
    assert any("Component owner" in problem for problem in plan.problems), plan.problems
    sync.apply(plan)
    assert world.site.issues("PROD") == []


def test_a_renamed_field_goes_on_with_a_line_in_the_drift_report(world):
    key = world.issue("Idea")
    world.later()
    sync = world.sync()
    sync.run()
    world.hand.rename_field("Notes", "Remarks")
    world.hand.rename_option("Stage", "Building", "In the works")
    world.site.transition(key, "QA", at=world.clock.now())
    world.later()
    plan = sync.plan()
    assert any("Remarks" in line for line in plan.drift), plan.drift
    assert any("In the works" in line for line in plan.drift), plan.drift
    sync.apply(plan)
    assert world.rows()["Idea"]["fields"]["Stage"] == "In the works"


def test_a_removed_field_pauses_its_mapping_and_clears_nothing(world):
    key = world.issue("Idea", {"duedate": "2026-03-31"})
    world.later()
    sync = world.sync()
    sync.run()
    world.hand.delete_field("Target date")
    world.edit_issue(key, summary="Idea, still synced")
    world.later()
    plan = sync.plan()
    assert any("removed" in line for line in plan.drift), plan.drift
    sync.apply(plan)
    assert world.shown(key)["duedate"] == "2026-03-31"
    assert "Idea, still synced" in world.rows()


def test_two_rows_of_the_same_key_are_reported_and_left_alone(world):
    world.issue("Idea")
    world.issue("Other")
    world.later()
    sync = world.sync()
    sync.run()
    row = world.rows()["Idea"]
    world.hand.add({"Name": "A copy", "Sync key": row["fields"]["Sync key"]})
    world.later()
    plan = sync.plan()
    assert not plan.writes
    assert any("A copy" in problem for problem in plan.problems), plan.problems
    assert len(world.site.issues("PROD")) == 2
