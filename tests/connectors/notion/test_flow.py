"""Whole syncs between Notion and a service in memory."""

from datetime import timedelta

import pytest

from connectors.notion.imitation import words
from productops import Mapping, RoadmapItem, Sync, choice, markdown, person
from productops.connectors.memory import Memory

FIELDS = {"Title": "text", "Text": "markdown", "Stage": ["Idea", "Doing", "Done"], "Due": "date", "Who": "person"}


class Desk:
    """A memory collection, a data source, and a sync between them."""

    def __init__(self, world, home, **options):
        self.world = world
        self.memory = Memory(now=world.clock.now).collection("ideas", FIELDS)
        self.source = world.source()
        here = {
            "title": "Title", "description": markdown("Text"), "due": "Due",
            "status": choice("Stage", idea="Idea", doing="Doing", done="Done"),
        }  # fmt: skip
        there = {
            "title": "Name", "description": markdown("Body"), "due": "Due",
            "status": choice("Stage", idea="Inbox", doing="Building", done="Shipped"),
        }  # fmt: skip
        self.sync = Sync(
            "flow",
            left=Mapping(RoadmapItem, **here).on(self.memory),
            right=Mapping(RoadmapItem, **there).on(self.source),
            **{"state": home / "state.db", "clock": world.clock.now, **options},
        )

    def run(self):
        self.world.clock.advance(timedelta(minutes=10))
        return self.sync.run()

    def quiet(self):
        self.world.clock.advance(timedelta(minutes=10))
        before = self.world.count("PATCH") + self.world.count("POST", "/v1/pages")
        plan = self.sync.plan()
        assert not plan, str(plan)
        self.sync.apply(plan)
        assert self.world.count("PATCH") + self.world.count("POST", "/v1/pages") == before

    def titles(self):
        return sorted(record.fields["Name" if "Name" in record.fields else "title"] for record in self.source.scan())


@pytest.fixture
def desk(world, tmp_path):
    return Desk(world, tmp_path)


def test_there_and_back(desk):
    for number in range(12):
        desk.memory.add(Title=f"Idea {number}", Text=f"About **{number}**\n\n- one\n- two", Stage="Idea")
    report = desk.run()
    assert (report.created["right"], report.problems) == (12, [])
    desk.quiet()
    pages = {record.fields["title"]: record for record in desk.source.scan()}
    world = desk.world
    world.service.edit(pages["Idea 3"].id, world.now, Name=words("Idea three"))
    desk.memory.edit("ideas-5", Stage="Done", Due=None)
    report = desk.run()
    assert report.problems == []
    assert desk.memory.rows["ideas-4"].fields["Title"] == "Idea three"
    assert world.service.value(pages["Idea 4"].id, "Stage")["name"] == "Shipped"
    desk.quiet()


def test_a_page_made_in_notion_arrives(desk):
    desk.run()
    page = desk.world.add("From Notion")
    desk.world.service.write(
        page, desk.world.now, {"type": "paragraph", "paragraph": {"rich_text": words("Hello", bold=True)}}
    )
    desk.run()
    (row,) = desk.memory.rows.values()
    assert (row.fields["Title"], row.fields["Text"]) == ("From Notion", "**Hello**")
    assert desk.source.get([page])[page].marker
    desk.quiet()


@pytest.mark.parametrize(
    "fault", ["drop_after_commit", "drop_before_commit", "late_commit", "bad_gateway_after", "truncated"]
)
def test_a_lost_answer_to_a_create_leaves_exactly_one_page(desk, fault):
    for number in range(3):
        desk.memory.add(Title=f"Idea {number}", Text="text")
    desk.world.fault("POST", "/v1/pages", fault, nth=2)
    desk.run()
    for _ in range(4):
        desk.run()
    assert desk.titles() == ["Idea 0", "Idea 1", "Idea 2"]
    desk.quiet()


def test_a_rename_of_a_property_and_an_option_is_no_change(desk):
    desk.memory.add(Title="Idea", Stage="Idea")
    desk.run()
    for each in desk.world.service.properties.values():
        each["name"] += " (new)"
    desk.world.service.properties["aaaa"]["select"]["options"][0]["name"] = "Intake"
    desk.quiet()


def test_a_deleted_page_is_noticed_by_a_full_listing_and_its_twin_follows(world, tmp_path):
    desk = Desk(world, tmp_path, full_every=timedelta(0), delete_grace=timedelta(0))
    for number in range(5):
        desk.memory.add(Title=f"Idea {number}")
    desk.run()
    world.service.pages[world.service.live()[0]]["trash"] = True
    for _ in range(4):
        desk.run()
    assert sum(record.trashed for record in desk.memory.rows.values()) == 1


def test_people_go_by_their_e_mail(world, tmp_path):
    desk = Desk(world, tmp_path)
    users = Memory(now=world.clock.now).collection("people", {"Title": "text", "Who": "person"})
    from productops.sdk.record import User

    users.add(Title="Idea", Who=User("u-1", "Ada", "ada@example.com"))
    sync = Sync(
        "people",
        left=Mapping(RoadmapItem, title="Title", owner=person("Who")).on(users),
        right=Mapping(RoadmapItem, title="Name", owner=person("Owner")).on(desk.source),
        state=tmp_path / "people.db",
        clock=world.clock.now,
    )
    report = sync.run()
    assert report.problems == []
    (page,) = world.service.live()
    assert world.service.value(page, "Owner")[0]["id"] == "user-ada"
