"""The rate limits: 5 requests a second and base, 50 a second and token, then 30 seconds of refusals."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from typing import Literal

PER_BASE = 5.0  # requests a second, all tokens together
PER_TOKEN = 50.0  # requests a second
PENALTY = 30.0  # seconds of 429 after a burst
SECOND = timedelta(seconds=1)


class Limits:
    """Who may send how much.

    ``"real"`` are the service's figures; a number allows that many times as much and shortens the penalty as many
    times; None is no limit. Requests the service refuses for other reasons count too. Requests during the penalty are
    counted by nobody and do not prolong it (whether the service prolongs it is not known).
    """

    def __init__(self, limits: Literal["real"] | float | None = "real") -> None:
        factor = 1.0 if limits == "real" else limits
        if factor is not None and factor <= 0:
            raise ValueError("limits are a factor above 0, 'real' or None")
        self.per_base: float | None = None if factor is None else PER_BASE * factor
        self.per_token: float | None = None if factor is None else PER_TOKEN * factor
        self.penalty: timedelta = timedelta(seconds=0 if factor is None else PENALTY / factor)
        self._seen: dict[str, deque[datetime]] = {}
        self._locked: dict[str, datetime] = {}

    def allow(self, base: str | None, token: str, now: datetime) -> bool:
        """Count one request and return whether it may pass."""
        scopes = [(f"token {token}", self.per_token)] + ([(f"base {base}", self.per_base)] if base else [])
        if any(now < self._locked.get(name, now) for name, _ in scopes):
            return False
        within = [self._count(name, limit, now) for name, limit in scopes if limit is not None]
        return all(within)

    def _count(self, name: str, limit: float, now: datetime) -> bool:
        seen = self._seen.setdefault(name, deque())
        while seen and seen[0] <= now - SECOND:
            seen.popleft()
        seen.append(now)
        if len(seen) <= max(limit, 1):
            return True
        self._locked[name] = now + self.penalty
        seen.clear()
        return False
