"""The connector of this library over the imitated workspace: both ways, and quiet afterwards."""

import pytest

from productops import Mapping, RoadmapItem, Sync, choice, markdown, person
from productops.connectors import Memory, Notion
from productops.testing.sandbox.plugs import HttpxPlug
from testing.sandbox.notion.conftest import VERSIONS

FIELDS = {"Title": "text", "Text": "markdown", "Who": "person", "Stage": ["Idea", "Doing"]}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_sync_both_ways(endpoint, clock, ideas, notion, version, tmp_path):
    account = Notion("ntn_all", version=version, transport=HttpxPlug(endpoint), clock=clock, rate=None)
    assert account.check().ok
    here = Memory(now=clock.now).collection("items", FIELDS)
    plain = Mapping(
        RoadmapItem,
        title="Title",
        description=markdown("Text"),
        owner=person("Who"),
        status=choice("Stage", idea="Idea", doing="Doing"),
    )
    pages = Mapping(
        RoadmapItem,
        title="Name",
        description=markdown("Body"),
        owner=person("Owner"),
        status=choice("Stage", idea="Inbox", doing="Building"),
    )
    right = pages.on(account.data_source(ideas.database, key="Key"))
    sync = Sync("ideas", left=plain.on(here), right=right, state=tmp_path / "state.db", clock=clock.now)
    ideas.edit("Dark mode", {"Stage": "Building"})
    notion.hands.write(ideas.row("Dark mode")["#"], "# Why\nEyes **hurt**\n- at night")
    clock.advance(600)
    sync.run()
    (record,) = here.scan()
    assert record.fields["Stage"].name == "Doing"
    assert record.fields["Text"] == "# Why\n\nEyes **hurt**\n\n- at night"
    here.add(Title="Offline mode", Text="On *trains*\n\n1. long ones", Stage="Idea")
    clock.advance(600)
    sync.run()
    assert ideas.row("Offline mode")["Stage"] == "Inbox"
    assert notion.hands.body("Offline mode") == "On *trains*\n1. long ones"
    clock.advance(600)
    plan = sync.plan()
    assert not plan, str(plan)
