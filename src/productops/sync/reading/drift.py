"""What changed in the two schemas since they were last read: one line for each finding, told once.

A rename or a removal of something mapped is told by the mapping itself (see ``Names`` in the sdk); it goes on
being told, as a known finding, for as long as it lasts, and is not told here a second time.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any

from productops.sdk.collection import Schema
from productops.sync.memory import tables as t
from productops.sync.memory.state import dumps
from productops.sync.plan import SIDES
from productops.sync.reading.pair import Pair

Print = dict[str, dict[str, Any]]  # field id → name, kind, required, options by id


def schema_print(schema: Schema) -> Print:
    """Return what is compared of a schema."""
    return {
        field.id: {
            "name": field.name,
            "kind": field.kind,
            "required": field.required,
            "options": {option.id: option.name for option in field.options},
        }
        for field in schema.fields
    }


def differences(where: str, before: Print, now: Print, told: Collection[str] = ()) -> Iterator[str]:
    """Yield one line for each thing that is different, but for what was ``told`` (see ``Names``)."""
    for id_ in sorted(now.keys() - before.keys()):
        needed = ", and every new record needs it" if now[id_]["required"] else ""
        yield f"{where}: the field {now[id_]['name']!r} ({now[id_]['kind']}) is new{needed}"
    for id_ in sorted(before.keys() - now.keys() - set(told)):
        yield f"{where}: the field {before[id_]['name']!r} is gone"
    for id_ in sorted(before.keys() & now.keys()):
        yield from _field(where, id_, before[id_], now[id_], told)


def _field(where: str, id_: str, before: dict[str, Any], now: dict[str, Any], told: Collection[str]) -> Iterator[str]:
    name = now["name"]
    if before["name"] != name and id_ not in told:
        yield f"{where}: the field {before['name']!r} was renamed to {name!r}"
    if before["kind"] != now["kind"] and f"{id_}//kind" not in told:
        yield f"{where}: {name!r} was {before['kind']} and is {now['kind']} now"
    if now["required"] and not before["required"]:
        yield f"{where}: {name!r} is required for every new record now"
    new = now["options"]
    old = {option: called for option, called in before["options"].items() if f"{id_}/{option}" not in told}
    for option in sorted(new.keys() - before["options"].keys()):
        yield f"{where}: {name!r} has a new option {new[option]!r}"
    for option in sorted(old.keys() - new.keys()):
        yield f"{where}: {name!r} lost its option {old[option]!r}"
    for option in sorted(old.keys() & new.keys()):
        if old[option] != new[option]:
            yield f"{where}: the option {old[option]!r} of {name!r} was renamed to {new[option]!r}"


def note_drift(pair: Pair) -> list[str]:
    """Compare both schemas with those of the last plan, remember them, and return what is different."""
    lines: list[str] = []
    for side in SIDES:
        collection = pair.collection(side)
        now = schema_print(collection.schema())
        row = {"side": side, "container": collection.container, "data": dumps(now), "seen": pair.now().timestamp()}
        known = pair.state.find(t.schemas, side=side)
        if known and known[0].container == collection.container:
            if known[0].data == row["data"]:
                continue
            lines += differences(collection.name, json.loads(known[0].data), now, pair.bound[side].names.told)
        pair.state.put(t.schemas, ("side",), [row])
    return lines
