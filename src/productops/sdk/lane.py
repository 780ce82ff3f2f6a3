"""The way of one field from a cell, as a service sent it, to the value that its model takes.

It is laid when a view meets a form of rows: what the connector reads of a cell and what the codec makes of that become
one function, and what cells that look the same gave is kept, since the same few options, people and days come up in
thousands of rows. Anything unusual is raised, for the record is then looked at field by field.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from productops.sdk.codec import HeldValueError, is_pure, reader_of
from productops.sdk.record import Option, Unreadable
from productops.sdk.rows import MOST_KEPT, PLAINEST, Key, Read, Reading, is_lasting, itself, keeping
from productops.sdk.spot import Spot
from productops.sdk.transport.parsing import ABSENT


def plain_classes(spot: Spot) -> frozenset[type]:
    """Return the classes of plain values that are the model's already; of texts only those that say something."""
    if spot.codec.sees_empty:
        return frozenset()
    as_it_is = reader_of(spot.codec, spot) is None and spot.type.settled and not spot.type.many
    return (PLAINEST if as_it_is else frozenset()) | ({type(None)} if spot.type.takes_none else set())


def valued(spot: Spot) -> Read:
    """Return what makes a model's value of a plain one, as ``Spot`` does for one field of one record."""
    sees_empty, many, needed = spot.codec.sees_empty, spot.type.many, spot.needed
    read = reader_of(spot.codec, spot) or (lambda value: spot.codec.decode(value, spot))

    def value(plain: Any) -> Any:
        empty = plain is None or (isinstance(plain, (str, list)) and not plain)
        made = None if empty and not sees_empty else read(plain)
        if made is None or (isinstance(made, (str, list)) and not made):
            if needed:
                raise HeldValueError(f"{spot.name} is required and empty here")
            return None
        if type(made) is list:
            return spot.shaped(made) if many is False else made
        return [made] if many and not isinstance(made, list | tuple) else made

    return value


class Lane(NamedTuple):
    """One mapped field of a row. A value of ``ABSENT`` leaves the field to the model's default."""

    name: str
    id: str
    ready: frozenset[type]  # classes of cells that are the model's values already; of texts those that say something
    read: Read  # gives the model's value of any other cell


def lane(spot: Spot, reading: Reading) -> Lane:
    """Return the way of a field's cells into the model."""
    plain = plain_classes(spot)
    ready = plain & (reading.ready if reading.empty is not None else reading.ready | {type(None)})
    return Lane(spot.name, spot.field.id, ready, _reader(spot, reading))


def _reader(spot: Spot, reading: Reading) -> Read:
    """Return what reads a cell, and keeps what it gave where the codec would say the same again."""
    whole = _step_by_step(spot, reading)
    if reader_of(spot.codec, spot) is None and spot.type.settled and not spot.codec.sees_empty:
        if spot.type.many and reading.items is not None:
            return _several(spot, reading.items, whole)
        if not spot.type.many and reading.key is None:
            return _plain(reading, whole)
    if reading.key is None or not is_pure(spot.codec):
        return whole
    return _keeping(_step_by_step(spot, reading, share=spot.type.shared), reading.key)


def _step_by_step(spot: Spot, reading: Reading, *, share: bool = False) -> Read:
    """Return what reads a cell from the beginning: the connector's part, the codec's, the model's."""
    already, read, empty, value, type_ = reading.ready, reading.read, reading.empty, valued(spot), spot.type
    nothing = None if type_.takes_none else ABSENT
    left_out = None if reading.omitted or not spot.field.id else ABSENT

    def whole(cell: Any) -> Any:
        if cell is ABSENT:
            if left_out is ABSENT:
                return ABSENT
            cell = left_out
        plain = empty if cell is None else cell if type(cell) in already else read(cell)
        if type(plain) is Unreadable:
            raise HeldValueError(f"{spot.name} cannot be read")
        made = value(plain)
        if made is None:
            return nothing
        if share:
            return type_.validate_python(made)
        return made if type_.settled else type_.load(made)

    return whole


def _plain(reading: Reading, whole: Read) -> Read:
    """Return what reads a cell whose plain value is mostly the model's."""
    already, read = reading.ready, reading.read

    def plain(cell: Any) -> Any:
        if cell is None or cell is ABSENT or type(cell) in already:
            return whole(cell)
        found = read(cell)
        kind = type(found)
        return found if kind in PLAINEST and (found or kind is not str) else whole(cell)

    return plain


def _several(spot: Spot, items: Reading, whole: Read) -> Read:
    """Return what reads a list of texts, of numbers, or of options by their names."""

    def named(cell: Any) -> Any:
        plain = cell if type(cell) in items.ready else items.read(cell)
        if plain is None or type(plain) is Unreadable:
            raise HeldValueError(f"{spot.name} holds what cannot be read")
        return plain.name or plain.id if type(plain) is Option else plain

    item = named if items.key is None else _keeping(named, items.key)
    nothing = None if spot.type.takes_none else ABSENT

    def read(cells: Any) -> Any:
        if type(cells) is list and cells:
            return [item(cell) for cell in cells]
        # Nothing else that is false is an empty list: no other type's cell is.
        return nothing if type(cells) is list and not spot.needed else whole(cells)

    return read


def _keeping(read: Read, key: Key) -> Read:
    return _Kept(read).__getitem__ if key is itself else keeping(read, key)


class _Kept(dict[Any, Any]):
    """Values by the text that they were read of."""

    def __init__(self, read: Read) -> None:
        super().__init__()
        self.read = read

    def __missing__(self, cell: Any) -> Any:
        made = self.read(cell)
        if (cell is None or cell is ABSENT or type(cell) is str) and len(self) < MOST_KEPT and is_lasting(made):
            self[cell] = made
        return made
