"""One side deleted what the other edited: the edit wins, nothing is deleted, and a person decides.

``resolve`` with the edited side makes the record again on the other one; with the side that deleted it deletes
the edited record too; ``ignore`` leaves it where it is. The decision is void when the record is edited once more.
"""

from __future__ import annotations

import hashlib
from typing import Any

from productops.sdk.mapping import Seen
from productops.sdk.record import fingerprint
from productops.sync.book.decisions import EDITED
from productops.sync.deciding.planner import Planner
from productops.sync.deciding.twins import fill_twin
from productops.sync.memory.state import Half
from productops.sync.plan import Change, Conflict, other
from productops.sync.reading.reader import load_inbox


def edit_wins(planner: Planner, change: Change, stone: Any, row: Any) -> Half | None:
    """Open a conflict or carry out what was decided; return what the record shows when it is to be deleted."""
    seen, target = load_inbox(row), other(stone.side)
    if seen is None:
        return None  # it is read again first
    conflict = _conflict(planner, change, stone, seen)
    known = {item.id: item for item in planner.state.conflicts("open", "decided", "closed", links=[stone.link])}
    past = known.get(conflict.id)
    if past is not None and past.decision and past.hashes == conflict.hashes:
        take = past.decision["take"]
        if take == stone.side:
            change.settles.append(conflict.id)
            change.why = "a person decided that it goes"
            return {name: [cell.hash, cell.value] for name, cell in seen.cells.items()}
        if take == target:
            _again(planner, change, conflict.id, seen, row)
        return None
    planner.state.save_conflict(conflict, planner.pair.now())
    planner.plan.conflicts.append(conflict)
    return None


def _again(planner: Planner, change: Change, conflict: str, seen: Seen, row: Any) -> None:
    """Make the deleted record again from the one that was edited."""
    target = row.side
    fresh = Change(
        change.link, "create", seen.title, {target: seen.id},
        {target: {**planner.pair.label(seen), "id": seen.id}}, stamps={target: row.at}, settles=[conflict],
        why="its twin was deleted, and a person decided to keep it",
    )  # fmt: skip
    fill_twin(planner, fresh, seen, target, other(target))


def _conflict(planner: Planner, change: Change, stone: Any, seen: Seen) -> Conflict:
    link, target = stone.link, other(stone.side)
    id_ = "c-" + hashlib.blake2b(f"{planner.pair.name}|{link}|deleted".encode(), digest_size=4).hexdigest()
    told = {target: "edited since", stone.side: f"deleted ({stone.reason})"}
    shows = fingerprint(sorted(f"{name} {cell.hash}" for name, cell in seen.cells.items()))
    return Conflict(
        id=id_, link=link, field="", kind=EDITED, title=change.title, labels=change.labels,
        left=told["left"], right=told["right"], hashes={target: shows}, names=dict(planner.plan.names),
    )  # fmt: skip
