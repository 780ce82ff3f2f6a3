"""Decisions of people about conflicts: checked, stored, and carried out by the next plan."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import update

from productops.errors import ConfigError
from productops.sdk.mapping import Mapping
from productops.sync.memory import tables as t
from productops.sync.memory.state import State
from productops.sync.plan import Conflict

Take = Literal["left", "right", "value", "ignore", "again"]
TAKES = ("left", "right", "value", "ignore")
EDITED = "delete-vs-edit"
FIELDLESS = {EDITED: ("left", "right", "ignore")}  # what settles a conflict about a whole record


def resolve(state: State, mapping: Mapping[Any], now: datetime, id_: str, take: Take, value: Any = None) -> Conflict:
    """Decide a conflict. See ``Sync.resolve``."""
    if id_.startswith("u-"):
        return _resolve_uncertain(state, id_, take)
    found = find(state, id_)
    check(found, take)
    if take == "value":
        value = as_json(mapping, found.field, value)
    found.decision = {"take": take, "value": value}
    carried_out = found.field or (found.kind == EDITED and take != "ignore")
    found.state = "decided" if carried_out else "closed"
    state.save_conflict(found, now)
    return found


def find(state: State, id_: str) -> Conflict:
    """Return an open conflict.

    Raises:
        ConfigError: there is none of that id.

    """
    found = next((item for item in state.conflicts("open", "decided") if item.id == id_), None)
    if found is None:
        raise ConfigError(f"There is no open conflict {id_!r}.", remedy="See conflicts() for those that are open.")
    return found


def check(conflict: Conflict, take: str) -> None:
    """Refuse a decision that does not fit the conflict.

    Raises:
        ConfigError: it says what would fit.

    """
    fits = TAKES if conflict.field else FIELDLESS.get(conflict.kind, ("ignore",))
    if take not in fits:
        ways = f"{', '.join(fits[:-1])} or {fits[-1]}" if fits[1:] else fits[0]
        raise ConfigError(f"{take!r} does not settle a {conflict.kind!r} conflict.", remedy=f"Use {ways}.")


def as_json(mapping: Mapping[Any], field: str, value: Any) -> Any:
    """Return a value as the model's field holds it, in JSON form.

    Raises:
        ConfigError: the field does not take it.

    """
    try:
        return mapping.adapters[field].load(value)
    except (ValueError, TypeError) as error:
        raise ConfigError(f"{value!r} is no value for {field}: {error}", remedy="Give the model's value.") from None


def _resolve_uncertain(state: State, id_: str, take: Take) -> Conflict:
    uncertain = state.find(t.intents, state="uncertain")
    row = next((row for row in uncertain if row.op[:8] == id_[2:]), None)
    if row is None or take not in ("again", "ignore"):
        raise ConfigError(
            f"{id_!r} cannot be settled by {take!r}.", remedy='Look in the service, then use "again" or "ignore".'
        )
    verdict = "failed" if take == "again" else "ignored"
    with state.transaction() as connection:
        connection.execute(
            update(t.intents).where(t.intents.c.sync == state.sync, t.intents.c.op == row.op).values(state=verdict)
        )
        state.bump()
    return Conflict(id=id_, link=row.link, field="", kind="uncertain", state="closed", decision={"take": take})
