"""What a table object created itself, and need not read again right afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

PAGE = 100
HOT = timedelta(seconds=2)  # what was made this shortly before the end is read again all the same


@dataclass(frozen=True, slots=True)
class Made:
    """When this object created rows, and how many."""

    first: datetime
    last: datetime
    count: int = 0

    def with_one(self, created: datetime) -> Made:
        """Return the same with one more row."""
        return Made(min(self.first, created), max(self.last, created), self.count + 1)

    @property
    def worth(self) -> bool:
        """Whether reading these rows again would take more than a few requests."""
        return self.count > 3 * PAGE and self.last - self.first > HOT
