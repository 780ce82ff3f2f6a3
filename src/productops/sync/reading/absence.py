"""Records that a complete listing did not show: gone, in the trash, out of its scope, or closed to us.

They look alike in a listing and must not be treated alike. Each is read by its id, together with one record that
the listing did show: where that canary cannot be read either, the reading is broken and says nothing.

=================  ===========================================================================
not there          counted; after two full listings and the time of grace its twin may go
in the trash       the same
still there        moved out of the view, the formula, the JQL: parked, both sides left alone
no access          left alone and told; what we may not see is not deleted
many at once       the listing is not believed, until the next complete one says the same
=================  ===========================================================================
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import exists, select, update

from productops.errors import AccessError, GoneError
from productops.sdk.mapping import Side
from productops.sdk.record import Record
from productops.sync.memory import tables as t
from productops.sync.memory.state import chunks
from productops.sync.plan import SIDES, Plan
from productops.sync.reading.pair import Pair
from productops.sync.reading.reader import Listing

LEAST, SHRINK = 5, 0.20  # so many missing at once, or this share of the pairs, are not believed at first sight
UNLISTED, PARKED = "not listed", "out of scope"  # seen as missing, and no step towards a deletion


def note_missing(pair: Pair, listing: Listing, plan: Plan) -> None:
    """Tell apart what a complete listing did not show, and remember it."""
    collection = pair.collection(listing.side)
    if listing.empty and pair.state.count_links() > LEAST:
        plan.blocked.append(f"{collection.name} listed no records at all although there are pairs")
    if not listing.missing:
        return
    if not collection.features.steady and _shrunk(pair, listing, plan):
        return
    if not collection.features.get:
        plan.notes.append(
            f"{collection.name} cannot read single records, so nothing that is missing there is believed deleted"
        )
        return
    for links in chunks(listing.missing, max(1, collection.features.get_batch - 1)):
        ends = pair.state.ends_of(links)
        remotes = {ends[link][listing.side].remote: link for link in links if listing.side in ends.get(link, {})}
        found = _read(pair, listing, list(remotes), plan)
        if found is None:
            return
        for remote, link in remotes.items():
            _classify(pair, listing.side, link, remote, found.get(remote), plan)


def _shrunk(pair: Pair, listing: Listing, plan: Plan) -> bool:
    """Tell whether too much is missing at once to be believed; note what is, so that the next listing is."""
    state, linked = pair.state, pair.state.count_links()
    known = {row.link for row in state.find(t.tombstones, "link", among=("link", listing.missing), side=listing.side)}
    fresh = [link for link in listing.missing if link not in known]
    if len(fresh) <= max(LEAST, int(SHRINK * linked)):
        return False
    for link in fresh:
        _stone(pair, link, listing.side, UNLISTED, 0)
    plan.blocked.append(
        f"{pair.collection(listing.side).name} listed only {linked - len(fresh):,} of {linked:,} linked records: "
        "{0:,} are missing at once, more than {1:.0%}. That is believed when the next complete listing says the same, "
        "plan(full=True)".format(len(fresh), SHRINK)
    )
    return True


def _read(pair: Pair, listing: Listing, remotes: Sequence[str], plan: Plan) -> Mapping[str, Record] | None:
    """Read missing records and the canary; ``None`` where the reading cannot be believed."""
    collection = pair.collection(listing.side)
    canary = [] if listing.canary is None else [listing.canary]
    try:
        if collection.features.get_batch > 1:
            found = collection.get([*remotes, *canary], [])
        else:
            found = {**collection.get(remotes, []), **(collection.get(canary, []) if canary else {})}
    except (AccessError, GoneError) as error:
        plan.notes.append(f"{collection.name}: what is missing cannot be looked up, and is left alone: {error}")
        return None
    if any(id_ not in found for id_ in canary):
        plan.notes.append(
            f"{collection.name} listed {canary[0]} and does not show it by its id; nothing is believed missing"
        )
        return None
    return found


def _classify(pair: Pair, side: Side, link: str, remote: str, record: Record | None, plan: Plan) -> None:
    name, state = pair.collection(side).name, pair.state
    if record is not None and record.hidden:
        state.drop(t.tombstones, link=link, side=side)
        plan.notes.append(f"{record.key or remote} in {name} may not be read by this account; it is left alone")
    elif record is not None and not record.trashed:
        state.set_link_state(link, "parked")
        _stone(pair, link, side, PARKED, 0)
        plan.notes.append(f"{record.key or remote} is no longer in {name}; it is left alone on both sides")
    else:
        _confirm(pair, link, side, "in the trash" if record is not None else "gone")


def _confirm(pair: Pair, link: str, side: Side, reason: str) -> None:
    state = pair.state
    known = state.find(t.tombstones, link=link, side=side)
    if not known or not known[0].confirmations:
        _stone(pair, link, side, reason, 1)
        if known and known[0].reason == PARKED:
            state.set_link_state(link, "active")
    else:
        _stone(pair, link, side, reason, known[0].confirmations + 1, known[0].first)


def _stone(pair: Pair, link: str, side: Side, reason: str, count: int, first: float | None = None) -> None:
    now = pair.now().timestamp()
    row = {"reason": reason, "first": now if first is None else first, "last": now, "confirmations": count}
    pair.state.put(t.tombstones, ("link", "side"), [{"link": link, "side": side, **row}])


def wake(pair: Pair) -> None:
    """Links that were parked, and whose records show again, take part again."""
    links, stones = t.links.c, t.tombstones.c
    asleep = (links.sync == pair.name) & (links.state == "parked")
    noted = exists(select(1).where(stones.sync == links.sync, stones.link == links.link))
    if pair.state.find(t.links, "link", state="parked", limit=1):
        with pair.state.transaction() as connection:
            connection.execute(update(t.links).where(asleep, ~noted).values(state="active"))


def check_subjects(pair: Pair, plan: Plan) -> None:
    """When another account reads a side, what is missing begins to be counted anew: it may see less."""
    for side in SIDES:
        collection = pair.collection(side)
        who, known = collection.subject(), pair.state.fact(f"{side} is read by")
        if who and who != known:
            if known is not None:
                pair.state.drop(t.tombstones, side=side)
                plan.notes.append(
                    f"{collection.name} is read by another account now; what is missing there is counted anew"
                )
            pair.state.set_fact(f"{side} is read by", who)
