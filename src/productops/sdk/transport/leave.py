"""The last question before a request that changes something leaves: whether it still may.

A sync writes while it holds a lease. Between its last look at the lease and the moment a request leaves lie the
connector's own reads, waits for a rate limit, and the lid of a laptop. Whoever holds a lease asks here, last of all.

>>> def run_out():
...     raise TimeoutError("the lease ran out")
>>> with asking(run_out):
...     ask()
Traceback (most recent call last):
    ...
TimeoutError: the lease ran out
>>> ask()
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_question: ContextVar[Callable[[], None] | None] = ContextVar("may a write leave", default=None)


@contextmanager
def asking(question: Callable[[], None]) -> Iterator[None]:
    """Call ``question`` before every write that this block sends; what it raises keeps the request here."""
    token = _question.set(question)
    try:
        yield
    finally:
        _question.reset(token)


def ask() -> None:
    """Ask, where there is somebody to ask."""
    if (question := _question.get()) is not None:
        question()
