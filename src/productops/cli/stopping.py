"""How a run is told to stop: by Ctrl-C or SIGTERM, between two requests, with everything remembered."""

from __future__ import annotations

import contextlib
import signal
import sys
import time
from collections.abc import Iterator
from types import FrameType

from productops.cli import exits
from productops.cli.words import say

# What must not be left half done: a statement, a transaction, the lease.
WHOLE = ("sqlalchemy.", "productops.sync.memory.", "productops.workspace.store")
MOST = 1.0  # seconds that a signal waits for it, so that no database can keep a run from ending
AGAIN = 0.01  # seconds until it is looked whether it is done
CLOCK = getattr(signal, "SIGALRM", None)  # Windows has none: there a signal waits for nothing


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """Let SIGINT and SIGTERM end what happens in the block, with 130 or 143 and a sentence.

    A signal is raised wherever the run happens to be. Where that is in the middle of a transaction's end it waits for a
    moment; and what it becomes on its way does not count: who was told to stop stops. A signal that the process ignores
    stays ignored.
    """
    heard: list[tuple[int, float]] = []

    def stop(sign: int, frame: FrameType | None) -> None:
        if sign != CLOCK:
            heard.append((sign, time.monotonic()))
        if not heard:
            return
        if CLOCK is not None and time.monotonic() - heard[0][1] < MOST and _halfway(frame):
            signal.setitimer(signal.ITIMER_REAL, AGAIN)
            return
        raise KeyboardInterrupt

    def swallowed(what: sys.UnraisableHookArgs) -> None:
        """What is raised while Python tidies up reaches nobody: it is raised once more."""
        if not (heard and issubclass(what.exc_type, KeyboardInterrupt)):
            told(what)
        elif CLOCK is not None:
            signal.setitimer(signal.ITIMER_REAL, AGAIN)

    told, sys.unraisablehook = sys.unraisablehook, swallowed
    signs = [sign for sign in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(sign) is not signal.SIG_IGN]
    before = {sign: signal.signal(sign, stop) for sign in (*signs, *filter(None, (CLOCK,)))}
    try:
        yield
    except BaseException:
        if not heard:
            raise
    finally:
        if CLOCK is not None:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for sign, handler in before.items():
            signal.signal(sign, handler)
        sys.unraisablehook = told
    if heard:
        print(say("Stopped. What was done is remembered; the next run goes on from here."), file=sys.stderr)
        raise SystemExit(exits.TERMINATED if heard[0][0] == signal.SIGTERM else exits.STOPPED)


def _halfway(frame: FrameType | None) -> bool:
    """Tell whether a frame is in the middle of what must not be left half done, or just about to end a block."""
    if frame is not None and frame.f_globals.get("__name__") == contextlib.__name__:
        return True
    while frame is not None:
        if str(frame.f_globals.get("__name__")).startswith(WHOLE):
            return True
        frame = frame.f_back
    return False
