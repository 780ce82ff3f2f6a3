"""What a connector must do, what it may do, and how it declares the difference.

A :class:`Collection` is a named set of records in a service. Required are ``schema`` and ``scan``;
everything else is declared in :class:`Features`, and the engine asks the features, not the type.
"""

from __future__ import annotations

import difflib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from productops.errors import AccessError, ConfigError, ProductOpsError
from productops.sdk.record import Draft, Option, Patch, Record, User, fingerprint

if TYPE_CHECKING:
    from productops.sdk import mapping
    from productops.sdk.prepare import Missing, Preparation
    from productops.sdk.rows import Page

Kind: TypeAlias = Literal[
    "text", "markdown", "number", "bool", "date", "datetime", "choice", "choices", "labels",
    "person", "people", "link", "links", "url", "files", "other",
]  # fmt: skip


def fold(name: str) -> str:
    """Return a name without the differences that nobody sees: case, and white space around and between words."""
    return " ".join(name.split()).casefold()


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a collection. ``id`` is stable, ``name`` is what people see and rename."""

    id: str
    name: str
    kind: Kind = "text"
    options: tuple[Option, ...] = ()
    read_only: str | None = None  # why it cannot be written: "computed", "not on the edit screen"
    required: bool = False  # a create without it is refused
    max_length: int | None = None
    times: bool = False  # a date that may as well hold a time of day
    grain: timedelta | None = None  # times of day are rounded down to this
    filled: bool = False  # it is never empty: a checkbox that nobody ticked is false
    mentions: bool = False  # a text can mention people: ``[@Ada](user:<id>)`` in its Markdown
    note: str = ""  # what the kind does not tell, as a reason: "Data Center keeps it as wiki markup"

    def option(self, name: str) -> Option | None:
        """Return the option with this name or id, or ``None``."""
        return next((option for option in self.options if name in (option.name, option.id)), None)


@dataclass(frozen=True, slots=True)
class Schema:
    """The fields of a collection, found by id or by the name people see."""

    fields: tuple[Field, ...]
    where: str = "the collection"

    def field(self, name: str) -> Field:
        """Return the field with this id or name.

        Raises:
            ConfigError: no field has that name, or several do (their ids are named).

        """
        if exact := next((field for field in self.fields if field.id == name), None):
            return exact
        found = [field for field in self.fields if field.name == name]
        if not found:
            found = [field for field in self.fields if fold(field.name) == fold(name)]
        if len(found) == 1:
            return found[0]
        if found:
            ids = ", ".join(sorted(field.id for field in found))
            raise ConfigError(
                f"{self.where} has {len(found)} fields called {name!r}.",
                remedy=f"Use one of their ids instead: {ids}.",
            )
        raise ConfigError(f"{self.where} has no field {name!r}.", remedy=self._instead(name))

    def _instead(self, name: str) -> str:
        names = {fold(field.name): field.name for field in self.fields}
        if near := difflib.get_close_matches(fold(name), names, n=3, cutoff=0.5):
            return f"Did you mean {', '.join(repr(names[one]) for one in near)}?"
        known = sorted(names.values())
        more = f" and {len(known) - 15} more" if len(known) > 15 else ""
        return f"It has: {', '.join(known[:15])}{more}." if known else "It has no fields at all."


@dataclass(frozen=True, slots=True)
class Features:
    """What a collection can do. Every flag is a promise to the engine."""

    get: bool = False
    create: bool = False
    update: bool = False
    find: bool = False  # records can be looked up by marker
    delete: Literal["none", "trash", "hard"] = "none"  # "trash": people can restore it
    restore: bool = False  # restore() takes records out of the trash again
    get_batch: int = 100
    create_batch: int = 1
    update_batch: int = 1
    delete_batch: int = 1
    # Where a marker is kept: a column people can see, a place they do not see, or the id of a record made with it.
    marker: Literal["none", "field", "property", "id"] = "none"
    upsert: bool = False  # a repeated create with the same marker changes nothing
    cursor: timedelta | None = None  # granularity of scan(since=); None: only full scans
    echo: bool = False  # create and update answer with the record as stored
    rereads: bool = False  # that answer is a second reading, which may show what somebody typed in between
    clears: bool = True  # null empties a field
    lists_people: bool = False
    people_by_email: bool = False  # a person can be written by e-mail alone
    follows: frozenset[str] = frozenset()  # ids of fields that a create sets by further requests, which may be missing
    updated: timedelta | None = None  # granularity of Record.updated, by the service's clock; None: not told
    history: bool = False  # replaced() tells what an update overwrote
    steady: bool = False  # a listing is one look at one moment: what it does not show was not there to be shown
    server_clock: bool = False  # server_time() is the service's own clock, not this machine's


@dataclass(frozen=True, slots=True)
class Settle:
    """How long a service may hide what happened.

    ``late``: the longest time a request we gave up on can still take effect (D).
    ``lag``: the longest time a committed write may be invisible to a search (V).
    """

    late: timedelta = timedelta(seconds=60)
    lag: timedelta = timedelta(0)

    @property
    def total(self) -> timedelta:
        """After this time a write that is not visible did not happen."""
        return self.late + self.lag


@dataclass(frozen=True, slots=True)
class Check:
    """The answer of ``check()``: whether a thing can be used as it is meant to be."""

    ok: bool
    who: str = ""  # the account the credentials belong to
    details: tuple[str, ...] = ()  # one line each: what works, what is missing and what to do
    lacks: tuple[str, ...] = ()  # those of them that keep it from being written

    def __str__(self) -> str:
        return "\n".join([f"{'ok' if self.ok else 'not usable'}: {self.who}", *self.details])

    def __bool__(self) -> bool:
        return self.ok


Outcome: TypeAlias = Record | ProductOpsError
"""What became of one element of a batch: the record as stored, or the error that befell it."""


class Collection(ABC):
    """A named set of records in a service.

    A connector's author writes ``schema`` and ``scan``, and those of the other methods that
    ``features`` declares. Methods take and return :class:`Record` with plain values keyed by field id.
    """

    system: str  # "jira"
    name: str  # "PROD issues", as plans print it
    container: str  # stable identity of what is listed: host, project, filter
    features: Features = Features()

    @abstractmethod
    def schema(self, *, refresh: bool = False) -> Schema:
        """Return the fields. Cached; ``refresh`` asks the service again."""

    def remember(self) -> str | None:
        """Return what :meth:`schema` and :meth:`subject` were told by the service, as text for :meth:`recall`.

        ``None`` where asking again costs nothing, or nothing is known yet. Holds no credentials.
        """
        return None

    def recall(self, told: str) -> bool:
        """Take what an earlier process remembered, so that neither schema() nor subject() asks the service.

        ``schema(refresh=True)`` asks all the same. False where it was told of something else, or is in another form.
        """
        return False

    @abstractmethod
    def scan(self, since: datetime | None = None, fields: Sequence[str] | None = None) -> Iterator[Record]:
        """Yield every record, or every record changed at or after ``since``, page by page.

        Ending normally means the service itself said that this was the end. Anything else raises,
        and what was yielded until then must not be taken for the whole.

        Raises:
            IncompleteListingError: a repeated page token, an iterator that expired twice.

        """

    def scan_rows(self, since: datetime | None = None, fields: Sequence[str] | None = None) -> Iterator[Page]:
        """Yield what :meth:`scan` yields, but what is in the trash, as rows the way the service sent them.

        Only for speed, and only where a connector's ``scan`` is made of the same rows: models are then made without a
        record in between.
        """
        raise NotImplementedError(f"{self.name} hands out records only")

    def get(self, ids: Sequence[str], fields: Sequence[str] | None = None) -> Mapping[str, Record]:
        """Return the records that exist and can be seen, by id, from a strongly consistent read."""
        raise NotImplementedError(f"{self.name} cannot read single records")

    def create(self, drafts: Sequence[Draft]) -> list[Outcome]:
        """Create up to ``features.create_batch`` records; one outcome for each draft, in order.

        Once a record exists, nothing may fail: a failed read-back returns ``Record(id)`` without fields.
        """
        raise NotImplementedError(f"{self.name} cannot create records")

    def update(self, patches: Sequence[Patch]) -> list[Outcome]:
        """Change up to ``features.update_batch`` records; one outcome for each patch, in order."""
        raise NotImplementedError(f"{self.name} cannot change records")

    def delete(self, ids: Sequence[str]) -> list[ProductOpsError | None]:
        """Delete (or trash) up to ``features.delete_batch`` records; ``None`` where it worked."""
        raise NotImplementedError(f"{self.name} cannot delete records")

    def find(self, markers: Sequence[str], since: datetime) -> Mapping[str, list[Record]]:
        """Return the records that carry these markers and were created at or after ``since``."""
        raise NotImplementedError(f"{self.name} cannot find records by marker")

    def people(self) -> Iterator[User]:
        """Yield the people that may be written into person fields."""
        return iter(())

    def same(self, field: Field, sent: object, shown: object) -> bool:
        """Tell whether the service would show ``shown`` after it was sent ``sent``.

        Used only after a lost answer, to recognise our own write in the service's own spelling.
        """
        return fingerprint(sent) == fingerprint(shown)

    def fitted(self, mapping: mapping.Mapping[Any]) -> Collection:
        """Return the collection as a mapping sees it. A file's columns, which have no kinds, take those it asks for."""
        return self

    def losses(self, field: Field, value: str) -> Sequence[str]:
        """Return what the service cannot show of a Markdown text, in a few words each: "tables (shown as typed)".

        Asked for every text that a plan would write, so it must be quick and may ask nobody.
        """
        return ()

    def prepare(self, mapping: mapping.Mapping[Any], links: Mapping[str, Collection] | None = None) -> Preparation:
        """Return what the collection lacks for a mapping; its ``apply()`` adds it.

        Args:
            mapping: what is to be read and written here.
            links: model field → the collection that its links lead to, for ``ref`` fields that are not there yet.

        """
        from productops.sdk.prepare import preparation

        return preparation(self, mapping, links)

    def extend(self, missing: Missing) -> None:
        """Add a field, or options to a field. Nothing is retyped or taken away.

        Raises:
            AccessError: the account may not, or the service's interface cannot; a person has to.

        """
        raise AccessError(
            f"{self.name} cannot be given fields by a program.", system=self.system, remedy="Add them by hand."
        )

    def unprepared(self) -> tuple[Schema, list[Missing]]:
        """Return the schema as it is now, also when the field for the marker is missing, and the step that adds it."""
        return self.schema(refresh=True), []

    def check(self) -> Check:
        """Tell in one call whether credentials, permissions and the collection are usable."""
        self.schema(refresh=True)
        return Check(ok=True)

    def subject(self) -> str:
        """Return who is asking, as the service knows the account; empty where that is not told."""
        return ""

    def replaced(
        self, patches: Sequence[Patch], looked: Mapping[str, datetime] | None = None
    ) -> Mapping[str, Mapping[str, object]]:
        """Return record → field → the plain value that these updates replaced, by the service's history.

        A service that tells who wrote what when may leave out the fields into which nobody else wrote since the last
        :meth:`get` of the record; ``looked`` tells since when for records that another process had read. An update
        that never arrived replaced nothing.
        """
        raise NotImplementedError(f"{self.name} keeps no history")

    def unfinished(self, patches: Sequence[Patch], since: Mapping[str, datetime]) -> Mapping[str, Iterable[str]]:
        """Return record → fields that show a step of our own on the way to what these updates asked for.

        Asked for updates that take several requests, whose answer was lost since the times given and which did not
        arrive: what such a field shows is nobody's edit. A service that sets every field at once has none.
        """
        return {}

    def editors(self, wanted: Mapping[str, Sequence[str]]) -> Mapping[str, Mapping[str, User]]:
        """Return record → field → who changed it last, for these fields of these records, as far as the service tells.

        Asked only for what is about to be noted with a name; where nothing is told, nobody is named.
        """
        return {}

    def restore(self, ids: Sequence[str]) -> list[ProductOpsError | None]:
        """Take up to ``features.delete_batch`` records out of the trash; ``None`` where it worked."""
        raise NotImplementedError(f"{self.name} cannot restore records")

    def settle(self) -> Settle:
        """Return how long this service may hide what happened."""
        return Settle()

    def server_time(self) -> datetime:
        """Return the service's own idea of now; cursors are set from it."""
        return datetime.now(UTC)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"
