"""Rows of a listing as their service sent them, and how their cells are read.

Whoever wants models needs no :class:`~productops.sdk.record.Record` between the service's JSON and the model. A
connector that lists many records can hand out its rows as they came, with a :class:`Form` that tells how each cell
reads; what it makes records of is the same.

>>> form = Form(cells=lambda row: row["fields"], record=lambda row: Record(row["id"], row["fields"]), readings={
...     "name": Reading(str, ready=frozenset({str})), "size": Reading(int)})
>>> form.readings["size"].read("3")
3
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from pydantic import BaseModel

from productops.sdk.record import Option, Record, User, Value
from productops.sdk.transport.parsing import ABSENT, Shown, parts

if TYPE_CHECKING:
    from productops.sdk.collection import Collection

Row = Any
Key: TypeAlias = Callable[[Any], "tuple[Any, ...]"]
Read: TypeAlias = Callable[[Any], Any]


PLAINEST: frozenset[type] = frozenset({str, int, float, bool, date, datetime})


def itself(cell: Any) -> Any:
    """The key of a cell that is a text."""
    return cell


class Reading(NamedTuple):
    """How the cells of one field read. What a cell does not promise may raise anything: the record tells why.

    ``read`` gives the plain value of a cell that is not null; cells of the classes in ``ready`` are values already.
    ``key`` gives what tells a cell from others, a tuple or with :func:`itself` a text: equal keys read alike, for as
    long as the listing takes. ``items`` reads one of several, where a cell is a list. ``empty`` is what null means,
    and with ``omitted`` also a cell that is left out, of which otherwise nothing is known.
    """

    read: Callable[[Any], Value]
    ready: frozenset[type] = frozenset()
    key: Key | None = None
    items: Reading | None = None
    empty: Value = None
    omitted: bool = False


VALUE = Reading(lambda value: value, PLAINEST)  # of what a record holds


# One, true and 1.0 are equal and do not read alike: of cells with numbers nothing is kept.
_TOLD_APART = frozenset({str, bool, type(None), type(ABSENT)})
_LASTING = PLAINEST | {Option, User}
MOST_KEPT = 4096  # values of one field


def is_lasting(value: Any) -> bool:
    """Tell whether a value may be given to many models, because nothing can change it."""
    if not isinstance(value, BaseModel):
        return value is None or value is ABSENT or type(value) in _LASTING
    with suppress(TypeError):
        return bool(value.model_config.get("frozen")) and hash(value) is not None  # which a list within has none of
    return False


def keeping(read: Read, key: Key) -> Read:
    """Return what reads a cell and keeps the value by the cell's key, where the value cannot be changed."""
    kept: dict[tuple[Any, ...], Any] = {}

    def reading(cell: Any) -> Any:
        try:
            return kept[key(cell)]
        except (KeyError, TypeError, AttributeError):
            made = read(cell)
        if len(kept) < MOST_KEPT and is_lasting(made):
            with suppress(KeyError, TypeError, AttributeError):
                found = key(cell)
                if _TOLD_APART.issuperset(map(type, found)):
                    kept[found] = made
        return made

    return reading


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """Where the cells of a row are, how they read, and the record that the row is. Fields go by id."""

    cells: Callable[[Row], Mapping[str, Any] | Shown]
    record: Callable[[Row], Record]
    readings: Mapping[str, Reading] = field(default_factory=dict)

    def reading(self, id_: str) -> Reading:
        """Return how a field's cells read."""
        return self.readings.get(id_, VALUE)

    def left_out(self, id_: str) -> Any:
        """Return what stands for a cell that is not there: what an empty one means, or that nothing is known."""
        reading = self.reading(id_)
        return reading.empty if reading.omitted or not id_ else ABSENT

    def picker(self, ids: Sequence[str]) -> Callable[[Row], tuple[Any, ...]]:
        """Return what gives a row's cells in these fields, ``ABSENT`` where nothing is known of one."""
        cells, picked, wanted = self.cells, parts(ids), [(id_, self.left_out(id_)) for id_ in ids]

        def pick(row: Row) -> tuple[Any, ...]:
            found = cells(row)
            if isinstance(found, Shown):
                return picked(found)
            get = found.get
            return tuple([get(id_, left_out) for id_, left_out in wanted])

        return pick


class Page(NamedTuple):
    """Rows of one form."""

    form: Form
    rows: Iterable[Row]


RECORDS = Form(cells=lambda record: record.fields, record=lambda record: record)


def listed(
    collection: Collection, since: datetime | None = None, fields: Sequence[str] | None = None
) -> Iterator[Page]:
    """Yield what a collection's scan yields, but the trash, as rows where it hands them out.

    A class that has its own ``scan`` and no ``scan_rows`` is asked through ``scan``.
    """
    if _maker(collection, "scan") is _maker(collection, "scan_rows"):
        return collection.scan_rows(since, fields)
    records = collection.scan(since, fields)
    return iter([Page(RECORDS, (record for record in records if not record.trashed))])


def _maker(collection: Collection, name: str) -> object:
    """Return whose a method is: that class's, or the collection's own where it was set there."""
    if name in vars(collection):
        return collection
    return next((each for each in type(collection).__mro__ if name in vars(each)), None)
