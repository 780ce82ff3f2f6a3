"""What every codec has: the base class, the values it may hold back, and how it is spelled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, get_args

from productops.sdk.collection import Kind

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
    pure = False  # decode says the same of equal values, at least while a listing is read

    def __init__(self, field: str | None) -> None:
        self.field = field

    def check(self, spot: Spot) -> None:
        """Raise ``MappingError`` when the remote field cannot carry this."""

    def decode(self, value: Any, spot: Spot) -> Any:
        """Return the model's value. Raise :class:`HeldValueError` for one that must be kept and reported."""
        raise NotImplementedError

    def reader(self, spot: Spot) -> Callable[[Any], Any] | None:
        """Return what does the same as ``decode`` at this spot, made once and asked for many records.

        None means that a text, a number, a truth value, a date or a time is the model's value as it is. A class that
        has its own ``decode`` and no ``reader`` is asked through ``decode``.
        """
        return lambda value: self.decode(value, spot)

    def encode(self, value: Any, spot: Spot) -> Any:
        """Return the plain remote value to write, from the model's value in JSON form."""
        raise NotImplementedError

    def names(self) -> Sequence[str]:
        """Option names that must be resolved to ids when the mapping meets the schema."""
        return ()

    def wants(self, shape: Shape) -> Wants:
        """Return what field to make where there is none: its kind, its options, and which other kinds do as well."""
        return "text", (), ANY_KIND


def reader_of(codec: Codec, spot: Spot) -> Callable[[Any], Any] | None:
    """Return the codec's reader, unless a subclass has changed what ``decode`` does."""
    return codec.reader(spot) if _speaks_of_decode(codec, "reader") else Codec.reader(codec, spot)


def is_pure(codec: Codec) -> bool:
    """Tell whether a codec says the same of equal values; what is not known of a changed ``decode`` is not believed."""
    return codec.pure and (_speaks_of_decode(codec, "pure") or "pure" in vars(codec))


def _speaks_of_decode(codec: Codec, name: str) -> bool:
    """Tell whether the class that gives an attribute is the one that gives ``decode``."""
    made, does = (next(each for each in type(codec).__mro__ if one in vars(each)) for one in (name, "decode"))
    return made is does


def spell(spec: Codec) -> str:
    """Return a codec as text that changes when what it does changes."""
    parts = (
        f"{name}={spell(value) if isinstance(value, Codec) else repr(value)}"
        for name, value in sorted(vars(spec).items())
    )
    return ",".join([type(spec).__name__, *parts])
