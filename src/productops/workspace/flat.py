"""Entities as rows: one column for each field, and one for each field of the small values within.

A value such as a person or a time becomes columns of its own, `requester_name`, `bucket_start`; a list, a dictionary or
an entity within is JSON text. So the columns follow from the class alone, and are the same with and without rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, get_origin

from pydantic import BaseModel
from pydantic_core import from_json

from productops.sdk.columns import only, type_of
from productops.sdk.table import Kind as Type
from productops.sdk.table import Table
from productops.workspace.kinds import Kind
from productops.workspace.packing import compact, unpack

DEEPEST = 3  # values within values that still become columns


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, where in the JSON its value is, its type, and the class the values come from."""

    name: str
    path: tuple[str, ...]
    type: Type
    annotation: Any
    json: bool = False  # holds JSON text


@cache
def columns(model: type[BaseModel]) -> tuple[Column, ...]:
    """Return the columns of a class, in the order of its fields; no two have one name."""
    found: dict[str, Column] = {}
    own = set(model.model_fields)
    for column in _columns(model, ()):
        name = column.name
        while name in found or (len(column.path) > 1 and name in own):
            name = name.replace("_", "__", 1) if "__" not in name else f"{name}_"
        found[name] = Column(name, column.path, column.type, column.annotation, column.json)
    return tuple(found.values())


def _columns(model: type[BaseModel], above: tuple[str, ...]) -> Iterator[Column]:
    for name, info in model.model_fields.items():
        path = (*above, name)
        kind = only(info.annotation)
        if isinstance(kind, type) and _is_small(kind) and len(path) < DEEPEST:
            yield from _columns(kind, path)
        else:
            type_ = type_of(kind)
            yield Column("_".join(path), path, type_ or "text", kind, json=type_ is None)


def _is_small(kind: type) -> bool:
    """Whether a class is a value without an id of its own; lists of them stay lists."""
    return get_origin(kind) is None and issubclass(kind, BaseModel) and "id" not in kind.model_fields


def row(item: Any, wanted: Iterable[Column]) -> list[Any]:
    """Return the values of an entity's JSON, column by column."""
    return [_value(item, column) for column in wanted]


def _value(item: Any, column: Column) -> Any:
    for name in column.path:
        if not isinstance(item, dict):
            return None
        item = item.get(name)
    if item is None:
        return None
    return compact(item) if isinstance(item, dict | list) else item


def rows_of(kind: Kind, rows: Iterable[Any]) -> Iterator[Any]:
    """Yield the JSON values of stored rows, those of an older form brought to the present one."""
    names = set(kind.model.model_fields)
    version = kind.model.model_fields["schema_version"].default if "schema_version" in names else None
    for row in rows:
        held = from_json(row.data)
        if held.keys() != names or held.get("schema_version") != version:
            held = unpack(kind, row.data).model_dump(mode="json", round_trip=True)
        yield held


def table(model: type[BaseModel], items: Iterable[Any]) -> Table:
    """Return entities, given as JSON values, as a table."""
    wanted = columns(model)
    return Table({column.name: column.type for column in wanted}, [row(item, wanted) for item in items])
