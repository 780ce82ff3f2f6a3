"""Walking a table to the end that the service itself declares."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from productops.connectors.airtable.cells import is_row
from productops.connectors.airtable.layout import Layout
from productops.connectors.airtable.wire import SYSTEM, Wire
from productops.errors import IncompleteListingError

RESTARTS = 2  # of a listing whose place Airtable lost
Rows = list[dict[str, Any]]


def listing(wire: Wire, layout: Layout, options: dict[str, Any], operation: str) -> Iterator[Rows]:
    """Yield pages of raw rows, each row once; begun again, twice at most, when Airtable loses its place.

    Raises:
        IncompleteListingError: the place was lost a third time, or a page led back to an earlier one.

    """
    done: set[str] = set()
    for restart in range(RESTARTS + 1):
        try:
            for rows in _pages(wire, layout, options, operation):
                ids = [row["id"] for row in rows]
                fresh = rows if done.isdisjoint(ids) else [row for row in rows if row["id"] not in done]
                done.update(ids)
                yield fresh
            return
        except IncompleteListingError as error:
            if restart == RESTARTS or error.status is None:
                raise


def _pages(wire: Wire, layout: Layout, options: dict[str, Any], operation: str) -> Iterator[Rows]:
    seen, asked = set[str](), options
    while True:
        page = wire.read(layout.base, layout.id, options=asked, operation=operation, names=lambda: layout.names)
        rows = page.get("records") if isinstance(page, dict) else None
        if not isinstance(rows, list) or not all(map(is_row, rows)):
            raise _incomplete(layout, "a page held something else than records", operation)
        yield rows
        if page.get("offset") is None:
            return
        offset = str(page["offset"])
        if offset in seen:
            raise _incomplete(layout, "a page led back to an earlier one", operation)
        seen.add(offset)
        asked = {**options, "offset": offset}


def _incomplete(layout: Layout, why: str, operation: str) -> IncompleteListingError:
    return IncompleteListingError(
        f"The listing of {layout.name!r} did not end properly: {why}.", system=SYSTEM, operation=operation
    )
