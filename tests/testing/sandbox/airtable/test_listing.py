"""Lists, pages, order and filters through pyairtable."""

import pytest


@pytest.fixture
def many(ideas):
    ideas.batch_create([{"Name": f"n{n:03d}", "Votes": n % 7} for n in range(25)])
    return ideas


def names(records):
    return [record["fields"]["Name"] for record in records]


def test_pages_cover_everything_once_and_the_last_has_no_offset(many, endpoint):
    pages = list(many.iterate(page_size=10))
    assert [len(page) for page in pages] == [10, 10, 5]
    assert sorted(names(record for page in pages for record in page)) == [f"n{n:03d}" for n in range(25)]
    assert endpoint.requests("GET", r"/v0/\*/\*") == 3
    assert b'"offset":"itr' in endpoint.log[-2].answer.body
    assert b"offset" not in endpoint.log[-1].answer.body


def test_the_order_is_arbitrary_without_sort_or_view(many):
    assert names(many.all()) != sorted(names(many.all()))
    assert names(many.all(sort=["Name"])) == sorted(names(many.all()))
    assert names(many.all(view="All")) == sorted(names(many.all()))


def test_sort_view_fields_and_max(many):
    loved = many.all(view="Loved", fields=["Votes"])
    votes = [record["fields"]["Votes"] for record in loved]
    assert votes == sorted(votes, reverse=True)
    assert min(votes) == 3
    assert names(many.all(sort=["-Votes", "Name"], max_records=2)) == ["n006", "n013"]
    assert len(many.all(max_records=15, page_size=10)) == 15
    assert set(many.all(fields=["Votes"], max_records=1)[0]["fields"]) == {"Votes"}


def test_an_offset_expires_and_a_bad_one_is_refused(many, clock, refused):
    page = many.api.get(many.urls.records, params={"pageSize": 10})
    assert refused(many.api.get, many.urls.records, params={"offset": "nonsense"})[1]["type"] == "INVALID_OFFSET_VALUE"
    clock.advance(301)
    gone = refused(many.api.get, many.urls.records, params={"offset": page["offset"]})
    assert gone == (422, {"type": "LIST_RECORDS_ITERATOR_NOT_AVAILABLE"})


def test_order_is_fixed_by_the_first_page_and_cells_are_read_when_asked_for(many, hand):
    sweep = many.iterate(page_size=10, sort=["Name"])
    first = next(sweep)
    last = next(record["id"] for record in hand.records() if record["fields"]["Name"] == "n024")
    gone = next(record["id"] for record in hand.records() if record["fields"]["Name"] == "n015")
    hand.edit(last, {"Name": "a first one"})
    hand.remove(gone)
    hand.add({"Name": "too late"})
    rest = names(record for page in sweep for record in page)
    assert names(first) == [f"n{n:03d}" for n in range(10)]
    assert rest[-1] == "a first one"
    assert "n015" not in rest
    assert "too late" not in rest


def test_a_long_question_is_posted(many, endpoint):
    formula = "OR(" + ",".join(f"{{Name}}='n{n:03d}'" for n in range(1500)) + ")"
    assert len(many.all(formula=formula)) == 25
    assert endpoint.requests("POST", r"/v0/\*/\*/listRecords") == 1


@pytest.mark.parametrize(
    ("formula", "found"),
    [
        ("{Name}='n001'", 1),
        ('{Name}="n001"', 1),
        ("Name = 'n001'", 1),
        ("{Votes} = 6", 3),
        ("AND({Votes} >= 5, NOT({Name} = 'n005'))", 5),
        ("OR({Votes} < 1, {Votes} > 5)", 7),
        ("{Votes} != 0", 21),
        ("{Key} = BLANK()", 25),
        ("{Key} = ''", 25),
        ("{Key}", 0),
        ("{Votes} * 2 + 1 = 13", 3),
        ("({Votes} - 1) / 2 = -0.5", 4),
        ("IF({Votes} > 3, TRUE(), FALSE())", 9),
        ("LOWER({Name}) & '!' = 'n001!'", 1),
        ("UPPER({Name}) = 'N001'", 1),
        ("FIND('00', {Name})", 10),
        ("SEARCH('N02', {Name})", 5),
        ("LEN({Name}) = 4", 25),
        ("VALUE({Name}) = 7", 1),
        ("{Broken} = 'x'", 0),  # no value: left out without a word
        ("LAST_MODIFIED_TIME() >= '2026-01-05T09:00:00.000Z'", 25),
        ("IS_AFTER(LAST_MODIFIED_TIME(), '2026-01-05T09:00:00.000Z')", 0),
        ("IS_AFTER(LAST_MODIFIED_TIME(), DATETIME_PARSE('2026-01-05T08:59:59.000Z'))", 25),
        ("LAST_MODIFIED_TIME({Name}) = CREATED_TIME()", 25),
        ("IS_AFTER({Changed}, DATEADD(NOW(), -1, 'hours'))", 25),
        ("{No} = 3", 1),
        ("IS_BEFORE(CREATED_TIME(), '2026-01-06')", 25),
        ("IS_SAME(CREATED_TIME(), '2026-01-05', 'day')", 25),
        ("DATETIME_FORMAT(CREATED_TIME(), 'YYYY-MM-DD HH:mm') = '2026-01-05 09:00'", 25),
    ],
)
def test_formulas(many, formula, found):
    assert len(many.all(formula=formula)) == found


def test_a_formula_by_record_and_field_id(many, hand):
    record = hand.records()[3]["id"]
    assert [found["id"] for found in many.all(formula=f"RECORD_ID()='{record}'")] == [record]
    assert len(many.all(formula=f"{{{hand.field_id('Votes')}}}=6")) == 3


@pytest.mark.parametrize("text", ["it's", 'say "hi"', "back\\slash", "new\nline", "{brace}", "a' OR 1=1 OR 'b"])
def test_quoted_text_finds_itself_and_nothing_else(many, text):
    from pyairtable.formulas import match

    made = many.create({"Name": text})
    assert [record["id"] for record in many.all(formula=match({"Name": text}))] == [made["id"]]


@pytest.mark.parametrize(
    "formula",
    ["{Name", "{Name}=", "FOO({Name})", "{Nope}='x'", "LOWER()", "'open", "1 2", "(" * 300, "1" + "+1" * 5000],
)
def test_a_bad_formula_is_refused(many, refused, formula):
    status, error = refused(many.all, formula=formula)
    assert (status, error["type"]) == (422, "INVALID_FILTER_BY_FORMULA")
    assert error["message"].startswith("The formula for filtering records is invalid: ")


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"view": "Nope"}, "VIEW_NAME_NOT_FOUND"),
        ({"fields": ["Nope"]}, "UNKNOWN_FIELD_NAME"),
        ({"sort": ["Nope"]}, "UNKNOWN_FIELD_NAME"),
        ({"page_size": 101}, "INVALID_REQUEST_UNKNOWN"),
    ],
)
def test_a_bad_question_is_refused(many, refused, options, kind):
    status, error = refused(many.all, **options)
    assert (status, error["type"]) == (422, kind)


def test_comment_counts_come_on_request(many):
    record = many.all(max_records=1)[0]["id"]
    many.add_comment(record, "one")
    listed = many.api.get(many.urls.records, params={"recordMetadata[]": "commentCount"})["records"]
    assert {found["id"]: found["commentCount"] for found in listed}[record] == 1
