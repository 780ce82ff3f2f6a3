"""How one model field is spelled in one remote field.

A codec translates between a value of the model (in JSON form) and a plain remote value. Users name
remote fields with plain text or with the small functions at the end of this file; people with
odd fields subclass :class:`Codec`:

>>> class Percent(Codec):
...     def decode(self, value, spot):
...         return None if value is None else value / 100
...     def encode(self, value, spot):
...         return None if value is None else value * 100

Empty remote values never reach ``decode`` unless ``sees_empty`` is set: an empty field is ``None``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from productops.errors import MappingError
from productops.sdk.codec import (
    ANY_KIND,
    FORMATTED,
    Codec,
    HeldValueError,
    TooLongError,
    WaitingError,
    Wants,
    is_pure,
    reader_of,
    spell,
)
from productops.sdk.plain import Choice, Plain
from productops.sdk.record import RichText, User
from productops.sdk.richtext import mentions

if TYPE_CHECKING:
    from productops.sdk.fieldtype import Shape
    from productops.sdk.mapping import Spot


class Markdown(Codec):
    """Formatted text, as Markdown inside."""

    def wants(self, shape: Shape) -> Wants:
        """Formatted text."""
        return "markdown", (), frozenset()

    def check(self, spot: Spot) -> None:
        """Refuse fields that are not formatted text, with the connector's reason where it gives one."""
        if spot.field.kind != "markdown":
            reason = spot.field.note or spot.field.read_only or f"it is {spot.field.kind}"
            raise MappingError(
                f"{spot.where} cannot be mapped as Markdown: {reason}.",
                remedy=f'Map it by its plain name: "{self.field}".',
            )

    def decode(self, value: Any, spot: Spot) -> Any:
        """Return Markdown without trailing white space, which services add and drop as they like."""
        text = value.markdown if isinstance(value, RichText) else str(value)
        if "](user:" in text:
            text = mentions.translated(text, mentions.USER, lambda name, id_: _person_of(spot, name, id_))
        return text.rstrip() or None

    def reader(self, spot: Spot) -> Callable[[Any], Any]:
        """The same; the common case, a text that mentions nobody, without detours."""

        def read(value: Any) -> Any:
            text = value.markdown if type(value) is RichText else ""
            return text.rstrip() or None if text and "](user:" not in text else self.decode(value, spot)

        return read

    def encode(self, value: Any, spot: Spot) -> Any:
        """Hand Markdown to the connector, which makes the service's own form of it.

        People who are mentioned become the service's own, or their names where they have no account or the field takes
        no mentions.
        """
        if isinstance(value, str) and "](person:" in value:
            return mentions.translated(value, mentions.PERSON, lambda name, who: _user_for(spot, name, who))
        return value


def _person_of(spot: Spot, name: str, id_: str) -> str:
    """Return a mention by what the directory knows of somebody."""
    row = spot.people.seen(spot.system, User(id_, name))
    known = row.email or row.name
    return mentions.link(row.name or name, known, kind="person") if known else f"@{mentions.escaped(name)}"


def _user_for(spot: Spot, name: str, who: str) -> str:
    """Return a mention by the id of somebody in a service, or just the name."""
    if spot.field.mentions:
        try:
            user = spot.people.user(spot.system, who)
        except HeldValueError:
            pass  # they are counted as unmatched, and every plan lists them
        else:
            return mentions.link(user.name or name, user.id)
    return f"@{mentions.escaped(name)}"


class Person(Codec):
    """One person, found on the other side through the :class:`~productops.sdk.people.People` directory."""

    pure = True

    def wants(self, shape: Shape) -> Wants:
        """One person, or several."""
        return "people" if shape.many else "person", (), frozenset({"person", "people"})

    def check(self, spot: Spot) -> None:
        """Refuse fields that hold no person."""
        if spot.field.kind not in ("person", "people"):
            raise MappingError(
                f"{spot.where} holds {spot.field.kind}, not a person.",
                remedy="Map a person field, or map this one by its plain name.",
            )

    def decode(self, value: Any, spot: Spot) -> Any:
        """Return the directory's row for this person, as the model spells people."""
        users = value if isinstance(value, list) else [value]
        forms = [self._form(user, spot) for user in users]
        return forms if spot.field.kind == "people" else next(iter(forms), None)

    def reader(self, spot: Spot) -> Callable[[Any], Any]:
        """The same; the common case, one person whose name or e-mail shows, without detours."""
        seen, system, text, several = spot.people.seen, spot.system, spot.takes_text, spot.field.kind == "people"

        def read(value: Any) -> Any:
            if several or type(value) is not User:
                return self.decode(value, spot)
            row = seen(system, value)
            shown = row.email or row.name
            if not shown:
                return self.decode(value, spot)
            return shown if text else row.ref()

        return read

    def _form(self, user: Any, spot: Spot) -> Any:
        if not isinstance(user, User):
            raise HeldValueError(f"{spot.where} shows {user!r}, which is not a person")
        row = spot.people.seen(spot.system, user)
        if not (row.email or row.name):
            # As nothing it would clear the other side, and all hidden people would be one.
            raise HeldValueError(
                f"{spot.where} shows the {spot.system} user {user.id}, whose name and e-mail are hidden; "
                "give them one in the people directory"
            )
        return row.email or row.name if spot.takes_text else row.ref()

    def encode(self, value: Any, spot: Spot) -> Any:
        """Return this service's user for the person, or hold the value and report the person as unmatched."""
        people = value if isinstance(value, list) else [] if value is None else [value]
        users = [spot.people.user(spot.system, item, by_email=spot.people_by_email) for item in people]
        return users if spot.field.kind == "people" else _only(users, spot)


def _only(found: list[Any], spot: Spot) -> Any:
    if len(found) > 1:
        raise HeldValueError(f"{spot.where} takes one value; this has {len(found)}")
    return next(iter(found), None)


class Ref(Codec):
    """A link to another record, translated through the links of a sync (its own by default)."""

    def __init__(self, field: str, to: str | None = None) -> None:
        super().__init__(field)
        self.to = to

    def wants(self, shape: Shape) -> Wants:
        """One link, or several."""
        return "links" if shape.many else "link", (), frozenset({"link", "links"})

    def check(self, spot: Spot) -> None:
        """Refuse fields that are not links."""
        if spot.field.kind not in ("link", "links"):
            raise MappingError(
                f"{spot.where} is {spot.field.kind}, not a link.", remedy="Use ref() for link fields only."
            )

    def decode(self, value: Any, spot: Spot) -> Any:
        """Return the link's id, which both sides share; outside a sync, the remote id."""
        ids = value if isinstance(value, list) else [value]
        found = [spot.links.link(self.to, spot.side, str(item)) for item in ids]
        if None in found:
            raise WaitingError(f"{spot.where} points to a record that is not synced yet")
        return found if spot.field.kind == "links" else next(iter(found), None)

    def encode(self, value: Any, spot: Spot) -> Any:
        """Return the id that the linked record has on this side."""
        ids = value if isinstance(value, list) else [] if value is None else [value]
        found = [spot.links.end(self.to, spot.side, str(item)) for item in ids]
        if None in found:
            raise HeldValueError(f"the record that {spot.where} should point to is not on this side yet")
        return found if spot.field.kind == "links" else _only(found, spot)


class Constant(Codec):
    """A model field that always has this value here; written at creation where a field is named."""

    create_only = True
    sees_empty = True

    def __init__(self, value: Any, field: str | None = None) -> None:
        super().__init__(field)
        self.value = value
        self.writable: bool = field is not None

    def wants(self, shape: Shape) -> Wants:
        """What the constant itself is; a text among the model's own is an option."""
        options = (str(self.value),) if shape.kind == "choice" else ()
        return ("choice", options, ANY_KIND - FORMATTED) if options else Plain(self.field).wants(shape)

    def decode(self, value: Any, spot: Spot) -> Any:
        """Return the constant, whatever the remote shows."""
        return self.value

    def encode(self, value: Any, spot: Spot) -> Any:
        """Return the constant as the remote field spells it."""
        return Plain(self.field).encode(self.value, spot)


class Wrapped(Codec):
    """Another codec with some of its flows closed."""

    def __init__(
        self, inner: Codec, *, readable: bool = True, writable: bool = True, create_only: bool = False
    ) -> None:
        super().__init__(inner.field)
        self.inner = inner
        self.readable: bool = readable and inner.readable
        self.writable: bool = writable and inner.writable
        self.create_only: bool = create_only or inner.create_only
        self.sees_empty: bool = inner.sees_empty
        self.pure: bool = is_pure(inner)

    def names(self) -> Sequence[str]:
        """The inner codec's."""
        return self.inner.names()

    def wants(self, shape: Shape) -> Wants:
        """The inner codec's; what is only read may be of any kind that reads."""
        return self.inner.wants(shape)

    def check(self, spot: Spot) -> None:
        """The inner codec's."""
        self.inner.check(spot)

    def decode(self, value: Any, spot: Spot) -> Any:
        """The inner codec's."""
        return self.inner.decode(value, spot)

    def reader(self, spot: Spot) -> Callable[[Any], Any] | None:
        """The inner codec's."""
        return reader_of(self.inner, spot)

    def encode(self, value: Any, spot: Spot) -> Any:
        """The inner codec's."""
        return self.inner.encode(value, spot)


def codec(spec: str | Codec) -> Codec:
    """Return a codec for what a user wrote in a mapping."""
    if isinstance(spec, Codec):
        return spec
    if isinstance(spec, str):
        return Plain(spec)
    raise MappingError(
        f"A mapping takes field names and codecs, not {type(spec).__name__}.",
        remedy='Write the remote field\'s name in quotes, or markdown("..."), choice("...", ...), person("...").',
    )


def choice(field: str, /, **options: str | Sequence[str]) -> Codec:
    """Map a select field: ``choice("Stage", idea="Inbox", doing=["Building", "Review"])``.

    The keyword is the model's value. Several options may read as one value; the first is the one
    written, and only when the value changes: a move inside the group is no change.
    """
    return Choice(field, options)


def markdown(field: str) -> Codec:
    """Map formatted text. Inside it is Markdown; the service keeps its own form."""
    return Markdown(field)


def person(field: str) -> Codec:
    """Map a person field through the People directory."""
    return Person(field)


def ref(field: str, to: str | None = None) -> Codec:
    """Map a link to a record of the sync named ``to`` (this one when left out)."""
    return Ref(field, to)


def once(spec: str | Codec) -> Codec:
    """Write the field when the record is created and never again."""
    return Wrapped(codec(spec), create_only=True)


def read_only(spec: str | Codec) -> Codec:
    """Read the field here and never write it."""
    return Wrapped(codec(spec), writable=False)


def write_only(spec: str | Codec) -> Codec:
    """Write the field here and never read it back into the other side."""
    return Wrapped(codec(spec), readable=False)


def constant(value: Any, field: str | None = None) -> Codec:
    """Give the model field this value here; with ``field``, write it there when a record is created."""
    return Constant(value, field)


__all__ = [
    "Choice",
    "Codec",
    "HeldValueError",
    "Plain",
    "TooLongError",
    "WaitingError",
    "Wants",
    "choice",
    "codec",
    "constant",
    "markdown",
    "once",
    "person",
    "read_only",
    "reader_of",
    "ref",
    "spell",
    "write_only",
]
