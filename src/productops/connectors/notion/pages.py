"""Pages into records: the fields asked for, long lists completed, the text read where it is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from productops.connectors.notion import values
from productops.connectors.notion.body import Text, read_text
from productops.connectors.notion.inline import formatted
from productops.connectors.notion.layout import BODY, Column, Layout
from productops.connectors.notion.wire import Json, Wire
from productops.sdk.record import Record, Unreadable
from productops.sdk.transport import Clock

SHOWN = 25  # entries of a list that a page shows at most
LISTS = ("title", "rich_text", "relation", "people", "rollup")
STAYS_FRESH = 60.0  # seconds
MOST_KEPT = 50


@dataclass(slots=True)
class Fresh:
    """Pages that were read a moment ago, for the write that follows: what stays in them must be known then."""

    clock: Clock
    kept: dict[str, tuple[float, Json, Text | None]] = field(default_factory=dict)

    def put(self, page: Json, text: Text | None) -> None:
        """Keep a page."""
        self.kept.pop(page["id"], None)
        while len(self.kept) >= MOST_KEPT:
            self.kept.pop(next(iter(self.kept)))
        self.kept[page["id"]] = self.clock.monotonic(), page, text

    def take(self, id_: str) -> tuple[Json | None, Text | None]:
        """Return a page and its text as far as they are known and recent; after a write nothing is."""
        at, page, text = self.kept.pop(id_, (float("-inf"), {}, None))
        return (page, text) if self.clock.monotonic() - at <= STAYS_FRESH else (None, None)


class Pages:
    """Reads some fields of pages; ``fields`` None means all."""

    def __init__(self, wire: Wire, layout: Layout, fields: Sequence[str] | None) -> None:
        self.wire: Wire = wire
        self.layout: Layout = layout
        everything = [*layout.columns, BODY]
        self.fields: list[str] = [id_ for id_ in (everything if fields is None else fields) if id_ in everything]
        self.columns: list[Column] = [layout.columns[id_] for id_ in self.fields if id_ != BODY]
        # Which properties to ask for; None is all of them.
        self.properties: list[str] | None = (
            None if fields is None else list(dict.fromkeys(each.property for each in self.columns))
        )

    def record(self, page: Json, *, keep: Fresh | None = None, text: Text | None = None) -> Record:
        """Return a page as a record. ``text`` is its text where it is known; without it it is read."""
        trashed = bool(page.get("in_trash") or page.get("archived"))
        ours = (page.get("parent") or {}).get("data_source_id", self.layout.id) == self.layout.id
        if not ours:  # it was moved to another database; its fields are not ours
            return Record(id=page["id"], url=page.get("url"), trashed=trashed)
        shown: Json = self.shown(page)
        found = {
            each.field.id: self._value(each, shown[each.property]) for each in self.columns if each.property in shown
        }
        if BODY in self.fields and not trashed:
            text = text or read_text(self.wire, page["id"])
            found[BODY] = text.value
        if keep is not None and not trashed:
            keep.put({**page, "properties": shown}, text)
        edited = values.time_of(page.get("last_edited_time"))
        return Record(
            id=page["id"],
            fields=found,
            url=page.get("url"),
            marker=self.marker(page) or None,
            version=edited.isoformat() if edited else None,
            created=values.time_of(page.get("created_time")),
            updated=edited,
            trashed=trashed,
        )

    def marker(self, page: Json) -> str:
        """Return the marker that a page carries, or nothing."""
        if self.layout.key is None:
            return ""
        every = page["properties"].values()
        shown: Json = next((one for one in every if one["id"] == self.layout.key), {})
        return values.text(shown.get("rich_text")) or ""

    def shown(self, page: Json) -> dict[str, Json]:
        """Return the properties of a page by id, lists that Notion cut off completed where they are asked for."""
        found = {str(each["id"]): each for each in page["properties"].values()}
        for column in self.columns:
            if (each := found.get(column.property)) is not None and cut(each):
                found[column.property] = self._completed(page["id"], each)
        return found

    def _completed(self, page: str, each: Json) -> Json:
        kind = each["type"]
        path = f"pages/{page}/properties/{each['id']}"
        items = [
            item
            for answer in self.wire.pages("GET", path, operation="read a property", record=page)
            for item in answer["results"]
        ]
        if kind == "rollup":
            return {**each, "rollup": {**each["rollup"], "array": items}}
        return {**each, kind: [item[item["type"]] for item in items], "has_more": False}

    def _value(self, column: Column, shown: Json) -> Any:
        if column.end:
            if shown["type"] != "date":
                return Unreadable("the property is no date any more")
            return values.end(shown["date"])
        if column.field.kind == "markdown" and shown["type"] == column.type:
            return formatted(shown[column.type])
        return values.decode(shown, column.type)


def cut(each: Json) -> bool:
    """Tell whether a property may show less than it holds."""
    if each.get("has_more"):
        return True
    kind = each.get("type")
    if kind not in LISTS:
        return False
    shown = each.get(kind)
    if kind == "rollup":
        shown = (shown or {}).get("array")
    # Relations say so themselves.
    return kind != "relation" and isinstance(shown, list) and len(shown) >= SHOWN
