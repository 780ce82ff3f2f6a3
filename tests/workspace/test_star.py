"""A star over collections in memory: what each spoke gets, what it does not, and who is named for it."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import BaseModel

from productops import Feedback, Launch, Mapping, RoadmapItem, Sync, Workspace, choice, read_only, ref
from productops.connectors import Memory
from productops.errors import ConfigError, GuardError, MappingError, UnavailableError
from productops.sdk.record import User
from productops.workspace.star import StarPlan

FIELDS = {
    "Name": "text",
    "Notes": "text",
    "Stage": ["Inbox", "Building", "Shipped"],
    "Due": "date",
    "Team": "text",
    "Launch": "link",
}
STAGE = choice("Stage", idea="Inbox", doing="Building", done="Shipped")
ITEMS = Mapping(RoadmapItem, title="Name", description="Notes", status=STAGE, due="Due", team="Team")
ADA, BO = User("1", "Ada Example", "ada@example.com"), User("2", "Bo Example")


class House:
    """A workspace with three services around it, and a clock."""

    def __init__(self, home):
        self.time = datetime(2026, 3, 2, 9, tzinfo=UTC)
        self.home = home
        self.ws = Workspace(home / "product.db", by="me")
        self.account = Memory(now=lambda: self.time)

    def place(self, name, fields=None):
        return self.account.collection(name, fields)

    def connect(self, name, mapping=ITEMS, fields=FIELDS, **options):
        """Connect a table of that name; return it."""
        place = self.place(name, fields)
        self.ws.connect(
            name, mapping.on(place), **{"clock": lambda: self.time, "delete_grace": timedelta(0), **options}
        )
        return place

    def run(self, **options):
        self.time += timedelta(minutes=10)
        return self.ws.run(**options)

    def quiet(self):
        return self.run().writes == 0 and not self.ws.plan()


@pytest.fixture
def house(tmp_path):
    it = House(tmp_path)
    yield it
    it.ws.close()


def names(place):
    return sorted(row.fields["Name"] for row in place.scan())


def row(place, name):
    return next(row for row in place.scan() if row.fields["Name"] == name)


def item(ws, title):
    (found,) = ws.find(RoadmapItem, title=title)
    return found


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
    with pytest.raises(ConfigError, match="no field 'descripton' to hide"):
        house.connect("other", hide="descripton")
    with pytest.raises(MappingError, match="All the fields"):
        house.connect("other", mapping=Mapping(RoadmapItem, title="Name"), hide="title")


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
