"""Bringing deleted pairs back: out of the trash where the service lets programs do that, else made anew.

The values that both sides last agreed on are kept in the state whatever becomes of a service's trash. A record that
is made anew has a new id and the same key, so that it is found again. Edits that a side got since then flow as usual.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from productops.errors import GoneError
from productops.sdk.codecs import HeldValueError
from productops.sdk.mapping import Side
from productops.sdk.record import Record
from productops.sync.book.history import Deleted, find_link
from productops.sync.memory import tables as t
from productops.sync.memory.state import Half, State
from productops.sync.plan import SIDES, Change, Plan, Write, other
from productops.sync.reading.pair import Pair


def links_to_revive(state: State, what: str | Deleted | Iterable[str | Deleted]) -> list[str]:
    """Return the links that are meant: by a run, a record, or what ``deleted()`` told.

    Raises:
        GoneError: no deletion of this sync is known by that name.

    """
    if isinstance(what, Deleted):
        return [what.link]
    if not isinstance(what, str):
        return list(dict.fromkeys(link for one in what for link in links_to_revive(state, one)))
    mine = state.pick(t.intents, "link").where(t.intents.c.run == what, t.intents.c.kind == "delete")
    return list(dict.fromkeys(row.link for row in state.rows(mine))) or [find_link(state, what)]


def plan_undelete(pair: Pair, plan: Plan, links: Iterable[str]) -> None:
    """Fill a plan with what brings these pairs back.

    Raises:
        GoneError: one of them was not deleted, or was brought back already.

    """
    for link in links:
        query = pair.state.pick(t.intents).where(t.intents.c.link == link, t.intents.c.kind == "delete")
        rows = pair.state.rows(query.where(t.intents.c.state == "confirmed").order_by(t.intents.c.sent.desc()))
        known = {row.link: row.state for row in pair.state.find(t.links, among=("link", [link]))}
        if not rows or known.get(link) not in ("deleted", "undone"):
            raise GoneError(f"{link!r} is not a deleted pair.", system="productops", remedy="See deleted().")
        _revive(pair, plan, Change.from_json(rows[0].change))


def _revive(pair: Pair, plan: Plan, past: Change) -> None:
    base = pair.state.bases([past.link])[past.link]
    change = Change(past.link, "restore", past.title, {}, dict(past.labels), complete=False)
    change.why = "it was deleted"
    for side in SIDES:
        write: Write | None
        record = _read(pair, side, past.ends.get(side))
        if record is None or (record.trashed and not pair.collection(side).features.restore):
            write = _anew(pair, plan, change, side, base)
        elif pair.state.links_of(side, [record.id]):
            plan.problem(f"{change.name}: is part of another pair in {plan.names[side]}; nothing is brought back")
            return
        else:
            change.ends[side] = record.id
            write = Write(side, "restore") if record.trashed else None
        if write is not None:
            change.writes.append(write)
    if all(write.kind != "create" or write.fields for write in change.writes):
        plan.add(change)


def _read(pair: Pair, side: Side, remote: str | None) -> Record | None:
    collection = pair.collection(side)
    if remote is None or not collection.features.get:
        return None
    return collection.get([remote], pair.bound[side].field_ids).get(remote)


def _anew(pair: Pair, plan: Plan, change: Change, side: Side, base: Mapping[Side, Half]) -> Write:
    """Return the creation of a record from the values that were kept of it."""
    write, collection = Write(side, "create"), pair.collection(side)
    if not collection.features.create:
        plan.problem(f"{change.name}: {collection.name} takes no new records, so nothing is brought back")
        return write
    for name, lane in pair.lanes.items():
        spot, kept = lane.spot(side), base[side].get(name)
        if kept is None or kept[1] is None or not spot.codec.writable or not spot.field.id or spot.field.read_only:
            continue
        try:
            spot.write(kept[1])
        except HeldValueError as error:
            plan.problem(f"{change.name}: comes back without {name}: {error}")
            continue
        write.fields[name] = kept[1]
        if name in base[other(side)]:
            change.agreed[name] = {each: base[each][name] for each in SIDES}
    return write


def finish_revived(pair: Pair, changes: Iterable[Change]) -> None:
    """Link again what came back; both records are read by the next plan, which carries what was edited since."""
    for change in changes:
        ends: dict[str, dict[Side, tuple[str, Mapping[str, Any]]]] = {
            change.link: {side: (remote, change.labels.get(side, {})) for side, remote in change.ends.items()}
        }
        pair.state.save_links(ends, pair.now())
        for side, remote in change.ends.items():
            pair.state.mark_dirty(side, [remote], pair.now())
