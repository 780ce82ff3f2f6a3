"""Timeframes as texts, by what the library's own times are called."""

from datetime import date

import pytest

from productops import TimeBucket
from productops.connectors.productboard.composites import timeframe, timeframe_text
from productops.mappings.codecs import short

TIMES = [
    TimeBucket.year_of(2026), TimeBucket.half(2026, 2), TimeBucket.quarter(2026, 4), TimeBucket.month(2026, 2),
    TimeBucket.week(2026, 53), TimeBucket.day(date(2026, 2, 28)),
]  # fmt: skip


@pytest.mark.parametrize("time", TIMES, ids=str)
@pytest.mark.parametrize("spelling", [short, lambda time: time.code, lambda time: time.code.lower()])
def test_a_time_comes_back_as_it_went(time, spelling):
    frame = timeframe(spelling(time))
    assert (frame["startDate"], frame["endDate"]) == (time.start.isoformat(), time.end.isoformat())
    assert TimeBucket.parse(timeframe_text(frame)) == time


@pytest.mark.parametrize("text", ["soon", "2026-13", "Q5 2026", "2026-W60", "2026-10-01/", "1/2"])
def test_what_is_no_time(text):
    with pytest.raises(ValueError, match=r".*"):
        timeframe(text)
