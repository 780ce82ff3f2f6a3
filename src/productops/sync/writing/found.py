"""Creates of which no answer came: which are repeated with the key alone, and what is agreed about what they made."""

from __future__ import annotations

from productops.sdk.mapping import Seen, Side
from productops.sdk.record import Record
from productops.sync.change import Change, other
from productops.sync.memory import tables as t
from productops.sync.reading.pair import Pair
from productops.sync.reading.reader import recognise
from productops.sync.rules.merge import EMPTY
from productops.sync.writing import agreed


def sent_before(pair: Pair, link: str | None = None) -> set[tuple[str, Side]]:
    """Return the (pair, side) of which a create seems never to have arrived, of all pairs or of one.

    Where the service finds a record by its key, the next create sends the key alone: it may arrive late all the same,
    and whatever people typed into it since must not be written over.
    """
    among = None if link is None else ("link", [link])
    rows = pair.state.find(t.intents, "link", "side", among=among, state="superseded", kind="create")
    return {(row.link, row.side) for row in rows if pair.collection(row.side).features.upsert}


def take_up(pair: Pair, side: Side, change: Change, record: Record, seen: Seen, *, key_only: bool) -> None:
    """Record what is agreed about a pair whose record was made by a create of which no answer was read.

    What was sent counts as agreed, so that any edit made since shows as an edit. Unless the record may be a blank one,
    made by a repeated create, which sends only the key: where it lacks something that was to be in it, nothing was
    written yet and nothing is agreed. Taken for edits, its empty fields would wipe what they were to be filled from.
    """
    base, _ = agreed.agreed_base(pair, change, {})
    if not key_only or not _lacks(change, side, seen):
        pair.state.merge_base({change.link: base})
        recognise(pair, side, change.link, record, seen)
        return
    nothing = {each: {name: [EMPTY, None] for name in half} for each, half in base.items()}
    pair.state.merge_base({change.link: nothing})
    if source := change.ends.get(other(side)):
        pair.state.mark_dirty(other(side), [source], pair.now())


def _lacks(change: Change, side: Side, seen: Seen) -> bool:
    """Tell whether a record is empty in a field for which a value was meant."""
    meant = [write.fields for write in change.writes if write.side == side and write.kind == "create"]
    return any(
        value is not None and (cell := seen.cells.get(name)) is not None and cell.value is None
        for fields in meant
        for name, value in fields.items()
    )
