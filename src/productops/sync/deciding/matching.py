"""First meetings: which unlinked record here is which unlinked record there.

By marker first, then by the key the user declared, and only one to one. Nothing is matched by guess:
where several records share a key, all of them are reported and left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select

from productops.sdk.mapping import Side
from productops.sync.deciding.planner import BATCH, Planner
from productops.sync.memory import tables as t
from productops.sync.memory.state import State
from productops.sync.memory.statements import given
from productops.sync.plan import Plan, other
from productops.sync.reading.pair import Pair


def _free(row: Any, side: Side) -> Any:
    """Say that a row of the inbox is one of this sync, on this side, that is not linked and was seen.

    The link is compared in a way for which there is no index: all strangers have none, so that a database that looked
    for strangers by it would read all of them again for each.
    """
    mine = (row.c.sync == given("sync")) & (row.c.side == side)
    return mine & (func.coalesce(row.c.link, "") == "") & row.c.seen.is_not(None)


def _has_marker_twin(row: Any, side: Side) -> ColumnElement[bool]:
    claiming, claimed = t.inbox.alias(), t.inbox.alias()
    return exists(select(1).where(_free(claiming, other(side)), claiming.c.marker == row.c.own)) | exists(
        select(1).where(_free(claimed, other(side)), claimed.c.own == row.c.marker)
    )


def _has_key_twin(row: Any, side: Side) -> ColumnElement[bool]:
    twin = t.inbox.alias()
    same = (twin.c.match == row.c.match) & ~_has_marker_twin(twin, other(side))
    return exists(select(1).where(_free(twin, other(side)), same))


def _marked_right() -> Select[Any]:
    left, right = t.inbox.alias("l"), t.inbox.alias("r")
    mine = _free(left, "left") & _free(right, "right") & (left.c.own == right.c.marker)
    return select(left.c.remote, right.c.remote).where(mine)


def _marked_left() -> Select[Any]:
    left, right = t.inbox.alias("l"), t.inbox.alias("r")
    mine = _free(left, "left") & _free(right, "right") & (right.c.own == left.c.marker)
    return select(left.c.remote, right.c.remote).where(mine)


def _keyed() -> Select[Any]:
    left, right = t.inbox.alias("l"), t.inbox.alias("r")
    strange = ~_has_marker_twin(left, "left") & ~_has_marker_twin(right, "right")
    mine = _free(left, "left") & _free(right, "right") & (left.c.match == right.c.match) & strange
    return select(left.c.remote, right.c.remote).where(mine)


def _lengths(side: Side) -> Select[Any]:
    """Compose how long the ids of one side's free records are: a few numbers."""
    size = func.length(t.inbox.c.remote)
    return select(size).where(_free(t.inbox, side)).distinct().order_by(size)


def _single(side: Side) -> Select[Any]:
    """Compose the next rows of one side, with ids of one length, that no record of the other side could be.

    They are found in the order of the primary key, so that each batch goes on where the last one ended.
    """
    row = t.inbox.alias("s")
    alone = _free(row, side) & ~_has_marker_twin(row, side) & ~_has_key_twin(row, side)
    further = (func.length(row.c.remote) == given("length")) & (row.c.remote > given("last"))
    return select(row).where(alone, further).order_by(row.c.remote).limit(BATCH)


def _left_lengths() -> Select[Any]:
    return _lengths("left")


def _right_lengths() -> Select[Any]:
    return _lengths("right")


def _left_alone() -> Select[Any]:
    return _single("left")


def _right_alone() -> Select[Any]:
    return _single("right")


ALONE: dict[Side, Callable[[], Select[Any]]] = {"left": _left_alone, "right": _right_alone}
LENGTHS: dict[Side, Callable[[], Select[Any]]] = {"left": _left_lengths, "right": _right_lengths}


class Strangers:
    """The records of both sides that are not linked yet."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self.state: State = pair.state

    def pairs(self, plan: Plan) -> Iterator[tuple[Any, Any]]:
        """Yield left and right rows that belong together; report those that cannot be told apart."""
        yield from self._pairs(plan, [*self.state.ask(_marked_right), *self.state.ask(_marked_left)], "sync key")
        if self.pair.settings.match:
            yield from self._pairs(plan, self.state.ask(_keyed), " and ".join(self.pair.settings.match))

    def _pairs(self, plan: Plan, rows: Sequence[Any], by: str) -> Iterator[tuple[Any, Any]]:
        found = sorted({(row[0], row[1]) for row in rows}, key=lambda pair: (len(pair[0]), *pair))
        counts: tuple[dict[str, int], dict[str, int]] = ({}, {})
        for pair in found:
            for place in (0, 1):
                counts[place][pair[place]] = counts[place].get(pair[place], 0) + 1
        clear = [pair for pair in found if counts[0][pair[0]] == counts[1][pair[1]] == 1]
        self._report(plan, [pair for pair in found if counts[0][pair[0]] > 1 or counts[1][pair[1]] > 1], by)
        for number in range(0, len(clear), BATCH):
            chunk = clear[number : number + BATCH]
            lefts, rights = (
                self.fetch("left", [pair[0] for pair in chunk]),
                self.fetch("right", [pair[1] for pair in chunk]),
            )
            yield from ((lefts[one], rights[two]) for one, two in chunk)

    def _report(self, plan: Plan, unclear: Sequence[tuple[str, str]], by: str) -> None:
        groups: dict[str, list[str]] = {}
        for one, two in unclear[:2000]:
            groups.setdefault(one, []).append(two)
        for one, twos in groups.items():
            plan.problem(
                f"{one} in {plan.names['left']} and {', '.join(twos[:5])} in {plan.names['right']} have the same {by}; "
                "they are left alone until it is unique on both sides"
            )

    def single(self, side: Side) -> Iterator[Any]:
        """Yield the rows of one side that no record of the other side could be: PROD-9 before PROD-10."""
        for (length,) in self.state.ask(LENGTHS[side]):
            last = ""
            while found := self.state.ask(ALONE[side], last=last, length=length):
                last = found[-1].remote
                yield from found

    def fetch(self, side: Side, remotes: Sequence[str]) -> dict[str, Any]:
        """Return inbox rows by remote id."""
        return {row.remote: row for row in self.state.find(t.inbox, among=("remote", remotes), side=side)}


def plan_strangers(planner: Planner, creating: Sequence[Side]) -> dict[Side, int]:
    """Link what belongs together and plan twins for the rest; return how many records each side offered."""
    strangers = Strangers(planner.pair)
    for left, right in strangers.pairs(planner.plan):
        planner.meet(left, right)
    offered: dict[Side, int] = {"left": 0, "right": 0}
    for side in creating:
        for row in strangers.single(side):
            offered[side] += planner.create(side, row)
    return offered
