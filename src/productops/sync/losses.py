"""What the other side cannot show of a text that is about to be written there, told before anything is."""

from __future__ import annotations

from typing import Any

from productops.sdk.mapping import Cell, Side
from productops.sync.merge import Lane
from productops.sync.pair import Pair


def lost(pair: Pair, lane: Lane, side: Side, remote: Any, source: Cell) -> list[str]:
    """Return what a side cannot show of a field, in a few words each.

    Args:
        pair: the two sides.
        lane: the field.
        side: where the value is about to be written.
        remote: the value as it will be sent.
        source: what the other side shows, which knows what Markdown could not say of it.

    """
    if not lane.markdown or not isinstance(remote, str) or not remote:
        return []
    field = lane.spot(side).field
    return sorted({*(source.unshown or ()), *pair.collection(side).losses(field, remote)})
