"""What a spoke sees of a workspace, and what leaves its part: nothing else goes there."""

import pytest

from productops import Mapping, RoadmapItem
from productops.errors import ConfigError, MappingError
from workspace.house import item, names, row


def test_a_spoke_sees_its_part_and_what_leaves_it_stays_there(house):
    jira = house.connect("jira")
    web = house.connect("web", where={"team": "web"})
    jira.add(Name="For the web", Stage="Inbox", Team="web")
    jira.add(Name="For the app", Stage="Inbox", Team="app")
    jira.add(Name="Also web", Stage="Inbox", Team="web")
    house.run()
    assert names(web) == ["Also web", "For the web"]
    jira.edit("jira-1", Team="app", Name="Secret of the app team")
    for _ in range(3):
        house.run(full=True)
    assert names(web) == ["Also web", "For the web"]  # it neither goes nor tells what it became
    assert house.ws.count(RoadmapItem) == 3
    web.edit(row(web, "For the web").id, Notes="typed while away")
    house.run()
    assert item(house.ws, "Secret of the app team").description == ""
    assert house.quiet()
    jira.edit("jira-1", Team="web")
    house.run()
    assert names(web) == ["Also web", "Secret of the app team"]
    assert item(house.ws, "Secret of the app team").description == "typed while away"
    assert house.quiet()


def test_what_leaves_and_changes_in_one_save_does_not_leak(house):
    """The record is read by its id for other reasons too: nothing may show then."""
    web = house.connect("web", where=lambda one: one.team == "web")
    mine = house.ws.add(RoadmapItem(title="Open", team="web"))
    house.run()
    mine = house.ws.get(RoadmapItem, mine.id)
    mine.title, mine.team = "Secret", "app"
    house.ws.save(mine)
    web.edit("web-1", Notes="an edit that makes the sync look")
    for _ in range(3):
        house.run()
    assert names(web) == ["Open"]
    assert "Secret" not in str(list(web.scan()))


def test_what_leaves_between_plan_and_apply_does_not_leak(house):
    """The write that was planned is refused, and the look at the record that refuses it shows nothing of it."""
    web = house.connect("web", where={"team": "web"})
    mine = house.ws.add(RoadmapItem(title="Open", team="web", description="plain"))
    house.run()
    web.edit("web-1", Notes="an edit that is planned")
    plan = house.ws.plan()
    mine = house.ws.get(RoadmapItem, mine.id)
    mine.title, mine.description, mine.team = "Secret", "also secret", "app"
    house.ws.save(mine)
    assert "could not be read" in str(house.ws.apply(plan).reports[0].skipped)
    for _ in range(3):
        house.run()
    assert names(web) == ["Open"]
    assert "ecret" not in str(list(web.scan()))
    assert house.ws.get(RoadmapItem, mine.id).description == "also secret"


def test_a_part_may_become_empty_at_once(house):
    """A quarter ends and all that was in it leaves: nothing is blocked, nothing goes, and it can come back."""
    house.connect("jira")
    web = house.connect("web", where={"team": "web"})
    for number in range(8):
        house.place("jira").add(Name=f"No. {number}", Stage="Inbox", Team="web")
    house.run()
    for number in range(8):
        house.place("jira").edit(f"jira-{number + 1}", Team="app")
    for _ in range(3):
        house.run(full=True)
    assert len(names(web)) == 8
    house.place("jira").edit("jira-1", Team="web", Name="Back")
    house.run()
    assert "Back" in names(web)
    assert house.quiet()


def test_hidden_fields_go_nowhere(house):
    jira = house.connect("jira")
    public = house.connect("public", hide=["description", "team"])
    jira.add(Name="Dark mode", Notes="internal", Stage="Inbox", Team="web")
    house.run()
    public.edit("public-1", Notes="typed there")
    house.run()
    assert row(public, "Dark mode").fields["Team"] is None
    assert row(jira, "Dark mode").fields["Notes"] == "internal"
    assert house.quiet()
    with pytest.raises(ConfigError, match=r"no field 'descripton' to hide\. The mapping names: title, "):
        house.connect("other", hide="descripton")
    with pytest.raises(MappingError, match="All the fields"):
        house.connect("other", mapping=Mapping(RoadmapItem, title="Name"), hide="title")
