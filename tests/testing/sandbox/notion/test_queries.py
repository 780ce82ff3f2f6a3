"""Queries: filters, orders, pages, and the end after the cap."""

from datetime import timedelta

import pytest
from notion_client.helpers import collect_paginated_api

from notion_shapes import title_of
from productops.testing.sandbox.endpoint import Endpoint
from productops.testing.sandbox.notion import Notion
from testing.sandbox.notion.conftest import START

ROWS = [
    {"Name": "Alpha", "Stage": "Inbox", "Votes": 1, "Tags": ["api"], "Due": "2026-01-04", "Ready": True, "Key": "k1"},
    {"Name": "beta", "Stage": "Building", "Votes": 2, "Tags": ["api", "mobile"], "Due": "2026-01-05T12:30:00+00:00"},
    {
        "Name": "Gamma",
        "Votes": 30,
        "Owner": "Bo Falk",
        "Theme": ["Speed"],
        "State": "Done",
        "Link": "https://example.com",
    },
]


@pytest.fixture
def ids(ideas):
    ideas.trash("Dark mode")
    return {row["Name"]: ideas.add(row, at=START + timedelta(minutes=n)) for n, row in enumerate(ROWS)}


@pytest.fixture
def names(client, ideas, ids):
    def ask(filter=None, **more):  # noqa: A002
        given = {"filter": filter, **more} if filter is not None else more
        return [title_of(page) for page in client.data_sources.query(ideas.id, **given)["results"]]

    return ask


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ({"property": "Name", "title": {"equals": "alpha"}}, ["Alpha"]),
        ({"property": "Name", "rich_text": {"contains": "et"}}, ["beta"]),
        ({"property": "Name", "title": {"does_not_contain": "a"}}, []),
        ({"property": "Name", "title": {"starts_with": "g"}}, ["Gamma"]),
        ({"property": "Name", "title": {"ends_with": "ta"}}, ["beta"]),
        ({"property": "Key", "rich_text": {"equals": "k1"}}, ["Alpha"]),
        ({"property": "Key", "rich_text": {"is_empty": True}}, ["Gamma", "beta"]),
        ({"property": "Key", "rich_text": {"does_not_equal": "k1"}}, ["Gamma", "beta"]),
        ({"property": "Votes", "number": {"greater_than": 1}}, ["Gamma", "beta"]),
        ({"property": "Votes", "number": {"less_than_or_equal_to": 1}}, ["Alpha"]),
        ({"property": "Votes", "number": {"equals": 2}}, ["beta"]),
        ({"property": "Stage", "select": {"equals": "Inbox"}}, ["Alpha"]),
        ({"property": "Stage", "select": {"is_empty": True}}, ["Gamma"]),
        ({"property": "Stage", "select": {"does_not_equal": "Inbox"}}, ["Gamma", "beta"]),
        ({"property": "State", "status": {"equals": "Open"}}, ["beta", "Alpha"]),
        ({"property": "Tags", "multi_select": {"contains": "mobile"}}, ["beta"]),
        ({"property": "Tags", "multi_select": {"does_not_contain": "api"}}, ["Gamma"]),
        ({"property": "Ready", "checkbox": {"equals": True}}, ["Alpha"]),
        ({"property": "Ready", "checkbox": {"does_not_equal": True}}, ["Gamma", "beta"]),
        ({"property": "Link", "url": {"is_not_empty": True}}, ["Gamma"]),
        ({"property": "Due", "date": {"equals": "2026-01-05"}}, ["beta"]),
        ({"property": "Due", "date": {"equals": "2026-01-05T12:30:45Z"}}, ["beta"]),  # recorded: to the minute
        ({"property": "Due", "date": {"before": "2026-01-05"}}, ["Alpha"]),
        ({"property": "Due", "date": {"on_or_after": "2026-01-04"}}, ["beta", "Alpha"]),
        ({"property": "Due", "date": {"after": "2026-01-04"}}, ["beta"]),
        ({"property": "Due", "date": {"on_or_before": "2026-01-04T00:00:00Z"}}, ["Alpha"]),
        ({"property": "Due", "date": {"past_week": {}}}, ["beta", "Alpha"]),
        ({"property": "Due", "date": {"next_month": {}}}, ["beta"]),
        ({"property": "Due", "date": {"this_week": {}}}, ["beta", "Alpha"]),
        ({"property": "Files", "files": {"is_empty": True}}, ["Gamma", "beta", "Alpha"]),
        ({"property": "Label", "formula": {"string": {"contains": "(30)"}}}, ["Gamma"]),
        ({"property": "Hot", "formula": {"checkbox": {"equals": False}}}, ["Gamma", "beta", "Alpha"]),
        ({"property": "Weight", "rollup": {"number": {"equals": 3}}}, ["Gamma"]),
        ({"property": "Themes said", "rollup": {"any": {"rich_text": {"equals": "Speed"}}}}, ["Gamma"]),
        ({"property": "ID", "unique_id": {"less_than": 3}}, ["Alpha"]),
        ({"timestamp": "created_time", "created_time": {"after": "2026-01-05T09:00:00Z"}}, ["Gamma", "beta"]),
        ({"timestamp": "last_edited_time", "last_edited_time": {"before": "2026-01-05T09:01:00Z"}}, ["Alpha"]),
        # stamps are cut to the minute and compared to the millisecond: an edit at 9:02:20 is not after 9:02:10
        ({"timestamp": "last_edited_time", "last_edited_time": {"on_or_after": "2026-01-05T09:02:10Z"}}, []),
        ({"property": "Made", "created_time": {"equals": "2026-01-05T09:02:00Z"}}, ["Gamma"]),
        ({"and": []}, ["Gamma", "beta", "Alpha"]),
        ({"or": [{"property": "Votes", "number": {"equals": 1}}, {"property": "Votes", "number": {"equals": 30}}]},
         ["Gamma", "Alpha"]),
        ({"and": [{"property": "Votes", "number": {"greater_than": 1}},
                  {"or": [{"property": "Name", "title": {"equals": one}} for one in ("Alpha", "beta")]}]},
         ["beta"]),
    ],
)  # fmt: skip
def test_filters(names, condition, found):
    assert names(condition) == found


def test_filters_by_people_and_pages(names, notion):
    bo = next(one.id for one in notion.world.users.values() if one.name == "Bo Falk")
    assert names({"property": "Owner", "people": {"contains": bo}}) == ["Gamma"]
    assert names({"property": "Owner", "people": {"does_not_contain": bo}}) == ["beta", "Alpha"]
    speed = notion.hands.page("Speed")
    assert names({"property": "Theme", "relation": {"contains": speed.replace("-", "")}}) == ["Gamma"]
    assert names({"property": "Changer", "last_edited_by": {"contains": bo}}) == []


def test_a_property_may_be_named_by_its_id(names, ideas, client):
    key = client.data_sources.retrieve(ideas.id)["properties"]["Votes"]["id"]
    assert names({"property": key, "number": {"equals": 2}}) == ["beta"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"filter": {"property": "Nothing", "number": {"equals": 1}}}, "Could not find property with name or id"),
        ({"filter": {"property": "Votes", "select": {"equals": "x"}}}, "property number does not match filter select"),
        ({"filter": {"property": "Votes", "number": {"contains": 1}}}, "number.contains should be not present"),
        ({"filter": {"property": "Votes", "number": {"equals": "1"}}}, "number.equals should be a number"),
        ({"filter": {"property": "Votes"}}, "should be defined"),
        ({"filter": {"property": "Name", "title": {"is_empty": False}}}, "should be `true`"),
        ({"filter": {"property": "Due", "date": {"equals": "soon"}}}, "a valid ISO 8601 date string"),
        ({"filter": {"property": "Stage", "select": {"equals": "Nowhere"}}}, 'select option "Nowhere" not found'),
        ({"filter": {"property": "Owner", "people": {"contains": "ada"}}}, "a valid uuid"),
        ({"filter": {"timestamp": "created_time", "property": "Made", "created_time": {"equals": "2026-01-01"}}},
         "filter.property should be not present"),
        ({"filter": {"and": [{"or": [{"and": [{"property": "Votes", "number": {"equals": 1}}]}]}]}}, "two levels"),
        ({"filter": []}, "body.filter should be an object"),
        ({"sorts": [{"property": "Nothing"}]}, "Could not find sort property"),
        ({"sorts": [{"property": "Votes", "direction": "up"}]}, "sorts[0].direction"),
        ({"page_size": 101}, "page_size should be ≤ `100`, instead was `101`."),
        ({"page_size": 0}, "≥ `1`"),
        ({"start_cursor": "nonsense"}, "start_cursor provided is invalid"),
        ({"result_type": "x"}, "result_type"),
    ],
)  # fmt: skip
def test_queries_that_make_no_sense(client, ideas, ids, refused, body, said):
    status, code, message = refused(client.data_sources.query, ideas.id, **body)
    assert (status, code) == (400, "validation_error")
    assert said in message


@pytest.mark.parametrize(
    ("sorts", "found"),
    [
        (None, ["Gamma", "beta", "Alpha"]),  # recorded: the newest first
        ([{"property": "Name", "direction": "ascending"}], ["Alpha", "beta", "Gamma"]),
        ([{"property": "Votes", "direction": "descending"}], ["Gamma", "beta", "Alpha"]),
        (
            [{"property": "Stage", "direction": "ascending"}],
            ["Alpha", "beta", "Gamma"],
        ),  # by the order of the options, the empty last
        ([{"property": "Due", "direction": "descending"}], ["beta", "Alpha", "Gamma"]),
        ([{"timestamp": "created_time", "direction": "ascending"}], ["Alpha", "beta", "Gamma"]),
        (
            [{"property": "Ready", "direction": "descending"}, {"property": "Votes", "direction": "ascending"}],
            ["Alpha", "beta", "Gamma"],
        ),
    ],
)
def test_orders(names, sorts, found):
    assert names(**({"sorts": sorts} if sorts else {})) == found


def test_some_properties_only(client, ideas, ids):
    key = client.data_sources.retrieve(ideas.id)["properties"]["Votes"]["id"]
    shown = client.data_sources.query(ideas.id, filter_properties=["title", key])["results"][0]
    assert set(shown["properties"]) == {"Name", "Votes"}
    assert set(client.pages.retrieve(shown["id"], filter_properties=[key])["properties"]) == {"Votes"}


@pytest.fixture(scope="module")
def large():
    """More rows than a query yields, made once."""
    rows = [{"Name": f"{n}", "#": {"created": (START + timedelta(minutes=n)).isoformat()}} for n in range(11_000)]
    return Notion.from_json({"databases": [{"title": "Large", "sources": [{"rows": rows}]}]}, limits=None)


def test_a_query_ends_at_the_cap_and_says_so(client_for, large, clock):
    client = client_for("ntn_sandbox", on=Endpoint(large, clock=clock))
    source = large.source("Large").id
    sorts = [{"timestamp": "created_time", "direction": "ascending"}]
    pages, cursor = [], {}
    while True:
        answer = client.data_sources.query(source, sorts=sorts, **cursor)
        pages += answer["results"]
        assert ("request_status" in answer) == (not answer["has_more"])
        if not answer["has_more"]:
            break
        cursor = {"start_cursor": answer["next_cursor"]}
    assert len({page["id"] for page in pages}) == 10_000
    incomplete = {"type": "incomplete", "incomplete_reason": "query_result_limit_reached"}
    assert answer["request_status"] == incomplete
    # and from the last one on it goes on
    condition = {"timestamp": "created_time", "created_time": {"on_or_after": pages[-1]["created_time"]}}
    answer = client.data_sources.query(source, sorts=sorts, filter=condition)
    assert title_of(answer["results"][0]) == "9999"


def test_a_small_cap_is_met_in_the_middle_of_a_page(client, notion, ideas, ids):
    notion.queries.cap = 2
    answer = client.data_sources.query(ideas.id)
    assert (len(answer["results"]), answer["has_more"], "request_status" in answer) == (2, False, True)


def test_rows_that_move_while_they_are_listed_are_missed(client, ideas, ids):
    """Ordered by the time of the last edit, a row that was listed and is edited makes room for one that is not."""
    sorts = [{"timestamp": "last_edited_time", "direction": "ascending"}]
    first = client.data_sources.query(ideas.id, sorts=sorts, page_size=1)
    ideas.edit("Alpha", {"Votes": 5}, at=START + timedelta(minutes=30))
    rest = client.data_sources.query(ideas.id, sorts=sorts, start_cursor=first["next_cursor"])
    assert [title_of(page) for page in [*first["results"], *rest["results"]]] == ["Alpha", "Gamma", "Alpha"]


def test_what_never_changes_is_an_order_to_rely_on(client, ideas, ids):
    sorts = [{"timestamp": "created_time", "direction": "ascending"}]
    first = client.data_sources.query(ideas.id, sorts=sorts, page_size=1)
    ideas.trash("Alpha")
    rest = client.data_sources.query(ideas.id, sorts=sorts, start_cursor=first["next_cursor"])
    assert [title_of(page) for page in [*first["results"], *rest["results"]]] == ["Alpha", "beta", "Gamma"]


def test_search_is_late_inexact_and_incomplete(client, notion, clock, ideas):
    notion.search_lag = 5.0
    clock.advance(10)
    new = ideas.add({"Name": "Sea view"})
    assert client.search(query="sea")["results"] == []
    clock.advance(6)
    assert [one["id"] for one in client.search(query="Sea nothing")["results"]] == [new]
    notion.unfound.add(new)
    assert client.search(query="sea")["results"] == []
    found = collect_paginated_api(client.search, filter={"property": "object", "value": "data_source"}, page_size=1)
    assert {one["object"] for one in found} == {"data_source"}
    assert len(found) == 2
    pages = client.search(filter={"property": "object", "value": "page"}, sort={"direction": "ascending"})["results"]
    stamps = [one["last_edited_time"] for one in pages]
    assert stamps == sorted(stamps)
