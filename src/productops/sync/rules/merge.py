"""The three-way merge of one pair of records, field by field. Pure: no state, no clock, no services.

Each side is compared with how *that side* looked when the pair was last agreed, so a service may
spell a value in its own way without anything being a change.

=========  =========  ======================================================================
left       right      what happens
=========  =========  ======================================================================
same       same       nothing
changed    same       the left value is written to the right
same       changed    the right value is written to the left
changed    changed    equal values: agreed, nothing is written; sets: merged; else a conflict
=========  =========  ======================================================================

A field that never was agreed (a new pair, a new mapping) counts as changed where it holds something.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from productops.sdk.codecs import Markdown, Wrapped
from productops.sdk.mapping import Bound, Cell, Side, Spot
from productops.sdk.record import canonical, fingerprint
from productops.sdk.richtext import carry, mentions, same_markdown
from productops.sync.plan import SIDES, other

Direction = Literal["both", "left_to_right", "right_to_left"]
Prefer = Literal["ask", "left", "right"]
Policy = Literal["ask", "left", "right", "union", "merge", "newest"]
EMPTY = fingerprint(None)
NO_TIME = timedelta(0)
NOTHING = ((None, False), (False, None))
SETS = ("choices", "labels", "people", "links")


@dataclass(slots=True)
class Outcome:
    """What becomes of one field of one pair."""

    kind: Literal["same", "agree", "write", "conflict", "held"]
    values: dict[Side, Any] = field(default_factory=dict)  # what is written where
    reason: str = ""
    loser: bool = False  # a value is overwritten: it must be kept as a settled conflict
    rule: str = ""  # which rule chose, where it is not simply that one side changed


@dataclass(frozen=True, slots=True)
class Lane:
    """One mapped field on both sides, and which ways values may flow through it."""

    name: str
    left: Spot
    right: Spot
    direction: Direction = "both"
    policy: Policy | None = None  # the field's own rule for when both sides changed it
    markdown: bool = field(init=False)  # whether either side holds formatted text
    _ways: frozenset[tuple[Side, bool]] = field(init=False)  # asked for every record: settled here once

    def __post_init__(self) -> None:
        texts = any(isinstance(plain(spot.codec), Markdown) for spot in (self.left, self.right))
        ways = frozenset((side, new) for side in SIDES for new in (False, True) if self._flows(side, creating=new))
        object.__setattr__(self, "markdown", texts)
        object.__setattr__(self, "_ways", ways)

    def spot(self, side: Side) -> Spot:
        """Return the field on one side."""
        return self.left if side == "left" else self.right

    def flows_to(self, side: Side, *, creating: bool = False) -> bool:
        """Tell whether values may be written to a side."""
        return (side, creating) in self._ways

    def _flows(self, side: Side, *, creating: bool) -> bool:
        there, here = self.spot(side), self.spot(other(side))
        allowed = self.direction == "both" or self.direction.endswith(side)
        open_there = there.codec.writable and bool(there.field.id) and not there.field.read_only
        return allowed and open_there and here.codec.readable and (creating or not there.codec.create_only)

    def equal(self, one: Any, two: Any) -> bool:
        """Tell whether two model values say the same."""
        if one == two or canonical(one) == canonical(two):
            return True
        if isinstance(one, str) and isinstance(two, str):
            if (grain := max(self.left.field.grain or NO_TIME, self.right.field.grain or NO_TIME)) and ":" in one:
                return bool(_rounded(one, grain) == _rounded(two, grain))
            if self.left.field.mentions != self.right.field.mentions:  # one side shows mentions as names
                one, two = mentions.named(one), mentions.named(two)
            return one.strip() == two.strip() or (self.markdown and same_markdown(one, two))
        # What one side leaves empty the other side can only show as false.
        return (one, two) in NOTHING and (self.left.field.filled or self.right.field.filled)


def _rounded(text: str, grain: timedelta) -> Any:
    """Return a time as a side shows it that rounds times down; other texts as they are."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment.timestamp() // grain.total_seconds() if moment.tzinfo else text


def plain(codec: Any) -> Any:
    """Return a codec without the wrappings that only close some of its flows."""
    while isinstance(codec, Wrapped):
        codec = codec.inner
    return codec


def lanes(
    left: Bound[Any], right: Bound[Any], direction: Direction, policies: Mapping[str, Policy] | None = None
) -> dict[str, Lane]:
    """Return the fields that both mappings name and that are not paused."""
    return {
        name: Lane(name, spot, right.spots[name], direction, (policies or {}).get(name))
        for name, spot in left.spots.items()
        if name in right.spots and not spot.paused and not right.spots[name].paused
    }


def merge_field(
    lane: Lane, cells: Mapping[Side, Cell], base: Mapping[Side, list[Any] | None], prefer: Prefer
) -> Outcome:
    """Decide one field. ``base`` holds each side's [hash, value] as last agreed, or ``None``."""
    for side in SIDES:
        if cells[side].problem and (lane.flows_to(other(side)) or lane.flows_to(side)):
            if _blank(cells[side]) and base[side] is None and not cells[other(side)].problem and lane.flows_to(side):
                return _one(
                    lane, cells, base, other(side)
                )  # required and still empty: there is nothing to lose by filling it
            return _held(cells, base, side)
    changed = {side: lane.spot(side).codec.readable and _changed(lane, cells[side], base[side]) for side in SIDES}
    if not any(changed.values()):
        moved = any(base[side] is None or base[side][0] != cells[side].hash for side in SIDES)  # type: ignore[index]  # None is tested first
        return Outcome("agree" if moved else "same")
    if lane.equal(cells["left"].value, cells["right"].value):
        return Outcome("agree")
    if changed["left"] and changed["right"]:
        return _both(lane, cells, base, prefer)
    source: Side = "left" if changed["left"] else "right"
    return _one(lane, cells, base, source)


def _changed(lane: Lane, cell: Cell, base: list[Any] | None) -> bool:
    if base is None:
        return cell.value is not None
    return cell.hash != base[0] and not lane.equal(cell.value, base[1])


def _blank(cell: Cell) -> bool:
    return cell.hash == EMPTY


def _held(cells: Mapping[Side, Cell], base: Mapping[Side, list[Any] | None], side: Side) -> Outcome:
    quiet = all((known := base[at]) is not None and known[0] == cells[at].hash for at in SIDES)
    return Outcome("same") if quiet else Outcome("held", reason=cells[side].problem or "")


def _one(lane: Lane, cells: Mapping[Side, Cell], base: Mapping[Side, list[Any] | None], source: Side) -> Outcome:
    target = other(source)
    if not lane.flows_to(target):
        return Outcome("same")  # one-way by the user's choice: the edit stays where it was made
    if cells[target].protected:
        return Outcome("held", reason=f"{cells[target].protected}; the other side's edit waits")
    value = carried(lane, cells, base, source)
    if lane.markdown and value is not None and value == cells[target].value:
        return Outcome("agree")  # what was edited is nothing that the other side shows
    return Outcome("write", {target: value})


def carried(lane: Lane, cells: Mapping[Side, Cell], base: Mapping[Side, list[Any] | None], source: Side) -> Any:
    """Return what a side gets: of a formatted text only the blocks that were edited, the others as it shows them."""
    value, known, there = cells[source].value, base[source], base[other(source)]
    if not lane.markdown or known is None or there is None:
        return value
    shown = cells[other(source)].value
    # What the other side changed as well has lost here: the edit goes onto the text as it was agreed.
    texts = [known[1], value, shown if lane.equal(shown, there[1]) else there[1]]
    return carry(*texts) if all(isinstance(text, str) for text in texts) else value


def _both(lane: Lane, cells: Mapping[Side, Cell], base: Mapping[Side, list[Any] | None], prefer: Prefer) -> Outcome:
    ways = [side for side in SIDES if lane.flows_to(side)]
    if not ways:
        return Outcome("same")
    if len(ways) == 1:  # a mirror: its source wins, and what it overwrites is kept
        return winner(lane, cells, base, other(ways[0]))
    if (
        lane.policy in (None, "union")
        and all(lane.spot(side).field.kind in SETS for side in SIDES)
        and base["left"] is not None
        and base["right"] is not None
    ):
        return _union(cells, base["left"][1])
    if lane.policy is not None:
        prefer = lane.policy if lane.policy in ("left", "right") else "ask"
    if prefer == "ask":
        return Outcome("conflict")  # also where the policy needs more than the two values: see policies
    return winner(lane, cells, base, prefer)


def winner(
    lane: Lane, cells: Mapping[Side, Cell], base: Mapping[Side, list[Any] | None], source: Side, rule: str = ""
) -> Outcome:
    """Let one side's value win; the other one is kept."""
    outcome = _one(lane, cells, base, source)
    outcome.rule = rule or f"both sides had changed it, and {source} wins"
    outcome.loser = outcome.kind == "write" and cells[other(source)].value is not None
    return outcome


def _union(cells: Mapping[Side, Cell], base: Any) -> Outcome:
    """Merge two sets: what either side added is in, what either side removed is out."""
    before, left, right = (_keyed(value) for value in (base, cells["left"].value, cells["right"].value))
    keys = [key for key in {**left, **right} if (key in left and key in right) or key not in before]
    merged = [{**left, **right}[key] for key in keys] or None
    wanted = {side: merged for side, have in (("left", left), ("right", right)) if set(have) != set(keys)}
    if not wanted:
        return Outcome("agree")
    return Outcome("write", wanted, rule="both sides had changed it, and the two sets were merged")  # type: ignore[arg-type]  # the keys are sides


def _keyed(value: Any) -> dict[str, Any]:
    return {str(canonical(item)): item for item in value or []}
