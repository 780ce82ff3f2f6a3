"""Queries and listings: times in the caller's zone, safe composition, pages to the very end."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jira_world import START, World
from productops.connectors.jira.search import check_jql, quoted, since_clause
from productops.errors import ConfigError, IncompleteListingError

Make = Callable[..., World]
BERLIN, LORD_HOWE, TROLL = ZoneInfo("Europe/Berlin"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Antarctica/Troll")


@pytest.mark.parametrize(
    "jql", ["status = Done ORDER BY key", "labels = x order  by created", "a = 1 or (b = 2", "a) or (b", 'a = "b']
)
def test_queries_that_would_change_the_listing_are_refused(jql: str) -> None:
    with pytest.raises(ConfigError, match="jql="):
        check_jql(jql)


@pytest.mark.parametrize("jql", ['summary ~ "order by"', "summary ~ 'a) or (b'", r'summary ~ "a \" (b"', "a in (1, 2)"])
def test_what_stands_in_quotes_is_only_text(jql: str) -> None:
    assert check_jql(f" {jql} ") == jql


def test_no_query() -> None:
    assert check_jql(None) is check_jql("  ") is None
    assert quoted('a\\"b') == '"a\\\\\\"b"'


def moment_of(clause: str, zone: ZoneInfo, fold: int) -> datetime:
    text = clause.removeprefix('updated >= "').removesuffix('"')
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=zone, fold=fold).astimezone(UTC)


@settings(max_examples=200, deadline=None)
@given(
    st.datetimes(datetime(2025, 9, 1), datetime(2026, 12, 1)),  # noqa: DTZ001 - made aware below
    st.sampled_from([BERLIN, LORD_HOWE, TROLL, ZoneInfo("America/Los_Angeles"), ZoneInfo("Asia/Kathmandu")]),
)
def test_a_clause_never_starts_late_however_it_is_read(naive: datetime, zone: ZoneInfo) -> None:
    since = naive.replace(tzinfo=UTC)
    clause = since_clause("updated", since, zone, since)
    for fold in (0, 1):
        meant = moment_of(clause, zone, fold)
        assert meant <= since
        assert since - meant < timedelta(hours=4)  # Troll, in Antarctica, moves its clocks by two hours


@pytest.mark.parametrize(
    ("since", "local"),
    [
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "2026-10-25 01:30"),  # 02:30, the first time
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "2026-10-25 01:30"),  # 02:30, the second time
        (datetime(2026, 10, 25, 2, 30, 59, tzinfo=UTC), "2026-10-25 03:30"),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "2026-03-29 03:00"),
    ],
)
def test_where_clocks_change(since: datetime, local: str) -> None:
    assert since_clause("updated", since, BERLIN, since) == f'updated >= "{local}"'


def test_without_a_zone_minutes_count_back_from_now() -> None:
    clause = since_clause("updated", START - timedelta(minutes=90, seconds=1), None, START)
    assert clause == 'updated >= "-92m"'


def test_nothing_is_missed_when_clocks_are_set_back(make: Make) -> None:
    world = make()
    first = datetime(2026, 10, 25, 0, 15, tzinfo=UTC)
    world.clock.advance(first - START)
    issues = world.issues()
    issues.schema()
    for minutes in range(0, 180, 10):
        world.clock.advance(600)
        since = world.clock.now()
        id_ = world.add(f"At {minutes}")
        assert id_ in {record.id for record in issues.scan(since, ["summary"])}


@pytest.mark.parametrize("knobs", [{}, {"short_pages": 3}, {"short_pages": 1}, {"short_pages": 2, "empty_page": 2}])
@pytest.mark.parametrize("deployment", ["Cloud", "DataCenter"])
def test_a_listing_is_whole_whatever_the_pages(make: Make, deployment: str, knobs: dict[str, int]) -> None:
    world = make(deployment, **knobs)
    ids = [world.add(f"No {number}") for number in range(7)]
    world.add("not a story", type="Bug")
    for since in (None, START):
        assert sorted(record.id for record in world.issues().scan(since, ["summary"])) == ids


@pytest.mark.parametrize("since", [None, START])
def test_a_repeated_token_is_no_end(make: Make, since: datetime | None) -> None:
    world = make(short_pages=2, repeat_token=True)
    for number in range(5):
        world.add(f"No {number}")
    with pytest.raises(IncompleteListingError, match="token"):
        list(world.issues().scan(since, ["summary"]))


def test_rows_that_move_while_a_server_lists_by_offset(make: Make) -> None:
    world = make("DataCenter", short_pages=3)
    ids = [world.add(f"No {number}") for number in range(9)]
    found = []
    for record in world.issues().scan(None, ["summary"]):
        found.append(record.id)
        if len(found) == 3:
            world.site.remove("PROD-1", at=world.clock.now())
            world.site.remove("PROD-2", at=world.clock.now())
    assert set(ids[2:]) <= set(found)
    assert len(found) == len(set(found))


def test_a_query_narrows_and_cannot_widen(world: World) -> None:
    kept = world.add("Kept", {"labels": ["roadmap"]})
    world.add("Other")
    world.add("Elsewhere", {"labels": ["roadmap"]}, project="OPS")
    found = world.issues(jql="labels = roadmap OR labels = x").scan(None, ["summary"])
    assert [record.id for record in found] == [kept]


def test_a_query_that_jira_does_not_understand(either: World) -> None:
    with pytest.raises(ConfigError, match="nonsense") as caught:
        list(either.issues(jql="nonsense = 1").scan())
    assert "does not exist" in str(caught.value.service_message)
