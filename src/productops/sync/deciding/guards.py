"""What stops a plan before it does harm: a wrong clock, a lost memory, one field changing everywhere.

Deletions have a guard of their own, in :mod:`~productops.sync.deciding.deletions`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, exists, func, select

from productops.errors import GuardError
from productops.sdk.mapping import Side
from productops.sync.memory import tables as t
from productops.sync.memory.statements import given
from productops.sync.plan import SIDES, Plan
from productops.sync.reading.pair import Pair

SKEW = 300.0  # seconds by which the clock here may differ from a service's
MASS_LEAST = 50  # so few changes of one field are never a mass change


def _last_finished() -> Select[Any]:
    return select(func.max(t.runs.c.finished)).where(t.runs.c.sync == given("sync"))


def _marked() -> Select[Any]:
    """Count the unlinked records that carry a key of this sync."""
    row, start = t.inbox.c, given("prefix")
    either = (row.side == "left") | (row.side == "right")  # so that the index of the markers serves
    mine = (row.sync == given("sync")) & either & row.marker.is_not(None) & (func.coalesce(row.link, "") == "")
    return select(func.count()).where(mine, func.substr(row.marker, 1, func.length(start)) == start)


def _unknown_marks() -> Select[Any]:
    """Count those whose key this state never gave and never tried to give."""
    row = t.inbox.c
    given = exists(select(1).where(t.links.c.sync == row.sync, t.links.c.link == row.marker))
    tried = exists(select(1).where(t.intents.c.sync == row.sync, t.intents.c.link == row.marker))
    return _marked().where(~given, ~tried)


def check_clock(pair: Pair) -> None:
    """Refuse to plan with a clock that is far off: grace times, settle times and cursors would mean nothing.

    Raises:
        GuardError: this machine and a service disagree by more than five minutes.

    """
    _check_back(pair)
    for side in SIDES:
        collection = pair.collection(side)
        if not collection.features.server_clock:
            continue
        here, there = pair.now(), collection.server_time()
        off = (here - there).total_seconds()
        if abs(off) > SKEW:
            way = "ahead of" if off > 0 else "behind"
            raise GuardError(
                f"The clock here ({here:%Y-%m-%d %H:%M:%S} UTC) is {abs(off) / 60:.0f} minutes {way} that of "
                f"{collection.name} ({there:%Y-%m-%d %H:%M:%S} UTC).",
                system="productops",
                remedy="Set the clock right, then run again. Nothing was read or written.",
            )


def _check_back(pair: Pair) -> None:
    """Refuse a clock that was set back behind the last run: what waits would wait again, or for ever."""
    last = pair.state.ask(_last_finished)[0][0]
    off = (last or 0.0) - pair.now().timestamp()
    if off > SKEW:
        raise GuardError(
            f"The clock here ({pair.now():%Y-%m-%d %H:%M:%S} UTC) is {off / 60:.0f} minutes before the end of "
            "the last run.",
            system="productops",
            remedy="Set the clock right, then run again. Nothing was written.",
        )


def lost_memory(pair: Pair) -> str | None:
    """Return why a sync without any memory must not begin: its markers show that it ran before."""
    state = pair.state
    if state.has_links() or state.find(t.intents, "op", limit=1):
        return None
    count = int(state.ask(_marked, prefix=pair.prefix)[0][0])
    if not count:
        return None
    return (
        f"{count:,} records carry this sync's key, but its state knows no pair: the "
        "state was lost or is another one. Give the old state back, or use adopt(), which links the pairs again by "
        "their keys"
    )


def older_memory(pair: Pair) -> str | None:
    """Return why a sync must not go on whose records carry keys that its state has never given."""
    state = pair.state
    if not state.has_links():
        return None
    count = int(state.ask(_unknown_marks, prefix=pair.prefix)[0][0])
    if not count:
        return None
    return (
        f"{count:,} records carry keys that this sync gave and its state does not know: the state is older than they "
        "are, perhaps one from a backup. Give the newer one back, or use adopt(), which links the pairs again by "
        "their keys"
    )


def mass_change(pair: Pair, plan: Plan, moves: Mapping[tuple[Side, str], int], share: float | None) -> None:
    """Stop a plan in which one field changed on very many records of one side at once."""
    if share is None:
        return
    many = [(side, name, count) for (side, name), count in sorted(moves.items()) if count >= MASS_LEAST]
    linked = pair.state.count_links() if many else 0
    for side, name, count in many:
        if count > share * linked:
            plan.blocked.append(
                f"{name} changed on {count:,} of {linked:,} records in {plan.names[side]} at once, more than the "
                f"limit of {share:.0%}: a changed format, or a bulk edit? If it is meant, "
                "apply(plan, confirm=plan.id)"
            )
