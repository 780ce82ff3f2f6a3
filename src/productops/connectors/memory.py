"""A service in memory: the reference connector, and the one to test mappings with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, TypeAlias, cast, get_args

from productops.errors import ConfigError, GoneError, ProductOpsError, RejectedError
from productops.sdk.collection import Check, Collection, Features, Field, Kind, Outcome, Schema, Settle
from productops.sdk.connector import Connector
from productops.sdk.prepare import Missing
from productops.sdk.record import Draft, Option, Patch, Record, Unreadable, User

Declared: TypeAlias = Kind | Sequence[str] | Field
"""How a field is declared: a kind, the names of a choice's options, or a whole :class:`Field`."""


class Memory(Connector):
    """An account whose records live in this process.

    >>> ideas = Memory().collection("ideas", fields={"Name": "text", "Stage": ["Inbox", "Shipped"]})
    >>> ideas.add(Name="Dark mode", Stage="Inbox").id
    'ideas-1'
    >>> [record.fields["Name"] for record in ideas.scan()]
    ['Dark mode']
    """

    system = "memory"

    def __init__(self, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.now = now
        self.collections: dict[str, MemoryCollection] = {}

    def collection(self, name: str, fields: Mapping[str, Declared] | None = None) -> MemoryCollection:
        """Return the collection of that name; ``fields`` declares it: name → kind, a list of options, or a Field.

        Raises:
            ConfigError: a kind does not exist, or the collection was declared before with other fields.

        """
        known = self.collections.get(name)
        if known is None:
            self.collections[name] = known = MemoryCollection(self, name, fields or {})
        elif fields is not None and [_field(label, kind) for label, kind in fields.items()] != known.fields:
            raise ConfigError(f"The collection {name!r} exists with other fields.", remedy="Leave the fields out.")
        return known

    def check(self) -> Check:
        """Memory always works."""
        return Check(ok=True, who="this process")


class MemoryCollection(Collection):
    """A set of records in memory, with every feature a collection may have."""

    system = "memory"
    features: Features = Features(
        get=True,
        create=True,
        update=True,
        find=True,
        delete="trash",
        restore=True,
        history=True,
        get_batch=100,
        create_batch=10,
        update_batch=10,
        delete_batch=10,
        marker="property",
        upsert=True,
        cursor=timedelta(0),
        echo=True,
        updated=timedelta(0),
    )

    def __init__(self, account: Memory, name: str, fields: Mapping[str, Declared]) -> None:
        self.account = account
        self.name = name
        self.container: str = f"memory:{name}"
        self.fields: list[Field] = [_field(label, kind) for label, kind in fields.items()]
        self.rows: dict[str, Record] = {}
        self.person: User | None = None  # who add() and edit() are from now on
        self._editors: dict[str, dict[str, User]] = {}  # record → field → who changed it last
        self._before: dict[str, dict[str, Any]] = {}  # record → field → the value before the last one

    def schema(self, *, refresh: bool = False) -> Schema:
        """Return the declared fields."""
        return Schema(tuple(self.fields), self.name)

    def extend(self, missing: Missing) -> None:
        """Add a field, or options to one."""
        if missing.what == "field":
            options = tuple(Option(f"{missing.name}:{option}", option) for option in missing.options)
            self.fields.append(Field(missing.name, missing.name, missing.kind, options))
            return
        place = next(number for number, field in enumerate(self.fields) if field.id == missing.field_id)
        field = self.fields[place]
        more = tuple(Option(f"{field.id}:{option}", option) for option in missing.options)
        self.fields[place] = replace(field, options=field.options + more)

    def scan(self, since: datetime | None = None, fields: Sequence[str] | None = None) -> Iterator[Record]:
        """Yield live records in the order of creation."""
        for record in list(self.rows.values()):
            if not record.trashed and (since is None or (record.updated is not None and record.updated >= since)):
                yield _only(record, fields)

    def get(self, ids: Sequence[str], fields: Sequence[str] | None = None) -> Mapping[str, Record]:
        """Return the records that exist, trashed ones marked so."""
        return {id_: _only(self.rows[id_], fields) for id_ in ids if id_ in self.rows}

    def create(self, drafts: Sequence[Draft]) -> list[Outcome]:
        """Create records; a marker already there answers with that record, unchanged."""
        return [self._create(draft) for draft in drafts]

    def _create(self, draft: Draft) -> Outcome:
        if draft.marker:
            for record in self.rows.values():
                if record.marker == draft.marker and not record.trashed:
                    return replace(_only(record, None), existed=True)
        if error := self._refusal(draft.fields, creating=True):
            return error
        id_ = next(id_ for number in count(len(self.rows) + 1) if (id_ := f"{self.name}-{number}") not in self.rows)
        now = self.account.now()
        values = {field.id: None for field in self.fields} | _copied(draft.fields)
        self.rows[id_] = Record(id_, values, key=id_, marker=draft.marker, version="1", created=now, updated=now)
        return _only(self.rows[id_], None)

    def update(self, patches: Sequence[Patch]) -> list[Outcome]:
        """Merge values into records."""
        return [self._update(patch) for patch in patches]

    def _update(self, patch: Patch) -> Outcome:
        record = self.rows.get(patch.id)
        if record is None or record.trashed:
            return GoneError("The record is gone.", system=self.system, record=patch.id)
        if error := self._refusal(patch.fields):
            return error
        self._before.setdefault(patch.id, {}).update({name: record.fields.get(name) for name in patch.fields})
        self.rows[patch.id] = replace(
            record,
            fields={**record.fields, **_copied(patch.fields)},
            marker=patch.marker or record.marker,
            version=str(int(record.version or 0) + 1),
            updated=self.account.now(),
        )
        return _only(self.rows[patch.id], None)

    def delete(self, ids: Sequence[str]) -> list[ProductOpsError | None]:
        """Move records to the trash."""
        results: list[ProductOpsError | None] = []
        for id_ in ids:
            if id_ in self.rows and not self.rows[id_].trashed:
                self.rows[id_] = replace(self.rows[id_], trashed=True, updated=self.account.now())
            results.append(
                None if id_ in self.rows else GoneError("The record is gone.", system=self.system, record=id_)
            )
        return results

    def replaced(
        self, patches: Sequence[Patch], looked: Mapping[str, datetime] | None = None
    ) -> Mapping[str, Mapping[str, object]]:
        """Return what the last write of each of these fields replaced."""
        before = {patch.id: self._before.get(patch.id, {}) for patch in patches}
        return {
            patch.id: {name: before[patch.id][name] for name in patch.fields if name in before[patch.id]}
            for patch in patches
        }

    def editors(self, wanted: Mapping[str, Sequence[str]]) -> Mapping[str, Mapping[str, User]]:
        """Return who changed these fields last, as far as it was a person who said so."""
        return {
            id_: {name: who for name in names if (who := self._editors.get(id_, {}).get(name)) is not None}
            for id_, names in wanted.items()
        }

    def _sign(self, id_: str, names: Iterable[str]) -> None:
        told = self._editors.setdefault(id_, {})
        for name in names:
            told.pop(name, None)
            if self.person is not None:
                told[name] = self.person

    def restore(self, ids: Sequence[str]) -> list[ProductOpsError | None]:
        """Take records out of the trash."""
        results: list[ProductOpsError | None] = []
        for id_ in ids:
            if id_ in self.rows:
                self.rows[id_] = replace(self.rows[id_], trashed=False, updated=self.account.now())
            results.append(
                None if id_ in self.rows else GoneError("The record is gone.", system=self.system, record=id_)
            )
        return results

    def find(self, markers: Sequence[str], since: datetime) -> Mapping[str, list[Record]]:
        """Return live records by marker, if they were created at or after ``since``."""
        wanted: dict[str, list[Record]] = {marker: [] for marker in markers}
        for record in self.rows.values():
            recent = record.created is not None and record.created >= since
            if record.marker in wanted and recent and not record.trashed:
                wanted[record.marker].append(_only(record, None))
        return wanted

    def settle(self) -> Settle:
        """Nothing is ever late in memory."""
        return Settle(timedelta(0), timedelta(0))

    def server_time(self) -> datetime:
        """The account's clock."""
        return self.account.now()

    def _refusal(self, values: Mapping[str, Any], *, creating: bool = False) -> RejectedError | None:
        known = {field.id: field for field in self.fields}
        wrong = {name: why for name, value in values.items() if (why := _wrong(known.get(name), value))}
        if creating:
            needed = (field.id for field in self.fields if field.required)
            wrong |= {name: "is required" for name in needed if values.get(name) in (None, "", [])}
        if not wrong:
            return None
        told = "; ".join(f"{name!r} {why}" for name, why in wrong.items())
        return RejectedError(f"{self.name} refused the record: {told}.", system=self.system, fields=wrong)

    # What a person would do in the service's own window.

    def add(self, **values: Any) -> Record:
        """Add a record as a person would: fields and options by name.

        Raises:
            ConfigError: there is no such field.
            RejectedError: there is no such option, or the field does not take the value.

        """
        created = self._create(Draft(self._values(values)))
        if isinstance(created, ProductOpsError):
            raise created
        self._sign(created.id, created.fields)
        return created

    def edit(self, record_id: str, **values: Any) -> Record:
        """Edit a record as a person would; raises as :meth:`add` does, and GoneError when it is not there."""
        patch = Patch(record_id, self._values(values))
        changed = self._update(patch)
        if isinstance(changed, GoneError):
            raise GoneError(
                f"{self.name} has no record {record_id!r}.",
                system=self.system,
                record=record_id,
                remedy="Memory forgets its records when the program ends, and a state does not.",
            )
        if isinstance(changed, ProductOpsError):
            raise changed
        self._sign(record_id, patch.fields)
        return changed

    def _values(self, values: Mapping[str, Any]) -> dict[str, Any]:
        schema = self.schema()
        plain = {}
        for name, value in values.items():
            field = schema.field(name)
            many = isinstance(value, list)
            chosen = [_chosen(self.name, field, item) for item in (value if many else [value])]
            plain[field.id] = chosen if many else chosen[0]
        return plain


def _chosen(where: str, field: Field, value: Any) -> Any:
    if field.kind not in ("choice", "choices") or not isinstance(value, str) or not value:
        return value
    if option := field.option(value):
        return option
    known = ", ".join(repr(option.name) for option in field.options) or "none"
    raise RejectedError(
        f"{where}: {field.name!r} has no option {value!r}.",
        fields={field.id: "no such option"},
        remedy=f"It has: {known}.",
    )


def _wrong(field: Field | None, value: Any) -> str | None:
    """Return why a field does not take a value."""
    if field is None:
        return "is not a field"
    if field.read_only:
        return f"cannot be written: {field.read_only}"
    if field.max_length and isinstance(value, str) and len(value) > field.max_length:
        return f"takes {field.max_length:,} characters"
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, Unreadable):
            return "cannot take an unreadable value"
        if isinstance(item, Option) and field.option(item.id) is None:
            return f"has no option {item.name or item.id!r}"
    return None


def _field(name: str, kind: Declared) -> Field:
    if isinstance(kind, Field):
        return kind
    if isinstance(kind, str):
        if kind not in get_args(Kind):
            raise ConfigError(
                f"{name!r}: there is no kind {kind!r}.", remedy=f"Use one of {', '.join(get_args(Kind))}."
            )
        return Field(name, name, cast("Kind", kind))
    return Field(name, name, "choice", tuple(Option(f"{name}:{option}", option) for option in kind))


def _copied(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Copy values as a service does, so that no caller's list or dict is shared with the store."""
    return {name: list(value) if isinstance(value, list) else value for name, value in fields.items()}


def _only(record: Record, fields: Sequence[str] | None) -> Record:
    wanted = record.fields if fields is None else {name: record.fields.get(name) for name in fields}
    return replace(record, fields=_copied(wanted))
