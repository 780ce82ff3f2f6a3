"""A service that asked us to wait is left alone until then, also by the next process.

What a service asked for is in the state when a run ends with it. A run that is started before that time sends
nothing; one that is started after it gives up at the first refusal. So a job under cron asks a service that refuses
everything once a minute at most, however often it is started.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from productops.errors import RateLimitedError
from productops.sdk.transport.limits import BREAKER_PAUSE
from productops.sdk.transport.wary import wary
from productops.sync.memory import tables as t
from productops.sync.memory.state import State

PREFIX = "asked to wait: "


@contextmanager
def left_alone(state: State, systems: set[str], now: Callable[[], datetime]) -> Iterator[None]:
    """Do a block that asks services, unless one of them asked to be left alone for longer.

    Raises:
        RateLimitedError: a service asked for it, just now or in an earlier run.

    """
    told = {system: state.fact(PREFIX + system) for system in sorted(systems)}
    known = {system: float(text) for system, text in told.items() if text is not None}
    for system, until in known.items():
        if (left := until - now().timestamp()) > 0:
            raise RateLimitedError(
                f"{system} asked an earlier run to wait, for another {math.ceil(left)} s; it was not asked again",
                retry_after=left,
                system=system,
                remedy="Run it again later; it goes on where it stopped.",
            )
    try:
        with wary(refused=bool(known)):
            yield
    except RateLimitedError as error:
        if error.system in systems:
            wait = max(error.retry_after or 0.0, BREAKER_PAUSE)
            state.set_fact(PREFIX + str(error.system), str(now().timestamp() + wait))
        raise
    if known:
        state.drop(t.facts, "name", [PREFIX + system for system in known])
