"""Queries of a source: filter, order, pages with cursors, and the end after 10,000 rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from productops.testing.sandbox.notion import shown
from productops.testing.sandbox.notion.call import Call, as_list, compact
from productops.testing.sandbox.notion.filters import Filters, whole_minute
from productops.testing.sandbox.notion.pages import known, wanted
from productops.testing.sandbox.notion.refusal import invalid, misfit
from productops.testing.sandbox.notion.times import instant
from productops.testing.sandbox.notion.world import Look, Page, Property, Source

CAP = 10_000
BODY = ("filter", "sorts", "page_size", "start_cursor", "archived", "in_trash", "result_type")
INCOMPLETE = {"type": "incomplete", "incomplete_reason": "query_result_limit_reached"}
Answered = dict[str, Any]


@dataclass(slots=True)
class Kept:
    """The rows of a query in order, as long as nothing changes."""

    changes: int
    minute: Any
    rows: list[str]


@dataclass(slots=True)
class Session:
    """A listing under way: what was asked, and where it stands."""

    question: str
    offset: int
    next: str


class Queries:
    """What a workspace remembers of queries. ``cap`` is how many rows one query yields at most."""

    def __init__(self, cap: int = CAP) -> None:
        self.cap = cap
        self.kept: dict[str, Kept] = {}
        self.sessions: dict[str, Session] = {}

    def answer(self, call: Call, source_id: str) -> Answered:
        """POST /data_sources/{id}/query."""
        call.need(read=True)
        source = call.source(source_id)
        body = call.body()
        known(body, BODY)
        if body.get("result_type", "page") not in ("page", "data_source"):
            raise misfit("body.result_type", '`"page"` or `"data_source"`', body["result_type"])
        size = call.size(body.get("page_size"))
        only = wanted(call)
        question = compact([source.id, body.get("filter"), body.get("sorts"), _trash(call, body)])
        rows = self._rows(call, source, body, question)
        start, session = self._start(call, question, rows, body.get("sorts") or [])
        part = rows[start : min(start + size, self.cap)]
        answer = as_list("page_or_data_source", [_page(call, row, only) for row in part], None)
        if start + size < min(len(rows), self.cap):
            answer |= {"has_more": True, "next_cursor": self._cursor(call, session, question, rows, start, size)}
        elif len(rows) > self.cap:
            answer["request_status"] = dict(INCOMPLETE)
        return answer

    def _rows(self, call: Call, source: Source, body: dict[str, Any], question: str) -> list[str]:
        """Return the ids of the rows in order; kept until something changes, or time may change it."""
        if body.get("result_type") == "data_source":
            return []
        calm = not (call.mood.lag or call.mood.stale)
        kept = self.kept.get(question)
        now = whole_minute(call.now)
        if calm and kept and kept.changes == call.world.changes and kept.minute == now:
            return kept.rows
        rows = _ordered(call, source, body)
        if calm:
            if len(self.kept) > 50:
                self.kept.clear()
            self.kept[question] = Kept(call.world.changes, now, rows)
        return rows

    def _start(self, call: Call, question: str, rows: Sequence[str], sorts: Sequence[Any]) -> tuple[int, str]:
        cursor = call.cursor()
        if cursor is None:
            return 0, ""
        name = cursor.split(":")[1] if cursor.count(":") == 2 else ""
        session = self.sessions.get(cursor)
        if session is None or session.question != question:
            raise invalid(f"The start_cursor provided is invalid: {cursor}")
        # Rows that are ordered by what never changes are found again; among others the place counts, and whoever
        # moved in the meantime is met twice or not at all.
        stands = all(isinstance(one, dict) and one.get("timestamp") == "created_time" for one in sorts)
        if stands and session.offset < len(rows) and rows[session.offset] != session.next and session.next in rows:
            return rows.index(session.next), name
        return session.offset, name

    def _cursor(self, call: Call, session: str, question: str, rows: Sequence[str], start: int, size: int) -> str:
        at = start if call.mood.repeat else start + size
        cursor = f"s:{session or call.world.ids.new()}:{rows[at]}"
        self.sessions[cursor] = Session(question, at, rows[at])
        return cursor


def _trash(call: Call, body: dict[str, Any]) -> bool:
    for word in ("in_trash", "archived"):
        if word in body:
            if word == "archived" and not call.old:
                raise misfit("body.archived", "not present", body[word])
            if not isinstance(body[word], bool):
                raise misfit(f"body.{word}", "a boolean", body[word])
            return bool(body[word])
    return False


def _page(call: Call, row: str, only: frozenset[str] | None) -> Answered:
    page = call.world.row(row)
    if call.mood.stale and (look := page.look(call.now - timedelta(seconds=call.mood.stale))):
        return shown.page(call, page, look.values, only, look)
    return shown.page(call, page, only=only)


def _ordered(call: Call, source: Source, body: dict[str, Any]) -> list[str]:
    given = body.get("filter")
    passes = None if given is None else Filters(source, call.reader(), call.now).passes(given)
    keys = _sorts(call, source, body.get("sorts"))
    trash = _trash(call, body)
    holder = call.world.in_trash(call.world.nodes[source.database])
    back = timedelta(seconds=max(call.mood.lag, call.mood.stale))
    found: list[tuple[Page, Any]] = []
    for row in reversed(source.rows):  # the newest first, which is how Notion answers when no order is asked for
        page = call.world.row(row)
        look: Page | Look | None = page.look(call.now - back) if back else page
        if look is None or (look.trashed or holder) != trash or page.shared is False:
            continue
        if passes is None or passes(page, look.values):
            found.append((page, look.values))
    for key, down in reversed(keys):
        full = [one for one in found if key(*one) is not None]
        full.sort(key=lambda one: key(*one), reverse=down)
        found = full + [one for one in found if key(*one) is None]
    return [page.id for page, _ in found]


def _sorts(call: Call, source: Source, given: Any) -> list[tuple[Callable[[Page, Any], Any], bool]]:
    if given is None:
        return []
    if not isinstance(given, list):
        raise misfit("body.sorts", "an array", given)
    return [_sort(call, source, one, f"body.sorts[{number}]") for number, one in enumerate(given)]


def _sort(call: Call, source: Source, given: Any, place: str) -> tuple[Callable[[Page, Any], Any], bool]:
    if not isinstance(given, dict):
        raise misfit(place, "an object", given)
    direction = given.get("direction", "ascending")
    if direction not in ("ascending", "descending"):
        raise misfit(f"{place}.direction", '`"ascending"` or `"descending"`', direction)
    down = direction == "descending"
    if "timestamp" in given:
        if given["timestamp"] not in ("created_time", "last_edited_time"):
            raise misfit(f"{place}.timestamp", '`"created_time"` or `"last_edited_time"`', given["timestamp"])
        attribute = "created" if given["timestamp"] == "created_time" else "edited"
        return lambda page, _: whole_minute(getattr(page, attribute)), down
    found = source.named(str(given.get("property")))
    if found is None:
        raise invalid(f"Could not find sort property with name or id: {given.get('property')}")
    reader = call.reader()
    return lambda page, values: _key(found, reader.bare(page, found, values), values), down


def _key(found: Property, value: Any, values: Any) -> Any:
    """Return what a value is ordered by; None goes last. Options go by their place in the column."""
    if value in (None, "", []):
        return None
    if found.type in ("select", "status"):
        places = [one.id for one in found.options]
        return (0, places.index(values[found.id]) if values.get(found.id) in places else -1, "")
    if isinstance(value, dict):
        return (0, instant(value["start"]).timestamp(), "") if value.get("start") else None
    if isinstance(value, bool | int | float):
        return (0, float(value), "")
    return (1, 0.0, (", ".join(map(str, value)) if isinstance(value, list) else str(value)).casefold())
