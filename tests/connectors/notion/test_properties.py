"""Properties: read by their types, written by id, kept where nobody edits them."""

from datetime import UTC, date, datetime

import pytest

from connectors.notion.conftest import ADA, BO, NOTES, PROPERTIES
from connectors.notion.wording import words
from productops.connectors.notion.wire import VERSIONS
from productops.errors import ProductOpsError, RejectedError
from productops.sdk.record import Draft, Patch, User


@pytest.fixture
def every(world):
    """A value for each type that can be written."""
    return {
        "title": "Dark mode",
        NOTES: "some notes",
        "aaaa": world.option("Stage", "Building"),
        "bbbb": world.option("State", "Done"),
        "cccc": [world.option("Tags", "Red"), world.option("Tags", "Green")],
        "dddd": date(2026, 3, 31),
        "eeee": [User(ADA)],
        "gggg": 3.5,
        "hhhh": True,
        "iiii": "https://example.com/a",
        "mmmm": "ada@example.com",
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_every_writable_type_comes_back_as_it_was_sent(world, every):
    source = world.source()
    (made,) = source.create([Draft(every, "m1")])
    assert {name: made.fields[name] for name in every} == every
    (read,) = source.get([made.id]).values()
    assert {name: read.fields[name] for name in every} == every
    assert (read.marker, read.fields["jjjj"]) == ("m1", "RD-1")
    (listed,) = source.scan()
    assert listed.fields == read.fields


def test_null_clears_every_type(world, every):
    source = world.source()
    (made,) = source.create([Draft(every, "m1")])
    (refused,) = source.update([Patch(made.id, dict.fromkeys(every))])
    assert set(refused.fields) == {"State"}, "a status always has a value"
    del every["bbbb"]
    (changed,) = source.update([Patch(made.id, dict.fromkeys(every))])
    empty = {name: changed.fields[name] for name in every}
    assert all(value in (None, [], False) for value in empty.values()), empty


def test_computed_properties_say_why_they_cannot_be_written(world):
    schema = world.source().schema()
    assert "formula" in schema.field("Score").read_only
    page = world.add()
    (refused,) = world.source().update([Patch(page, {"kkkk": 1, "llll": User(ADA)})])
    assert isinstance(refused, RejectedError)
    assert set(refused.fields) == {"Score", "Made by"}
    assert world.count("PATCH") == 0


def test_an_unknown_option_is_refused_and_never_made(world):
    page = world.add()
    (refused,) = world.source().update([Patch(page, {"aaaa": "Misspelt", "cccc": ["Red", "Blue"]})])
    assert isinstance(refused, RejectedError)
    assert "Inbox" in refused.fields["Stage"]
    assert set(refused.fields) == {"Stage", "Tags"}
    assert world.count("PATCH") == 0


def test_a_rename_changes_nothing(world):
    world.add(Stage="Inbox")
    source = world.source()
    before = [record.fields for record in source.scan()]
    option = world.option("Stage", "Inbox")
    for name in PROPERTIES:
        world.desk.rename_property(name, f"New {name}")
    world.desk.rename_option("New Stage", "Inbox", "Intake")
    source.schema(refresh=True)
    assert [record.fields for record in source.scan()] == before
    (made,) = source.create([Draft({"aaaa": option}, "m")])
    assert made.fields["aaaa"] == option


def test_the_key_is_no_field(world):
    from productops.errors import ConfigError

    with pytest.raises(ConfigError, match="markers"):
        world.source().schema().field("Sync key")
    with pytest.raises(ConfigError, match="no property 'Nope'"):
        world.source(key="Nope").schema()
    with pytest.raises(ConfigError, match="is number"):
        world.source(key="Effort").schema()


# --- lists that a page shows only the beginning of


def test_thirty_relations_are_read_whole_and_survive_an_edit(world):
    parts = [world.add(f"Part {n}") for n in range(30)]
    page = world.add("Whole", Parts=parts)
    source = world.source()
    found = next(record for record in source.scan(fields=["title", "ffff"]) if record.id == page)
    assert found.fields["ffff"] == parts
    (changed,) = source.update([Patch(page, {"ffff": found.fields["ffff"][1:]})])
    assert changed.fields["ffff"] == parts[1:]
    assert world.source().get([page])[page].fields["ffff"] == parts[1:]


def test_more_links_than_one_request_takes_are_refused(world):
    page = world.add()
    (refused,) = world.source().update([Patch(page, {"ffff": [f"p{n}" for n in range(101)]})])
    assert isinstance(refused, RejectedError)


def test_thirty_people_are_read_whole(build):
    people = [{"name": f"Person {number}", "email": f"p{number}@example.com"} for number in range(30)]
    world = build(people=people)
    page = world.add(Owner=[one["email"] for one in people])
    assert len(world.source().get([page])[page].fields["eeee"]) == 30


# --- dates


def day(start, end=None, zone=None):
    return {"start": start, "end": end, "time_zone": zone}


def test_a_time_keeps_its_offset_and_a_date_has_none(world):
    source = world.source()
    page = world.add(Due=day("2024-11-25T14:08:00.000+01:00"))
    assert source.get([page])[page].fields["dddd"] == datetime(2024, 11, 25, 13, 8, tzinfo=UTC)
    source.update([Patch(page, {"dddd": datetime(2024, 11, 26, 13, 8, tzinfo=UTC)})])
    assert world.value(page, "Due") == day("2024-11-26T14:08:00.000+01:00")
    source.update([Patch(page, {"dddd": date(2024, 11, 26)})])
    assert world.value(page, "Due") == day("2024-11-26")


@pytest.mark.parametrize(
    ("start", "end"), [("2026-02-01", "2026-02-20"), ("2026-02-10", "2026-02-20"), ("2026-03-01", "2026-03-11")]
)
def test_the_end_of_a_range_is_never_wiped(world, start, end):
    page = world.add(Due=day("2026-02-10", "2026-02-20"))
    source = world.source()
    (changed,) = source.update([Patch(page, {"dddd": date.fromisoformat(start)})])
    assert world.value(page, "Due") == day(start, end)
    assert changed.fields["dddd/end"] == date.fromisoformat(end)


def test_a_read_of_something_else_is_no_reason_to_lose_the_end(world):
    page = world.add(Due=day("2026-02-10", "2026-02-20"))
    source = world.source()
    source.get([page], ["title"])
    source.update([Patch(page, {"dddd": date(2026, 2, 11)})])
    assert world.value(page, "Due") == day("2026-02-11", "2026-02-20")


def test_clearing_a_range_is_refused_unless_its_end_is_cleared_too(world):
    page = world.add(Due=day("2026-02-10", "2026-02-20"))
    source = world.source()
    (refused,) = source.update([Patch(page, {"dddd": None})])
    assert isinstance(refused, RejectedError)
    (cleared,) = source.update([Patch(page, {"dddd": None, "dddd/end": None})])
    assert cleared.fields["dddd"] is None
    assert world.value(page, "Due") is None


def test_both_ends_of_a_range_can_be_written(world):
    source = world.source()
    (made,) = source.create([Draft({"dddd": date(2026, 1, 1), "dddd/end": date(2026, 1, 5)}, "m")])
    assert world.value(made.id, "Due") == day("2026-01-01", "2026-01-05")
    assert source.schema().field("Due (end)").id == "dddd/end"


# --- people


def test_a_person_is_written_by_e_mail_where_the_token_may_look(world):
    source = world.source()
    (made,) = source.create([Draft({"eeee": [User("", email="Bo@example.com")]}, "m")])
    assert [one.id for one in made.fields["eeee"]] == [BO]
    (refused,) = source.create([Draft({"eeee": [User("", email="who@example.com")]}, "m2")])
    assert "who@example.com" in refused.fields["Owner"]


def test_without_the_right_to_see_people_nobody_is_listed(world):
    world.fault("GET", "/v1/users", "forbidden", times=None)
    assert list(world.source().people()) == []
    assert world.account.check().ok


# --- text


def test_an_edit_of_a_text_leaves_the_formatting_around_it(world):
    mention = {"type": "mention", "mention": {"type": "user", "user": {"object": "user", "id": ADA}}}
    runs = [*words("Ask "), {**mention, "plain_text": "@Ada Example"}, *words(" about it", bold=True)]
    page = world.add(Notes=[{**run} for run in runs])
    source = world.source()
    source.update([Patch(page, {NOTES: "Ask @Ada Example about that"})])
    shown = world.value(page, "Notes")
    assert [run["plain_text"] for run in shown][:3] == ["Ask ", "@Ada Example", " about "]
    assert shown[1]["mention"]["user"]["id"] == ADA
    assert shown[2]["annotations"]["bold"]


def test_long_text_is_cut_into_runs(world):
    long = "𝒳y" * 3_000
    (made,) = world.source().create([Draft({NOTES: long}, "m")])
    sent = world.endpoint.log[-1].request.json()["properties"][NOTES]["rich_text"]
    assert all(len(run["text"]["content"].encode("utf-16-le")) // 2 <= 2000 for run in sent)
    assert made.fields[NOTES] == long


def test_a_text_property_may_be_read_as_markdown(world):
    source = world.source(formatted=["Notes"])
    (made,) = source.create([Draft({NOTES: "a **b** and [c](https://example.com)"}, "m")])
    assert made.fields[NOTES].markdown == "a **b** and [c](https://example.com)"
    assert source.schema().field("Notes").kind == "markdown"


def test_a_retyped_property_is_unreadable_not_empty(world):
    page = world.add()
    source = world.source()
    source.schema()
    world.account.client.data_sources.update(world.desk.id, properties={"Effort": {"url": {}}})
    (record,) = source.get([page]).values()
    assert "url now" in record.fields["gggg"].reason


def test_outcomes_are_errors_of_the_library(world):
    (gone,) = world.source().update([Patch("00000000-0000-4000-8000-00000000dead", {"gggg": 1})])
    assert isinstance(gone, ProductOpsError)
