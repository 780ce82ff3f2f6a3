"""Burn-up of a checklist: the forecast, and lines that never change behind one."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.launches import LAUNCH_DAY, TODAY, item, launch_with
from productops.model.burnup import burn_up
from productops.model.checklist import Checklist, RemovedItem
from productops.model.timebox import TimeBucket


def burning():
    """Twenty items, twelve done, seven of them in the last fourteen days."""
    early = [item(f"early {n}", "done", done_on=TODAY - timedelta(days=14 + n)) for n in range(5)]
    late = [item(f"late {n}", "done", done_on=TODAY - timedelta(days=2 * n)) for n in range(7)]
    return launch_with(*early, *late, *(item(f"open {n}") for n in range(8)), target=TimeBucket.day(date(2026, 11, 20)))


def test_worked_forecast():
    """0.5 a day, 16 days more, slip 6: the domain notes, launches, rule 8."""
    found = burning().burn_up(TODAY).forecast
    assert (found.per_day, found.left, found.days_needed, found.slip_days) == (0.5, 8, 16, 6)
    assert str(found) == "8 left, 0.5 a day: done on 26 Nov 2026, 6 days after the launch day"


def test_a_part_of_a_day_is_a_day():
    done = [item(f"done {n}", "done", done_on=TODAY) for n in range(3)]
    found = launch_with(*done, *(item(f"open {n}") for n in range(8))).burn_up(TODAY).forecast
    assert found.days_needed == 38  # 8 × 14 ÷ 3 = 37.3


def test_no_speed_no_forecast():
    found = burning().burn_up(TODAY + timedelta(days=60)).forecast
    assert found.slip_days is None
    assert str(found) == "no forecast: nothing was done in the last 14 days"
    assert launch_with(item("a", "done")).burn_up(TODAY).forecast.days_needed == 0
    with pytest.raises(ValueError, match="at least one day"):
        burning().burn_up(TODAY, window_days=0)


def test_a_coarse_target_is_compared_by_its_last_day():
    launch = burning()
    launch.target = TimeBucket.month(2026, 11)
    found = launch.burn_up(TODAY).forecast
    assert (found.slip_days, found.approximate) == (-4, True)
    assert "about 4 days before" in str(found)


def test_later_scope_raises_the_scope_line_only_from_then_on():
    """The domain notes, launches, rule 8."""
    launch = launch_with(item("a", "done", added_on=date(2026, 11, 1), done_on=date(2026, 11, 3)))
    launch.checklist.items = [*launch.checklist.items, item("b", added_on=date(2026, 11, 5))]
    gone = RemovedItem(key="c", title="c", added_on=date(2026, 11, 2), removed_on=date(2026, 11, 4))
    launch.checklist.removed = (gone,)
    points = launch.burn_up(date(2026, 11, 6)).points
    assert [(point.on.day, point.scope, point.done) for point in points] == [
        (1, 1, 0),
        (2, 2, 0),
        (3, 2, 1),
        (4, 1, 1),
        (5, 2, 1),
        (6, 2, 1),
    ]
    with pytest.raises(ValueError, match="lies after"):
        launch.burn_up(TODAY, since=LAUNCH_DAY)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20) | st.none()), max_size=8), st.integers(1, 19))
def test_past_points_never_change(rows, day):
    start = date(2026, 11, 1)
    items = [
        item(
            str(number),
            "todo" if done is None else "done",
            added_on=start + timedelta(days=added),
            done_on=None if done is None else start + timedelta(days=added + done),
        )
        for number, (added, done) in enumerate(rows)
    ]
    early = burn_up(Checklist(items=items), start + timedelta(days=day), since=start)
    late = burn_up(Checklist(items=items), start + timedelta(days=40), since=start)
    assert late.points[: day + 1] == early.points
    assert all(point.done <= point.scope for point in late.points)
