"""Whether a service refused us the last time: then the first refusal is enough, and nothing is tried again.

Within a process the limits remember who refused. A job that is started anew every few minutes knows it from its state,
and says so here.

>>> is_wary()
False
>>> with wary():
...     is_wary()
True
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_wary: ContextVar[bool] = ContextVar("refused the last time", default=False)


@contextmanager
def wary(*, refused: bool = True) -> Iterator[None]:
    """Let the requests of this block give up at the first 429."""
    token = _wary.set(refused)
    try:
        yield
    finally:
        _wary.reset(token)


def is_wary() -> bool:
    """Tell whether we were refused the last time."""
    return _wary.get()
