"""Which version an entity was read in, noted on the entity itself."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from pydantic import BaseModel

# Beside an entity's fields, never among them: which workspace showed it, and in which version. It goes with copies and
# pickles of the entity, and no comparison, dump or frame sees it.
STAMP = "_productops_shown"


class Fate:
    """What became of the transaction in which an entity was written."""

    __slots__ = ("_failed", "_within")

    def __init__(self, within: Fate | None = None) -> None:
        self._failed = False
        self._within = within

    @property
    def failed(self) -> bool:
        """Whether it was undone, or the one around it was."""
        return self._failed or (self._within is not None and self._within.failed)

    @failed.setter
    def failed(self, failed: bool) -> None:
        self._failed = failed


KEPT = Fate()
Mark = tuple[str, int, Fate, int | None]


@lru_cache(maxsize=64)
def _mark(lineage: str, version: int, fate: Fate, before: int | None) -> Mark:
    # Shared by all entities of a batch: a hundred thousand small tuples keep the garbage collector busy.
    return lineage, version, fate, before


def held(item: BaseModel) -> dict[str, Any]:
    """Return the fields of an entity with their values, without what is noted beside them."""
    fields = item.__dict__
    return {name: value for name, value in fields.items() if name != STAMP} if STAMP in fields else fields


def stamp(item: BaseModel, lineage: str, version: int, fate: Fate = KEPT) -> None:
    """Note on an entity in which version a workspace showed or stored it; void when the transaction fails."""
    item.__dict__[STAMP] = _mark(lineage, version, fate, stamp_of(item, lineage))


def stamp_of(item: BaseModel, lineage: str) -> int | None:
    """Return the version in which this workspace showed an entity, or None when it did not."""
    found: Mark | None = item.__dict__.get(STAMP)
    if found is None or found[0] != lineage:
        return None
    return found[3] if found[2].failed else found[1]
