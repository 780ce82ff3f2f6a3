"""Listing records: filter, order and pages.

The first page fixes which records follow and in what order; the cells are read when their page is asked for. Without
``sort`` and ``view`` the order is arbitrary (by id), as the service warns.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from productops.testing.sandbox.airtable.evaluate import check, evaluate
from productops.testing.sandbox.airtable.formula import FormulaSyntaxError, Node, parse, references
from productops.testing.sandbox.airtable.read import Reader, RowScope
from productops.testing.sandbox.airtable.refusal import RefusedError, bad_request, unknown_field
from productops.testing.sandbox.airtable.store import Base, Field, Row, Table, World
from productops.testing.sandbox.airtable.values import CellError, Value, moment, text, truth

PAGE_LIMIT = 100
ITERATORS_KEPT = 1000
TOKEN = re.compile(r"(itr[A-Za-z0-9]+)/(rec[A-Za-z0-9]+)")


@dataclass(frozen=True, slots=True)
class Mood:
    """How a listing may be wrong: the ages (in seconds) of the index and of the cells, a token that repeats."""

    lag: float = 0.0
    stale: float = 0.0
    repeat: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """A listing as asked for."""

    page_size: int = PAGE_LIMIT
    max_records: int | None = None
    offset: str | None = None
    view: str | None = None
    sort: Sequence[dict[str, str]] = ()
    formula: str | None = None
    fields: Sequence[str] | None = None
    by_id: bool = False
    metadata: Sequence[str] = ()


@dataclass(slots=True)
class Sweep:
    """The records a listing goes through, fixed at its first page."""

    table: str
    records: list[str]
    used: datetime


def options_of_query(query: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Translate query parameters to the JSON form of the same options."""
    options: dict[str, Any] = {}
    sort: dict[str, dict[str, str]] = {}
    for name, value in query:
        if found := re.fullmatch(r"sort\[(\d+)\]\[(field|direction)\]", name):
            sort.setdefault(found[1], {})[found[2]] = value
        elif found := re.fullmatch(r"(fields|recordMetadata)(\[\d*\])?", name):
            options.setdefault(found[1], []).append(value)
        else:
            options[name] = value
    if sort:
        options["sort"] = [sort[key] for key in sorted(sort, key=int)]
    return options


def question(options: dict[str, Any]) -> Question:
    """Check the options of a listing. Raises ``RefusedError``."""
    try:
        asked = Question(
            page_size=int(options.get("pageSize") or PAGE_LIMIT),
            max_records=int(options["maxRecords"]) if options.get("maxRecords") else None,
            offset=options.get("offset") or None,
            view=options.get("view") or None,
            sort=[
                {"field": item["field"], "direction": item.get("direction", "asc")} for item in _list(options, "sort")
            ],
            formula=options.get("filterByFormula") or None,
            fields=_list(options, "fields") if options.get("fields") else None,
            by_id=str(options.get("returnFieldsByFieldId", "")).lower() in ("true", "1"),
            metadata=_list(options, "recordMetadata"),
        )
    except (ValueError, TypeError, KeyError):
        raise bad_request() from None
    if not 1 <= asked.page_size <= PAGE_LIMIT or (asked.max_records is not None and asked.max_records < 1):
        raise bad_request()
    if options.get("cellFormat", "json") != "json":
        raise bad_request("cellFormat string is not imitated by the sandbox")
    if any(item["direction"] not in ("asc", "desc") for item in asked.sort):
        raise bad_request()
    return asked


def _list(options: dict[str, Any], name: str) -> list[Any]:
    found = options.get(name) or []
    return found if isinstance(found, list) else [found]


class Listings:
    """The listings under way. ``life`` is how long an unused page token lives, in seconds."""

    def __init__(self, world: World, life: float = 300.0) -> None:
        self.world = world
        self.life = life
        self._sweeps: dict[str, Sweep] = {}

    def page(self, base: Base, table: Table, asked: Question, now: datetime, mood: Mood) -> dict[str, Any]:
        """Return one page as JSON. Raises ``RefusedError``."""
        chosen_at = now - timedelta(seconds=max(mood.lag, mood.stale)) if mood.lag or mood.stale else None
        fields = None if asked.fields is None else [find(table, name) for name in asked.fields]
        if asked.offset is None:
            key, start = self.world.ids.mint("itr"), 0
            self._remember(key, Sweep(table.id, self._choose(base, table, asked, now, chosen_at), now))
        else:
            key, start = self._position(asked.offset, table, now)
        records = self._sweeps[key].records
        end = start + asked.page_size
        reader = Reader(self.world, base, now, now - timedelta(seconds=mood.stale) if mood.stale else None)
        there = {**table.trash, **table.rows} if mood.stale or mood.lag else table.rows
        shown = [there[record] for record in records[start:end] if record in there]
        answer: dict[str, Any] = {"records": [self._record(reader, table, row, fields, asked) for row in shown]}
        if end < len(records):
            answer["offset"] = f"{key}/{records[start if mood.repeat else end]}"
        else:
            self._sweeps.pop(key)
        return answer

    def _record(self, reader: Reader, table: Table, row: Row, fields: list[Field] | None, asked: Question) -> Any:
        record = reader.record(table, row, fields, by_id=asked.by_id)
        return {**record, "commentCount": len(row.comments)} if "commentCount" in asked.metadata else record

    def _remember(self, key: str, sweep: Sweep) -> None:
        self._sweeps[key] = sweep
        while len(self._sweeps) > ITERATORS_KEPT:
            del self._sweeps[next(iter(self._sweeps))]

    def _position(self, offset: str, table: Table, now: datetime) -> tuple[str, int]:
        found = TOKEN.fullmatch(offset) if isinstance(offset, str) else None
        if found is None:
            raise RefusedError(422, "INVALID_OFFSET_VALUE", "The value of offset is invalid")
        sweep = self._sweeps.get(found[1])
        fresh = sweep is not None and now - sweep.used <= timedelta(seconds=self.life)
        if sweep is None or not fresh or sweep.table != table.id or found[2] not in sweep.records:
            raise RefusedError(422, "LIST_RECORDS_ITERATOR_NOT_AVAILABLE")
        sweep.used = now
        return found[1], sweep.records.index(found[2])

    def _choose(self, base: Base, table: Table, asked: Question, now: datetime, at: datetime | None) -> list[str]:
        reader = Reader(self.world, base, now, at)
        rows = sorted(rows_at(table, at), key=lambda row: row.id)
        sort = list(asked.sort)
        if asked.view is not None:
            view = table.view(asked.view)
            if view is None:
                raise RefusedError(422, "VIEW_NAME_NOT_FOUND", f"View {asked.view} not found")
            rows = sorted(rows, key=lambda row: row.number)
            sort = sort or view.sort
            rows = self._filter(reader, table, rows, view.formula)
        rows = self._filter(reader, table, rows, asked.formula)
        for item in reversed(sort):
            field = find(table, item["field"])
            order = [(sort_key(reader, table, row, field), row) for row in rows]
            order.sort(key=lambda pair: pair[0], reverse=item["direction"] == "desc")
            rows = [row for _, row in order]
        return [row.id for row in rows][: asked.max_records]

    def _filter(self, reader: Reader, table: Table, rows: list[Row], formula: str | None) -> list[Row]:
        if formula is None:
            return rows
        node = read_formula(table, formula)
        return [row for row in rows if holds(node, RowScope(reader, table, row))]


def rows_at(table: Table, at: datetime | None) -> list[Row]:
    """Return the rows a table had at a time (None: now)."""
    if at is None:
        return list(table.rows.values())
    gone = [row for row in table.trash.values() if row.removed and row.removed > at]
    return [row for row in [*table.rows.values(), *gone] if row.created <= at]


def find(table: Table, name: Any) -> Field:
    """Return a field by name or id. Raises ``RefusedError``."""
    field = table.field(name) if isinstance(name, str) else None
    if field is None:
        raise unknown_field(str(name))
    return field


def read_formula(table: Table, formula: str) -> Node:
    """Parse a filter and check its names. Raises ``RefusedError``."""
    trouble = "Invalid formula. Please check your formula text."
    try:
        node = parse(formula)
        check(node)
        unknown = [name for name in references(node) if table.field(name) is None]
    except (FormulaSyntaxError, RecursionError):
        unknown = []
    else:
        if not unknown:
            return node
        trouble = f"Unknown field names: {', '.join(name.lower() for name in unknown)}"
    raise RefusedError(422, "INVALID_FILTER_BY_FORMULA", f"The formula for filtering records is invalid: {trouble}")


def holds(node: Node, scope: RowScope) -> bool:
    """Return whether a filter holds for a row; a row without a value is left out silently."""
    try:
        return truth(evaluate(node, scope))
    except (CellError, OverflowError, ValueError):
        return False


def sort_key(reader: Reader, table: Table, row: Row, field: Field) -> tuple[int, float, str]:
    """Return what a row is ordered by: blanks, then numbers and times, then text; selects by their options' order."""
    try:
        value: Value = reader.value(table, row, field)
    except (CellError, OverflowError, ValueError):
        value = None
    if value is None or value == []:
        return (0, 0.0, "")
    if field.type == "singleSelect":
        return (1, float(next(place for place, option in enumerate(field.choices) if option.name == value)), "")
    if isinstance(value, date):
        return (1, moment(value).timestamp(), "")
    if isinstance(value, bool | int | float):
        return (1, float(value), "")
    return (2, 0.0, text(value).lower())
