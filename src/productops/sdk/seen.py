"""What one record showed through a mapping: its cells, and how people call it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from productops.sdk.jsontext import dumps, loads

Side = Literal["left", "right"]


PROTECTED = "!"  # ends the hash of a protected cell, so that a remembered hash tells it too


class Cell(NamedTuple):
    """What one mapped field of one record showed.

    ``hash`` identifies the service's own form; ``value`` is the model's value in JSON form.
    ``problem`` says why the value is held; ``protected`` why nothing may overwrite it. ``waits`` marks a reference
    that can be read as soon as what it leads to is synced. ``unshown`` names what of a text Markdown cannot say.
    """

    hash: str
    value: Any = None
    problem: str | None = None
    protected: str | None = None
    waits: bool | None = None
    unshown: list[str] | None = None

    def pack(self) -> list[Any]:
        """Return the shortest JSON form."""
        packed = list(self)
        while packed and packed[-1] is None:
            packed.pop()
        return packed

    @classmethod
    def unpack(cls, packed: list[Any]) -> Cell:
        """Rebuild a cell from :meth:`pack`."""
        return cls(*packed)


@dataclass(frozen=True, slots=True)
class Seen:
    """One record as seen through a mapping: cells by model field, and how people call it."""

    id: str
    cells: dict[str, Cell]
    title: str = ""
    key: str | None = None
    url: str | None = None
    marker: str | None = None
    version: str | None = None
    trashed: bool = False
    updated: float | None = None  # by the service's own clock, in seconds since 1970

    def to_json(self) -> str:
        """Return the record as JSON text."""
        data = {name: getattr(self, name) for name in _TOLD}
        cells = {name: cell.pack() for name, cell in self.cells.items()}
        return dumps({"id": self.id, "cells": cells, **{k: v for k, v in data.items() if v}})

    @classmethod
    def from_json(cls, text: str) -> Seen:
        """Rebuild a record from :meth:`to_json`."""
        data = loads(text)
        return cls(**{**data, "cells": {name: Cell.unpack(cell) for name, cell in data["cells"].items()}})


_TOLD = ("title", "key", "url", "marker", "version", "trashed", "updated")
