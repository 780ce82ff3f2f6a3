"""Records through the unmodified pyairtable client, on the plug without sockets."""

from datetime import timedelta

import pytest
import requests

COMPUTED = 'Field "No" cannot accept a value because the field is computed'


def test_create_reads_back_every_editable_type(ideas, account):
    theme = account.base("Work").table("Themes").records()[0]["id"]
    given = {
        "Name": "Dark mode",
        "Key": "k1",
        "Stage": "Building",
        "Tags": ["mobile", "api"],
        "Votes": 3,
        "Share": 0.25,
        "Price": 6,
        "Effort": 90.5,
        "Stars": 4,
        "Done": True,
        "Due": "2026-02-01",
        "Theme": [theme],
        "Code": {"text": "A1", "type": "ean13"},
        "Mail": "a@example.com",
        "Long": "one\ntwo",
    }
    read = ideas.get(ideas.create(given)["id"])["fields"]
    assert {name: read[name] for name in given} == given


def test_shapes_of_what_the_service_fills(ideas, account):
    themes = [record["id"] for record in account.base("Work").table("Themes").records()]
    fields = ideas.create({"Name": "x", "Votes": 0, "Price": 2, "Theme": themes})["fields"]
    assert fields["No"] == 1
    assert fields["Label"] == "x1"
    assert fields["PerVote"] == {"specialValue": "Infinity"}
    assert fields["Broken"] == {"error": "#ERROR!"}
    assert fields["Theme weights"] == [3, 4]
    assert fields["Mean weight"] == 3.5
    assert fields["Themes count"] == 2
    assert fields["Created"] == "2026-01-05T09:00:00.000Z"
    assert fields["Author"] == {"id": "usrAdaAdaAdaAda01", "email": "ada@example.com", "name": "Ada Lind"}
    assert fields["Open"] == {"label": "Open", "url": "https://example.com"}
    assert fields["Summary"] == {"state": "empty", "isStale": False, "value": None}


def test_empty_cells_are_omitted(ideas):
    empty = {"Key": "", "Tags": [], "Done": False, "Votes": None, "Watchers": [], "Owner": None, "Code": None}
    assert not set(empty) & set(ideas.create({"Name": "x", **empty})["fields"])
    record = ideas.create({"Name": "y", "Done": True, "Tags": ["api"], "Votes": 1})
    cleared = ideas.update(record["id"], {"Done": False, "Tags": None, "Votes": None})["fields"]
    assert not {"Done", "Tags", "Votes"} & set(cleared)


def test_rich_text_is_rewritten_ends_with_a_newline_and_stays_when_emptied(ideas):
    assert ideas.create({"Notes": "* a\n  + b\n\n"})["fields"]["Notes"] == "- a\n  - b\n"
    record = ideas.create({"Name": "x", "Notes": "# one\n\ntwo"})
    assert record["fields"]["Notes"] == "# one\n\ntwo\n"
    assert ideas.update(record["id"], {"Notes": None})["fields"]["Notes"] == "\n"
    assert "Notes" not in ideas.create({"Name": "y", "Notes": None})["fields"]


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("2026-07-01T10:00", "2026-07-01T08:00:00.000Z"),  # the field's zone is Berlin
        ("2026-01-01T10:00:00", "2026-01-01T09:00:00.000Z"),
        ("2026-07-01T10:00:00Z", "2026-07-01T10:00:00.000Z"),
        ("2026-07-01T10:00:00.250+02:00", "2026-07-01T08:00:00.250Z"),
        (1640520000000, "2021-12-26T12:00:00.000Z"),
    ],
)
def test_a_time_without_an_offset_is_read_in_the_zone_of_the_field(ideas, given, read):
    assert ideas.create({"Meeting": given})["fields"]["Meeting"] == read


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("Name", 5),
        ("Votes", "5"),
        ("Votes", True),
        ("Stars", 0),
        ("Stars", 6),
        ("Stars", 1.5),
        ("Done", "yes"),
        ("Due", "soon"),
        ("Meeting", "soon"),
        ("Stage", 3),
        ("Tags", "api"),
        ("Owner", {"id": "usrNobody"}),
        ("Owner", "ada@example.com"),
        ("Theme", "Speed"),
        ("Theme", ["Speed"]),
        ("Files", [{"id": "attUnknown"}]),
        ("Files", [{"url": "file:///etc/hosts"}]),
        ("Code", "A1"),
        ("Name", "x" * 100_001),
    ],
)
def test_a_value_the_field_cannot_hold_is_refused(ideas, refused, field, value):
    status, error = refused(ideas.create, {field: value})
    assert (status, error["type"]) == (422, "INVALID_VALUE_FOR_COLUMN")
    assert error["message"] == f'Field "{field}" cannot accept the provided value'


@pytest.mark.parametrize(
    "field", ["No", "Label", "Theme weights", "Mean weight", "Created", "Editor", "Open", "Summary"]
)
def test_a_computed_field_refuses(ideas, refused, field):
    status, error = refused(ideas.create, {field: "x"})
    message = f'Field "{field}" cannot accept a value because the field is computed'
    assert (status, error) == (422, {"type": "INVALID_VALUE_FOR_COLUMN", "message": message})


def test_unknown_names_are_refused(ideas, refused):
    assert refused(ideas.create, {"Nope": 1}) == (
        422,
        {"type": "UNKNOWN_FIELD_NAME", "message": 'Unknown field name: "Nope"'},
    )
    assert refused(ideas.create, {"Stage": "Later"}) == (
        422,
        {
            "type": "INVALID_MULTIPLE_CHOICE_OPTIONS",
            "message": 'Insufficient permissions to create new select option ""Later""',
        },
    )
    status, error = refused(ideas.create, {"Theme": ["recAAAAAAAAAAAAAA"]})
    assert (status, error["type"]) == (422, "ROW_DOES_NOT_EXIST")


def test_typecast_reads_text_and_makes_options_and_rows(ideas, account):
    fields = ideas.create(
        {
            "Stage": "Later",
            "Tags": "api, web",
            "Votes": "1,200",
            "Share": "12%",
            "Done": "yes",
            "Theme": "Joy",
            "Due": "?",
        },
        typecast=True,
    )["fields"]
    assert fields["Stage"] == "Later"
    assert fields["Tags"] == ["api", "web"]
    assert (fields["Votes"], fields["Share"], fields["Done"]) == (1200, 0.12, True)
    assert "Due" not in fields
    names = {record["id"]: record["fields"]["Name"] for record in account.base("Work").table("Themes").records()}
    assert [names[record] for record in fields["Theme"]] == ["Joy"]
    assert "Later" in [choice.name for choice in ideas.schema(force=True).field("Stage").options.choices]


def test_a_batch_is_done_whole_or_not_at_all(ideas, hand, refused):
    ideas.create({"Name": "first"})
    batch = [{"Name": "good", "Stage": "New option"}, {"Name": "bad", "No": 40}]
    status, error = refused(ideas.batch_create, batch, typecast=True)
    assert (status, error["message"]) == (422, COMPUTED)
    assert [record["fields"]["Name"] for record in hand.records()] == ["first"]
    assert "New option" not in [choice.name for choice in ideas.schema(force=True).field("Stage").options.choices]
    assert ideas.create({"Name": "next"})["fields"]["No"] == 2  # the failed batch used no number


def test_more_than_ten_are_refused(ideas, refused):
    url = ideas.urls.records
    body = {"records": [{"fields": {"Name": str(n)}} for n in range(11)]}
    status, error = refused(ideas.api.post, url, json=body)
    assert (status, error["type"]) == (422, "INVALID_RECORDS")
    status, error = refused(ideas.api.delete, url, params={"records[]": [f"rec{n:014d}" for n in range(11)]})
    assert (status, error["type"]) == (422, "INVALID_RECORDS")
    assert len(ideas.batch_create([{"Name": str(n)} for n in range(23)])) == 23


def test_patch_merges_and_put_clears(ideas):
    record = ideas.create({"Name": "x", "Key": "k", "Votes": 2, "Notes": "text"})["id"]
    assert ideas.update(record, {"Votes": 3})["fields"]["Key"] == "k"
    replaced = ideas.update(record, {"Votes": 4}, replace=True)["fields"]
    assert replaced["Votes"] == 4
    assert not {"Name", "Key"} & set(replaced)
    assert replaced["Notes"] == "\n"
    batch = ideas.batch_update([{"id": record, "fields": {"Name": "y"}}], replace=True)[0]["fields"]
    assert batch["Name"] == "y"
    assert "Votes" not in batch


def test_upsert_none_one_and_many(ideas, refused):
    made = ideas.batch_upsert([{"fields": {"Key": "k1", "Name": "one"}}], key_fields=["Key"])
    assert (len(made["createdRecords"]), made["updatedRecords"]) == (1, [])
    again = ideas.batch_upsert([{"fields": {"Key": "k1", "Name": "uno"}}], key_fields=["Key"])
    assert (again["createdRecords"], again["updatedRecords"]) == ([], made["createdRecords"])
    assert again["records"][0]["fields"]["Name"] == "uno"
    key_only = ideas.batch_upsert([{"fields": {"Key": "k1"}}], key_fields=["Key"])
    assert key_only["records"][0]["fields"]["Name"] == "uno"
    ideas.create({"Key": "k1", "Name": "twin"})
    both = [{"fields": {"Key": "k2"}}, {"fields": {"Key": "k1", "Name": "x"}}]
    assert refused(ideas.batch_upsert, both, key_fields=["Key"])[0] == 422
    assert sorted(record["fields"]["Name"] for record in ideas.all()) == ["twin", "uno"]


@pytest.mark.parametrize("keys", [["No"], ["Mail"], ["Nope"], ["Name", "Key", "Votes", "Due"]])
def test_upsert_merges_on_few_and_plain_fields_only(ideas, refused, keys):
    body = {"performUpsert": {"fieldsToMergeOn": keys}, "records": [{"fields": dict.fromkeys(keys, "x")}]}
    assert refused(ideas.api.patch, ideas.urls.records, json=body)[0] == 422


def test_upsert_with_one_key_twice_is_refused(ideas, refused):
    twice = [{"fields": {"Key": "k", "Name": name}} for name in "ab"]
    assert refused(ideas.batch_upsert, twice, key_fields=["Key"])[0] == 422
    assert ideas.all() == []


def test_delete_one_and_many_goes_to_the_trash(ideas, hand, refused):
    records = [record["id"] for record in ideas.batch_create([{"Name": name} for name in "abc"])]
    assert ideas.delete(records[0]) == {"id": records[0], "deleted": True}
    assert ideas.batch_delete(records[1:]) == [{"id": record, "deleted": True} for record in records[1:]]
    assert ideas.all() == []
    assert hand.trash() == records
    missing = (404, {"type": "MODEL_ID_NOT_FOUND", "message": "Record not found"})
    assert refused(ideas.get, records[0]) == missing
    assert refused(ideas.delete, records[0]) == missing
    assert refused(ideas.update, records[0], {"Name": "x"}) == missing
    assert refused(ideas.batch_update, [{"id": records[0], "fields": {}}])[1]["type"] == "ROW_DOES_NOT_EXIST"
    hand.restore(records[1])
    assert [record["id"] for record in ideas.all()] == [records[1]]


def test_links_are_kept_on_both_sides(ideas, account, hand):
    themes = account.base("Work").table("Themes")
    speed, trust = (record["id"] for record in themes.records())
    idea = ideas.create({"Name": "x", "Theme": [speed]})["id"]
    assert themes.record(speed)["fields"]["Ideas"] == [idea]
    ideas.update(idea, {"Theme": [trust]})
    assert "Ideas" not in themes.record(speed)["fields"]
    themes.edit(speed, {"Ideas": [idea]})
    assert hand.record(idea)["fields"]["Theme"] == [trust, speed]
    themes.remove(trust)
    assert hand.record(idea)["fields"]["Theme"] == [speed]
    themes.restore(trust)
    assert hand.record(idea)["fields"]["Theme"] == [speed, trust]


def test_last_modified_moves_with_edits_only(ideas, account, hand, clock):
    themes = account.base("Work").table("Themes")
    speed = themes.records()[0]["id"]
    idea = ideas.create({"Name": "x", "Votes": 1, "Theme": [speed]})["id"]
    clock.advance(60)
    themes.edit(speed, {"Weight": 10})
    fields = hand.record(idea)["fields"]
    assert (fields["Theme weights"], fields["Changed"]) == ([10], "2026-01-05T09:00:00.000Z")
    ideas.update(idea, {"Votes": 1})
    assert hand.record(idea)["fields"]["Changed"] == "2026-01-05T09:00:00.000Z"
    hand.edit(idea, {"Votes": 2}, by="bo@example.com")
    fields = hand.record(idea)["fields"]
    assert (fields["Changed"], fields["Name changed"]) == ("2026-01-05T09:01:00.000Z", "2026-01-05T09:00:00.000Z")
    assert fields["Editor"]["name"] == "Bo Falk"
    hand.rename_option("Stage", "Inbox", "New")
    assert hand.record(idea)["fields"]["Changed"] == "2026-01-05T09:01:00.000Z"


def test_people_and_files(ideas, clock):
    record = ideas.create(
        {
            "Owner": {"email": "new@example.com"},
            "Watchers": ["usrAdaAdaAdaAda01", {"id": "usrBoBoBoBoBoBo01"}],
            "Files": [{"url": "https://example.com/a/plan.png?x=1"}],
        }
    )
    fields = record["fields"]
    assert fields["Owner"] == {"id": "usrNewNewNewNew01", "email": "new@example.com"}  # no name before the sign-up
    assert [person["name"] for person in fields["Watchers"]] == ["Ada Lind", "Bo Falk"]
    (first,) = fields["Files"]
    assert (first["filename"], first["type"], set(first["thumbnails"])) == (
        "plan.png",
        "image/png",
        {"small", "large", "full"},
    )
    clock.advance(timedelta(hours=3))
    (later,) = ideas.get(record["id"])["fields"]["Files"]
    assert later["id"] == first["id"]
    assert later["url"] != first["url"]  # addresses expire
    files = ideas.update(record["id"], {"Files": [{"id": first["id"]}, {"url": "https://example.com/b.pdf"}]})[
        "fields"
    ]["Files"]
    assert [file["filename"] for file in files] == ["plan.png", "b.pdf"]


def test_ids_instead_of_names(ideas, hand):
    name, votes = hand.field_id("Name"), hand.field_id("Votes")
    record = ideas.create({name: "x", votes: 5}, use_field_ids=True)
    assert record["fields"][name] == "x"
    assert ideas.get(record["id"], use_field_ids=True)["fields"][votes] == 5
    assert ideas.all(use_field_ids=True, fields=[votes])[0]["fields"] == {votes: 5}
    by_id = ideas.api.table(ideas.base.id, hand.id)
    assert by_id.get(record["id"])["fields"]["Votes"] == 5


def test_a_rename_between_calls(ideas, hand, refused):
    record = ideas.create({"Name": "x", "Stage": "Inbox", "Key": "k"})["id"]
    hand.rename_field("Key", "External id")
    hand.rename_option("Stage", "Inbox", "New")
    fields = ideas.get(record)["fields"]
    assert (fields["External id"], fields["Stage"]) == ("k", "New")
    assert refused(ideas.update, record, {"Key": "z"})[1]["type"] == "UNKNOWN_FIELD_NAME"
    assert refused(ideas.update, record, {"Stage": "Inbox"})[1]["type"] == "INVALID_MULTIPLE_CHOICE_OPTIONS"
    hand.delete_field("External id")
    assert "External id" not in ideas.get(record)["fields"]
    hand.delete_option("Stage", "New")
    assert "Stage" not in ideas.get(record)["fields"]
    hand.rename("Wishes")
    with pytest.raises(requests.HTTPError):
        ideas.get(record)


def test_a_body_that_is_not_json_and_one_too_large(ideas, refused):
    def post(body):
        answer = ideas.api.session.post(str(ideas.urls.records), data=body)
        return answer.status_code, answer.json()["error"]["type"]

    assert post(b"{nope") == (422, "INVALID_REQUEST_BODY")
    assert post(b'{"fields":{"Name":"' + b"x" * 2**21 + b'"}}') == (413, "REQUEST_TOO_LARGE")
    assert post(b"[]")[0] == 422
