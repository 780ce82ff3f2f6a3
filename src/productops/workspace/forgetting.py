"""Erasure on request: a person leaves every entity, all of the history, and cannot come back.

What was said by and about them stays, under a pseudonym. The names are looked for as `productops.model.forget` does.
What is left of the person is a list of keyed digests, by which a name is known again when a sync or an import
brings it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json
from sqlalchemy import select

from productops.model.base import ExternalRef, Value
from productops.model.feedback import Feedback, Insight, Span
from productops.model.forget import LINKS, Erasure, plain
from productops.model.people import Person, PersonRef
from productops.sync.book.forgetting import End, scrub
from productops.workspace import tables as t
from productops.workspace.differing import WHOLE
from productops.workspace.elsewhere import Place, places, purge
from productops.workspace.kinds import Kind
from productops.workspace.packing import compact, pack, unpack
from productops.workspace.store import Row, Store
from productops.workspace.veil import SALT, mark

if TYPE_CHECKING:
    from productops.workspace.home import Workspace

FEEDBACK, INSIGHT, PERSON = "feedback", "insight", "person"


class Erased(Value):
    """What became of a person's request: how many entities and events had to change, and what is left to do.

    `remote` is where they live elsewhere and may still name the person, by the name of the service or of the sync.
    `warnings` name what could not be cleaned here, for instance an id made of an address. `elsewhere` are the places
    that were given besides, each with how much of it changed.
    """

    pseudonym: str
    entities: int = 0
    events: int = 0
    remote: tuple[ExternalRef, ...] = ()
    warnings: tuple[str, ...] = ()
    elsewhere: tuple[tuple[str, int], ...] = ()

    def __str__(self) -> str:
        lines = [f"{self.pseudonym}: {self.entities} entities and {self.events} events changed"]
        lines += [f"{name}: {count} changed" for name, count in self.elsewhere]
        lines += [f"still in {ref.system}: {ref.key}{f' ({ref.url})' if ref.url else ''}" for ref in self.remote]
        return "\n".join([*lines, *self.warnings])


def salt_of(store: Store) -> str:
    """Return the workspace's own secret, made on first use inside a transaction."""
    writing = store.writing_now
    with store.reading() as connection:
        found = connection.execute(select(t.meta.c.value).where(t.meta.c.name == SALT)).scalar()
    if found is None and writing is not None:
        found = secrets.token_hex(16)
        store.add(t.meta, [{"name": SALT, "value": found}])
    return str(found)


class Scrub:
    """Takes one person out of a workspace, inside the transaction that is open."""

    def __init__(self, ws: Workspace, person: PersonRef | Person, also: Iterable[str]) -> None:
        self.ws = ws
        self.person = person
        self.also: tuple[str, ...] = tuple(also)
        self.store: Store = ws._store
        self.erasure: Erasure = Erasure(person, salt_of(self.store), self.also)
        self.notes: dict[str, Feedback] = {}  # as they were, of which the words move
        self.own: set[str] = set()  # notes the person has a part in
        self.changed: set[tuple[str, str]] = set()
        self.events: int = 0
        self.warnings: list[str] = []

    def carry_out(self, at: int, beside: Iterable[Place] = ()) -> Erased:
        """Clean everything, then the places beside, and return what was done."""
        self._look()
        for kind in self._kinds():
            self._entities(kind, at)
            self._states(kind)
        self._history()
        mark(self.store, self.erasure)
        remote = dict.fromkeys(ref for each in self.erasure.touched for ref in each.external)
        remote.update(dict.fromkeys(self._syncs()))
        changed = []
        for place in beside:
            left = place.forget(self.person, self.also, self._spoken)
            changed.append((place.name, left.changed))
            remote.update(dict.fromkeys([*left.remote, *self._remote(left.ends)]))
            self.warnings += [f"{place.name}: {each}" for each in left.waiting]
        return Erased(
            pseudonym=self.erasure.label, entities=len(self.changed), events=self.events, remote=tuple(remote),
            warnings=tuple(dict.fromkeys(self.warnings)), elsewhere=tuple(changed),
        )  # fmt: skip

    def _spoken(self, value: Any) -> Any:
        return self._plainly(value, wide=False)

    def _syncs(self) -> Iterator[ExternalRef]:
        """Clean what syncs remember in this database; yield the records elsewhere that showed the person."""
        assert self.store.writing_now is not None  # noqa: S101  carried out inside a transaction
        found = scrub(self.store.writing_now.connection, self._spoken)
        self.warnings += [f"{each}; forget once more when it has ended" for each in found.waiting]
        yield from self._remote(found.ends)

    def _remote(self, ends: Sequence[End]) -> Iterator[ExternalRef]:
        here = select(t.entities.c.id).where(t.entities.c.id.in_([end.remote for end in ends]))
        with self.store.reading() as connection:
            ours = set(connection.execute(here).scalars())
        for end in ends:
            if end.remote not in ours:
                yield ExternalRef(system=end.sync, key=end.remote, url=end.url)

    def _kinds(self) -> list[Kind]:
        """The kinds that the workspace holds or ever held; raises for one that nobody registered."""
        query = select(t.entities.c.kind).distinct().order_by(t.entities.c.kind)
        with self.store.reading() as connection:
            return [self.ws._kinds.named(kind) for (kind,) in connection.execute(query)]

    def _look(self) -> None:
        """Find the notes whose text will change, now or in the past, and those the person has a part in."""
        kind = self.ws._kinds.of(Feedback)
        for row in self._texts(kind):
            if self.erasure.hints(plain(row.data)):
                note = unpack(kind, row.data)
                assert isinstance(note, Feedback)  # noqa: S101  its kind says so
                self.notes[note.id] = note
        query = select(t.events).where(t.events.c.kind == FEEDBACK, t.events.c.field == WHOLE)
        for event in self.store.paged(query.order_by(t.events.c.seq), t.events.c.seq):
            for text in (event.new, event.old):
                if text and event.entity not in self.notes and self.erasure.hints(plain(text)):
                    self.notes[event.entity] = Feedback.model_validate_json(text)
        self.own = {key for key, note in self.notes.items() if self.erasure.concerns(note)}

    def _texts(self, kind: Kind) -> Iterator[Row]:
        return self.store.texts(kind.name)

    # --- what is

    def _entities(self, kind: Kind, at: int) -> None:
        rows = []
        for row in self._texts(kind):
            if (text := self._whole(kind, row.data)) is not None:
                rows.append({"kind": kind.name, "id": row.id, "version": row.version + 1, "at": at, "data": text})
                self.changed.add((kind.name, row.id))
            self._warn(kind, row.id, text or row.data)
        # A version further, and without an event: an older copy somebody holds would bring the name back.
        self.store.change(rows)

    def _states(self, kind: Kind) -> None:
        s = t.states.c
        with self.store.reading() as connection:
            rows = connection.execute(select(s.id, s.version, s.data).where(s.kind == kind.name)).all()
            for row in rows:
                if row.data and (text := self._whole(kind, row.data)) is not None:
                    one = (s.kind == kind.name) & (s.id == row.id) & (s.version == row.version)
                    connection.execute(t.states.update().where(one).values(data=text))

    def _whole(self, kind: Kind, text: str) -> str | None:
        """Return a whole record's JSON without the person; None when nothing changes."""
        linked = kind.name == INSIGHT or '"feedback_id"' in text
        if not linked and not self.erasure.hints(plain(text)) and kind.name != FEEDBACK:
            return None
        item = unpack(kind, text)
        about = str(getattr(item, "feedback_id", ""))
        is_own = about in self.own or getattr(item, "id", None) in self.own
        if is_own:
            self.own.add(
                str(getattr(item, "id", ""))
            )  # what is linked to a note is looked at as closely, event by event
        if not (is_own or about in self.notes or self.erasure.hints(plain(text))):
            return None
        cleaned = self.erasure.record(item, wide=is_own or self.erasure.concerns(item))
        if isinstance(cleaned, Insight) and (note := self.notes.get(about)) is not None:
            cleaned = self.erasure.moved(cleaned, note, wide=is_own)
        return None if cleaned == item else self._packed(kind, cleaned, text)

    def _packed(self, kind: Kind, cleaned: BaseModel, text: str) -> str:
        try:
            return pack(kind, cleaned).text
        except ValueError:
            # What the class would not admit is cleaned as plain JSON: a name in it is worse than a field it refuses.
            return compact(self._plainly(from_json(text), wide=True))

    # --- what was

    def _history(self) -> None:
        v = t.events.c
        for row in self.store.paged(select(t.events).order_by(v.seq), v.seq):
            new = self._event(row)
            if new:
                self.events += 1
                assert self.store.writing_now is not None  # noqa: S101  carried out inside a transaction
                self.store.writing_now.connection.execute(t.events.update().where(v.seq == row.seq).values(**new))

    def _event(self, row: Row) -> dict[str, str | None]:
        """Return the columns of an event that have to change."""
        found: dict[str, str | None] = {}
        for name in ("by", "source", "run", "reason"):
            text = getattr(row, name)
            if text and (clean := self.erasure.text(text, wide=row.entity in self.own)) != text:
                found[name] = clean
        for name in ("old", "new"):
            text = getattr(row, name)
            side = self._side(row, text) if text else None
            if side is not None and side != text:
                found[name] = side
        return found

    def _side(self, row: Row, text: str) -> str | None:
        kind = self.ws._kinds.named(row.kind)
        if row.field == WHOLE:
            return self._whole(kind, text)
        if row.kind == INSIGHT and row.field == "span" and text != "null":
            return self._span(row, text)
        is_own = row.entity in self.own
        if not is_own and not self.erasure.hints(plain(text)):
            return None
        if row.kind == PERSON and row.field in ("email", "external"):
            return "null" if row.field == "email" else "[]"
        return compact(self._plainly(from_json(text), wide=is_own))

    def _span(self, row: Row, text: str) -> str | None:
        insight = self.ws.history(Insight, row.entity)
        about = next((str(each.new["feedback_id"]) for each in insight if isinstance(each.new, dict)), "")
        note = self.notes.get(about) if isinstance(from_json(text), dict) else None
        if note is None:
            return None
        return compact(self.erasure.span(Span.model_validate_json(text), note.text, wide=about in self.own))

    def _plainly(self, value: Any, *, wide: bool) -> Any:
        """Clean a JSON value; what links records stays."""
        if isinstance(value, dict):
            try:
                if value and self.erasure.means(PersonRef.model_validate(value)):
                    return self.erasure.clean(value, wide=wide)
            except ValidationError:
                pass
            return {
                self.erasure.text(name, wide=wide): part if name in LINKS else self._plainly(part, wide=wide)
                for name, part in value.items()
            }
        if isinstance(value, list):
            return [self._plainly(part, wide=wide) for part in value]
        return self.erasure.text(value, wide=wide) if isinstance(value, str) else value

    def _warn(self, kind: Kind, key: str, text: str) -> None:
        simple = plain(text)
        if self.erasure.hints(simple) and self.erasure.strict.search(simple):
            self.warnings.append(f"{kind.model.__name__} {key} still names the person in an id or link")


def forget(
    ws: Workspace, person: PersonRef | Person, also: Iterable[str], elsewhere: Iterable[str | Path] = ()
) -> Erased:
    """Take a person out of a workspace, all or nothing, and out of the places beside it."""
    from productops.workspace.home import _now

    beside = places(ws, elsewhere)
    with ws._store.writing(_now) as writing:
        erased = Scrub(ws, person, also).carry_out(writing.at, beside)
    if ws._store.writing_now is None:
        purge(ws._store.location)
    return erased
