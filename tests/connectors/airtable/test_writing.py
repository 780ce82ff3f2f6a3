from datetime import UTC, date, datetime, timedelta

import pytest

from productops.errors import AccessError, ConfigError, GoneError, RejectedError, UnknownOutcomeError
from productops.sdk import Draft, Option, Patch, RichText, Unreadable, User
from productops.sdk.record import Record


@pytest.fixture
def table(world):
    found = world.table()
    found.schema()
    return found


def draft(world, marker=None, **values):
    return Draft({world.id(name.replace("_", " ")): value for name, value in values.items()}, marker)


def rows(world):
    return [record["fields"] for record in world.hand.records()]


def test_features_say_what_the_key_makes_possible(world):
    keyed, bare = world.table().features, world.table(key=None).features
    assert (keyed.create, keyed.find, keyed.upsert, keyed.marker) == (True, True, True, "field")
    assert (bare.create, bare.find, bare.upsert, bare.marker) == (False, False, False, "none")
    assert bare.update
    assert bare.delete == "trash"


def test_nothing_is_created_without_a_key(world):
    with pytest.raises(ConfigError, match='key="Sync key"'):
        world.table(key=None).create([draft(world, Name="A")])
    with pytest.raises(ConfigError, match='key="Sync key"'):
        world.table(key=None).update([Patch("rec1", {}, "m")])
    with pytest.raises(ConfigError):
        world.table(key=None).find(["m"], world.clock.now())
    assert world.count("POST") == world.count("PATCH") == 0


def test_a_created_record_comes_back_as_stored(world, table):
    stage = table.schema().field("Stage")
    values = {
        "Name": "A", "Notes": "*hi*", "Stage": stage.options[1], "Tags": ["red"], "Done": True,
        "Owner": User("", email="bo@example.com"), "Team": [User(next(iter(world.service.world.users)))],
        "Due": date(2024, 2, 29), "Seen": datetime(2024, 1, 1, 10, 0, 0, 123456, UTC), "Effort": 2.5,
    }  # fmt: skip
    [record] = table.create([draft(world, "m-1", **values)])
    assert isinstance(record, Record)
    assert not record.existed
    assert record.marker == "m-1"
    for name, sent in values.items():
        field = table.schema().field(name)
        assert table.same(field, sent, record.fields[field.id]), name
    [read] = table.scan()
    assert read.fields == record.fields
    assert world.count("PATCH") == 1


def test_drafts_without_a_marker_are_posted(world, table):
    one, two = table.create([draft(world, Name="A"), draft(world, "m-2", Name="B")])
    assert (one.marker, two.marker) == (None, "m-2")
    assert (world.count("POST"), world.count("PATCH")) == (1, 1)


def test_many_drafts_go_ten_at_a_time_and_keep_their_order(world, table):
    made = table.create([draft(world, f"m-{n}", Name=f"Idea {n}") for n in range(23)])
    assert [record.marker for record in made] == [f"m-{n}" for n in range(23)]
    assert world.count("PATCH") == 3


@pytest.mark.parametrize("kind", ["drop_after_commit", "bad_gateway_after", "truncated", "malformed"])
def test_a_lost_answer_is_unknown_and_the_key_alone_finds_the_row(world, table, kind):
    world.fault("PATCH", kind)
    [lost] = table.create([draft(world, "m-1", Name="A")])
    assert isinstance(lost, UnknownOutcomeError)
    assert world.count("PATCH") == 1
    world.hand.edit(world.hand.records()[0]["id"], {"Name": "edited meanwhile"})
    [found] = table.create([Draft({}, "m-1")])
    assert found.existed
    assert found.fields[world.id("Name")] == "edited meanwhile"
    assert len(rows(world)) == 1


def test_a_create_that_arrives_late_makes_no_twin(world, table):
    world.fault("PATCH", "late_commit", seconds=30)
    [lost] = table.create([draft(world, "m-1", Name="A")])
    assert isinstance(lost, UnknownOutcomeError)
    [made] = table.create([Draft({}, "m-1")])
    assert not made.existed
    world.clock.advance(60)
    [row] = rows(world)
    assert (row["Sync key"], row["Name"]) == ("m-1", "A")


@pytest.mark.parametrize("kind", ["drop_before_commit", "login_page", "error_500", "bad_gateway_before"])
def test_a_lost_request_is_unknown_too_and_sent_once(world, table, kind):
    world.fault("POST", kind)
    [lost] = table.create([draft(world, Name="A")])
    assert isinstance(lost, UnknownOutcomeError)
    assert world.count("POST") == 1
    assert rows(world) == []


def test_only_the_rows_of_the_lost_request_are_unknown(world, table):
    world.fault("PATCH", "drop_after_commit", nth=2)
    made = table.create([draft(world, f"m-{n}", Name="x") for n in range(23)])
    assert [isinstance(each, UnknownOutcomeError) for each in made] == [False] * 10 + [True] * 10 + [False] * 3


def test_one_bad_record_does_not_stop_the_rest(world, table):
    drafts = [draft(world, f"m-{n}", Name=f"Idea {n}") for n in range(10)]
    drafts[6] = draft(world, "m-6", Parts=["rec00000000000000"])
    made = table.create(drafts)
    assert isinstance(made[6], RejectedError)
    assert "rec00000000000000" in str(made[6])
    assert [isinstance(each, Record) for each in made].count(True) == 9
    assert len(rows(world)) == 9
    assert world.count("PATCH") == 7  # ten; five, five; two, three; one, one


def test_two_drafts_with_one_marker_are_not_sent_together(world, table):
    one, two = table.create([draft(world, "m-1", Name="A"), draft(world, "m-1", Name="B")])
    assert one.fields[world.id("Name")] == "A"
    assert isinstance(two, RejectedError)
    assert len(rows(world)) == 1


def test_several_rows_with_one_key_are_named(world, table):
    twins = [world.hand.add({"Sync key": "m-1"}) for _ in range(2)]
    refused, made = table.create([draft(world, "m-1", Name="A"), draft(world, "m-2", Name="B")])
    assert isinstance(refused, RejectedError)
    assert all(twin in str(refused) for twin in twins)
    assert "Merge the rows" in refused.remedy
    assert isinstance(made, Record)


def test_what_cannot_be_written_is_refused_without_a_request(world, table):
    strange = table.create(
        [
            draft(world, "m-1", Stage="Nowhere"),
            draft(world, "m-2", Ratio=3),
            Draft({"fldUnknown": 1}, "m-3"),
            Draft({world.id("Sync key"): "mine"}, "m-4"),
            draft(world, "m-5", Name=Unreadable("hidden")),
        ]
    )
    assert all(isinstance(each, RejectedError) for each in strange)
    assert "'Stage'" in str(strange[0])
    assert "'Inbox', 'Building', 'Shipped'" in str(strange[0])
    assert list(strange[1].fields) == ["Ratio"]
    assert world.count("PATCH") == 0


def test_an_option_renamed_after_the_schema_was_read_is_written_under_its_new_name(world, table):
    inbox = table.schema().field("Stage").option("Inbox")
    world.hand.rename_option("Stage", "Inbox", "Ideas")
    made = table.create([draft(world, f"m-{n}", Stage=inbox) for n in range(3)])
    assert [record.fields[world.id("Stage")].name for record in made] == ["Ideas"] * 3
    assert world.count("PATCH") == 2
    assert len(world.service.world.bases[table.layout().base].tables[0].fields[2].choices) == 3


def test_an_option_deleted_after_the_schema_was_read_is_refused_and_never_made(world, table):
    inbox = table.schema().field("Stage").option("Inbox")
    world.hand.delete_option("Stage", "Inbox")
    bad, good = table.create([draft(world, "m-1", Stage=inbox), draft(world, "m-2", Name="B")])
    assert isinstance(bad, RejectedError)
    assert isinstance(good, Record)
    assert "Inbox" not in [option.name for option in table.schema(refresh=True).field("Stage").options]


def test_an_update_touches_the_named_cells_only(world, table):
    rec = world.hand.add({"Name": "A", "Effort": 3, "Stage": "Inbox", "Notes": "x"})
    [record] = table.update([Patch(rec, {world.id("Effort"): 5, world.id("Stage"): None}, "m-1")])
    assert record.marker == "m-1"
    assert record.fields[world.id("Effort")] == 5
    assert world.hand.record(rec)["fields"] == {
        "Name": "A", "Effort": 5, "Notes": "x\n", "Sync key": "m-1", "No.": 1,
        "Ratio": world.hand.record(rec)["fields"]["Ratio"],
    }  # fmt: skip
    assert world.endpoint.log[-1].request.method == "PATCH"
    assert "typecast" not in world.endpoint.log[-1].request.json()
    assert world.count("PUT") == 0


def test_an_emptied_text_reads_as_null(world, table):
    rec = world.hand.add({"Notes": "x"})
    [record] = table.update([Patch(rec, {world.id("Notes"): None})])
    assert record.fields[world.id("Notes")] is None
    assert world.hand.record(rec)["fields"]["Notes"] == "\n"


def test_a_formatted_text_is_recognised_after_writing(world, table):
    rec = world.hand.add({})
    text = RichText("f", lambda: "# A\n\n- b")
    [record] = table.update([Patch(rec, {world.id("Notes"): text})])
    shown = record.fields[world.id("Notes")]
    assert shown.markdown == "# A\n\n- b"
    assert table.same(table.schema().field("Notes"), text, shown)


def test_missing_rows_are_gone_and_the_others_updated(world, table):
    ids = [world.hand.add({"Name": "A"}) for _ in range(10)]
    world.hand.remove(ids[3])
    world.hand.remove(ids[8])
    changed = table.update([Patch(id_, {world.id("Effort"): 1}) for id_ in ids])
    assert [type(each) for each in changed].count(GoneError) == 2
    assert isinstance(changed[3], GoneError)
    assert changed[3].record == ids[3]
    assert sum(row.get("Effort") == 1 for row in rows(world)) == 8
    assert world.count("PATCH") == 2


def test_a_link_to_a_deleted_row_is_not_taken_for_a_deleted_row(world, table):
    one, two = world.hand.add({}), world.hand.add({})
    bad, good = table.update(
        [Patch(one, {world.id("Parts"): ["rec00000000000000"]}), Patch(two, {world.id("Effort"): 1})]
    )
    assert isinstance(bad, RejectedError)
    assert isinstance(good, Record)


def test_a_lost_update_is_unknown_and_sent_once(world, table):
    rec = world.hand.add({})
    world.fault("PATCH", "drop_after_commit")
    [lost] = table.update([Patch(rec, {world.id("Effort"): 1})])
    assert isinstance(lost, UnknownOutcomeError)
    assert lost.record == rec
    assert world.count("PATCH") == 1


def test_two_patches_for_one_record_are_not_sent_together(world, table):
    rec = world.hand.add({})
    one, two = table.update([Patch(rec, {world.id("Effort"): 1}), Patch(rec, {world.id("Effort"): 2})])
    assert one.fields[world.id("Effort")] == 1
    assert isinstance(two, RejectedError)


def test_deleted_rows_go_to_the_trash(world, table):
    ids = [world.hand.add({}) for _ in range(12)]
    world.hand.remove(ids[1])
    results = table.delete(ids)
    assert [at for at, result in enumerate(results) if result is not None] == [1]
    assert isinstance(results[1], GoneError)
    assert sorted(world.hand.trash()) == sorted(ids)
    assert world.count("DELETE") == 3


def test_a_lost_delete_is_unknown(world, table):
    rec = world.hand.add({})
    world.fault("DELETE", "drop_after_commit")
    assert isinstance(table.delete([rec])[0], UnknownOutcomeError)
    assert isinstance(table.delete([rec])[0], GoneError)


def test_find_asks_for_the_exact_marker(world, table):
    nasty = "it's {Name}', \"x\" \\ ="
    rec = world.hand.add({"Sync key": nasty})
    twin = [world.hand.add({"Sync key": "m"}) for _ in range(2)]
    world.hand.add({"Sync key": "M"})
    world.hand.add({"Name": "m"})
    found = table.find([nasty, "m", "absent"], world.clock.now() - timedelta(days=1))
    assert [record.id for record in found[nasty]] == [rec]
    assert sorted(record.id for record in found["m"]) == sorted(twin)
    assert found["absent"] == []


def test_a_formula_that_compares_loosely_finds_nothing_else(world, table, monkeypatch):
    monkeypatch.setattr("productops.connectors.airtable.table.field_is", lambda *_: "TRUE()")
    rec = world.hand.add({"Sync key": "m"})
    world.hand.add({"Sync key": "M"})
    world.hand.add({})
    assert {marker: [row.id for row in rows] for marker, rows in table.find(["m"], world.clock.now()).items()} == {
        "m": [rec]
    }


def test_a_reader_is_told_which_right_is_missing(build):
    world = build(permission="read")
    refused = world.table().create([draft(world, f"m-{n}", Name="A") for n in range(10)])
    assert all(isinstance(each, AccessError) for each in refused)
    assert "data.records:write" in str(refused[0])
    assert world.count("PATCH") == 1


def test_a_refused_create_waits_thirty_seconds_and_is_sent_again(world, table):
    world.fault("PATCH", "rate_limited")
    start = world.clock.now()
    [record] = table.create([draft(world, "m-1", Name="A")])
    assert isinstance(record, Record)
    assert world.clock.now() - start >= timedelta(seconds=30)
    assert len(rows(world)) == 1


def test_a_part_of_a_batch_that_was_done_is_still_unknown(world, table):
    world.fault("PATCH", "partial_batch", keep=2)
    made = table.create([draft(world, f"m-{n}", Name="A") for n in range(4)])
    assert all(isinstance(each, UnknownOutcomeError) for each in made)
    again = table.create([Draft({}, f"m-{n}") for n in range(4)])
    assert [record.existed for record in again] == [True, True, False, False]


def test_a_renamed_option_in_the_answer_is_shown_by_its_id(world, table):
    rec = world.hand.add({"Stage": "Inbox"})
    world.hand.rename_option("Stage", "Inbox", "Ideas")
    [record] = table.update([Patch(rec, {world.id("Effort"): 1})])
    assert isinstance(record.fields[world.id("Stage")], Option)
    assert not record.fields[world.id("Stage")].id.startswith("name:")
