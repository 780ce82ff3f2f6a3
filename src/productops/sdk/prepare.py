"""What a collection lacks for a mapping: fields, options, links and the field for the sync's key.

A preparation is a value, as a plan is: it is read first and applied afterwards. It only ever adds. A field of the
wrong kind is told and left as it is, for retyping a column can lose what it holds; nothing is deleted.

>>> from pydantic import BaseModel
>>> from productops.connectors.memory import Memory
>>> from productops.sdk.mapping import Mapping
>>> class Idea(BaseModel):
...     title: str
...     votes: int = 0
>>> empty = Memory().collection("Ideas", {})
>>> print(empty.prepare(Mapping(Idea, title="Name", votes="Votes")))
2 steps to prepare Ideas:
  add the field 'Name': text
  add the field 'Votes': number
"""

from __future__ import annotations

from collections.abc import Mapping as MappingABC
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from productops.errors import AccessError, ConfigError, GuardError
from productops.sdk.codecs import Codec
from productops.sdk.collection import Collection, Kind, Schema, fold

if TYPE_CHECKING:
    from productops.sdk.mapping import Mapping


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing to add: a field, or options of a field that is there.

    ``field_id`` is the id of the field that lacks options. ``to`` is the collection that links lead to. ``many`` tells
    links and people of which a record holds several. ``title`` marks the field that names a record.
    """

    what: Literal["field", "options"]
    name: str
    kind: Kind
    options: tuple[str, ...] = ()
    field_id: str = ""
    to: Collection | None = None
    title: bool = False
    marker: bool = False

    def __str__(self) -> str:
        options = ", ".join(repr(option) for option in self.options)
        if self.what == "options":
            return f"add to the field {self.name!r}: {options}"
        about = f" to {self.to.name}" if self.to is not None else " for the sync's key" if self.marker else ""
        return f"add the field {self.name!r}: {self.kind}{about}{f' of {options}' if options else ''}"


@dataclass(slots=True)
class Preparation:
    """What is missing in a collection, in the order in which it is added; falsy when nothing is.

    ``problems`` says what no preparation mends: a field of another kind, links without a target.
    """

    collection: Collection
    steps: list[Missing] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.steps)

    def __str__(self) -> str:
        count = f"{len(self.steps)} step{'' if len(self.steps) == 1 else 's'}"
        head = f"{count} to prepare {self.collection.name}:" if self.steps else f"{self.collection.name} is prepared."
        wrong = ["These stay as they are:", *(f"  {problem}" for problem in self.problems)] if self.problems else []
        return "\n".join([head, *(f"  {step}" for step in self.steps), *wrong])

    def __repr__(self) -> str:
        return f"<Preparation of {self.collection.name}: {len(self.steps)} steps, {len(self.problems)} problems>"

    def apply(self) -> list[Missing]:
        """Add what is missing and return what was added.

        Raises:
            GuardError: ``problems`` is not empty; nothing was added.
            AccessError: the account may not do it, or the service's interface cannot. What was added until then
                stays; the error lists what is left, to be made by hand.

        """
        if self.problems:
            raise GuardError(
                f"{self.collection.name} cannot be prepared: {'; '.join(self.problems)}.", system="productops",
                remedy="Nothing was added. Map another field, or change it by hand.",
            )  # fmt: skip
        done: list[Missing] = []
        by_hand: list[Missing] = []
        reason: AccessError | None = None
        for step in self.steps:
            try:
                self.collection.extend(step)
            except AccessError as error:
                reason = error
                by_hand.append(step)
            else:
                done.append(step)
        self.collection.unprepared()  # reads the fields anew
        if reason is not None:
            self.steps = by_hand
            raise AccessError(
                f"{self.collection.name} could not be prepared whole.",
                system=reason.system,
                service_message=reason.service_message or reason.message,
                remedy=f"Make this by hand: {'; '.join(str(step) for step in by_hand)}. {reason.remedy or ''}".strip(),
            ) from reason
        return done


def preparation(
    collection: Collection, mapping: Mapping[Any], links: MappingABC[str, Collection] | None = None
) -> Preparation:
    """Compare a mapping with a collection; see :meth:`Collection.prepare`."""
    collection = collection.fitted(mapping)
    schema, marker = collection.unprepared()
    found = Preparation(collection)
    for name, codec in mapping.fields.items():
        if codec.field is not None:
            wanted = Wanted.of(mapping, name, codec, (links or {}).get(name))
            _compare(found, schema, wanted)
    found.steps += marker
    return found


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a mapping needs of one remote field."""

    name: str
    remote: str
    kind: Kind
    options: tuple[str, ...]
    to: Collection | None
    title: bool
    fits: frozenset[str]

    @classmethod
    def of(cls, mapping: Mapping[Any], name: str, codec: Codec, to: Collection | None) -> Wanted:
        """Derive it from the codec, and where that leaves it open from the model's type."""
        kind, options, fits = codec.wants(mapping.adapters[name].shape)
        title = kind == "text" and name == mapping.title
        return cls(name, codec.field or name, kind, tuple(options), to, title, frozenset({kind, *fits}))


def _compare(found: Preparation, schema: Schema, wanted: Wanted) -> None:
    try:
        there = schema.field(wanted.remote)
    except ConfigError as error:
        if any(fold(each.name) == fold(wanted.remote) for each in schema.fields):
            found.problems.append(str(error))  # several of that name
            return
        if wanted.kind in ("link", "links") and wanted.to is None:
            found.problems.append(
                f"{wanted.remote!r} must link to another collection: prepare(mapping, links={{{wanted.name!r}: ...}})"
            )
            return
        found.steps.append(
            Missing("field", wanted.remote, wanted.kind, wanted.options, to=wanted.to, title=wanted.title)
        )
        return
    if there.kind not in wanted.fits:
        found.problems.append(f"{there.name!r} is {there.kind}, and {wanted.name!r} needs {wanted.kind}")
        return
    lacking = tuple(option for option in wanted.options if there.option(option) is None)
    if lacking and there.kind in ("choice", "choices"):
        found.steps.append(Missing("options", there.name, there.kind, lacking, field_id=there.id))
