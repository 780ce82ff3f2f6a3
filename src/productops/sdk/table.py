"""Rows with named, typed columns: to be read, shown, or handed to the data frame library the user has."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal, TypeAlias

from productops.errors import ConfigError, MissingExtraError

Backend: TypeAlias = Literal["pandas", "polars", "pyarrow"]
Kind: TypeAlias = Literal["text", "int", "float", "bool", "date", "datetime"]
BACKENDS = ("pandas", "polars", "pyarrow")
LARGEST = 2**63  # of a 64-bit whole number
SHOWN = 20  # rows that a table shows of itself
# pandas alone is built by hand: its plain types know no missing whole numbers and booleans.
PANDAS: Mapping[Kind, str] = {
    "text": "string",
    "int": "Int64",
    "float": "float64",
    "bool": "boolean",
    "date": "datetime64[us]",
    "datetime": "datetime64[us, UTC]",
}


class Table:
    """Rows with named, typed columns; the types are the same with and without rows.

    Iterate it for dictionaries. Every library that takes Arrow data takes it as it is (`polars.DataFrame(table)`,
    `pyarrow.table(table)`, DuckDB), where pyarrow is installed.
    """

    def __init__(self, columns: Mapping[str, Kind], rows: Sequence[Sequence[Any]]) -> None:
        self.columns: dict[str, Literal["text", "int", "float", "bool", "date", "datetime"]] = dict(columns)
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for row in self._rows:
            yield dict(zip(self.columns, row, strict=True))

    def __repr__(self) -> str:
        return f"<Table of {len(self)} rows: {', '.join(self.columns)}>"

    def __str__(self) -> str:
        shown = [["" if value is None else str(value) for value in row] for row in self._rows[:SHOWN]]
        widths = [max(map(len, each)) for each in zip(self.columns, *shown, strict=True)]
        lines = [self.columns, *shown]
        text = ["  ".join(f"{value:<{width}}" for value, width in zip(line, widths, strict=True)) for line in lines]
        more = [f"… {len(self) - SHOWN} more"] if len(self) > SHOWN else []
        return "\n".join([*(line.rstrip() for line in text), *more])

    def _repr_html_(self) -> str:
        def cells(tag: str, values: Any) -> str:
            return "".join(f"<{tag}>{html.escape('' if each is None else str(each))}</{tag}>" for each in values)

        body = "".join(f"<tr>{cells('td', row)}</tr>" for row in self._rows[:SHOWN])
        more = f"<p>{len(self) - SHOWN} more rows</p>" if len(self) > SHOWN else ""
        return f"<table><thead><tr>{cells('th', self.columns)}</tr></thead><tbody>{body}</tbody></table>{more}"

    def to_frame(self, backend: Backend = "pandas") -> Any:
        """Return a native frame.

        Raises:
            ConfigError: the backend is not pandas, polars or pyarrow, or a value does not fit its column.
            MissingExtraError: the backend is not installed.

        """
        if backend not in BACKENDS:
            raise ConfigError(f"There is no frame backend {backend!r}.", remedy=f"Use one of {', '.join(BACKENDS)}.")
        data = {
            name: [_cell(row[at], kind) for row in self._rows] for at, (name, kind) in enumerate(self.columns.items())
        }
        try:
            return self._pandas(data) if backend == "pandas" else self._native(data, backend)
        except ModuleNotFoundError as error:
            raise MissingExtraError(backend, purpose=f"A {backend} frame") from error

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.to_frame("pyarrow").__arrow_c_stream__(requested_schema)

    def _pandas(self, data: Mapping[str, list[Any]]) -> Any:
        import pandas

        series = {name: pandas.Series(values, dtype=PANDAS[self.columns[name]]) for name, values in data.items()}
        return pandas.DataFrame(series, columns=list(data))

    def _native(self, data: Mapping[str, list[Any]], backend: Backend) -> Any:
        import narwhals.stable.v2 as nw

        types: dict[Kind, Any] = {
            "text": nw.String(),
            "int": nw.Int64(),
            "float": nw.Float64(),
            "bool": nw.Boolean(),
            "date": nw.Date(),
            "datetime": nw.Datetime("us", "UTC"),
        }
        schema = {name: types[kind] for name, kind in self.columns.items()}
        return nw.from_dict(dict(data), schema, backend=backend).to_native()


def _cell(value: Any, kind: Kind) -> Any:
    """A value as its column has it; what does not fit is text in a text column, and an error elsewhere."""
    if value is None:
        return None
    if kind == "text":
        return value if type(value) is str else _text(value)
    if kind == "float":
        return float(value)
    if kind == "int" and not -LARGEST <= value < LARGEST:
        raise ConfigError(f"{value} is no 64-bit number.", remedy="Leave the column out, or make it text.")
    if kind == "date" and isinstance(value, str):
        return date.fromisoformat(value)
    if kind == "datetime" and isinstance(value, str):
        return datetime.fromisoformat(value)
    return value


def _text(value: Any) -> str:
    if isinstance(value, str):
        return str.__str__(value)
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, list | dict) else str(value)
