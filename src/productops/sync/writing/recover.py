"""Writes whose answer was lost: look, wait, look again, and only then do it once more.

A search that does not show a record proves nothing before D + V have passed: D, the longest time a request
we gave up on can still take effect; V, the longest time a search may hide what was written. Until
then the pair is frozen. A create that is never found is planned again with the same marker. Where a
service has no place for a marker, nothing is repeated: a person decides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import update

from productops.errors import AccessError, RejectedError
from productops.sdk.codecs import HeldValueError
from productops.sdk.mapping import Seen, Side
from productops.sdk.record import Patch, Record
from productops.sync.memory import tables as t
from productops.sync.memory.state import chunks
from productops.sync.plan import SIDES, Change, Conflict, Plan, Write, other
from productops.sync.reading.pair import Pair
from productops.sync.reading.reader import arrived, inbox_row
from productops.sync.rules.merge import EMPTY
from productops.sync.writing import agreed
from productops.sync.writing.found import sent_before, take_up
from productops.sync.writing.gaps import keep_replaced

OPEN = ("sent", "unknown")
HALF = "half"  # it arrived, and the run ended before the other writes of its change did
LOOKED = 60.0  # seconds before an intent in which its record was read; what was read by then is no gap edit
CLOCKS = 2.0  # seconds by which a service's clock, told to the second, may be behind what we take it for
PROOFS = 2  # looks after the settling time that must find nothing before a create is repeated


def recover(pair: Pair, plan: Plan) -> None:
    """Decide every open intent that can be decided now; says the rest in the plan."""
    state = pair.state
    rows = state.find(t.intents, among=("state", (*OPEN, HALF)), order=("sent", "link"))
    if state.at_work(pair.now()):  # what another runner is sending just now is its own to decide
        rows = [row for row in rows if row.state not in ("sent", HALF)]
    for row in rows:
        if row.state == HALF:
            _take_down(pair, row)
    rows = [row for row in rows if row.state != HALF]
    for side in SIDES:
        mine = [row for row in rows if row.side == side]
        _creates(pair, side, [row for row in mine if row.kind == "create"], plan)
        ripe = [row for row in mine if row.kind != "create" and row.settles <= pair.now().timestamp()]
        decided = [row for row in ripe if _update(pair, row, plan)]
        _gap_edits(pair, side, [row for row in decided if row.kind == "update"], plan)
    for row in state.find(t.intents, state="uncertain"):
        plan.conflicts.append(_uncertain(pair, row))


# --- creates


def _creates(pair: Pair, side: Side, rows: Sequence[Any], plan: Plan) -> None:
    collection = pair.collection(side)
    if not rows:
        return
    if not collection.features.find or collection.features.marker == "none":
        for row in rows:
            _close(pair, row, "uncertain", row.error)
        return
    for chunk in chunks(rows, 50):
        since = datetime.fromtimestamp(min(row.sent for row in chunk), UTC) - timedelta(minutes=5)
        found = collection.find([row.link for row in chunk], since)
        for row in chunk:
            hits = sorted(
                found.get(row.link, []), key=lambda record: (record.created is None, record.created, record.id)
            )
            if hits:
                _found(pair, side, row, hits, plan)
            else:
                _not_found(pair, side, row)


def _found(pair: Pair, side: Side, row: Any, hits: Sequence[Record], plan: Plan) -> None:
    """Link the record, and go on from what is agreed about it."""
    state, change = pair.state, Change.from_json(row.change)
    seen = pair.bound[side].observe(hits[0])
    change.ends[side], change.labels[side] = seen.id, {**pair.label(seen), "id": seen.id}
    with state.transaction():
        if not _still_open(pair, row):
            return
        ends = {end: (change.ends[end], change.labels.get(end, {})) for end in SIDES if end in change.ends}
        state.save_links({change.link: ends}, pair.now())
        state.receive([inbox_row(pair, side, seen, change.link)])
        if source := change.ends.get(other(side)):
            state.link_seen([(other(side), source, change.link)])
        take_up(pair, side, change, hits[0], seen, key_only=(change.link, side) in sent_before(pair, change.link))
        _close(pair, row, "confirmed", None, seen.id)
        for extra in hits[1:]:
            conflict = _duplicate(pair, change, side, seen, pair.bound[side].observe(extra))
            state.save_conflict(conflict, pair.now())
            plan.conflicts.append(conflict)
        state.bump()
    plan.recovered += 1


def _not_found(pair: Pair, side: Side, row: Any) -> None:
    """Count a look that found nothing; after enough of them, far enough apart, the create may be planned again."""
    now = pair.now().timestamp()
    if now < row.settles:
        return
    lag = pair.collection(side).settle().lag.total_seconds()
    if row.probed is not None and now - row.probed < lag / 2:
        return
    missed = row.missed + 1
    with pair.state.transaction() as connection:
        if not _still_open(pair, row):
            return
        mine = (t.intents.c.sync == pair.name) & (t.intents.c.op == row.op)
        connection.execute(update(t.intents).where(mine).values(missed=missed, probed=now))
        if missed >= PROOFS or lag == 0:
            _close(pair, row, "superseded", "never arrived")
            pair.state.bump()


def _duplicate(pair: Pair, change: Change, side: Side, kept: Seen, extra: Seen) -> Conflict:
    id_ = "c-" + hashlib.blake2b(f"{pair.name}|{change.link}|{extra.id}".encode(), digest_size=4).hexdigest()
    texts = {side: f"{extra.key or extra.id} is a second copy of {kept.key or kept.id}", other(side): None}
    labels: dict[Any, dict[str, Any]] = {**change.labels, "extra": {"key": extra.key, "url": extra.url, "id": extra.id}}
    return Conflict(
        id_, change.link, "", "duplicate", change.title, left=texts["left"], right=texts["right"], labels=labels
    )


def _uncertain(pair: Pair, row: Any) -> Conflict:
    change = Change.from_json(row.change)
    id_ = "u-" + row.op[:8]
    text = f"a create in {pair.collection(row.side).name} may or may not have happened: {row.error or 'no answer'}"
    return Conflict(
        id=id_, link=row.link, field="", kind="uncertain", title=change.title, labels=dict(change.labels),
        left=text if row.side == "left" else None, right=text if row.side == "right" else None,
    )  # fmt: skip


def _still_open(pair: Pair, row: Any) -> bool:
    """Tell, inside a transaction, whether no other runner has decided the intent since we read it.

    Deciding it again would put down as agreed what was typed after the other one had looked.
    """
    return any(one.state in OPEN for one in pair.state.find(t.intents, "state", op=row.op))


def _close(pair: Pair, row: Any, verdict: str, error: str | None = None, remote: str | None = None) -> None:
    pair.state.close_intents([{"op": row.op, "state": verdict, "error": error, "remote": remote or row.remote}])


# --- updates and deletes


def _take_down(pair: Pair, row: Any) -> None:
    """Put down as agreed what one of the writes of a change did, although the change was never finished.

    Whoever edits one of the two records meanwhile has edited what both showed.
    """
    state, change = pair.state, Change.from_json(row.change)
    write = _write_of(change, row)
    with state.transaction():
        if not any(one.state == HALF for one in state.find(t.intents, "state", op=row.op)):
            return
        state.whole_intents([row.op])
        if state.links_of(row.side, [change.ends[row.side]]):
            mine = {name: change.agreed[name] for name in write.fields if name in change.agreed}
            base, _ = agreed.agreed_base(pair, replace(change, writes=[write], agreed=mine), {})
            state.merge_base({change.link: base})
            # What the inbox shows may be from before that write, and would look as if it was taken back.
            state.mark_dirty(row.side, [change.ends[row.side]], pair.now())
        state.bump()


def _gap_edits(pair: Pair, side: Side, rows: Sequence[Any], plan: Plan) -> None:
    """Keep what people wrote between the last look and a write that may have arrived although its answer was lost.

    Also where the record shows something else: it may have arrived, and somebody typed over it after that.
    """
    written: list[tuple[Change, Write, Patch]] = []
    looked: dict[str, datetime] = {}
    for row in rows:
        change = Change.from_json(row.change)
        write = _write_of(change, row)
        patch = _patch(pair, write, change.ends[side])
        if patch.fields:
            written.append((change, write, patch))
            looked[change.ends[side]] = datetime.fromtimestamp(row.sent - LOOKED, UTC)
    keep_replaced(pair, plan, side, written, looked)


def _patch(pair: Pair, write: Write, record: str) -> Patch:
    """Return what was sent, as far as it can still be spelled."""
    fields = {}
    for name, value in write.fields.items():
        if name in pair.lanes:
            spot = pair.lanes[name].spot(write.side)
            with suppress(HeldValueError):  # as it was sent, or not at all
                fields[spot.field.id] = spot.write(value)
    return Patch(record, fields)


def _write_of(change: Change, row: Any) -> Write:
    return [write for write in change.writes if write.side == row.side and write.kind == row.kind][-1]


def _update(pair: Pair, row: Any, plan: Plan) -> bool:
    """See what the record shows now: our write, the value before it, or somebody's edit. Tell whether it is decided."""
    state, change, side = pair.state, Change.from_json(row.change), row.side
    collection, bound = pair.collection(side), pair.bound[side]
    write = _write_of(change, row)
    record = collection.get([change.ends[side]], bound.field_ids).get(change.ends[side])
    seen = None if record is None else bound.observe(record)
    arrived_there = [] if seen is None or record is None else _arrived(pair, side, write, record, seen)
    half_way = [] if seen is None else _half_way(pair, row, write, seen, arrived_there)
    with state.transaction():
        if not _still_open(pair, row):
            return False
        # What was claimed for a twin that was not made yet belongs to no pair: it must be offered again.
        linked = state.links_of(side, [change.ends[side]]).get(change.ends[side])
        if row.kind == "delete":
            _close(pair, row, "confirmed" if record is None or record.trashed else "superseded")
        elif row.kind == "restore":
            _close(pair, row, "superseded" if record is None or record.trashed else "confirmed")
        elif seen is None:
            _close(pair, row, "failed", "the record is gone")
            if not linked:  # nor is there anything to make a twin of
                state.drop(t.inbox, "remote", [change.ends[side]], side=side)
        else:
            if linked and arrived_there:
                # Whoever edits the source meanwhile: what this write did is agreed.
                mine = {name: change.agreed[name] for name in arrived_there if name in change.agreed}
                base, _ = agreed.agreed_base(pair, replace(change, writes=[write], agreed=mine), {side: seen})
                state.merge_base({change.link: base})
                plan.recovered += 1
            if linked and half_way:  # nobody's edit: whatever the other side shows by now is still to be written
                shown = {name: [seen.cells[name].hash, seen.cells[name].value] for name in half_way}
                nothing = {name: [EMPTY, None] for name in half_way}
                state.merge_base({change.link: {side: shown, other(side): nothing}})
            # A write that takes effect does so in all fields; what shows something else was edited after it.
            ours = bool(arrived_there) or not write.fields
            _close(pair, row, "confirmed" if ours else "superseded")
            state.receive([inbox_row(pair, side, seen, linked)])
        state.bump()
    return record is not None


def _arrived(pair: Pair, side: Side, write: Write, record: Record, seen: Seen) -> list[str]:
    return [
        name
        for name, value in write.fields.items()
        if name in seen.cells and arrived(pair, side, name, value, record, seen.cells[name])
    ]


def _half_way(pair: Pair, row: Any, write: Write, seen: Seen, arrived_there: Sequence[str]) -> list[str]:
    """Return the fields that show a step of this very write, which took several and ended between them."""
    side, collection = row.side, pair.collection(row.side)
    doubtful = [name for name in write.fields if name in seen.cells and name not in arrived_there]
    patch = _patch(pair, replace(write, fields={name: write.fields[name] for name in doubtful}), seen.id)
    if not patch.fields:
        return []
    ahead = collection.server_time() - pair.now()
    left = datetime.fromtimestamp(row.sent, UTC) + ahead - timedelta(seconds=CLOCKS)
    try:
        shown = set(collection.unfinished([patch], {seen.id: left}).get(seen.id, ()))
    except (AccessError, RejectedError):  # who may not read the history has a conflict instead
        return []
    return [name for name in doubtful if pair.lanes[name].spot(side).field.id in shown]
