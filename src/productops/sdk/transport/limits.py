"""How fast we may ask: token buckets, the breaker that stops us under a lasting 429, and the budget for retries.

All of it is shared in the process by key, because a service counts requests per account and not per Python object,
and all of it may be used from several threads.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Hashable
from typing import TypeVar

from productops.sdk.transport.clock import Clock, SystemClock

K = TypeVar("K")
V = TypeVar("V")

BREAKER_AFTER = 3  # refusals in a row, without any other answer between them
BREAKER_PAUSE = 60.0  # seconds between two probes of a host that refuses everything
BUDGET_FLOOR = 10.0  # retries that are always free, so that a short run survives a bad minute
BUDGET_SHARE = 0.1  # of the requests; beyond it retries would be the load that keeps a service down
BUDGET_MOST = 100.0  # a long quiet time earns no storm


class Bucket:
    """A token bucket: ``rate`` requests a second on average, at most ``burst`` at once. ``rate=None`` never waits.

    Source: the token-bucket algorithm as in RFC 2697 §3, with reservations: a caller takes its token at once and is
    told how long to wait for it, so waiting threads are served in order.
    """

    def __init__(self, clock: Clock, rate: float | None = None, burst: int = 1) -> None:
        if (rate is not None and not rate > 0) or burst < 1:
            raise ValueError("a bucket needs a rate above 0 requests a second and a burst of at least 1")
        self.clock: Clock = clock
        self.rate: float | None = rate
        self.burst: int = burst
        self._lock = threading.Lock()
        self._tokens = float(burst)
        self._counted = clock.monotonic()  # the time for which _tokens is right; in the future during a penalty
        self._blocked_until = self._counted

    def reserve(self) -> float:
        """Take one token and return the seconds to wait before using it."""
        with self._lock:
            now = self.clock.monotonic()
            ahead = max(0.0, self._counted - now)
            if self.rate is None:
                return max(0.0, self._blocked_until - now)
            if not ahead:
                self._tokens = min(self.burst, self._tokens + (now - self._counted) * self.rate)
                self._counted = now
            self._tokens -= 1
            return ahead + max(0.0, -self._tokens / self.rate)

    def sent(self) -> None:
        """Note that a request goes out now: one that left late earns no shorter distance to the next.

        Services that count requests in a sliding second would see the two too close together.
        """
        with self._lock:
            now = self.clock.monotonic()
            if self.rate is not None and now > self._counted:
                self._tokens = min(self.burst - 1.0, self._tokens + (now - self._counted) * self.rate)
                self._counted = now

    def blocked(self) -> float:
        """Return the seconds for which the whole scope must still wait after a refusal."""
        return max(0.0, self._blocked_until - self.clock.monotonic())

    def penalise(self, seconds: float) -> None:
        """Make the whole scope wait, after the service refused. A shorter penalty never shortens a longer one."""
        with self._lock:
            until = self.clock.monotonic() + max(0.0, seconds)
            self._blocked_until = max(self._blocked_until, until)
            if until > self._counted:
                self._counted, self._tokens = until, min(self._tokens, 1.0)


class Breaker:
    """Under a lasting 429, lets one request a minute through to a host, until it answers otherwise."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._lock = threading.Lock()
        self._refusals = 0
        self._next_probe = 0.0
        self._last_refusal = -math.inf

    def wait(self) -> float:
        """Return 0 when a request may go now (an open breaker counts it as the probe), else the seconds to wait."""
        with self._lock:
            if self._refusals < BREAKER_AFTER:
                return 0.0
            now = self.clock.monotonic()
            if now < self._next_probe:
                return self._next_probe - now
            self._next_probe = now + BREAKER_PAUSE
            return 0.0

    def refused(self, started: float) -> None:
        """Count a 429 to a request sent at ``started`` (monotonic). Refusals in one burst of threads count as one."""
        with self._lock:
            if started < self._last_refusal:
                return
            self._last_refusal = self.clock.monotonic()
            self._refusals += 1
            if self._refusals >= BREAKER_AFTER:
                self._next_probe = max(self._next_probe, self._last_refusal + BREAKER_PAUSE)

    def answered(self) -> None:
        """Close the breaker: the host answered something else than 429."""
        with self._lock:
            self._refusals = 0


class RetryBudget:
    """How many retries a host may still see: a tenth of its requests, and a few that are always free."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left = BUDGET_FLOOR

    def earn(self) -> None:
        """Count a first attempt."""
        with self._lock:
            self._left = min(BUDGET_MOST, self._left + BUDGET_SHARE)

    def spend(self) -> bool:
        """Take one retry; False when none is left."""
        with self._lock:
            if self._left < 1:
                return False
            self._left -= 1
            return True


class Limits:
    """The buckets, breakers and budgets of one world of time. Policies that share it share their limits."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock: Clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._buckets: dict[Hashable, Bucket] = {}
        self._breakers: dict[str, Breaker] = {}
        self._budgets: dict[str, RetryBudget] = {}

    def bucket(self, host: str, credential: str, scope: Hashable, rate: float | None = None, burst: int = 1) -> Bucket:
        """Return the bucket of (host, credential, scope). ``rate`` and ``burst`` count when it is first asked for."""
        return self._one(self._buckets, (host, credential, scope), lambda: Bucket(self.clock, rate, burst))

    def breaker(self, host: str) -> Breaker:
        """Return the breaker of a host."""
        return self._one(self._breakers, host, lambda: Breaker(self.clock))

    def budget(self, host: str) -> RetryBudget:
        """Return the retry budget of a host."""
        return self._one(self._budgets, host, RetryBudget)

    def _one(self, kept: dict[K, V], key: K, make: Callable[[], V]) -> V:
        with self._lock:
            if key not in kept:
                kept[key] = make()
            return kept[key]


# What every policy on the machine's own clock shares by default.
PROCESS_LIMITS = Limits()
