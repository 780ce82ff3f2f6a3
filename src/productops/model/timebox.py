"""Times as plans really know them: a day, a quarter, a half, or nothing; and offsets from a launch day."""

import calendar
import re
from datetime import date, timedelta
from enum import StrEnum
from typing import Self

from pydantic import model_validator

from productops.model.base import Value

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Precision(StrEnum):
    """How exactly a time is known."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    HALF = "half"
    YEAR = "year"
    NONE = "none"


FINENESS = {precision: rank for rank, precision in enumerate(Precision)}
MONTHS_IN = {Precision.MONTH: 1, Precision.QUARTER: 3, Precision.HALF: 6, Precision.YEAR: 12}
CODES = (
    (re.compile(r"(\d{4})"), "year_of"),
    (re.compile(r"(\d{4})-H([12])"), "half"),
    (re.compile(r"H([12]) (\d{4})"), "half"),
    (re.compile(r"(\d{4})-Q([1-4])"), "quarter"),
    (re.compile(r"Q([1-4]) (\d{4})"), "quarter"),
    (re.compile(r"(\d{4})-(\d{2})"), "month"),
    (re.compile(r"(\d{4})-W(\d{2})"), "week"),
)


def month_span(index: int, months: int) -> tuple[date, date]:
    """First and last day of `months` months from the month with that index (year * 12 + month - 1)."""
    year, month = divmod(index, 12)
    last_year, last_month = divmod(index + months - 1, 12)
    last_day = calendar.monthrange(last_year, last_month + 1)[1]
    return date(year, month + 1, 1), date(last_year, last_month + 1, last_day)


class TimeBucket(Value):
    """A stretch of days, both ends included, and how exactly it is known.

    With a precision the ends are exactly those of the day, ISO week, month, quarter, half or year; a "Q3"
    never becomes a day. Precision `none` is an unknown time, or a free span whose ends need not fit anything.
    Buckets sort by start, then end, then precision; an unknown start sorts last. Illegal ends raise ValueError.

    >>> TimeBucket.quarter(2026, 3).shift(1).label
    'Q4 2026'
    >>> TimeBucket.parse("2026-W40").start
    datetime.date(2026, 9, 28)
    """

    start: date | None = None
    end: date | None = None
    precision: Precision = Precision.NONE

    @model_validator(mode="after")
    def ends_fit(self) -> Self:
        """Refuse ends that are not those of the precision."""
        if self.precision is Precision.NONE:
            if self.start and self.end and self.start > self.end:
                raise ValueError(f"the start {self.start} is after the end {self.end}")
            return self
        if self.start is None or self.end is None:
            raise ValueError(f"a {self.precision.value} needs a start and an end; use precision 'none' without them")
        fitting = self.ends(self.precision, self.start)
        if (self.start, self.end) != fitting:
            raise ValueError(
                f"{self.start} to {self.end} is not a {self.precision.value}: "
                f"that of the start goes from {fitting[0]} to {fitting[1]}"
            )
        return self

    @staticmethod
    def ends(precision: Precision, day: date) -> tuple[date, date]:
        """First and last day of the bucket of that precision around a day; raises ValueError for `none`."""
        if precision is Precision.NONE:
            raise ValueError("precision 'none' has no fixed ends; use TimeBucket.span")
        if precision is Precision.DAY:
            return day, day
        try:
            if precision is Precision.WEEK:
                monday = day - timedelta(days=day.weekday())
                return monday, monday + timedelta(days=6)
        except OverflowError:
            raise ValueError(f"the week of {day} runs out of the calendar") from None
        size = MONTHS_IN[precision]
        index = day.year * 12 + day.month - 1
        return month_span(index - index % size, size)

    @classmethod
    def around(cls, day: date, precision: Precision | str) -> Self:
        """The bucket of a precision which holds the day."""
        wanted = Precision(precision)
        start, end = cls.ends(wanted, day)
        return cls(start=start, end=end, precision=wanted)

    @classmethod
    def unknown(cls) -> Self:
        """No date at all."""
        return cls()

    @classmethod
    def span(cls, start: date | None, end: date | None) -> Self:
        """Free ends, for instance from another system; either may be open."""
        return cls(start=start, end=end)

    @classmethod
    def day(cls, day: date) -> Self:
        """One day."""
        return cls.around(day, Precision.DAY)

    @classmethod
    def week(cls, year: int, week: int) -> Self:
        """An ISO week, Monday to Sunday, of an ISO year."""
        return cls.around(date.fromisocalendar(year, week, 1), Precision.WEEK)

    @classmethod
    def month(cls, year: int, month: int) -> Self:
        """A calendar month."""
        return cls.around(date(year, month, 1), Precision.MONTH)

    @classmethod
    def quarter(cls, year: int, quarter: int) -> Self:
        """A calendar quarter, 1 to 4."""
        if quarter not in range(1, 5):
            raise ValueError(f"a quarter is 1, 2, 3 or 4, not {quarter}")
        return cls.around(date(year, quarter * 3, 1), Precision.QUARTER)

    @classmethod
    def half(cls, year: int, half: int) -> Self:
        """A half of a calendar year, 1 or 2."""
        if half not in (1, 2):
            raise ValueError(f"a half is 1 or 2, not {half}")
        return cls.around(date(year, half * 6, 1), Precision.HALF)

    @classmethod
    def year_of(cls, year: int) -> Self:
        """A calendar year."""
        return cls.around(date(year, 1, 1), Precision.YEAR)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "2026", "2026-H2", "2026-Q3", "Q3 2026", "2026-09", "2026-W40" or "2026-09-30"; else ValueError."""
        wanted = text.strip().upper()
        for pattern, constructor in CODES:
            if found := pattern.fullmatch(wanted):
                # The year comes first for the constructors, wherever it stood.
                numbers = [int(part) for part in found.groups() if len(part) == 4]
                rest = [int(part) for part in found.groups() if len(part) != 4]
                return getattr(cls, constructor)(*numbers, *rest)  # type: ignore[no-any-return] # by name from CODES
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", wanted):
            return cls.day(date.fromisoformat(wanted))
        raise ValueError(f"{text!r} is not a time such as 2026, 2026-H2, 2026-Q3, 2026-09, 2026-W40 or 2026-09-30")

    @property
    def code(self) -> str:
        """A short form that `parse` reads back; an unknown time or a free span has "" or "start/end"."""
        if self.start is None or self.precision is Precision.NONE:
            return "" if self.start is self.end is None else f"{self.start or '..'}/{self.end or '..'}"
        start, year = self.start, f"{self.start.year:04d}"
        if self.precision is Precision.WEEK:
            iso = start.isocalendar()
            return f"{iso.year:04d}-W{iso.week:02d}"
        return {
            Precision.DAY: start.isoformat(),
            Precision.MONTH: f"{year}-{start.month:02d}",
            Precision.QUARTER: f"{year}-Q{(start.month + 2) // 3}",
            Precision.HALF: f"{year}-H{1 if start.month == 1 else 2}",
            Precision.YEAR: year,
        }[self.precision]

    @property
    def label(self) -> str:
        """What people read: "30 Sep 2026", "W40 2026", "Sep 2026", "Q3 2026", "H2 2026", "2026" or "no date"."""
        if self.precision is Precision.NONE or self.start is None:
            return self.code.replace("..", "open").replace("/", " to ") or "no date"
        if self.precision is Precision.DAY:
            return f"{self.start.day} {MONTHS[self.start.month - 1]} {self.start.year}"
        if self.precision is Precision.MONTH:
            return f"{MONTHS[self.start.month - 1]} {self.start.year}"
        year, _, part = self.code.partition("-")
        return f"{part} {year}".strip()

    @property
    def known(self) -> bool:
        """Whether there is any date."""
        return self.start is not None or self.end is not None

    @property
    def index(self) -> int:
        """The bucket's number among those of its precision; neighbours differ by one. ValueError for `none`."""
        if self.start is None or self.precision is Precision.NONE:
            raise ValueError(f"{self.label} cannot be counted in steps; give it a precision first")
        if self.precision is Precision.DAY:
            return self.start.toordinal()
        if self.precision is Precision.WEEK:
            return self.start.toordinal() // 7
        return (self.start.year * 12 + self.start.month - 1) // MONTHS_IN[self.precision]

    def shift(self, steps: int) -> "TimeBucket":
        """The bucket so many days, weeks, ... later (earlier if negative); ValueError for `none`."""
        index = self.index + steps
        try:
            if self.precision is Precision.DAY:
                return TimeBucket.day(date.fromordinal(index))
            if self.precision is Precision.WEEK:
                return TimeBucket.around(date.fromordinal(index * 7 + 1), Precision.WEEK)
            start, end = month_span(index * MONTHS_IN[self.precision], MONTHS_IN[self.precision])
        except (OverflowError, ValueError):
            raise ValueError(f"{self.label} moved by {steps} runs out of the calendar") from None
        return TimeBucket(start=start, end=end, precision=self.precision)

    def steps_to(self, other: "TimeBucket") -> int:
        """How many steps later the other bucket is; ValueError when the precisions differ."""
        if self.precision is not other.precision:
            raise ValueError(f"a {self.precision.value} and a {other.precision.value} have no common step")
        return other.index - self.index

    def contains(self, day: date) -> bool:
        """Whether the day lies in the bucket; an unknown time contains no day, an open end no limit."""
        return self.known and (self.start or date.min) <= day <= (self.end or date.max)

    def sort_key(self) -> tuple[bool, date, date, int]:
        """What buckets sort by."""
        return self.start is None, self.start or date.max, self.end or date.max, FINENESS[self.precision]

    def __lt__(self, other: "TimeBucket") -> bool:
        return self.sort_key() < other.sort_key()

    def __le__(self, other: "TimeBucket") -> bool:
        return self.sort_key() <= other.sort_key()

    def __gt__(self, other: "TimeBucket") -> bool:
        return self.sort_key() > other.sort_key()

    def __ge__(self, other: "TimeBucket") -> bool:
        return self.sort_key() >= other.sort_key()

    def __str__(self) -> str:
        return self.label
