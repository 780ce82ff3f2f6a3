"""How often something happens: every week, month or quarter, every so many days, or once per launch."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from productops.model.base import Value
from productops.model.offsets import add_months

WEEKS_IN_YEAR = 52
DAYS_IN_MONTH = WEEKS_IN_YEAR * 7 / 12  # so that "every 7 days" costs exactly what "weekly" does
EVERY = re.compile(r"every (\d{1,4}) (day|week|month)s?")


class Every(StrEnum):
    """What a cadence counts; `launch` stands for any event the process follows."""

    DAY = "day"
    MONTH = "month"
    LAUNCH = "launch"


NAMED = {
    "daily": (1, Every.DAY),
    "weekly": (7, Every.DAY),
    "monthly": (1, Every.MONTH),
    "quarterly": (3, Every.MONTH),
    "yearly": (12, Every.MONTH),
    "per launch": (1, Every.LAUNCH),
}
NAMES = {value: name for name, value in NAMED.items()}


class Window(Value):
    """A stretch of days, both ends included, in which one run is expected."""

    start: date
    end: date


class Cadence(Value):
    """Every `count` days or months, or once per launch.

    A year has 52 weeks here, as the usual estimate of process cost has it; so weekly is 52/12 runs a month.

    >>> round(Cadence.parse("weekly").runs_per_month(), 2), Cadence.parse("every 10 days").count
    (4.33, 10)
    """

    count: int = Field(default=1, ge=1)
    every: Every

    @model_validator(mode="after")
    def one_per_launch(self) -> Self:
        """Refuse "every third launch": which launch is the third depends on who counts."""
        if self.every is Every.LAUNCH and self.count != 1:
            raise ValueError("a cadence per launch is once per launch")
        return self

    @classmethod
    def parse(cls, text: str) -> "Cadence":
        """Read "daily", "weekly", "monthly", "quarterly", "yearly", "per launch" or "every 10 days"; else ValueError.

        "every 2 weeks" and "every 2 months" work too; "biweekly" does not, for it means two things.
        """
        wanted = " ".join(text.replace("_", " ").lower().split())
        if wanted in NAMED:
            count, every = NAMED[wanted]
            return cls(count=count, every=every)
        if (found := EVERY.fullmatch(wanted)) and int(found[1]):
            if found[2] == "month":
                return cls(count=int(found[1]), every=Every.MONTH)
            return cls(count=int(found[1]) * (7 if found[2] == "week" else 1), every=Every.DAY)
        raise ValueError(f"{text!r} is not a cadence: use {', '.join(NAMED)} or for instance 'every 10 days'")

    def runs_per_month(self, launches_per_month: float | None = None) -> float | None:
        """Runs in an average month; per launch it is the launches a month, None when nobody said how many."""
        if self.every is Every.LAUNCH:
            return launches_per_month
        return (1 if self.every is Every.MONTH else DAYS_IN_MONTH) / self.count

    def step(self, start: date, number: int) -> date:
        """The first day of the window with that number, counted from `start`; ValueError per launch."""
        if self.every is Every.LAUNCH:
            raise ValueError("a cadence per launch follows launches, not the calendar")
        if self.every is Every.MONTH:
            return add_months(start, number * self.count)
        return start + timedelta(days=number * self.count)

    def windows(self, start: date, as_of: date) -> list[Window]:
        """The windows from `start` that are over by the end of `as_of`; one still running expects nothing yet."""
        found: list[Window] = []
        while True:
            after = self.step(start, len(found) + 1)
            if after - timedelta(days=1) > as_of:
                return found
            found.append(Window(start=self.step(start, len(found)), end=after - timedelta(days=1)))

    def __str__(self) -> str:
        named = NAMES.get((self.count, self.every))
        return named or f"every {self.count} {self.every.value}s"


def read_cadence(value: object) -> object:
    """Read a cadence written as text."""
    return Cadence.parse(value) if isinstance(value, str) else value


WrittenCadence = Annotated[Cadence, BeforeValidator(read_cadence), PlainSerializer(str, return_type=str)]


def kept(windows: Iterable[Window], days: Iterable[date]) -> int:
    """In how many of the windows at least one of the days lies."""
    seen = sorted(set(days))
    return sum(any(window.start <= day <= window.end for day in seen) for window in windows)
