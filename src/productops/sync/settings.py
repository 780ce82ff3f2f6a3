"""How a sync decides: what its user chose, checked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from productops.errors import ConfigError, MappingError
from productops.sdk.mapping import Mapping as ModelMapping
from productops.sdk.mapping import Side
from productops.sync.rules.merge import Direction, Policy, Prefer
from productops.sync.rules.policies import check_names

OnDelete = Literal["archive", "delete", "ignore"]


@dataclass(frozen=True, slots=True)
class Settings:
    """How a sync decides. The defaults are the careful ones."""

    direction: Direction = "both"
    match: tuple[str, ...] = ()
    on_conflict: Prefer = "ask"
    on_delete: OnDelete = "archive"
    delete_grace: timedelta = timedelta(hours=24)
    full_every: timedelta = timedelta(hours=24)
    overlap: timedelta | None = None
    policies: Mapping[str, Policy] = field(default_factory=dict)
    mass_change: float | None = 0.30
    shared: bool = False
    check_every: timedelta = timedelta(hours=1)

    def writes_to(self, side: Side) -> bool:
        """Tell whether the direction lets anything be written to a side."""
        return self.direction == "both" or self.direction.endswith(side)


def check_settings(settings: Settings, sides: Mapping[Side, ModelMapping[Any]]) -> None:
    """Refuse settings that do not exist or do not fit the mappings of the two sides.

    Raises:
        ConfigError: it says which.
        MappingError: the sides map different models, or no field is mapped on both.

    """
    for value, allowed in (
        (settings.direction, ("both", "left_to_right", "right_to_left")),
        (settings.on_conflict, ("ask", "left", "right")),
        (settings.on_delete, ("archive", "delete", "ignore")),
    ):
        if value not in allowed:
            raise ConfigError(f"{value!r} is not one of {', '.join(allowed)}.", remedy="Write one of those.")
    left, right = sides["left"], sides["right"]
    if left.model is not right.model:
        raise MappingError(
            f"The left side maps {left.model.__name__}, the right side {right.model.__name__}.",
            remedy="Map both sides to the same model.",
        )
    both = set(left.fields) & set(right.fields)
    if not both:
        raise MappingError("No field is mapped on both sides.", remedy="Map at least one model field on both.")
    check_names(settings.policies, both)
    if unknown := [name for name in settings.match if name not in both]:
        raise MappingError(
            f"match= names {unknown[0]!r}, which is not mapped on both sides.", remedy="Map it, or match by another."
        )
