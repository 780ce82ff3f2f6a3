"""Which type of column the values of a class's field make; it follows from the class, not from the rows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from productops.sdk.table import Kind

TYPES: dict[type, Kind] = {
    str: "text", int: "int", bool: "bool", float: "float", Decimal: "float", date: "date", datetime: "datetime",
}  # fmt: skip


def only(annotation: Any) -> Any:
    """Return what a field holds when it holds something: the annotation without None and constraints."""
    if get_origin(annotation) is Annotated:
        return only(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        some = [each for each in get_args(annotation) if each is not NoneType]
        return only(some[0]) if len(some) == 1 else annotation
    return annotation


def type_of(kind: Any) -> Kind | None:
    """Return the type of a column; None for what holds several values.

    >>> type_of(only(int | None)), type_of(list[str])
    ('int', None)
    """
    if get_origin(kind) is Literal:
        return "text"
    if get_origin(kind) in (Union, UnionType):
        found = {type_of(only(each)) for each in get_args(kind) if each is not NoneType}
        return "float" if found == {"int", "float"} else found.pop() if len(found) == 1 else None
    if not isinstance(kind, type) or get_origin(kind) is not None:
        return None
    if issubclass(kind, Enum):
        return "text"
    known = next((TYPES[each] for each in kind.__mro__ if each in TYPES), None)
    return known or (None if issubclass(kind, BaseModel | list | tuple | dict | set | frozenset) else "text")


def told(value: Any) -> Any:
    """Return a value of several as one text: a person by name, a list joined by commas, other structures as JSON.

    >>> told([{"name": "Ada", "email": None}, {"name": None, "email": "b@example.com"}])
    'Ada, b@example.com'
    """
    if isinstance(value, Mapping):
        person = value.get("name") or value.get("email") if value.keys() & {"name", "email"} else None
        return person or (json.dumps(value, ensure_ascii=False, default=str) if any(value.values()) else None)
    if isinstance(value, list):
        return ", ".join(str(told(item)) for item in value if item is not None)
    return value
