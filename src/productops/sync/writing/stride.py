"""How many chunks of creates go out on one commit of intents.

A commit costs more than all else that is done for a chunk. So the intents of several chunks are committed together:
as many as leave within a moment, which is one at a service that answers slowly and hundreds at one that does not. A
crash then leaves a moment's worth of creates to be looked up, however fast or slow the service is.

>>> stride = Stride(most=50)
>>> stride.took(0.2), stride.took(0.3), stride.took(1.4), stride.chunks
(2, 4, 2, 2)
"""

from __future__ import annotations

from dataclasses import dataclass

MOMENT = 1.0  # seconds in which the chunks of one commit should leave


@dataclass(slots=True)
class Stride:
    """A number of chunks that grows and shrinks with the time they take. Begins with one: it may well be refused."""

    most: int
    chunks: int = 1

    def took(self, seconds: float) -> int:
        """Learn how long as many chunks as :attr:`chunks` took; return how many are next."""
        if seconds > MOMENT:
            self.chunks = max(1, self.chunks // 2)
        elif seconds <= MOMENT / 2:
            self.chunks = min(self.most, self.chunks * 2)
        return self.chunks
