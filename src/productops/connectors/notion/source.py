"""One data source of Notion as a collection of records: each row is a page, with properties and a text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from productops.connectors.notion import encoding, extending, finding
from productops.connectors.notion.blocks_read import UNSHOWN, UNSHOWN_IN_PROPERTIES
from productops.connectors.notion.blocks_write import strange_languages
from productops.connectors.notion.layout import BODY, Layout, layout_of
from productops.connectors.notion.pages import Fresh, Pages
from productops.connectors.notion.query import Walk, both, by_ids, created, edited_since, shown_only
from productops.connectors.notion.wire import SYSTEM, Json, Wire
from productops.connectors.notion.writes import UNFINISHED, Writes
from productops.errors import AccessError, AuthError, ConfigError, GoneError, ProductOpsError
from productops.sdk.collection import Check, Collection, Features, Field, Outcome, Schema, Settle
from productops.sdk.prepare import Missing
from productops.sdk.record import Draft, Patch, Record, User
from productops.sdk.richtext import unshown

if TYPE_CHECKING:
    from productops.connectors.notion.account import Notion

MINUTE = timedelta(minutes=1)
ASKED_TOGETHER = 25  # markers that one query looks for
FEATURES = Features(
    get=True,
    update=True,
    delete="trash",
    restore=True,
    get_batch=1,
    cursor=MINUTE,
    echo=True,
    lists_people=True,
    people_by_email=True,
    updated=MINUTE,
    server_clock=True,
)


class NotionSource(Collection):
    """A data source; made by ``Notion.data_source()``.

    What a user should know: Notion tells times to the minute. Formulas and rollups change without an edit: a scan
    since a moment misses that, a full scan sees it. A page's text takes a request of its own for each page, and is
    read only where it is mapped. Creating needs ``key``.
    """

    system = SYSTEM

    def __init__(
        self,
        account: Notion,
        source: str,
        *,
        key: str | None = None,
        filter: Mapping[str, Any] | None = None,  # noqa: A002 - Notion's own word
        body: str = "Body",
        formatted: Sequence[str] = (),
    ) -> None:
        self.account = account
        self.name = source
        self.features: Features = replace(FEATURES, create=True, find=True, marker="field") if key else FEATURES
        # As the user wrote them until first met, their ids from then on: renames change nothing.
        self._source, self._key, self._filter = source, key, dict(filter) if filter else None
        self._body, self._formatted = body, list(formatted)
        self._layout: Layout | None = None
        self._asked: set[str] = set()
        self.fresh: Fresh = Fresh(account.policy.clock)

    @cached_property
    def container(self) -> str:  # type: ignore[override] # resolving names to ids takes a request, made when asked
        """What is listed: host, data source, and filter where given. Renames do not change it."""
        import json

        layout = self.layout()
        told = f" filter={json.dumps(self._filter, sort_keys=True, ensure_ascii=False)}" if self._filter else ""
        return f"{self.wire.host}/{layout.id}{told}"

    @property
    def wire(self) -> Wire:
        """Where requests go out."""
        return self.account.wire

    # --- what it looks like

    def schema(self, *, refresh: bool = False) -> Schema:
        """Return the properties, without the one for markers, and the page's text. Cached; ``refresh`` asks again.

        Raises:
            ConfigError: there is no such data source or property, or the database has several data sources.
            AccessError: it is not shared with the integration.

        """
        return self.layout(refresh=refresh).schema

    def layout(self, *, refresh: bool = False) -> Layout:
        """Return the data source with everything by id. Cached; ``refresh`` asks again."""
        if self._layout is None or refresh:
            self._layout = self._described_as(self._described(), self._key)
            self._key = self._layout.key
            self.name: str = self._layout.name
            self._filter = by_ids(self._filter, self._layout)
            self._formatted = [self._layout.property(name) for name in self._formatted]
        return self._layout

    def _described(self) -> Json:
        """Return the data source as Notion describes it now, found by what the user wrote when first asked."""
        known = self._layout.id if self._layout else None
        return finding.read(self.wire, known) if known else finding.find(self.wire, self._source)

    def _described_as(self, described: Json, key: str | None) -> Layout:
        return layout_of(described, key=key, body=self._body, formatted=self._formatted)

    def unprepared(self) -> tuple[Schema, list[Missing]]:
        """Return the schema as it is now, also when the property for markers is missing, and the step that adds it."""
        described = self._described()
        known = {each[part] for each in (described.get("properties") or {}).values() for part in ("id", "name")}
        if self._key is None or self._key in known:
            return self.schema(refresh=True), []
        return self._described_as(described, None).schema, [Missing("field", self._key, "text", marker=True)]

    def extend(self, missing: Missing) -> None:
        """Add a property, or options to one. A status takes its options from people only."""
        target = str(missing.to._described()["id"]) if isinstance(missing.to, NotionSource) else None
        described = self._described()
        body = extending.body(missing, described, target)
        self.wire.call("PATCH", f"data_sources/{described['id']}", operation="change the data source", body=body)

    # --- reading

    def scan(self, since: datetime | None = None, fields: Sequence[str] | None = None) -> Iterator[Record]:
        """Yield the pages that the filter matches, or those of them edited at or after ``since``.

        Times are compared by the minute, so the minute of ``since`` is read again. A page that is still being
        written by another run is left out until it is whole.

        Raises:
            IncompleteListingError: see :meth:`Walk.pages`.

        """
        layout, reader = self.layout(), self.pages(fields)
        wanted = both(self._filter, *((edited_since(since),) if since else ()))
        for rows in Walk(self.wire, layout, wanted, reader.properties).pages():
            for row in rows:
                if not reader.marker(row).endswith(UNFINISHED):
                    yield reader.record(row)

    def get(self, ids: Sequence[str], fields: Sequence[str] | None = None) -> Mapping[str, Record]:
        """Return the pages that can be seen, by id, also those in the trash; a strongly consistent read."""
        reader = self.pages(fields)
        found: dict[str, Record] = {}
        for id_ in dict.fromkeys(ids):
            page = self.page(id_, reader)
            if page is not None:
                found[id_] = reader.record(page, keep=self.fresh)
        return found

    def page(self, id_: str, reader: Pages) -> Json | None:
        """Return one page as Notion shows it; ``None`` when there is none."""
        only = shown_only(reader.properties, self.layout())
        try:
            page: Json = self.wire.call("GET", f"pages/{id_}", operation="read a page", query=only, record=id_)
        except GoneError:
            return None
        return page

    def find(self, markers: Sequence[str], since: datetime) -> Mapping[str, list[Record]]:
        """Return the pages that carry these markers: looked for by the marker, then among those created ``since``.

        What was created less than V ago may be missing.
        """
        layout, reader = self.layout(), self.pages(self.echoed())
        if layout.key is None:
            raise no_key(self.name)
        found: dict[str, dict[str, Record]] = {marker: {} for marker in markers}
        left = list(found)
        for at in range(0, len(left), ASKED_TOGETHER):
            asked = [self.marked(layout.key, marker) for marker in left[at : at + ASKED_TOGETHER]]
            self._collect(asked[0] if len(asked) == 1 else {"or": asked}, reader, found)
        if not all(found.values()):
            self._collect(created(on_or_after=since - 2 * MINUTE), reader, found)
        return {marker: list(records.values()) for marker, records in found.items()}

    def marked(self, key: str, marker: str) -> Json:
        """Return the filter for a marker."""
        return {"property": key, "rich_text": {"equals": marker}}

    def _collect(self, wanted: Json, reader: Pages, found: Mapping[str, dict[str, Record]]) -> None:
        for rows in Walk(self.wire, self.layout(), wanted, reader.properties, "find pages").pages():
            for row in rows:
                if (marker := reader.marker(row)) in found and row["id"] not in found[marker]:
                    found[marker][row["id"]] = reader.record(row)

    def pages(self, fields: Sequence[str] | None) -> Pages:
        """Return what reads some fields of pages; ``None`` means all."""
        if fields is not None:
            self._asked |= {self.schema().field(name).id for name in fields}
        return Pages(self.wire, self.layout(), fields)

    def echoed(self, more: Sequence[str] = ()) -> Sequence[str] | None:
        """Return the fields that anybody reads here, for answers to writes; ``None`` when nobody has said."""
        return sorted({*self._asked, *more}) if self._asked else None

    # --- writing

    def create(self, drafts: Sequence[Draft]) -> list[Outcome]:
        """Create one page for each draft; a long text follows in further requests, until which the page is no record.

        Raises:
            ConfigError: the data source was asked for without ``key``.

        """
        if self.layout().key is None:
            raise no_key(self.name)
        return [Writes(self).create(draft) for draft in drafts]

    def update(self, patches: Sequence[Patch]) -> list[Outcome]:
        """Change the named properties of pages, and of their text the blocks that are different; nothing else."""
        if self.layout().key is None and any(patch.marker is not None for patch in patches):
            raise no_key(self.name)
        return [Writes(self).update(patch) for patch in patches]

    def delete(self, ids: Sequence[str]) -> list[ProductOpsError | None]:
        """Move pages to Notion's trash, from where people, or :meth:`restore`, bring them back."""
        return [Writes(self).trash(id_, trashed=True) for id_ in ids]

    def restore(self, ids: Sequence[str]) -> list[ProductOpsError | None]:
        """Take pages out of Notion's trash; ``None`` where it worked."""
        return [Writes(self).trash(id_, trashed=False) for id_ in ids]

    # --- the rest

    def people(self) -> Iterator[User]:
        """Yield the people of the workspace, or nobody where the integration may not see them."""
        try:
            yield from self.account.people(refresh=True)
        except (AccessError, GoneError):
            return

    def losses(self, field: Field, value: str) -> list[str]:
        """Return what blocks, or the runs of a property, cannot hold of a text."""
        if field.id != BODY:
            return unshown(value, UNSHOWN_IN_PROPERTIES)
        return [*unshown(value, UNSHOWN), *strange_languages(value)]

    def editors(self, wanted: Mapping[str, Sequence[str]]) -> Mapping[str, Mapping[str, User]]:
        """Return who edited the pages last; Notion tells no more, so it counts for all fields of a page.

        It is a request for each page, and so nobody is named for more than a hundred at once.
        """
        if len(wanted) > 100:
            return {}
        known = {one.id: one for one in self.people()}
        reader = self.pages([])
        found = {id_: (self.page(id_, reader) or {}).get("last_edited_by") for id_ in wanted}
        return {
            id_: dict.fromkeys(wanted[id_], known[str(who["id"])])
            for id_, who in found.items()
            if who and str(who.get("id")) in known  # an integration is nobody
        }

    def same(self, field: Field, sent: object, shown: object) -> bool:
        """Tell whether Notion shows ``shown`` after ``sent``."""
        return encoding.same(field, sent, shown)

    def settle(self) -> Settle:
        """Return the account's D and V."""
        commit, visible = self.account.policy.settle
        return Settle(timedelta(seconds=commit), timedelta(seconds=visible))

    def server_time(self) -> datetime:
        """Return Notion's own time, from its last answer."""
        return self.account.policy.server_time()

    def check(self) -> Check:
        """Tell whether the token, the data source and its property for markers are usable."""
        try:
            account = self.account.check()
            if not account:
                return account
            layout = self.layout(refresh=True)
        except (AuthError, AccessError, ConfigError) as error:
            return Check(ok=False, details=(str(error),))
        details = [f"The data source {layout.name!r} ({layout.id}) has {len(layout.names)} properties."]
        if layout.key is None:
            details.append('It can be read and changed; creating pages needs key="Sync key".')
        else:
            unfinished = {"property": layout.key, "rich_text": {"ends_with": UNFINISHED}}
            rows = [row for page in Walk(self.wire, layout, unfinished, []).pages() for row in page]
            details += [f"A run was cut off while it wrote {row.get('url')}; the next one goes on." for row in rows]
        return Check(ok=True, who=account.who, details=(*account.details, *details))


def no_key(name: str) -> ConfigError:
    """Return the error for a data source that has no property for markers."""
    return ConfigError(
        f"The data source {name!r} was asked for without a key property, so a repeated create would make twins.",
        system=SYSTEM,
        remedy='Add a text property named "Sync key" in Notion and write data_source(..., key="Sync key").',
    )
