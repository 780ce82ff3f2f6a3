"""Deletions need proof: a complete listing, a point read for each record, twice, and time to think.

What counts as gone is told by :mod:`~productops.sync.reading.absence`. A twin that was edited since is kept: the edit
wins, and a person decides. More deletions than a day should bring stop the whole plan.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from productops.sdk.mapping import Side
from productops.sync.deciding.edited import edit_wins
from productops.sync.deciding.planner import Planner
from productops.sync.memory import tables as t
from productops.sync.memory.state import chunks
from productops.sync.plan import SIDES, Change, Plan, Write, other
from productops.sync.reading.absence import PARKED
from productops.sync.reading.pair import Pair

LEAST, SHARE = 5, 0.02  # a day's runs delete at most max(5, 2 % of the links) without a confirmation
DAY = 24 * 3600.0
CONFIRMATIONS = 2


def plan_deletions(planner: Planner) -> None:
    """Plan the deletion of twins whose other end is proven gone."""
    pair, plan = planner.pair, planner.plan
    state, grace = pair.state, pair.settings.delete_grace.total_seconds()
    stones = [row for row in state.find(t.tombstones, order=("link",)) if row.reason != PARKED]
    # From the first look to the last: a look long ago proves nothing about today.
    ready = [row for row in stones if row.confirmations >= CONFIRMATIONS and row.last - row.first >= grace]
    if waiting := len(stones) - len(ready):
        plan.notes.append(f"{waiting:,} records disappeared; their twins are kept until that is confirmed")
    for rows in chunks(ready, 100):
        links = [row.link for row in rows]
        ends, inbox, bases = state.ends_of(links), state.inbox_of(links), state.bases(links)
        for row in rows:
            if row.link not in planner.open_links:
                _plan_one(planner, row, ends.get(row.link, {}), inbox, bases[row.link])
    guard(pair, plan)


def _plan_one(
    planner: Planner,
    stone: Any,
    ends: Mapping[Side, Any],
    inbox: Mapping[tuple[str, str], Any],
    base: Mapping[Side, Any],
) -> None:
    pair, plan, target = planner.pair, planner.plan, other(stone.side)
    if target not in ends or _gone_too(pair, stone.link, target):
        pair.state.set_link_state(stone.link, "deleted")
        for table in (t.tombstones, t.inbox, t.ends):
            pair.state.drop(table, link=stone.link)
        return
    change = _change(stone, ends, ends[target].label, plan)
    if not pair.settings.writes_to(target):
        plan.notes.append(
            f"{change.name} was deleted in {plan.names[stone.side]}; it is kept in {plan.names[target]}, its source"
        )
        return
    before = dict(base[target])
    if (stone.link, target) in inbox:
        wins = edit_wins(planner, change, stone, inbox[stone.link, target])
        if wins is None:
            return
        before = wins
    if pair.settings.on_delete == "ignore":
        return
    twin = pair.collection(target)
    if twin.features.delete == "none" or (twin.features.delete == "hard" and pair.settings.on_delete != "delete"):
        plan.problem(
            f"{change.name}: its twin is gone; {twin.name} has no trash, so it is kept. "
            'Delete it by hand, or allow hard deletion with on_delete="delete"'
        )
        return
    change.writes = [Write(target, "delete", before=before)]
    plan.add(change)


def _gone_too(pair: Pair, link: str, side: Side) -> bool:
    return any(row.confirmations for row in pair.state.find(t.tombstones, "confirmations", link=link, side=side))


def _change(stone: Any, ends: Mapping[Side, Any], label: str, plan: Plan) -> Change:
    what = {"gone": "is gone", "in the trash": "is in the trash"}.get(stone.reason, stone.reason)
    return Change(
        stone.link,
        "delete",
        json.loads(label).get("title", ""),
        {side: end.remote for side, end in ends.items()},
        {side: json.loads(end.label) for side, end in ends.items()},
        why=f"its twin {what} in {plan.names[stone.side]}",
    )


def guard(pair: Pair, plan: Plan) -> None:
    """Stop a plan that deletes more than the limit, together with what the last 24 hours deleted."""
    wanted: dict[Side, int] = {side: count for side in SIDES if (count := plan.counts.get(f"delete_{side}", 0))}
    linked = pair.state.count_links() if wanted else 0  # reads a row for each pair
    since = pair.now().timestamp() - DAY
    for side, count in wanted.items():
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
