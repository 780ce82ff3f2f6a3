"""Reading many records through a mapping: what can be decided once is decided when the view is bound.

A record is read the quick way, all its fields in one pass and one validation. When anything about it is out of the
ordinary (a value that a codec holds, a field that the model refuses, formatted text), it is read again field by field
by :meth:`~productops.sdk.spot.Spot.read`, which knows what to say about each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from productops.errors import RetryableError
from productops.sdk.fieldtype import FieldType, together
from productops.sdk.lane import lane, plain_classes, valued
from productops.sdk.record import Record, RichText, Unreadable, fingerprint
from productops.sdk.rows import Form, Row
from productops.sdk.seen import Cell
from productops.sdk.spot import Spot
from productops.sdk.transport.parsing import ABSENT, Shown, parts

UNUSUAL = frozenset({RichText, Unreadable})  # of which there is more to tell than a value


class Known(NamedTuple):
    """One mapped field of a record, whose values a sync compares and keeps."""

    name: str
    id: str
    ready: frozenset[type]  # classes of values that are the model's already
    value: Callable[[Any], Any]
    type: FieldType
    spot: Spot


class Quick:
    """The quick way for all records that are seen through one binding."""

    def __init__(self, spots: Iterable[Spot]) -> None:
        self._spots: list[Spot] = [spot for spot in spots if spot.paused is None]

    @cached_property
    def _known(self) -> list[Known]:
        return [
            Known(spot.name, spot.field.id, plain_classes(spot), valued(spot), spot.type, spot) for spot in self._spots
        ]

    @cached_property
    def _together(self) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
        return together([each.type for each in self._known if each.type.joins])

    def reader(self, form: Form) -> Callable[[Row], dict[str, Any]]:
        """Return what gives the values to make a model of, by model field; what was not fetched has none.

        It raises whatever comes up where a cell needs to be looked at by itself.
        """
        lanes = [lane(spot, form.reading(spot.field.id)) for spot in self._spots]
        lanes.sort(key=lambda each: not each.id)  # those without a field last, where nothing is ever shown
        picked, rest = parts([each.id for each in lanes if each.id]), (None,) * sum(not each.id for each in lanes)
        ways = [(each.name, each.id, form.left_out(each.id), each.ready, each.read) for each in lanes]

        def values(row: Row) -> dict[str, Any]:
            found: dict[str, Any] = {}
            shown = form.cells(row)
            # Twice the same, for a detour here is paid for every cell.
            if isinstance(shown, Shown):
                for (name, _, _, ready, read), cell in zip(ways, picked(shown) + rest, strict=True):
                    kind = type(cell)
                    if kind in ready and (cell or kind is not str):
                        found[name] = cell
                    elif (value := read(cell)) is not ABSENT:
                        found[name] = value
                return found
            get = shown.get
            for name, id_, left_out, ready, read in ways:
                cell = get(id_, left_out)
                kind = type(cell)
                if kind in ready and (cell or kind is not str):
                    found[name] = cell
                elif (value := read(cell)) is not ABSENT:
                    found[name] = value
            return found

        return values

    def cells(self, record: Record) -> dict[str, Cell]:
        """Return the cells of a record, those that were fetched.

        Raises:
            RetryableError: a codec asked somebody who is away.

        """
        cells: dict[str, Cell | None] = {}
        marks: dict[str, str] = {}
        values: dict[str, Any] = {}
        get = record.fields.get
        for name, id_, ready, value, type_, spot in self._known:
            raw = get(id_, ABSENT)
            if raw is ABSENT and id_:
                continue
            try:
                if raw.__class__ in UNUSUAL:
                    cells[name] = spot.read(record)
                    continue
                raw = None if raw is ABSENT else raw
                made = raw if raw.__class__ in ready and (raw or raw.__class__ is not str) else value(raw)
                mark = fingerprint(raw)
                if made is not None and type_.joins:
                    values[name], marks[name], cells[name] = made, mark, None
                else:
                    cells[name] = Cell(mark, None if made is None else type_.load(made))
            except RetryableError:
                raise
            except Exception:  # noqa: BLE001  whatever it is, reading the field by itself says it better
                cells[name] = spot.read(record)
        try:
            loaded = self._together(values) if values else values
        except Exception:  # noqa: BLE001  one of them is not valid: which, and why?
            cells |= {name: spot.read(record) for name, *_, spot in self._known if name in values}
        return {name: Cell(marks[name], loaded[name]) if cell is None else cell for name, cell in cells.items()}
