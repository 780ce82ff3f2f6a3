"""How fast we may ask: token buckets, the breaker that stops us under a lasting 429, and the budget for retries.

All of it is shared in the process by key, because a service counts requests per account and not per Python object,
and all of it may be used from several threads.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TypeVar

from productops.sdk.transport.clock import Clock, SystemClock

K = TypeVar("K")
V = TypeVar("V")

CALM = 0.99  # of a service's rate, as long as answers come back as quickly as ever
CAREFUL = 0.9  # of a service's rate, where a request may have been on its way for long
WINDOW_MOST = 100  # requests whose times are kept; a service that allows more in a second is not this exact
TICK = 1e-6  # seconds; less is no time to wait for, and might not move a clock at all
BREAKER_AFTER = 3  # refusals in a row, without any other answer between them
BREAKER_PAUSE = 60.0  # seconds between two probes of a host that refuses everything
BUDGET_FLOOR = 10.0  # retries that are always free, so that a short run survives a bad minute
BUDGET_SHARE = 0.1  # of the requests; beyond it retries would be the load that keeps a service down
BUDGET_MOST = 100.0  # a long quiet time earns no storm


@dataclass(slots=True)
class Sent:
    """A request that went out: when, of which kind, and how long it was away, which nobody knows before it is back."""

    at: float
    kind: str = ""
    took: float = math.inf


class Bucket:
    """A token bucket just below a service's ``rate``, in requests a second, at most ``burst`` at once, and a window.

    The bucket spaces requests by ``CALM`` of the rate. That alone would not do. Services count when a request arrives,
    so one that was held up on its way, by a busy machine or network, meets those behind it, and Airtable answers with
    half a minute of refusals. How long one was held up is at most what its answer took longer than the quickest of its
    kind.
    So the request that would be the first too many in one window waits for that long after the window's first has left,
    but never for longer than ``CAREFUL`` of the rate asks for, which also holds for a request that is not back yet.
    After a refusal that pace is kept: somebody else asks as well. ``rate=None`` never waits.

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
        self._pace = CALM
        self._tokens = float(burst)
        self._counted = clock.monotonic()  # the time for which _tokens is right; in the future during a penalty
        self._blocked_until = self._counted
        self._sent: deque[Sent] = deque(maxlen=WINDOW_MOST + burst)
        self._quickest: dict[str, float] = {}  # seconds, by kind of request

    def reserve(self) -> float:
        """Take one token and return the seconds to wait before using it."""
        with self._lock:
            now = self.clock.monotonic()
            ahead = max(0.0, self._counted - now)
            if self.rate is None:
                return max(0.0, self._blocked_until - now)
            pace = self.rate * self._pace
            if not ahead:
                self._tokens = min(self.burst, self._tokens + (now - self._counted) * pace)
                self._counted = now
            self._tokens -= 1
            return ahead + max(0.0, -self._tokens / pace)

    def leave(self) -> float:
        """Note that a request goes out now and return 0, or note nothing and return the seconds to wait still.

        One that leaves late earns no shorter distance to the next.
        """
        with self._lock:
            now = self.clock.monotonic()
            if self.rate is None:
                return 0.0
            if (wait := self._opens(self.rate) - now) > TICK:
                return wait
            if now > self._counted:
                self._tokens = min(self.burst - 1.0, self._tokens + (now - self._counted) * self.rate * self._pace)
                self._counted = now
            self._sent.append(Sent(now))
            return 0.0

    def _opens(self, rate: float) -> float:
        """Return when the window that ends with the next request may end."""
        counted = max(1, min(math.ceil(rate), WINDOW_MOST))
        first = counted + self.burst - 1
        if len(self._sent) < first:
            return -math.inf
        one = self._sent[-first]
        held_up = one.took - self._quickest.get(one.kind, 0.0)
        return one.at + min(counted / (rate * CALM) + held_up, counted / (rate * CAREFUL))

    def answered(self, started: float, kind: str) -> None:
        """Note that a request of a kind, which left at ``started`` (monotonic), is answered now."""
        with self._lock:
            took = self.clock.monotonic() - started
            self._quickest[kind] = min(took, self._quickest.get(kind, took))
            for one in reversed(self._sent):
                if one.at <= started and not one.kind:
                    one.kind, one.took = kind, took
                    break

    def blocked(self) -> float:
        """Return the seconds for which the whole scope must still wait after a refusal."""
        return max(0.0, self._blocked_until - self.clock.monotonic())

    def penalise(self, seconds: float) -> None:
        """Make the whole scope wait, after the service refused. A shorter penalty never shortens a longer one."""
        with self._lock:
            until = self.clock.monotonic() + max(0.0, seconds)
            self._blocked_until, self._pace = max(self._blocked_until, until), CAREFUL
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
