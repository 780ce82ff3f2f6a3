"""How long whoever asks wants to wait for a service, and who wants to know that it is waited for.

A job in the night tries a dead service for a while; somebody who only wants to know whether it answers does not. And
a person at a terminal wants to see whom a command waits for, and until when. Both say so around what they do.

>>> with patience(tries=2):
...     tries_of(5)
2
>>> tries_of(5)
5
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Wait:
    """A service is waited for.

    Args:
        system: the service.
        what: what it did, as the beginning of a sentence: "jira could not be reached: the connection was refused".
        until: when it is given up at the latest or, after a refusal, asked again; aware.
        refused: it answers, and asked to wait.

    """

    system: str
    what: str
    until: datetime
    refused: bool = False

    def __str__(self) -> str:
        then = "asking again at" if self.refused else "trying again until"
        return f"{self.what}; {then} {self.until:%H:%M:%S %Z}"


class Watcher(Protocol):
    """Somebody who wants to know what a command waits for."""

    def asking(self, system: str) -> None:
        """A request leaves."""
        ...

    def waiting(self, wait: Wait) -> None:
        """A request was in vain, and is tried again."""
        ...

    def answered(self) -> None:
        """The service answered, or was given up."""
        ...


_tries: ContextVar[int | None] = ContextVar("how often a request is tried", default=None)
_watcher: ContextVar[Watcher | None] = ContextVar("who watches", default=None)


@contextmanager
def patience(*, tries: int | None = None, watcher: Watcher | None = None) -> Iterator[None]:
    """Let the requests of this block be tried so often at the most, and tell somebody what is waited for.

    What is left out stays as it is around the block.
    """
    kept = _tries.set(tries or _tries.get()), _watcher.set(watcher or _watcher.get())
    try:
        yield
    finally:
        _tries.reset(kept[0])
        _watcher.reset(kept[1])


def tries_of(usual: int) -> int:
    """Return how often a request is tried, where a policy would try it so often."""
    asked = _tries.get()
    return usual if asked is None else min(usual, asked)


def watcher() -> Watcher | None:
    """Return who watches."""
    return _watcher.get()
