"""Days counted from a launch day, written `T-6w`: the grammar, and the calendar behind it."""

import calendar
import re
from collections.abc import Collection
from datetime import date, datetime, timedelta
from enum import StrEnum

from pydantic import Field

from productops.model.base import Value
from productops.model.timebox import Precision, TimeBucket

GRAMMAR = re.compile(r"T(?:0|([+-])(\d{1,4})(bd|d|w|m))?")
SATURDAY = 5


class Unit(StrEnum):
    """What an offset counts: days, business days, weeks or months."""

    DAYS = "d"
    BUSINESS_DAYS = "bd"
    WEEKS = "w"
    MONTHS = "m"


class Due(Value):
    """A day counted from a bucket; `approximate` when the bucket is not one day, None when it has no start."""

    on: date | None
    approximate: bool = False

    @property
    def label(self) -> str:
        """What people read: "20 Oct 2026", "about 20 Oct 2026" or "no date"."""
        if self.on is None:
            return "no date"
        return ("about " if self.approximate else "") + TimeBucket.day(self.on).label


class Offset(Value):
    """A number of days, business days, weeks or months before (negative) or after T, the launch day.

    Months keep the day of the month and clamp to the month's end. Business days skip Saturdays, Sundays and the
    given holidays, and never count T itself; zero of them is T even on a Sunday.

    >>> Offset.parse("T-6w").resolve(date(2026, 12, 1))
    datetime.date(2026, 10, 20)
    >>> str(Offset.parse("T-3bd"))
    'T-3bd'
    """

    count: int = Field(default=0, ge=-9999, le=9999)
    unit: Unit = Unit.DAYS

    @classmethod
    def parse(cls, text: str) -> "Offset":
        """Read "T", "T0", "T-6w", "T+2d", "T-10bd" or "T-1m"; else ValueError."""
        found = GRAMMAR.fullmatch(text.strip())
        if not found:
            raise ValueError(f"{text!r} is not an offset: write T, a sign, a number and d, bd, w or m, as in T-6w")
        sign, number, unit = found.groups()
        return cls(count=int(f"{sign}{number}"), unit=Unit(unit)) if number else cls()

    def resolve(self, launch: date, holidays: Collection[date] = ()) -> date:
        """The day itself; ValueError beyond the calendar, TypeError for a datetime, whose day depends on a zone."""
        if isinstance(launch, datetime):
            raise TypeError("offsets count from a date, not a datetime; take the date in the launch's time zone")
        try:
            if self.unit is Unit.MONTHS:
                return add_months(launch, self.count)
            if self.unit is Unit.BUSINESS_DAYS:
                return add_business_days(launch, self.count, holidays)
            return launch + timedelta(days=self.count * (7 if self.unit is Unit.WEEKS else 1))
        except (OverflowError, ValueError):
            raise ValueError(f"{self} from {launch} runs out of the calendar") from None

    def resolve_from(self, target: TimeBucket, holidays: Collection[date] = ()) -> Due:
        """The day counted from a bucket's start, marked approximate when the bucket is coarser than a day."""
        if target.start is None:
            return Due(on=None)
        return Due(on=self.resolve(target.start, holidays), approximate=target.precision is not Precision.DAY)

    def __str__(self) -> str:
        return f"T{self.count:+d}{self.unit.value}" if self.count else "T0"


def add_months(day: date, months: int) -> date:
    """The same day of another month, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def add_business_days(day: date, count: int, holidays: Collection[date] = ()) -> date:
    """Walk so many business days forward, or back if negative."""
    free = frozenset(holidays)
    step = timedelta(days=1 if count > 0 else -1)
    left = abs(count)
    while left:
        day += step
        left -= day.weekday() < SATURDAY and day not in free
    return day
