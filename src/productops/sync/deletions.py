"""Deletions need proof: a complete listing, a point read for each record, twice, and time to think.

Absence from a listing alone never deletes. A record that a point read still shows was only moved out of
the listing's scope; its link is parked and both sides are left alone. A twin that was edited since is kept:
the edit wins, and the case goes to the conflicts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from productops.sdk.mapping import Side
from productops.sync import tables as t
from productops.sync.pair import Pair
from productops.sync.plan import SIDES, Change, Conflict, Plan, Write, other
from productops.sync.reader import Listing
from productops.sync.state import chunks

LEAST, SHARE = 5, 0.02  # a day's runs delete at most max(5, 2 % of the links) without a confirmation
DAY = 24 * 3600.0
CONFIRMATIONS = 2


def note_missing(pair: Pair, listing: Listing, plan: Plan) -> None:
    """Tell apart what the listing did not show: gone, moved out of scope, or not known."""
    state, side = pair.state, listing.side
    collection = pair.collection(side)
    if listing.full and not listing.notes:
        _come_back(pair, listing)
    for links in chunks(listing.missing, 100):
        ends = state.ends_of(links)
        remotes = {ends[link][side].remote: link for link in links if side in ends.get(link, {})}
        if not collection.features.get:
            plan.notes.append(
                f"{collection.name} cannot read single records, so nothing that is missing there is believed deleted"
            )
            return
        found = collection.get(list(remotes), [])
        for remote, link in remotes.items():
            record = found.get(remote)
            if record is not None and not record.trashed:
                state.set_link_state(link, "parked")
                plan.notes.append(
                    f"{record.key or remote} is no longer in {collection.name}; it is left alone on both sides"
                )
            else:
                _confirm(pair, link, side, "trashed" if record is not None else "gone")


def _come_back(pair: Pair, listing: Listing) -> None:
    """Links whose record shows again are alive again."""
    state = pair.state
    missing = set(listing.missing)
    asleep = [row.link for row in state.rows(state.pick(t.links, "link").where(t.links.c.state == "parked"))]
    for link in asleep:
        if link not in missing and not state.rows(state.pick(t.tombstones, "link").where(t.tombstones.c.link == link)):
            state.set_link_state(link, "active")


def _confirm(pair: Pair, link: str, side: Side, reason: str) -> None:
    state, now = pair.state, pair.now().timestamp()
    known = state.rows(state.pick(t.tombstones).where(t.tombstones.c.link == link, t.tombstones.c.side == side))
    count = known[0].confirmations + 1 if known else 1
    first = known[0].first if known else now
    row = {"link": link, "side": side, "reason": reason, "first": first, "last": now, "confirmations": count}
    state.put(t.tombstones, ("link", "side"), [row])


def plan_deletions(pair: Pair, plan: Plan) -> None:
    """Plan the deletion of twins whose other end is proven gone."""
    state, settings = pair.state, pair.settings
    now, grace = pair.now().timestamp(), settings.delete_grace.total_seconds()
    stones = state.rows(state.pick(t.tombstones).order_by(t.tombstones.c.link))
    waiting = [row for row in stones if row.confirmations < CONFIRMATIONS or now - row.first < grace]
    if waiting:
        plan.notes.append(f"{len(waiting):,} records disappeared; their twins are kept until that is confirmed")
    for rows in chunks([row for row in stones if row not in waiting], 100):
        links = [row.link for row in rows]
        ends, inbox, bases = state.ends_of(links), state.inbox_of(links), state.bases(links)
        for row in rows:
            _plan_one(pair, plan, row, ends.get(row.link, {}), inbox, bases[row.link])
    guard(pair, plan)


def _plan_one(
    pair: Pair,
    plan: Plan,
    stone: Any,
    ends: Mapping[Side, Any],
    inbox: Mapping[tuple[str, str], Any],
    base: Mapping[Side, Any],
) -> None:
    target = other(stone.side)
    both_gone = bool(
        pair.state.rows(
            pair.state.pick(t.tombstones).where(t.tombstones.c.link == stone.link, t.tombstones.c.side == target)
        )
    )
    if both_gone or target not in ends:
        pair.state.set_link_state(stone.link, "deleted")
        _forget(pair, stone.link)
        return
    label = ends[target].label
    change = _change(stone.link, target, ends, label)
    twin = pair.collection(target)
    if pair.settings.direction != "both" and not pair.settings.direction.endswith(target):
        plan.notes.append(
            f"{change.name} was deleted in {plan.names[stone.side]}; it is kept in {plan.names[target]}, its source"
        )
        return
    if (stone.link, target) in inbox:
        _edit_wins(pair, plan, change, stone, target)
        return
    if pair.settings.on_delete == "ignore":
        return
    if twin.features.delete == "none" or (twin.features.delete == "hard" and pair.settings.on_delete != "delete"):
        plan.problem(
            f"{change.name}: its twin is gone; {twin.name} has no trash, so it is kept. "
            'Delete it by hand, or allow hard deletion with on_delete="delete"'
        )
        return
    before = dict(base[target])
    change.writes = [Write(target, "delete", before=before)]
    plan.add(change)


def _change(link: str, target: Side, ends: Mapping[Side, Any], label: str) -> Change:
    import json

    told = json.loads(label)
    labels = {side: json.loads(end.label) for side, end in ends.items()}
    return Change(
        link,
        "delete",
        told.get("title", ""),
        {side: end.remote for side, end in ends.items()},
        labels,
        why="its twin was deleted",
    )


def _edit_wins(pair: Pair, plan: Plan, change: Change, stone: Any, target: Side) -> None:
    id_ = "c-" + hashlib.blake2b(f"{pair.name}|{stone.link}|deleted".encode(), digest_size=4).hexdigest()
    told = {target: "edited since", stone.side: f"deleted ({stone.reason})"}
    conflict = Conflict(
        id=id_, link=stone.link, field="", kind="delete-vs-edit", title=change.title, labels=change.labels,
        left=told["left"], right=told["right"],
    )  # fmt: skip
    pair.state.save_conflict(conflict, pair.now())
    plan.conflicts.append(conflict)


def _forget(pair: Pair, link: str) -> None:
    for table in (t.tombstones, t.inbox, t.ends):
        pair.state.drop(table, link=link)


def forget_links(pair: Pair, links: Sequence[str]) -> None:
    """Drop what is remembered of pairs that were deleted on both sides; their link stays as a marker of the past."""
    for link in links:
        pair.state.set_link_state(link, "deleted")
        _forget(pair, link)


def guard(pair: Pair, plan: Plan) -> None:
    """Stop a plan that deletes more than the limit, together with what the last 24 hours deleted."""
    linked, since = pair.state.count_links(), pair.now().timestamp() - DAY
    for side in SIDES:
        count = plan.counts.get(f"delete_{side}", 0)
        if not count:
            continue
        mine = (t.intents.c.kind == "delete") & (t.intents.c.side == side) & (t.intents.c.sent > since)
        fates = t.intents.c.state.in_(("confirmed", "sent", "unknown"))
        earlier = len(pair.state.rows(pair.state.pick(t.intents, "op").where(mine, fates)))
        limit = max(LEAST, int(SHARE * linked))
        if count + earlier > limit:
            before = f", after {earlier:,} in the last 24 hours," if earlier else ""
            plan.blocked.append(
                f"{count:,} deletions in {plan.names[side]}{before} are more than the limit of {limit:,} "
                f"({LEAST} or {SHARE:.0%} of {linked:,} pairs); if they are meant, apply(plan, confirm=plan.id)"
            )
