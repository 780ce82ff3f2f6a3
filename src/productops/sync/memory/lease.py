"""The right to write: one runner at a time, and one that was overtaken sends nothing more.

A lease is a row of the state with a number, the fence, that grows with every takeover. Each transaction of a
runner renews it and fails if the fence moved on. For others it lasts longer than for its holder, by the time for
which a request that is under way may still take effect.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from productops.errors import StaleError, UnavailableError
from productops.sync.memory.holder import LEASE, is_gone, new_holder
from productops.sync.memory.state import State

MARGIN = 120.0  # seconds before the lease's end after which nothing leaves: more than a request may take
PATIENCE = 0.5  # seconds between two looks at a lease that somebody holds


class OvertakenError(StaleError):
    """Nothing left any more because another run may have taken over; the record itself is as it was."""


@dataclass(slots=True)
class Lease:
    """What a runner holds while it writes. ``late``: seconds for which its last request may still take effect."""

    state: State
    holder: str
    fence: int
    now: Callable[[], datetime]
    late: float
    _renewed: tuple[float, float] = field(init=False)

    def __post_init__(self) -> None:
        self._renewed = self._clocks()

    def _clocks(self) -> tuple[float, float]:
        return self.now().timestamp(), time.monotonic()

    def renew(self) -> None:
        """Renew inside the caller's transaction.

        Raises:
            StaleError: another runner took over; nothing more may be written.

        """
        self.state.hold_lease(self.holder, self.fence, self.now(), LEASE + self.late)
        self._renewed = self._clocks()

    def still_ours(self) -> None:
        """Keep a write here whose lease has nearly run out: another runner may be deciding about the same record.

        The clock that is further on counts: one may have been set back, the other may have slept.

        Raises:
            OvertakenError: nothing may be sent any more.

        """
        passed = max(now - then for now, then in zip(self._clocks(), self._renewed, strict=True))
        if passed > LEASE - MARGIN:
            raise OvertakenError(
                "This run was held up for so long that another one may have taken over.", system="productops",
                remedy="Plan again.",
            )  # fmt: skip


@contextmanager
def leased(state: State, now: Callable[[], datetime], late: float, wait: float = 0.0) -> Iterator[Lease]:
    """Hold the lease for the length of a block.

    Raises:
        UnavailableError: another runner holds it, also after ``wait`` seconds.

    """
    holder = new_holder()
    deadline = time.monotonic() + wait
    while (fence := state.take_lease(holder, now(), LEASE + late)) is None:
        left = deadline - time.monotonic()
        if left <= 0:
            raise UnavailableError(
                f"Another run of {state.sync!r} is at work.",
                system="productops",
                remedy="Let it finish; the next run goes on from there.",
            )
        time.sleep(min(PATIENCE, left))
    try:
        yield Lease(state, holder, fence, now, late)
    finally:
        state.free_lease(holder)


__all__ = ["LEASE", "MARGIN", "Lease", "OvertakenError", "is_gone", "leased", "new_holder"]
