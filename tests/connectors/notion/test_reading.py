"""Listings: whole, past the cap, since a moment; reading by id; finding by marker; errors and their repetition."""

from datetime import timedelta

import pytest

from productops.connectors.notion.query import both, by_ids
from productops.connectors.notion.wire import VERSIONS
from productops.errors import (
    ConfigError,
    IncompleteListingError,
    RateLimitedError,
    StaleError,
    UnavailableError,
    UnknownOutcomeError,
)
from productops.sdk.record import Draft, Patch
from productops.testing.sandbox.wire import Answer


def names(records):
    return sorted(record.fields["title"] for record in records)


def test_a_listing_is_read_page_by_page(world):
    for number in range(250):
        world.add(f"Idea {number}")
    assert names(world.source().scan(fields=["title"])) == sorted(f"Idea {n}" for n in range(250))
    assert world.count("POST", ".*/query") == 3


@pytest.mark.parametrize("gap", [20, 61])
def test_pages_past_the_cap_are_all_read(build, gap):
    world = build(cap=120)
    for number in range(1_000):
        world.add(f"Idea {number}")
        world.clock.advance(timedelta(seconds=gap if number % 40 == 0 else 1))
    assert names(world.source().scan(fields=["title"])) == sorted(f"Idea {n}" for n in range(1_000))


def test_more_pages_in_one_minute_than_a_query_shows(build):
    world = build(cap=120)
    for number in range(500):
        world.add(f"Idea {number}")
    world.clock.advance(timedelta(minutes=2))
    world.add("Last")
    assert len(list(world.source().scan(fields=["title"]))) == 501
    world.desk.delete_property("ID")
    with pytest.raises(IncompleteListingError, match='the type "ID"'):
        list(world.source().scan(fields=["title"]))


def test_a_scan_since_a_moment_reads_its_minute_again(world):
    old = world.add("Old")
    world.clock.advance(timedelta(minutes=5))
    since = world.now
    world.clock.advance(timedelta(seconds=20))
    world.add("New")
    made = world.now
    source = world.source()
    assert names(source.scan(since)) == ["New"]
    world.desk.edit(old, {"Name": "Old, edited"})
    assert names(source.scan(made)) == ["New", "Old, edited"]


def test_a_filter_narrows_the_listing(world):
    world.add("In", Stage="Inbox")
    world.add("Out", Stage="Shipped")
    source = world.source(filter={"property": "Stage", "select": {"equals": "Inbox"}})
    assert names(source.scan()) == ["In"]
    assert names(source.scan(world.now)) == ["In"]
    assert "aaaa" in source.container
    assert world.source().container != source.container


def test_filters_stay_within_two_levels():
    def depth(given):
        return max((1 + depth(one) for name in ("and", "or") for one in given.get(name, [])), default=0)

    one, two = {"property": "a"}, {"property": "b"}
    for given in (
        None,
        one,
        {"and": [one, {"or": [one, two]}]},
        {"or": [one, two]},
        {"or": [one, {"and": [one, two]}]},
    ):
        assert depth(both(given, {"timestamp": "x"}, {"timestamp": "y"}) or {}) <= 2


@pytest.mark.parametrize("version", VERSIONS)
def test_trash_is_left_out_of_listings_and_told_by_id(world):
    kept, gone = world.add("Kept"), world.add("Gone")
    source = world.source()
    assert source.delete([gone]) == [None]
    assert source.delete([gone]) == [None]
    assert names(source.scan()) == ["Kept"]
    found = source.get([kept, gone, "00000000-0000-4000-8000-00000000dead"])
    assert {id_: record.trashed for id_, record in found.items()} == {kept: False, gone: True}
    (refused,) = source.update([Patch(gone, {"gggg": 1})])
    assert "trash" in str(refused)
    assert source.restore([gone]) == [None]
    assert names(source.scan()) == ["Gone", "Kept"]


def test_records_are_found_by_their_marker(world):
    source = world.source()
    source.create([Draft({"title": f"Idea {n}"}, f"m{n}") for n in range(30)])
    found = source.find([f"m{n}" for n in range(30)] + ["other"], world.now)
    assert {marker: names(records) for marker, records in found.items() if records} == {
        f"m{n}": [f"Idea {n}"] for n in range(30)
    }
    assert found["other"] == []


def test_a_marker_that_the_search_does_not_show_yet_is_looked_for_by_time(world):
    source = world.source()
    source.create([Draft({"title": "Idea"}, "m")])
    source.marked = lambda key, marker: {"property": key, "rich_text": {"equals": "not indexed yet"}}
    assert names(source.find(["m"], world.now)["m"]) == ["Idea"]


def test_without_a_key_nothing_is_created(world):
    source = world.source(key=None)
    assert not source.features.create
    with pytest.raises(ConfigError, match="Sync key"):
        source.create([Draft({"title": "Idea"})])


def test_only_what_is_asked_for_is_read(world):
    world.add()
    source = world.source()
    (record,) = source.scan(fields=["title", "gggg"])
    assert set(record.fields) == {"title", "gggg"}
    assert world.count("GET", ".*/children") == 0


# --- weather


def test_a_lost_answer_to_a_create_is_unknown_and_not_repeated(world):
    source = world.source()
    world.fault("POST", "/v1/pages", "drop_after_commit")
    (outcome,) = source.create([Draft({"title": "Idea"}, "m")])
    assert isinstance(outcome, UnknownOutcomeError)
    assert len(world.live()) == 1
    assert names(source.find(["m"], world.now)["m"]) == ["Idea"]


@pytest.mark.parametrize("kind", ["bad_gateway_before", "unavailable", "error_500", "malformed", "login_page"])
def test_a_write_with_an_unclear_answer_is_unknown(world, kind):
    source = world.source()
    source.schema()
    world.fault("POST", "/v1/pages", kind)
    (outcome,) = source.create([Draft({"title": "Idea"}, "m")])
    assert isinstance(outcome, UnknownOutcomeError)


class Scripted:
    """Answers that the sandbox has no fault for."""

    def __init__(self, service, path, *answers):
        self.service, self.path, self.answers = service, path, list(answers)
        self.settle = service.settle

    def handle(self, request, now):
        if request.path.startswith(self.path) and self.answers:
            answer = self.answers.pop(0)
            if answer is not None:
                return answer
        return self.service.handle(request, now)


def error(status, code, **headers):
    body = {"object": "error", "status": status, "code": code, "message": "Something.", "request_id": "r-1"}
    return Answer.of(body, status, headers)


def script(world, path, *answers):
    world.endpoint.service = Scripted(world.service, path, *answers)


def test_an_overload_is_waited_for_like_a_limit_also_by_writes(world):
    source = world.source()
    source.schema()
    script(world, "/v1/pages", error(529, "service_overload", **{"Retry-After": "7"}))
    began = world.now
    (made,) = source.create([Draft({"title": "Idea"}, "m")])
    assert made.fields["title"] == "Idea"
    assert world.now - began >= timedelta(seconds=7)
    assert len(world.live()) == 1


def test_a_limit_that_asks_for_more_than_we_wait_is_told(world):
    source = world.source()
    source.schema()
    script(world, "/v1/pages", error(429, "rate_limited", **{"Retry-After": "900"}))
    (outcome,) = source.create([Draft({"title": "Idea"}, "m")])
    assert isinstance(outcome, RateLimitedError)
    assert outcome.retry_after == 900
    assert world.live() == []


def test_a_conflict_while_saving_whole_values_is_tried_again(world):
    page = world.add()
    source = world.source()
    source.schema()
    script(world, f"/v1/pages/{page}", error(409, "conflict_error"), error(409, "conflict_error"))
    (changed,) = source.update([Patch(page, {"gggg": 2})])
    assert changed.fields["gggg"] == 2
    script(world, f"/v1/pages/{page}", *[error(409, "conflict_error")] * 3)
    (refused,) = source.update([Patch(page, {"gggg": 3})])
    assert isinstance(refused, StaleError)


def test_a_conflict_while_creating_is_unknown(world):
    source = world.source()
    source.schema()
    script(world, "/v1/pages", error(409, "conflict_error"))
    (outcome,) = source.create([Draft({"title": "Idea"}, "m")])
    assert isinstance(outcome, UnknownOutcomeError)


def test_web_pages_instead_of_answers(world):
    source = world.source()
    source.schema()
    html = Answer(504, {"Content-Type": "text/html"}, b"<html><body>cloudflare</body></html>")
    script(world, "/v1/data_sources", *[html] * 9)
    with pytest.raises(UnavailableError, match="web page"):
        list(source.scan())


def test_the_request_id_is_told(world):
    source = world.source()
    source.schema()
    script(world, "/v1/pages", error(400, "validation_error", **{"x-notion-request-id": "r-42"}))
    (outcome,) = source.create([Draft({"title": "Idea"}, "m")])
    assert outcome.request_id == "r-42"


def test_a_page_that_leads_back_is_no_end(world):
    for number in range(150):
        world.add(f"Idea {number}")
    source = world.source()
    source.schema()
    first = Answer.of({"results": [], "has_more": True, "next_cursor": "x"})
    script(world, "/v1/data_sources", first, first)
    with pytest.raises(IncompleteListingError):
        list(source.scan())


def test_a_filter_that_notion_refuses_is_a_setting(world):
    source = world.source()
    source.schema()
    body = {"object": "error", "status": 400, "code": "validation_error", "message": "body.filter is wrong"}
    script(world, "/v1/data_sources", Answer.of(body, 400))
    with pytest.raises(ConfigError, match="filter="):
        list(source.scan())


def test_times_and_settling_are_told(world):
    source = world.source()
    source.schema()
    assert source.settle().lag == timedelta(seconds=120) or source.settle().lag == timedelta(seconds=10)
    assert abs(source.server_time() - world.now) < timedelta(seconds=2)


def test_by_ids_resolves_nested_filters(world):
    layout = world.source().layout()
    given = {"and": [{"property": "Notes", "rich_text": {"equals": "x"}}, {"timestamp": "created_time"}]}
    assert by_ids(given, layout)["and"][0]["property"] == "%3FB%3AW"
