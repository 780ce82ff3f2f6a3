"""Values as a person reads them, for previews: no quotes, no brackets, no names of classes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Set
from datetime import datetime
from enum import Enum
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from productops.model.base import CALLED

Tell = Callable[[Any], str]
WIDTH = 60
FEW = 6  # fields of a new entity that a line tells


def typed(model: type[BaseModel], name: str, value: Any) -> Any:
    """A stored value as the model has it: a text becomes the day it means. What does not fit stays as it is.

    >>> from productops.model.roadmap import RoadmapItem
    >>> typed(RoadmapItem, "delivered_on", "2026-12-31")
    datetime.date(2026, 12, 31)
    """
    if value is None or name not in model.model_fields:
        return value
    kind: Any = model.model_fields[name].annotation
    try:
        return TypeAdapter(kind).validate_python(value)
    except (ValidationError, ValueError):
        return value


def plainly(value: Any) -> str:
    """A value in a few words: days as ISO writes them, several things side by side.

    >>> from datetime import date
    >>> plainly([date(2026, 12, 31), 2.0, True, None])
    '2026-12-31, 2, yes, (empty)'
    """
    if value is None or value == "" or value == [] or value == {}:
        return "(empty)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Enum):
        return plainly(value.value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}" + (" UTC" if value.tzinfo is not None and not value.utcoffset() else "")
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    if isinstance(value, BaseModel):
        return short(thing(value))
    if isinstance(value, Mapping):
        return short(", ".join(f"{name}: {plainly(part)}" for name, part in value.items()))
    if isinstance(value, list | tuple | Set):
        return short(", ".join(plainly(part) for part in value))
    return short(str(value))


def thing(value: BaseModel) -> str:
    """A model in a few words: its own words where it has some, else what it is called, else what it says."""
    if label := getattr(value, "label", None):
        return str(label)
    own = type(value).__str__
    if own is not BaseModel.__str__ and own is not type(value).__repr__:
        return str(value)
    return called(value) or ", ".join(plainly(part) for _, part in value if part not in (None, "", [], {}))


def called(item: BaseModel) -> str:
    """What an entity is called: its title, its name, or the first words it holds."""
    return short(next((str(text) for name in CALLED if (text := getattr(item, name, None))), ""))


def given(item: BaseModel, names: Collection[str]) -> dict[str, Any]:
    """What was read for a new entity, of the fields that are mapped, beside what it is called: field → value."""
    name = next((name for name in CALLED if getattr(item, name, None)), "")
    said = {each: getattr(item, each, None) for each in names if each not in (name, "id")}
    kept = {each: value for each, value in said.items() if value not in (None, "", [], {})}
    return dict(list(kept.items())[:FEW])


def short(text: str) -> str:
    """Text on one line."""
    flat = " ".join(text.split())
    return flat if len(flat) <= WIDTH else f"{flat[: WIDTH - 1]}…"
