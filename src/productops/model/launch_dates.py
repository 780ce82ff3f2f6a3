"""How a launch's date moved, and how late the launch came against the first and the last promise."""

from collections.abc import Iterable
from datetime import date

from productops.model.base import Value
from productops.model.checklist import Rescheduled
from productops.model.people import PersonRef
from productops.model.timebox import TimeBucket


class TargetChange(Value):
    """A target as it was set; `committed` says that it was promised, not merely pencilled in."""

    target: TimeBucket
    set_on: date
    committed: bool = True
    reason: str | None = None
    by: PersonRef | None = None
    source: str | None = None


class DateMove(Value):
    """What happened when the date moved: from where, to where, and to the checklist."""

    old: TimeBucket
    new: TimeBucket
    checklist: Rescheduled

    def __str__(self) -> str:
        return f"{self.old.label} → {self.new.label}: {self.checklist}"


class LaunchSlip(Value):
    """Days between the launch and the first and the last committed date; negative is early, None unknown.

    A coarse date is kept anywhere within it: 0 inside, days after its end or before its start outside.
    """

    first: TimeBucket | None = None
    last: TimeBucket | None = None
    against_first: int | None = None
    against_last: int | None = None

    def __str__(self) -> str:
        if self.against_first is None or self.first is None or self.last is None:
            return "slip unknown: the launch or its committed date is missing"
        first, last = days_late(self.against_first), days_late(self.against_last or 0)
        return (
            f"{first} against the first committed date ({self.first.label}), {last} against {self.last.label}, the last"
        )


def days_late(days: int) -> str:
    """A number of days as people say it."""
    if days == 0:
        return "on time"
    return f"{abs(days)} day{'s' if abs(days) != 1 else ''} {'late' if days > 0 else 'early'}"


def days_outside(day: date, bucket: TimeBucket) -> int | None:
    """How many days a day lies after a bucket, before it (negative), or 0 within; None for an unknown bucket.

    >>> days_outside(date(2026, 12, 8), TimeBucket.day(date(2026, 12, 1)))
    7
    >>> days_outside(date(2026, 12, 8), TimeBucket.quarter(2026, 4))
    0
    """
    if not bucket.known:
        return None
    if bucket.end is not None and day > bucket.end:
        return (day - bucket.end).days
    if bucket.start is not None and day < bucket.start:
        return (day - bucket.start).days
    return 0


def slip(targets: Iterable[TargetChange], launched_on: date | None) -> LaunchSlip:
    """Measure the launch day by the first and the last committed known target."""
    committed = [change.target for change in targets if change.committed and change.target.known]
    if not committed:
        return LaunchSlip()
    first, last = committed[0], committed[-1]
    if launched_on is None:
        return LaunchSlip(first=first, last=last)
    return LaunchSlip(
        first=first,
        last=last,
        against_first=days_outside(launched_on, first),
        against_last=days_outside(launched_on, last),
    )
