"""Whom a command waits for, and until when: one line on a terminal, gone as soon as the service answers."""

from __future__ import annotations

import time
from collections.abc import Callable

from productops.cli.words import say, translated
from productops.sdk.transport.patience import Wait

QUIET = 1.0  # seconds in which nothing is told; most of what goes wrong is over by then
SLOW = 2.0  # seconds after which an answer that does not come is told


class Waiting:
    """Watches requests, and says in a line what holds them up.

    >>> now = iter([0.0, 1.0, 5.0])
    >>> waiting = Waiting(clock=lambda: next(now))
    >>> waiting.asking("jira")
    >>> waiting.line()
    ''
    >>> waiting.line()
    'Jira has not answered for 5 s.'
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._asked: tuple[str, float] | None = None  # who was asked, and when
        self._wait: Wait | None = None
        self._since = 0.0  # when the first request was in vain

    def asking(self, system: str) -> None:
        """A request leaves."""
        self._asked = system, self._clock()

    def waiting(self, wait: Wait) -> None:
        """A request was in vain, and is tried again."""
        if self._wait is None:
            self._since = self._clock()
        self._wait = wait

    def answered(self) -> None:
        """The service answered, or was given up."""
        self._asked = self._wait = None

    def line(self) -> str:
        """Return what is to be told now, or nothing."""
        asked, wait = self._asked, self._wait  # the other thread may take them away
        if wait is not None:
            return _told(wait) if self._clock() - self._since >= QUIET else ""
        if asked is None or (seconds := self._clock() - asked[1]) < SLOW:
            return ""
        return say("{service} has not answered for {seconds} s.", service=_named(asked[0]), seconds=int(seconds))


def _told(wait: Wait) -> str:
    what, at = _named(translated(wait.what)), f"{wait.until.astimezone():%H:%M:%S}"
    if wait.refused:
        return say("{what}; asking again at {time}.", what=what, time=at)
    return say("{what}; trying again until {time}.", what=what, time=at)


def _named(text: str) -> str:
    """Begin a sentence with the name of a service."""
    return text[:1].upper() + text[1:]
