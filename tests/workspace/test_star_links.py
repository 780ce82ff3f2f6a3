"""Links between entities in a star, and deletions that go round."""

from datetime import timedelta

import pytest

from productops import Launch, Mapping, RoadmapItem, ref
from productops.errors import ConfigError
from workspace.house import item, names, row

LINKED = Mapping(RoadmapItem, title="Name", launch_id=ref("Launch", to="launch"))
LAUNCHES = Mapping(Launch, name="Name")


def test_links_between_entities_become_links_between_records(house):
    for name in ("jira", "notion"):
        house.connect(name, LINKED)
        plans = house.place(f"{name} launches", {"Name": "text"})
        house.ws.connect(name, LAUNCHES.on(plans), clock=lambda: house.time)
    assert [spoke.sync.name for spoke in house.ws.spokes][:2] == ["jira/launch", "jira/roadmap_item"]
    winter = house.place("jira launches").add(Name="Winter")
    house.place("jira").add(Name="Dark mode", Launch=winter.id)
    house.run()
    assert row(house.place("notion"), "Dark mode").fields["Launch"] == "notion launches-1"
    (launch,) = house.ws.all(Launch)
    assert item(house.ws, "Dark mode").launch_id == launch.id
    summer = house.ws.add(Launch(name="Summer"))
    mine = item(house.ws, "Dark mode")
    mine.launch_id = summer.id
    house.ws.save(mine)
    house.run()
    for name in ("jira", "notion"):
        there = row(house.place(name), "Dark mode").fields["Launch"]
        assert house.place(f"{name} launches").rows[there].fields["Name"] == "Summer"
    assert house.quiet()


def test_a_link_that_leads_nowhere_is_told_before_anything_is_done(house):
    house.connect("jira", LINKED)
    with pytest.raises(ConfigError, match=r"'jira/roadmap_item' has links to 'launch', which 'jira' does not keep"):
        house.ws.run()


def test_a_deletion_needs_its_proof_and_then_goes_round(house):
    jira, notion = house.connect("jira", full_every=timedelta(0)), house.connect("notion", full_every=timedelta(0))
    for name in ("Keep", "Drop"):
        jira.add(Name=name, Stage="Inbox")
    house.run()
    jira.delete(["jira-2"])
    house.run()
    assert names(notion) == ["Drop", "Keep"]
    for _ in range(4):
        house.run()
    assert names(notion) == ["Keep"]
    assert [each.title for each in house.ws.all(RoadmapItem)] == ["Keep"]
    gone = house.ws.history(
        RoadmapItem, next(event.entity_id for event in house.ws.changes() if event.new is None and event.field == "*")
    )
    assert (gone[-1].source, gone[-1].old["title"]) == ("jira", "Drop")
    spoke = house.ws.spokes[0]
    spoke.apply(spoke.sync.undelete(spoke.sync.deleted()[0]))
    house.run()
    assert sorted(each.title for each in house.ws.all(RoadmapItem)) == ["Drop", "Keep"]
