from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyairtable.formulas import quoted as pyairtable_quoted

from productops.connectors.airtable.cells import column, decode_row, reading_of
from productops.connectors.airtable.encoding import encode, same
from productops.connectors.airtable.formulas import both, changed_since, field_is, ids_are, quoted
from productops.sdk import Field, Option, RichText, Unreadable, User
from productops.sdk.values import RefusalError
from productops.testing.sandbox.airtable.formula import parse, references, tokens, unescape

CHOICES = {"choices": [{"id": "sel1", "name": "Inbox"}, {"id": "sel2", "name": "Shipped"}]}
INBOX, SHIPPED = Option("sel1", "Inbox"), Option("sel2", "Shipped")


def make(type_, options=None):
    described = {"id": "fld1", "name": "F", "type": type_}
    return column({**described, "options": options} if options else described, {})


@pytest.mark.parametrize(
    ("type_", "options", "cell", "value"),
    [
        ("singleLineText", None, "a", "a"),
        ("url", None, "https://example.com", "https://example.com"),
        ("percent", None, 0.123, 0.123),
        ("duration", None, 90.5, 90.5),
        ("checkbox", None, True, True),
        ("date", None, "2022-09-05", date(2022, 9, 5)),
        ("dateTime", None, "2022-09-05T07:00:00.000Z", datetime(2022, 9, 5, 7, tzinfo=UTC)),
        ("createdTime", {"result": {"type": "date"}}, "2022-09-05", date(2022, 9, 5)),
        ("singleSelect", CHOICES, "Inbox", INBOX),
        ("multipleSelects", CHOICES, ["Shipped", "Inbox"], [SHIPPED, INBOX]),
        ("singleCollaborator", None, {"id": "usr1", "email": "a@example.com"}, User("usr1")),
        ("multipleCollaborators", None, [{"id": "usr1"}], [User("usr1")]),
        ("multipleRecordLinks", None, ["rec1", "rec2"], ["rec1", "rec2"]),
        ("multipleRecordLinks", None, [{"id": "rec1", "name": "x"}], ["rec1"]),
        ("barcode", None, {"text": "123", "type": "upce"}, "123"),
        ("aiText", None, {"state": "generated", "isStale": False, "value": "hm"}, "hm"),
        ("aiText", None, {"state": "error", "errorType": "unknown"}, Unreadable("Airtable shows unknown")),
        ("formula", {"result": {"type": "number"}}, {"specialValue": "NaN"}, Unreadable("Airtable shows NaN")),
        ("formula", {"result": {"type": "singleLineText"}}, {"error": "#ERROR!"}, Unreadable("Airtable shows #ERROR!")),
        ("rollup", {"result": {"type": "number"}}, 540.5, 540.5),
        ("rollup", {"result": {"type": "number"}}, [1, 2], [1, 2]),
        ("multipleLookupValues", {"result": {"type": "singleSelect", "options": CHOICES}}, ["Inbox"], [INBOX]),
        ("multipleLookupValues", {"result": {"type": "multipleRecordLinks"}}, ["rec1"], ["rec1"]),
        ("button", None, {"label": "Open", "url": None}, {"label": "Open", "url": None}),
        ("hologram", None, {"depth": 3}, {"depth": 3}),
        ("formula", {"isValid": False}, {"error": "#ERROR!"}, Unreadable("Airtable shows #ERROR!")),
    ],
)
def test_every_cell_form_is_read(type_, options, cell, value):
    assert make(type_, options).decode(cell) == value


def test_an_attachment_keeps_no_address():
    files = make("multipleAttachments").decode(
        [{"id": "att1", "url": "https://files.example.com/secret", "filename": "a.png", "thumbnails": {}}]
    )
    assert files == [{"id": "att1", "name": "a.png"}]


def test_a_mention_makes_a_text_lossy_and_the_last_line_break_is_nobodys():
    read = make("richText").decode
    assert read("*a*\n") == read("*a*")
    assert read("a\n") != read("b\n")
    assert read("\n") is None
    assert read("x\n").lossy == ()
    mentioned = read('Ask <airtable:mention id="men1">@Ada</airtable:mention>\n')
    assert (mentioned.lossy, mentioned.markdown) == (("mentions",), "Ask @Ada")


@pytest.mark.parametrize(
    ("type_", "cell"),
    [("singleLineText", {"id": "usr1"}), ("number", "3"), ("checkbox", "yes"), ("date", "soon"), ("dateTime", 3)],
)
def test_a_cell_that_is_not_what_its_type_promises_is_unreadable(type_, cell):
    assert isinstance(make(type_).decode(cell), Unreadable)


def test_a_list_with_an_unreadable_item_is_unreadable_as_a_whole():
    assert isinstance(make("multipleSelects", CHOICES).decode(["Inbox", {"error": "#ERROR!"}]), Unreadable)


def test_an_omitted_cell_is_null_and_an_omitted_checkbox_is_unticked():
    columns = [make("singleLineText"), column({"id": "fld2", "name": "Done", "type": "checkbox"}, {})]
    assert decode_row({each.field.id: reading_of(each) for each in columns}, {}) == {"fld1": None, "fld2": False}


def test_an_unknown_option_is_kept_by_name_and_reported():
    unknown = {}
    described = {"id": "fld1", "name": "F", "type": "singleSelect", "options": CHOICES}
    assert column(described, unknown).decode("Strange").id == "name:Strange"
    assert unknown == {"fld1": {"Strange"}}


@pytest.mark.parametrize("type_", ["formula", "rollup", "count", "autoNumber", "createdBy", "button", "hologram"])
def test_computed_fields_say_why_they_take_nothing(type_):
    found = make(type_)
    assert found.field.read_only
    with pytest.raises(RefusalError, match="cannot be written"):
        encode(found, "x")


@pytest.mark.parametrize(
    ("type_", "value", "cell"),
    [
        ("singleLineText", "a", "a"),
        ("singleLineText", "", None),
        ("richText", RichText("f", lambda: "*a*"), "*a*"),
        ("checkbox", None, False),
        ("number", 3, 3),
        ("rating", 4.0, 4),
        ("date", date(2024, 2, 29), "2024-02-29"),
        ("dateTime", datetime(2024, 1, 1, 1, tzinfo=timezone(timedelta(hours=2))), "2023-12-31T23:00:00.000Z"),
        ("dateTime", date(2024, 1, 1), "2024-01-01T00:00:00.000Z"),
        ("singleSelect", Option("sel1", "an older name"), "Inbox"),
        ("singleSelect", "Shipped", "Shipped"),
        ("multipleSelects", [SHIPPED, "Inbox", SHIPPED], ["Shipped", "Inbox"]),
        ("multipleSelects", [], None),
        ("singleCollaborator", User("usr1"), {"id": "usr1"}),
        ("singleCollaborator", User("", None, "a@example.com"), {"email": "a@example.com"}),
        ("multipleCollaborators", [User("usr1"), User("usr2")], ["usr1", "usr2"]),
        (
            "multipleCollaborators",
            [User("usr1"), User("", email="b@example.com")],
            [{"id": "usr1"}, {"email": "b@example.com"}],
        ),
        ("multipleRecordLinks", "rec1", ["rec1"]),
    ],
)
def test_every_value_is_written_in_its_cell_form(type_, value, cell):
    assert encode(make(type_, CHOICES), value) == cell


@pytest.mark.parametrize(
    ("type_", "value", "why"),
    [
        ("singleSelect", "Strange", "no option 'Strange'; it has 'Inbox', 'Shipped'"),
        ("number", "3", "a number"),
        ("number", float("nan"), "nan"),
        ("number", True, "a number"),
        ("rating", 0, "from 1"),
        ("dateTime", datetime(2024, 1, 1), "zone"),  # noqa: DTZ001 - the zone is what is missing
        ("date", "2024-01-01", "a date"),
        ("singleCollaborator", User(""), "id or an e-mail"),
        ("multipleRecordLinks", ["Idea 1"], "begin with 'rec'"),
        ("singleLineText", 3, "takes text"),
        ("singleLineText", "x" * 100_001, "100,000"),
        ("checkbox", "yes", "true or false"),
        ("singleLineText", Unreadable("hidden"), "unreadable"),
    ],
)
def test_what_airtable_would_refuse_is_refused_before_sending(type_, value, why):
    with pytest.raises(RefusalError, match=why):
        encode(make(type_, CHOICES), value)


@pytest.mark.parametrize(
    ("kind", "sent", "shown", "alike"),
    [
        ("markdown", "a *b*", RichText("x", lambda: "a *b*\n"), True),
        ("markdown", "a", RichText("x", lambda: "b"), False),
        ("markdown", None, None, True),
        ("text", "a\r\nb ", "a\nb", True),
        ("text", "a", None, False),
        ("text", "", None, True),
        ("number", 0.1 + 0.2, 0.3, True),
        ("number", 1, 1.5, False),
        ("number", 0, None, False),
        ("bool", None, False, True),
        ("datetime", datetime(2024, 1, 1, 0, 0, 0, 1999, UTC), datetime(2024, 1, 1, 0, 0, 0, 1000, UTC), True),
        ("datetime", datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 2, tzinfo=UTC), False),
        ("choice", Option("sel1", "Inbox"), Option("sel1", "Renamed"), True),
        ("choice", "Inbox", Option("sel1", "Inbox"), True),
        ("choices", ["Shipped", "Inbox"], [INBOX, SHIPPED], True),
        ("choices", [INBOX], [INBOX, SHIPPED], False),
        ("person", User("", email="A@example.com"), User("usr1", None, "a@example.com"), True),
        ("person", User("usr1"), User("usr2"), False),
        ("people", [User("usr1")], [User("usr1"), User("usr2")], False),
        ("links", ["rec1", "rec2"], ["rec2", "rec1"], True),
    ],
)
def test_our_own_write_is_recognised_in_the_services_spelling(kind, sent, shown, alike):
    assert same(Field("fld1", "F", kind, (INBOX, SHIPPED)), sent, shown) is alike


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.sampled_from("a'\"\\\n\r\t{}(),=%é ")))
def test_no_text_escapes_from_its_quotes(text):
    [(kind, token)] = tokens(quoted(text))
    assert kind == "string"
    assert unescape(token[1:-1]) == text
    assert references(parse(field_is("fld1", [text, text]))) == ["fld1"]
    assert references(parse(ids_are([text]))) == []


@given(st.text(alphabet=st.characters(exclude_characters="\n\r\t")))
@settings(max_examples=50, deadline=None)
def test_quotes_agree_with_pyairtables(text):
    assert quoted(text) == pyairtable_quoted(text)


def test_a_bound_is_a_second_early_and_formulas_are_combined():
    asked = changed_since(datetime(2024, 1, 1, 0, 0, 0, 900_000, UTC))
    assert "'2023-12-31T23:59:59.000Z'" in asked
    assert both(None, None) is None
    assert both("{a}", None) == "{a}"
    assert both("OR({a},{b})", "{c}") == "AND((OR({a},{b})),({c}))"


def test_a_person_whose_name_is_no_text_is_still_that_person():
    owner = column({"id": "fld1", "name": "Owner", "type": "singleCollaborator"}, {})
    found = owner.decode({"id": "usr1", "name": ["Ada"], "email": {"hidden": True}})
    assert (found.id, found.name, found.email) == ("usr1", None, None)
