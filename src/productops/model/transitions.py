"""Moving a thing from one state to another: only along legal ways, which an error names."""

from collections.abc import Collection, Mapping
from datetime import date
from enum import StrEnum
from typing import TypeVar

from productops.model.base import NonEmpty, Value

S = TypeVar("S", bound=StrEnum)


class IllegalTransition(ValueError):  # noqa: N818 - named after what is wrong
    """A state cannot follow another; the message names those that can."""


class StatusChange(Value):
    """One step in the history of a state; `by` is a person's key or a system's name."""

    old: NonEmpty
    new: NonEmpty
    on: date
    by: str | None = None
    reason: str | None = None


def check_transition(what: str, ways: Mapping[S, Collection[S]], old: S, new: S) -> None:
    """Raise IllegalTransition, naming the legal ways, unless `new` may follow `old`.

    >>> Light = StrEnum("Light", ["RED", "GREEN"])
    >>> check_transition("light", {Light.RED: (Light.GREEN,)}, Light.RED, Light.RED)
    Traceback (most recent call last):
    productops.model.transitions.IllegalTransition: a light cannot go from red to red; from red it can go to: green
    """
    allowed = ways.get(old, ())
    if new in allowed:
        return
    hint = (
        f"from {old.value} it can go to: {', '.join(way.value for way in allowed)}" if allowed else "it is at its end"
    )
    raise IllegalTransition(f"a {what} cannot go from {old.value} to {new.value}; {hint}")
