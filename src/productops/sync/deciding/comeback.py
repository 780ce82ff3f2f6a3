"""Records that were paired once and show up alone again.

A record that came back from the trash is linked again with its old twin, if that lives; what both last agreed on
is still known, so only what changed since is carried over. A record whose twin went because a run was undone
stays alone until somebody edits it: otherwise the next run would do again what was taken back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from productops.sdk.mapping import Seen, Side
from productops.sdk.record import Record
from productops.sync.memory import tables as t
from productops.sync.memory.state import chunks
from productops.sync.plan import SIDES, Change, other
from productops.sync.reading.pair import Pair
from productops.sync.reading.reader import as_agreed

if TYPE_CHECKING:
    from productops.sync.deciding.planner import Planner


Twins = Mapping[tuple[Side, str], Record]
"""What the old twins of records that came back show now, by side and id."""


def read_twins(pair: Pair) -> Twins:
    """Read the old twins of records that show up again.

    This is done before the planning, which holds the state: other runners must not wait for a service.
    """
    state, found = pair.state, {}
    past = [row.link for row in state.find(t.links, "link", state="deleted")]
    wanted: dict[Side, list[str]] = {side: [] for side in SIDES}
    for chunk in chunks(past, 500):
        for name in ("marker", "own"):
            for row in state.find(t.inbox, among=(name, chunk), link=None):
                twin = _old_twin(pair, row.side, getattr(row, name), row.remote)
                if twin is not None and pair.collection(other(row.side)).features.get:
                    wanted[other(row.side)].append(twin)
    for side, ids in wanted.items():
        collection = pair.collection(side)
        for part in chunks(sorted(set(ids)), collection.features.get_batch):
            records = collection.get(list(part), pair.bound[side].field_ids)
            found.update({(side, id_): record for id_, record in records.items()})
    return found


def _old_twin(pair: Pair, side: Side, link: str, remote: str) -> str | None:
    """Return the id that the other end of a pair had when this record was its end, by the latest write that tells."""
    for told in reversed(pair.state.find(t.intents, link=link, order=("sent",))):
        ends = Change.from_json(told.change).ends
        if told.remote and told.side in SIDES:
            ends[told.side] = told.remote
        if ends.get(side) == remote and other(side) in ends:
            return ends[other(side)]
    return None


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
    """Link the pair again if the old twin was read and lives."""
    state, pair, target = planner.state, planner.pair, other(side)
    record = planner.twins.get((target, _old_twin(pair, side, link, seen.id) or ""))
    if record is None or record.trashed or state.links_of(target, [record.id]):
        return False
    planner.revived.add(link)
    twin = pair.bound[target].observe(record)
    planner.pair_up(link, {side: seen, target: twin}, state.bases([link])[link], {side: row.at}, (), kind="link")
    return True
