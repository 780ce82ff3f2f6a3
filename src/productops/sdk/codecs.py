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

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, TypeAlias, get_args

from productops.errors import MappingError
from productops.sdk.collection import Kind
from productops.sdk.record import Option, RichText, User

if TYPE_CHECKING:
    from productops.sdk.fieldtype import Shape
    from productops.sdk.mapping import Spot


Wants: TypeAlias = tuple[Kind, Sequence[str], frozenset[str]]
FORMATTED = frozenset({"markdown", "person", "people"})  # kinds that need a codec of their own
ANY_KIND = frozenset(get_args(Kind))


class HeldValueError(ValueError):
    """A value that is kept where it is and reported: an unknown option, an unmatched person."""


class WaitingError(HeldValueError):
    """A reference to a record that has no twin yet; it is read again by the next plan."""


class TooLongError(HeldValueError):
    """A text that the field cannot hold whole; a record is not created with half of it missing."""


class Codec:
    """The translation between one model field and one remote field."""

    readable = True  # values flow from this side
    writable = True  # values flow to this side
    create_only = False  # written when the record is created, never again
    sees_empty = False  # decode is called for empty values too

    def __init__(self, field: str | None) -> None:
        self.field = field

    def check(self, spot: Spot) -> None:
        """Raise ``MappingError`` when the remote field cannot carry this."""

    def decode(self, value: Any, spot: Spot) -> Any:
        """Return the model's value. Raise :class:`HeldValueError` for one that must be kept and reported."""
        raise NotImplementedError

    def encode(self, value: Any, spot: Spot) -> Any:
        """Return the plain remote value to write, from the model's value in JSON form."""
        raise NotImplementedError

    def names(self) -> Sequence[str]:
        """Option names that must be resolved to ids when the mapping meets the schema."""
        return ()

    def wants(self, shape: Shape) -> Wants:
        """Return what field to make where there is none: its kind, its options, and which other kinds do as well."""
        return "text", (), ANY_KIND


class Plain(Codec):
    """The value as it is: text, numbers, dates, labels, the name of an option."""

    def wants(self, shape: Shape) -> Wants:
        """The kind that holds the model's values; many others show them as well."""
        if shape.many:
            return "choices" if shape.options else "labels", shape.options, ANY_KIND - FORMATTED
        return "text" if shape.kind == "other" else shape.kind, shape.options, ANY_KIND - FORMATTED

    def check(self, spot: Spot) -> None:
        """Refuse kinds that have a codec of their own."""
        if spot.field.kind == "markdown":
            raise MappingError(
                f"{spot.where} is formatted text.",
                remedy=f'Map it with markdown("{self.field}") instead of plain text.',
            )
        if spot.field.kind in ("person", "people"):
            raise MappingError(f"{spot.where} holds people.", remedy=f'Map it with person("{self.field}").')

    def decode(self, value: Any, spot: Spot) -> Any:
        """Return names of options, and everything else as it is."""
        if isinstance(value, list):
            return [_label(item) for item in value]
        return value.markdown if isinstance(value, RichText) else _label(value)

    def encode(self, value: Any, spot: Spot) -> Any:
        """Find the option of that name; parse numbers and dates; leave the rest."""
        kind = spot.field.kind
        if kind in ("choices", "labels", "links"):
            items = value if isinstance(value, list) else [] if value is None else [value]
            return [_option(str(item), spot) for item in items] if kind == "choices" else items
        if value is None:
            return None
        if isinstance(value, list | dict):
            return self._single(value, spot)
        if kind == "choice":
            return _option(str(value), spot)
        if kind in ("text", "url"):
            return str(value)
        return _parsed(value, spot) if isinstance(value, str) and kind in _PARSERS else value

    def _single(self, value: Any, spot: Spot) -> Any:
        """Write a list of one where one value goes; what would lose its form is held."""
        if spot.field.kind in ("other", "files"):
            return value
        if isinstance(value, list) and len(value) <= 1:
            return self.encode(value[0] if value else None, spot)
        what = f"{len(value)} values" if isinstance(value, list) else "a value of several parts"
        raise HeldValueError(f"{spot.where} is {spot.field.kind} and cannot hold {what}")


def _label(value: Any) -> Any:
    # An option without a name is not an empty field.
    return value.name or value.id if isinstance(value, Option) else value


def _number(text: str) -> int | float:
    number = float(text)
    return int(text) if number.is_integer() and text.lstrip("+-").isdigit() else number


def _moment(text: str) -> datetime:
    """Return an aware time; a date alone, or a time without a zone, is taken as UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_PARSERS: dict[str, Callable[[str], Any]] = {
    "number": _number,
    "date": lambda text: date.fromisoformat(text[:10]),
    "datetime": _moment,
}


def _parsed(text: str, spot: Spot) -> Any:
    kind = "datetime" if spot.field.times and len(text) > len("2026-01-31") else spot.field.kind
    try:
        return _PARSERS[kind](text)
    except ValueError:
        raise HeldValueError(f"{spot.where} is {spot.field.kind} and cannot hold {text[:80]!r}") from None


def _option(name: str, spot: Spot) -> Option:
    if option := spot.option(name):
        return option
    known = ", ".join(repr(option.name) for option in spot.field.options[:20]) or "none"
    raise HeldValueError(f"{spot.where} has no option {name!r} (it has {known})")


class Choice(Codec):
    """A select field whose options are spelled differently on each side.

    Several options may read as one value; the first is written.
    """

    def __init__(self, field: str, options: Mapping[str, str | Sequence[str]]) -> None:
        super().__init__(field)
        if not options:
            raise MappingError(
                f"choice({field!r}) names no options.", remedy='Write choice("Stage", idea="Inbox", ...).'
            )
        self.options: dict[str, tuple[str, ...]] = {
            key: (names,) if isinstance(names, str) else tuple(names) for key, names in options.items()
        }
        if empty := [key for key, names in self.options.items() if not names or not all(names)]:
            raise MappingError(
                f"choice({field!r}) gives {empty[0]!r} no option.", remedy=f'Write {empty[0]}="the option\'s name".'
            )
        taken: dict[str, str] = {}
        for key, names in self.options.items():
            for name in names:
                if (other := taken.setdefault(name, key)) != key:
                    raise MappingError(
                        f"choice({field!r}): the option {name!r} would read as both {other!r} and {key!r}.",
                        remedy="Give each option to one value only.",
                    )

    def names(self) -> Sequence[str]:
        """Every option the mapping mentions."""
        return [name for names in self.options.values() for name in names]

    def wants(self, shape: Shape) -> Wants:
        """A single choice with every option that the mapping names."""
        return "choice", tuple(self.names()), frozenset()

    def check(self, spot: Spot) -> None:
        """Refuse fields without options, and options that the field does not have."""
        if spot.field.kind != "choice":
            raise MappingError(
                f"{spot.where} is {spot.field.kind}, not a single choice.", remedy="Map it by its plain name."
            )
        if missing := [name for name in self.names() if spot.option(name) is None]:
            known = ", ".join(repr(option.name) for option in spot.field.options[:30]) or "none"
            raise MappingError(
                f"{spot.where} has no option {', '.join(map(repr, missing))}.",
                remedy=f"Add it there, or use one it has: {known}.",
            )

    def decode(self, value: Any, spot: Spot) -> Any:
        """Return the value whose options include this one."""
        if not isinstance(value, Option):
            raise HeldValueError(f"{spot.where} shows {value!r}, which is not an option")
        for key, names in self.options.items():
            for name in names:
                if (option := spot.option(name)) is not None and option.id == value.id:
                    return key
        raise HeldValueError(f"{spot.where} shows {value.name!r}, which the mapping does not name")

    def encode(self, value: Any, spot: Spot) -> Any:
        """Return the first option of that value."""
        if value is None:
            return None
        # Values are in JSON form, and so are the names that a mapping gives them: true, 3, idea.
        if names := self.options.get(value if isinstance(value, str) else json.dumps(value)):
            return _option(names[0], spot)
        raise HeldValueError(f"the mapping of {spot.where} names no option for {value!r}")


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
        return text.rstrip() or None

    def encode(self, value: Any, spot: Spot) -> Any:
        """Hand Markdown to the connector, which makes the service's own form of it."""
        return value


class Person(Codec):
    """One person, found on the other side through the :class:`~productops.sdk.people.People` directory."""

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
        self.writable = field is not None

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
        self.readable = readable and inner.readable
        self.writable = writable and inner.writable
        self.create_only = create_only or inner.create_only
        self.sees_empty = inner.sees_empty

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

    def encode(self, value: Any, spot: Spot) -> Any:
        """The inner codec's."""
        return self.inner.encode(value, spot)


def spell(spec: Codec) -> str:
    """Return a codec as text that changes when what it does changes."""
    parts = (
        f"{name}={spell(value) if isinstance(value, Codec) else repr(value)}"
        for name, value in sorted(vars(spec).items())
    )
    return ",".join([type(spec).__name__, *parts])


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
    "Codec",
    "HeldValueError",
    "choice",
    "codec",
    "constant",
    "markdown",
    "once",
    "person",
    "read_only",
    "ref",
    "write_only",
]
