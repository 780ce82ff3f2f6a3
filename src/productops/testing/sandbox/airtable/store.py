"""What an imitated Airtable account holds: bases, tables, fields, rows, users. No HTTP here."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
TEXT = frozenset({"singleLineText", "multilineText", "richText", "email", "url", "phoneNumber"})
NUMBERS = frozenset({"number", "currency", "percent", "duration", "rating"})
SELECTS = frozenset({"singleSelect", "multipleSelects"})
PEOPLE = frozenset({"singleCollaborator", "multipleCollaborators"})
EDITABLE = TEXT | NUMBERS | SELECTS | PEOPLE | {"checkbox", "date", "dateTime", "barcode"}
EDITABLE |= {"multipleRecordLinks", "multipleAttachments"}
COMPUTED = frozenset({"formula", "rollup", "multipleLookupValues", "count", "autoNumber", "button", "aiText"})
COMPUTED |= {"createdTime", "lastModifiedTime", "createdBy", "lastModifiedBy", "externalSyncSource", "manualSort"}
FIELD_TYPES = EDITABLE | COMPUTED
VERSIONS_KEPT = 20
Cells = dict[str, Any]  # stored values by field id; an empty cell has no key


class Ids:
    """Ids of the service's shape, the same for the same seed."""

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self.count: int = 0

    def mint(self, prefix: str) -> str:
        """Return a new id: the prefix and 14 letters or digits."""
        self.count += 1
        rest = int.from_bytes(hashlib.blake2b(f"{self.seed}/{self.count}".encode(), digest_size=16).digest())
        letters = []
        for _ in range(14):
            rest, place = divmod(rest, len(ALPHABET))
            letters.append(ALPHABET[place])
        return prefix + "".join(letters)


@dataclass(slots=True)
class User:
    """A person; the name is None before they sign up."""

    id: str
    email: str
    name: str | None = None

    def shown(self) -> dict[str, str]:
        """Return the person as cells show one."""
        known = {"id": self.id, "email": self.email}
        return known if self.name is None else {**known, "name": self.name}


@dataclass(slots=True)
class Option:
    """A choice of a select field."""

    id: str
    name: str
    color: str | None = "blueLight2"


@dataclass(slots=True)
class Field:
    """A column. ``choices`` belong to selects; ``options`` is everything else the type has."""

    id: str
    name: str
    type: str
    options: dict[str, Any] = field(default_factory=dict)
    choices: list[Option] = field(default_factory=list)
    description: str | None = None

    @property
    def computed(self) -> bool:
        """Whether the service alone fills the field."""
        return self.type not in EDITABLE

    def choice(self, key: str) -> Option | None:
        """Return an option by exact name, or by id."""
        found = next((option for option in self.choices if option.name == key), None)
        return found or next((option for option in self.choices if option.id == key), None)


@dataclass(slots=True)
class Comment:
    """A comment on a record."""

    id: str
    author: str
    created: datetime
    text: str
    updated: datetime | None = None
    parent: str | None = None


@dataclass(slots=True)
class Row:
    """A record. ``edited`` and ``editors`` tell when and by whom each editable cell was last changed."""

    id: str
    created: datetime
    creator: str
    number: int
    cells: Cells = field(default_factory=dict)
    edited: dict[str, datetime] = field(default_factory=dict)
    editors: dict[str, str] = field(default_factory=dict)
    history: list[tuple[datetime, Cells]] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    removed: datetime | None = None

    def cells_at(self, when: datetime | None) -> Cells:
        """Return the cells as they were at a time (None: now)."""
        if when is None:
            return self.cells
        return next((cells for until, cells in self.history if until > when), self.cells)

    def keep_version(self, now: datetime) -> None:
        """Remember the cells before an edit; edits of one moment are one."""
        if self.history and self.history[-1][0] == now:
            return
        self.history.append((now, dict(self.cells)))
        del self.history[:-VERSIONS_KEPT]

    def last_edit(self, fields: list[str]) -> tuple[datetime, str]:
        """Return when and by whom any of these fields (none: any field at all) was last edited."""
        known = [f for f in (fields or list(self.edited)) if f in self.edited]
        if not known:
            return self.created, self.creator
        last = max(known, key=lambda f: self.edited[f])
        return max(self.edited[last], self.created), self.editors[last]


@dataclass(slots=True)
class View:
    """A view: an optional filter and order over the table's own (manual) order."""

    id: str
    name: str
    type: str = "grid"
    formula: str | None = None
    sort: list[dict[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Table:
    """A table; ``fields[0]`` is the primary field. ``trash`` holds the removed rows."""

    id: str
    name: str
    fields: list[Field] = field(default_factory=list)
    views: list[View] = field(default_factory=list)
    rows: dict[str, Row] = field(default_factory=dict)
    trash: dict[str, Row] = field(default_factory=dict)
    last_number: int = 0
    description: str | None = None

    @property
    def primary(self) -> Field:
        """The field that names a row."""
        return self.fields[0]

    def field(self, key: str) -> Field | None:
        """Return a field by id or by exact name."""
        found = next((f for f in self.fields if f.id == key), None)
        return found or next((f for f in self.fields if f.name == key), None)

    def view(self, key: str) -> View | None:
        """Return a view by id or by exact name."""
        return next((view for view in self.views if key in (view.id, view.name)), None)


@dataclass(slots=True)
class Base:
    """A base and its tables."""

    id: str
    name: str
    tables: list[Table] = field(default_factory=list)

    def table(self, key: str) -> Table | None:
        """Return a table by id or by exact name."""
        found = next((t for t in self.tables if t.id == key), None)
        return found or next((t for t in self.tables if t.name == key), None)


@dataclass(slots=True)
class World:
    """Everything in the account."""

    ids: Ids
    users: dict[str, User] = field(default_factory=dict)
    bases: dict[str, Base] = field(default_factory=dict)

    def user(self, key: str) -> User | None:
        """Return a user by id, e-mail or name."""
        return next((user for user in self.users.values() if key in (user.id, user.email, user.name)), None)

    def inverse(self, base: Base, link: Field) -> tuple[Table | None, Field | None]:
        """Return the table a link field points at, and the field that points back, if there is one."""
        table = base.table(str(link.options.get("linkedTableId")))
        back = link.options.get("inverseLinkFieldId")
        return table, table.field(back) if table and back else None
