"""What a workspace holds: entities and notes with their fields, relationships and sources, and its members."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

ENTITIES = (
    "product", "component", "feature", "subfeature", "initiative", "objective", "keyResult", "release",
    "releaseGroup", "company", "user",
)  # fmt: skip
NOTES = ("textNote", "conversationNote", "opportunityNote")
PARENTS: dict[str, tuple[str, ...]] = {  # below what a type may stand
    "component": ("product", "component"),
    "feature": ("product", "component"),
    "subfeature": ("feature",),
    "release": ("releaseGroup",),
    "keyResult": ("objective",),
    "objective": ("objective",),
    "user": ("company",),
}
NEED_PARENT = {"component", "feature", "subfeature", "release"}
STATUSES = ("New idea", "Planned", "In progress", "Released", "Won't do")
SCOPES = frozenset(
    {
        "entities:read", "entities:write", "entities:delete", "notes:read", "notes:write", "notes:delete",
        "members:read", "members:pii:read", "users:pii:read", "teams:read", "teams:write", "fields:write",
    }
)  # fmt: skip
Link = tuple[str, str, str]
KEPT = 30  # earlier states of a thing


@dataclass(slots=True)
class Thing:
    """An entity or a note. ``links`` holds its relationships as (type, type of the target, id of the target).

    ``locked`` says that a person took a snippet from a note, whose content no program may change after that. ``past``
    holds what it was before each change, for listings that lag.
    """

    id: str
    type: str
    fields: dict[str, Any]
    created: datetime
    updated: datetime
    source: dict[str, Any] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    locked: bool = False
    gone: datetime | None = None
    past: list[tuple[datetime, Thing]] = field(default_factory=list)

    @property
    def is_note(self) -> bool:
        """Whether it is a note."""
        return self.type in NOTES

    def parent(self) -> str | None:
        """Return the id of its parent."""
        return next((target for kind, _, target in self.links if kind == "parent"), None)

    def keep(self, now: datetime) -> None:
        """Remember what it is, before a change."""
        self.past.append((now, replace(self, fields=dict(self.fields), links=list(self.links), past=[])))
        del self.past[:-KEPT]

    def at(self, moment: datetime) -> Thing | None:
        """Return it as it was then, or None where it was not there."""
        if self.created > moment or (self.gone is not None and self.gone <= moment):
            return None
        return next((before for changed, before in self.past if changed > moment), self)


@dataclass(slots=True)
class Column:
    """A field of a type of things, as configurations tell of it."""

    id: str
    name: str
    schema: str
    options: dict[str, str] = field(default_factory=dict)  # name → id
    required: bool = False
    fixed: bool = False  # programs cannot change it

    @property
    def default(self) -> str | None:
        """The option that a new thing has: the first status."""
        return next(iter(self.options), None) if self.schema == "StatusFieldValue" else None


class World:
    """The whole workspace."""

    def __init__(self) -> None:
        self.count: int = 0
        self.things: dict[str, Thing] = {}
        self.deleted: dict[str, Thing] = {}
        self.members: dict[str, dict[str, Any]] = {}
        self.teams: dict[str, dict[str, Any]] = {}
        self.columns: dict[str, dict[str, Column]] = {}
        self.comments: list[dict[str, Any]] = []
        for kind in (*ENTITIES, *NOTES):
            self.columns[kind] = {one.id: one for one in self._standard(kind)}

    def new_id(self) -> str:
        """Return a fresh id, the same for the same history."""
        self.count += 1
        return str(uuid.UUID(bytes=blake2b(f"productboard {self.count}".encode(), digest_size=16).digest(), version=4))

    def _standard(self, kind: str) -> Iterator[Column]:
        yield Column("name", "Name", "TextFieldValue", required=kind != "user")
        yield from self._of_notes(kind) if kind in NOTES else self._of_entities(kind)
        yield Column("archived", "Archived", "BooleanFieldValue")

    def _of_notes(self, kind: str) -> Iterator[Column]:
        content = "ConversationFieldValue" if kind == "conversationNote" else "RichTextFieldValue"
        yield Column("content", "Content", content)
        yield Column("tags", "Tags", "TagsFieldValue")
        yield Column("owner", "Owner", "MemberFieldValue")
        yield Column("creator", "Creator", "MemberFieldValue")
        yield Column("processed", "Processed", "BooleanFieldValue")

    def _of_entities(self, kind: str) -> Iterator[Column]:
        yield Column("description", "Description", "RichTextFieldValue")
        if kind == "user":
            yield Column("email", "Email", "TextFieldValue")
            return
        if kind == "company":
            yield Column("domain", "Domain", "TextFieldValue")
            return
        yield Column("owner", "Owner", "MemberFieldValue")
        yield Column("status", "Status", "StatusFieldValue", {name: self.new_id() for name in STATUSES})
        yield Column("tags", "Tags", "TagsFieldValue")
        yield Column("teams", "Teams", "TeamsFieldValue")
        yield Column("timeframe", "Timeframe", "TimeframeFieldValue")
        if kind in ("initiative", "objective", "keyResult"):
            yield Column("health", "Health", "HealthFieldValue")
        if kind in ("initiative", "objective"):
            yield Column("workProgress", "Work progress", "WorkProgressFieldValue")
        if kind == "keyResult":
            yield Column("progress", "Progress", "ProgressFieldValue")

    def add_column(self, kind: str, name: str, schema: str, options: tuple[str, ...] = ()) -> Column:
        """Add a custom field; its id is a UUID."""
        column = Column(self.new_id(), name, schema, {one: self.new_id() for one in options})
        self.columns[kind][column.id] = column
        return column

    def below(self, thing: Thing) -> Iterator[Thing]:
        """Yield a thing and everything below it."""
        yield thing
        for one in list(self.things.values()):
            if one.parent() == thing.id:
                yield from self.below(one)


def stamp(moment: datetime) -> str:
    """Return a time as Productboard shows it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
