"""Puts entities into a workspace: checked, one version further, with an event for every field that changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from pydantic import BaseModel
from pydantic_core import from_json
from sqlalchemy import select

from productops.errors import RejectedError, StaleError
from productops.workspace import tables as t
from productops.workspace.differing import ABSENT, WHOLE, differences
from productops.workspace.kinds import Kind, Kinds
from productops.workspace.origin import Origin, micros, moment
from productops.workspace.packing import Packed, compact, pack, unpack
from productops.workspace.stamping import stamp, stamp_of
from productops.workspace.store import CHUNK, Laid, Row, Store, Writing
from productops.workspace.veil import Veil, veil_of

EVERY = 64  # versions after which the whole record is kept, so that a past state is at most so many changes away
SKEW = 300_000_000  # microseconds by which clocks of two machines may differ
SAID = ("by", "source", "run", "reason")
ENTITY = ("kind", "id", "version", "born", "at", "data")
EVENT = ("kind", "entity", "version", "at", "field", "old", "new", *SAID)
LONGEST_SHOWN = 60
MOST_SHOWN = 5


class Pen:
    """Writes entities of one transaction, with what is said about their origin."""

    def __init__(self, store: Store, kinds: Kinds, writing: Writing, origin: Origin) -> None:
        self.store = store
        self.kinds = kinds
        self.writing = writing
        self.veil: Veil = veil_of(store)
        self.said: dict[str, str | None] = {name: _worded(name, origin.get(name)) for name in SAID}
        given = origin.get("at")
        self.at: int = writing.at if given is None else micros(given)
        self.dated: bool = given is not None
        if self.at > writing.at + SKEW:
            raise RejectedError(
                f"{moment(self.at).isoformat()} lies in the future.",
                system="workspace", remedy="A change is dated when it happened, at the latest now.",
            )  # fmt: skip

    # --- new ones

    def add(self, items: Iterable[BaseModel]) -> int:
        """Put in entities that are new; return how many."""
        count = 0
        source = iter(items)
        while chunk := list(islice(source, CHUNK)):
            by_kind: dict[str, list[BaseModel]] = {}
            for item in chunk:
                by_kind.setdefault(self.kinds.of(type(item)).name, []).append(item)
            for name, group in by_kind.items():
                self._add(self.kinds.named(name), group)
            count += len(chunk)
        return count

    def _add(self, kind: Kind, items: Sequence[BaseModel]) -> None:
        packed = [self._pack(kind, item) for item in items]
        ids = [each.id for each in packed]
        known = {} if self.store.after_all(kind.name, ids) else self.store.known(kind.name, ids, data=False)
        fresh: list[Laid] = []
        back: list[dict[str, Any]] = []
        events: list[Laid] = []
        seen: set[str] = set()
        fate, said = self.writing.fate, tuple(self.said.values())
        for item, (key, text) in zip(items, packed, strict=True):
            row = known.get(key)
            if (row is not None and row.there) or key in seen:
                raise RejectedError(
                    f"{kind.model.__name__} {key} is there already.", system="workspace", record=key,
                    fields=dict.fromkeys(kind.key, "is taken"), remedy="Change what is there: ws.save(...).",
                )  # fmt: skip
            seen.add(key)
            version, at = 1, self.at
            if row is None:
                fresh.append((kind.name, key, 1, at, at, text))
            else:
                version, at = int(row.version) + 1, self._dated(kind, key, row)
                back.append(self._changed(kind, key, version, at, text))
            events.append((kind.name, key, version, at, WHOLE, None, text, *said))
            stamp(item, self.store.lineage, version, fate)
        self.store.lay(t.entities, ENTITY, fresh)
        self.store.change(back)
        self.store.lay(t.events, EVENT, events)

    def _pack(self, kind: Kind, item: BaseModel) -> Packed:
        """Check an entity, and leave out whoever was forgotten."""
        packed = pack(kind, item)
        return pack(kind, covered) if self.veil and (covered := self.veil.over(item)) is not item else packed

    # --- changed ones

    def save(self, item: BaseModel, over: int | None) -> int:
        """Put in an entity that is new or changed; return its version."""
        kind = self.kinds.of(type(item))
        packed = self._pack(kind, item)
        row = self.store.known(kind.name, [packed.id]).get(packed.id)
        if row is None:
            self._add(kind, [item])
            return 1
        self._current(kind, packed, row, stamp_of(item, self.store.lineage) if over is None else over)
        version = self._write(kind, packed, row) if row.data != packed.text else int(row.version)
        stamp(item, self.store.lineage, version, self.writing.fate)
        return version

    def delete(self, item: BaseModel, over: int | None) -> int:
        """Take an entity out; its history stays, and so does its version, which counts on."""
        kind = self.kinds.of(type(item))
        packed = pack(kind, item)
        row = self.store.known(kind.name, [packed.id]).get(packed.id)
        if row is None or not row.there:
            raise StaleError(
                f"{kind.model.__name__} {packed.id} is not there.", system="workspace", record=packed.id,
                remedy="There is nothing to delete.",
            )  # fmt: skip
        self._current(kind, packed, row, stamp_of(item, self.store.lineage) if over is None else over)
        version = self._write(kind, Packed(packed.id, ""), row)
        stamp(item, self.store.lineage, version, self.writing.fate)
        return version

    def _write(self, kind: Kind, packed: Packed, row: Row) -> int:
        """Write a new version of what has a row, without data when it goes; nothing where no field differs."""
        version, text = int(row.version) + 1, packed.text or None
        at = self._dated(kind, packed.id, row)
        if row.data is None or text is None:
            steps = [(WHOLE, row.data, text)]
        else:
            steps = [
                (path, _json(old), _json(new)) for path, old, new in differences(from_json(row.data), from_json(text))
            ]
        if not steps:
            return version - 1
        said = tuple(self.said.values())
        self.store.change([self._changed(kind, packed.id, version, at, text)])
        self.store.lay(t.events, EVENT, [(kind.name, packed.id, version, at, *step, *said) for step in steps])
        if version % EVERY == 0:
            state = {"kind": kind.name, "id": packed.id, "version": version, "at": at, "data": text}
            self.store.add(t.states, [state])
        return version

    def _changed(self, kind: Kind, key: str, version: int, at: int, text: str | None) -> dict[str, Any]:
        return {"kind": kind.name, "id": key, "version": version, "at": at, "data": text}

    def _dated(self, kind: Kind, key: str, row: Row) -> int:
        """The moment of a change: never before the entity's last one, or its history would have no order."""
        if self.dated and self.at < row.at:
            raise RejectedError(
                f"{kind.model.__name__} {key} changed last at {moment(row.at).isoformat()}, "
                f"after the {moment(self.at).isoformat()} that was given.",
                system="workspace", record=key, remedy="History is only added to: give a later moment, or none.",
            )  # fmt: skip
        return max(self.at, int(row.at))

    # --- stale ones

    def _current(self, kind: Kind, packed: Packed, row: Row, version: int | None) -> None:
        """Refuse a copy that is not of the latest version, and show both."""
        if version == row.version or (version is None and not row.there):
            return
        where = f"{kind.model.__name__} {packed.id}"
        if not row.there:
            told = f"{where} was deleted since: it is in version {row.version}, and the copy is of version {version}"
        elif version is None:
            told = f"{where} is there in version {row.version}, and this one was not read from this workspace"
        else:
            told = f"{where} is in version {row.version}, and the copy to be saved is of version {version}"
        remedy = f"Get it again and change that, or say which version to replace: over={row.version}."
        if row.there and (both := list(self._both(packed.text, row.data))):
            told += f". {'; '.join(both[:MOST_SHOWN])}{'; …' if len(both) > MOST_SHOWN else ''}"
        if version is not None and (who := self._who(kind, packed.id, version)):
            told += f". Changed by {', '.join(who)}"
        raise StaleError(told, system="workspace", record=packed.id, remedy=remedy)

    def _both(self, mine: str, theirs: str) -> Iterator[str]:
        for path, old, new in differences(from_json(theirs), from_json(mine)):
            yield f"{path}: there {_short(old)}, here {_short(new)}"

    def _who(self, kind: Kind, key: str, version: int) -> list[str]:
        later = (t.events.c.kind == kind.name) & (t.events.c.entity == key) & (t.events.c.version > version)
        query = select(t.events.c.by).where(later, t.events.c.by.is_not(None)).distinct().limit(MOST_SHOWN)
        return sorted(row.by for row in self.writing.connection.execute(query))


def _worded(name: str, value: object) -> str | None:
    """What is said about a change, if any database can hold it; half characters and NUL it cannot."""
    try:
        if value is None or (isinstance(value, str) and "\x00" not in value and value.encode() is not None):
            return value
    except UnicodeEncodeError:
        pass
    raise RejectedError(
        f"{name}={str(value)[:60]!r} is no text that can be noted on a change.", system="workspace",
        fields={name: "is no text"}, remedy="Give a text of whole characters, or leave it out.",
    )  # fmt: skip


def _json(value: Any) -> str | None:
    return None if value is ABSENT else compact(value)


def _short(value: Any) -> str:
    text = "nothing" if value is ABSENT else compact(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"


def shown(kind: Kind, row: Row, lineage: str) -> BaseModel:
    """Return the entity of a row, with the version it is of."""
    item = unpack(kind, row.data)
    stamp(item, lineage, int(row.version))
    return item
