"""One table of an Airtable base as a collection of records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from productops.connectors.airtable import encoding
from productops.connectors.airtable.cells import UNSHOWN, decode_row, read_time
from productops.connectors.airtable.extending import field_body, refusal
from productops.connectors.airtable.formulas import both, changed_since, field_is, ids_are, not_untouched
from productops.connectors.airtable.layout import Layout, find_table, layout_of, no_key, recalled
from productops.connectors.airtable.listing import listing
from productops.connectors.airtable.made import HOT, PAGE, Made
from productops.connectors.airtable.wire import READ, SYSTEM, Wire
from productops.connectors.airtable.writes import Writes
from productops.errors import AccessError, AuthError, ConfigError, ProductOpsError
from productops.sdk.collection import Check, Collection, Features, Field, Outcome, Schema, Settle
from productops.sdk.jsontext import dumps
from productops.sdk.prepare import Missing
from productops.sdk.record import Draft, Patch, Record
from productops.sdk.richtext import unshown
from productops.sdk.rows import Form, Page

if TYPE_CHECKING:
    from productops.connectors.airtable.account import Airtable

BATCH = 10
FEATURES = Features(
    get=True,
    update=True,
    delete="trash",
    get_batch=PAGE,
    create_batch=BATCH,
    update_batch=BATCH,
    delete_batch=BATCH,
    cursor=timedelta(seconds=1),
    echo=True,
    people_by_email=True,
    server_clock=True,
)
KEYED = replace(FEATURES, create=True, find=True, marker="field", upsert=True)


class AirtableTable(Collection):
    """A table of a base; made by ``Airtable.table()``.

    What a user should know: edits are dated by ``LAST_MODIFIED_TIME()``, to the second, and values that Airtable
    computes (formulas, lookups, rollups, counts) do not move it: a scan since a moment misses their changes, a full
    scan sees them. Records carry no version and no time of change. Creating needs ``key``.
    """

    system = SYSTEM

    def __init__(
        self,
        account: Airtable,
        base: str,
        table: str,
        *,
        key: str | None = None,
        view: str | None = None,
        formula: str | None = None,
    ) -> None:
        self.account: Airtable = account
        self.formula: str | None = formula
        self.name: str = table
        self.features: Features = KEYED if key else FEATURES
        # As the user wrote them until first met in the schema, their ids from then on: renames change nothing.
        self._base, self._table, self._key, self._view = base, table, key, view
        self._named = [account.wire.host, base, table, key, view]
        self._layout: Layout | None = None
        self._told: Mapping[str, Any] | None = None
        self._made: Made | None = None
        self._given_up: set[tuple[str, str]] = set()  # option names that no refresh explained

    @cached_property
    def container(self) -> str:  # type: ignore[override] # resolving names to ids takes a request, made when asked
        """What is listed: host, base, table, and view and formula where given. Renames do not change it."""
        layout = self.layout()
        parts = [f"{self.wire.host}/{layout.base}/{layout.id}"]
        parts += [f"view={layout.view}"] if layout.view else []
        parts += [f"formula={self.formula}"] if self.formula else []
        return " ".join(parts)

    @property
    def wire(self) -> Wire:
        """Where requests go out."""
        return self.account.wire

    # --- what it looks like

    def schema(self, *, refresh: bool = False) -> Schema:
        """Return the fields, without the key field. Cached; ``refresh`` asks again.

        Raises:
            ConfigError: there is no such table, view or key field, or the key field is no single line text.
            AccessError: the token lacks the base or the scope ``schema.bases:read``.

        """
        return self.layout(refresh=refresh).schema

    def unprepared(self) -> tuple[Schema, list[Missing]]:
        """Return the schema as it is now, also when the key field is missing, and the step that adds that."""
        described = self._described(refresh=True)
        known = {each[part] for each in described.get("fields", ()) for part in ("id", "name")}
        if self._key is None or self._key in known:
            return self.schema(refresh=True), []
        layout = layout_of(self._base, described, key=None, view=self._view)
        return layout.schema, [Missing("field", self._key, "text", marker=True)]

    def extend(self, missing: Missing) -> None:
        """Create a field. Options of a field that exists have to be added in Airtable."""
        described, target = self._described(), None
        if isinstance(missing.to, AirtableTable):
            table = missing.to._described()
            target = missing.to._base, str(table["id"])
        body = field_body(missing, base=self._base, linked=target)
        path = ("meta", "bases", self._base, "tables", str(described["id"]), "fields")
        try:
            self.wire.call("POST", *path, body=body, operation="create field")
        except AccessError as error:
            raise refusal(error) from None

    def _described(self, *, refresh: bool = False) -> Mapping[str, Any]:
        """Return the table as the schema API describes it."""
        self._base = self.account.base_id(self._base)
        described = find_table(self.account.tables(self._base, refresh=refresh), self._table)
        if described is None and not refresh:  # what is cached may be older than the table
            described = find_table(self.account.tables(self._base, refresh=True), self._table)
        if described is None:
            names = [repr(each["name"]) for each in self.account.tables(self._base)]
            raise ConfigError(
                f"The base {self._base} has no table {self._table!r}.",
                system=SYSTEM,
                remedy=f"It has: {', '.join(names) or 'none'}. A table may have been renamed: its id stays.",
            )
        return described

    def layout(self, *, refresh: bool = False) -> Layout:
        """Return the table with everything by id. Cached; ``refresh`` asks again."""
        if self._layout is None or refresh:
            return self._laid_out(self._described(refresh=refresh))  # which also resolves the base's name
        return self._layout

    def _laid_out(self, described: Mapping[str, Any]) -> Layout:
        layout = layout_of(self._base, described, key=self._key, view=self._view)
        self._layout, self._told = layout, described
        self._table, self._key, self._view, self.name = layout.id, layout.key, layout.view, layout.name
        return layout

    def remember(self) -> str | None:
        """Return what Airtable told of the table."""
        if self._told is None:
            return None
        return dumps({"of": self._named, "base": self._base, "table": self._told})

    def recall(self, told: str) -> bool:
        """Take what another process was told."""
        if self._layout is None and (found := recalled(told, self._named)) is not None:
            self._base, described = found
            self._laid_out(described)
        return self._layout is not None

    def field_names(self) -> Mapping[str, str]:
        """Return field names by id, as far as they are known."""
        return self._layout.names if self._layout else {}

    # --- reading

    def scan(self, since: datetime | None = None, fields: Sequence[str] | None = None) -> Iterator[Record]:
        """Yield the records of the view and formula, or those edited at or after ``since``, page by page.

        When Airtable loses its place in the listing, it is begun again, twice at most, and records already yielded
        are left out.

        Raises:
            IncompleteListingError: the place was lost a third time, or a page led back to an earlier one.

        """
        for rows in self._scanned(since, fields):
            yield from self.records(rows, fields)

    def scan_rows(self, since: datetime | None = None, fields: Sequence[str] | None = None) -> Iterator[Page]:
        """Yield the rows of a scan as Airtable sends them."""
        layout, form = self.layout(), None
        for rows in self._scanned(since, fields):
            if form is None or layout is not self._layout:  # a record of the page before asked for the schema again
                layout = self.layout()
                form = Form(itemgetter("fields"), lambda row: self.records([row], fields)[0], layout.readings(fields))
            yield Page(form, rows)

    def _scanned(self, since: datetime | None, fields: Sequence[str] | None) -> Iterator[list[dict[str, Any]]]:
        layout = self.layout()
        made = self._made
        changed = changed_since(since) if since else None
        if since and made and layout.key and made.worth and since <= made.first:
            changed = both(changed, not_untouched(layout.key, made.first, made.last - HOT))
        options = self._options(fields, both(self.formula, changed))
        if layout.view:
            options["view"] = layout.view
        yield from self._listing(options, "list records")
        if self._made == made:
            self._made = None

    def get(self, ids: Sequence[str], fields: Sequence[str] | None = None) -> Mapping[str, Record]:
        """Return the records that exist, by id, whether or not the view and formula show them."""
        found: dict[str, Record] = {}
        wanted = list(dict.fromkeys(ids))
        for start in range(0, len(wanted), PAGE):
            options = self._options(fields, ids_are(wanted[start : start + PAGE]))
            for rows in self._listing(options, "read records"):
                found.update((record.id, record) for record in self.records(rows, fields))
        return found

    def find(self, markers: Sequence[str], since: datetime) -> Mapping[str, list[Record]]:
        """Return the records whose key field holds these markers, whenever they were created.

        ``since`` narrows nothing here: a marker is looked up by itself.
        """
        layout = self.layout()
        if layout.key is None:
            raise no_key(self.name)
        found: dict[str, list[Record]] = {marker: [] for marker in markers}
        wanted = list(found)
        for start in range(0, len(wanted), PAGE):
            options = self._options(None, field_is(layout.key, wanted[start : start + PAGE]))
            for rows in self._listing(options, "find records"):
                for record in self.records(rows, None):
                    # A formula compares more loosely than we do.
                    if record.marker in found:
                        found[record.marker].append(record)
        return found

    def _options(self, fields: Sequence[str] | None, formula: str | None) -> dict[str, Any]:
        layout = self.layout()
        options: dict[str, Any] = {"pageSize": PAGE, "returnFieldsByFieldId": True}
        if formula:
            options["filterByFormula"] = formula
        if fields is not None:
            wanted = [id_ for id_ in fields if id_ in layout.columns]
            # No field at all would mean every field.
            options["fields"] = [*wanted, *([layout.key] if layout.key else [])] or [layout.primary]
        return options

    def _listing(self, options: dict[str, Any], operation: str) -> Iterator[list[dict[str, Any]]]:
        return listing(self.wire, self.layout(), options, operation)

    def records(
        self, rows: Sequence[Mapping[str, Any]], fields: Sequence[str] | None, *, written: bool = False
    ) -> list[Record]:
        """Decode rows. An option that the schema does not know makes it ask for the schema again, once.

        ``written``: the rows answer a write, after which nothing may fail any more.
        """
        layout = self.layout()
        found = self._decoded(layout, rows, fields)
        if not self._unknown(layout) - self._given_up:
            return found
        try:
            layout = self.layout(refresh=True)
        except ProductOpsError:
            if written:
                return found
            raise
        found = self._decoded(layout, rows, fields)
        self._given_up |= self._unknown(layout)
        return found

    def _unknown(self, layout: Layout) -> set[tuple[str, str]]:
        return {(id_, name) for id_, names in layout.unknown.items() for name in names}

    def _decoded(self, layout: Layout, rows: Sequence[Mapping[str, Any]], fields: Sequence[str] | None) -> list[Record]:
        readings, key = layout.readings(fields), layout.key
        address = f"https://airtable.com/{layout.base}/{layout.id}/"
        return [
            Record(
                row["id"],
                decode_row(readings, row["fields"]),
                url=f"{address}{row['id']}",
                marker=(row["fields"].get(key) or None) if key else None,
                created=created if isinstance(created := read_time(row.get("createdTime")), datetime) else None,
            )
            for row in rows
        ]

    # --- writing

    def create(self, drafts: Sequence[Draft]) -> list[Outcome]:
        """Create records; a draft whose marker a row already carries is merged into that row instead.

        The answer's ``existed`` tells which. So the first try sends the whole draft, and a repeat after a lost
        answer sends ``Draft({}, marker)``, which changes nothing in a row that is there.

        Raises:
            ConfigError: the table was asked for without ``key``.

        """
        if self.layout().key is None:
            raise no_key(self.name)
        outcomes = Writes(self).create(drafts)
        self._remember(drafts, outcomes)
        return outcomes

    def _remember(self, drafts: Sequence[Draft], outcomes: Sequence[Outcome]) -> None:
        """Note when this object made rows: the next look for changes need not bring all of them back.

        What was made is known from the answers already. This saves one read of everything after a first sync,
        and the next complete listing sees what an edit in the very second of the creation did.
        """
        for draft, outcome in zip(drafts, outcomes, strict=True):
            if (
                isinstance(outcome, Record)
                and draft.marker
                and draft.fields
                and not outcome.existed
                and outcome.created
            ):
                self._made = (self._made or Made(outcome.created, outcome.created)).with_one(outcome.created)

    def update(self, patches: Sequence[Patch]) -> list[Outcome]:
        """Change the named cells of records and no other; null clears, ``marker`` goes into the key field."""
        if self.layout().key is None and any(patch.marker is not None for patch in patches):
            raise no_key(self.name)
        return Writes(self).update(patches)

    def delete(self, ids: Sequence[str]) -> list[ProductOpsError | None]:
        """Move records to the base's trash, from where people can restore them for some days."""
        return Writes(self).delete(ids)

    # --- the rest

    def losses(self, field: Field, value: str) -> list[str]:
        """Return what formatted text shows as it is typed."""
        return unshown(value, UNSHOWN)

    def same(self, field: Field, sent: object, shown: object) -> bool:
        """Tell whether Airtable shows ``shown`` after ``sent``: line breaks, e-mail for id, rounding of floats."""
        return encoding.same(field, sent, shown)

    def settle(self) -> Settle:
        """Return how late a lost request may still take effect; what is committed is visible at once."""
        late, lag = self.account.policy.settle
        return Settle(timedelta(seconds=late), timedelta(seconds=lag))

    def server_time(self) -> datetime:
        """Return Airtable's time, from its last answer."""
        return self.account.policy.server_time()

    def check(self) -> Check:
        """Tell whether the token, the table, its key field and its records are usable."""
        try:
            account = self.account.check()
            if account.who == "":
                return account
            layout = self.layout(refresh=True)
        except (AuthError, AccessError, ConfigError) as error:
            return Check(ok=False, details=(str(error),))
        ok, details = bool(account), [f"The table {layout.name!r} ({layout.id}) has {len(layout.names)} fields."]
        lacks: list[str] = []
        if layout.key is None:
            lacks.append('It can be read and changed; creating records needs key="Sync key".')
        level = next((each.get("permissionLevel") for each in self.account.bases() if each["id"] == layout.base), None)
        if level in ("read", "comment"):
            lacks.append("This account may only read the base; writing needs an editor.")
        try:
            self.wire.read(layout.base, layout.id, options={"maxRecords": 1}, operation="list records")
        except ProductOpsError as error:
            ok = False
            details.append(f"Its records cannot be read ({READ}): {error}")
        return Check(ok=ok, who=account.who, details=(*account.details, *details, *lacks), lacks=tuple(lacks))
