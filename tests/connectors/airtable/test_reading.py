from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import BaseModel

from productops.errors import ConfigError, IncompleteListingError, StaleError, UnavailableError
from productops.sdk import Mapping, Option, Unreadable, User
from productops.testing.sandbox.wire import Answer


class Idea(BaseModel):
    title: str
    key: str | None = None


def test_the_schema_has_kinds_options_and_reasons(world):
    schema = world.table().schema()
    kinds = {field.name: field.kind for field in schema.fields}
    assert kinds == {
        "Name": "text", "Notes": "markdown", "Stage": "choice", "Tags": "choices", "Owner": "person",
        "Team": "people", "Due": "date", "Seen": "datetime", "Effort": "number", "Done": "bool", "Parts": "links",
        "Ratio": "other", "No.": "number",
    }  # fmt: skip
    assert [option.name for option in schema.field("Stage").options] == ["Inbox", "Building", "Shipped"]
    assert "formula" in schema.field("Ratio").read_only
    assert schema.field("Name").read_only is None


def test_the_key_field_is_no_column_of_the_users(world):
    with pytest.raises(ConfigError, match="holds the sync's markers"):
        Mapping(Idea, title="Name", key="Sync key").on(world.table()).bind()
    assert Mapping(Idea, title="Name").on(world.table()).bind().field_ids == [world.id("Name")]
    assert world.table(key=None).schema().field("Sync key").kind == "text"


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"key": "Marker"}, "no field 'Marker'.*Add a single line text field named 'Marker'"),
        ({"key": "Stage"}, "singleSelect and cannot hold"),
        ({"view": "Nowhere"}, "no view 'Nowhere'.*'Grid view'"),
    ],
)
def test_what_is_missing_is_named_before_anything_is_written(world, options, why):
    with pytest.raises(ConfigError, match=why):
        world.table(**options).schema()


def test_an_unknown_table_names_those_there_are(world):
    with pytest.raises(ConfigError, match=r"no table 'Nope'.*'Roadmap', 'Other'"):
        world.account.table("Work", "Nope").schema()


def test_names_are_resolved_once_and_renames_change_nothing(world):
    table = world.table(view="Grid view")
    container = table.container
    assert world.hand.id in container
    assert "view=viw" in container
    hand, name = world.hand, world.id("Name")
    hand.add({"Name": "A"})
    hand.rename("Plan")
    hand.rename_field("Sync key", "Marker")
    assert [record.fields[name] for record in table.scan()] == ["A"]
    assert table.schema(refresh=True).field("Name").id == name
    assert table.name == "Plan"
    assert world.account.table("Work", "Plan", key="Marker", view="Grid view").container == container


def test_a_table_made_later_is_found_without_being_asked_to_refresh(world):
    world.table().schema()
    world.hand.rename("Later")
    assert world.account.table("Work", "Later").schema().field("Name")


def test_cells_come_as_plain_values(world):
    rec = world.hand.add(
        {
            "Name": "A", "Notes": "*hi*", "Stage": "Building", "Tags": ["green", "red"],
            "Owner": {"email": "ada@example.com"}, "Due": "2024-02-29", "Seen": "2024-01-01T10:00:00.000Z",
            "Effort": 3, "Done": True, "Sync key": "m-1",
        }
    )  # fmt: skip
    empty = world.hand.add({"Parts": [rec]})
    table = world.table()
    by_id = {record.id: record for record in table.scan()}
    values = {field.name: by_id[rec].fields[field.id] for field in table.schema().fields}
    assert values["Stage"].name == "Building"
    assert {option.name for option in values["Tags"]} == {"red", "green"}
    assert isinstance(values["Owner"], User)
    assert values["Owner"].email == "ada@example.com"
    assert values["Due"] == date(2024, 2, 29)
    assert values["Seen"] == datetime(2024, 1, 1, 10, tzinfo=UTC)
    assert values["Notes"].markdown == "*hi*"
    assert isinstance(values["Ratio"], Unreadable)
    assert values["Done"] is True
    blank = {field.name: by_id[empty].fields[field.id] for field in table.schema().fields}
    assert blank["Parts"] == [rec]
    assert blank["Done"] is False
    assert [blank[name] for name in ("Name", "Notes", "Stage", "Tags", "Owner", "Due", "Effort")] == [None] * 7
    assert by_id[rec].marker == "m-1"
    assert by_id[empty].marker is None
    assert by_id[rec].url == f"https://airtable.com/{world.service.base('Work').id}/{world.hand.id}/{rec}"
    assert by_id[rec].created == datetime(2026, 1, 5, 9, tzinfo=UTC)
    assert by_id[rec].updated is by_id[rec].version is by_id[rec].key is None


def test_only_the_fields_asked_for_travel(build):
    world = build(1)
    name, stage = world.id("Name"), world.id("Stage")
    [record] = world.table().scan(fields=[name, stage])
    assert record.fields.keys() == {name, stage}
    asked = world.endpoint.log[-1].request
    assert asked.params("fields[]") == [name, stage, world.id("Sync key")]
    assert asked.param("returnFieldsByFieldId") == "true"
    [bare] = world.table(key=None).scan(fields=[])
    assert bare.fields == {}
    assert world.endpoint.log[-1].request.params("fields[]") == [name]


def test_a_listing_streams_page_by_page_to_its_end(build):
    world = build(250)
    records = world.table().scan()
    next(records)
    assert world.count("GET") == 1
    assert len({record.id for record in records}) == 249
    assert world.count("GET") == 3


def test_a_scan_since_sees_new_and_edited_rows_only(build):
    world = build(3)
    table = world.table()
    old = sorted(record.id for record in table.scan())
    world.clock.advance(timedelta(hours=1))
    since = world.clock.now()
    world.hand.edit(old[1], {"Effort": 5})
    new = world.hand.add({})
    assert {record.id for record in table.scan(since)} == {old[1], new}
    narrow = world.table(formula="{Effort}=5")
    assert [record.id for record in narrow.scan(since)] == [old[1]]
    assert list(table.scan(world.clock.now() + timedelta(seconds=2))) == []


def test_an_edit_in_the_very_second_of_the_cursor_is_seen(build):
    world = build(1)
    [record] = world.table().scan()
    world.clock.advance(7.9)
    since = world.clock.now()
    world.hand.edit(record.id, {"Effort": 1}, at=since)
    assert [found.id for found in world.table().scan(since)] == [record.id]


def test_view_and_formula_narrow_the_listing_but_not_get(world):
    a, b = world.hand.add({"Name": "A", "Effort": 1}), world.hand.add({"Name": "B"})
    table = world.table(view="Grid view", formula="{Effort}>0")
    assert [record.id for record in table.scan()] == [a]
    assert table.get([a, b, "rec00000000000000"]).keys() == {a, b}


def test_a_long_formula_goes_by_post(world):
    name = "x" * 17_000
    rec = world.hand.add({"Name": name})
    assert [record.id for record in world.table(formula=f"{{Name}}='{name}'").scan()] == [rec]
    assert world.endpoint.requests("POST", r"/v0/\*/\*/listRecords") == 1


def test_get_asks_a_hundred_at_a_time(build):
    world = build(150)
    table = world.table()
    ids = [record.id for record in table.scan()]
    before = world.endpoint.counts.total()
    assert list(table.get(ids, [world.id("Name")])) != []
    assert len(table.get(ids)) == 150
    assert world.endpoint.counts.total() - before == 4
    assert table.get([]) == {}


def test_a_page_that_leads_back_is_an_incomplete_listing(build):
    world = build(250)
    world.fault("GET", "repeated_token", times=None)
    with pytest.raises(IncompleteListingError, match="led back"):
        list(world.table().scan())


def test_a_lost_iterator_is_begun_again_without_repeating_rows(build):
    world = build(250)
    records, seen = world.table().scan(), []
    for record in records:
        seen.append(record.id)
        if len(seen) == 100:
            world.clock.advance(timedelta(minutes=10))
            world.hand.add({"Name": "new"})
    assert len(seen) == len(set(seen)) == 251


def test_an_iterator_lost_again_and_again_ends_as_incomplete(build):
    world = build(250)
    world.service.listings.life = -1.0
    records = world.table().scan()
    assert len({next(records).id for _ in range(100)}) == 100
    with pytest.raises(IncompleteListingError, match="lost its place"):
        list(records)
    assert world.count("GET") == 6


@pytest.mark.parametrize(
    "body",
    [b"[]", b"{}", b'{"records": [{"id": "rec1"}]}', b'{"records": [{"id": "rec1", "fields": {"Name": "by name"}}]}'],
)
def test_rows_without_cells_by_id_are_not_taken_for_emptied_ones(world, monkeypatch, body):
    table = world.table()
    table.schema()
    monkeypatch.setattr(world.service, "handle", lambda *_: Answer(200, {"Content-Type": "application/json"}, body))
    with pytest.raises(IncompleteListingError, match="something else than records"):
        list(table.scan())


def test_a_failing_page_ends_the_scan_with_an_error(build):
    world = build(150)
    world.fault("GET", "error_500", nth=2, times=None)
    records = world.table().scan()
    with pytest.raises(UnavailableError):
        list(records)


def test_html_instead_of_json_is_unavailable_and_nothing_else(build):
    world = build(1)
    table = world.table()
    table.schema()
    world.fault("GET", "login_page", times=None)
    with pytest.raises(UnavailableError, match="web page"):
        list(table.scan())


def test_a_429_waits_out_the_thirty_seconds(build):
    world = build(1)
    table = world.table()
    table.schema()
    world.fault("GET", "rate_limited")
    start = world.clock.now()
    assert len(list(table.scan())) == 1
    assert timedelta(seconds=30) <= world.clock.now() - start <= timedelta(seconds=39)


def test_the_real_limits_are_never_met(build):
    world = build(1000, limits="real")
    assert len(list(world.table().scan())) == 1000
    assert not [each for each in world.endpoint.log if each.answer and each.answer.status == 429]


def test_an_option_renamed_after_the_schema_was_read_keeps_its_id(build):
    world = build(3)
    table, stage = world.table(), world.id("Stage")
    inbox = table.schema().field("Stage").option("Inbox")
    world.hand.rename_option("Stage", "Inbox", "Ideas")
    found = [record.fields[stage] for record in table.scan()]
    assert found == [inbox] * 3
    assert found[0].name == "Ideas"
    assert world.endpoint.requests("GET", "/v0/meta/bases/.*") == 2


def test_an_option_nobody_knows_is_kept_by_name_and_asked_for_once(build, monkeypatch):
    world = build(1)
    table, stage = world.table(), world.id("Stage")
    described = table.account.tables(table.layout().base)
    for field in described[0]["fields"]:
        if field["id"] == stage:
            field["options"]["choices"] = []
    monkeypatch.setattr(world.account, "tables", lambda *_, **__: described)
    for _ in range(2):
        [record] = table.scan()
        assert record.fields[stage] == Option("name:Inbox", "Inbox") or record.fields[stage].id.startswith("sel")
    table.layout(refresh=True)
    [record] = table.scan()
    assert record.fields[stage] == Option("name:Inbox")
    assert record.fields[stage].name == "Inbox"


def test_a_field_removed_after_the_schema_was_read_asks_for_a_new_plan(build):
    world = build(1)
    table = world.table()
    effort = table.schema().field("Effort").id
    world.hand.delete_field("Effort")
    with pytest.raises(StaleError):
        list(table.scan(fields=[effort]))
    table.schema(refresh=True)
    [record] = table.scan(fields=[effort])
    assert record.fields == {}


def test_a_wrong_formula_is_the_users_to_correct(build):
    with pytest.raises(ConfigError, match="formula"):
        list(build(1).table(formula="NOPE(").scan())
