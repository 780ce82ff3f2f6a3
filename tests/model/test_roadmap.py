"""Items, objectives and roadmaps: optional horizon and time, comparable ranking, dependencies without rings."""

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from productops.model.dependencies import DependencyCycle
from productops.model.roadmap import (
    Audience,
    ItemStatus,
    KeyResult,
    Objective,
    Roadmap,
    RoadmapItem,
    Snapshot,
    Theme,
    rank_items,
)
from productops.model.roadmap_diff import diff
from productops.model.roadmap_measures import churn, dependency_order, missing_dependencies, on_time
from productops.model.scores import ice, rice
from productops.model.timebox import TimeBucket

SEPTEMBER, OCTOBER = datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC)


def item(title="CSV export", **fields):
    return RoadmapItem(title=title, **fields)


def test_only_the_title_is_required():
    made = item()
    assert (made.status, made.horizon, made.bucket, made.owner, made.description) == (
        ItemStatus.IDEA,
        None,
        None,
        None,
        "",
    )
    assert [name for name, field in RoadmapItem.model_fields.items() if field.is_required()] == ["title"]
    with pytest.raises(ValidationError):
        RoadmapItem(title=" ")
    assert RoadmapItem.model_validate_json(made.model_dump_json(exclude_unset=True)) == made


def test_an_item_goes_through_json_whole():
    made = item(
        bucket=TimeBucket.quarter(2026, 4), due=date(2026, 12, 1), confidence="med", points=3, audience="sales",
        scores={"rice": rice(1, 1, 1, 1, period="month")}, owner={"email": "ada@example.com"}, horizon="next",
    )  # fmt: skip
    assert RoadmapItem.model_validate_json(made.model_dump_json()) == made


@pytest.mark.parametrize(
    ("given", "share"), [(0.3, 0.3), (1, 1), ("low", 0.5), ("med", 0.8), ("medium", 0.8), ("high", 1), (None, None)]
)
def test_confidence_is_a_share_or_a_word(given, share):
    assert item(confidence=given).confidence_share == share


@pytest.mark.parametrize("bad", [80, -0.1, "certain", True, float("nan")])
def test_other_confidence_is_refused(bad):
    with pytest.raises(ValidationError):
        item(confidence=bad)


def test_horizon_and_time_are_independent():
    assert item(horizon="later", due=date(2026, 12, 1)).when == TimeBucket.day(date(2026, 12, 1))
    both = item(due=date(2026, 12, 1), bucket=TimeBucket.quarter(2026, 4))
    assert both.when == TimeBucket.quarter(2026, 4)
    assert item(bucket=TimeBucket.unknown()).when is None


@pytest.mark.parametrize(
    ("fields", "committed"),
    [
        ({}, False),
        ({"status": "planned"}, True),
        ({"horizon": "next"}, True),
        ({"horizon": "later"}, False),
        ({"horizon": "now", "status": "done"}, False),
        ({"horizon": "dropped", "status": "doing"}, False),
    ],
)
def test_what_others_count_on(fields, committed):
    assert item(**fields).committed is committed


def test_key_results():
    assert KeyResult(metric="churn", start=10, target=6, current=7).progress == 0.75
    assert KeyResult(metric="churn", start=10, target=6, current=12).progress == -0.5
    for hole in ("start", "target", "current"):
        assert KeyResult(**{"metric": "m", "start": 1, "target": 2, "current": 2, hole: None}).progress is None
    assert KeyResult(metric="m", start=1, target=1, current=1).progress is None


def test_a_roadmap_prints_itself_and_keeps_ids_apart():
    road = Roadmap(
        title="Shop",
        items=[item(horizon="next"), item("API", horizon="now", due=date(2026, 9, 30)), item("Idea")],
        objectives=[Objective(title="Grow", key_results=[{"metric": "m"}])],
        themes=[Theme(name="Data")],
    )
    assert str(road).splitlines() == [
        "Shop: 3 items",
        "  now: API (idea, 30 Sep 2026)",
        "  next: CSV export (idea)",
        "  no horizon: Idea (idea)",
    ]
    assert Roadmap.model_validate_json(road.model_dump_json()) == road
    assert road.get(road.items[0].id) is road.items[0]
    with pytest.raises(ValidationError, match="more than one item has the id item_1"):
        Roadmap(title="a", items=[item(id="item_1"), item(id="item_1")])


def test_a_snapshot_is_a_copy():
    road = Roadmap(title="Shop", items=[item(id="item_2"), item(id="item_1")])
    kept = road.snapshot(SEPTEMBER)
    road.items[0].title = "changed"
    assert [found.id for found in kept.items] == ["item_1", "item_2"]
    assert kept.get("item_2").title == "CSV export"
    assert kept.get("item_9") is None


def test_ranking_puts_the_unscored_last_and_ties_together():
    def scored(key, reach):
        return item(id=key, scores={"rice": rice(reach, 1, 1, 1, period="month")})

    items = [scored("c", 5), item(id="d"), scored("b", 9), scored("a", 5), scored("e", None)]
    assert [(found.id, found.rank) for found in rank_items(items, "rice")] == [
        ("b", 1), ("a", 2), ("c", 2), ("d", None), ("e", None),
    ]  # fmt: skip
    assert rank_items([item()], "rice")[0].score.warnings == ("the item has no rice score",)
    with pytest.raises(ValueError, match="different method"):
        rank_items([scored("a", 1), item(id="b", scores={"rice": ice(1, 1, 1)})], "rice")


@settings(max_examples=40)
@given(
    st.dictionaries(st.text("abcdef", min_size=1, max_size=2), st.none() | st.integers(0, 3), max_size=8), st.randoms()
)
def test_ranking_does_not_depend_on_the_order_given(reaches, random):
    items = [
        item(id=key, scores={} if reach is None else {"rice": rice(reach, 1, 1, 1, period="month")})
        for key, reach in reaches.items()
    ]
    ranked = rank_items(random.sample(items, len(items)), "rice")
    assert ranked == rank_items(items, "rice")
    assert [found.id for found in ranked] == sorted(
        reaches, key=lambda key: (reaches[key] is None, -(reaches[key] or 0), key)
    )


def test_a_cycle_is_printed():
    ring = [item("App", id="i1", dependencies=["i2"]), item("API", id="i2", dependencies=["i3"]),
            item("Data", id="i3", dependencies=["i1"]), item("Free", id="i4", dependencies=["i1"])]  # fmt: skip
    with pytest.raises(DependencyCycle) as caught:
        dependency_order(ring)
    assert len(caught.value.cycle) == 4
    turns = "'App' (i1) → 'API' (i2) → 'Data' (i3) → " * 2
    assert str(caught.value).removeprefix("these wait for each other in a circle: ").partition("; ")[0] in turns
    with pytest.raises(DependencyCycle, match=r"'Self' \(i9\) → 'Self' \(i9\)"):
        dependency_order([item("Self", id="i9", dependencies=["i9"])])


def test_dependencies_outside_are_told_and_no_hindrance():
    outside = [item(id="i1", dependencies=["elsewhere"])]
    assert dependency_order(outside) == ["i1"]
    assert missing_dependencies(outside) == {"i1": ["elsewhere"]}


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=12))
def test_the_order_respects_every_dependency_or_shows_a_ring(edges):
    needs = {n: sorted({f"i{b}" for a, b in edges if a == n}) for n in range(7)}
    items = [item(id=f"i{n}", dependencies=needs[n]) for n in range(7)]
    try:
        order = dependency_order(items)
    except DependencyCycle as error:
        ring = error.cycle
        assert ring[0] == ring[-1]
        for waiting, awaited in pairwise(ring):
            assert awaited in needs[int(waiting[1:])]
    else:
        assert sorted(order) == [f"i{n}" for n in range(7)]
        assert all(order.index(need) < order.index(f"i{n}") for n in needs for need in needs[n])


def test_churn_worked_number():
    """The domain notes, change log: 12 of 40 committed items changed is 30 %."""
    start = [item(id=f"i{n:02}", horizon="now", bucket=TimeBucket.quarter(2026, 3)) for n in range(40)]
    start += [item(id="idea")]
    end = [found.model_copy(deep=True) for found in start]
    for changed in end[:4]:
        changed.bucket = TimeBucket.quarter(2026, 4)
        changed.horizon = "next"
    for changed in end[4:8]:
        changed.description = "more"
    for changed in end[8:10]:
        changed.status = "dropped"
    end[12].status, end[12].horizon = "done", "done"
    end[13].owner, end[13].title = {"name": "Bo"}, "other"
    end[-1].description = "an idea changes"
    a, b = Snapshot(at=SEPTEMBER, items=start), Snapshot(at=OCTOBER, items=[*end[:10], *end[12:]])
    found = churn(a, diff(a, b))
    assert (found.value, found.part, found.whole) == (0.3, 12, 40)
    assert churn(Snapshot(at=SEPTEMBER), diff(a, b)).value is None


def test_on_time_is_measured_against_the_first_promise():
    quarter = TimeBucket.quarter(2026, 3)
    start = [item(id=f"i{n}", horizon="now", bucket=quarter) for n in range(6)]
    start += [item(id="undated", horizon="now"), item(id="next", horizon="next", bucket=quarter.shift(1))]
    end = [found.model_copy(deep=True) for found in start]
    end[0].delivered_on = date(2026, 9, 30)
    end[1].delivered_on = date(2026, 6, 1)
    end[2].delivered_on, end[2].bucket = date(2026, 10, 1), quarter.shift(1)  # moved, then on time: still late
    end[3].bucket = quarter.shift(1)
    end[4].status = "done"  # nobody knows when
    a, b = Snapshot(at=SEPTEMBER, items=start), Snapshot(at=OCTOBER, items=[e for e in end if e.id != "i5"])
    found = on_time(a, b, as_of=date(2026, 10, 2))
    assert (found.part, found.whole, found.pending, found.ids) == (2, 6, 1, ("i0", "i1"))
    early = on_time(a, a, as_of=date(2026, 9, 1))
    assert (early.value, early.pending) == (None, 7)


def test_an_unknown_audience_is_the_narrowest():
    assert [a.width for a in (Audience.UNKNOWN, Audience.INTERNAL, Audience.EXEC, Audience.SALES, Audience.PUBLIC)] == [
        0, 0, 1, 2, 3,
    ]  # fmt: skip
