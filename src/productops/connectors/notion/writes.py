"""Creating, changing and trashing pages, one by one, since Notion has no batches.

A page whose text takes more than one request is made under a marker that says so, and gets its own when the last
block is there. Until then no listing shows it, so nobody takes half a text for the whole; the next attempt finds it
and goes on where this one stopped.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from productops.connectors.notion.blocks_patch import rewrite
from productops.connectors.notion.blocks_write import sent, to_blocks
from productops.connectors.notion.body import Text, append, first_part, read_text
from productops.connectors.notion.encoding import EMPTY, encode
from productops.connectors.notion.layout import BODY
from productops.connectors.notion.query import Walk
from productops.connectors.notion.runs import plain
from productops.connectors.notion.wire import SYSTEM, Json, Wire
from productops.errors import (
    AccessError,
    GoneError,
    ProductOpsError,
    RejectedError,
    RetryableError,
    UnknownOutcomeError,
)
from productops.sdk.collection import Outcome
from productops.sdk.record import Draft, Patch, Record, RichText, Value
from productops.sdk.transport import retold
from productops.sdk.values import RefusalError

if TYPE_CHECKING:
    from productops.connectors.notion.layout import Layout
    from productops.connectors.notion.source import NotionSource

log: logging.Logger = logging.getLogger(__name__)
UNFINISHED = " (being written)"
NEEDS_NOW = ("title", "rich_text", "date", "status")  # types that are written over what is there, and not instead of it
CREATE, UPDATE = "create a page", "change a page"


class Writes:
    """The write of one page."""

    def __init__(self, source: NotionSource) -> None:
        self.source: NotionSource = source
        self.wire: Wire = source.wire
        self.layout: Layout = source.layout()

    # --- creating

    def create(self, draft: Draft) -> Outcome:
        """Create a page; see ``NotionSource.create``."""
        try:
            values = {name: value for name, value in draft.fields.items() if value not in EMPTY}
            blocks = to_blocks(markdown(values.pop(BODY, None)))
            properties = self.properties(values, {}, creating=True)
            spent = len(json.dumps(properties, ensure_ascii=False).encode("utf-8", "surrogatepass"))
            fit = first_part(blocks, spent)
            if fit == len(blocks):
                return self._made(self._post(properties, blocks, draft.marker or ""), draft, blocks)
            return self._in_parts(properties, blocks, fit, draft)
        except ProductOpsError as error:
            error.operation = error.operation or CREATE
            return error

    def _post(self, properties: Json, blocks: list[Json], marker: str) -> Json:
        body: Json = {
            "parent": {"type": "data_source_id", "data_source_id": self.layout.id},
            "properties": {**properties, **(self._claim(marker) if marker else {})},
        }
        if blocks:
            body["children"] = sent(blocks)
        page: Json = self.wire.call("POST", "pages", operation=CREATE, body=body)
        if not isinstance(page, dict) or not page.get("id"):
            raise UnknownOutcomeError("Notion's answer does not tell which page was made.", system=SYSTEM)
        return page

    def _claim(self, marker: str) -> Json:
        if self.layout.key is None:
            return {}
        return {self.layout.key: {"rich_text": plain(marker)}}

    def _made(self, page: Json, draft: Draft, blocks: list[Json]) -> Record:
        """Return the new page as a record. It exists, so nothing may fail any more."""
        try:
            return self.source.pages(self.source.echoed(list(draft.fields))).record(page, text=Text(blocks))
        except ProductOpsError as error:
            log.warning("the new page %s could not be read back: %s", page["id"], error)
            return Record(page["id"], url=page.get("url"), marker=draft.marker)

    def _in_parts(self, properties: Json, blocks: list[Json], fit: int, draft: Draft) -> Outcome:
        """Create a page whose text takes several requests, or finish one that an earlier attempt left behind."""
        marker = (draft.marker or "") + UNFINISHED
        begun = self._unfinished(marker) if draft.marker else None
        page = begun or self._post(properties, blocks[:fit], marker)
        id_ = page["id"]
        try:
            if begun:
                self._rewrite(id_, read_text(self.wire, id_), markdown(draft.fields[BODY]))
            else:
                self._append(id_, blocks[fit:], markdown(draft.fields[BODY]))
            done = {**properties, **self._claim(draft.marker or "")}
            page = self._patch(id_, done)
        except RetryableError as error:
            raise UnknownOutcomeError(
                "The page was made, but not all of its text has arrived; it stays hidden from syncs until it has.",
                system=SYSTEM,
                operation=CREATE,
                record=id_,
                status=error.status,
                request_id=error.request_id,
                service_message=error.service_message or error.message,
                remedy="The next attempt goes on where this one stopped.",
            ) from error
        except ProductOpsError:
            self.trash(id_, trashed=True)  # what can never be finished is not left lying about
            raise
        return self._made(page, draft, blocks)

    def _append(self, id_: str, rest: list[Json], wanted: str) -> None:
        try:
            append(self.wire, id_, id_, rest)
        except UnknownOutcomeError:
            self._complete(id_, wanted)

    def _rewrite(self, id_: str, text: Text, wanted: str) -> Text:
        """Make a page's text say what is wanted."""
        try:
            return rewrite(self.wire, id_, text, wanted)
        except UnknownOutcomeError:
            return self._complete(id_, wanted)

    def _complete(self, id_: str, wanted: str) -> Text:
        """Go on after a lost answer: once nothing can arrive late any more, see what is there and add what is not.

        Left as it is, a text of which half arrived would look like somebody's edit.
        """
        late, _ = self.wire.policy.settle
        self.wire.policy.clock.sleep(late)
        try:
            return rewrite(self.wire, id_, read_text(self.wire, id_), wanted)
        except RetryableError as error:
            raise retold(
                UnknownOutcomeError,
                error,
                "Not all of the page's text has arrived.",
                "Look at the page; the next attempt writes what is missing.",
            ) from None

    def _unfinished(self, marker: str) -> Json | None:
        wanted = self.source.marked(str(self.layout.key), marker)
        found = [row for rows in Walk(self.wire, self.layout, wanted, [], "find pages").pages() for row in rows]
        return found[0] if found else None

    # --- changing

    def update(self, patch: Patch) -> Outcome:
        """Change a page; see ``NotionSource.update``."""
        try:
            return self._update(patch)
        except ProductOpsError as error:
            error.operation, error.record = error.operation or UPDATE, error.record or patch.id
            return error

    def _update(self, patch: Patch) -> Record:
        values = dict(patch.fields)
        reader = self.source.pages(self.source.echoed(list(values)))
        page, text = self.source.fresh.take(patch.id)
        body = values.pop(BODY, None)
        known = (page or {}).get("properties") or {}
        if not self._over(values) <= set(known) or not (page or values or patch.marker is not None):
            # What stays in a property must be known before it is written.
            asked = self.source.pages(list(values))
            page = self.source.page(patch.id, asked)
            if page is None:
                raise GoneError("The page is gone, or no longer shared.", system=SYSTEM, record=patch.id)
            known = asked.shown(page)
        properties = self.properties(values, known)
        if patch.marker is not None:
            properties |= self._claim(patch.marker)
        if properties:
            page = self._patch(patch.id, properties)
        if BODY in patch.fields:
            text = self._rewrite(patch.id, text or read_text(self.wire, patch.id), markdown(body))
        return self._echo(reader, page or {}, patch, text)

    def _over(self, values: Mapping[str, Value]) -> set[str]:
        """Return the properties of which what they show now has a part in what is written."""
        columns = (self.layout.columns[name] for name in values if name in self.layout.columns)
        return {column.property for column in columns if column.type in NEEDS_NOW}

    def _echo(self, reader: Any, page: Json, patch: Patch, text: Text | None) -> Record:
        if text is None:  # it was not read, and is not asked for now
            reader.fields = [name for name in reader.fields if name != BODY]
        try:
            record: Record = reader.record(page, text=text)
        except ProductOpsError as error:
            log.warning("the changed page %s could not be read back: %s", patch.id, error)
            return Record(patch.id, marker=patch.marker)
        return record

    def _patch(self, id_: str, properties: Json) -> Json:
        body = {"properties": properties}
        page: Json = self.wire.call("PATCH", f"pages/{id_}", operation=UPDATE, body=body, record=id_, repeatable=True)
        return page

    # --- the rest

    def trash(self, id_: str, *, trashed: bool) -> ProductOpsError | None:
        """Move a page into the trash or out of it."""
        doing = "trash a page" if trashed else "restore a page"
        try:
            body = {"in_trash": trashed}
            self.wire.call("PATCH", f"pages/{id_}", operation=doing, body=body, record=id_, repeatable=True)
        except GoneError as error:
            # Notion refuses to change what is in the trash already.
            return None if trashed and error.status == 400 else error
        except ProductOpsError as error:
            return error
        return None

    def properties(self, values: Mapping[str, Value], now: Mapping[str, Json], *, creating: bool = False) -> Json:
        """Return property values to send, by property id.

        Raises:
            RejectedError: a field is unknown or computed, or a value has no form there. ``fields`` names all of them.

        """
        found: Json = {}
        refused: dict[str, str] = {}
        for name in sorted(values, key=lambda each: self._later(each, values[each])):
            column = self.layout.columns.get(name)
            if column is None:
                refused[name] = "the data source has no such property"
                continue
            kind, id_ = column.type, column.property
            shown = found[id_][kind] if id_ in found else (now.get(id_) or {}).get(kind)
            try:
                found[id_] = encode(column, values[name], shown, self._person)
            except RefusalError as error:
                refused[column.field.name] = str(error)
        if refused:
            reasons = "; ".join(f"{name!r}: {reason}" for name, reason in refused.items())
            raise RejectedError(
                f"{self.layout.name} cannot take these values. {reasons}",
                system=SYSTEM,
                operation=CREATE if creating else UPDATE,
                fields=refused,
            )
        return found

    def _later(self, name: str, value: Value) -> int:
        """Return the place of a field: the end of a range is set after its beginning, and cleared before it."""
        column = self.layout.columns.get(name)
        if column is None or not column.end:
            return 1
        return 0 if value in EMPTY else 2

    def _person(self, email: str) -> str | None:
        """Return the id of the person with this e-mail; ``None`` where it cannot be known."""
        try:
            people = list(self.source.account.people())
        except (AccessError, GoneError):
            return None
        wanted = email.strip().casefold()
        return next((one.id for one in people if (one.email or "").casefold() == wanted), None)


def markdown(value: Value) -> str:
    """Return a text to write."""
    return value.markdown if isinstance(value, RichText) else str(value or "")
