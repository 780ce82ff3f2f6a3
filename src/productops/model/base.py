"""What every record has: a sortable id, links to other systems, times in UTC, tags and a version that upgrades."""

import os
import re
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Generic, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    SerializerFunctionWrapHandler,
    StringConstraints,
    WrapSerializer,
    model_validator,
)

from productops.looks import as_html

BASE32 = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's alphabet: in ASCII order, without i, l, o and u
PAIRS = [first + second for first in BASE32 for second in BASE32]  # of which 13 are the 26 characters of an id
TAIL_BITS = 10  # of the last two characters
TAIL = (1 << TAIL_BITS) - 1
HEAD_SHIFTS = range(110, -1, -TAIL_BITS)
RANDOM_BITS = 80
ID_PREFIX = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
LABEL_LENGTH = 60
CALLED = ("title", "name", "question", "metric", "summary", "text")  # what a record is called, the best first

lock: threading.Lock = threading.Lock()
last: int = 0


def forget_last() -> None:
    """Start afresh in a forked child, or parent and child would count on from the same id."""
    global last  # noqa: PLW0603, RUF100 - one counter per process is the point
    last = 0


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=forget_last)


def new_id(prefix: str) -> str:
    """Make a new id: prefix, 48 bits of milliseconds, 80 random bits; later ids of a process sort later.

    Ids of one millisecond are counted on from its first, so an id is hard to meet by accident and no secret.

    Raises ValueError when the prefix is not lower-case letters, digits and single underscores.

    >>> new_id("fb") < new_id("fb")
    True
    """
    global last  # noqa: PLW0603, RUF100 - one counter per process is the point
    start = _start(prefix)
    moment = time.time_ns() // 1_000_000
    with lock:
        # Same millisecond, or a clock set back: count on from the last id, as ULIDs do.
        ahead = moment <= last >> RANDOM_BITS
        last = number = last + 1 if ahead else moment << RANDOM_BITS | secrets.randbits(RANDOM_BITS)
    return start + _head(number >> TAIL_BITS) + PAIRS[number & TAIL]


@lru_cache
def _start(prefix: str) -> str:
    if not ID_PREFIX.fullmatch(prefix):
        raise ValueError(f"an id's prefix is lower-case letters, digits and single underscores, not {prefix!r}")
    return f"{prefix}_"


@lru_cache(maxsize=8)
def _head(number: int) -> str:
    """Return all of an id's characters but the last two, which alone change from one id to the next."""
    return "".join([PAIRS[number >> shift & TAIL] for shift in HEAD_SHIFTS])


def now_utc() -> datetime:
    """The present moment, aware, in UTC; only for the times a record is made, never for a computation."""
    return datetime.now(UTC)


def to_utc(moment: datetime) -> datetime:
    """Convert an aware datetime to UTC; a naive one raises ValueError, for nobody knows which moment it means."""
    if moment.tzinfo is UTC:
        return moment
    if moment.utcoffset() is None:
        raise ValueError(
            f"{moment.isoformat()} has no time zone; say which one is meant, "
            "for instance datetime(..., tzinfo=UTC) or '2026-09-30T12:00:00Z'"
        )
    return moment.astimezone(UTC)


def in_order(values: frozenset[Any], to_json: SerializerFunctionWrapHandler) -> list[Any]:
    """Write a set into JSON in sorted order, so that the same set is the same text in every process."""
    return sorted(to_json(values))


T = TypeVar("T")
SortedSet = Annotated[frozenset[T], WrapSerializer(in_order, when_used="json")]


def clean_tags(tags: list[str]) -> list[str]:
    """Trim tags, drop empty ones and repeats, keep the order; upper and lower case stay different."""
    return list(dict.fromkeys(tag.strip() for tag in tags if tag.strip()))


UtcDatetime = Annotated[datetime, AfterValidator(to_utc)]
Tags = Annotated[list[str], AfterValidator(clean_tags)]
EntityId = Annotated[str, StringConstraints(pattern=r"^\S+$")]
NonEmpty = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Value(BaseModel):
    """A small immutable value inside an entity: unknown fields are refused, equal content is equal."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ExternalRef(Value):
    """Where the same thing lives elsewhere: the system's name, its key there, and how it was last seen.

    >>> ExternalRef(system="jira", key="SHOP-12").version is None
    True
    """

    system: NonEmpty
    key: NonEmpty
    url: str | None = None
    last_seen_at: UtcDatetime | None = None
    version: str | None = None


E = TypeVar("E", bound="OpenEnum")


@dataclass(frozen=True)
class Reading(Generic[E]):
    """What a foreign text was read as, and the text itself."""

    value: E
    raw: str | None

    @property
    def known(self) -> bool:
        """Whether the text was one of our values."""
        return self.value.name != "UNKNOWN"


class OpenEnum(StrEnum):
    """An enumeration open on read and closed on write; every subclass has a member `UNKNOWN`.

    `read` never fails: a foreign text it does not know becomes `UNKNOWN`, with the text kept in the reading.
    The constructor and pydantic fields refuse illegal values with a ValueError that names the legal ones.

    >>> class Status(OpenEnum):
    ...     OPEN = "open"
    ...     UNKNOWN = "unknown"
    >>> Status.read("Open").value
    <Status.OPEN: 'open'>
    >>> Status.read("Parked")
    Reading(value=<Status.UNKNOWN: 'unknown'>, raw='Parked')
    """

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "UNKNOWN" not in cls.__members__:
            raise TypeError(f"{cls.__name__} needs a member UNKNOWN, which foreign values are read as")

    @classmethod
    def read(cls, raw: object, aliases: Mapping[str, str] | None = None) -> Reading[Self]:
        """Read a foreign value; case, spaces and hyphens do not matter, `aliases` maps foreign texts to our values.

        Raises ValueError only when an alias points to a value which is not ours.
        """
        text = None if raw is None else str(raw)
        wanted = fold(text or "")
        for alias, target in (aliases or {}).items():
            if fold(alias) == wanted:
                return Reading(cls(target), text)
        by_text = {fold(member.value): member for member in cls}
        return Reading(by_text.get(wanted, cls["UNKNOWN"]), text)

    @classmethod
    def _missing_(cls, value: object) -> None:
        legal = ", ".join(member.value for member in cls)
        raise ValueError(f"{value!r} is not a {cls.__name__}; use one of: {legal}")


def fold(text: str) -> str:
    """Bring a foreign label to the form of our values: lower case, words joined by underscores."""
    return re.sub(r"[\s_\-]+", "_", text.strip()).casefold()


Upgrade = Callable[[dict[str, Any]], dict[str, Any]]


class Entity(BaseModel):
    """A record of ours: it validates on assignment, refuses unknown fields and goes through JSON without loss.

    A subclass sets `id_prefix` (else its snake-case name is used). When its stored form changes it raises
    `schema_version`'s default and adds to `upgrades` a function from the old version to the next:

        class Note(Entity):
            id_prefix = "note"
            schema_version: int = 2
            upgrades = {1: lambda old: {**old, "text": old.pop("body")}}
            text: str

    Data without a `schema_version` counts as current. Data of a later version raises ValueError.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        extra="forbid", validate_assignment=True, validate_default=True, allow_inf_nan=False
    )

    id_prefix: ClassVar[str] = ""
    upgrades: ClassVar[Mapping[int, Upgrade]] = {}

    id: EntityId = Field(default_factory=lambda: new_id("entity"))
    external: list[ExternalRef] = Field(default_factory=list)
    created_at: UtcDatetime = Field(default_factory=now_utc)
    updated_at: UtcDatetime = Field(default_factory=now_utc)
    tags: Tags = Field(default_factory=list)
    custom: dict[str, JsonValue] = Field(default_factory=dict)
    schema_version: int = 1

    @model_validator(mode="before")
    @classmethod
    def prepare(cls, data: object) -> object:
        """Upgrade old data and fill in id and times, as set fields, so that `exclude_unset` keeps them too."""
        if not isinstance(data, dict) or cls.is_whole(data):
            return data
        made = data.get("created_at") or now_utc()
        current = cls.upgraded(data)
        current.setdefault("created_at", made)
        # Added at the end: an assignment runs through here too, and must not change the order of the fields in JSON.
        current.setdefault("updated_at", made)
        if "id" not in current:
            current["id"] = new_id(cls.id_prefix or cls.entity_kind())
        return current

    @classmethod
    def is_whole(cls, data: dict[str, Any]) -> bool:
        """Whether data has everything `prepare` would see to, as all stored data has that is not old."""
        current = data.get("schema_version") == cls.__pydantic_fields__["schema_version"].default
        return current and bool(data.get("created_at")) and "updated_at" in data and "id" in data

    @classmethod
    def upgraded(cls, data: dict[str, Any]) -> dict[str, Any]:
        """Bring stored data to the current schema version, one step at a time; the argument is left as it was."""
        target: int = cls.__pydantic_fields__["schema_version"].default
        found = data.get("schema_version", target)
        if not isinstance(found, int) or found > target:
            raise ValueError(f"{cls.__name__} has schema version {target} here, but the data has {found!r}")
        current = dict(data)
        for version in range(found, target):
            if version not in cls.upgrades:
                raise ValueError(f"{cls.__name__} has no upgrade from schema version {version}")
            current = dict(cls.upgrades[version](dict(current)))
        current["schema_version"] = target
        return current

    @classmethod
    def entity_kind(cls) -> str:
        """The class's name in snake case, as change events record it."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", cls.__name__.split("[")[0]).lower()

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """The JSON schema of the stored form."""
        return cls.model_json_schema(mode="serialization")

    def ref(self, system: str) -> ExternalRef | None:
        """The first link into a system, or None."""
        return next((ref for ref in self.external if ref.system == system), None)

    def take(self, field: str, reading: Reading[E]) -> None:
        """Set a field from a reading; an unknown text is kept in `custom` as `<field>_raw`, a known one clears it."""
        setattr(self, field, reading.value)
        kept = {key: value for key, value in self.custom.items() if key != f"{field}_raw"}
        self.custom = kept if reading.known or reading.raw is None else {**kept, f"{field}_raw": reading.raw}

    def _repr_html_(self) -> str | None:
        return as_html(self, self.entity_kind())

    def __repr__(self) -> str:
        named = next((text for name in CALLED if (text := getattr(self, name, None))), None)
        if not named:
            return f"<{type(self).__name__} {self.id}>"
        text = " ".join(str(named).split())
        short = text if len(text) <= LABEL_LENGTH else text[: LABEL_LENGTH - 1] + "…"
        return f"<{type(self).__name__} {self.id} {short!r}>"

    __str__ = __repr__


class ChangeEvent(Value):
    """One change of one field of one entity; events are only ever appended, and every trend is a fold over them.

    `by` is a person's key or a system's name; `source` says where the change was seen, for instance "jira".
    """

    entity_id: EntityId
    entity_kind: NonEmpty
    field: NonEmpty
    old: JsonValue = None
    new: JsonValue = None
    at: UtcDatetime
    by: str | None = None
    reason: str | None = None
    source: str | None = None
