"""The oscillation breaker: when a field swings to and fro, it is left alone and a person is asked.

Another robot on the same records, or a second sync, can undo each of our writes, which then looks like an edit
to carry back. A person does not do that by the hour. The breaker opens a conflict for this field of this pair;
everything else of the pair goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import Select, or_, select

from productops.sdk.record import fingerprint
from productops.sync.book.history import write_of
from productops.sync.memory import tables as t
from productops.sync.memory.state import State
from productops.sync.memory.statements import Among, given
from productops.sync.plan import Change
from productops.sync.rules.merge import Outcome

OSCILLATION = "oscillation"
HOUR = 3600.0
SWINGS = 4  # A, B, A, B, each within an hour of the one before
MOST = 6  # writes of one field in an hour


def _lately_written() -> Select[Any]:
    row = t.intents.c
    mine = (row.sync == given("sync")) & Among(row.link) & (row.sent > given("since"))
    settled = (row.kind != "delete") & or_(*(row.state == state for state in ("confirmed", "half", "sent", "unknown")))
    return select(t.intents).where(mine, settled).order_by(row.sent)


class Breaker:
    """The recent writes of the pairs at hand, and whether one more would be too many."""

    def __init__(self, state: State, now: datetime) -> None:
        self.state: State = state
        self.now: float = now.timestamp()
        self._writes: dict[tuple[str, str], list[tuple[float, str]]] = {}  # (link, field) → when, what
        self._since: dict[tuple[str, str], float] = {}  # when a person last settled an oscillation

    def load(self, links: Sequence[str]) -> None:
        """Look up what was written to these pairs lately."""
        self._writes, self._since = {}, {}
        for row in self.state.ask(_lately_written, link=links, since=self.now - SWINGS * HOUR):
            change = Change.from_json(row.change)
            write = write_of(row, change)
            for name, value in write.fields.items() if write is not None and not change.undoes else ():
                self._writes.setdefault((row.link, name), []).append((row.sent, fingerprint(value)))
        if not self._writes:
            return
        for row in self.state.find(t.conflicts, among=("link", links), kind=OSCILLATION, state="closed"):
            self._since[row.link, row.field] = row.closed or 0.0

    def trips(self, link: str, name: str, outcome: Outcome) -> bool:
        """Tell whether this write would be one swing, or one write, too many."""
        since = self._since.get((link, name), 0.0)
        past = [one for one in self._writes.get((link, name), []) if one[0] > since]
        if not past:
            return False
        if sum(at > self.now - HOUR for at, _ in past) >= MOST:
            return True
        value = fingerprint(next(iter(outcome.values.values())))
        last = [*past, (self.now, value)][-SWINGS:]
        if len(last) < SWINGS or any(late[0] - early[0] > HOUR for early, late in pairwise(last)):
            return False
        marks = [mark for _, mark in last]
        return marks[0] == marks[2] != marks[1] == marks[3]
