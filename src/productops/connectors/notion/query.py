"""Walking a data source to its end, past the 10,000 rows after which Notion stops a query.

Rows are listed by the time they were created, which never changes, so that edits move no row while the listing is
read. When Notion says that it stopped early, the listing goes on from the last row's minute. Should one minute alone
hold more rows than a query shows, they are told apart by the data source's own running number.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from productops.connectors.notion.layout import Layout
from productops.connectors.notion.values import time_of
from productops.connectors.notion.wire import SYSTEM, Json, Wire
from productops.errors import IncompleteListingError

MINUTE = timedelta(minutes=1)
CAP = 10_000  # rows that a query shows
BY_CREATION = [{"timestamp": "created_time", "direction": "ascending"}]
MOST_NAMED = 50  # properties an address asks for by id; with more it asks for all


def stamp(moment: datetime) -> str:
    """Return a time as filters take it, rounded down to the minute in which Notion keeps times."""
    return moment.astimezone(UTC).replace(second=0, microsecond=0).isoformat().replace("+00:00", "Z")


def edited_since(moment: datetime) -> Json:
    """Return the filter for pages edited at or after a time; the minute itself is included."""
    return {"timestamp": "last_edited_time", "last_edited_time": {"on_or_after": stamp(moment)}}


def created(**when: datetime) -> Json:
    """Return the filter for pages created ``on_or_after`` or ``before`` a time."""
    return {"timestamp": "created_time", "created_time": {name: stamp(moment) for name, moment in when.items()}}


def both(given: Json | None, *more: Json) -> Json | None:
    """Return a filter for which all given filters hold, nested no deeper than the two levels that Notion takes."""
    if not more:
        return given
    if not given:
        return more[0] if len(more) == 1 else {"and": list(more)}
    if "and" in given:
        return {"and": [*given["and"], *more]}
    if "or" in given and any("and" in one or "or" in one for one in given["or"]):
        return {"or": [both(one, *more) for one in given["or"]]}
    return {"and": [given, *more]}


def by_ids(given: Any, layout: Layout) -> Any:
    """Return a user's filter with properties by id, so that a rename changes nothing."""
    if isinstance(given, list):
        return [by_ids(one, layout) for one in given]
    if not isinstance(given, Mapping):
        return given
    found = {name: by_ids(part, layout) if name in ("and", "or") else part for name, part in given.items()}
    if isinstance(found.get("property"), str):
        found["property"] = layout.property(found["property"])
    return found


@dataclass(slots=True)
class Walk:
    """One listing of a data source; ``pages()`` yields raw pages in lists of up to a hundred.

    ``only`` names the properties to show, by id; ``None`` shows all.
    """

    wire: Wire
    layout: Layout
    filter: Json | None = None
    only: Sequence[str] | None = None
    operation: str = "list pages"
    last: datetime | None = None  # when the last row was created
    recent: set[str] = field(default_factory=set)  # rows of that minute

    def pages(self) -> Iterator[list[Json]]:
        """Yield every page once.

        Raises:
            IncompleteListingError: more pages than a query shows were created in one minute, and no property of the
                type "ID" tells them apart.

        """
        begin: datetime | None = None
        while True:
            more = (created(on_or_after=begin),) if begin else ()
            whole = yield from self._query(both(self.filter, *more), BY_CREATION)
            if whole:
                return
            if self.last is not None and self.last != begin:
                begin = self.last
                continue
            if begin is None:
                raise self._stuck()
            yield from self._crowded(begin)
            begin = begin + MINUTE

    def _query(self, wanted: Json | None, sorts: Sequence[Json]) -> Generator[list[Json], None, bool]:
        """Yield the rows of one query that are new; return whether it was shown whole."""
        body: Json = {"sorts": list(sorts), **({"filter": wanted} if wanted else {})}
        path, whole = f"data_sources/{self.layout.id}/query", True
        for answer in self.wire.pages("POST", path, operation=self.operation, query=self._names(), body=body):
            status = answer.get("request_status") or {}
            whole = whole and status.get("type") != "incomplete"
            yield [row for row in answer["results"] if self._fresh(row)]
        return whole

    def _fresh(self, row: Json) -> bool:
        """Note a row; tell whether it was not yielded before."""
        if row.get("object") != "page":
            return False
        moment = time_of(row.get("created_time"))
        if moment != self.last:
            self.last = moment
            self.recent.clear()
        if row["id"] in self.recent:
            return False
        self.recent.add(row["id"])
        return True

    def _names(self) -> Json:
        return shown_only(self.only, self.layout)

    def _crowded(self, minute: datetime) -> Iterator[list[Json]]:
        """Yield the rows of one minute by their running number, in stretches that a query shows whole."""
        counter = self.layout.counter
        if counter is None:
            raise self._stuck()
        window = created(on_or_after=minute), created(before=minute + MINUTE)
        low, width = -1, CAP
        while self._any(both(self.filter, *window, _numbered(counter, greater_than=low))):
            part = _numbered(counter, greater_than=low), _numbered(counter, less_than_or_equal_to=low + width)
            whole = yield from self._query(both(self.filter, *window, *part), BY_CREATION)
            if whole:
                low += width
            elif width == 1:
                raise self._stuck()
            else:
                width //= 2

    def _any(self, wanted: Json | None) -> bool:
        """Tell whether a query shows anything."""
        path = f"data_sources/{self.layout.id}/query"
        body = {"filter": wanted, "page_size": 1}
        answer = self.wire.call("POST", path, operation=self.operation, query=shown_only([], self.layout), body=body)
        return bool(answer["results"])

    def _stuck(self) -> IncompleteListingError:
        return IncompleteListingError(
            f"Notion shows only the first part of {self.layout.name!r}: more pages than it lists were created in the "
            "same minute.",
            system=SYSTEM,
            operation=self.operation,
            remedy='Add a property of the type "ID" to the database, or narrow the listing with filter=.',
        )


def _numbered(counter: str, **number: int) -> Json:
    return {"property": counter, "unique_id": number}


def shown_only(only: Sequence[str] | None, layout: Layout) -> Json:
    """Return the query arguments that ask for some properties only, decoded: they are encoded again on the way."""
    from urllib.parse import unquote

    if only is None or len(only) > MOST_NAMED:
        return {}
    # With none at all Notion would show every one.
    wanted = dict.fromkeys(
        [*only, *([layout.key] if layout.key else []), *([layout.counter] if layout.counter else [])]
    )
    return {"filter_properties": [unquote(id_) for id_ in wanted] or ["title"]}
