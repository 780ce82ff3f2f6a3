"""How times and customers of the model are spelled in services that have neither.

A time may be a quarter, and a customer has no account in the tool that holds the feedback.
"""

from __future__ import annotations

from datetime import date, datetime
from email.utils import parseaddr
from typing import Any

from productops.errors import MappingError
from productops.model.people import PersonRef
from productops.model.timebox import TimeBucket
from productops.sdk.codecs import Codec, HeldValueError, Wants
from productops.sdk.fieldtype import Shape
from productops.sdk.mapping import Spot

TEXTS = ("text", "choice")
DATES = ("date", "datetime")


class Bucket(Codec):
    """A time of any precision, in a date field or as text."""

    def wants(self, shape: Shape) -> Wants:
        """Text, for a date field cannot say "Q4"."""
        return "text", (), frozenset({*TEXTS, *DATES})

    def check(self, spot: Spot) -> None:
        """Refuse fields that hold neither text nor dates."""
        if spot.field.kind not in (*TEXTS, *DATES):
            raise MappingError(
                f"{spot.where} is {spot.field.kind} and holds no time.", remedy="Map a text or a date field."
            )

    def decode(self, value: Any, spot: Spot) -> Any:
        """Read a date as that day, and a text such as "Q4 2026" as what it says."""
        if isinstance(value, datetime):
            value = value.date()
        if isinstance(value, date):
            return TimeBucket.day(value).model_dump(mode="json")
        text = str(getattr(value, "name", value))
        try:
            return TimeBucket.parse(text).model_dump(mode="json")
        except ValueError as error:
            raise HeldValueError(f"{spot.where}: {error}") from None

    def encode(self, value: Any, spot: Spot) -> Any:
        """Write "Q4 2026" as text; a date field takes a day only, for a quarter is none."""
        if value is None:
            return None
        time = TimeBucket.model_validate(value)
        if not time.known:
            return None
        if spot.field.kind in DATES:
            if time.precision != "day":
                raise HeldValueError(f"{spot.where} takes a day, and {time.label} is none")
            return time.start
        if spot.field.kind == "choice":
            return spot.option(short(time)) or _no_option(short(time), spot)
        return short(time)


def short(time: TimeBucket) -> str:
    """Return what people write and ``TimeBucket.parse`` reads: "Q4 2026", "H1 2027", "2026-09-30"."""
    if time.precision == "none":
        raise HeldValueError(f"the span {time.label} has no short form")
    return time.label if time.precision in ("quarter", "half") else time.code


def _no_option(text: str, spot: Spot) -> Any:
    raise HeldValueError(f"{spot.where} has no option {text!r}")


class Contact(Codec):
    """Somebody who has no account in the service, as text: "Ada Example <ada@example.com>"."""

    def check(self, spot: Spot) -> None:
        """Refuse fields that hold no text."""
        if spot.field.kind != "text":
            raise MappingError(
                f"{spot.where} is {spot.field.kind}; a contact is kept as text.",
                remedy="Map a text field, or person() for the service's own users.",
            )

    def decode(self, value: Any, spot: Spot) -> Any:
        """Read a name, an address, or both."""
        text = " ".join(str(value).split())
        name, address = parseaddr(text) if text.endswith(">") else ("", text)
        if "@" not in address or " " in address:
            return PersonRef(name=text).model_dump(mode="json")
        return PersonRef(name=name or None, email=address).model_dump(mode="json")

    def encode(self, value: Any, spot: Spot) -> Any:
        """Write the name and, where it is known, the address in angle brackets."""
        if value is None:
            return None
        who = PersonRef.model_validate(value)
        if who.name and who.email:
            return f"{who.name} <{who.email}>"
        return who.email or who.label


def bucket(field: str) -> Codec:
    """Map a time of any precision to a text field ("Q4 2026"), or to a date field for days only."""
    return Bucket(field)


def contact(field: str) -> Codec:
    """Map somebody outside the service to a text field: "Ada Example <ada@example.com>"."""
    return Contact(field)
