"""Buckets against a plain walk over the calendar."""

from datetime import date, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from productops.model.timebox import Precision, TimeBucket

days = st.dates(date(1950, 1, 1), date(2150, 12, 31))
precisions = st.sampled_from([p for p in Precision if p is not Precision.NONE])
buckets = st.builds(TimeBucket.around, days, precisions)
STEP = {
    "day": relativedelta(days=1),
    "week": relativedelta(weeks=1),
    "month": relativedelta(months=1),
    "quarter": relativedelta(months=3),
    "half": relativedelta(months=6),
    "year": relativedelta(years=1),
}


def name(day, precision):
    """What a plain calendar calls the bucket of a day."""
    return {
        "day": day,
        "week": day.isocalendar()[:2],
        "month": (day.year, day.month),
        "quarter": (day.year, (day.month - 1) // 3),
        "half": (day.year, day.month > 6),
        "year": day.year,
    }[precision]


@settings(max_examples=150)
@given(days, precisions)
def test_a_bucket_holds_exactly_the_days_with_its_name(day, precision):
    bucket = TimeBucket.around(day, precision)
    one = timedelta(days=1)
    assert bucket.contains(day)
    assert name(bucket.start, precision) == name(day, precision) == name(bucket.end, precision)
    assert name(bucket.start - one, precision) != name(day, precision) != name(bucket.end + one, precision)


@settings(max_examples=150)
@given(buckets, st.integers(-300, 300))
def test_shifting_agrees_with_dateutil_and_can_be_undone(bucket, steps):
    moved = bucket.shift(steps)
    assert moved.start == bucket.start + STEP[bucket.precision] * steps
    assert bucket.steps_to(moved) == steps
    assert moved.shift(-steps) == bucket
    assert bucket.shift(1).start == bucket.end + timedelta(days=1)


@given(buckets)
def test_codes_read_back_and_json_too(bucket):
    assert TimeBucket.parse(bucket.code) == bucket
    assert TimeBucket.model_validate_json(bucket.model_dump_json()) == bucket


@given(st.lists(buckets, max_size=6))
def test_the_order_is_total_and_by_start(some):
    ordered = sorted([*some, TimeBucket.unknown()])
    assert [b.start for b in ordered[:-1]] == sorted(b.start for b in some)
    assert not ordered[-1].known
    for a in some:
        for b in some:
            assert (a < b) + (a == b) + (a > b) == 1


@pytest.mark.parametrize(
    ("text", "start", "end", "label"),
    [
        ("2026-Q3", date(2026, 7, 1), date(2026, 9, 30), "Q3 2026"),
        ("q3 2026", date(2026, 7, 1), date(2026, 9, 30), "Q3 2026"),
        ("2026-09", date(2026, 9, 1), date(2026, 9, 30), "Sep 2026"),
        ("2026-W40", date(2026, 9, 28), date(2026, 10, 4), "W40 2026"),
        ("2026-H2", date(2026, 7, 1), date(2026, 12, 31), "H2 2026"),
        ("2026", date(2026, 1, 1), date(2026, 12, 31), "2026"),
        ("2026-09-30", date(2026, 9, 30), date(2026, 9, 30), "30 Sep 2026"),
    ],
)
def test_the_usual_spellings(text, start, end, label):
    bucket = TimeBucket.parse(text)
    assert (bucket.start, bucket.end, bucket.label) == (start, end, label)


@pytest.mark.parametrize("text", ["", "soon", "2026-Q5", "2026-13", "2026-W54", "2026-02-30", "Q3", "20260930"])
def test_other_texts_are_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        TimeBucket.parse(text)


@pytest.mark.parametrize(
    ("start", "end", "precision"),
    [
        (date(2026, 9, 30), date(2026, 9, 30), "quarter"),
        (date(2026, 7, 1), date(2026, 9, 29), "quarter"),
        (date(2026, 9, 29), date(2026, 10, 5), "week"),
        (date(2026, 7, 1), None, "quarter"),
        (None, None, "day"),
        (date(2026, 2, 1), date(2026, 1, 1), "none"),
    ],
)
def test_ends_that_do_not_fit_are_refused(start, end, precision):
    with pytest.raises(ValidationError):
        TimeBucket(start=start, end=end, precision=precision)


def test_unknown_times_and_free_spans_do_not_pretend():
    span = TimeBucket.span(date(2026, 1, 15), None)
    assert (TimeBucket.unknown().label, span.label) == ("no date", "2026-01-15 to open")
    assert span.contains(date(2030, 1, 1))
    assert not TimeBucket.unknown().contains(date(2030, 1, 1))
    for bucket in (span, TimeBucket.unknown()):
        with pytest.raises(ValueError, match="precision"):
            bucket.shift(1)
    with pytest.raises(ValueError, match="no common step"):
        TimeBucket.day(date(2026, 9, 30)).steps_to(TimeBucket.quarter(2026, 3))


def test_the_ends_of_the_calendar_are_value_errors():
    for bucket in (TimeBucket.year_of(9999), TimeBucket.day(date.max), TimeBucket.quarter(9999, 4)):
        with pytest.raises(ValueError, match="out of the calendar"):
            bucket.shift(1)
