"""Offsets against dateutil and a plain walk over the days."""

from datetime import UTC, date, datetime, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given, settings
from hypothesis import strategies as st

from productops.model.offsets import Due, Offset, Unit
from productops.model.timebox import TimeBucket

days = st.dates(date(1950, 1, 1), date(2150, 12, 31))
offsets = st.builds(Offset, count=st.integers(-200, 200), unit=st.sampled_from(Unit))


@pytest.mark.parametrize(
    ("text", "launch", "due"),
    [
        ("T-6w", date(2026, 12, 1), date(2026, 10, 20)),
        ("T-10bd", date(2026, 12, 1), date(2026, 11, 17)),
        ("T-3bd", date(2026, 12, 1), date(2026, 11, 26)),
        ("T+2w", date(2026, 12, 1), date(2026, 12, 15)),
        ("T-1bd", date(2026, 12, 5), date(2026, 12, 4)),
        ("T-1m", date(2026, 3, 31), date(2026, 2, 28)),
        ("T0", date(2026, 12, 5), date(2026, 12, 5)),
        ("T", date(2026, 12, 5), date(2026, 12, 5)),
    ],
)
def test_worked_dates(text, launch, due):
    """Offset grammar: the project's domain notes, launches, rule 1."""
    assert Offset.parse(text).resolve(launch) == due


@settings(max_examples=150)
@given(offsets, days)
def test_days_weeks_and_months_agree_with_dateutil(offset, launch):
    if offset.unit is not Unit.BUSINESS_DAYS:
        field = {"d": "days", "w": "weeks", "m": "months"}[offset.unit]
        assert offset.resolve(launch) == launch + relativedelta(**{field: offset.count})


@settings(max_examples=100)
@given(st.integers(-60, 60).filter(bool), days, st.sets(st.integers(-90, 90), max_size=12))
def test_business_days_are_the_nth_working_day(count, launch, gaps):
    holidays = {launch + timedelta(days=gap) for gap in gaps}
    sign = 1 if count > 0 else -1
    working = [
        day
        for day in (launch + timedelta(days=sign * n) for n in range(1, 200))
        if day.isoweekday() <= 5 and day not in holidays
    ]
    assert Offset(count=count, unit="bd").resolve(launch, holidays) == working[abs(count) - 1]


@given(offsets)
def test_text_reads_back_to_the_same_days(offset):
    again = Offset.parse(str(offset))
    assert again == offset or offset.count == 0
    assert again.resolve(date(2026, 12, 1)) == offset.resolve(date(2026, 12, 1))


@pytest.mark.parametrize("text", ["", "6w", "T6w", "T-w", "T-6y", "T-1.5d", "T--1d", "T-12345d"])
def test_other_texts_are_refused(text):
    with pytest.raises(ValueError, match="is not an offset"):
        Offset.parse(text)


def test_a_coarse_target_counts_from_its_start_and_says_about():
    """Coarse launch dates: the project's domain notes, launches, rule 2."""
    offset = Offset.parse("T-2w")
    coarse = offset.resolve_from(TimeBucket.quarter(2026, 4))
    assert coarse == Due(on=date(2026, 9, 17), approximate=True)
    assert coarse.label == "about 17 Sep 2026"
    assert offset.resolve_from(TimeBucket.day(date(2026, 12, 1))) == Due(on=date(2026, 11, 17))
    assert offset.resolve_from(TimeBucket.unknown()).label == "no date"


def test_a_moment_is_not_a_day_and_the_calendar_ends():
    with pytest.raises(TypeError, match="date"):
        Offset.parse("T-1d").resolve(datetime(2026, 1, 1, tzinfo=UTC))
    for text in ("T+1d", "T+1bd", "T+1m"):
        with pytest.raises(ValueError, match="out of the calendar"):
            Offset.parse(text).resolve(date.max)
