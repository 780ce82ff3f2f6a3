"""Records that have no twin: what would be made for them on the other side, or why nothing is."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from productops.sdk.codecs import Constant, HeldValueError, TooLongError
from productops.sdk.mapping import Seen, Side
from productops.sync.deciding.comeback import was_paired
from productops.sync.deciding.losses import lost
from productops.sync.plan import Change, Write, other
from productops.sync.reading.reader import load_inbox
from productops.sync.rules.merge import plain

if TYPE_CHECKING:
    from productops.sdk.mapping import Spot
    from productops.sync.deciding.planner import Planner
    from productops.sync.reading.pair import Pair
    from productops.sync.rules.merge import Lane


@dataclass(frozen=True, slots=True)
class Way:
    """How twins are made on one side: which fields they get, and those of the other side that say nothing of it."""

    lanes: Sequence[tuple[str, Lane, Spot]]
    constants: Set[str]

    @classmethod
    def to(cls, pair: Pair, target: Side) -> Way:
        """Find out once for all records."""
        there = other(target)
        flowing = [lane for lane in pair.lanes.values() if lane.flows_to(target, creating=True)]
        fixed = {name for name, lane in pair.lanes.items() if isinstance(plain(lane.spot(there).codec), Constant)}
        return cls([(lane.name, lane, lane.spot(target)) for lane in flowing], fixed)


def plan_twin(planner: Planner, side: Side, row: Any) -> bool:
    """Plan the twin of a record on the other side; return whether one is planned."""
    seen, target = load_inbox(row), other(side)
    if seen is None or row.own in planner.open_links:
        return False
    if was_paired(planner, side, row, seen):
        return False
    label = {side: {**planner.pair.label(seen), "id": seen.id}}
    change = Change(row.own, "create", seen.title, {side: seen.id}, label, stamps={side: row.at})
    if row.marker and row.marker != row.own and row.marker.startswith(planner.pair.prefix):
        planner.plan.problem(
            f"{change.name}: carries this sync's key {row.marker!r}, but its twin is unknown; it is left alone "
            "(a copied record, a deleted twin, or a lost state file: clear the key to sync it as a new record)"
        )
        return False
    if row.marker and row.marker != row.own and planner.pair.claims(side, row.marker):
        planner.plan.problem(
            f"{change.name}: its sync key holds {row.marker!r}, which is not ours; clear it to sync the record"
        )
        return False
    return fill_twin(planner, change, seen, side, target)


def fill_twin(planner: Planner, change: Change, seen: Seen, side: Side, target: Side) -> bool:
    """Add the creation of a record's twin to the plan, with every field that has a form there."""
    planner.note_waiting(side, seen)
    write = Write(target, "create")
    title = planner.pair.bound[side].view.mapping.title
    problems = []
    way = planner.ways[target]
    for name, lane, spot in way.lanes:
        if (cell := seen.cells.get(name)) is None:
            continue
        value = cell.value
        try:
            if cell.problem:
                raise HeldValueError(cell.problem)
            if value is not None:
                remote = spot.write(value)
                write.fields[name] = value
                if lane.markdown and (unshown := lost(planner.pair, lane, target, value, remote, cell)):
                    change.losses[name] = {target: unshown}
            change.agreed[name] = {side: [cell.hash, value]}
        except HeldValueError as error:
            needed = spot.required or spot.field.required
            problems.append((name, str(error), needed or isinstance(error, TooLongError)))
    if write.fields.keys() <= way.constants and (
        not problems or all(seen.cells[name].value is None for name, *_ in problems)
    ):
        planner.plan.notes.append(
            f"{change.key(side) or change.url()} in {planner.plan.names[side]} is blank and left alone"
        )
        return False
    refused = [text for _, text, needed in problems if needed] or planner.pair.problems.get(target, [])
    for text in refused or [text for _, text, _ in problems]:
        planner.plan.problem(f"{change.name}: {text}" + ("; the record is not created" if refused else ""))
    if refused or (
        title not in write.fields and title in planner.pair.lanes and planner.pair.lanes[title].spot(target).required
    ):
        return False
    change.complete = not problems
    if planner.pair.claims(side, seen.marker) and seen.marker != change.link:
        change.writes.append(Write(side, "update", claim=True))
    change.writes.append(write)
    if not planner.refused_before(change, write):
        planner.plan.add(change)
    return True
