"""Who changed a field, as far as services tell."""

import pytest

from flows.notion_world import NotionWorld


@pytest.fixture
def world(tmp_path):
    return NotionWorld(tmp_path)


def told(found):
    return {id_: {name: who.email for name, who in names.items()} for id_, names in found.items()}


def test_jira_tells_it_for_each_field_and_the_creator_for_the_rest(world):
    key = world.issue("Dark mode")
    at = world.clock.now()
    for words, who in (("Darker", "tomas@example.com"), ("Darkest", "ines@example.com")):
        world.site.edit(key, {"summary": words}, at=at, by=who)
    world.site.edit(key, {"duedate": "2026-09-30"}, at=at, by="tomas@example.com")
    issues = world.jira.issues(project="PROD", type="Story")
    world.later()
    (record,) = issues.scan()
    fields = ["summary", "duedate", "description", *(f"customfield_{number}" for number in range(12))]
    found = told(issues.editors({record.id: fields}))[record.id]
    assert (found["summary"], found["duedate"]) == ("ines@example.com", "tomas@example.com")
    assert found["description"] == "mira@example.com"
    assert world.sent("jira", "POST", ".*/changelog/bulkfetch") == 2  # ten fields a request
    assert issues.editors({}) == {}


def test_notion_tells_it_for_the_page_and_does_not_read_a_thousand_for_it(world):
    for title in ("One", "Two"):
        world.desk.add({"Name": title})
    one, two = (row["#"] for row in world.desk.rows())
    world.desk.edit(one, {"Stage": "Building"}, by="Tomas Reed")
    found = told(world.source().editors({one: ["a", "b"], two: ["a"]}))
    assert found[one] == {"a": "tomas@example.com", "b": "tomas@example.com"}
    assert found[two] == {"a": "mira@example.com"}
    before = world.total()
    assert world.source().editors({f"page {number}": ["a"] for number in range(101)}) == {}
    assert world.total() == before
