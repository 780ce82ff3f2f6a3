"""What changed in a service's fields since a job last looked, without touching the job's memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from productops.sdk.mapping import Side, View
from productops.sdk.people import People
from productops.sync.memory import tables as t
from productops.sync.memory.state import State, open_engine
from productops.sync.reading.drift import differences, schema_print


def drifted(view: View[Any], side: Side, location: str | Path, name: str) -> list[str]:
    """Bind a view as the job would, and return what is different from the last plan.

    Raises:
        MappingError: a field or option of the mapping is not there.

    """
    remembered: dict[str, str] = {}
    known: dict[str, Any] | None = None
    if "://" in str(location) or Path(location).exists():
        state = State(open_engine(location), name)
        remembered = state.names(side)
        rows = state.rows(state.pick(t.schemas).where(t.schemas.c.side == side))
        if rows and rows[0].container == view.collection.container:
            known = json.loads(rows[0].data)
    bound = view.bind(side=side, people=People(), remembered=remembered)
    lines = list(bound.names.drift)
    if known is not None:
        lines += differences(view.collection.name, known, schema_print(view.collection.schema()), bound.names.told)
    return list(dict.fromkeys(lines))
