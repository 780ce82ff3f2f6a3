"""The entities of one class as a collection: what a sync meets when one of its sides is the workspace.

What it creates has an id that follows from the sync's key, so that a repeated create makes no twin. Every write is
one transaction, and its events name the system it came from and, where that tells, the person.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json, to_jsonable_python

from productops.errors import ConfigError, GoneError, ProductOpsError, RejectedError
from productops.sdk.codecs import Codec
from productops.sdk.collection import Check, Collection, Features, Field, Outcome, Schema, Settle
from productops.sdk.collection import Kind as FieldKind
from productops.sdk.fieldtype import field_type
from productops.sdk.record import Draft, Option, Patch, Record
from productops.workspace.finding import Wanted
from productops.workspace.kinds import Kind
from productops.workspace.origin import Origin
from productops.workspace.packing import identity, refusal, unpack

if TYPE_CHECKING:
    from productops.sdk.mapping import Spot
    from productops.workspace.home import Workspace

OURS = ("schema_version",)  # fields that are about the stored form
MADE = re.compile(r"[a-z2-7]{26}\Z")  # the part of an id that is a sync's key; ids made here begin with 0 or 1
BATCH = 200  # entities of one transaction: nobody else can write meanwhile
SETS: Mapping[str, FieldKind] = {"choice": "choices", "text": "labels", "url": "labels"}


class Same(Codec):
    """A field of an entity as it is stored: nothing is translated."""

    def decode(self, value: Any, spot: Spot) -> Any:
        """Return the stored value."""
        return value

    def encode(self, value: Any, spot: Spot) -> Any:
        """Return the value to store."""
        return value


@dataclass(slots=True)
class Slice:
    """The part of a workspace that one spoke sees, and what is said about what comes from it."""

    where: Wanted | None = None
    links: frozenset[str] = frozenset()  # fields that hold ids of other entities, which become links
    source: str | None = None
    run: str | None = None
    # Entity, or key of one to be made → field → who changed it there.
    who: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


class HubCollection(Collection):
    """The entities of a class. Fields are named as in the model, and hold what its JSON holds."""

    system = "workspace"
    features: Features = Features(
        get=True,
        create=True,
        update=True,
        find=True,
        delete="trash",
        restore=True,
        history=True,
        get_batch=BATCH,
        create_batch=BATCH,
        update_batch=BATCH,
        delete_batch=BATCH,
        marker="property",
        upsert=False,  # a create with the key alone would lack what the class requires
        echo=True,
        steady=True,
    )

    def __init__(self, workspace: Workspace, kind: Kind, part: Slice | None = None) -> None:
        if kind.key != ("id",):
            raise ConfigError(
                f"{kind.model.__name__} is known by {', '.join(kind.key)}, and a sync needs an id of its own.",
                remedy="Sync a class that has a field id.",
            )
        self.workspace = workspace
        self.kind = kind
        self.part: Slice = part or Slice()
        self.name: str = kind.model.__name__
        self.container: str = f"workspace:{workspace._store.lineage}:{kind.name}"
        self.prefix: Any | str = getattr(kind.model, "id_prefix", "") or kind.name
        self._replaced: dict[str, dict[str, Any]] = {}
        fields = (_field(kind, name) for name in kind.model.model_fields if name not in OURS)
        self._schema = Schema(tuple(self._linked(field) for field in fields), self.name)
        self._names = [field.id for field in self._schema.fields]

    def _linked(self, field: Field) -> Field:
        return (
            replace(field, kind="links" if field_type(self.kind.model, field.id).many else "link")
            if field.id in self.part.links
            else field
        )

    def schema(self, *, refresh: bool = False) -> Schema:
        """Return the fields of the class."""
        return self._schema

    # --- reading

    def scan(self, since: datetime | None = None, fields: Sequence[str] | None = None) -> Iterator[Record]:
        """Yield the entities that this part shows, by id."""
        for row in self.workspace._store.texts(self.kind.name):
            if self._shows(row.data):
                yield self._record(row, fields)

    def get(self, ids: Sequence[str], fields: Sequence[str] | None = None) -> Mapping[str, Record]:
        """Return the entities of these ids; one that this part does not show is there and shows no field."""
        return {id_: self._known(row, fields) for id_, row in self.workspace._store.known(self.kind.name, ids).items()}

    def _known(self, row: Any, fields: Sequence[str] | None) -> Record:
        if not row.there:
            return Record(row.id, {}, key=row.id, marker=self._marker(row.id), trashed=True)
        return self._record(row, fields if self._shows(row.data) else ())

    def _shows(self, data: str) -> bool:
        if self.part.where is None:
            return True
        item = unpack(self.kind, data)
        try:
            return self.part.where(item)
        except Exception as error:  # a user's function; an entity that it cannot tell of is not guessed about
            raise ConfigError(
                f"where= of {self.part.source!r} fails for {item}: {type(error).__name__}: {error}.",
                system=self.system, remedy="Have it answer for every entity, also where a field is empty.",
            ) from error  # fmt: skip

    def _record(self, row: Any, fields: Sequence[str] | None) -> Record:
        values = self.values(row.data)
        wanted = self._names if fields is None else fields
        shown = {name: values.get(name) for name in wanted}
        return Record(row.id, shown, key=row.id, marker=self._marker(row.id), version=str(row.version))

    def values(self, data: str) -> dict[str, Any]:
        """Return an entity's JSON in the present form of its class."""
        values: dict[str, Any] = from_json(data)
        if all(name in values for name in self.kind.model.model_fields):
            version = self.kind.model.model_fields.get("schema_version")
            if version is None or values["schema_version"] == version.default:
                return values
        return unpack(self.kind, data).model_dump(mode="json", round_trip=True)

    def _marker(self, id_: str) -> str | None:
        made = id_.rpartition("_")[2]
        return made if MADE.match(made) else None

    def find(self, markers: Sequence[str], since: datetime) -> Mapping[str, list[Record]]:
        """Return the entities that were made for these keys."""
        ids = {f"{self.prefix}_{marker}": marker for marker in markers}
        found = self.get(list(ids))
        return {
            marker: [record] if (record := found.get(id_)) is not None and not record.trashed else []
            for id_, marker in ids.items()
        }

    # --- writing

    def create(self, drafts: Sequence[Draft]) -> list[Outcome]:
        """Put in new entities; a key that is there already answers with that entity, unchanged."""
        ids = [f"{self.prefix}_{draft.marker}" if draft.marker else "" for draft in drafts]
        with self.workspace.batch(**self._origin()):
            known = self._rows([id_ for id_ in ids if id_])
            made: list[BaseModel | RejectedError | None] = [
                None if (row := known.get(id_)) is not None and row.there else self._made(draft, id_)
                for draft, id_ in zip(drafts, ids, strict=True)
            ]
            for by, places in self._signed([draft.marker or "" for draft in drafts], made).items():
                self._add(made, places, by)
            fresh = {id_: identity(self.kind, item) for id_, item in enumerate(made) if isinstance(item, BaseModel)}
            rows = {**known, **self._rows(list(fresh.values()))}
            return [
                item if isinstance(item, RejectedError)
                else replace(self._record(known[ids[place]], None), existed=True) if item is None
                else self._known(rows[fresh[place]], None)
                for place, item in enumerate(made)
            ]  # fmt: skip

    def _made(self, draft: Draft, id_: str) -> BaseModel | RejectedError:
        try:
            given = {name: value for name, value in self._checked(draft.fields).items() if value is not None}
            return self.valid({**given, **({"id": id_} if id_ else {})}, id_)
        except RejectedError as error:
            return error

    def _signed(self, keys: Sequence[str], made: Sequence[object]) -> dict[str, list[int]]:
        """Return who made them elsewhere → the places of those to put in."""
        signed: dict[str, list[int]] = {}
        for place, key in enumerate(keys):
            if isinstance(made[place], BaseModel):
                signed.setdefault(", ".join(dict.fromkeys(self.part.who.get(key, {}).values())), []).append(place)
        return signed

    def _add(self, made: list[BaseModel | RejectedError | None], places: Sequence[int], by: str) -> None:
        """Put entities in, all at once; where one is refused, one by one."""
        items = [item for place in places if isinstance(item := made[place], BaseModel)]
        try:
            self.workspace.add_all(items, **self._by([by] if by else ()))
        except RejectedError as error:
            if len(places) == 1:
                made[places[0]] = error
                return
            for place in places:
                self._add(made, [place], by)

    def update(self, patches: Sequence[Patch]) -> list[Outcome]:
        """Change fields of entities; what each person changed elsewhere is an event of that person."""
        with self.workspace.batch(**self._origin()):
            rows = self._rows([patch.id for patch in patches])
            errors = [self._update(patch, rows.get(patch.id)) for patch in patches]
            rows = self._rows([patch.id for patch in patches])
            return [
                error if error is not None else self._known(rows[patch.id], None)
                for patch, error in zip(patches, errors, strict=True)
            ]

    def _update(self, patch: Patch, row: Any) -> ProductOpsError | None:
        if row is None or not row.there:
            return GoneError(f"{self.name} {patch.id} is gone.", system=self.system, record=patch.id)
        values = self.values(row.data)
        try:
            given = self._checked(patch.fields)
            steps = self._steps(patch.id, values, given, self.part.who.get(patch.id, {}))
            self._replaced[patch.id] = {name: values.get(name) for name in given}
            version = int(row.version)
            for number, (item, people) in enumerate(steps):
                version = self.workspace.version(item) if number else version
                self.workspace.save(item, over=version, **self._by(people))
        except RejectedError as error:
            return error
        return None

    def _rows(self, ids: Sequence[str]) -> dict[str, Any]:
        return self.workspace._store.known(self.kind.name, ids) if ids else {}

    def _steps(
        self, id_: str, values: Mapping[str, Any], given: Mapping[str, Any], people: Mapping[str, str]
    ) -> list[tuple[BaseModel, list[str]]]:
        """Return the entity after what each person changed; in one step where only the whole of it is valid.

        Raises:
            RejectedError: the whole of it is not.

        """
        whole = self.valid(self._merged(values, given), id_)
        steps, done = [], dict(values)
        for by in dict.fromkeys(people.get(name) for name in given):
            done = self._merged(done, {name: value for name, value in given.items() if people.get(name) == by})
            try:
                steps.append((self.valid(done, id_), [by] if by else []))
            except RejectedError:
                return [(whole, sorted(set(people.values())))]
        return steps

    def _checked(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        wrong = {name: "is no field" for name in fields if name not in self._names}
        wrong |= {name: "cannot be written" for name in fields if name == "id"}
        if wrong:
            raise RejectedError(f"{self.name} refused the fields {', '.join(wrong)}.", system=self.system, fields=wrong)
        return {name: to_jsonable_python(value) for name, value in fields.items()}

    def _merged(self, values: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values with others put in; nothing is a field's default where it takes no null."""
        merged = {**values, **given}
        for name, value in given.items():
            if value is None and not field_type(self.kind.model, name).takes_none:
                del merged[name]
        return merged

    @staticmethod
    def _by(people: Iterable[str]) -> Origin:
        return {"by": ", ".join(names)} if (names := list(dict.fromkeys(people))) else {}

    def valid(self, values: Mapping[str, Any], id_: str) -> BaseModel:
        """Return the entity of these values.

        Raises:
            RejectedError: its class forbids them; ``fields`` says which and why.

        """
        try:
            return self.kind.model.model_validate(values, strict=False, by_name=True)
        except ValidationError as error:
            reasons = {
                ".".join(map(str, each["loc"])): str(each["msg"])
                for each in error.errors(include_url=False, include_input=False, include_context=False)
            }
            raise refusal(self.kind, id_, reasons) from error

    def delete(self, ids: Sequence[str]) -> list[ProductOpsError | None]:
        """Take entities out; their history stays."""
        with self.workspace.batch(**self._origin()):
            return [self._void(lambda id_=id_: self._delete(id_)) for id_ in ids]  # type: ignore[misc]

    def _delete(self, id_: str) -> None:
        row = self.workspace._store.known(self.kind.name, [id_]).get(id_)
        if row is None:
            raise GoneError(f"{self.name} {id_} is not there.", system=self.system, record=id_)
        if row.there:
            self.workspace.delete(unpack(self.kind, row.data), over=int(row.version))

    def restore(self, ids: Sequence[str]) -> list[ProductOpsError | None]:
        """Bring deleted entities back as they were last."""
        with self.workspace.batch(**self._origin()):
            return [self._void(lambda id_=id_: self._restore(id_)) for id_ in ids]  # type: ignore[misc]

    def _restore(self, id_: str) -> None:
        row = self.workspace._store.known(self.kind.name, [id_]).get(id_)
        last = next((event.old for event in reversed(self.workspace.history(self.kind.model, id_)) if event.old), None)
        if row is None or (last is None and not row.there):
            raise GoneError(f"{self.name} {id_} was never there.", system=self.system, record=id_)
        if not row.there:
            self.workspace.save(self.valid(last, id_), over=int(row.version))  # type: ignore[arg-type]  # a record

    def replaced(
        self, patches: Sequence[Patch], looked: Mapping[str, datetime] | None = None
    ) -> Mapping[str, Mapping[str, object]]:
        """Return what the last write of each of these fields replaced."""
        return {patch.id: self._replaced.get(patch.id, {}) for patch in patches}

    def _void(self, act: Callable[[], None]) -> ProductOpsError | None:
        try:
            act()
        except GoneError as error:
            return error
        return None

    def _origin(self) -> Origin:
        if not self.part.source:
            return {}
        # Whoever runs the workspace did not make what comes from elsewhere.
        return {"source": self.part.source, "run": self.part.run, "by": None}

    def check(self) -> Check:
        """A workspace that is open works."""
        return Check(not self.workspace.read_only, "this workspace")

    def settle(self) -> Settle:
        """Nothing is late in a workspace."""
        return Settle(timedelta(0), timedelta(0))


def _field(kind: Kind, name: str) -> Field:
    """Describe one field: by what its JSON holds."""
    info, type_ = kind.model.model_fields[name], field_type(kind.model, name)
    shape = type_.shape
    options = tuple(Option(text, text) for text in shape.options)
    many = bool(shape.many) and type_.many is not False
    what: FieldKind = SETS.get(shape.kind, "other") if many else shape.kind
    return Field(
        name, name, what, options if what in ("choice", "choices") else (),
        read_only="it is the entity's id" if name == "id" else None,
        required=info.is_required() and name != "id",
    )  # fmt: skip
