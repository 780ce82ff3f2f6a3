"""A service in memory: the reference connector, and the one to test mappings with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from productops.errors import GoneError, ProductOpsError, RejectedError
from productops.sdk.collection import Check, Collection, Features, Field, Kind, Outcome, Schema, Settle
from productops.sdk.connector import Connector
from productops.sdk.record import Draft, Option, Patch, Record, Unreadable


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

    def collection(self, name: str, fields: Mapping[str, Kind | Sequence[str]] | None = None) -> MemoryCollection:
        """Return the collection of that name; ``fields`` declares it: name → kind, or a list of options."""
        if name not in self.collections:
            self.collections[name] = MemoryCollection(self, name, fields or {})
        return self.collections[name]

    def check(self) -> Check:
        """Memory always works."""
        return Check(ok=True, who="this process")


class MemoryCollection(Collection):
    """A set of records in memory, with every feature a collection may have."""

    system = "memory"
    features = Features(
        get=True,
        create=True,
        update=True,
        find=True,
        delete="trash",
        get_batch=100,
        create_batch=10,
        update_batch=10,
        delete_batch=10,
        marker="property",
        upsert=True,
        cursor=timedelta(0),
        echo=True,
    )

    def __init__(self, account: Memory, name: str, fields: Mapping[str, Kind | Sequence[str]]) -> None:
        self.account = account
        self.name = name
        self.container = f"memory:{name}"
        self.fields = [_field(label, kind) for label, kind in fields.items()]
        self.rows: dict[str, Record] = {}

    def schema(self, *, refresh: bool = False) -> Schema:
        """Return the declared fields."""
        return Schema(tuple(self.fields), self.name)

    def scan(self, since: datetime | None = None, fields: Sequence[str] | None = None) -> Iterator[Record]:
        """Yield live records in the order of creation."""
        for record in list(self.rows.values()):
            if not record.trashed and (since is None or (record.updated and record.updated >= since)):
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
                    return replace(record, existed=True)
        if error := self._refusal(draft.fields):
            return error
        id_ = f"{self.name}-{len(self.rows) + 1}"
        now = self.account.now()
        values = {field.id: None for field in self.fields} | dict(draft.fields)
        self.rows[id_] = Record(id_, values, key=id_, marker=draft.marker, version="1", created=now, updated=now)
        return self.rows[id_]

    def update(self, patches: Sequence[Patch]) -> list[Outcome]:
        """Merge values into records."""
        return [self._update(patch) for patch in patches]

    def _update(self, patch: Patch) -> Outcome:
        record = self.rows.get(patch.id)
        if record is None or record.trashed:
            return GoneError("The record is gone.", system=self.system, record=patch.id)
        if error := self._refusal(patch.fields):
            return error
        self.rows[patch.id] = replace(
            record,
            fields={**record.fields, **patch.fields},
            marker=patch.marker or record.marker,
            version=str(int(record.version or 0) + 1),
            updated=self.account.now(),
        )
        return self.rows[patch.id]

    def delete(self, ids: Sequence[str]) -> list[ProductOpsError | None]:
        """Move records to the trash."""
        results: list[ProductOpsError | None] = []
        for id_ in ids:
            if id_ in self.rows:
                self.rows[id_] = replace(self.rows[id_], trashed=True, updated=self.account.now())
            results.append(
                None if id_ in self.rows else GoneError("The record is gone.", system=self.system, record=id_)
            )
        return results

    def find(self, markers: Sequence[str], since: datetime) -> Mapping[str, list[Record]]:
        """Return live records by marker."""
        wanted: dict[str, list[Record]] = {marker: [] for marker in markers}
        for record in self.rows.values():
            if record.marker in wanted and not record.trashed:
                wanted[record.marker].append(record)
        return wanted

    def settle(self) -> Settle:
        """Nothing is ever late in memory."""
        return Settle(timedelta(0), timedelta(0))

    def server_time(self) -> datetime:
        """The account's clock."""
        return self.account.now()

    def _refusal(self, values: Mapping[str, Any]) -> RejectedError | None:
        known = {field.id: field for field in self.fields}
        for name, value in values.items():
            if name not in known:
                return RejectedError(f"{self.name} has no field {name!r}.", system=self.system)
            if isinstance(value, Unreadable):
                return RejectedError("An unreadable value cannot be written.", system=self.system)
            if isinstance(value, Option) and known[name].option(value.id) is None:
                return RejectedError(
                    f"{name!r} has no option {value.name!r}.", system=self.system, fields={name: "no such option"}
                )
        return None

    # What a person would do in the service's own window.

    def add(self, **values: Any) -> Record:
        """Add a record as a person would: options by name."""
        created = self._create(Draft(self._values(values)))
        if isinstance(created, ProductOpsError):
            raise created
        return created

    def edit(self, record_id: str, **values: Any) -> Record:
        """Edit a record as a person would."""
        changed = self._update(Patch(record_id, self._values(values)))
        if isinstance(changed, ProductOpsError):
            raise changed
        return changed

    def _values(self, values: Mapping[str, Any]) -> dict[str, Any]:
        schema = self.schema()
        plain = {}
        for name, value in values.items():
            field = schema.field(name)
            plain[field.id] = field.option(value) if field.options and isinstance(value, str) else value
        return plain


def _field(name: str, kind: Kind | Sequence[str]) -> Field:
    if isinstance(kind, str):
        return Field(name, name, cast("Kind", kind))
    return Field(name, name, "choice", tuple(Option(f"{name}:{option}", option) for option in kind))


def _only(record: Record, fields: Sequence[str] | None) -> Record:
    if fields is None:
        return record
    return replace(record, fields={name: record.fields.get(name) for name in fields})
