"""First meetings: which unlinked record here is which unlinked record there.

By marker first, then by the key the user declared, and only one to one. Nothing is matched by guess:
where several records share a key, all of them are reported and left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select

from productops.sdk.mapping import Side
from productops.sync import tables as t
from productops.sync.pair import Pair
from productops.sync.plan import Plan, other
from productops.sync.planner import BATCH, Planner


class Strangers:
    """The records of both sides that are not linked yet."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self.state = pair.state

    def _free(self, alias: Any, side: Side) -> Any:
        return (
            (alias.c.sync == self.pair.name)
            & (alias.c.side == side)
            & alias.c.link.is_(None)
            & alias.c.seen.is_not(None)
        )

    def _by_marker(self, one: Any, two: Any) -> Any:
        return (one.c.own == two.c.marker) | (one.c.marker == two.c.own)

    def _has_marker_twin(self, alias: Any, side: Side) -> ColumnElement[bool]:
        twin = t.inbox.alias()
        return exists(select(1).where(self._free(twin, other(side)), self._by_marker(alias, twin)))

    def _has_key_twin(self, alias: Any, side: Side) -> ColumnElement[bool]:
        twin = t.inbox.alias()
        same = (twin.c.match == alias.c.match) & ~self._has_marker_twin(twin, other(side))
        return exists(select(1).where(self._free(twin, other(side)), same))

    def pairs(self, plan: Plan) -> Iterator[tuple[Any, Any]]:
        """Yield left and right rows that belong together; report those that cannot be told apart."""
        left, right = t.inbox.alias("l"), t.inbox.alias("r")
        yield from self._pairs(plan, left, right, self._by_marker(left, right), "sync key")
        if self.pair.settings.match:
            same = (
                (left.c.match == right.c.match)
                & ~self._has_marker_twin(left, "left")
                & ~self._has_marker_twin(right, "right")
            )
            yield from self._pairs(plan, left, right, same, " and ".join(self.pair.settings.match))

    def _pairs(
        self, plan: Plan, left: Any, right: Any, same: ColumnElement[bool], by: str
    ) -> Iterator[tuple[Any, Any]]:
        query = select(left.c.remote, right.c.remote).where(self._free(left, "left"), self._free(right, "right"), same)
        found = [
            (row[0], row[1])
            for row in self.state.rows(query.order_by(func.length(left.c.remote), left.c.remote, right.c.remote))
        ]
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
        """Yield the rows of one side that no record of the other side could be."""
        row = t.inbox.alias("s")
        last: tuple[int, str] = (0, "")
        size = func.length(row.c.remote)
        while True:
            query = select(row).where(
                self._free(row, side),
                ~self._has_marker_twin(row, side),
                ~self._has_key_twin(row, side),
                (size > last[0]) | ((size == last[0]) & (row.c.remote > last[1])),
            )
            found = self.state.rows(query.order_by(size, row.c.remote).limit(BATCH))
            if not found:
                return
            last = (len(found[-1].remote), found[-1].remote)
            yield from found

    def fetch(self, side: Side, remotes: Sequence[str]) -> dict[str, Any]:
        """Return inbox rows by remote id."""
        query = self.state.pick(t.inbox).where(t.inbox.c.side == side, t.inbox.c.remote.in_(remotes))
        return {row.remote: row for row in self.state.rows(query)}


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
