"""Hints of webhooks, taken into a sync's memory before the service gets its answer.

::

    hint = read_hint(request.headers, body, secret)  # of the connector; raises for a forged one
    accept(sync, "left", hint)  # durable when it returns
    # answer 204; some minutes later, or at once: sync.run()

A hint marks linked records to be read again by their ids, so that a slow search index hides nothing. It writes to no
service and adds no record: what is new, or out of the sync's scope, is found by listing as ever. With hints lost,
forged, repeated or out of order a sync ends where polling alone would end.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from productops.sdk.hint import Hint
from productops.sync.memory import tables as t

if TYPE_CHECKING:
    from productops.sdk.mapping import Side
    from productops.sync.engine import Sync

KEPT = timedelta(days=7)  # for which a delivery is remembered; a signed one that is older is a replay


def accept(sync: Sync, side: Side, hint: Hint) -> bool:
    """Take a hint: when this returns, it is in the state and survives a crash.

    Returns:
        False for a delivery that was taken before, or is older than a week.

    Raises:
        ConfigError: the state cannot be opened; answer 500, and the service sends the delivery again.

    """
    state, now = sync.state, sync._now()
    if hint.at is not None and now - hint.at > KEPT:
        return False
    with state.transaction() as connection:
        old = (t.deliveries.c.sync == state.sync) & (t.deliveries.c.at < (now - KEPT).timestamp())
        connection.execute(t.deliveries.delete().where(old))
        mark = f"{side} {hint.system} {hint.delivery or uuid.uuid4().hex}"
        if state.rows(state.pick(t.deliveries, "mark").where(t.deliveries.c.mark == mark)):
            return False
        state.put(t.deliveries, ("mark",), [{"mark": mark, "at": now.timestamp()}])
        if linked := list(state.links_of(side, hint.records)):
            state.mark_dirty(side, linked, now)
    return True


def waiting(sync: Sync) -> bool:
    """Tell whether a hint arrived since the last run began: a reason to run now and not at the next full hour."""
    state = sync.state
    last = state.rows(select(func.max(t.runs.c.started)).where(t.runs.c.sync == state.sync))[0][0]
    newest = state.rows(select(func.max(t.deliveries.c.at)).where(t.deliveries.c.sync == state.sync))[0][0]
    return newest is not None and (last is None or newest > last)
