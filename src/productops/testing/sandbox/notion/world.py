"""What a workspace holds: people, pages, databases, their sources of rows, blocks and comments."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, cast
from urllib.parse import quote

Kind = Literal["page", "database", "block"]
Version = Literal["2025-09-03", "2026-03-11"]
VERSIONS: tuple[Version, ...] = ("2025-09-03", "2026-03-11")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz:;<=>?@[]^_`{|}~"  # as seen in ids of properties
VERSIONS_KEPT = 20  # of each page, for the faults that show what was


class Ids:
    """Ids that are the same for the same seed."""

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self.count: int = 0

    def _digest(self, size: int) -> bytes:
        self.count += 1
        return hashlib.blake2b(f"notion {self.seed} {self.count}".encode(), digest_size=size).digest()

    def new(self) -> str:
        """Return a fresh id of anything but a property."""
        return str(uuid.UUID(bytes=self._digest(16), version=4))

    def short(self) -> str:
        """Return a fresh id of a property, as it is before it is encoded."""
        return "".join(LETTERS[byte % len(LETTERS)] for byte in self._digest(4))


def minute(moment: datetime) -> str:
    """Return a time as pages, blocks and comments show it: the whole minute it lies in."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M}:00.000Z"


def exact(moment: datetime) -> str:
    """Return a time as databases show it, with its milliseconds."""
    moment = moment.astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+00:00"


def encoded(property_id: str) -> str:
    """Return a property's id as it stands in answers and paths."""
    return quote(property_id, safe="-_.!~*'()")


@dataclass(slots=True)
class User:
    """A person or a bot of the workspace. ``guest`` people are in no list."""

    id: str
    name: str
    email: str = ""
    bot: bool = False
    avatar: str | None = None
    guest: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """A connection: what it may do, and the bot that acts for it."""

    secret: str
    bot: str
    read: bool = True
    update: bool = True
    insert: bool = True
    comments: bool = True
    users: Literal["email", "plain", "none"] = "email"


@dataclass(slots=True)
class Option:
    """An option of a select, multi-select or status."""

    id: str
    name: str
    color: str = "default"
    description: str | None = None


@dataclass(slots=True)
class Property:
    """A column. ``options`` are those of a choice, ``more`` is what else its type needs."""

    id: str
    name: str
    type: str
    options: list[Option] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)
    description: str | None = None

    def option(self, key: str, *, by: Literal["id", "name"] = "name") -> Option | None:
        """Return an option by its id or its name."""
        return next((one for one in self.options if getattr(one, by) == key), None)


@dataclass(slots=True)
class Node:
    """Anything that can stand on a page: a page, a database or a block. ``shared`` None is as its parent is."""

    id: str
    kind: Kind
    parent: tuple[str, str]  # ("page_id", id), ("block_id", id), ("data_source_id", id) or ("workspace", "")
    created: datetime
    creator: str
    edited: datetime
    editor: str
    trashed: bool = False
    children: list[str] = field(default_factory=list)
    shared: bool | None = None


@dataclass(slots=True)
class Block(Node):
    """A piece of a page's body. ``content`` is what its type holds, with texts as ``text.normalised`` leaves them."""

    type: str = "paragraph"
    content: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Look:
    """What a page held from one moment on."""

    since: datetime
    values: dict[str, Any]
    trashed: bool
    edited: datetime
    editor: str


@dataclass(slots=True)
class Page(Node):
    """A page. ``values`` are by property id and never changed in place."""

    values: dict[str, Any] = field(default_factory=dict)
    icon: Any = None
    cover: Any = None
    locked: bool = False
    number: int = 0
    looks: list[Look] = field(default_factory=list)

    def note(self, at: datetime) -> None:
        """Remember how the page looks from now on."""
        self.looks.append(Look(at, self.values, self.trashed, self.edited, self.editor))
        del self.looks[:-VERSIONS_KEPT]

    def look(self, at: datetime) -> Look | None:
        """Return how the page looked then; None before it was made."""
        return next((one for one in reversed(self.looks) if one.since <= at), None)


@dataclass(slots=True)
class Database(Node):
    """A database: a place for one or more sources."""

    title: list[dict[str, Any]] = field(default_factory=list)
    description: list[dict[str, Any]] = field(default_factory=list)
    icon: Any = None
    cover: Any = None
    inline: bool = False
    locked: bool = False
    sources: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Source:
    """A source of rows with its columns."""

    id: str
    database: str
    created: datetime
    creator: str
    edited: datetime
    editor: str
    title: list[dict[str, Any]] = field(default_factory=list)
    description: list[dict[str, Any]] = field(default_factory=list)
    icon: Any = None
    trashed: bool = False
    properties: dict[str, Property] = field(default_factory=dict)  # by id, not encoded
    rows: list[str] = field(default_factory=list)  # the oldest first
    numbers: int = 0

    def named(self, key: str) -> Property | None:
        """Return a property by its name, its id or its encoded id."""
        if found := self.properties.get(key):
            return found
        return next((one for one in self.properties.values() if key in (one.name, encoded(one.id))), None)


@dataclass(slots=True)
class Comment:
    """A comment in a discussion under a page or block."""

    id: str
    parent: tuple[str, str]
    discussion: str
    created: datetime
    edited: datetime
    author: str
    text: list[dict[str, Any]]
    resolved: bool = False


@dataclass(slots=True)
class Upload:
    """A file being sent."""

    id: str
    name: str
    type: str
    created: datetime
    creator: str
    mode: str = "single_part"
    length: int | None = None
    status: str = "pending"


class World:
    """The whole workspace. ``changes`` counts every write, so that orders of rows can be kept until one happens."""

    def __init__(self, ids: Ids) -> None:
        self.ids = ids
        self.name = "Acme"
        self.id: str = ids.new()
        self.users: dict[str, User] = {}
        self.nodes: dict[str, Node] = {}
        self.sources: dict[str, Source] = {}
        self.comments: dict[str, Comment] = {}
        self.uploads: dict[str, Upload] = {}
        self.top: list[str] = []
        self.changes: int = 0

    def put(self, node: Node, after: str | None = None, *, first: bool = False) -> None:
        """Add a node below its parent: at the end, at the start, or after one of its siblings."""
        self.nodes[node.id] = node
        self.changes += 1
        kind, place = node.parent
        if kind == "data_source_id":
            self.sources[place].rows.append(node.id)
            return
        siblings = self.top if kind == "workspace" else self.nodes[place].children
        at = 0 if first else siblings.index(after) + 1 if after is not None else len(siblings)
        siblings.insert(at, node.id)

    def take_out(self, node: Node) -> None:
        """Remove a node from its parent, not from the world."""
        kind, place = node.parent
        where = {"data_source_id": lambda: self.sources[place].rows, "workspace": lambda: self.top}
        where.get(kind, lambda: self.nodes[place].children)().remove(node.id)
        self.changes += 1

    def page(self, page_id: str) -> Page | None:
        """Return a page."""
        found = self.nodes.get(page_id)
        return found if isinstance(found, Page) else None

    def database(self, database_id: str) -> Database | None:
        """Return a database."""
        found = self.nodes.get(database_id)
        return found if isinstance(found, Database) else None

    def holder(self, source: Source) -> Database:
        """Return the database that a source is in."""
        return cast("Database", self.nodes[source.database])

    def row(self, page_id: str) -> Page:
        """Return a page that is known to be there."""
        return cast("Page", self.nodes[page_id])

    def source_of(self, page: Page) -> Source | None:
        """Return the source whose row a page is."""
        return self.sources[page.parent[1]] if page.parent[0] == "data_source_id" else None

    def above(self, node: Node) -> Iterator[Node]:
        """Yield a node and everything it stands on, up to the top."""
        while True:
            yield node
            kind, place = node.parent
            if kind == "workspace":
                return
            node = self.nodes[self.sources[place].database if kind == "data_source_id" else place]

    def shared(self, node: Node) -> bool:
        """Return whether the integration was given this, or something it stands on."""
        return next((one.shared for one in self.above(node) if one.shared is not None), True)

    def in_trash(self, node: Node) -> bool:
        """Return whether this or something it stands on lies in the trash."""
        return any(one.trashed for one in self.above(node))

    def touch(self, node: Node, now: datetime, user: str) -> None:
        """Note who edited a node, and when."""
        node.edited, node.editor = now, user
        self.changes += 1
        if isinstance(node, Page):
            node.note(now)
