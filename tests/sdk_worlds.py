"""Small collections for the tests of mappings."""

from collections.abc import Mapping as MappingABC
from typing import Any

from pydantic import BaseModel

from productops.connectors.memory import Declared, Memory, MemoryCollection
from productops.sdk import Cell, Mapping, People
from productops.sdk.mapping import Spot


def collection(fields: MappingABC[str, Declared], **values: Any) -> MemoryCollection:
    """Return a collection with these fields and one record of these values."""
    made = Memory().collection("ideas", fields)
    if values:
        made.add(**values)
    return made


def spot(annotation: Any, declared: Declared, codec: Any, people: People | None = None, default: Any = ...) -> Spot:
    """Return where a model's field of this type meets a remote field of this kind."""
    model = type(
        "Thing", (BaseModel,), {"__annotations__": {"it": annotation}, **({} if default is ... else {"it": default})}
    )
    bound = Mapping(model, it=codec).on(collection({"It": declared})).bind(people=people)
    return bound.spots["it"]


def read(spot: Spot, value: Any) -> Cell:
    """Return the cell for a raw remote value."""
    from productops.sdk import Record

    cell = spot.read(Record("1", {spot.field.id: value}))
    assert cell is not None
    return cell
