"""Reading many records through a mapping: what can be decided once is decided when the view is bound.

A record is read the quick way, all its fields in one pass and one validation. When anything about it is out of the
ordinary (a value that a codec holds, a field that the model refuses, formatted text), it is read again field by field
by :meth:`~productops.sdk.spot.Spot.read`, which knows what to say about each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from functools import cached_property
from typing import Any, NamedTuple

from productops.errors import RetryableError
from productops.sdk.codec import HeldValueError, reader_of
from productops.sdk.fieldtype import FieldType, together
from productops.sdk.record import Record, RichText, Unreadable, fingerprint
from productops.sdk.seen import Cell
from productops.sdk.spot import Spot

AS_IT_IS: frozenset[type] = frozenset({str, int, float, bool, date, datetime})
UNUSUAL = frozenset({RichText, Unreadable})  # of which there is more to tell than a value
_NOT_FETCHED = object()


class Lane(NamedTuple):
    """One mapped field: where its values come from and how they become the model's."""

    name: str
    id: str
    ready: frozenset[type]  # classes of values that are the model's already
    value: Callable[[Any], Any]
    type: FieldType
    spot: Spot


def _lane(spot: Spot) -> Lane:
    read = reader_of(spot.codec, spot)
    ready: frozenset[type] = frozenset()
    if not spot.codec.sees_empty:
        ready = AS_IT_IS if read is None and spot.type.settled and not spot.type.many else ready
        ready |= {type(None)} if spot.type.takes_none else ready
    read = read or (lambda value: spot.codec.decode(value, spot))
    return Lane(spot.name, spot.field.id, ready, _valued(spot, read), spot.type, spot)


def _valued(spot: Spot, read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return what makes a model's value of a plain one, as ``Spot`` does for one field of one record."""
    sees_empty, many, needed = spot.codec.sees_empty, spot.type.many, spot.needed

    def value(raw: Any) -> Any:
        empty = raw is None or (isinstance(raw, (str, list)) and not raw)
        made = None if empty and not sees_empty else read(raw)
        if made is None or (isinstance(made, (str, list)) and not made):
            if needed:
                raise HeldValueError(f"{spot.name} is required and empty here")
            return None
        if type(made) is list:
            return spot.shaped(made) if many is False else made
        return [made] if many and not isinstance(made, list | tuple) else made

    return value


class Quick:
    """The quick way for all records that are seen through one binding."""

    def __init__(self, spots: Iterable[Spot]) -> None:
        self._lanes: list[Lane] = [_lane(spot) for spot in spots if spot.paused is None]

    @cached_property
    def _together(self) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
        return together([each.type for each in self._lanes if each.type.joins])  # a sync's business, not every view's

    def values(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values to make a model of, by model field; what was not fetched has none.

        Raises:
            Exception: one of them needs to be looked at by itself.

        """
        values: dict[str, Any] = {}
        get = fields.get
        for name, id_, ready, value, type_, _ in self._lanes:
            raw = get(id_, _NOT_FETCHED)
            if raw.__class__ in ready and (raw or raw.__class__ is not str):
                values[name] = raw
            elif raw is not _NOT_FETCHED or not id_:
                if raw.__class__ is Unreadable:
                    raise HeldValueError(f"{name} cannot be read")
                made = value(None if raw is _NOT_FETCHED else raw)
                if made is not None:
                    values[name] = made if type_.settled else type_.load(made)
                elif type_.takes_none:
                    values[name] = None
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
        for name, id_, ready, value, type_, spot in self._lanes:
            raw = get(id_, _NOT_FETCHED)
            if raw is _NOT_FETCHED and id_:
                continue
            try:
                if raw.__class__ in UNUSUAL:
                    cells[name] = spot.read(record)
                    continue
                raw = None if raw is _NOT_FETCHED else raw
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
            cells |= {name: spot.read(record) for name, *_, spot in self._lanes if name in values}
        return {name: Cell(marks[name], loaded[name]) if cell is None else cell for name, cell in cells.items()}
