"""Two of Jira's limiters: a token bucket per endpoint and a write limit per issue.

The third one, the hourly points, does not concern traffic with API tokens and is left out.
"""

from __future__ import annotations

import math
from collections import deque
from datetime import datetime, timedelta

from productops.testing.sandbox.jira.errors import RefusedError

PER_SECOND = {"GET": 100, "POST": 100, "PUT": 50, "DELETE": 50}
SPECIAL = {"GET issue/{}": 150, "GET issue/{}/changelog": 200}
WRITES: tuple[tuple[int, float], ...] = ((20, 2.0), (100, 30.0))
NEAR = 0.2


class Limits:
    """Counts requests. ``factor`` scales every size; 0 turns the limiters off."""

    def __init__(self, factor: float = 1.0) -> None:
        self.factor = factor
        self._buckets: dict[str, tuple[float, datetime]] = {}
        self._writes: dict[int, deque[datetime]] = {}

    def pass_endpoint(self, method: str, pattern: str, now: datetime) -> dict[str, str]:
        """Take a token of the endpoint's bucket; return the headers. Raises a 429 when it is empty."""
        if not self.factor:
            return {}
        name = f"{method} {pattern}"
        size = max(SPECIAL.get(name, PER_SECOND.get(method, 100)) * self.factor, 1.0)
        left, since = self._buckets.get(name, (size, now))
        left = min(size, left + max((now - since).total_seconds(), 0.0) * size)
        headers = {"X-RateLimit-Limit": f"{size:.0f}", "X-RateLimit-Remaining": f"{max(left - 1, 0):.0f}"}
        if left < 1:
            self._buckets[name] = (left, max(now, since))
            raise _refusal("jira-burst-based", (1 - left) / size, now, headers)
        self._buckets[name] = (left - 1, max(now, since))
        if left - 1 < size * NEAR:
            headers["X-RateLimit-NearLimit"] = "true"
        return headers

    def pass_write(self, issue: int, now: datetime) -> None:
        """Count a write to an issue. Raises a 429 when either window is full."""
        if not self.factor:
            return
        writes = self._writes.setdefault(issue, deque())
        while writes and (now - writes[0]).total_seconds() >= WRITES[-1][1]:
            writes.popleft()
        for most, seconds in WRITES:
            limit = max(int(most * self.factor), 1)
            recent = [one for one in writes if (now - one).total_seconds() < seconds]
            if len(recent) >= limit:
                wait = seconds - (now - recent[-limit]).total_seconds()
                headers = {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": "0"}
                raise _refusal("jira-per-issue-on-write", wait, now, headers)
        writes.append(now)


def _refusal(reason: str, wait: float, now: datetime, headers: dict[str, str]) -> RefusedError:
    seconds = max(math.ceil(wait), 1)
    reset = (now + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
    more = {"Retry-After": str(seconds), "RateLimit-Reason": reason, "X-RateLimit-Reset": reset}
    return RefusedError(429, "Rate limit exceeded", headers={**headers, **more})
