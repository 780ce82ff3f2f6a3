"""Edits in the gap: what a person wrote between our last read of a field and our write of it.

No client of these services can close that gap. Where a service keeps history, what our write replaced is compared
with what we had read; an edit that was overwritten is counted and kept, verbatim, among the settled conflicts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from productops.errors import ProductOpsError
from productops.sdk.mapping import Side
from productops.sdk.record import Patch, Record
from productops.sync.change import Change, Write, other
from productops.sync.conflict import Conflict
from productops.sync.plan import Plan
from productops.sync.reading.pair import Pair
from productops.sync.report import Report
from productops.sync.writing.task import Item

GAP = "gap edit"


def keep_gap_edits(pair: Pair, report: Report, side: Side, items: Sequence[Item], outcomes: Sequence[object]) -> None:
    """Ask the service what the writes that succeeded replaced, and keep what nobody had read."""
    done = [item for item, outcome in zip(items, outcomes, strict=True) if isinstance(outcome, Record)]
    keep_replaced(
        pair, report, side, [(task.change, write, sent) for task, write, sent in done if isinstance(sent, Patch)]
    )


def keep_replaced(
    pair: Pair,
    told: Plan | Report,
    side: Side,
    written: Sequence[tuple[Change, Write, Patch]],
    looked: Mapping[str, datetime] | None = None,
) -> None:
    """The same for writes that arrived, and for those that may have arrived.

    Args:
        pair: the sync.
        told: where gap edits are counted.
        side: which service.
        written: changes, their writes, and what was sent.
        looked: record → not before when the last look at it was, where another process took that look.

    """
    collection = pair.collection(side)
    if not collection.features.history or not written:
        return
    try:
        replaced = collection.replaced([sent for _, _, sent in written], looked or {})
    except ProductOpsError as error:
        told.problem(f"{collection.name}: what the last writes replaced could not be read: {error}")
        return
    for change, write, sent in written:
        if sent.id in replaced:
            told.gap_edits += _compare(pair, change, write, Record(sent.id, replaced[sent.id]))


def _compare(pair: Pair, change: Change, write: Write, before: Record) -> int:
    """Keep the fields that held something that had not been read; return how many."""
    found = 0
    for name, value in write.fields.items():
        lane, mark = pair.lanes.get(name), write.before.get(name, [""])[0]
        cell = None if lane is None else lane.spot(write.side).read(before)
        if lane is None or cell is None or not mark or cell.hash == mark or lane.equal(cell.value, value):
            continue
        found += 1
        salt = f"{pair.name}|{change.link}|{name}|gap|{cell.hash}|{pair.now().isoformat()}"
        lost = Conflict(
            "c-" + hashlib.blake2b(salt.encode(), digest_size=4).hexdigest(), change.link, name, GAP, change.title,
            base=write.before[name][1], labels={each: dict(label) for each, label in change.labels.items()},
            state="closed", decision={"take": other(write.side), "why": "it came between our last read and our write"},
        )  # fmt: skip
        if write.side == "left":
            lost.left, lost.right = cell.value, value
        else:
            lost.left, lost.right = value, cell.value
        pair.state.save_conflict(lost, pair.now())
    return found
