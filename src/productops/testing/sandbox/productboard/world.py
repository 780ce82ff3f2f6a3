"""What a workspace holds: entities and notes with their fields, relationships and sources, and its members."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

ENTITIES = (
    "product", "component", "feature", "subfeature", "initiative", "objective", "keyResult", "release",
    "releaseGroup", "company", "user",
)  # fmt: skip
NOTES = ("textNote", "conversationNote", "opportunityNote")
NEED_PARENT = {"feature", "subfeature", "component"}
STATUSES = ("New idea", "In progress", "Released")


@dataclass(slots=True)
class Thing:
    """An entity or a note. ``links`` holds its relationships as (type, type of the target, id of the target)."""

    id: str
    type: str
    fields: dict[str, Any]
    created: datetime
    updated: datetime
    source: dict[str, Any] = field(default_factory=dict)
    links: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def is_note(self) -> bool:
        """Whether it is a note."""
        return self.type in NOTES

    def parent(self) -> str | None:
        """Return the id of its parent."""
        return next((target for kind, _, target in self.links if kind == "parent"), None)


@dataclass(slots=True)
class Column:
    """A field of a type of things, as configurations tell of it."""

    id: str
    name: str
    schema: str
    options: dict[str, str] = field(default_factory=dict)  # name → id
    required: bool = False


class World:
    """The whole workspace."""

    def __init__(self) -> None:
        self.count = 0
        self.things: dict[str, Thing] = {}
        self.members: dict[str, dict[str, Any]] = {}
        self.teams: dict[str, dict[str, Any]] = {}
        self.columns: dict[str, dict[str, Column]] = {}
        for kind in (*ENTITIES, *NOTES):
            self.columns[kind] = {one.id: one for one in self._standard(kind)}

    def new_id(self) -> str:
        """Return a fresh id, the same for the same history."""
        self.count += 1
        return str(uuid.UUID(bytes=blake2b(f"productboard {self.count}".encode(), digest_size=16).digest(), version=4))

    def _standard(self, kind: str) -> Iterator[Column]:
        yield Column("name", "Name", "TextFieldValue", required=True)
        if kind in NOTES:
            content = "ConversationFieldValue" if kind == "conversationNote" else "RichTextFieldValue"
            yield Column("content", "Content", content)
            yield Column("tags", "Tags", "TagsFieldValue")
            yield Column("owner", "Owner", "MemberFieldValue")
            yield Column("processed", "Processed", "BooleanFieldValue")
        else:
            yield Column("description", "Description", "RichTextFieldValue")
            if kind == "user":
                yield Column("email", "Email", "TextFieldValue")
            elif kind == "company":
                yield Column("domain", "Domain", "TextFieldValue")
            else:
                yield Column("owner", "Owner", "MemberFieldValue")
                yield Column("status", "Status", "StatusFieldValue", {name: self.new_id() for name in STATUSES})
                yield Column("tags", "Tags", "TagsFieldValue")
                yield Column("teams", "Teams", "TeamsFieldValue")
                yield Column("timeframe", "Timeframe", "TimeframeFieldValue")
        yield Column("archived", "Archived", "BooleanFieldValue")

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
