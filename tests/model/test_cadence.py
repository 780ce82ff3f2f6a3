"""Cadences: what they read, what they cost, and the windows they expect a run in."""

import doctest
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from productops.model import cadence, share, transitions
from productops.model.cadence import Cadence, Every, kept
from productops.model.share import Share

cadences = st.one_of(
    st.builds(Cadence, count=st.integers(1, 400), every=st.sampled_from([Every.DAY, Every.MONTH])),
    st.just(Cadence(every="launch")),
)


@pytest.mark.parametrize("module", [cadence, share, transitions])
def test_examples_run(module):
    found = doctest.testmod(module, optionflags=doctest.IGNORE_EXCEPTION_DETAIL)
    assert found.attempted
    assert not found.failed


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("weekly", 52 / 12),
        ("every 7 days", 52 / 12),
        ("Every 2 weeks", 26 / 12),
        ("monthly", 1),
        ("quarterly", 1 / 3),
        ("every 10 days", 364 / 120),
        ("every 2 months", 0.5),
        ("per launch", None),
        ("per_launch", None),
    ],
)
def test_runs_per_month(text, runs):
    assert Cadence.parse(text).runs_per_month() == (None if runs is None else pytest.approx(runs))


def test_per_launch_follows_the_launches():
    assert Cadence.parse("per launch").runs_per_month(1.5) == 1.5


@pytest.mark.parametrize("text", ["biweekly", "every 0 days", "every day", "every -3 days", "", "every 3 launches"])
def test_unclear_cadences_are_refused(text):
    with pytest.raises(ValueError, match="is not a cadence: use daily"):
        Cadence.parse(text)


def test_every_third_launch_is_refused():
    with pytest.raises(ValueError, match="once per launch"):
        Cadence(count=3, every="launch")


def test_month_windows_clamp_and_do_not_drift():
    windows = Cadence.parse("monthly").windows(date(2026, 1, 31), date(2026, 5, 30))
    assert [window.start for window in windows] == [
        date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30),
    ]  # fmt: skip
    assert windows[-1].end == date(2026, 5, 30)


@settings(max_examples=50, deadline=None)
@given(cadences)
def test_text_reads_back(given_cadence):
    assert Cadence.parse(str(given_cadence)) == given_cadence


@settings(max_examples=50, deadline=None)
@given(
    st.builds(Cadence, count=st.integers(3, 40), every=st.just(Every.DAY)) | st.just(Cadence.parse("monthly")),
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    st.integers(0, 400),
)
def test_windows_touch_without_overlap_and_are_over(every, start, length):
    as_of = start + timedelta(days=length)
    windows = every.windows(start, as_of)
    edges = [start, *(window.end + timedelta(days=1) for window in windows)]
    assert [window.start for window in windows] == edges[: len(windows)]
    assert all(window.end <= as_of for window in windows)
    assert every.step(start, len(windows) + 1) - timedelta(days=1) > as_of
    assert kept(windows, [window.start for window in windows]) == len(windows)
    assert kept(windows, [as_of + timedelta(days=1)]) == 0


def test_a_share_is_never_more_than_everything():
    with pytest.raises(ValueError, match="3 of 2"):
        Share(part=3, whole=2)
    assert str(Share(part=0, whole=0)) == "0 of 0 (no share)"
