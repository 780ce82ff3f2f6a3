"""The two-way table between a model's fields and a remote's, and a collection seen through it.

Any pydantic model will do. Each field is validated alone, so a remote that carries three of nine
fields is fine, and one bad value does not spoil its record.

>>> from pydantic import BaseModel
>>> from productops.sdk.codecs import choice
>>> class Idea(BaseModel):
...     title: str
...     stage: str | None = None
>>> mapping = Mapping(Idea, title="Name", stage=choice("Stage", new="Inbox", done="Shipped"))
"""

from __future__ import annotations

import dataclasses
import difflib
import json
from collections.abc import Iterator
from collections.abc import Mapping as MappingABC
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Generic, Literal, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from productops.errors import MappingError, RetryableError
from productops.sdk.codecs import Codec, HeldValueError, TooLongError, WaitingError, codec, spell
from productops.sdk.collection import Collection, Field, Schema, fold
from productops.sdk.fieldtype import FieldType
from productops.sdk.frames import Backend, frame
from productops.sdk.people import People
from productops.sdk.record import Option, Record, RichText, Unreadable, fingerprint

M = TypeVar("M", bound=BaseModel)
Side = Literal["left", "right"]


class Links(Protocol):
    """Translates between remote ids and links; a sync provides it from its state."""

    def link(self, sync: str | None, side: Side, remote_id: str) -> str | None:
        """Return the link that this record belongs to."""
        ...

    def end(self, sync: str | None, side: Side, link: str) -> str | None:
        """Return the record that the link has on this side."""
        ...


_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))  # json.dumps() would make one each time
PROTECTED = "!"  # ends the hash of a protected cell, so that a remembered hash tells it too


class NoLinks:
    """Outside a sync a link is the remote id itself."""

    def link(self, sync: str | None, side: Side, remote_id: str) -> str | None:
        """Return the id unchanged."""
        return remote_id

    def end(self, sync: str | None, side: Side, link: str) -> str | None:
        """Return the id unchanged."""
        return link


@dataclass(frozen=True, slots=True)
class Cell:
    """What one mapped field of one record showed.

    ``hash`` identifies the service's own form; ``value`` is the model's value in JSON form.
    ``problem`` says why the value is held; ``protected`` why nothing may overwrite it. ``waits`` marks a reference
    that can be read as soon as what it leads to is synced.
    """

    hash: str
    value: Any = None
    problem: str | None = None
    protected: str | None = None
    waits: bool | None = None

    def pack(self) -> list[Any]:
        """Return the shortest JSON form."""
        packed = [self.hash, self.value, self.problem, self.protected, self.waits]
        while packed and packed[-1] is None:
            packed.pop()
        return packed

    @classmethod
    def unpack(cls, packed: list[Any]) -> Cell:
        """Rebuild a cell from :meth:`pack`."""
        return cls(*packed)


@dataclass(frozen=True, slots=True)
class Seen:
    """One record as seen through a mapping: cells by model field, and how people call it."""

    id: str
    cells: dict[str, Cell]
    title: str = ""
    key: str | None = None
    url: str | None = None
    marker: str | None = None
    version: str | None = None
    trashed: bool = False
    updated: float | None = None  # by the service's own clock, in seconds since 1970

    def to_json(self) -> str:
        """Return the record as JSON text."""
        data = {name: getattr(self, name) for name in _TOLD}
        cells = {name: cell.pack() for name, cell in self.cells.items()}
        return _encoder.encode({"id": self.id, "cells": cells, **{k: v for k, v in data.items() if v}})

    @classmethod
    def from_json(cls, text: str) -> Seen:
        """Rebuild a record from :meth:`to_json`."""
        data = json.loads(text)
        return cls(**{**data, "cells": {name: Cell.unpack(cell) for name, cell in data["cells"].items()}})


_TOLD = ("title", "key", "url", "marker", "version", "trashed", "updated")


@dataclass(slots=True)
class Spot:
    """Where one model field meets one remote field, with all that a codec may need there."""

    name: str  # of the model field
    codec: Codec
    field: Field
    type: FieldType
    takes_text: bool
    system: str
    collection: str
    people: People
    people_by_email: bool
    links: Links
    side: Side
    options: dict[str, str] = dataclasses.field(default_factory=dict)  # option name in the mapping → option id
    paused: str | None = None  # why this field takes no part for now

    @property
    def where(self) -> str:
        """The field as an error message names it."""
        return f"{self.collection}: {self.field.name!r}"

    @property
    def required(self) -> bool:
        """Whether the model has no default for this field."""
        return self.type.required

    @property
    def needed(self) -> bool:
        """Whether the model cannot do without a value here."""
        return self.type.required and not self.type.takes_none

    def option(self, name: str) -> Option | None:
        """Return the option that the mapping means by this name, also after it was renamed."""
        return self.field.option(self.options.get(name, name))

    def read(self, record: Record) -> Cell | None:
        """Return what the record shows here, or ``None`` when it was not fetched."""
        if self.field.id and self.field.id not in record.fields:
            return None
        raw = record.fields.get(self.field.id)
        mark = fingerprint(raw)
        if isinstance(raw, Unreadable):
            return Cell(mark, problem=f"{self.where} cannot be read: {raw.reason}")
        protected = None
        if isinstance(raw, RichText) and raw.lossy:
            protected = f"{self.where} holds {', '.join(raw.lossy)}, which Markdown cannot express"
            mark += PROTECTED
        try:
            value = self._value(raw)
        except RetryableError:
            raise
        except Exception as error:  # noqa: BLE001  codecs and validators are users' code; one bad value spoils only itself
            waits = True if isinstance(error, WaitingError) else None
            return Cell(mark, problem=f"{self.where}: {_reason(error)}", protected=protected, waits=waits)
        return Cell(mark, value, protected=protected)

    def _value(self, raw: Any) -> Any:
        empty = raw is None or raw in ("", [])
        value = None if empty and not self.codec.sees_empty else self.codec.decode(raw, self)
        if value is None or value in ("", []):
            if self.needed:
                raise HeldValueError(f"{self.name} is required and empty here")
            return None
        return self.type.load(self._shaped(value))

    def _shaped(self, value: Any) -> Any:
        """Fit a list of one to a model that takes one, and one to a model that takes a list."""
        if isinstance(value, list) and self.type.many is False:
            if len(value) > 1:
                raise HeldValueError(f"it holds {len(value)} values and {self.name} takes one")
            return value[0]
        return [value] if self.type.many and not isinstance(value, list | tuple) else value

    def write(self, value: Any) -> Any:
        """Return the plain remote value for a model value in JSON form.

        Raises:
            HeldValueError: the value has no form here (an unknown option, an unmatched person, too long a text).

        """
        if value is None and self.needed:
            raise HeldValueError(f"{self.name} is required and empty")
        try:
            remote = self.codec.encode(value, self)
        except (HeldValueError, RetryableError):
            raise
        except Exception as error:  # a codec may be a user's; one bad value must not stop the rest
            raise HeldValueError(f"{self.where} cannot be written: {_reason(error)}") from error
        limit = self.field.max_length
        if limit and isinstance(remote, str) and len(remote) > limit:
            raise TooLongError(f"{self.where} takes {limit:,} characters; this has {len(remote):,}")
        return remote


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(
            f"{item['msg']} (got {str(item['input'])[:80]!r})" for item in error.errors(include_url=False)[:3]
        )
    # A KeyError's text alone is a bare name.
    return str(error) if isinstance(error, ValueError | TypeError) else f"{type(error).__name__}: {error}"


def _reasons(error: ValidationError, held: MappingABC[str, str]) -> Iterator[str]:
    """Yield why a whole model was refused, without the fields whose trouble is told already."""
    for item in error.errors(include_url=False)[:5]:
        name = ".".join(map(str, item["loc"]))
        if name.split(".")[0] not in held:
            yield f"{name}: {item['msg']}" if name else str(item["msg"])


class Mapping(Generic[M]):
    """A two-way table between a model's fields and a remote's.

    Args:
        model: any pydantic model.
        fields: model field → remote field name, or a codec (``choice``, ``markdown``, ``person`` ...).

    Raises:
        MappingError: the model has no such field, or a codec is malformed.

    """

    def __init__(self, model: type[M], /, **fields: str | Codec) -> None:
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            raise MappingError(f"A mapping needs a pydantic model, not {model!r}.", remedy="Give it the class.")
        if not fields:
            raise MappingError("The mapping names no field.", remedy='Write Mapping(Model, title="Name", ...).')
        for name in fields:
            if name not in model.model_fields:
                near = difflib.get_close_matches(name, model.model_fields, n=3)
                remedy = f"Did you mean {', '.join(near)}?" if near else f"It has: {', '.join(model.model_fields)}."
                raise MappingError(f"{model.__name__} has no field {name!r}.", remedy=remedy)
        self.model = model
        self.fields: dict[str, Codec] = {name: codec(spec) for name, spec in fields.items()}

    def on(self, collection: Collection) -> View[M]:
        """See a collection through this mapping."""
        return View(self, collection)

    def __repr__(self) -> str:
        return f"Mapping({self.model.__name__}, {', '.join(self.fields)})"

    @cached_property
    def adapters(self) -> dict[str, FieldType]:
        """The type of each mapped field, alone, with the model's own field validators."""
        return {name: FieldType(self.model, name) for name in self.fields}

    @cached_property
    def title(self) -> str:
        """The field that names a record to people."""
        return next((name for name in ("title", "name", "summary") if name in self.fields), next(iter(self.fields)))


@dataclass(slots=True)
class Names:
    """Names that a mapping used and the ids they were resolved to, so that a rename changes nothing.

    ``remembered`` comes from an earlier run (empty at first); ``resolved`` is what this run found.
    ``drift`` holds one line for each rename and removal.
    """

    remembered: MappingABC[str, str] = field(default_factory=dict)
    resolved: dict[str, str] = field(default_factory=dict)
    drift: list[str] = field(default_factory=list)
    # What kind each field had when its mapping first met it; not part of what the names mean.
    kinds: dict[str, str] = field(default_factory=dict, compare=False)

    def find_field(self, schema: Schema, name: str) -> Field | None:
        """Return the field; ``None`` when a field known from before was removed.

        Raises:
            ConfigError: the name is unknown and always was.

        """
        known = self.remembered.get(name)
        if known is None:
            found = schema.field(name)
        else:
            self.resolved[name] = known
            match = next((item for item in schema.fields if item.id == known), None)
            if match is None:
                self.drift.append(f"{schema.where}: the field {name!r} was removed; its mapping is paused")
                return None
            found = match
            if fold(found.name) != fold(name) and found.id != name:
                self.drift.append(f"{schema.where}: the field {name!r} is now called {found.name!r}")
        self.resolved[name] = found.id
        return found

    def retyped(self, where: str, found: Field, spelled: str) -> str | None:
        """Return why a field must rest: it has another kind than when its mapping, spelled so, first met it."""
        slot = f"{found.id}//{fingerprint(spelled)}"
        kind = self.remembered.get(slot, found.kind)
        self.kinds[slot] = kind
        if kind == found.kind:
            return None
        self.drift.append(
            f"{where}: {found.name!r} was {kind} and is {found.kind} now; its mapping is paused. Map it anew, or call "
            "rebind() if the mapping still fits"
        )
        return f"{found.name!r} was {kind} and is {found.kind} now"

    def find_option(self, where: str, field: Field, name: str) -> str | None:
        """Return the option's id, or ``None`` when the field has no such option (any more)."""
        slot = f"{field.id}/{name}"
        known = self.remembered.get(slot)
        option = field.option(known or name)
        if option is None:
            if known:
                self.resolved[slot] = known
                self.drift.append(
                    f"{where}: the option {name!r} was removed from {field.name!r}; its mapping is paused"
                )
            return None
        if known and option.name != name and option.id != name:
            self.drift.append(f"{where}: the option {name!r} of {field.name!r} is now called {option.name!r}")
        self.resolved[slot] = option.id
        return option.id


class Bound(Generic[M]):
    """A view whose names were resolved against the collection's schema; what a sync works with."""

    def __init__(self, view: View[M], spots: dict[str, Spot], names: Names) -> None:
        self.view = view
        self.collection = view.collection
        self.spots = spots
        self.names = names
        self.field_ids = sorted({spot.field.id for spot in spots.values() if spot.field.id})

    def observe(self, record: Record) -> Seen:
        """Return the record's mapped cells. Fields that were not fetched or are paused are left out."""
        cells: dict[str, Cell] = {}
        for name, spot in self.spots.items():
            if spot.paused is None and (cell := spot.read(record)) is not None:
                cells[name] = cell
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
        self.collection = collection
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
        for _record, item in self.pairs():
            yield item

    def pairs(self, since: datetime | None = None) -> Iterator[tuple[Record, M]]:
        """Yield each record with its model; ``problems`` tells what was left out."""
        self.problems = []
        bound = self.bind()
        for record in self.collection.scan(since, bound.field_ids):
            if record.trashed:
                continue
            item, problems = self._model(bound, record)
            self.problems += [f"{record.key or record.id}: {problem}" for problem in problems]
            if item is not None:
                yield record, item

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
            return None, [*held.values(), *_reasons(error, held)]
        except Exception as error:  # noqa: BLE001  a model's validators are its author's code
            return None, [*held.values(), _reason(error)]

    def to_frame(self, backend: Backend = "pandas") -> Any:
        """Return a data frame with one row a record, also when empty.

        Raises:
            MissingExtraError: the backend is not installed.

        """
        rows = [
            {"record": record.key or record.id, "url": record.url, **item.model_dump(mode="json")}
            for record, item in self.pairs()
        ]
        columns = ["record", "url", *self.mapping.fields]
        return frame([{name: row.get(name) for name in columns} for row in rows], columns, backend)
