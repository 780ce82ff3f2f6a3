"""Diffs match by id, tell moves from lost precision, and applied to the first snapshot give the second."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from productops.model.base import ChangeEvent
from productops.model.roadmap import RoadmapItem, Snapshot
from productops.model.roadmap_diff import ChangeKind, RoadmapDiff, apply, diff, slip_between
from productops.model.timebox import TimeBucket

A_DAY, B_DAY = datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC)
parse = TimeBucket.parse


def item(key="item_1", **fields):
    return RoadmapItem(**{"id": key, "title": "CSV export", "created_at": A_DAY, **fields})


def before(*items):
    return Snapshot(at=A_DAY, items=items)


def after(*items):
    return Snapshot(at=B_DAY, items=items)


def kinds(a, b, **options):
    return [change.kind.value for change in diff(before(*a), after(*b), **options).changes]


def event(field, old, new, day=1, key="item_1", **fields):
    return ChangeEvent(entity_id=key, entity_kind="roadmap_item", field=field, old=old, new=new,
                       at=A_DAY + timedelta(days=day), **fields)  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ({"title": "a"}, {"title": "b"}, "renamed"),
        ({}, {"description": "b"}, "rescoped"),
        ({}, {"estimate": 2}, "rescoped"),
        ({}, {"horizon": "now"}, "horizon"),
        ({}, {"confidence": "low"}, "confidence"),
        ({}, {"status": "doing"}, "status"),
        ({}, {"owner": {"name": "Bo"}}, "owner"),
        ({}, {"objective_ids": ["obj_1"]}, "objective"),
        ({}, {"team": "team_1"}, "edited"),
        ({}, {"bucket": parse("2026-Q3")}, "precision"),
        ({"bucket": parse("2026-Q3")}, {}, "precision"),
        ({"bucket": parse("2026-Q3")}, {"bucket": parse("2026-Q4")}, "moved_later"),
        ({"bucket": parse("2026-Q3")}, {"bucket": parse("2026-Q2")}, "moved_earlier"),
        ({"due": date(2026, 9, 1)}, {"due": date(2026, 9, 2)}, "moved_later"),
        ({"bucket": parse("2026-09-30")}, {"bucket": parse("2026-Q3")}, "precision"),
        ({"bucket": parse("2026-Q3")}, {"bucket": parse("2026-08")}, "precision"),
        ({"bucket": parse("2026-Q3")}, {"bucket": parse("2026-10-01")}, "moved_later"),
        ({"bucket": parse("2026-W40")}, {"bucket": parse("2026-09")}, "moved_earlier"),
        ({"bucket": parse("2026-Q3")}, {"bucket": TimeBucket.unknown()}, "precision"),
    ],
)
def test_every_kind_of_field_change(old, new, kind):
    assert kinds([item(**old)], [item(**new)]) == [kind]


def test_items_come_and_go_by_id():
    assert kinds([item("a")], [item("b")]) == ["removed", "added"]
    assert kinds([item("a", title="x")], [item("a", title="y")]) == ["renamed"]


def test_split_and_merge():
    parts = [item("b", split_from="a"), item("c", split_from="a")]
    found = diff(before(item("a")), after(item("a"), *parts)).changes
    assert [(c.kind.value, c.item_id, c.came_from) for c in found] == [("split", "b", "a"), ("split", "c", "a")]
    found = diff(before(item("a"), item("b")), after(item("a", merged_from=["b"])))
    assert [(c.kind.value, c.item_id, c.went_into) for c in found.changes] == [
        ("merged", "b", "a"),
        ("edited", "a", None),
    ]
    assert found.warnings == ()
    kept = [item("a", merged_from=["b"]), item("b", status="dropped")]
    assert kinds([item("a"), item("b")], kept) == ["merged", "status"]
    assert kinds([], [item("b", split_from="long_gone")]) == ["added"]


def test_slip_on_starts_and_ends():
    """The domain notes, change log: Q3 to Q4 2026 is later by a quarter; a day to its quarter is no move."""
    slip = slip_between(parse("2026-Q3"), parse("2026-Q4"))
    assert (slip.start_days, slip.end_days, slip.steps, slip.label) == (92, 92, 1, "later by 1 quarter")
    assert slip_between(parse("2026-09-30"), parse("2026-Q3")) is None
    assert slip_between(parse("2026-09-30"), parse("2026-09-27")).label == "earlier by 3 days"
    stretched = slip_between(TimeBucket.span(date(2026, 9, 1), date(2026, 9, 9)),
                             TimeBucket.span(date(2026, 8, 31), date(2026, 9, 12)))  # fmt: skip
    assert (stretched.start_days, stretched.end_days, stretched.label) == (-1, 3, "later by 3 days")
    pulled = slip_between(TimeBucket.span(date(2026, 9, 1), date(2026, 9, 9)),
                          TimeBucket.span(date(2026, 8, 31), date(2026, 9, 9)))  # fmt: skip
    assert pulled.label == "earlier by 1 day"
    assert slip_between(None, parse("2026-Q3")) is None


def test_there_and_back_is_nothing_net_and_two_steps_in_the_log():
    events = [event("horizon", "now", "later", 1, reason="no people"), event("horizon", "later", "now", 2, by="ada")]
    items = [item(horizon="now")]
    assert kinds(items, items, events=events) == []
    log = diff(before(*items), after(*items), mode="log", events=reversed(events))
    assert [(c.old, c.new, c.reason, c.decided_by) for c in log.changes] == [
        ("now", "later", "no people", None),
        ("later", "now", None, "ada"),
    ]
    assert apply(before(*items), log) == after(*items)
    outside = [event("horizon", "now", "later", 40), event("horizon", "now", "later", -1)]
    assert kinds(items, items, mode="log", events=outside) == []


def test_the_log_fills_what_nobody_recorded():
    events = [event("status", "planned", "doing")]
    log = diff(before(item()), after(item(status="done")), mode="log", events=events)
    assert [(c.old, c.new) for c in log.changes] == [("idea", "planned"), ("planned", "doing"), ("doing", "done")]
    with pytest.raises(ValueError, match="'net' or 'log'"):
        diff(before(), after(), mode="all")


def test_removals_delays_and_drops_ask_for_a_reason():
    quarter = parse("2026-Q3")
    a = before(item("a"), item("b", bucket=quarter), item("c"), item("d", bucket=quarter), item("e", horizon="now"))
    b = after(item("b", bucket=quarter.shift(1)), item("c", status="dropped"), item("d", bucket=quarter.shift(-1)),
              item("e", horizon="dropped"))  # fmt: skip
    assert len(diff(a, b).warnings) == 4
    reasons = [
        event("item", None, None, key="a", reason="law changed"),
        event("bucket", None, None, key="b", reason="vendor late", by="bo"),
        event("status", "idea", "dropped", key="c", reason=" "),
        event("title", "x", "y", key="e", reason="typo"),
    ]
    found = diff(a, b, events=reasons)
    assert [w.split(" (")[1] for w in found.warnings] == ["status) has no reason", "horizon) has no reason"]
    moved = next(c for c in found.changes if c.item_id == "b")
    assert (moved.reason, moved.decided_by, moved.at) == ("vendor late", "bo", A_DAY + timedelta(days=1))


def test_another_fields_reason_does_not_explain_a_removal():
    renamed = [event("title", "x", "y", key="a", reason="typo")]
    assert len(diff(before(item("a")), after(), events=renamed).warnings) == 1
    dropped = [event("status", "idea", "dropped", key="a", reason="no demand")]
    assert diff(before(item("a")), after(), events=dropped).warnings == ()


def test_noise_is_ignored_unless_asked_for():
    noisy = item(rank="0|i0001:", updated_at=B_DAY)
    assert kinds([item()], [noisy]) == []
    assert kinds([item()], [noisy], ignore=()) == ["edited", "edited"]


def test_the_audience_is_the_narrower_one():
    found = diff(before(item(audience="public")), after(item(audience="internal", title="secret"))).changes
    assert {change.audience.value for change in found} == {"internal"}


def test_a_diff_fits_only_its_own_start():
    changes = diff(before(item(title="a")), after(item(title="b")))
    for wrong in (before(item(title="c")), before()):
        with pytest.raises(ValueError, match="the diff starts at"):
            apply(wrong, changes)
    with pytest.raises(ValueError, match="is there already"):
        apply(before(item()), diff(before(), after(item())))
    with pytest.raises(ValueError, match="is not there"):
        apply(before(), diff(before(item()), after()))


days = st.dates(date(2026, 1, 1), date(2027, 12, 31))
buckets = st.none() | st.builds(
    TimeBucket.around, days, st.sampled_from(["day", "week", "month", "quarter", "half", "year"])
)
ids = st.sampled_from(["i1", "i2", "i3", "i4"])
fields = st.fixed_dictionaries(
    {},
    optional={
        "title": st.sampled_from(["a", "b"]),
        "description": st.text(max_size=3),
        "status": st.sampled_from(["idea", "doing", "dropped"]),
        "horizon": st.sampled_from([None, "now", "later", "dropped"]),
        "bucket": buckets,
        "due": st.none() | days,
        "confidence": st.none() | st.floats(0, 1) | st.sampled_from(["low", "high"]),
        "owner": st.none() | st.just({"name": "Bo"}),
        "split_from": st.none() | ids,
        "merged_from": st.lists(ids, max_size=2),
        "custom": st.dictionaries(st.text(max_size=2), st.none() | st.integers() | st.text(max_size=2), max_size=2),
        "rank": st.none() | st.text(max_size=2),
        "audience": st.sampled_from(["internal", "public"]),
    },
)
snapshots = st.dictionaries(ids, fields, max_size=4).map(
    lambda found: [item(key, **part) for key, part in found.items()]
)


@settings(max_examples=50, deadline=None)
@given(snapshots, snapshots, st.sampled_from(["net", "log"]))
def test_applying_the_diff_gives_the_other_snapshot(first, second, mode):
    a, b = before(*first), after(*second)
    changes = diff(a, b, mode=mode, ignore=())
    assert apply(a, changes) == b
    assert apply(a, RoadmapDiff.model_validate_json(changes.model_dump_json())) == b
    assert not diff(a, a, mode=mode)
    quiet = diff(a, b)
    assert not diff(apply(a, quiet), b)


@settings(max_examples=50)
@given(buckets, buckets)
def test_a_move_there_is_a_move_back(first, second):
    there, back = slip_between(first, second), slip_between(second, first)
    assert (there is None) == (back is None)
    if there and back:
        assert there.later == -back.later != 0
        assert (there.start_days, there.end_days) == (-back.start_days, -back.end_days)


@settings(max_examples=30)
@given(st.lists(st.sampled_from(["now", "next", "later"]), min_size=1, max_size=6))
def test_the_log_of_complete_events_is_the_events(steps):
    events = [event("horizon", a, b, n + 1) for n, (a, b) in enumerate(pairwise(steps))]
    a, b = before(item(horizon=steps[0])), after(item(horizon=steps[-1]))
    log = diff(a, b, mode="log", events=events)
    assert [(c.old, c.new) for c in log.changes] == [(e.old, e.new) for e in events if e.old != e.new]
    assert apply(a, log) == b
    assert all(c.kind is ChangeKind.HORIZON for c in log.changes)
