"""The entities of one type, or the notes, of a workspace as a collection of records."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from productops.connectors.productboard import columns
from productops.connectors.productboard.columns import Column
from productops.connectors.productboard.customers import contact
from productops.connectors.productboard.refusal import RefusalError
from productops.connectors.productboard.relations import Link, Relations, shown
from productops.connectors.productboard.values import EMPTY, body, decode, encode, moment, same, steps
from productops.connectors.productboard.wire import CONTENT, SYSTEM, Json, Wire, made_id
from productops.errors import AccessError, ConfigError, GoneError, ProductOpsError, RejectedError
from productops.sdk.collection import Check, Collection, Features, Field, Outcome, Schema, Settle
from productops.sdk.record import Draft, Option, Patch, Record, User

if TYPE_CHECKING:
    from productops.connectors.productboard.account import Productboard

log = logging.getLogger(__name__)
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
Wanted = dict[str, tuple[Column, Any]]


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
        self.account, self.where, self.type = account, where, type
        self.parent, self.scores = parent, scores
        self.name = f"{type}s"
        self.container = f"{account.wire.host}/{where}/{type}"
        self.features = replace(FEATURES, cursor=None) if type in account.dialect.unsearchable else FEATURES
        self.relations = Relations(account.wire, where)
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
            found += [columns.score()] if self.scores else []
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

    def _column(self, name: str) -> Column:
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
                yield self._record(thing, fields)

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

    def _record(self, thing: Json, fields: Sequence[str] | None = None) -> Record:
        self.schema()
        held = thing.get("fields") or {}
        wanted = list(self._columns.values()) if fields is None else [self._column(name) for name in fields]
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
        if not column.relation:
            return decode(column, held.get(column.home))
        found = shown(column, links)
        return self.account.customers.text(found) if column.form == "text" and found else found

    def get(self, ids: Sequence[str], fields: Sequence[str] | None = None) -> Mapping[str, Record]:
        """Return the records that exist, archived ones marked as trashed."""
        found = ((id_, self._one(id_)) for id_ in dict.fromkeys(ids))
        return {id_: self._record(thing, fields) for id_, thing in found if thing is not None}

    def _one(self, id_: str) -> Json | None:
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
                record = self._record(thing)
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
        return [self._create(draft) for draft in drafts]

    def _create(self, draft: Draft) -> Outcome:
        try:
            wanted = self._encoded({name: value for name, value in draft.fields.items() if value not in EMPTY})
            sent: dict[str, Any] = {"type": self.type, "fields": body(_plain(wanted))}
            if draft.marker:
                sent["metadata"] = {"source": {"system": self.account.dialect.source, "recordId": draft.marker}}
            if self.parent and "parent" not in wanted:
                wanted["parent"] = (self._column("parent"), self.parent)
            if given := self.relations.given(_related(wanted)):
                sent["relationships"] = given
            id_ = made_id(self.wire.call("POST", self.where, operation="create", body=sent))
        except ProductOpsError as error:
            if self.parent is None and "parent" in (error.service_message or ""):
                error.remedy = f"Say below what they are made: {self.name}(parent=<id>), or map the field Parent."
            return error
        return self._reread(id_, draft.marker)

    def _reread(self, id_: str, marker: str | None) -> Record:
        """Return a record that was just written. It is there, so nothing may fail any more."""
        try:
            thing = self._one(id_)
            if thing is not None:
                return self._record(thing)
        except ProductOpsError as error:
            log.warning("%s %s was written and could not be read back: %s", self.type, id_, error)
        return Record(id_, marker=marker)

    def update(self, patches: Sequence[Patch]) -> list[Outcome]:
        """Change the named fields; of lists and relationships only what differs."""
        return [self._update(patch) for patch in patches]

    def _update(self, patch: Patch) -> Outcome:
        try:
            wanted = self._encoded(patch.fields)
            thing = self._one(patch.id)
            if thing is None:
                raise GoneError("It is no longer there.", system=SYSTEM, operation="change", record=patch.id)
            changes = steps(_plain(wanted), thing.get("fields") or {})
            sent: dict[str, Any] = {"patch": changes} if changes else {}
            sent |= self._claim(patch, thing)
            if sent:
                self._change(patch.id, sent)
            if related := _related(wanted):
                self._relate(patch.id, self.relations.of(thing), related)
        except ProductOpsError as error:
            error.record = error.record or patch.id
            return error
        return self._reread(patch.id, patch.marker)

    def _change(self, id_: str, sent: dict[str, Any]) -> None:
        try:
            self.wire.call("PATCH", self.where, id_, operation="change", body=sent, record=id_)
        except RejectedError as error:
            rest = [step for step in sent.get("patch", []) if step["path"] != CONTENT]
            if self.where == "notes" and CONTENT in error.fields and rest:
                # What else was to be changed is; the content of a note of which pieces are linked stays for good.
                self.wire.call("PATCH", self.where, id_, operation="change", body={"patch": rest}, record=id_)
            raise

    def _relate(self, id_: str, links: Sequence[Link], wanted: Wanted) -> None:
        for step in self.relations.steps(id_, links, wanted):
            self.wire.call(step.method, *step.parts, operation="change a relationship", body=step.body, record=id_)

    def _claim(self, patch: Patch, thing: Json) -> dict[str, Any]:
        """Return the source to write: never over another program's, and never into a note, which keeps its own."""
        source = (thing.get("metadata") or {}).get("source") or {}
        ours = self.account.dialect.source
        if patch.marker is None or self.where == "notes" or source.get("system") not in (None, ours):
            return {}
        return {"metadata": {"source": {"system": ours, "recordId": patch.marker}}}

    def _encoded(self, values: Mapping[str, Any]) -> Wanted:
        found: Wanted = {}
        refused: dict[str, str] = {}
        for name, value in values.items():
            try:
                column = self._column(name)
                found[column.field.id] = (column, encode(column, value))
                if column.field.id == "customer" and value not in EMPTY:
                    contact(value)
            except (RefusalError, ConfigError) as error:
                refused[name] = str(error)
        if not refused and (text := found.get("customer", (None, None))[1]):
            name, email = contact(text)  # only now, as it may make somebody
            found["customer"] = (found["customer"][0], self.account.customers.id(email, name))
        try:
            self.relations.given(_related(found))
        except RefusalError as error:
            refused["customer"] = str(error)
        if refused:
            told = "; ".join(f"{name!r}: {why}" for name, why in refused.items())
            raise RejectedError(f"{self.name} cannot take these values. {told}", system=SYSTEM, fields=refused)
        return found

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
        return same(self._column(field.id), sent, shown)

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


def _plain(wanted: Wanted) -> Iterable[tuple[Column, Any]]:
    return [pair for pair in wanted.values() if not pair[0].relation]


def _related(wanted: Wanted) -> Wanted:
    return {name: pair for name, pair in wanted.items() if pair[0].relation}
