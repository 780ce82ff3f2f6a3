"""A collection seen through a mapping: iterate it for models."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as MappingABC
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from productops.errors import MappingError
from productops.sdk import refusals
from productops.sdk.codecs import Codec, spell
from productops.sdk.collection import Collection, Field
from productops.sdk.columns import only, told, type_of
from productops.sdk.names import Names
from productops.sdk.people import People
from productops.sdk.quick import Quick
from productops.sdk.record import Record
from productops.sdk.rows import Form, Row, listed
from productops.sdk.seen import Seen, Side
from productops.sdk.spot import Links, NoLinks, Spot, reason_of
from productops.sdk.table import Backend, Table

if TYPE_CHECKING:
    from productops.sdk.mapping import Mapping


M = TypeVar("M", bound=BaseModel)


class Bound(Generic[M]):
    """A view whose names were resolved against the collection's schema; what a sync works with."""

    def __init__(self, view: View[M], spots: dict[str, Spot], names: Names) -> None:
        self.view = view
        self.collection: Collection = view.collection
        self.spots = spots
        self.names = names
        self.field_ids: list[str] = sorted({spot.field.id for spot in spots.values() if spot.field.id})
        self.quick: Quick = Quick(spots.values())

    def observe(self, record: Record) -> Seen:
        """Return the record's mapped cells. Fields that were not fetched or are paused are left out."""
        cells = self.quick.cells(record)
        title = cells.get(self.view.mapping.title)
        return Seen(
            id=record.id,
            cells=cells,
            title=str(title.value) if title is not None and title.value else "",
            key=record.key,
            url=record.url,
            marker=record.marker,
            version=record.version,
            trashed=record.trashed,
            updated=record.updated.timestamp() if record.updated is not None else None,
        )


class View(Generic[M]):
    """A collection seen through a mapping. Iterate it for models.

    A record that cannot be a model is left out and told in ``problems``.
    """

    def __init__(self, mapping: Mapping[M], collection: Collection) -> None:
        self.mapping = mapping
        self.collection: Collection = collection.fitted(mapping)
        self.problems: list[str] = []

    def __repr__(self) -> str:
        return f"<View of {self.collection.name} as {self.mapping.model.__name__}>"

    def bind(
        self,
        *,
        side: Side = "left",
        people: People | None = None,
        links: Links | None = None,
        remembered: MappingABC[str, str] | None = None,
    ) -> Bound[M]:
        """Resolve the mapping's names against the collection's schema.

        Raises:
            ConfigError: a field is unknown or ambiguous.
            MappingError: a field cannot carry what it is mapped to, an option does not exist, or two model
                fields would be written to one remote field.

        """
        schema = self.collection.schema()
        names = Names(remembered or {})
        # An empty directory is false, and the caller's must fill up: compare with None.
        people = People() if people is None else people
        links = NoLinks() if links is None else links
        spots: dict[str, Spot] = {}
        for name, spec in self.mapping.fields.items():
            found = Field("", name) if spec.field is None else names.find_field(schema, spec.field)
            gone = f"the field {spec.field!r} was removed" if found is None else None
            spot = self._spot(name, spec, found or Field("", spec.field or name), side, people, links)
            spots[name] = spot
            changed = names.retyped(schema.where, found, spell(spec)) if found and found.id else None
            spot.paused = gone or changed or self._meet(spot, names)
        self._alone(spots)
        return Bound(self, spots, names)

    def _alone(self, spots: MappingABC[str, Spot]) -> None:
        """Refuse two model fields that would overwrite each other in one remote field."""
        taken: dict[str, str] = {}
        for name, spot in spots.items():
            if not (spot.field.id and spot.codec.writable) or spot.codec.create_only:
                continue
            if (other := taken.setdefault(spot.field.id, name)) != name:
                raise MappingError(
                    f"{spot.where} is written by two model fields, {other!r} and {name!r}.",
                    remedy="Map one of them with read_only().",
                )

    def _spot(self, name: str, spec: Codec, found: Field, side: Side, people: People, links: Links) -> Spot:
        type_ = self.mapping.adapters[name]
        return Spot(
            name=name,
            codec=spec,
            field=found,
            type=type_,
            takes_text=type_.takes_text,
            system=self.collection.system,
            collection=self.collection.name,
            people=people,
            people_by_email=self.collection.features.people_by_email,
            links=links,
            side=side,
        )

    def _meet(self, spot: Spot, names: Names) -> str | None:
        """Resolve options and check that the field can carry its codec; return why it is paused."""
        if not spot.field.id:
            return None
        lost = []
        for option in spot.codec.names():
            found = names.find_option(spot.collection, spot.field, option)
            if found is not None:
                spot.options[option] = found
            elif f"{spot.field.id}/{option}" in names.remembered:
                lost.append(option)
        if lost:
            return f"the option {lost[0]!r} was removed"
        spot.codec.check(spot)
        return None

    def __iter__(self) -> Iterator[M]:
        """Yield models, streaming page by page."""
        return (item for _form, _row, item in self._items(None))

    def pairs(self, since: datetime | None = None) -> Iterator[tuple[Record, M]]:
        """Yield each record with its model; ``problems`` tells what was left out."""
        return ((form.record(row), item) for form, row, item in self._items(since))

    def _items(self, since: datetime | None) -> Iterator[tuple[Form, Row, M]]:
        self.problems = []
        bound, validate = self.bind(), TypeAdapter(self.mapping.model).validator.validate_python
        form, values = None, None
        for page in listed(self.collection, since, bound.field_ids):
            if page.form is not form or values is None:
                form, values = page.form, bound.quick.reader(page.form)
            for row in page.rows:
                try:
                    item = validate(values(row), strict=False, by_name=True)
                except Exception:  # noqa: BLE001  looked at field by field it says what is wrong
                    record = page.form.record(row)
                    made, problems = self._model(bound, record)
                    self.problems += [f"{record.key or record.id}: {problem}" for problem in problems]
                    if made is not None:
                        yield page.form, row, made
                else:
                    yield page.form, row, item

    def _model(self, bound: Bound[M], record: Record) -> tuple[M | None, list[str]]:
        cells = bound.observe(record).cells
        held = {name: cell.problem for name, cell in cells.items() if cell.problem}
        values = {
            name: cell.value
            for name, cell in cells.items()
            # Where the field takes no None, an empty one has the model's default.
            if name not in held and (cell.value is not None or bound.spots[name].type.takes_none)
        }
        try:
            return self.mapping.model.model_validate(values, strict=False, by_name=True), list(held.values())
        except ValidationError as error:
            return None, [*held.values(), *_refusals(error, held)]
        except Exception as error:  # noqa: BLE001  a model's validators are its author's code
            return None, [*held.values(), reason_of(error)]

    def table(self) -> Table:
        """Return the records as rows: the key or id of each, its address, and the mapped fields.

        The types of the columns follow from the class, so they are the same with and without records. A person is their
        name, a list joined by commas, any other structure JSON.
        """
        fields = self.mapping.model.model_fields
        kinds = {name: type_of(only(fields[name].annotation)) for name in self.mapping.fields}
        rows = []
        for record, item in self.pairs():
            held = item.model_dump(mode="json")
            values = [told(held[name]) if kind is None else held[name] for name, kind in kinds.items()]
            rows.append([record.key or record.id, record.url, *values])
        return Table({"record": "text", "url": "text", **{name: kind or "text" for name, kind in kinds.items()}}, rows)

    def to_frame(self, backend: Backend = "pandas") -> Any:
        """Return `table()` as a frame of pandas, polars or pyarrow.

        Raises:
            ConfigError: the backend is none of these.
            MissingExtraError: the backend is not installed.

        """
        return self.table().to_frame(backend)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.table().__arrow_c_stream__(requested_schema)


def _refusals(error: ValidationError, held: MappingABC[str, str]) -> Iterator[str]:
    """Yield why a whole model was refused, without the fields whose trouble is told already."""
    for item in error.errors(include_url=False)[:5]:
        name = ".".join(map(str, item["loc"]))
        if name.split(".")[0] not in held:
            told = refusals.line(item, shown=False)
            yield f"{name}: {told}" if name else told
