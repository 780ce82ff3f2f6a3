"""The entities of one type, or the notes, of a workspace as a collection of records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from productops.connectors.productboard import columns
from productops.connectors.productboard.columns import Column
from productops.connectors.productboard.relations import Link, Relations, shown
from productops.connectors.productboard.text import UNSHOWN, beginning
from productops.connectors.productboard.values import decode, moment, same
from productops.connectors.productboard.wire import CONTENT, SYSTEM, Json, Wire
from productops.connectors.productboard.writes import Writes
from productops.errors import AccessError, GoneError, ProductOpsError
from productops.sdk.collection import Check, Collection, Features, Field, Outcome, Schema, Settle
from productops.sdk.record import Draft, Option, Patch, Record, User
from productops.sdk.richtext import unshown

if TYPE_CHECKING:
    from productops.connectors.productboard.account import Productboard

ALL = [("fields[]", "all")]  # without it empty fields are left out, and so are not told from unread ones
FEATURES = Features(
    get=True,
    create=True,
    update=True,
    find=True,
    delete="trash",
    restore=True,
    get_batch=1,
    marker="property",
    cursor=timedelta(milliseconds=1),
    echo=True,
    rereads=True,
    lists_people=True,
    people_by_email=True,
    updated=timedelta(milliseconds=1),
    server_clock=True,
)
NAMES = {"company": "companies", "textNote": "notes", "keyResult": "key results", "releaseGroup": "release groups"}


class Things(Collection):
    """Entities of a type, or notes; made by the methods of ``Productboard``.

    What a user should know: deleting archives, since Productboard's own deletion takes everything below with it,
    for good and without a word. The sync's key lies in ``metadata.source``, where no user sees it.
    """

    system = SYSTEM

    def __init__(
        self,
        account: Productboard,
        where: str,
        type: str,  # noqa: A002 - Productboard's own word
        *,
        parent: str | None = None,
        scores: bool = False,
    ) -> None:
        self.account: Productboard = account
        self.where: str = where
        self.type: str = type
        self.parent: str | None = parent
        self.scores: bool = scores
        self.name: str = NAMES.get(type, f"{type}s")
        self.container: str = f"{account.wire.host}/{where}/{type}"
        self.features: Features = replace(FEATURES, cursor=None) if type in account.dialect.unsearchable else FEATURES
        self.relations: Relations = Relations(account.wire, where)
        self._writes = Writes(self)
        self._columns: dict[str, Column] = {}
        self._schema: Schema | None = None

    @property
    def wire(self) -> Wire:
        """Where requests go out."""
        return self.account.wire

    # --- what it looks like

    def schema(self, *, refresh: bool = False) -> Schema:
        """Return the fields that the configuration names, custom ones by UUID, and the relationships. Cached."""
        if self._schema is None or refresh:
            answer = self.wire.call("GET", self.where, "configurations", self.type, operation="read the configuration")
            told = (answer.get("data") or {}).get("fields") or {}
            given = list(told.values()) if isinstance(told, Mapping) else told
            found = [
                column
                for one in given
                if one["id"] != "archived"
                for column in columns.told(one, self.account.dialect, self._options)
            ]
            found += columns.related(self.where, self.type, self.account.dialect)
            found += [columns.created(), *([columns.score()] if self.scores else [])]
            self._columns = {one.field.id: one for one in found}
            self._schema = Schema(tuple(one.field for one in found), self.name)
        return self._schema

    def _options(self, told: Json) -> Iterator[Option]:
        values = told.get("values") or {}
        items = values.get("data") or []
        if (values.get("links") or {}).get("next"):  # more than fit into the configuration
            parts = ("entities", "fields", str(told["id"]), "values")
            items = [one for page in self.wire.pages("GET", *parts, operation="list values") for one in page]
        yield from (Option(str(one["id"]), str(one.get("name") or "")) for one in items)

    def column(self, name: str) -> Column:
        """Return where a field comes from. Raises ``ConfigError``."""
        id_ = self.schema().field(name).id
        return self._columns[id_]

    # --- reading

    def scan(self, since: datetime | None = None, fields: Sequence[str] | None = None) -> Iterator[Record]:
        """Yield every record that is not archived, or those changed at or after ``since``.

        Raises:
            IncompleteListingError: a page led back to an earlier one.

        """
        self.account.customers.forget()
        seen: set[str] = set()  # pages move while records are made
        for thing in self._listed(since):
            if not _archived(thing) and str(thing["id"]) not in seen:
                seen.add(str(thing["id"]))
                yield self.record(thing, fields)

    def _listed(self, since: datetime | None, query: Sequence[tuple[str, str]] = ()) -> Iterator[Json]:
        kind = [("type[]", self.type)]
        if since is None:
            pages = self.wire.pages("GET", self.where, operation="list", query=[*kind, *ALL, *query])
        elif self.where == "notes":
            changed = ("updatedFrom", since.astimezone(UTC).isoformat())
            pages = self.wire.pages("GET", self.where, operation="list", query=[*kind, *ALL, changed])
        else:
            changed_since = {"from": since.astimezone(UTC).isoformat()}
            asked = {"filter": {"type": [self.type], "updatedAt": changed_since}}
            pages = self.wire.pages("POST", self.where, "search", operation="search", query=ALL, body=asked)
        for page in pages:
            # Wrongly spelled filters are ignored without a word, so nothing is believed of them.
            yield from (one for one in page if one.get("type") == self.type)

    def record(self, thing: Json, fields: Sequence[str] | None = None) -> Record:
        """Return a record of what the interface shows."""
        self.schema()
        held = thing.get("fields") or {}
        wanted = list(self._columns.values()) if fields is None else [self.column(name) for name in fields]
        links = self.relations.of(thing) if any(column.relation for column in wanted) else []
        source = (thing.get("metadata") or {}).get("source") or {}
        ours = source.get("system") == self.account.dialect.source
        return Record(
            str(thing["id"]),
            {column.field.id: self._value(column, thing, held, links) for column in wanted},
            url=(thing.get("links") or {}).get("html"),
            marker=source.get("recordId") if ours else None,
            created=moment(thing.get("createdAt") or held.get("createdAt")),
            updated=moment(thing.get("updatedAt") or held.get("updatedAt")),
            trashed=_archived(thing),
        )

    def _value(self, column: Column, thing: Json, held: Json, links: Sequence[Link]) -> Any:
        if column.home == columns.SCORE:
            return self.score(str(thing["id"]))
        if column.home == columns.CREATED:
            return moment(thing.get("createdAt") or held.get("createdAt"))
        if column.home == "name" and self.where == "notes" and held.get("name") == beginning(held.get(CONTENT)):
            return None  # it has no name of its own
        if not column.relation:
            return decode(column, held.get(column.home))
        found = shown(column, links)
        return self.account.customers.text(found) if column.form == "text" and found else found

    def get(self, ids: Sequence[str], fields: Sequence[str] | None = None) -> Mapping[str, Record]:
        """Return the records that exist, archived ones marked as trashed."""
        found = ((id_, self.thing(id_)) for id_ in dict.fromkeys(ids))
        return {id_: self.record(thing, fields) for id_, thing in found if thing is not None}

    def thing(self, id_: str) -> Json | None:
        """Return a record as the interface shows it, or None."""
        try:
            return self.wire.call("GET", self.where, id_, operation="read", query=ALL, record=id_)["data"]
        except GoneError:
            return None

    def find(self, markers: Sequence[str], since: datetime) -> Mapping[str, list[Record]]:
        """Return the records whose source names these markers, compared here and not by the service alone."""
        found: dict[str, dict[str, Record]] = {marker: {} for marker in markers}
        for marker, records in found.items():
            source = {"system": self.account.dialect.source, "recordId": marker}
            query = [(f"metadata[source][{name}]", value) for name, value in source.items()]
            for thing in self._listed(None, query):
                record = self.record(thing)
                if record.marker == marker and not record.trashed:
                    records[record.id] = record
        return {marker: list(records.values()) for marker, records in found.items()}

    def score(self, id_: str) -> float | None:
        """Return the customer score of an entity, None where it has none. Productboard calls this a trial."""
        try:
            data = self.wire.call("GET", "entities", id_, "score", operation="read the score", record=id_)["data"]
        except GoneError:
            return None
        value = data.get("score", data.get("value")) if isinstance(data, dict) else data
        return float(value) if isinstance(value, int | float) else None

    # --- writing

    def create(self, drafts: Sequence[Draft]) -> list[Outcome]:
        """Create records one by one. The answer holds no fields, so each is read again."""
        return [self._writes.create(draft) for draft in drafts]

    def update(self, patches: Sequence[Patch]) -> list[Outcome]:
        """Change the named fields; of lists and relationships only what differs."""
        return [self._writes.update(patch) for patch in patches]

    def delete(self, ids: Sequence[str]) -> list[ProductOpsError | None]:
        """Archive records. They are never deleted: that would silently delete everything below them."""
        return [self._archive(id_, archived=True) for id_ in ids]

    def restore(self, ids: Sequence[str]) -> list[ProductOpsError | None]:
        """Take records out of the archive; ``None`` where it worked."""
        return [self._archive(id_, archived=False) for id_ in ids]

    def _archive(self, id_: str, *, archived: bool) -> ProductOpsError | None:
        try:
            step = {"op": "set", "path": "archived", "value": archived}
            self.wire.call("PATCH", self.where, id_, operation="archive", body={"patch": [step]}, record=id_)
        except ProductOpsError as error:
            return error
        return None

    # --- the rest

    def people(self) -> Iterator[User]:
        """Yield the members, or nobody where the token may not see them."""
        try:
            yield from self.account.people()
        except AccessError:
            return

    def same(self, field: Field, sent: object, shown: object) -> bool:
        """Tell whether Productboard shows ``shown`` after ``sent``."""
        return same(self.column(field.id), sent, shown)

    def losses(self, field: Field, value: str) -> list[str]:
        """Return what the service's HTML cannot hold of a text."""
        return unshown(value, UNSHOWN)

    def settle(self) -> Settle:
        """Return the account's D and V."""
        late, lag = self.account.policy.settle
        return Settle(timedelta(seconds=late), timedelta(seconds=lag))

    def server_time(self) -> datetime:
        """Return Productboard's own time, from its last answer."""
        return self.account.policy.server_time()

    def check(self) -> Check:
        """Tell whether the token works and the type is there."""
        found = self.account.check()
        if found:
            self.schema(refresh=True)
        return found


def _archived(thing: Json) -> bool:
    return (thing.get("fields") or {}).get("archived") is True
