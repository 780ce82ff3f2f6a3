"""One remote thing as its service returned it, in plain values.

A connector translates its service's wire forms into these values and nothing else crosses the
border: text, numbers, bools, dates, aware datetimes, :class:`Option`, :class:`User`,
:class:`RichText`, and lists of them. Five different things must not be confused:

=============  =====================================================================
*not fetched*  the field has no key in ``Record.fields``
*unreadable*   the value is :class:`Unreadable` (no permission, a formula error ...)
*null*         the value is ``None``
*empty*        the value is ``""`` or ``[]``
*absent*       the service leaves empty fields out; its connector writes ``None``
=============  =====================================================================

Only null and empty can clear a field on the other side.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache
from json.encoder import encode_basestring as _quoted
from json.encoder import encode_basestring_ascii as _ascii
from math import isfinite
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a select field. Two options are equal when their ids are: names may be renamed."""

    id: str
    name: str = field(compare=False, default="")


@dataclass(frozen=True, slots=True)
class User:
    """A person as one service knows them. Equal by id; e-mail and name are often hidden."""

    id: str
    name: str | None = field(compare=False, default=None)
    email: str | None = field(compare=False, default=None)
    active: bool = field(compare=False, default=True)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A value that exists but could not be read; it never clears or overwrites anything."""

    reason: str


class RichText:
    """Formatted text: the service's own form stays inside, Markdown is made when asked for.

    ``fingerprint`` identifies the service's own form, so an unchanged text is recognised without converting it; it is
    ``None`` where that form is the Markdown itself. ``kept`` names what Markdown cannot express and a write leaves
    alone (panels, colours, media): an edit is laid over the text that is there. ``lossy`` names what a write would
    destroy; a text with such parts is never overwritten from another side.
    """

    __slots__ = ("_fingerprint", "_markdown", "kept", "lossy")

    def __init__(
        self,
        fingerprint: str | Callable[[], str] | None,
        render: str | Callable[[], str],
        lossy: tuple[str, ...] = (),
        kept: tuple[str, ...] = (),
    ) -> None:
        # Text where it is known, else what makes it.
        self._fingerprint = fingerprint
        self.lossy: tuple[str, ...] = lossy
        self.kept: tuple[str, ...] = kept
        self._markdown = render

    @property
    def fingerprint(self) -> str:
        """What identifies the service's own form; made on first use where a function was given."""
        if not isinstance(self._fingerprint, str):
            self._fingerprint = fingerprint(self.markdown) if self._fingerprint is None else self._fingerprint()
        return self._fingerprint

    @property
    def markdown(self) -> str:
        """The text as Markdown, converted on first use."""
        if not isinstance(self._markdown, str):
            self._markdown = self._markdown()
        return self._markdown

    def __repr__(self) -> str:
        return f"RichText({self.fingerprint[:8]!r}{', lossy=' + repr(self.lossy) if self.lossy else ''})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RichText) and other.fingerprint == self.fingerprint

    def __hash__(self) -> int:
        return hash(self.fingerprint)


Value: TypeAlias = Any
"""A plain value: text, number, bool, date, datetime, Option, User, RichText, Unreadable, a list of those, or None."""


@dataclass(frozen=True, init=False)
class Record:
    """One remote thing, frozen. ``fields`` is keyed by field id; see the module for absent and null."""

    id: str
    fields: Mapping[str, Value] = field(default_factory=dict)
    key: str | None = None  # what people call it: PROD-12
    url: str | None = None
    marker: str | None = None
    version: str | None = None
    created: datetime | None = None
    updated: datetime | None = None
    trashed: bool = False
    hidden: bool = False  # answered by get(): it exists, and this account may not see it (403)
    existed: bool = False  # answered by create(): the marker was already there, nothing was created

    def __init__(
        self,
        id: str,  # noqa: A002 - the field's name
        fields: Mapping[str, Value] | None = None,
        key: str | None = None,
        url: str | None = None,
        marker: str | None = None,
        version: str | None = None,
        created: datetime | None = None,
        updated: datetime | None = None,
        trashed: bool = False,
        hidden: bool = False,
        existed: bool = False,
    ) -> None:
        # Written by hand, since a listing makes many: a frozen dataclass takes three times as long. What is not given
        # stays with the class.
        mine = self.__dict__
        mine["id"], mine["fields"] = id, {} if fields is None else fields
        if key is not None:
            mine["key"] = key
        if url is not None:
            mine["url"] = url
        if marker is not None:
            mine["marker"] = marker
        if version is not None:
            mine["version"] = version
        if created is not None:
            mine["created"] = created
        if updated is not None:
            mine["updated"] = updated
        if trashed or hidden or existed:
            mine.update(trashed=trashed, hidden=hidden, existed=existed)


@dataclass(frozen=True, slots=True)
class Draft:
    """A record to create: values by field id, and the marker by which it is found again."""

    fields: Mapping[str, Value]
    marker: str | None = None


@dataclass(frozen=True, slots=True)
class Patch:
    """A change to one record: only the fields named are written; ``marker`` claims the record when given.

    ``seen`` tells, by field, the fingerprint of what was read right before. A connector that reads once more before it
    writes, as one does that lays a text over another, leaves the record alone when it shows something else by then,
    and answers with :class:`~productops.errors.StaleError`.
    """

    id: str
    fields: Mapping[str, Value]
    marker: str | None = None
    seen: Mapping[str, str] = field(default_factory=dict)


def canonical(value: Value) -> Any:
    """Return a JSON-able form in which equal values are equal, whatever their display names.

    Null and empty are one value here, because services do not keep them apart; options and users
    count by id; lists of options, users or labels are sets.

    >>> canonical(Option("7", "Done")) == canonical(Option("7", "Finished"))
    True
    >>> canonical("") is canonical([]) is None
    True

    What has no id yet, because it is about to be made or found by the service, counts by name or e-mail.
    """
    if value is None or (isinstance(value, str | list | tuple | set | frozenset | dict) and not value):
        return None
    match value:
        case bool() | str() | int():
            return value
        case float():
            return int(value) if value.is_integer() else value
        # Mappings, not lists: a list of labels may hold any words, in sorted order.
        case Option():
            return {"$option": value.id} if value.id else {"$option-name": value.name}
        case User():
            return {"$user": value.id} if value.id else {"$user-email": (value.email or value.name or "").casefold()}
        case RichText():
            return {"$rich": value.fingerprint}
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date():
            return value.isoformat()
        case list() | tuple() | set() | frozenset():
            return sorted((canonical(item) for item in value), key=_order)
        case dict():
            return {str(key): canonical(item) for key, item in value.items()}
        case Unreadable():
            return {"$unreadable": value.reason}
    return str(value)


def fingerprint(value: Value) -> str:
    """Return 16 characters that are equal when, and for practice only when, two values are.

    64 bits of BLAKE2b over :func:`canonical`.

    >>> fingerprint(["b", "a"]) == fingerprint(("a", "b"))
    True
    """
    # A tag keeps the text "3" and the number 3 apart. The commonest kinds of values take the shortest way there.
    match value:
        case str():
            return _digest("s" + value) if value else NOTHING  # concatenated: a text of an Enum formats as its name
        case None:
            return NOTHING
        case datetime():
            return _digest(f"s{value.astimezone(UTC).isoformat()}")
        case date():
            return _mark_of_day(value)
        case Option():
            return _mark_of_option(value.id) if value.id else _mark_of(canonical(value))
        case User():
            return _mark_of_user(value.id) if value.id else _mark_of(canonical(value))
        case RichText():
            return _digest(f'j{{"$rich": {_quoted(value.fingerprint)}}}')
        case bool():
            return _TRUE if value else _FALSE
        case int():
            return _digest(f"j{int(value)}")
        case float() if isfinite(value):
            return _digest(f"j{int(value) if value.is_integer() else float(value)!r}")
        case list() if value:
            return _mark_of_list(value)
    return _mark_of(canonical(value))


def _mark_of_list(items: list[Value]) -> str:
    """Return the mark of labels or of options, which most lists hold, without making their forms."""
    first = type(items[0])
    if first is str and all(type(item) is str and item for item in items):
        texts = [_quoted(item) for item in sorted(items, key=_ascii)]
    elif first is Option and all(type(item) is Option and item.id for item in items):
        ids = sorted((item.id for item in items), key=_ascii)
        texts = [f'{{"$option": {_quoted(id_)}}}' for id_ in ids]
    else:
        return _mark_of(canonical(items))
    return _digest(f"j[{', '.join(texts)}]")


def _mark_of(form: Any) -> str:
    """Return the mark of a canonical form."""
    if form is None:
        return NOTHING
    return _digest("s" + form if isinstance(form, str) else f"j{_encode(form)}")


def _digest(tagged: str) -> str:
    return hashlib.blake2b(tagged.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


@lru_cache(maxsize=4096)
def _mark_of_option(id_: str) -> str:
    return _digest(f'j{{"$option": {_quoted(id_)}}}')


@lru_cache(maxsize=4096)
def _mark_of_user(id_: str) -> str:
    return _digest(f'j{{"$user": {_quoted(id_)}}}')


@lru_cache(maxsize=4096)
def _mark_of_day(day: date) -> str:
    return _digest(f"s{day.isoformat()}")


_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode  # json.dumps() would make one each time
_order = json.JSONEncoder(sort_keys=True).encode
_TRUE, _FALSE = _digest("jtrue"), _digest("jfalse")
NOTHING = _digest("jnull")  # of null and empty, the commonest value of all
