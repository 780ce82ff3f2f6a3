"""A home for entities: put in, get, change, look back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Self, TypeVar, Unpack

from pydantic import BaseModel
from sqlalchemy import func, select

from productops.errors import GoneError
from productops.workspace import tables as t
from productops.workspace.duties import Duties
from productops.workspace.finding import Wanted
from productops.workspace.kinds import Kind, Kinds, kind_of
from productops.workspace.meeting import Meeting
from productops.workspace.origin import Event, Origin, event_of, micros
from productops.workspace.packing import identity, is_key, unpack
from productops.workspace.past import Past, state_of
from productops.workspace.sight import Sight
from productops.workspace.stamping import stamp
from productops.workspace.store import Store
from productops.workspace.writing import Pen, shown

M = TypeVar("M", bound=BaseModel)


class Workspace(Meeting, Sight, Duties):
    """A home for entities and all that ever happened to them: one SQLite file, or a PostgreSQL database.

    `location` is a path or a URL such as "postgresql+psycopg://user@host/name". It is made when it is not there, and
    brought up to date when an older version made it. With `read_only` nothing is written and nothing waited for, also
    while somebody else writes. `by` and `source` are noted on every change that says nothing else.

    Raises ConfigError when it cannot be opened.

    >>> import tempfile
    >>> from productops.model.feedback import Feedback
    >>> home = tempfile.TemporaryDirectory()
    >>> ws = Workspace(f"{home.name}/product.db", by="ada")
    >>> note = ws.add(Feedback(id="fb_1", text="Please add CSV export"))
    >>> note.title = "CSV export"
    >>> ws.save(note)
    <Feedback fb_1 'CSV export'>
    >>> [(event.field, event.old, event.new, event.by) for event in ws.history(note)][1:]
    [('title', None, 'CSV export', 'ada')]
    >>> ws.close(); home.cleanup()
    """

    def __init__(
        self, location: str | Path, *, by: str | None = None, source: str | None = None, read_only: bool = False
    ) -> None:
        self._store = Store(location, read_only=read_only)
        self._kinds = Kinds()
        self._said: list[Origin] = [{"by": by, "source": source}]
        self.read_only = read_only

    def __repr__(self) -> str:
        return f"<Workspace {str(self._store.location).split('@')[-1]!r}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; what was acknowledged is in it already."""
        self._leave()
        self._store.close()

    def register(self, name: str, model: type[BaseModel], key: Sequence[str] = ("id",)) -> None:
        """Keep a model of your own under a name, which stays the same for ever; `key` are the fields it is known by.

        Raises:
            ConfigError: the name is taken, makes no name, or the model lacks the fields.

        """
        self._kinds.register(kind_of(name, model, key))

    # --- what is there

    def get(self, model: type[M], key: str, *, version: int | None = None) -> M:
        """Return the entity with an id, or what it was in an earlier version.

        Raises:
            GoneError: there is none, or it was deleted.

        """
        kind = self._kinds.of(model)
        if version is not None:
            earlier: M = self._earlier(kind, key, version)
            return earlier
        row = self._store.known(kind.name, [key]).get(key)
        if row is not None and row.there:
            item: M = self._show(kind, row)
            return item
        why = "was deleted" if row is not None else "is not there"
        raise GoneError(
            f"{model.__name__} {key} {why}.", system="workspace", record=key,
            remedy="ws.as_of(...) shows what was there earlier." if row is not None else "Check the id.",
        )  # fmt: skip

    def _earlier(self, kind: Kind, key: str, version: int) -> Any:
        text = state_of(self._store, kind, key, version)
        if text is None:
            raise GoneError(
                f"There is no version {version} of {kind.model.__name__} {key}.", system="workspace", record=key,
                remedy="ws.history(...) lists its versions; one that deleted it has nothing to show.",
            )  # fmt: skip
        item = unpack(kind, text)
        stamp(item, self._store.lineage, version)
        return item

    def all(self, model: type[M]) -> Iterator[M]:
        """Yield every entity of a class, by id; memory stays flat however many there are."""
        return self.find(model)

    def find(self, model: type[M], *predicates: Callable[[M], Any], **equals: Any) -> Iterator[M]:
        """Yield the entities whose fields equal these values, and for which each predicate is true, by id.

        The value of a field may also be a function of it: `find(RoadmapItem, due=lambda due: due and due < today)`.

        Raises:
            ConfigError: the class has no such field.

        """
        wanted = Wanted(self._kinds.of(model), predicates, equals)
        return self._found(wanted)

    def _found(self, wanted: Wanted) -> Iterator[Any]:
        for row in self._store.texts(wanted.kind.name, wanted.needles()):
            item = self._show(wanted.kind, row)
            if wanted(item):
                yield item

    def count(self, model: type[BaseModel]) -> int:
        """Return how many entities of a class there are."""
        return self._store.count(self._kinds.of(model).name)

    def version(self, item: BaseModel) -> int:
        """Return the version in which an entity is there now; 0 when it never was."""
        kind = self._kinds.of(type(item))
        key = identity(kind, item)
        row = self._store.known(kind.name, [key], data=False).get(key)
        return 0 if row is None else int(row.version)

    def _show(self, kind: Kind, row: Any) -> Any:
        return shown(kind, row, self._store.lineage)

    # --- putting in

    def add(self, item: M, **origin: Unpack[Origin]) -> M:
        """Put in an entity that is new, and return it.

        Raises:
            RejectedError: its id is taken, or a field holds what its class forbids; `fields` names them.
            UnavailableError: somebody else kept writing; nothing happened.

        """
        with self._pen(origin) as pen:
            pen.add([item])
        return item

    def add_all(self, items: Iterable[BaseModel], **origin: Unpack[Origin]) -> int:
        """Put in entities that are new, all or none, and return how many; they may be of several classes.

        Raises:
            RejectedError: as `add`; nothing was put in then.

        """
        with self._pen(origin, whole=True) as pen:
            return pen.add(items)

    def save(self, item: M, *, over: int | None = None, **origin: Unpack[Origin]) -> M:
        """Put in an entity that is new or was changed, and return it; one that is as it was makes no event.

        What was read from the workspace replaces the version it was read in, and no later one. For what comes from
        elsewhere, say which version it replaces: `over=ws.version(item)`.

        Raises:
            StaleError: it changed since it was read; the message shows both versions.
            RejectedError: a field holds what its class forbids; `fields` names them.
            UnavailableError: somebody else kept writing; nothing happened.

        """
        with self._pen(origin) as pen:
            pen.save(item, over)
        return item

    def delete(self, item: BaseModel, *, over: int | None = None, **origin: Unpack[Origin]) -> None:
        """Take an entity out. Its history stays; saving it again brings it back.

        Raises:
            StaleError: it changed since it was read, or is not there.

        """
        with self._pen(origin) as pen:
            pen.delete(item, over)

    @contextmanager
    def batch(self, **origin: Unpack[Origin]) -> Iterator[Self]:
        """Run a block in one transaction: all that it writes is kept at its end, or nothing.

        What is said about the origin holds for every change inside that says nothing else. Nobody else can write
        meanwhile, so do slow things before.
        """
        with self._store.writing(_now, whole=True):
            self._said.append({**self._said[-1], **origin})
            try:
                yield self
            finally:
                self._said.pop()

    @contextmanager
    def _pen(self, origin: Origin, *, whole: bool = False) -> Iterator[Pen]:
        with self._store.writing(_now, whole=whole) as writing:
            yield Pen(self._store, self._kinds, writing, {**self._said[-1], **origin})

    # --- looking back

    def history(self, item: BaseModel | type[BaseModel], key: str | None = None) -> list[Event]:
        """Return all that happened to an entity, the oldest first; also of a deleted one, by its class and id."""
        kind = self._kinds.of(item if isinstance(item, type) else type(item))
        wanted = key if isinstance(item, type) else identity(kind, item)
        if not is_key(wanted):
            return []
        mine = (t.events.c.kind == kind.name) & (t.events.c.entity == wanted)
        with self._store.reading() as connection:
            return [event_of(row) for row in connection.execute(select(t.events).where(mine).order_by(t.events.c.seq))]

    def changes(
        self, since: datetime | None = None, until: datetime | None = None, *, of: type[BaseModel] | None = None
    ) -> Iterator[Event]:
        """Yield what happened after `since` and up to `until`, in the order in which it was written down."""
        v = t.events.c
        query = select(t.events)
        if since is not None:
            query = query.where(v.at > micros(since))
        if until is not None:
            query = query.where(v.at <= micros(until))
        if of is not None:
            query = query.where(v.kind == self._kinds.of(of).name)
        return (event_of(row) for row in self._store.paged(query.order_by(v.seq), v.seq))

    def as_of(self, at: datetime) -> Past:
        """Return the workspace as it was at a moment, to read from; nobody needs to have made a snapshot.

        Raises:
            ConfigError: the moment has no time zone.

        """
        return Past(self._store, self._kinds, at)

    def last_change(self) -> datetime | None:
        """Return when something changed last; None while nothing was ever put in."""
        from productops.workspace.origin import moment

        with self._store.reading() as connection:
            found = connection.execute(select(func.max(t.events.c.at))).scalar()
        return None if found is None else moment(int(found))


def _now() -> int:
    return time.time_ns() // 1_000
