"""Reading: what changed on a side goes into the durable inbox, and only then the cursor moves.

An unapplied plan loses nothing, because what its reading passed stays in the inbox until the pair
is settled. A record that looks as it did when last agreed costs one comparison and no write.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Select, func, select

from productops.sdk.codecs import HeldValueError
from productops.sdk.jsontext import loads
from productops.sdk.mapping import PROTECTED, Cell, Seen, Side
from productops.sdk.record import Record
from productops.sync.change import other
from productops.sync.memory import tables as t
from productops.sync.memory.state import Half, chunks
from productops.sync.memory.statements import Among, given
from productops.sync.reading.pair import IdSet, Pair
from productops.sync.rules.merge import EMPTY

PAGE = 500  # records handled in one transaction: each commit writes the pages it touched, and five indexes are touched


@dataclass(slots=True)
class Listing:
    """What one reading of one side found."""

    side: Side
    full: bool
    records: int = 0
    canary: str | None = None  # a record that the listing showed: it must be readable by its id, too
    empty: bool = False  # it showed nothing at all, although there are pairs
    foreign: int = 0
    missing: list[str] = field(default_factory=list)  # links whose record a complete listing did not show
    notes: list[str] = field(default_factory=list)


def read(pair: Pair, side: Side, *, full: bool = False) -> Listing:
    """Read a side's changes, or all of it, into the inbox.

    Raises:
        IncompleteListingError: the service did not end its listing itself; the cursor stays where it was.

    """
    bound, collection = pair.bound[side], pair.collection(side)
    begin = None if full else since(pair, side)
    listing = Listing(side, full=begin is None)
    began, asked = None, pair.now()
    ids = IdSet() if listing.full else None
    refused = {row.link: row.at for row in pair.state.find(t.refusals, "link", "at", side=side)}
    try:
        records = collection.scan(begin, bound.field_ids)
        while batch := list(islice(records, PAGE)):
            began = began or _start(pair, side, asked)
            live = [record for record in batch if not record.trashed]
            if listing.canary is None and live:
                listing.canary = live[0].id
            if ids is not None:
                ids.add([record.id for record in live])
            listing.records += len(live)
            listing.foreign += take(pair, side, _believed(pair, side, live), asked)
            _forget_refusals(pair, side, refused, live)
        began = began or _start(pair, side, asked)
        if ids is not None:
            _compare(pair, listing, ids)
            _spare_what_is_new(pair, listing, asked)
    finally:
        if ids is not None:
            ids.close()
    _move_cursor(pair, listing, began)
    _reread(pair, side)
    return listing


def _start(pair: Pair, side: Side, asked: datetime) -> datetime:
    """Return when a listing began, by the service's clock, which is known when the first answer is there.

    What changes between the first request and its records, however long they take, is in the next listing.
    """
    return pair.collection(side).server_time() - max(pair.now() - asked, timedelta(0))


def _forget_refusals(pair: Pair, side: Side, refused: Mapping[str, float], batch: Sequence[Record]) -> None:
    """Let what a service refused be tried again where the record has changed since: what was missing may be there."""
    if not refused:
        return
    ahead = (pair.collection(side).server_time() - pair.now()).total_seconds()
    links = pair.state.links_of(side, [record.id for record in batch if record.updated is not None])
    changed = {
        links[record.id]
        for record in batch
        if record.id in links
        and record.updated is not None
        and record.updated.timestamp() - ahead > refused.get(links[record.id], math.inf)
    }
    pair.state.drop(t.refusals, "link", changed, side=side)


def since(pair: Pair, side: Side) -> datetime | None:
    """Return where an incremental reading starts, or ``None`` when a full one is due."""
    cursor = pair.state.cursor(side)
    collection = pair.collection(side)
    if collection.features.cursor is None or cursor is None or cursor.watermark is None or cursor.full is None:
        return None
    if collection.server_time().timestamp() - cursor.full > pair.settings.full_every.total_seconds():
        return None
    settle = collection.settle()
    overlap = pair.settings.overlap or 2 * max(settle.late, settle.lag)
    return datetime.fromtimestamp(cursor.watermark, UTC) - max(overlap, settle.lag) - collection.features.cursor


def _move_cursor(pair: Pair, listing: Listing, began: datetime) -> None:
    known = pair.state.cursor(listing.side)
    full = began.timestamp() if listing.full else known.full if known else None
    row = {"side": listing.side, "watermark": began.timestamp(), "full": full}
    pair.state.put(t.cursors, ("side",), [row])


def _believed(pair: Pair, side: Side, batch: Sequence[Record]) -> Sequence[Record]:
    """Read again, by id, what a search says has changed.

    An eventually consistent search may show a record as it was before our own last write; taken for news, that
    would be carried to the other side as somebody's edit.
    """
    collection, state = pair.collection(side), pair.state
    if not collection.features.get or not collection.settle().lag:
        return batch
    links = state.links_of(side, [record.id for record in batch])
    marks = state.hashes(side, list(links.values()))
    doubtful = [
        record.id
        for record in batch
        if record.id in links
        and not as_agreed(pair, pair.bound[side].observe(record).cells, marks.get(links[record.id], {}))
    ]
    fresh: dict[str, Record] = {}
    for chunk in chunks(doubtful, collection.features.get_batch):
        fresh.update(collection.get(chunk, pair.bound[side].field_ids))
    gone = set(doubtful) - set(fresh)
    found = (fresh.get(record.id, record) for record in batch if record.id not in gone)
    return [record for record in found if not record.trashed]


def take(pair: Pair, side: Side, batch: Sequence[Record], asked: datetime) -> int:
    """Put what changed into the inbox, take out what is settled again; return how many records are another sync's.

    Args:
        pair: the sync.
        side: where the records were read.
        batch: the records.
        asked: when the reading began. What another runner has written since may not show in it yet, and would look as
            if somebody had taken that write back: such a record is read again.

    """
    state, bound = pair.state, pair.bound[side]
    with state.transaction():
        links = state.links_of(side, [record.id for record in batch])
        marks = state.hashes(side, list(links.values()))
        rows, settled, foreign = [], [], 0
        for record in batch:
            link, seen = links.get(record.id), bound.observe(record)
            if link is not None and "" in marks.get(link, {}).values():
                marks[link] = recognise(pair, side, link, record, seen)
            if link is None and pair.foreign(seen):
                foreign += 1
                settled.append(seen.id)
            elif link is not None and as_agreed(pair, seen.cells, marks.get(link, {})):
                settled.append(seen.id)
            else:
                rows.append(inbox_row(pair, side, seen, link))
        _take_out(pair, side, settled, list(links.values()))
        overtaken = _written_since(pair, side, [row["link"] for row in rows if row["link"]], asked)
        state.receive([row for row in rows if row["link"] not in overtaken])
        state.mark_dirty(side, [row["remote"] for row in rows if row["link"] in overtaken], pair.now())
    return foreign


def _written_since(pair: Pair, side: Side, links: Sequence[str], asked: datetime) -> set[str]:
    """Return the pairs to whose record on a side something was sent since; none where it cannot be read again."""
    if not links or not pair.collection(side).features.get:
        return set()
    return {row.link for row in pair.state.ask(_sent_since, link=links, side=side, since=asked.timestamp())}


def _sent_since() -> Select[Any]:
    row = t.intents.c
    mine = (row.sync == given("sync")) & (row.side == given("side")) & (row.sent > given("since"))
    return select(row.link).where(mine, Among(row.link))


def _take_out(pair: Pair, side: Side, settled: Sequence[str], links: Sequence[str]) -> None:
    """Take out of the inbox what is settled, and of the tombstones what shows; most often there is nothing."""
    state = pair.state
    noted = [row.remote for row in state.find(t.inbox, "remote", among=("remote", settled), side=side)]
    state.drop(t.inbox, "remote", noted, side=side)
    stones = [row.link for row in state.find(t.tombstones, "link", among=("link", links), side=side)]
    state.drop(t.tombstones, "link", stones, side=side)


def recognise(pair: Pair, side: Side, link: str, record: Record, seen: Seen) -> dict[str, str]:
    """Tell our own writes, of which no answer was read, in the service's own spelling; return the link's marks.

    A value that the service would show after what we sent counts as agreed; anything else is an edit. Unless the field
    takes a request of its own when a record is made, which may be missing: a record that was not touched since shows
    what the service put there, and the value is still to be written. When it was touched, nobody can tell by whom:
    then nothing counts as agreed.
    """
    half = pair.state.bases([link])[link][side]
    known: Half = {}
    behind: Half = {}
    for name, (mark, value) in half.items():
        spot, cell = pair.bound[side].spots.get(name), seen.cells.get(name)
        if mark or spot is None or cell is None:
            continue
        if arrived(pair, side, name, value, record, cell):
            known[name] = [cell.hash, cell.value]
        elif spot.field.id in pair.collection(side).features.follows and _only_made(pair, side, link):
            untouched = record.created is not None and record.created == record.updated
            known[name] = [cell.hash, cell.value] if untouched else [EMPTY, None]
            behind[name] = [EMPTY, None]
    pair.state.merge_base({link: {side: known, other(side): behind}})
    if behind:
        ends = pair.state.ends_of([link])[link]
        pair.state.mark_dirty(other(side), [ends[other(side)].remote], pair.now())
    return {name: packed[0] for name, packed in {**half, **known}.items()}


def _only_made(pair: Pair, side: Side, link: str) -> bool:
    """Tell whether all that was ever sent for a record is its create."""
    sent = pair.state.find(t.intents, "kind", among=("link", [link]), side=side)
    return all(row.kind == "create" for row in sent)


def arrived(pair: Pair, side: Side, name: str, value: Any, record: Record, cell: Cell) -> bool:
    """Tell whether a record shows a value that was sent to it."""
    lane, spot = pair.lanes.get(name), pair.bound[side].spots[name]
    if cell.problem is None and lane is not None and lane.equal(cell.value, value):
        return True
    try:
        return pair.collection(side).same(spot.field, spot.write(value), record.fields.get(spot.field.id))
    except HeldValueError:
        return False


def as_agreed(pair: Pair, cells: Mapping[str, Cell], marks: Mapping[str, str]) -> bool:
    """Tell whether the record looks as it did when the pair was last agreed."""
    for name in pair.lanes:
        cell = cells.get(name)
        if cell is None:
            continue
        if name not in marks:
            if cell.value is not None or cell.problem:
                return False
        elif marks[name] != cell.hash:
            return False
    return True


def inbox_row(pair: Pair, side: Side, seen: Seen, link: str | None) -> dict[str, Any]:
    """Return the inbox row for a record as seen now."""
    return {
        "side": side,
        "remote": seen.id,
        "link": link,
        "own": pair.own(side, seen.id),
        "marker": seen.marker or None,
        "match": pair.match_key(seen) if link is None else None,
        "seen": seen.to_json(),
        "at": pair.now().timestamp(),
    }


def _compare(pair: Pair, listing: Listing, ids: IdSet) -> None:
    """Note linked records that the complete listing did not show; forget unlinked ones that are gone."""
    state, side = pair.state, listing.side
    linked = state.count_links()
    if linked and not ids.count and not pair.collection(side).features.steady:
        listing.empty = True
        listing.notes.append(
            f"{pair.collection(side).name} listed no records at all although {linked:,} are linked; "
            "an empty listing is not believed and nothing is deleted"
        )
        return
    last = ""
    while rows := state.ask(_next_ends, side=side, last=last):
        last = rows[-1].link
        by_remote = {row.remote: row.link for row in rows}
        listing.missing += [by_remote[remote] for remote in ids.missing(list(by_remote))]
    last = ""
    while rows := state.ask(_next_strangers, side=side, last=last):
        last = rows[-1].remote
        state.drop(t.inbox, "remote", ids.missing([row.remote for row in rows]), side=side)


def _spare_what_is_new(pair: Pair, listing: Listing, asked: datetime) -> None:
    """Do not miss what this run or another one made a moment ago: a search may not show it yet.

    Taken for moved out of scope, such a pair would rest until the next complete listing.
    """
    since = asked - pair.collection(listing.side).settle().total
    new: set[str] = set()
    for links in chunks(listing.missing, PAGE):
        new |= _written_since(pair, listing.side, links, since)
    listing.missing = [link for link in listing.missing if link not in new]


def _next_ends() -> Select[Any]:
    row = t.ends.c
    mine = (row.sync == given("sync")) & (row.side == given("side")) & (row.link > given("last"))
    return select(row.link, row.remote).where(mine).order_by(row.link).limit(500)


def _next_strangers() -> Select[Any]:
    row = t.inbox.c
    mine = (row.sync == given("sync")) & (row.side == given("side")) & (row.remote > given("last"))
    return select(row.remote).where(mine, func.coalesce(row.link, "") == "").order_by(row.remote).limit(500)


def _reread(pair: Pair, side: Side) -> None:
    """Read again the records whose last write left a question."""
    state, collection = pair.state, pair.collection(side)
    dirty = [row.remote for row in state.find(t.inbox, "remote", side=side, seen=None)]
    if not collection.features.get:
        return
    for chunk in chunks(dirty, collection.features.get_batch):
        asked = pair.now()
        found = collection.get(list(chunk), pair.bound[side].field_ids)
        take(pair, side, [record for record in found.values() if not record.trashed], asked)
        state.drop(t.inbox, "remote", [remote for remote in chunk if remote not in found], side=side)


def load_inbox(row: Any) -> Seen | None:
    """Return the record in an inbox row, or ``None`` when it must be read again first."""
    return Seen.from_json(row.seen) if row is not None and row.seen else None


def _why(mark: str) -> str | None:
    return "the text holds parts that Markdown cannot express" if mark.endswith(PROTECTED) else None


def known_seen(remote: str, half: Mapping[str, Any], label: str) -> Seen:
    """Return a record as it was when last agreed, for a side that shows nothing new."""
    told = loads(label)
    cells = {name: Cell(packed[0], packed[1], protected=_why(packed[0])) for name, packed in half.items()}
    return Seen(id=remote, cells=cells, title=told.get("title", ""), key=told.get("key"), url=told.get("url"))
