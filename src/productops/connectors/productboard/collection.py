"""The entities of one type, or the notes, of a workspace as a collection of records."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from productops.connectors.productboard.values import EMPTY, RefusalError, decode, encode, moment, same, steps
from productops.connectors.productboard.wire import SYSTEM, Json, Wire, made_id
from productops.errors import AccessError, ConfigError, GoneError, ProductOpsError, RejectedError
from productops.sdk.collection import Check, Collection, Features, Field, Outcome, Schema, Settle
from productops.sdk.record import Draft, Option, Patch, Record, User

if TYPE_CHECKING:
    from productops.connectors.productboard.account import Productboard

log = logging.getLogger(__name__)
ALL = [("fields[]", "all")]  # without it empty fields are left out, and so are not told from unread ones
TEXT_MOST = 255
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


class Things(Collection):
    """Entities of a type, or notes; made by the methods of ``Productboard``.

    What a user should know: deleting archives, since Productboard's own deletion takes everything below with it,
    for good and without a word. The sync's key lies in ``metadata.source``, where no user sees it.
    """

    system = SYSTEM

    def __init__(self, account: Productboard, where: str, type: str, *, parent: str | None = None) -> None:  # noqa: A002
        self.account, self.where, self.type, self.parent = account, where, type, parent
        self.name = f"{type}s"
        self.container = f"{account.wire.host}/{where}/{type}"
        if type in account.dialect.unsearchable:
            self.features = replace(FEATURES, cursor=None)
        else:
            self.features = FEATURES
        self._schema: Schema | None = None

    @property
    def wire(self) -> Wire:
        """Where requests go out."""
        return self.account.wire

    # --- what it looks like

    def schema(self, *, refresh: bool = False) -> Schema:
        """Return the fields that the configuration names; custom ones by UUID. Cached; ``refresh`` asks again."""
        if self._schema is None or refresh:
            answer = self.wire.call("GET", self.where, "configurations", self.type, operation="read the configuration")
            told = (answer.get("data") or {}).get("fields") or {}
            columns = list(told.values()) if isinstance(told, Mapping) else told
            self._schema = Schema(tuple(self._field(one) for one in columns if one["id"] != "archived"), self.name)
        return self._schema

    def _field(self, told: Json) -> Field:
        kind = self.account.dialect.kinds.get(str(told.get("schema")), "other")
        lifecycle = told.get("lifecycle") or {}
        why = "its form is not known" if kind == "other" else None
        if not lifecycle.get("update", True) or not lifecycle.get("patch", True):
            why = "Productboard does not let programs change it"
        return Field(
            str(told["id"]),
            str(told.get("name") or told["id"]),
            kind,
            tuple(self._options(told)) if kind in ("choice", "choices") else (),
            read_only=why,
            required=bool((told.get("constraints") or {}).get("required")),
            max_length=TEXT_MOST if kind == "text" else None,
        )

    def _options(self, told: Json) -> Iterator[Option]:
        values = told.get("values") or {}
        items = values.get("data") or []
        if (values.get("links") or {}).get("next"):  # more than fit into the configuration
            parts = ("entities", "fields", str(told["id"]), "values")
            items = [one for page in self.wire.pages("GET", *parts, operation="list values") for one in page]
        yield from (Option(str(one["id"]), str(one.get("name") or "")) for one in items)

    # --- reading

    def scan(self, since: datetime | None = None, fields: Sequence[str] | None = None) -> Iterator[Record]:
        """Yield every record that is not archived, or those changed at or after ``since``.

        Raises:
            IncompleteListingError: a page led back to an earlier one.

        """
        seen: set[str] = set()  # pages move while records are made
        for thing in self._listed(since):
            record = self._record(thing, fields)
            if not record.trashed and record.id not in seen:
                seen.add(record.id)
                yield record

    def _listed(self, since: datetime | None, query: Sequence[tuple[str, str]] = ()) -> Iterator[Json]:
        kind = [("type[]", self.type)]
        if since is None:
            pages = self.wire.pages("GET", self.where, operation="list", query=[*kind, *ALL, *query])
        elif self.where == "notes":
            changed = ("updatedFrom", since.astimezone(UTC).isoformat())
            pages = self.wire.pages("GET", self.where, operation="list", query=[*kind, *ALL, changed])
        else:
            changed_since = {"from": since.astimezone(UTC).isoformat()}
            body = {"filter": {"type": [self.type], "updatedAt": changed_since}}
            pages = self.wire.pages("POST", self.where, "search", operation="search", query=ALL, body=body)
        for page in pages:
            # Wrongly spelled filters are ignored without a word, so nothing is believed of them.
            yield from (one for one in page if one.get("type") == self.type)

    def _record(self, thing: Json, fields: Sequence[str] | None = None) -> Record:
        shown = thing.get("fields") or {}
        wanted = self.schema().fields
        if fields is not None:
            asked = {self.schema().field(name).id for name in fields}
            wanted = tuple(field for field in wanted if field.id in asked)
        source = (thing.get("metadata") or {}).get("source") or {}
        ours = source.get("system") == self.account.dialect.source
        return Record(
            str(thing["id"]),
            {field.id: decode(field, shown.get(field.id)) for field in wanted},
            url=(thing.get("links") or {}).get("html"),
            marker=source.get("recordId") if ours else None,
            created=moment(thing.get("createdAt") or shown.get("createdAt")),
            updated=moment(thing.get("updatedAt") or shown.get("updatedAt")),
            trashed=shown.get("archived") is True,
        )

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

    # --- writing

    def create(self, drafts: Sequence[Draft]) -> list[Outcome]:
        """Create records one by one. The answer holds no fields, so each is read again."""
        return [self._create(draft) for draft in drafts]

    def _create(self, draft: Draft) -> Outcome:
        try:
            given = {name: value for name, value in draft.fields.items() if value not in EMPTY}
            body: dict[str, Any] = {"type": self.type, "fields": self._encoded(given)}
            if draft.marker:
                body["metadata"] = {"source": {"system": self.account.dialect.source, "recordId": draft.marker}}
            if self.parent:
                body["relationships"] = [{"type": "parent", "target": {"id": self.parent}}]
            id_ = made_id(self.wire.call("POST", self.where, operation="create", body=body))
        except ProductOpsError as error:
            if self.parent is None and "parent" in (error.service_message or ""):
                error.remedy = f"Say below what they are made: {self.name}(parent=<id>)."
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
        """Change the named fields; of lists only the items that differ."""
        return [self._update(patch) for patch in patches]

    def _update(self, patch: Patch) -> Outcome:
        try:
            wanted = self._encoded(patch.fields)
            thing = self._one(patch.id)
            if thing is None:
                raise GoneError("It is no longer there.", system=SYSTEM, operation="change", record=patch.id)
            now, schema = thing.get("fields") or {}, self.schema()
            changes = [
                step for name, value in wanted.items() for step in steps(schema.field(name), value, now.get(name))
            ]
            body: dict[str, Any] = {"patch": changes} if changes else {}
            body |= self._claim(patch, thing)
            if body:
                self.wire.call("PATCH", self.where, patch.id, operation="change", body=body, record=patch.id)
        except ProductOpsError as error:
            error.record = error.record or patch.id
            return error
        return self._reread(patch.id, patch.marker)

    def _claim(self, patch: Patch, thing: Json) -> dict[str, Any]:
        """Return the source to write: never over another program's, and never into a note, which keeps its own."""
        source = (thing.get("metadata") or {}).get("source") or {}
        ours = self.account.dialect.source
        if patch.marker is None or self.where == "notes" or source.get("system") not in (None, ours):
            return {}
        return {"metadata": {"source": {"system": ours, "recordId": patch.marker}}}

    def _encoded(self, values: Mapping[str, Any]) -> dict[str, Json]:
        found: dict[str, Json] = {}
        refused: dict[str, str] = {}
        for name, value in values.items():
            try:
                field = self.schema().field(name)
                found[field.id] = encode(field, value)
            except (RefusalError, ConfigError) as error:
                refused[name] = str(error)
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

    def assign(self, note: str, email: str, name: str = "") -> None:
        """Make somebody the customer of a note: found by e-mail, or made first."""
        if self.where != "notes":
            raise ConfigError("Only notes have a customer.", system=SYSTEM, remedy="Use Productboard.notes().")
        body = {"target": {"type": "user", "id": self.account.customer(email, name)}}
        parts = ("notes", note, "relationships", "customer")
        self.wire.call("PUT", *parts, operation="set the customer", body=body, record=note)

    # --- the rest

    def people(self) -> Iterator[User]:
        """Yield the members, or nobody where the token may not see them."""
        try:
            yield from self.account.people()
        except AccessError:
            return

    def same(self, field: Field, sent: object, shown: object) -> bool:
        """Tell whether Productboard shows ``shown`` after ``sent``."""
        return same(field, sent, shown)

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
        if not found:
            return found
        self.schema(refresh=True)
        return found
