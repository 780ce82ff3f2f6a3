"""One pass of looking: recover what was left open, read both sides, and fill a plan with what would be done."""

from __future__ import annotations

from sqlalchemy import update

from productops.sdk.mapping import Side
from productops.sync.deciding.comeback import read_twins
from productops.sync.deciding.deletions import plan_deletions
from productops.sync.deciding.guards import check_clock, lost_memory, mass_change, older_memory
from productops.sync.deciding.matching import plan_strangers
from productops.sync.deciding.planner import Planner
from productops.sync.memory import tables as t
from productops.sync.plan import SIDES, Plan, other
from productops.sync.reading.absence import check_subjects, note_missing, wake
from productops.sync.reading.binding import Met
from productops.sync.reading.drift import note_drift
from productops.sync.reading.pair import Pair
from productops.sync.reading.reader import read
from productops.sync.rules.merge import Prefer
from productops.sync.writing.recover import recover


def fill(met: Met, plan: Plan, prefer: Prefer, *, full: bool, adopting: bool) -> None:
    """Look at both sides and add everything that would be done to the plan."""
    pair, state = met.pair, met.pair.state
    plan.drift += met.drift + note_drift(pair)
    recover(pair, plan)
    # From here on: when another run writes while this one reads, what was read is no longer true.
    plan.serial = state.meta().serial
    check_subjects(pair, plan)
    listings = {side: read(pair, side, full=full or met.rebind) for side in SIDES}
    check_clock(pair)
    for side in SIDES:
        plan.notes += listings[side].notes
        note_missing(pair, listings[side], plan)
    wake(pair)
    fresh, lost = not state.has_links(), lost_memory(pair)
    twins = read_twins(pair)
    with state.transaction():  # nobody is asked in here: other runners wait for its end
        state.link_inbox()
        planner = Planner(pair, plan, prefer, twins)
        planner.merge_links()
        offered = plan_strangers(planner, _creating(pair))
        planner.read_again()
        plan_deletions(planner)
        mass_change(pair, plan, planner.moves, pair.settings.mass_change)
    if not adopting and (older := older_memory(pair)):
        plan.blocked.append(older)
    if fresh and not adopting:
        if lost:
            plan.blocked.append(lost)
        else:
            _first_meeting(plan, offered)


def look_again(pair: Pair) -> None:
    """Have everything that waits in the inbox read again, because the services describe themselves otherwise now."""
    with pair.state.transaction() as connection:
        for side in SIDES:
            if pair.collection(side).features.get:
                mine = (t.inbox.c.sync == pair.name) & (t.inbox.c.side == side)
                connection.execute(update(t.inbox).where(mine).values(seen=None))
            else:
                pair.state.drop(t.cursors, side=side)  # all of it is listed


def _creating(pair: Pair) -> list[Side]:
    """Return the sides whose new records get a twin."""
    return [
        side for side in SIDES if pair.collection(other(side)).features.create and pair.settings.writes_to(other(side))
    ]


def _first_meeting(plan: Plan, offered: dict[Side, int]) -> None:
    """Two sides that hold data and were never linked are not poured into each other unasked."""
    strangers = all(offered.values())
    differing = plan.counts.get("link", 0) and (plan.conflicts or plan.counts.get("update_left", 0))
    if strangers or differing:
        only = ", ".join(f"{offered[side]:,} only in {plan.names[side]}" for side in SIDES)
        plan.blocked.append(
            f"both sides already hold records and nothing is linked yet ({only}, "
            f'{plan.counts.get("link", 0):,} matched). Use adopt(prefer="left"), adopt(prefer="right") or '
            'adopt(prefer="ask"), with match="title" to pair what is the same'
        )
