"""What the other side cannot show of a text that is about to be written there, told before anything is."""

from __future__ import annotations

from collections import Counter
from typing import Any

from productops.sdk.mapping import Cell, Side
from productops.sdk.richtext import mentions, placeholders
from productops.sync.reading.pair import Pair
from productops.sync.rules.merge import Lane

NAMES_ONLY = "mentions (shown as names)"


def lost(pair: Pair, lane: Lane, side: Side, value: Any, remote: Any, source: Cell, there: Any = None) -> list[str]:
    """Return what a side cannot show of a field, in a few words each.

    Args:
        pair: the two sides.
        lane: the field.
        side: where the value is about to be written.
        value: the model's value.
        remote: the value as it will be sent.
        there: the model's value as the side shows it now.
        source: what the other side shows, which knows what Markdown could not say of it.

    """
    if not lane.markdown or not isinstance(remote, str) or not remote:
        return []
    field = lane.spot(side).field
    found = {*(source.unshown or ()), *pair.collection(side).losses(field, remote)}
    people = len(mentions.PERSON.findall(value)) if isinstance(value, str) else 0
    if people > sum(len(pattern.findall(remote)) for pattern in (mentions.USER, mentions.PERSON)):
        found.add("mentions of people without an account (shown as names)" if field.mentions else NAMES_ONLY)
    if Counter(map(str, placeholders(remote))) - Counter(map(str, placeholders(str(there or "")))):
        found.add("placeholders (shown as text)")
    return sorted(found)
