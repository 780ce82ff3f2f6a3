"""Tokens, limits, metadata, comments and seeds."""

import copy

import pytest
from pyairtable.models.schema import UnknownFieldSchema

from productops.testing.sandbox.airtable import Airtable, SeedError
from productops.testing.sandbox.endpoint import Endpoint
from productops.testing.sandbox.wire import Request

NOT_ALLOWED = "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND"


def test_tokens_open_what_they_should(api_for, ideas, refused):
    app = ideas.base.id
    assert refused(api_for("patWrong").whoami) == (
        401,
        {"type": "AUTHENTICATION_REQUIRED", "message": "Authentication required"},
    )
    status, error = refused(api_for("patReader").table(app, "Ideas").create, {"Name": "x"})
    assert (status, error["type"]) == (403, "INVALID_PERMISSIONS")
    assert error["message"].startswith("You are not permitted to create records in table Ideas (tbl")
    assert api_for("patReader").table(app, "Ideas").all() == []
    assert refused(api_for("patElsewhere").table(app, "Ideas").all)[1]["type"] == NOT_ALLOWED
    assert [base.name for base in api_for("patElsewhere").bases()] == ["Other"]
    assert refused(api_for("patNarrow").table(app, "Ideas").create, {"Name": "x"})[0] == 403
    assert refused(api_for("patNarrow").base(app).schema)[0] == 403
    assert "email" not in api_for("patNarrow").whoami()


def test_unknown_places(api_for, ideas, refused):
    app = ideas.base.id
    assert refused(api_for().table(app, "Nope").all)[0] == 403
    assert refused(api_for().table("appNoSuchBaseAtAl", "Ideas").all)[0] == 403
    assert refused(api_for().get, "https://api.airtable.com/v0/meta/bases/junk/tables") == (404, "NOT_FOUND")
    assert refused(api_for().get, "https://api.airtable.com/v1/x/y") == (404, "NOT_FOUND")
    assert refused(ideas.get, "nonsense") == (404, "NOT_FOUND")


def test_names_with_slashes_and_emoji_are_one_segment(ideas, hand, api_for):
    hand.rename("In/Out 🚀 %41")
    table = api_for().table(ideas.base.id, "In/Out 🚀 %41")
    assert table.get(table.create({"Name": "x"})["id"])["fields"]["Name"] == "x"


@pytest.fixture
def limited(seed, clock):
    return Airtable.from_json(seed, clock=clock)


def test_the_sixth_request_in_a_second_locks_the_base_for_thirty(limited, clock, api_for, refused, ideas):
    endpoint = Endpoint(limited, clock=clock)
    table = api_for(endpoint=endpoint).table(ideas.base.id, "Ideas")
    other = api_for("patElsewhere", endpoint=endpoint)
    for _ in range(4):
        table.all()
    assert refused(table.get, "recAAAAAAAAAAAAAA")[0] == 404  # a refused call counts too
    assert refused(table.all) == (
        429,
        {"type": "RATE_LIMIT_REACHED", "message": "Rate limit exceeded. Please try again later"},
    )
    assert "Retry-After" not in endpoint.log[-1].answer.headers
    clock.advance(29)
    assert refused(table.all)[0] == 429
    assert other.table(other.bases()[0].id, "Notes").all() == []  # another base is open
    clock.advance(1.1)
    assert table.all() == []


def test_five_a_second_go_on_for_ever(limited, clock, api_for, ideas):
    table = api_for(endpoint=Endpoint(limited, clock=clock)).table(ideas.base.id, "Ideas")
    for _ in range(30):
        table.all()
        clock.advance(0.2)


def test_fifty_a_second_and_token(limited, clock):
    who = Request("GET", "/v0/meta/whoami", headers={"authorization": "Bearer patAda"})
    assert [limited.handle(who, clock.now()).status for _ in range(51)] == [200] * 50 + [429]


def test_limits_can_be_milder(seed, clock):
    account = Airtable.from_json(seed, clock=clock, limits=10)
    assert account.requests_per_second == 50
    assert account.limits.penalty.total_seconds() == 3
    with pytest.raises(ValueError, match="above 0"):
        Airtable(limits=0)


def test_the_client_understands_every_field(ideas):
    schema = ideas.schema()
    assert [field.type for field in schema.fields][:5] == [
        "singleLineText",
        "singleLineText",
        "richText",
        "singleSelect",
        "multipleSelects",
    ]
    assert [field.name for field in schema.fields if type(field) is UnknownFieldSchema] == []
    assert schema.field("Theme").options.inverse_link_field_id
    assert schema.field("Theme weights").options.record_link_field_id == schema.field("Theme").id


def test_tables_and_fields_are_created_and_renamed(api_for, ideas, refused):
    base = api_for().base(ideas.base.id)
    table = base.create_table("Launches", [{"name": "Name", "type": "singleLineText"}], description="What goes out")
    field = table.create_field("Stage", "singleSelect", options={"choices": [{"name": "Soon"}]})
    assert table.create({"Name": "x", "Stage": "Soon"})["fields"]["Stage"] == "Soon"
    link = table.create_field("Ideas", "multipleRecordLinks", options={"linkedTableId": ideas.schema().id})
    back = ideas.schema(force=True).field(link.options.inverse_link_field_id)
    assert back.name == "Launches"
    field.name = "Phase"
    field.save()
    assert table.all()[0]["fields"]["Phase"] == "Soon"
    assert refused(table.create_field, "Phase", "checkbox")[1]["type"] == "DUPLICATE_OR_EMPTY_FIELD_NAME"
    assert refused(table.create_field, "Sum", "formula")[1]["type"] == "UNSUPPORTED_FIELD_TYPE_FOR_CREATE"
    assert base.schema(force=True).table("Launches").description == "What goes out"


def test_comments(ideas, api_for, refused, clock):
    record = ideas.create({"Name": "x"})["id"]
    mine = ideas.add_comment(record, "Ask @[usrBoBoBoBoBoBo01]")
    assert mine.mentioned["usrBoBoBoBoBoBo01"].display_name == "Bo Falk"
    clock.advance(5)
    mine.text = "Never mind"
    mine.save()
    theirs = api_for("patReader").table(ideas.base.id, "Ideas").add_comment(record, "Hello")
    assert [comment.text for comment in ideas.comments(record)] == ["Hello", "Never mind"]
    theirs_seen = ideas.comments(record)[0]
    theirs_seen.text = "Edited"
    assert refused(theirs_seen.save)[0] == 403
    assert theirs.author.email == "bo@example.com"
    mine.delete()
    assert len(ideas.comments(record)) == 1


def place(data, *path):
    for key in path:
        data = data[key]
    return data


@pytest.mark.parametrize(
    ("path", "key", "value", "message"),
    [
        ((), "base", [], "not ['base']"),
        (("bases", 0), "name", "", "bases[0].name: a text is expected"),
        (
            ("bases", 0, "tables", 0, "fields", 1),
            "type",
            "text",
            "bases[0].tables[0].fields[1].type: unknown type 'text'",
        ),
        (("bases", 0, "tables", 0, "fields", 1), "name", "Name", "a second field 'Name'"),
        (("bases", 0, "tables", 1), "name", "Ideas", "a second table 'Ideas'"),
        (("bases", 0, "tables", 0, "fields", 15, "options"), "linkedTable", "X", "Theme: a link needs linkedTable"),
        (("bases", 0, "tables", 0, "fields", 24, "options"), "field", "X", "Theme weights: `field` names a field"),
        (("bases", 0, "tables", 0, "fields", 24, "options"), "link", "Name", "Theme weights: `link` names a link"),
        (("bases", 0, "tables", 0, "fields", 21, "options"), "formula", "{Name", "fields[21].options.formula: "),
        (
            ("bases", 0, "tables", 0),
            "records",
            [{"fields": {"X": 1}}],
            "records[0].fields['X']: Ideas has no such field",
        ),
        (("bases", 0, "tables", 0), "records", [{"fields": {"Votes": "1"}}], "records[0].fields['Votes']: Field"),
        (("bases", 0, "tables", 0), "records", [{"Name": "x"}], "not ['Name']"),
        (("bases", 0, "tables", 0), "records", [{"fields": {"Theme": ["X"]}}], "no record 'X' in Themes"),
        (("bases", 0, "tables", 0, "views", 1), "formula", "{X}", "views[1].formula: Ideas has no field 'X'"),
        (("bases", 0, "tables", 0, "fields", 12, "options"), "timeZone", "Mars", "options.timeZone: no zone 'Mars'"),
        (("bases", 0, "tables", 0), "records", {}, "records: a list is expected"),
        (("tokens", "patAda"), "user", "x@example.com", "tokens[patA…].user: no user 'x@example.com'"),
        (("tokens", "patAda"), "bases", ["X"], "no base 'X'"),
    ],
)
def test_a_mistake_in_a_seed_is_named_with_its_place(seed, path, key, value, message):
    place(seed, *path)[key] = value
    if value == {}:
        value = place(seed, *path)[key] = {"a": 1}
    with pytest.raises(SeedError) as caught:
        Airtable.from_json(seed)
    assert message in str(caught.value)


def test_a_seed_with_links_by_name_and_given_times(seed):
    seed["bases"][0]["tables"][0]["records"] = [
        {
            "id": "recSeedSeedSeed01",
            "createdTime": "2025-12-01T10:00:00.000Z",
            "number": 7,
            "fields": {
                "Name": "x",
                "Theme": ["Trust"],
                "Summary": {"state": "generated", "isStale": False, "value": "s"},
            },
        }
    ]
    hand = Airtable.from_json(seed).base("Work").table("Ideas")
    (record,) = hand.records()
    assert record["createdTime"] == "2025-12-01T10:00:00.000Z"
    fields = record["fields"]
    assert (fields["No"], fields["Theme weights"], fields["Summary"]["value"]) == (7, [4], "s")
    assert hand.record(hand.add({"Name": "y"}))["fields"]["No"] == 8


def test_people_make_mistakes_too(hand):
    with pytest.raises(KeyError, match="no field 'Nope'"):
        hand.add({"Nope": 1})
    with pytest.raises(ValueError, match="computed"):
        hand.add({"No": 1})
    with pytest.raises(KeyError, match="no record"):
        hand.edit("recX", {})
    assert hand.records() == []


def test_an_account_can_be_copied(account, hand):
    hand.add({"Name": "x"})
    twin = copy.deepcopy(account)
    hand.add({"Name": "y"})
    assert len(twin.base("Work").table("Ideas").records()) == 1


def test_the_same_seed_gives_the_same_ids(seed):
    first, second = (Airtable.from_json(copy.deepcopy(seed)) for _ in range(2))
    ids = [account.base("Work").table("Ideas").add({"Name": "x"}) for account in (first, second)]
    assert ids[0] == ids[1]
