"""A plan is carried out as it was read, or not at all: what makes it out of date."""

from __future__ import annotations

from datetime import datetime, timedelta

from productops.errors import ConfigError, StaleError
from productops.sync.memory.state import State
from productops.sync.plan import Plan

TTL = timedelta(hours=24)  # a plan that is older was made from a world that is gone


def refuse_outdated(plan: Plan, state: State, now: datetime) -> None:
    """Refuse a plan of another sync or state, of other mappings, that was applied, overtaken, or is too old.

    Raises:
        StaleError: it says which; nothing was written.
        ConfigError: somebody edited the plan; nothing was written.

    """
    meta = state.meta()
    if plan.sync != state.sync or plan.lineage != meta.lineage:
        raise _stale("The plan was made for another sync or another state.")
    if plan.config != meta.config:
        raise _stale("The mappings changed since the plan was made.")
    if plan.serial != meta.serial:
        raise _stale("The plan was applied already, or another run came between.")
    if plan.seal != plan.seal_with(state.plan_key()):
        raise ConfigError(
            "The plan was edited since it was made.", system="productops", remedy="Make a new plan; it is never edited."
        )
    if now.timestamp() - plan.created > TTL.total_seconds():
        raise _stale(f"The plan is older than {TTL}.")


def _stale(why: str) -> StaleError:
    return StaleError(why, system="productops", remedy="Make a new plan.")
