"""The rate limit: three requests a second on average for each connection, with a burst."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Literal

PER_SECOND = 3.0
BURST = 10.0  # how many may come at once; the service says "some burst" and no figure


class Limits:
    """A bucket of requests per token.

    ``"real"`` are the service's figures, a number allows that many times as much, None is no limit. A refused request
    takes nothing from the bucket.
    """

    def __init__(self, limits: Literal["real"] | float | None = "real") -> None:
        factor = 1.0 if limits == "real" else limits
        if factor is not None and not factor > 0:
            raise ValueError("limits are a factor above 0, 'real' or None")
        self.rate: float | None = None if factor is None else PER_SECOND * factor
        self.burst: float = 0.0 if factor is None else max(1.0, BURST * factor)
        self._left: dict[str, tuple[float, datetime]] = {}

    def wait(self, token: str, now: datetime) -> int:
        """Count one request; return 0 when it may pass, else in how many whole seconds the next one may."""
        if self.rate is None:
            return 0
        left, since = self._left.get(token, (self.burst, now))
        left = min(self.burst, left + max(0.0, (now - since).total_seconds()) * self.rate)
        passes = left >= 1
        self._left[token] = (left - 1 if passes else left, now)
        return 0 if passes else max(1, math.ceil((1 - left) / self.rate))
