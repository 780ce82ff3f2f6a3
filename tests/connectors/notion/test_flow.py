"""Whole syncs between Notion and a service in memory."""

from datetime import timedelta

import pytest

from connectors.notion.conftest import ADA
from connectors.notion.wording import words
from productops import Mapping, RoadmapItem, Sync, choice, markdown, person
from productops.connectors.memory import Memory
from productops.connectors.notion.wire import VERSIONS

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


@pytest.mark.parametrize("version", VERSIONS)
def test_there_and_back(desk):
    for number in range(12):
        desk.memory.add(Title=f"Idea {number}", Text=f"About **{number}**\n\n- one\n- two", Stage="Idea")
    report = desk.run()
    assert (report.created["right"], report.problems) == (12, [])
    desk.quiet()
    pages = {record.fields["title"]: record for record in desk.source.scan()}
    world = desk.world
    world.desk.edit(pages["Idea 3"].id, {"Name": "Idea three"})
    desk.memory.edit("ideas-5", Stage="Done", Due=None)
    report = desk.run()
    assert report.problems == []
    assert desk.memory.rows["ideas-4"].fields["Title"] == "Idea three"
    assert world.value(pages["Idea 4"].id, "Stage")["name"] == "Shipped"
    desk.quiet()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_page_made_in_notion_arrives(desk):
    desk.run()
    page = desk.world.add("From Notion")
    desk.world.write(page, {"type": "paragraph", "paragraph": {"rich_text": words("Hello", bold=True)}})
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
    for name in ("Name", "Stage", "Due", "Sync key"):
        desk.world.desk.rename_property(name, f"{name} (new)")
    desk.world.desk.rename_option("Stage (new)", "Inbox", "Intake")
    desk.quiet()


def test_a_deleted_page_is_noticed_by_a_full_listing_and_its_twin_follows(world, tmp_path):
    desk = Desk(world, tmp_path, full_every=timedelta(0), delete_grace=timedelta(0))
    for number in range(5):
        desk.memory.add(Title=f"Idea {number}")
    desk.run()
    world.desk.trash(world.live()[0])
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
    (page,) = world.live()
    assert world.value(page, "Owner")[0]["id"] == ADA


# --- texts of pages in a sync


def edited_body(desk, page, text):
    """Somebody rewrites a page's first paragraph in Notion."""
    block = desk.world.text(page)[0]
    desk.world.service.hands.rewrite(block["id"], {"paragraph": {"rich_text": [{"text": {"content": text}}]}})


def only_page(desk):
    (page,) = desk.world.live()
    return page


def test_an_edit_beside_a_bookmark_leaves_the_bookmark(desk):
    desk.run()
    page = desk.world.add("Idea")
    bookmark = {"type": "bookmark", "bookmark": {"url": "https://example.com"}}
    texts = [{"type": "paragraph", "paragraph": {"rich_text": words(text, color="red")}} for text in ("one", "two")]
    desk.world.write(page, texts[0], bookmark, texts[1])
    desk.run()
    (row,) = desk.memory.rows.values()
    assert row.fields["Text"].split("\n\n")[::2] == ["one", "two"]
    before = desk.world.text(page)
    desk.memory.edit(row.id, Text=row.fields["Text"].replace("two", "two, edited"))
    report = desk.run()
    assert report.problems == []
    after = desk.world.text(page)
    assert after[:2] == before[:2]
    assert "".join(run["plain_text"] for run in after[2]["paragraph"]["rich_text"]) == "two, edited"
    desk.quiet()


@pytest.mark.parametrize("fault", ["drop_after_commit", "drop_before_commit", "late_commit"])
@pytest.mark.parametrize("path", ["/v1/pages", "/v1/pages/.*", "/v1/blocks/.*"])
def test_a_long_text_arrives_whole_whatever_is_lost_on_the_way(desk, fault, path):
    text = "\n\n".join(f"Paragraph {number}" for number in range(260))
    desk.memory.add(Title="Idea", Text=text)
    desk.world.fault("POST" if path.endswith("pages") else "PATCH", path, fault, times=2)
    for _ in range(6):
        desk.run()
    (record,) = desk.source.scan(fields=["title", "page_body"])
    assert record.fields["page_body"].markdown == text
    assert [each.fields["Text"] for each in desk.memory.rows.values()] == [text]
    assert not desk.sync.conflicts()
    desk.quiet()


@pytest.mark.parametrize("fault", ["drop_after_commit", "drop_before_commit", "late_commit", "bad_gateway_after"])
def test_a_long_edit_arrives_whole_or_is_asked_about(desk, fault):
    desk.memory.add(Title="Idea", Text="one\n\ntwo")
    desk.run()
    desk.quiet()
    text = "one\n\n" + "\n\n".join(f"Paragraph {number}" for number in range(260)) + "\n\ntwo"
    desk.memory.edit("ideas-1", Text=text)
    desk.world.fault("PATCH", "/v1/blocks/.*", fault, nth=2)
    for _ in range(3):
        desk.run()
    assert desk.source.get([only_page(desk)], ["page_body"])[only_page(desk)].fields["page_body"].markdown == text
    assert desk.memory.rows["ideas-1"].fields["Text"] == text
    desk.quiet()


def test_an_edit_in_notion_is_not_overwritten_by_one_elsewhere(desk):
    desk.memory.add(Title="Idea", Text="one\n\ntwo")
    desk.run()
    edited_body(desk, only_page(desk), "one in Notion")
    desk.memory.edit("ideas-1", Text="one elsewhere\n\ntwo")
    desk.run()
    (conflict,) = desk.sync.conflicts()
    assert (conflict.left, conflict.right) == ("one elsewhere\n\ntwo", "one in Notion\n\ntwo")


def test_thirty_links_of_a_page_arrive(world, tmp_path):
    from pydantic import BaseModel

    class Whole(BaseModel):
        title: str
        parts: list[str] = []

    rows = Memory(now=world.clock.now).collection("wholes", {"Title": "text", "Parts": "labels"})
    parts = [world.add(f"Part {number}") for number in range(30)]
    world.add("Whole", Parts=parts)
    source = world.source(filter={"property": "ID", "unique_id": {"greater_than": 30}})
    sync = Sync(
        "wholes",
        left=Mapping(Whole, title="Title", parts="Parts").on(rows),
        right=Mapping(Whole, title="Name", parts="Parts").on(source),
        state=tmp_path / "wholes.db",
        clock=world.clock.now,
    )
    sync.run()
    (row,) = rows.rows.values()
    assert row.fields["Parts"] == parts


def test_a_time_with_seconds_comes_to_rest(world, tmp_path):
    """Notion keeps minutes; what it rounded is no edit."""
    from datetime import datetime

    from pydantic import BaseModel

    class Meeting(BaseModel):
        title: str
        at: datetime | None = None

    rows = Memory(now=world.clock.now).collection("meetings", {"Title": "text", "At": "datetime"})
    rows.add(Title="Review", At=datetime.fromisoformat("2026-06-27T18:01:15.377824+00:00"))
    sync = Sync(
        "meetings",
        left=Mapping(Meeting, title="Title", at="At").on(rows),
        right=Mapping(Meeting, title="Name", at="Due").on(world.source()),
        state=tmp_path / "meetings.db",
        clock=world.clock.now,
    )
    assert sync.run().problems == []
    (page,) = world.live()
    assert world.value(page, "Due")["start"] == "2026-06-27T18:01:00.000+00:00"
    world.clock.advance(timedelta(minutes=10))
    plan = sync.plan()
    assert not plan, str(plan)
    assert rows.rows["meetings-1"].fields["At"].second == 15
    world.desk.edit(page, {"Due": "2026-06-27T18:02:00+00:00"})
    world.clock.advance(timedelta(minutes=10))
    sync.run()
    assert rows.rows["meetings-1"].fields["At"].isoformat() == "2026-06-27T18:02:00+00:00"
