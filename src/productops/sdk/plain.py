"""Values as they are, and select fields whose options are spelled differently on each side."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from productops.errors import MappingError
from productops.sdk.record import Option, RichText

if TYPE_CHECKING:
    from productops.sdk.fieldtype import Shape
    from productops.sdk.mapping import Spot

from productops.sdk.codec import ANY_KIND, FORMATTED, Codec, HeldValueError, Wants


class Plain(Codec):
    """The value as it is: text, numbers, dates, labels, the name of an option."""

    pure = True

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
        if spot.codec.readable and not spot.type.suits(spot.field.kind):
            raise self._unfit(spot)

    def _unfit(self, spot: Spot) -> MappingError:
        kind, shape = spot.field.kind, spot.type.shape.kind
        if shape != "other":
            return MappingError(
                f"{spot.where} is {kind}, which does not fit {spot.name!r}: that is {shape}.",
                remedy="Map a field of that kind.",
            )
        return MappingError(
            f"{spot.where} is {kind}, which does not fit {spot.name!r}: that has several parts.",
            remedy=f'A time is mapped with bucket("{self.field}"), somebody with contact("{self.field}").',
        )

    def decode(self, value: Any, spot: Spot) -> Any:
        """Return names of options, and everything else as it is."""
        # An option without a name is not an empty field.
        if isinstance(value, Option):
            return value.name or value.id
        if isinstance(value, list):
            return [item.name or item.id if isinstance(item, Option) else item for item in value]
        return value.markdown if isinstance(value, RichText) else value

    def reader(self, spot: Spot) -> Callable[[Any], Any] | None:
        """Nothing to do for the plainest values."""
        return None

    def encode(self, value: Any, spot: Spot) -> Any:
        """Find the option of that name; parse numbers and dates; leave the rest."""
        kind = spot.field.kind
        if kind in ("choices", "labels", "links"):
            items = value if isinstance(value, list) else [] if value is None else [value]
            return [option_called(str(item), spot) for item in items] if kind == "choices" else items
        if value is None:
            return None
        if isinstance(value, list | dict):
            return self._single(value, spot)
        if kind == "choice":
            return option_called(str(value), spot)
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


def option_called(name: str, spot: Spot) -> Option:
    """Return the option that a name means at a spot; hold the value where there is none."""
    if option := spot.option(name):
        return option
    known = ", ".join(repr(option.name) for option in spot.field.options[:20]) or "none"
    raise HeldValueError(f"{spot.where} has no option {name!r} (it has {known})")


class Choice(Codec):
    """A select field whose options are spelled differently on each side.

    Several options may read as one value; the first is written.
    """

    pure = True

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
        if wrong := [why for key in self.options if (why := spot.type.unknown(key))]:
            raise MappingError(
                f"{spot.where}: the mapping gives {spot.name!r} a value that it does not have: {wrong[0]}.",
                remedy="Write one of those before the sign =.",
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

    def reader(self, spot: Spot) -> Callable[[Any], Any]:
        """Look the value up by the option's id."""
        known: dict[str, str] = {}
        for key, names in self.options.items():
            for name in names:
                if (option := spot.option(name)) is not None:
                    known.setdefault(option.id, key)

        def read(value: Any) -> Any:
            found = known.get(value.id) if type(value) is Option else None
            return self.decode(value, spot) if found is None else found

        return read

    def encode(self, value: Any, spot: Spot) -> Any:
        """Return the first option of that value."""
        if value is None:
            return None
        # Values are in JSON form, and so are the names that a mapping gives them: true, 3, idea.
        if names := self.options.get(value if isinstance(value, str) else json.dumps(value)):
            return option_called(names[0], spot)
        raise HeldValueError(f"the mapping of {spot.where} names no option for {value!r}")
