"""Two bound views and the state between them: what every phase of a pass works with."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from productops.sdk.collection import Collection
from productops.sdk.mapping import Bound, Seen, Side
from productops.sdk.people import People
from productops.sync.memory.state import State
from productops.sync.rules.merge import Lane
from productops.sync.settings import Settings

MARKER = re.compile(r"[a-z2-7]{26}\Z")


@dataclass(slots=True)
class Pair:
    """Two views of the same things, bound to their schemas."""

    name: str
    state: State
    bound: dict[Side, Bound[Any]]
    lanes: dict[str, Lane]
    prefix: str
    settings: Settings
    people: People
    now: Callable[[], datetime]
    problems: dict[Side, list[str]] = field(default_factory=dict)  # why nothing can be created on a side

    def collection(self, side: Side) -> Collection:
        """Return the collection of one side."""
        return self.bound[side].collection

    @property
    def late(self) -> float:
        """The longest time, in seconds, after which a request to either side may still take effect."""
        return max(self.collection(side).settle().late.total_seconds() for side in self.bound)

    def own(self, side: Side, remote: str) -> str:
        """Return the marker for a thing that first was seen on this side: always the same one."""
        return marker(self.prefix, side, remote)

    def foreign(self, seen: Seen) -> bool:
        """Tell whether a record belongs to another sync, and not to this one too."""
        return not self.settings.shared and self.others(seen.marker)

    def others(self, mark: str | None) -> bool:
        """Tell whether a marker is one that another sync gave."""
        return bool(mark and MARKER.match(mark) and not mark.startswith(self.prefix))

    def claims(self, side: Side, mark: str | None) -> bool:
        """Tell whether a record with this marker is claimed by writing ours, so that other syncs see it is taken.

        A marker of another sync is never overwritten: in a chain both need the record, and it found it by that.
        """
        marked = self.collection(side).features.marker == "field"
        return marked and not (self.settings.shared and self.others(mark))

    def match_key(self, seen: Seen) -> str | None:
        """Return the record's declared key, or ``None`` when it has none."""
        if not self.settings.match:
            return None
        values = [cell.value if (cell := seen.cells.get(name)) else None for name in self.settings.match]
        if any(value is None for value in values):
            return None
        return json.dumps(
            [value.strip().casefold() if isinstance(value, str) else value for value in values], ensure_ascii=False
        )

    def label(self, seen: Seen) -> dict[str, Any]:
        """Return how people call the record."""
        return {name: value for name, value in (("key", seen.key), ("url", seen.url), ("title", seen.title)) if value}


def prefix(name: str, containers: Iterable[str]) -> str:
    """Return the six letters that all markers of a sync begin with."""
    return _letters("|".join([name, *containers]), 6)


def marker(start: str, side: Side, remote: str) -> str:
    """Return the 26 letters by which a record is found again; they need no quoting anywhere.

    It is computed, not drawn: a run that lost its memory, or a second runner, gives the same thing
    the same marker.
    """
    return start + _letters(f"{start}|{side}|{remote}", 20)


_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
# Two letters for each ten bits: markers are made by the hundred thousand.
_TWO = [one + two for one in _BASE32 for two in _BASE32]


def _letters(text: str, count: int) -> str:
    """Return the first letters, an even number, of a fingerprint in base 32 (RFC 4648), in small letters."""
    bits = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=20).digest()) >> (160 - 5 * count)
    return "".join([_TWO[bits >> shift & 1023] for shift in range(5 * count - 10, -1, -10)])


class IdSet:
    """A set of ids that spills to disk: a listing of a million records fits."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("")  # a private temporary database
        self._db.execute("CREATE TABLE ids (id TEXT PRIMARY KEY) WITHOUT ROWID")
        self.count: int = 0

    def add(self, ids: Sequence[str]) -> None:
        """Add ids; those already there count once."""
        before = self._db.total_changes
        self._db.executemany("INSERT OR IGNORE INTO ids VALUES (?)", [(id_,) for id_ in ids])
        self.count += self._db.total_changes - before

    def missing(self, ids: Sequence[str]) -> list[str]:
        """Return those of the ids that are not in the set."""
        marks = ",".join("?" * len(ids))
        found = {row[0] for row in self._db.execute(f"SELECT id FROM ids WHERE id IN ({marks})", list(ids))}  # noqa: S608  only question marks
        return [id_ for id_ in ids if id_ not in found]

    def close(self) -> None:
        """Drop the set."""
        self._db.close()
