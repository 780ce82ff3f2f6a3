"""Where one model field meets one remote field: reading, writing, and what cannot be done."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import ValidationError

from productops.errors import RetryableError
from productops.sdk import refusals
from productops.sdk.codecs import Codec, HeldValueError, TooLongError, WaitingError
from productops.sdk.collection import Field
from productops.sdk.fieldtype import FieldType
from productops.sdk.people import People
from productops.sdk.record import Option, Record, RichText, Unreadable, fingerprint
from productops.sdk.seen import PROTECTED, Cell, Side


class Links(Protocol):
    """Translates between remote ids and links; a sync provides it from its state."""

    def link(self, sync: str | None, side: Side, remote_id: str) -> str | None:
        """Return the link that this record belongs to."""
        ...

    def end(self, sync: str | None, side: Side, link: str) -> str | None:
        """Return the record that the link has on this side."""
        ...


class NoLinks:
    """Outside a sync a link is the remote id itself."""

    def link(self, sync: str | None, side: Side, remote_id: str) -> str | None:
        """Return the id unchanged."""
        return remote_id

    def end(self, sync: str | None, side: Side, link: str) -> str | None:
        """Return the id unchanged."""
        return link


@dataclass(slots=True)
class Spot:
    """Where one model field meets one remote field, with all that a codec may need there."""

    name: str  # of the model field
    codec: Codec
    field: Field
    type: FieldType
    takes_text: bool
    system: str
    collection: str
    people: People
    people_by_email: bool
    links: Links
    side: Side
    options: dict[str, str] = dataclasses.field(default_factory=dict)  # option name in the mapping → option id
    paused: str | None = None  # why this field takes no part for now

    @property
    def where(self) -> str:
        """The field as an error message names it."""
        return f"{self.collection}: {self.field.name!r}"

    @property
    def required(self) -> bool:
        """Whether the model has no default for this field."""
        return self.type.required

    @property
    def needed(self) -> bool:
        """Whether the model cannot do without a value here."""
        return self.type.required and not self.type.takes_none

    def option(self, name: str) -> Option | None:
        """Return the option that the mapping means by this name, also after it was renamed."""
        return self.field.option(self.options.get(name, name))

    def read(self, record: Record) -> Cell | None:
        """Return what the record shows here, or ``None`` when it was not fetched."""
        if self.field.id and self.field.id not in record.fields:
            return None
        raw = record.fields.get(self.field.id)
        mark = fingerprint(raw)
        if isinstance(raw, Unreadable):
            return Cell(mark, problem=f"{self.where} cannot be read: {raw.reason}")
        protected, unshown = None, None
        if isinstance(raw, RichText) and raw.lossy:
            protected = f"{self.where} holds {', '.join(raw.lossy)}, which Markdown cannot express"
            mark += PROTECTED
        if isinstance(raw, RichText):
            unshown = [*raw.lossy, *raw.kept] or None
        try:
            value = self._value(raw)
        except RetryableError:
            raise
        except Exception as error:  # noqa: BLE001  codecs and validators are users' code; one bad value spoils only itself
            waits = True if isinstance(error, WaitingError) else None
            return Cell(mark, problem=f"{self.where}: {reason_of(error)}", protected=protected, waits=waits)
        return Cell(mark, value, protected=protected, unshown=unshown)

    def _value(self, raw: Any) -> Any:
        empty = raw is None or raw in ("", [])
        value = None if empty and not self.codec.sees_empty else self.codec.decode(raw, self)
        if value is None or value in ("", []):
            if self.needed:
                raise HeldValueError(f"{self.name} is required and empty here")
            return None
        return self.type.load(self.shaped(value))

    def shaped(self, value: Any) -> Any:
        """Fit a list of one to a model that takes one, and one to a model that takes a list."""
        if isinstance(value, list) and self.type.many is False:
            if len(value) > 1:
                raise HeldValueError(f"it holds {len(value)} values and {self.name} takes one")
            return value[0]
        return [value] if self.type.many and not isinstance(value, list | tuple) else value

    def write(self, value: Any) -> Any:
        """Return the plain remote value for a model value in JSON form.

        Raises:
            HeldValueError: the value has no form here (an unknown option, an unmatched person, too long a text).

        """
        if value is None and self.needed:
            raise HeldValueError(f"{self.name} is required and empty")
        try:
            remote = self.codec.encode(value, self)
        except (HeldValueError, RetryableError):
            raise
        except Exception as error:  # a codec may be a user's; one bad value must not stop the rest
            raise HeldValueError(f"{self.where} cannot be written: {reason_of(error)}") from error
        limit = self.field.max_length
        if limit and isinstance(remote, str) and len(remote) > limit:
            raise TooLongError(f"{self.where} takes {limit:,} characters; this has {len(remote):,}")
        return remote


def reason_of(error: Exception) -> str:
    """Return why a codec or a validator would not take a value, as one line for people."""
    if isinstance(error, ValidationError):
        return "; ".join(refusals.told(error))
    # A KeyError's text alone is a bare name.
    return str(error) if isinstance(error, ValueError | TypeError) else f"{type(error).__name__}: {error}"
