"""A star over collections in memory: what each spoke gets, and who is named for it."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from productops import Feedback, Mapping, RoadmapItem, Sync, Workspace, read_only
from productops.connectors import Memory
from productops.errors import ConfigError, GuardError, UnavailableError
from productops.workspace.star import StarPlan
from workspace.house import ADA, BO, FIELDS, ITEMS, House, item, names, row


def test_edits_of_one_record_in_two_places_both_reach_all(house):
    jira, notion, airtable, board = (house.connect(name) for name in ("jira", "notion", "airtable", "productboard"))
    jira.add(Name="Dark mode", Stage="Inbox")
    house.run()
    assert names(notion) == names(airtable) == names(board) == ["Dark mode"]
    jira.edit(row(jira, "Dark mode").id, Stage="Building")
    notion.edit(row(notion, "Dark mode").id, Notes="For the night shift")
    house.run()
    for place in (jira, notion, airtable, board):
        shown = row(place, "Dark mode").fields
        assert (shown["Stage"].name, shown["Notes"]) == ("Building", "For the night shift")
    assert house.quiet()


def test_a_quiet_run_reads_each_spoke_once(house, monkeypatch):
    for name in ("jira", "notion", "airtable"):
        house.connect(name)
    house.place("jira").add(Name="Dark mode", Stage="Inbox")
    house.run()
    planned = []
    real = Sync.plan
    monkeypatch.setattr(Sync, "plan", lambda self, **options: planned.append(self.name) or real(self, **options))
    house.run()
    assert planned == ["jira/roadmap_item", "notion/roadmap_item", "airtable/roadmap_item"]
    house.place("airtable").edit("airtable-1", Name="Darker mode")
    house.run()
    assert planned[3:] == [*planned[:3], "jira/roadmap_item", "notion/roadmap_item"]


def test_the_history_names_the_spoke_the_run_and_the_person(house):
    jira, notion = house.connect("jira"), house.connect("notion")
    jira.person = ADA
    jira.add(Name="Dark mode", Stage="Inbox")
    house.run()
    jira.edit("jira-1", Name="Darker mode")
    jira.person = BO
    jira.edit("jira-1", Team="web")
    notion.edit("notion-1", Notes="why")
    house.run()
    mine = item(house.ws, "Darker mode")
    mine.team = "app"
    house.ws.save(mine)
    house.run()
    told = [(event.field, event.by, event.source) for event in house.ws.history(mine)]
    assert told == [
        ("*", "ada@example.com", "jira"),
        ("title", "ada@example.com", "jira"),
        ("team", "Bo Example", "jira"),
        ("description", None, "notion"),
        ("team", "me", None),
    ]
    runs = [event.run for event in house.ws.history(mine)]
    assert runs[0] == house.ws.spokes[0].sync.runs()[0].run
    assert runs[-1] is None


def test_a_conflict_names_both_values_and_is_settled_for_all(house):
    jira, notion, airtable = (house.connect(name) for name in ("jira", "notion", "airtable"))
    jira.add(Name="Dark mode", Stage="Inbox")
    house.run()
    jira.edit("jira-1", Name="From Jira")
    airtable.edit("airtable-1", Name="From Airtable", Team="web")
    house.run()
    assert names(notion) == ["From Jira"]
    assert row(notion, "From Jira").fields["Team"] == "web"  # the rest of the record went on
    (conflict,) = house.ws.conflicts()
    assert (conflict.left, conflict.right, conflict.base) == ("From Airtable", "From Jira", "Dark mode")
    house.ws.resolve(conflict, "spoke")
    house.run()
    assert names(jira) == names(notion) == names(airtable) == ["From Airtable"]
    assert house.ws.conflicts() == []
    assert [each.right for each in house.ws.conflicts(closed=True)] == ["From Jira"]
    with pytest.raises(ConfigError, match="no open conflict"):
        house.ws.resolve(conflict, "hub")
    assert house.quiet()


def test_a_rule_can_say_that_the_spoke_or_the_hub_wins(house):
    jira, notion = house.connect("jira"), house.connect("notion", on_conflict="hub")
    jira.add(Name="Dark mode", Stage="Inbox")
    house.run()
    jira.edit("jira-1", Name="From Jira")
    notion.edit("notion-1", Name="From Notion")
    house.run()
    assert names(jira) == names(notion) == ["From Jira"]
    assert [each.left for each in house.ws.conflicts(closed=True)] == ["From Notion"]


def test_one_way_spokes_only_give_or_only_get(house):
    source, mirror = house.connect("source", direction="in"), house.connect("mirror", direction="out")
    source.add(Name="Dark mode", Stage="Inbox")
    house.run()
    mirror.edit("mirror-1", Name="Scribbled")
    mirror.add(Name="Only here")
    mine = item(house.ws, "Dark mode")
    mine.title = "Decided here"
    house.ws.save(mine)
    house.run()
    assert names(source) == ["Dark mode"]
    assert names(mirror) == ["Decided here", "Only here"]
    assert [each.title for each in house.ws.all(RoadmapItem)] == ["Decided here"]
    assert house.quiet()


def test_a_spoke_that_is_down_does_not_keep_the_others(house, monkeypatch):
    jira, notion, airtable = (house.connect(name) for name in ("jira", "notion", "airtable"))
    jira.add(Name="Dark mode", Stage="Inbox")
    monkeypatch.setattr(notion, "scan", lambda *given: (_ for _ in ()).throw(UnavailableError("closed for lunch")))
    with pytest.raises(UnavailableError, match="closed for lunch") as caught:
        house.run()
    assert caught.value.__notes__ == ["It stopped the sync 'notion/roadmap_item'; the others were done."]
    assert names(airtable) == ["Dark mode"]
    monkeypatch.undo()
    house.run()
    assert names(notion) == ["Dark mode"]


def test_a_plan_is_a_value_that_can_wait(house, tmp_path):
    jira, notion = house.connect("jira"), house.connect("notion")
    jira.add(Name="Dark mode", Stage="Inbox")
    plan = house.ws.plan()
    assert plan.summary() == "jira/roadmap_item: Create 1 in RoadmapItem."
    assert house.ws.count(RoadmapItem) == 0
    plan.to_json(tmp_path / "plans")
    house.ws.apply(StarPlan.from_json(tmp_path / "plans"))
    assert house.ws.count(RoadmapItem) == 1
    assert names(notion) == []
    second = house.ws.plan()
    assert second.summary() == "notion/roadmap_item: Create 1 in notion."
    assert str(second).startswith("notion/roadmap_item: Create 1 in notion.")
    house.ws.apply(second)
    assert not house.ws.plan()
    assert house.ws.plan().summary() == "Nothing to do."


def test_two_full_sides_are_not_poured_together(house):
    jira, notion = house.connect("jira"), house.connect("notion")
    jira.add(Name="Dark mode", Stage="Inbox", Notes="jira's")
    notion.add(Name="Dark mode", Stage="Inbox", Team="web")
    notion.add(Name="Only here", Stage="Inbox")
    with pytest.raises(GuardError, match="adopt"):
        house.run()
    spoke = house.ws.spokes[1]
    spoke.apply(spoke.sync.adopt("ask", match="title"))
    house.run()
    assert names(jira) == names(notion) == ["Dark mode", "Only here"]
    merged = item(house.ws, "Dark mode")
    assert (merged.description, merged.team) == ("jira's", "web")


def test_the_same_words_as_in_the_model_come_back_as_they_were(house):
    """Nothing and an empty text are one for services; the entity keeps what it had."""
    house.connect("jira")
    mine = house.ws.add(RoadmapItem(title="Dark mode", description="", tags=["a"], custom={"x": [1]}))
    house.run()
    assert house.quiet()
    assert house.ws.get(RoadmapItem, mine.id) == mine
    jira = house.place("jira")
    jira.edit("jira-1", Notes="x")
    house.run()
    jira.edit("jira-1", Notes=None)
    house.run()
    assert house.ws.get(RoadmapItem, mine.id) == mine


def test_what_a_class_forbids_is_told_and_changes_nothing(house):
    jira = house.connect(
        "jira", Mapping(Feedback, text="Name", stars=read_only("Stars")), {"Name": "text", "Stars": "number"}
    )
    jira.add(Name="Good", Stars=5)
    jira.add(Name="Odd", Stars=9)
    house.run()
    assert {(note.text, note.stars) for note in house.ws.all(Feedback)} == {("Good", 5), ("Odd", None)}
    jira.edit("jira-1", Name="What was said never changes")
    house.run()
    assert sorted(note.text for note in house.ws.all(Feedback)) == ["Good", "Odd"]


def test_a_class_of_your_own_can_be_a_hub(house):
    class Wish(BaseModel):
        id: str
        text: str
        votes: int = 0

    class Nameless(BaseModel):
        number: int

    house.ws.register("wish", Wish)
    house.ws.register("nameless", Nameless, key=("number",))
    place = house.connect("forum", Mapping(Wish, text="Text", votes="Votes"), {"Text": "text", "Votes": "number"})
    place.add(Text="Dark mode", Votes=3)
    house.run()
    (wish,) = house.ws.all(Wish)
    assert (wish.text, wish.votes, wish.id[:5]) == ("Dark mode", 3, "wish_")
    with pytest.raises(ConfigError, match="a sync needs an id"):
        house.ws.collection(Nameless)


def test_a_condition_that_fails_is_told_with_its_entity(house):
    house.connect("jira", where=lambda one: one.due.year > 2000)
    house.ws.add(RoadmapItem(title="Dark mode"))
    with pytest.raises(ConfigError, match=r"where= of 'jira' fails for <RoadmapItem .* 'Dark mode'>: AttributeError"):
        house.run()


def test_a_plan_can_be_shown_in_a_notebook(house):
    jira = house.connect("jira")
    jira.add(Name="<b>Dark</b>", Stage="Inbox")
    shown = house.ws.plan()._repr_html_()
    assert "<h4>jira/roadmap_item</h4>" in shown
    assert "<b>Dark" not in shown
    shown = house.ws.preview(ITEMS.on(jira), match="title")._repr_html_()
    assert "&lt;b&gt;Dark" in shown


def test_names_and_directions_are_checked(house):
    house.connect("jira")
    with pytest.raises(ConfigError, match="connected with RoadmapItem already"):
        house.connect("jira")
    with pytest.raises(ConfigError, match="no direction"):
        house.connect("notion", direction="sideways")
    with pytest.raises(ConfigError, match="cannot name a spoke"):
        house.connect("a/b")
    with pytest.raises(ConfigError, match="has no field 'taem'"):
        house.connect("notion", where={"taem": "web"})


def test_another_process_goes_on_where_the_first_stopped(house):
    jira, notion = house.connect("jira"), house.connect("notion")
    jira.add(Name="Dark mode", Stage="Inbox")
    house.run()
    house.ws.close()
    again = House(house.home)
    again.time, again.account = house.time, house.account
    again.connect("notion"), again.connect("jira")  # in another order, too
    assert again.quiet()
    notion.edit("notion-1", Name="Darker mode")
    again.run()
    assert names(jira) == ["Darker mode"]
    again.ws.close()


def test_the_page_prints_what_it_says(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    page = (Path(__file__).parents[2] / "docs" / "star.md").read_text(encoding="utf-8")
    space = {}
    for code in re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE):
        exec(code, space)
    assert capsys.readouterr().out in page


def test_a_star_lives_in_either_database(location):
    """State and entities share one database; neither waits for the other."""
    account = Memory()
    places = [account.collection(name, FIELDS) for name in ("jira", "notion", "airtable")]
    for _ in range(2):  # and is found there by the next process
        with Workspace(location) as ws:
            for place in places:
                ws.connect(place.name, ITEMS.on(place))
            places[0].add(Name="Dark mode", Stage="Inbox")
            ws.run()
            places[1].edit("notion-1", Notes="why")
            places[0].edit("jira-1", Name="Darker mode")
            ws.run()
            assert not ws.run().writes
    assert names(places[2]) == ["Dark mode", "Darker mode"]
    assert row(places[2], "Darker mode").fields["Notes"] == "why"
