"""What both sides agree on after a change: what was read, and what the services answered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from productops.sdk.mapping import Seen, Side
from productops.sdk.record import Record
from productops.sync.change import other
from productops.sync.memory.state import Half
from productops.sync.plan import Change, Write
from productops.sync.reading.pair import Pair
from productops.sync.reading.reader import arrived
from productops.sync.rules.merge import EMPTY

EXACT = frozenset(
    ("number", "bool", "date", "datetime", "choice", "choices", "labels", "person", "people", "link", "links")
)


def surprises(pair: Pair, change: Change, echo: Seen | None) -> bool:
    """Tell whether the service filled fields that nobody sent: defaults, which the other side should get."""
    if echo is None or change.kind != "create":
        return False
    cells = echo.cells
    shown = [name for name in pair.lanes if name in cells and cells[name].value is not None]
    return any(all(name not in write.fields for write in change.writes) for name in shown)


def agreed_base(pair: Pair, change: Change, echoes: dict[Side, Seen]) -> tuple[dict[Side, Half], list[str]]:
    """Return both halves of what is agreed after a change, and the fields whose value did not arrive.

    A side that was written contributes what the service answered; where it answered nothing, what was sent
    counts until it is read again (an empty hash). Text may come back in the service's own spelling; a
    choice, a date or a person that comes back different was not accepted.
    """
    base: dict[Side, Half] = {"left": {}, "right": {}}
    unreached = []
    made = {write.side for write in change.writes if write.kind == "create"}
    written = {write.side: write for write in change.writes}
    for name, sides in change.agreed.items():
        fresh: dict[Side, list[Any]] = dict(sides)
        for side, write in written.items():
            if name not in write.fields:
                if write.kind == "create" and (cell := _echoed(echoes, side, name)) is not None:
                    fresh[side] = [cell.hash, cell.value]
                continue
            cell = _echoed(echoes, side, name)
            fresh[side] = [cell.hash, cell.value] if cell is not None else ["", write.fields[name]]
            lane = pair.lanes[name]
            if (
                cell is not None
                and lane.spot(side).field.kind in EXACT
                and not lane.equal(cell.value, write.fields[name])
            ):
                unreached.append(name)
                if side in made:  # what the service put there is nobody's edit; the value is still to be written
                    base[side][name], base[other(side)][name] = fresh[side], [EMPTY, None]
        values = [fresh[side][1] for side in fresh]
        if name in unreached or (
            change.kind == "create" and len(values) == 2 and (values[0] is None) != (values[1] is None)
        ):
            continue
        for side, packed in fresh.items():
            base[side][name] = packed
    return base, unreached


def _echoed(echoes: dict[Side, Seen], side: Side, name: str) -> Any:
    echo = echoes.get(side)
    return echo.cells.get(name) if echo is not None else None


def believed_echo(pair: Pair, side: Side, write: Write, record: Record) -> Seen:
    """Return what a record shows after a write, without what may be somebody's edit since.

    Where the service answers a write with the record, what differs is our own in the service's spelling. Where the
    record had to be read again, somebody may have typed in between. So a text that is not what was sent is left out,
    and looked at again; and so is everything else of a record that was just made and was touched since.
    """
    seen = pair.bound[side].observe(record)
    if not pair.collection(side).features.rereads:
        return seen
    touched = write.kind == "create" and record.created != record.updated
    strange = {
        name
        for name, value in write.fields.items()
        if (cell := seen.cells.get(name)) is not None
        and (touched or pair.bound[side].spots[name].field.kind not in EXACT)
        and not arrived(pair, side, name, value, record, cell)
    }
    return replace(seen, cells={name: cell for name, cell in seen.cells.items() if name not in strange})
