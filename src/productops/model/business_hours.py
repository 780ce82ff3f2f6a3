"""Working time between two moments, with an opening time, free days and a time zone."""

from bisect import bisect_left
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import accumulate
from zoneinfo import ZoneInfo

from pydantic import field_validator, model_validator

from productops.model.base import SortedSet, Value, to_utc

WEEK = 7
DAY = 86_400
Elapsed = Callable[[datetime, datetime], float]


def all_hours(start: datetime, end: datetime) -> float:
    """Plain seconds, day and night; never negative."""
    # A comparison, because max() takes twice as long, and this runs for every clock of every note.
    elapsed = (end - start).total_seconds()
    return elapsed if elapsed > 0 else 0.0


class BusinessHours(Value):
    """When people work: `opens` to `closes` on `weekdays` (Monday is 0), not on `holidays`, by the clock of `zone`.

    The hours are those on the wall, so a day on which clocks change is as long as any. Raises ValueError for an
    unknown zone, a closing time not after the opening, and days outside 0 to 6.

    >>> office = BusinessHours(zone="Europe/Berlin")
    >>> friday = datetime.fromisoformat("2026-09-25T16:00+02:00")
    >>> str(office.between(friday, friday + timedelta(days=3)))
    '8:00:00'
    """

    opens: time = time(9)
    closes: time = time(17)
    weekdays: SortedSet[int] = frozenset(range(5))
    holidays: SortedSet[date] = frozenset()
    zone: str = "UTC"

    @field_validator("weekdays")
    @classmethod
    def days_of_a_week(cls, weekdays: frozenset[int]) -> frozenset[int]:
        """Refuse days that no week has."""
        if not weekdays or not weekdays <= set(range(WEEK)):
            raise ValueError("weekdays are numbers from 0 (Monday) to 6 (Sunday), at least one")
        return weekdays

    @field_validator("zone")
    @classmethod
    def known_zone(cls, zone: str) -> str:
        """Refuse a zone the system does not know."""
        try:
            ZoneInfo(zone)
        except (LookupError, OSError, ValueError):
            raise ValueError(f"{zone!r} is not a time zone such as Europe/Berlin") from None
        return zone

    @model_validator(mode="after")
    def opens_before_closing(self) -> "BusinessHours":
        """Refuse hours over midnight, which would belong to two days."""
        if self.opens.tzinfo or self.closes.tzinfo:
            raise ValueError("opens and closes are plain times; the zone says where")
        if self.opens >= self.closes:
            raise ValueError(f"closes ({self.closes}) must be after opens ({self.opens})")
        return self

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Working time from one moment to another; nothing when the end comes first."""
        return timedelta(seconds=self.elapsed()(to_utc(start), to_utc(end)))

    def elapsed(self) -> Elapsed:
        """A function like `between`, in seconds, prepared for many calls with aware moments."""
        zone = ZoneInfo(self.zone)
        free = sorted(day.toordinal() for day in self.holidays if day.weekday() in self.weekdays)
        opening, closing = seconds(self.opens), seconds(self.closes)
        days_before = [0, *accumulate(day in self.weekdays for day in range(WEEK))]
        open_days, day_length = frozenset(self.weekdays), closing - opening

        @cache
        def day(ordinal: int) -> tuple[float, bool]:
            """Seconds worked before a local day, and whether it is one of work; each day is looked up once."""
            weeks, weekday = divmod(ordinal - 1, WEEK)
            passed = bisect_left(free, ordinal)
            holiday = passed < len(free) and free[passed] == ordinal
            before = (weeks * days_before[WEEK] + days_before[weekday] - passed) * day_length
            return before, weekday in open_days and not holiday

        @cache
        def offset(ordinal: int) -> float | None:
            """Seconds the zone's clock is ahead on a day of UTC, None on days when that changes."""
            midnight = datetime.fromordinal(ordinal).replace(tzinfo=UTC)
            ahead = [(midnight + timedelta(hours=hours)).astimezone(zone).utcoffset() for hours in (0, 12, 24)]
            return ahead[0].total_seconds() if ahead[0] is not None and len(set(ahead)) == 1 else None

        def worked(moment: datetime) -> float:
            """Seconds worked since the first day of the calendar."""
            utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
            ordinal = utc.toordinal()
            # As `seconds` has it, without the call: this line runs a million times for a hundred thousand notes.
            on_clock = utc.hour * 3600 + utc.minute * 60 + utc.second + utc.microsecond / 1e6
            ahead = offset(ordinal)
            if ahead is None:
                local = utc.astimezone(zone)
                ordinal, on_clock = local.toordinal(), seconds(local)
            else:
                on_clock += ahead
                if not 0 <= on_clock < DAY:
                    ordinal, on_clock = (ordinal - 1, on_clock + DAY) if on_clock < 0 else (ordinal + 1, on_clock - DAY)
            before, is_open = day(ordinal)
            if not is_open or on_clock <= opening:
                return before
            return before + (on_clock - opening if on_clock < closing else day_length)

        # The clocks of one note start at one moment, and those of open notes end at one; both are counted once.
        last_start: datetime | None = None
        last_end: datetime | None = None
        at_start = at_end = 0.0

        def between(start: datetime, end: datetime) -> float:
            """Seconds worked from one moment to another; none where clocks set back make the wall's time smaller."""
            nonlocal last_start, last_end, at_start, at_end
            if end <= start:
                return 0.0
            if start is not last_start:
                last_start, at_start = start, worked(start)
            if end is not last_end:
                last_end, at_end = end, worked(end)
            return at_end - at_start if at_end > at_start else 0.0

        return between


def seconds(moment: time | datetime) -> float:
    """Seconds since midnight."""
    return moment.hour * 3600 + moment.minute * 60 + moment.second + moment.microsecond / 1e6
