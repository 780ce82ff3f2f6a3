"""Any past state: the present one, or a later one that was kept, minus the changes since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel
from pydantic_core import from_json
from sqlalchemy import and_, bindparam, func, select

from productops.errors import GoneError
from productops.workspace import tables as t
from productops.workspace.differing import ABSENT, WHOLE, take_back
from productops.workspace.finding import Wanted
from productops.workspace.kinds import Kind, Kinds
from productops.workspace.origin import micros
from productops.workspace.packing import compact, is_key, unpack
from productops.workspace.stamping import stamp
from productops.workspace.store import CHUNK, Row, Store

M = TypeVar("M", bound=BaseModel)


class Past:
    """A workspace as it was at a moment; it can be read like the workspace, and not written.

    What is read from it carries its version of then, so that saving it over something newer is refused.
    """

    def __init__(self, store: Store, kinds: Kinds, at: datetime) -> None:
        self._store = store
        self._kinds = kinds
        self.at = at
        self._at = micros(at)

    def __repr__(self) -> str:
        return f"<Workspace as of {self.at.isoformat()}>"

    def get(self, model: type[M], key: str) -> M:
        """Return the entity as it was.

        Raises:
            GoneError: it was not there then.

        """
        kind = self._kinds.of(model)
        for found in self._states(kind, [key]):
            item: M = self._show(kind, *found)
            return item
        raise GoneError(
            f"There was no {model.__name__} {key} at {self.at.isoformat()}.", system="workspace", record=key,
            remedy="ws.history(...) tells when it came and went.",
        )  # fmt: skip

    def all(self, model: type[M]) -> Iterator[M]:
        """Yield all entities of a class as they were, by id."""
        kind = self._kinds.of(model)
        for found in self._states(kind):
            yield self._show(kind, *found)

    def find(self, model: type[M], *predicates: Any, **equals: Any) -> Iterator[M]:
        """Yield those that were as asked, as `Workspace.find` does."""
        wanted = Wanted(self._kinds.of(model), predicates, equals)
        yield from (item for item in self.all(model) if wanted(item))

    def count(self, model: type[BaseModel]) -> int:
        """Return how many there were."""
        return sum(1 for _ in self._states(self._kinds.of(model)))

    def _show(self, kind: Kind, version: int, text: str) -> Any:
        item = unpack(kind, text)
        stamp(item, self._store.lineage, version)
        return item

    def _states(self, kind: Kind, keys: Sequence[str] | None = None) -> Iterator[tuple[int, str]]:
        """Yield version and JSON of those that were there, by id."""
        e = t.entities.c
        query = select(e.id, e.version, e.at, e.data).where(e.kind == kind.name, e.born <= self._at)
        if keys is not None:
            query = query.where(e.id.in_([key for key in keys if is_key(key)]))
        with self._store.reading():
            page: list[Row] = []
            for row in self._store.paged(query.order_by(e.id), e.id):
                page.append(row)
                if len(page) == CHUNK:
                    yield from self._undone(kind, page)
                    page = []
            yield from self._undone(kind, page)

    def _undone(self, kind: Kind, rows: Iterable[Row]) -> Iterator[tuple[int, str]]:
        states = {row.id: (row.version, row.data) for row in rows}
        changed = [row.id for row in rows if row.at > self._at]
        values: dict[str, Any] = {}
        if changed:
            kept = self._kept(kind, changed)
            states.update({key: (row.version, row.data) for key, row in kept.items()})
            later: dict[str, list[Row]] = {}
            for event in self._later(kind, changed, kept):
                later.setdefault(event.entity, []).append(event)
            for key, events in later.items():
                values[key] = undo(states[key][1], events)
                states[key] = (events[-1].version - 1, None)
        for key, (version, text) in states.items():
            if key in values and values[key] is not None:
                yield version, compact(values[key])
            elif key not in values and text is not None:
                yield version, text

    def _kept(self, kind: Kind, keys: Sequence[str]) -> dict[str, Row]:
        """Return the first whole state after the moment, for those that have one."""
        s = t.states.c
        mine = (s.kind == kind.name) & s.id.in_(keys) & (s.at > self._at)
        first = select(s.id, func.min(s.version).label("version")).where(mine).group_by(s.id).subquery()
        query = select(t.states).join(first, and_(s.id == first.c.id, s.version == first.c.version))
        with self._store.reading() as connection:
            return {row.id: row for row in connection.execute(query.where(s.kind == kind.name))}

    def _later(self, kind: Kind, keys: Sequence[str], kept: Mapping[str, Row]) -> Iterator[Row]:
        """Yield what has to be undone, the latest first: up to the whole state that was kept, where there is one."""
        v = t.events.c
        query = select(v.entity, v.version, v.field, v.old).where(v.kind == kind.name, v.at > self._at)
        query = query.order_by(v.seq.desc())
        # Bounded on both sides, so that of a long life only the part in between is looked at. Said for each by itself:
        # a database that joins them starts from the events of all.
        part = query.where(v.entity == bindparam("key"), v.at <= bindparam("until"), v.version <= bindparam("last"))
        with self._store.reading() as connection:
            for row in kept.values():
                yield from connection.execute(part, {"key": row.id, "until": row.at, "last": row.version})
            rest = [key for key in keys if key not in kept]
            yield from connection.execute(query.where(v.entity.in_(rest))) if rest else ()


def state_of(store: Store, kind: Kind, key: str, version: int) -> str | None:
    """Return the JSON of an entity in a version; None when it was not there in it, or never had it."""
    s, v = t.states.c, t.events.c
    row = store.known(kind.name, [key]).get(key)
    if row is None or not 0 < version <= row.version:
        return None
    kept = select(s.version, s.data).where(s.kind == kind.name, s.id == key, s.version >= version)
    with store.reading() as connection:
        start = connection.execute(kept.order_by(s.version).limit(1)).first() or row
        later = select(v.field, v.old).where(v.kind == kind.name, v.entity == key, v.version > version)
        events = connection.execute(later.where(v.version <= start.version).order_by(v.seq.desc())).all()
    state = undo(start.data, events)
    return None if state is None else compact(state)


def undo(text: str | None, events: Sequence[Row]) -> Any:
    """Take changes back, the latest first, and return the state as a value; None when it was not there."""
    state: Any = None if text is None else from_json(text)
    if state is not None and not any(event.field == WHOLE or "/" in event.field for event in events):
        # Of each field only the earliest change counts: what it replaced.
        events = list({event.field: event for event in events}.values())
    for event in events:
        old = ABSENT if event.old is None else from_json(event.old)
        if event.field == WHOLE:
            state = None if old is ABSENT else old
        else:
            take_back(state, event.field, old)
    return state
