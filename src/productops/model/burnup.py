"""How the work burns up towards a launch, and whether it will be done in time at the present speed."""

from collections.abc import Iterable
from datetime import date, timedelta

from productops.model.base import Value
from productops.model.checklist import Checklist, ChecklistItem, RemovedItem
from productops.model.timebox import TimeBucket
from productops.model.waiver import day_label

WINDOW_DAYS = 14


class BurnPoint(Value):
    """How many items there were and how many were done at the end of a day."""

    on: date
    scope: int
    done: int


class Forecast(Value):
    """When the rest will be done at the speed of the last days; all None, with the reason, where nobody can tell.

    `slip_days` is how long after the launch day that would be, negative when before; a coarse target is measured
    by its last day and the slip is then `approximate`.
    """

    window_days: int
    done_in_window: int
    left: int
    per_day: float | None = None
    days_needed: int | None = None
    finish_on: date | None = None
    slip_days: int | None = None
    approximate: bool = False
    why: str = ""

    def __str__(self) -> str:
        if self.finish_on is None:
            return f"no forecast: {self.why}"
        text = f"{self.left} left, {self.per_day:.2g} a day: done on {day_label(self.finish_on)}"
        if self.slip_days is None:
            return text + ", and the launch has no date to compare with"
        about = "about " if self.approximate else ""
        side = "after" if self.slip_days > 0 else "before"
        gap = "on the launch day" if self.slip_days == 0 else f"{about}{abs(self.slip_days)} days {side} the launch day"
        return f"{text}, {gap}"


class BurnUp(Value):
    """The scope line and the done line, day by day, and the forecast."""

    points: tuple[BurnPoint, ...]
    forecast: Forecast

    def __repr__(self) -> str:
        last = self.points[-1]
        return f"<BurnUp {last.done}/{last.scope} on {last.on}>"

    __str__ = __repr__


def burn_up(
    checklist: Checklist,
    as_of: date,
    *,
    since: date | None = None,
    target: TimeBucket | None = None,
    window_days: int = WINDOW_DAYS,
) -> BurnUp:
    """Fold the dates on the items into two lines up to a day.

    An item raises the scope on the day it was added and lowers it on the day it was removed or set aside, so past
    points never change. An item without `added_on` was always there, one done without `done_on` always done.
    `since` is the first day anything happened unless given. Items planned for after the launch do not count.
    """
    before = [item for item in checklist.items if not item.after_launch]
    start = since or first_day(before, checklist.removed, as_of)
    if start > as_of:
        raise ValueError(f"since {start} lies after as_of {as_of}")
    days = [start + timedelta(days=number) for number in range((as_of - start).days + 1)]
    points = tuple(point(before, checklist.removed, day) for day in days)
    return BurnUp(points=points, forecast=forecast(before, as_of, target=target, window_days=window_days))


def first_day(items: Iterable[ChecklistItem], removed: Iterable[RemovedItem], as_of: date) -> date:
    """The first day that any item tells of, no later than `as_of`."""
    days = [day for item in items for day in (item.added_on, item.done_on) if day is not None]
    days += [item.added_on for item in removed if item.added_on is not None]
    return min([*days, as_of])


def point(items: Iterable[ChecklistItem], removed: Iterable[RemovedItem], day: date) -> BurnPoint:
    """Count scope and done at the end of a day."""
    there = [item for item in items if item.applies(day)]
    gone = [item for item in removed if (item.added_on or date.min) <= day < item.removed_on]
    return BurnPoint(on=day, scope=len(there) + len(gone), done=sum(item.is_done(day) for item in there))


def forecast(
    items: Iterable[ChecklistItem], as_of: date, *, target: TimeBucket | None = None, window_days: int = WINDOW_DAYS
) -> Forecast:
    """Carry the speed of the last `window_days` days (our default is 14) forward over what is left.

    8 left, 7 done in the last 14 days: 16 days more; with the launch in 10 days the slip is 6. Nothing done in
    the window gives no forecast. Waived items count as left, for a waiver is no work done.
    """
    if window_days < 1:
        raise ValueError(f"the window is at least one day, not {window_days}")
    known = [item for item in items if item.applies(as_of)]
    left = sum(not item.is_done(as_of) for item in known)
    first = as_of - timedelta(days=window_days)
    lately = sum(item.is_done(as_of) and item.done_on is not None and first < item.done_on for item in known)
    common = {"window_days": window_days, "done_in_window": lately, "left": left}
    if left and not lately:
        return Forecast(**common, why=f"nothing was done in the last {window_days} days")
    # Whole numbers, for 7/14 a day must not round a day up.
    needed = -(-left * window_days // lately) if left else 0
    finish = as_of + timedelta(days=needed)
    end = target.end if target is not None else None
    return Forecast(
        **common,
        per_day=lately / window_days,
        days_needed=needed,
        finish_on=finish,
        slip_days=None if end is None else (finish - end).days,
        approximate=target is not None and target.start != target.end,
    )
