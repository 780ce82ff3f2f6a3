"""Nothing private survives in what sales and the public get to see."""

import re
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from productops.model.audience import POLICIES, ViewPolicy, coarsen, view, view_changes
from productops.model.roadmap import RoadmapItem, Snapshot, Theme
from productops.model.scores import rice
from productops.model.timebox import FINENESS, Precision, TimeBucket

A_DAY, B_DAY = datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC)
SECRET = "SECRET-"


def private(key, audience, **fields):
    """An item with something private in every field that may hold text."""
    return RoadmapItem(
        **{
            "id": f"item_{key}",
            "title": f"title {key}",
            "audience": audience,
            "description": SECRET + "1",
            "problem": SECRET + "2",
            "outcome": SECRET + "3",
            "public_description": "what customers read",
            "owner": {"name": SECRET + "4", "email": "secret@example.com"},
            "team": SECRET + "5",
            "theme": SECRET + "6",
            "custom": {SECRET + "7": [SECRET + "8"], "status_raw": SECRET + "9"},
            "tags": [SECRET + "10"],
            "external": [{"system": "jira", "key": SECRET + "11", "url": SECRET + "12", "version": SECRET + "13"}],
            "scores": {SECRET + "14": rice(1, 1, 1, 1, period=SECRET + "15")},
            "rank": SECRET + "16",
            "confidence": 0.7312,
            "estimate": 7.3125,
            "points": 8.625,
            "objective_ids": [SECRET + "17"],
            "insight_ids": [SECRET + "18"],
            "launch_id": SECRET + "19",
            "parent_id": SECRET + "20",
            "dependencies": [SECRET + "21"],
            "split_from": SECRET + "22",
            "merged_from": [SECRET + "23"],
            "product_id": SECRET + "24",
            "started_on": date(2025, 3, 17),
            "delivered_on": date(2025, 4, 18),
            "created_at": datetime(2025, 2, 19, tzinfo=UTC),
            **fields,
        }
    )


def test_no_field_was_forgotten_above():
    """A new field of the item must be put into `private`, or the tests below would not see it leak."""
    seen = {"status", "horizon", "bucket", "due", "schema_version", "updated_at"}
    assert set(RoadmapItem.model_fields) - seen <= private("a", "public").model_fields_set


times = st.builds(TimeBucket.around, st.dates(date(2026, 1, 1), date(2027, 12, 31)),
                  st.sampled_from(["day", "week", "month", "quarter", "year"]))  # fmt: skip
drawn = st.fixed_dictionaries(
    {},
    optional={
        "bucket": times | st.just(TimeBucket.span(date(2026, 5, 3), date(2026, 8, 9))),
        "due": st.dates(date(2026, 1, 1), date(2027, 12, 31)),
        "horizon": st.sampled_from(["now", "later", "dropped"]),
        "status": st.sampled_from(["idea", "doing", "dropped"]),
        "audience": st.sampled_from(["unknown", "internal", "exec", "sales", "public"]),
    },
)


def assert_clean(text, item_ids):
    assert SECRET not in text
    assert "example.com" not in text
    for number in ("0.7312", "7.3125", "8.625"):
        assert number not in text
    for item_id in item_ids:
        assert item_id not in text
    # Every date is the first or last day of a quarter or a year.
    for found in re.findall(r"\d{4}-\d\d-\d\d", text):
        assert found[5:] in {"01-01", "03-31", "04-01", "06-30", "07-01", "09-30", "10-01", "12-31"}
    assert not re.search(r"\b\d{1,2} [A-Z][a-z]{2} \d{4}|\bW\d\d \d{4}|\b[A-Z][a-z]{2} \d{4}", text)


@settings(max_examples=50, deadline=None)
@given(st.lists(drawn, max_size=4), st.lists(drawn, max_size=4), st.sampled_from(["sales", "public"]))
def test_nothing_private_survives(first, second, reader):
    old, new = ([private(n, **{"audience": "public", **f}) for n, f in enumerate(part)] for part in (first, second))
    a, b = Snapshot(at=A_DAY, items=old), Snapshot(at=B_DAY, items=new)
    seen = view(new, reader)
    changes = view_changes(a, b, reader)
    ids = [found.id for found in (*old, *new)]
    assert_clean(seen.model_dump_json(), ids)
    assert_clean("".join(change.model_dump_json() for change in changes), ids)
    assert_clean(repr(seen) + repr(changes), ids)
    width = {"sales": 2, "public": 3}[reader]
    assert [found.title for found in seen.items] == [f.title for f in new if f.audience.width >= width]
    hidden = {f.title for f in (*old, *new)} - {f.title for f in (*old, *new) if f.audience.width >= width}
    assert not hidden & {change.title for change in changes}


@settings(max_examples=50)
@given(times, st.sampled_from([p for p in Precision if p is not Precision.NONE]))
def test_coarsening_promises_nothing_earlier_or_finer(when, finest):
    found = coarsen(when, finest)
    assert FINENESS[found.precision] >= FINENESS[finest]
    assert found.end >= when.end
    assert found.contains(when.end)
    assert coarsen(found, finest) == found
    assert coarsen(when, Precision.NONE) is None


def test_open_spans_and_unknown_times():
    assert coarsen(TimeBucket.span(date(2026, 5, 3), None), Precision.QUARTER).label == "Q2 2026"
    assert coarsen(TimeBucket.unknown(), Precision.QUARTER) is None
    assert coarsen(None, Precision.DAY) is None


def test_a_move_within_the_quarter_is_no_news_to_customers():
    a = Snapshot(at=A_DAY, items=[private("a", "public", due=date(2026, 10, 1))])
    b = Snapshot(at=B_DAY, items=[private("a", "public", due=date(2026, 12, 1))])
    assert view_changes(a, b, "public") == []
    (moved,) = view_changes(a, b, "exec")
    assert (moved.kind.value, moved.old, moved.new) == ("moved_later", "1 Oct 2026", "1 Dec 2026")
    later = Snapshot(at=B_DAY, items=[private("a", "public", due=date(2027, 1, 1))])
    (told,) = view_changes(a, later, "public")
    assert (told.kind.value, told.old, told.new, told.slip.label) == (
        "moved_later",
        "Q4 2026",
        "Q1 2027",
        "later by 1 quarter",
    )


def test_what_enters_or_leaves_the_circle():
    inside, outside = private("a", "internal"), private("a", "public")
    a, b = Snapshot(at=A_DAY, items=[inside]), Snapshot(at=B_DAY, items=[outside])
    assert [change.kind.value for change in view_changes(a, b, "public")] == ["added"]
    assert [change.kind.value for change in view_changes(b, a, "public")] == ["removed"]
    renamed = Snapshot(at=B_DAY, items=[private("a", "public", title="new", status="doing")])
    assert [change.kind.value for change in view_changes(b, renamed, "public")] == ["renamed", "status"]


def test_policies_add_fields_and_themes_are_named_when_given():
    theme = Theme(name="Data")
    item = private("a", "public", theme=theme.id)
    assert view([item], "public", [theme]).items[0].theme == "Data"
    assert view([item], "sales").items[0].confidence == "medium"
    assert view([item], "public").items[0].text == "what customers read"
    assert view([item], "exec").items[0].problem == SECRET + "2"
    own = ViewPolicy(audience="public", finest="year", fields={"outcome"})
    found = view([private("a", "public", due=date(2026, 5, 1))], own).items[0]
    assert (found.outcome, found.problem, found.when.label) == (SECRET + "3", None, "2026")


@pytest.mark.parametrize("reader", ["internal", "unknown", "everybody"])
def test_views_are_for_readers_outside(reader):
    with pytest.raises(ValueError, match=r"sales, public"):
        view([], reader)


def test_the_defaults_let_out_no_date_finer_than_a_quarter():
    assert {POLICIES[a].finest for a in ("sales", "public")} == {Precision.QUARTER}
