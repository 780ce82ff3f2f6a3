"""Tells quickly, for most entities, that their JSON will come back equal; sure only when it says yes.

Reading the JSON back and comparing is the real check, and most of what putting in an entity costs. Where every type
in a class is known to survive JSON, it is enough that the class admits the values it holds.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from productops.workspace.stamping import held

STEADY = (str, int, bool, date, datetime, NoneType)
HOLDERS = (list, tuple, frozenset, dict, Union, UnionType)


def unsteady(model: type[BaseModel], seen: tuple[type, ...] = ()) -> frozenset[str] | None:
    """Return the fields whose values may change in JSON; None when that cannot be told by fields."""
    decorated = model.__pydantic_decorators__
    if decorated.model_serializers or decorated.field_serializers or model.model_config.get("extra") == "allow":
        return None
    return frozenset(
        name
        for name, info in model.model_fields.items()
        if any("Serializer" in type(each).__name__ for each in info.metadata)
        or not _steady(info.annotation, (*seen, model))
    )


def _steady(annotation: Any, seen: tuple[type, ...]) -> bool:
    if get_origin(annotation) in HOLDERS:
        return all(each is Ellipsis or _steady(each, seen) for each in get_args(annotation))
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        return _steady(inner, seen) and not any("Serializer" in type(each).__name__ for each in more)
    if get_origin(annotation) is Literal:
        return all(isinstance(each, str) for each in get_args(annotation))
    if not isinstance(annotation, type):
        return False
    if issubclass(annotation, Enum):
        return all(isinstance(each.value, str) for each in annotation)
    if issubclass(annotation, BaseModel):
        return annotation in seen or unsteady(annotation, seen) == frozenset()
    return annotation in STEADY


def is_sure(loose: frozenset[str] | None, item: BaseModel) -> bool:
    """Whether an entity's class admits all it holds, and nothing of it can change in JSON."""
    fields = item.__dict__
    if loose is None or any(fields.get(name) not in (None, {}, [], ()) for name in loose):
        return False
    return _admitted(item)


def _admitted(item: BaseModel) -> bool:
    fields = held(item)
    try:
        back = type(item).__pydantic_validator__.validate_python(fields.copy(), by_name=True, by_alias=False)
    except (ValidationError, TypeError, ValueError):
        return False
    # The values are the same objects, so this compares little more than their addresses.
    if back.__dict__ != fields:
        return False
    for name in _holding(type(item)):
        part = fields[name]
        if part is not None and not _parts_admitted(part):
            return False
    return True


def _parts_admitted(value: Any) -> bool:
    """Whether the records among a field's values are admitted by their own classes, which took them unseen."""
    if isinstance(value, BaseModel):
        return _admitted(value)
    if isinstance(value, list | tuple | frozenset):
        return all(map(_parts_admitted, value))
    if isinstance(value, dict):
        return all(map(_parts_admitted, value.values()))
    return True


@cache
def _holding(model: type[BaseModel]) -> tuple[str, ...]:
    """The fields of a class that can hold records."""
    return tuple(name for name, info in model.model_fields.items() if _holds(info.annotation))


def _holds(annotation: Any) -> bool:
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return issubclass(annotation, BaseModel)
    return any(map(_holds, get_args(annotation)))
