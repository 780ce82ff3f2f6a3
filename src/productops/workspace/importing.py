"""Bringing records in: what a file or a table would change here, as a value, and then doing it.

An export is brought in again and again, each time with old records in it. A record is known again by where it comes
from and its id there. What the source says now replaces what it said before; what somebody here has changed since
stays, and where the source says something new about it as well, that is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json, to_jsonable_python
from sqlalchemy import select

from productops.errors import ConfigError, RejectedError, StaleError
from productops.sdk.fieldtype import field_type
from productops.sdk.mapping import View
from productops.workspace import tables as t
from productops.workspace.differing import WHOLE
from productops.workspace.hub import HubCollection
from productops.workspace.kinds import Kind
from productops.workspace.origin import Origin
from productops.workspace.packing import compact
from productops.workspace.preview import Preview, Revision
from productops.workspace.values import plainly, typed

if TYPE_CHECKING:
    from productops.workspace.home import Workspace

Key = tuple[Any, ...]
CHUNK = 500
SOURCE = "import"  # where changes come from when nobody says it
ORIGIN = ("source_system", "source", "source_id")


class Arrivals:
    """Compares the records of a view with the entities that are there."""

    def __init__(
        self,
        workspace: Workspace,
        view: View[Any],
        *,
        source: str | None,
        match: str | Sequence[str] | None,
        keep: str | Iterable[str],
    ) -> None:
        self.workspace = workspace
        self.view = view
        self.source: str = source or SOURCE
        self.kind: Kind = workspace._kinds.of(view.mapping.model)
        self.hub: HubCollection = HubCollection(workspace, self.kind)
        names = self.kind.model.model_fields
        self.match: tuple[str, ...] | None = self._match(match, names)
        self.keep: set[str] = {keep} if isinstance(keep, str) else set(keep)
        if unknown := sorted((self.keep | set(self.match or ())) - set(names)):
            raise ConfigError(
                f"{self.kind.model.__name__} has no field {unknown[0]!r}.", remedy="Correct match= or keep=."
            )
        self.frozen: set[str] = {name for name, info in names.items() if info.frozen} | {"id"}
        self.system = "source_system" if "source_system" in names and source else None

    def _match(self, given: str | Sequence[str] | None, names: Mapping[str, Any]) -> tuple[str, ...] | None:
        if given is not None:
            return (given,) if isinstance(given, str) else tuple(given)
        if {"source", "source_id"} <= set(names):
            return None  # by where it comes from
        if "id" in self.view.mapping.fields:
            return ("id",)
        raise ConfigError(
            f"It must be said by which fields a {self.kind.model.__name__} is known again.",
            remedy='For instance match="title".',
        )

    def key(self, values: Mapping[str, Any]) -> Key | None:
        """Return what an entity is known again by; None where it says nothing of it."""
        if self.match is None:
            found: Key = (values.get("source_system") or values.get("source"), values.get("source_id"))
        else:
            found = tuple(_comparable(values.get(name)) for name in self.match)
        return None if any(part in (None, "") for part in found) else found

    # --- looking

    def preview(self) -> Preview:
        """Compare everything."""
        out = Preview(self.kind.name, self.view.collection.name, self.source, self.workspace._news(self.kind.name))
        out.mapped = tuple(self.view.mapping.fields)
        known, gone = self._known(), self._gone()
        seen: dict[Key, str] = {}
        found = self._found(out)
        while batch := list(islice(found, CHUNK)):
            pairs = []
            for where, values in batch:
                if (key := self._placed(out, where, values, seen)) is None:
                    continue
                if key in known:
                    pairs.append((known[key], where, values))
                elif key in gone:
                    out.kept.append(f"{where}: it was deleted here ({gone[key]}) and stays outside")
                else:
                    self._new(out, where, values)
            self._compare(out, pairs)
        form = getattr(self.view.collection, "format", None)
        out.found = str(form) if form is not None else ""
        return out

    def _known(self) -> dict[Key, str]:
        rows = self.workspace._store.texts(self.kind.name)
        return {key: row.id for row in rows if (key := self.key(self.hub.values(row.data))) is not None}

    def _gone(self) -> dict[Key, str]:
        """Return what was deleted here: an export that still holds it does not bring it back."""
        v = t.events.c
        gone = select(v.entity, v.old).where(v.kind == self.kind.name, v.field == WHOLE, v.new.is_(None))
        with self.workspace._store.reading() as connection:
            rows = connection.execute(gone).all()
        return {key: row.entity for row in rows if row.old and (key := self.key(self.hub.values(row.old))) is not None}

    def _found(self, out: Preview) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield where and what: each record's values by field, in JSON form."""
        bound = self.view.bind()
        for record in self.view.collection.scan(None, bound.field_ids):
            if record.trashed:
                continue
            where = f"{self.view.collection.name}, {record.key or record.id}"
            cells = bound.observe(record).cells
            out.problems += [f"{where}: {cell.problem}" for cell in cells.values() if cell.problem]
            values = {name: cell.value for name, cell in cells.items() if not cell.problem}
            if self.system and not values.get(self.system):
                values[self.system] = self.source
            yield where, values

    def _placed(self, out: Preview, where: str, values: Mapping[str, Any], seen: dict[Key, str]) -> Key | None:
        named = self.key({**self._defaults(values), **values})
        by = ", ".join(self.match or ("source_id",))
        if named is None:
            out.problems.append(f"{where}: it says no {by}, so it could not be known again; it stays outside")
        elif named in seen:
            out.problems.append(f"{where}: it has the same {by} as {seen[named]}; only the first counts")
            named = None
        else:
            seen[named] = where
        return named

    def _defaults(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: self._nothing(name) for name in ORIGIN if name in self.kind.model.model_fields and name not in values
        }

    def _new(self, out: Preview, where: str, values: Mapping[str, Any]) -> None:
        try:
            out.new.append(self.hub.valid({name: value for name, value in values.items() if value is not None}, ""))
        except RejectedError as error:
            told = "; ".join(f"{name}: {why}" if name else why for name, why in error.fields.items())
            out.problems.append(f"{where}: {told}; it stays outside")

    # --- what is there already

    def _compare(self, out: Preview, pairs: Sequence[tuple[str, str, dict[str, Any]]]) -> None:
        rows = self.workspace._store.known(self.kind.name, [id_ for id_, _, _ in pairs])
        differing = []
        for id_, where, values in pairs:
            now = self.hub.values(rows[id_].data)
            wanted = {
                name: value
                for name, given in values.items()
                if name not in self.keep
                and (value := self._nothing(name) if given is None else given) != now.get(name)
                and value is not UNTOLD
            }
            if wanted:
                differing.append((id_, where, now, wanted))
            else:
                out.same += 1
        said = self._said([id_ for id_, _, _, _ in differing])
        for id_, where, now, wanted in differing:
            self._revise(out, rows[id_], where, now, wanted, said.get(id_, {}))

    def _nothing(self, name: str) -> Any:
        """Return what a field stores for nothing."""
        info = self.kind.model.model_fields[name]
        if field_type(self.kind.model, name).takes_none:
            return None
        if info.is_required() or (info.default_factory is not None and not field_type(self.kind.model, name).many):
            return UNTOLD
        return [] if info.default_factory is not None else to_jsonable_python(info.default)

    def _said(self, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Return entity → field → what this source said last, for those that it said anything about."""
        v = t.events.c
        query = select(v.entity, v.field, v.new).where(
            v.kind == self.kind.name, v.entity.in_(ids), v.source == self.source
        )
        said: dict[str, dict[str, Any]] = {}
        with self.workspace._store.reading() as connection:
            for row in connection.execute(query.order_by(v.seq)) if ids else ():
                new = None if row.new is None else from_json(row.new)
                told = new if row.field == WHOLE and isinstance(new, dict) else {row.field: new}
                said.setdefault(row.entity, {}).update(told)
        return said

    def _told(self, name: str, value: Any) -> str:
        return plainly(typed(self.kind.model, name, value))

    def _revise(
        self,
        out: Preview,
        row: Any,
        where: str,
        now: Mapping[str, Any],
        wanted: Mapping[str, Any],
        said: Mapping[str, Any],
    ) -> None:
        """Take over what only the source changed."""
        taken: dict[str, tuple[Any, Any]] = {}
        for name, value in wanted.items():
            ours, before = now.get(name), said.get(name, UNTOLD)
            if name in self.frozen or (ours != before and not (before is UNTOLD and ours in (None, "", []))):
                if value != before:  # the source says something new as well
                    out.kept.append(
                        f"{where}: {name} stays {self._told(name, ours)}; {self.source} says {self._told(name, value)}"
                    )
            else:
                taken[name] = (ours, value)
        if not taken:
            out.same += 1
            return
        try:
            self.hub.valid({**now, **{name: new for name, (_, new) in taken.items()}}, row.id)
        except RejectedError as error:
            out.problems.append(f"{where}: {'; '.join(map(': '.join, error.fields.items()))}; it stays as it is")
            return
        title = next((str(now[name]) for name in ("title", "name", "summary") if now.get(name)), "")
        out.revisions.append(Revision(row.id, int(row.version), title, taken, where, self.kind.model))


def _comparable(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else compact(value) if isinstance(value, list | dict) else value


def carry_out(workspace: Workspace, preview: Preview, by: str | None) -> Preview:
    """Do what a preview says, all or nothing.

    Raises:
        StaleError: something of that class changed since it was made.

    """
    kind = workspace._kinds.named(preview.kind)
    hub = HubCollection(workspace, kind)
    origin: Origin = {"run": preview.run, "source": preview.source}
    if by is not None:
        origin["by"] = by
    with workspace.batch(**origin):
        if workspace._news(preview.kind) != preview.seen:
            raise StaleError(
                f"{kind.model.__name__} changed since the preview was made.", system="workspace", remedy="Make it anew."
            )
        workspace.add_all(preview.new)
        for revision in preview.revisions:
            values = hub.values(workspace._store.known(kind.name, [revision.id])[revision.id].data)
            item = hub.valid({**values, **{name: new for name, (_, new) in revision.fields.items()}}, revision.id)
            workspace.save(item, over=revision.version)
    return preview


class _Untold:
    def __repr__(self) -> str:
        return "UNTOLD"


UNTOLD: Any = _Untold()
