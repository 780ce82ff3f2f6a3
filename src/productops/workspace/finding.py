"""Which entities somebody asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from enum import Enum
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticSerializationError

from productops.errors import ConfigError
from productops.workspace.kinds import Kind
from productops.workspace.packing import compact


class Wanted:
    """A question: fields that equal a value, or for which a function of the value is true, and functions of the whole.

    The same question is asked of the stored text first, as far as that can answer, so that most of what is not
    meant is never made an entity.
    """

    def __init__(
        self, kind: Kind, predicates: Sequence[Callable[[Any], Any]] = (), equals: Mapping[str, Any] | None = None
    ) -> None:
        self.kind = kind
        self.predicates = predicates
        self.equals: dict[str, Any] = dict(equals or {})
        known = {*kind.model.model_fields, *kind.model.model_computed_fields}
        for name in self.equals:
            if name not in known and not isinstance(getattr(kind.model, name, None), property):
                raise ConfigError(
                    f"{kind.model.__name__} has no field {name!r}.", remedy=f"It has {', '.join(sorted(known))}."
                )
        if wrong := [each for each in predicates if not callable(each)]:
            raise ConfigError(f"{wrong[0]!r} cannot be asked of a {kind.model.__name__}.", remedy="Give a function.")

    def __call__(self, item: BaseModel) -> bool:
        """Tell whether an entity is meant."""
        for name, value in self.equals.items():
            found = getattr(item, name)
            if not (value(found) if callable(value) and not isinstance(value, type) else found == value):
                return False
        return all(predicate(item) for predicate in self.predicates)

    def needles(self) -> Iterator[list[str]]:
        """Yield, for each field that text can answer for, what the JSON of an entity must hold, or must not.

        The first text is there in what is meant; the others are missing in what was stored in an older form, which
        has to be looked at as well.
        """
        upgrades: Any = getattr(self.kind.model, "upgrades", None)
        current = self.kind.model.model_fields["schema_version"].default if upgrades else None
        older = [] if current is None else [f'"schema_version":{current}']
        for name, value in self.equals.items():
            text = isinstance(value, str) and (not isinstance(value, Enum) or isinstance(value.value, str))
            if name in self.kind.plain and (value is None or text or type(value) is date) and _writable(value):
                yield [compact({name: value})[1:-1], f'"{name}":', *older]


def _writable(value: Any) -> bool:
    try:
        compact(value)
    except PydanticSerializationError:
        return False
    return True
