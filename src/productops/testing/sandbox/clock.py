"""The clocks a sandbox runs on: the machine's own, and one that only moves when told to."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Anything that tells the time (aware, UTC) and can let some of it pass."""

    def now(self) -> datetime:
        """Return the present moment, aware and in UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let this many seconds pass."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present moment, aware and in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Block the thread for this many seconds."""
        if seconds > 0:
            time.sleep(seconds)


class VirtualClock:
    """A clock that stands still until someone sleeps on it; for one thread.

    >>> clock = VirtualClock(datetime(2026, 1, 5, 9, tzinfo=UTC))
    >>> clock.sleep(90)
    >>> clock.now().isoformat()
    '2026-01-05T09:01:30+00:00'
    """

    def __init__(self, start: datetime = datetime(2026, 1, 5, 9, tzinfo=UTC)) -> None:
        if start.tzinfo is None:
            raise ValueError("a virtual clock starts at an aware time, such as datetime(2026, 1, 5, tzinfo=UTC)")
        self._now = self._start = start.astimezone(UTC)
        self._watchers: list[Callable[[], None]] = []

    def now(self) -> datetime:
        """Return the present moment, aware and in UTC."""
        return self._now

    def monotonic(self) -> float:
        """Return the seconds since the clock was made."""
        return (self._now - self._start).total_seconds()

    def sleep(self, seconds: float) -> None:
        """Move the clock forward by this many seconds; less than zero counts as none."""
        if seconds > 0:
            # Rounded up: a wait that moves nothing would make whoever waits in a loop wait for ever.
            self._now += timedelta(microseconds=math.ceil(seconds * 1_000_000))
            for watcher in self._watchers:
                watcher()

    def advance(self, step: timedelta | float) -> None:
        """Move the clock forward by a duration or a number of seconds."""
        self.sleep(step.total_seconds() if isinstance(step, timedelta) else step)

    def watch(self, watcher: Callable[[], None]) -> None:
        """Call ``watcher`` after every move; endpoints carry out their late commits this way."""
        self._watchers.append(watcher)
