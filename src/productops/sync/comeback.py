"""Records that were paired once and show up alone again.

A record that came back from the trash is linked again with its old twin, if that lives; what both last agreed on
is still known, so only what changed since is carried over. A record whose twin went because a run was undone
stays alone until somebody edits it: otherwise the next run would do again what was taken back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from productops.sdk.mapping import Seen, Side
from productops.sync import tables as t
from productops.sync.plan import SIDES, Change, other
from productops.sync.reader import as_agreed

if TYPE_CHECKING:
    from productops.sync.planner import Planner


def was_paired(planner: Planner, side: Side, row: Any, seen: Seen) -> bool:
    """Deal with a record that belonged to a pair; tell whether that settles it, so that no twin is made."""
    link = next((name for name in (row.marker, row.own) if name in planner.past), None) if planner.past else None
    if link is None:
        return False
    if link in planner.revived:
        return True
    if planner.past[link] == "undone":
        return _undone(planner, side, link, seen)
    return _restored(planner, side, link, row, seen)


def _undone(planner: Planner, side: Side, link: str, seen: Seen) -> bool:
    if not as_agreed(planner.pair, seen.cells, planner.state.hashes(side, [link]).get(link, {})):
        return False
    planner.plan.notes.append(
        f"{seen.title or seen.key or seen.id} in {planner.plan.names[side]}: its twin was undone; it stays alone "
        "until somebody edits it"
    )
    return True


def _restored(planner: Planner, side: Side, link: str, row: Any, seen: Seen) -> bool:
    """Link the pair again if the old twin can be read and lives."""
    state, pair, target = planner.state, planner.pair, other(side)
    collection = pair.collection(target)
    if not collection.features.get:
        return False
    for told in reversed(state.find(t.intents, link=link, order=("sent",))):
        ends = Change.from_json(told.change).ends
        if told.remote and told.side in SIDES:
            ends[told.side] = told.remote
        if ends.get(side) == seen.id and target in ends:
            record = collection.get([ends[target]], pair.bound[target].field_ids).get(ends[target])
            if record is None or record.trashed or state.links_of(target, [record.id]):
                return False
            planner.revived.add(link)
            twin = pair.bound[target].observe(record)
            planner.pair_up(
                link, {side: seen, target: twin}, state.bases([link])[link], {side: row.at}, (), kind="link"
            )
            return True
    return False
