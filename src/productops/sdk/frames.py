"""Rows as a data frame in the library the user has, through narwhals."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

from productops.errors import ConfigError, MissingExtraError

Backend: TypeAlias = Literal["pandas", "polars", "pyarrow"]
LARGEST = 2**63  # of a 64-bit whole number
BACKENDS = ("pandas", "polars", "pyarrow")


def frame(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], backend: Backend = "pandas") -> Any:
    """Return a native frame with these columns, also when there are no rows.

    A column of numbers is numeric (whole numbers with gaps become floats), one of bools boolean, all
    else text. Lists become text joined by commas; a person becomes their name, other structures JSON.

    Raises:
        ConfigError: the backend is not pandas, polars or pyarrow.
        MissingExtraError: the backend is not installed.

    """
    if backend not in BACKENDS:
        raise ConfigError(f"There is no frame backend {backend!r}.", remedy=f"Use one of {', '.join(BACKENDS)}.")
    import narwhals.stable.v2 as nw

    schema: dict[str, Any] = {name: _kind(rows, name, nw) for name in columns}
    data = {name: [_cell(row.get(name), text=schema[name] == nw.String()) for row in rows] for name in schema}
    try:
        return nw.from_dict(data, schema, backend=backend).to_native()
    except ModuleNotFoundError as error:
        raise MissingExtraError(backend, purpose=f"A {backend} frame") from error


def _cell(value: Any, *, text: bool) -> Any:
    flat = _flat(value)
    # pandas would make text of it, polars refuses
    return str(flat) if text and flat is not None else flat


def _flat(value: Any) -> Any:
    if isinstance(value, Mapping):
        person = value.get("name") or value.get("email") if value.keys() & {"name", "email"} else None
        return person or (json.dumps(value, ensure_ascii=False, default=str) if any(value.values()) else None)
    if isinstance(value, list):
        return ", ".join(str(_flat(item)) for item in value if item is not None)
    return value


def _kind(rows: Sequence[Mapping[str, Any]], name: str, nw: Any) -> Any:
    values = [row.get(name) for row in rows]
    found = {type(value) for value in values if value is not None}
    if found == {bool} and None not in values:
        return nw.Boolean()
    if found and found <= {int, float}:
        if any(isinstance(value, int) and not -LARGEST <= value < LARGEST for value in values):
            return nw.Float64()
        return nw.Float64() if float in found or None in values else nw.Int64()
    return nw.String()
