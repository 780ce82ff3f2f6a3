"""What a sync needs to know before it can meet its two collections: references, mappings, required fields."""

from __future__ import annotations

from typing import Any

from productops.sdk.codecs import spell
from productops.sdk.mapping import Bound, Side, View
from productops.sync.state import State


class SyncLinks:
    """Translates references through the links of this sync, or of another in the same state."""

    def __init__(self, state: State) -> None:
        self.state = state

    def _state(self, name: str | None) -> State:
        return self.state if name is None else self.state.beside(name)

    def link(self, sync: str | None, side: Side, remote_id: str) -> str | None:
        """Return the link that a record belongs to."""
        return self._state(sync).links_of(side, [remote_id]).get(remote_id)

    def end(self, sync: str | None, side: Side, link: str) -> str | None:
        """Return the record that a link has on this side."""
        end = self._state(sync).ends_of([link]).get(link, {}).get(side)
        return str(end.remote) if end is not None else None


def describe(view: View[Any]) -> dict[str, str]:
    """Return field → what it is mapped to, as text that changes when the mapping does."""
    return {name: f"{view.collection.container}|{spell(spec)}" for name, spec in view.mapping.fields.items()}


def needs(bound: Bound[Any]) -> list[str]:
    """Return why nothing can be created on a side: required fields that the mapping does not give."""
    mapped = {spot.field.id for spot in bound.spots.values() if spot.codec.writable}
    fields = bound.collection.schema().fields
    return [
        f"{bound.collection.name} needs {field.name!r} for every new record, and the mapping does not give it "
        f'(map it, or add constant(..., field="{field.name}"))'
        for field in fields
        if field.required and field.id not in mapped
    ]
