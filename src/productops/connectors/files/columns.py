"""What kind each column is read as, and how the file spells its dates and numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

from productops.connectors.files.cells import TRUE, WORDS, Column
from productops.connectors.files.dates import style_of, told_order
from productops.connectors.files.format import Format
from productops.connectors.files.numbers import told_decimal
from productops.connectors.files.sheet import Sheet
from productops.errors import ConfigError
from productops.sdk.collection import Kind, fold
from productops.sdk.record import Option


@dataclass(frozen=True, slots=True)
class Asked:
    """What a mapping, or a person, says of a column."""

    name: str
    kind: Kind = "text"
    options: tuple[str, ...] = ()


Types = Mapping[str, Asked]  # by the folded name
DATES: tuple[Kind, ...] = ("date", "datetime")


def settled(sheet: Sheet, types: Types, path: Path) -> Format:
    """Return the format with the order of dates and the decimal sign found out, where nobody said them.

    Raises:
        ConfigError: the dates can be read in two ways; a date is shown.

    """
    form, notes = sheet.form, list(sheet.form.notes)
    day_first, decimal = form.day_first, form.decimal
    european = form.delimiter == ";"
    numbers = list(_texts(sheet, types, ("number",)))
    if decimal is None:
        decimal, open_ = told_decimal(text for _, text in numbers)
        if decimal is None and open_:
            decimal = "," if european else "."
            notes.append(
                f"No number tells the decimal sign; {decimal!r} was taken because of the delimiter. Say decimal=."
            )
    dates = list(_texts(sheet, types, DATES))
    if day_first is None:
        day_first, open_ = told_order(text for _, text in dates)
        if day_first is None and open_ and (european or decimal == ","):
            day_first = True
            notes.append("No date tells its order; day first was taken, as where numbers have commas. Say day_first=.")
        elif day_first is None and open_:
            where, text = next((where, text) for where, text in dates if told_order([text])[1])
            raise ConfigError(
                f"{path.name}, {where}: {text!r} can be two days, and the file does not tell which is meant.",
                system="files",
                remedy="Say day_first=True or day_first=False.",
            )
    return replace(form, day_first=day_first, decimal=decimal, notes=tuple(notes))


def _texts(sheet: Sheet, types: Types, kinds: Sequence[Kind]) -> Iterator[tuple[str, str]]:
    """Yield where and what: the texts of all columns of these kinds."""
    for name in sheet.columns:
        if types.get(fold(name), Asked(name)).kind in kinds:
            for line in sheet.lines:
                cell = line.values.get(name)
                if isinstance(cell, str) and cell.strip():
                    yield f"row {line.number}, {name}", cell


def columns_of(sheet: Sheet, types: Types) -> dict[str, Column]:
    """Return how each column is read and written."""
    return {name: _column(sheet, name, types.get(fold(name), Asked(name))) for name in sheet.columns}


def _column(sheet: Sheet, name: str, asked: Asked) -> Column:
    column, kind = Column(name, asked.kind), asked.kind
    if kind in DATES:
        return replace(column, style=style_of(_cells(sheet, name), day_first=sheet.form.day_first))
    if kind == "bool":
        return replace(column, words=_words(_cells(sheet, name)))
    if kind in ("choice", "choices"):
        found = _cells(sheet, name) if kind == "choice" else ()
        known: dict[str, str] = {}
        for option in [*asked.options, *(text.strip() for text in found)]:
            known.setdefault(option.casefold(), option)
        return replace(column, options=tuple(Option(each, each) for each in known.values()))
    return column


def _cells(sheet: Sheet, name: str) -> Iterator[str]:
    return (cell for line in sheet.lines if isinstance(cell := line.values.get(name), str) and cell.strip())


def _words(texts: Iterator[str]) -> tuple[str, str]:
    """Return how the column says yes and no."""
    for text in texts:
        word = text.strip()
        for yes, no in WORDS:
            if word.casefold() in (yes, no):
                style: Any = str.upper if word.isupper() and len(word) > 1 else str.title if word.istitle() else str
                return (style(yes), style(no))
        if word.casefold() in TRUE:
            return (word, "")
    return ("yes", "no")


def exact_number(annotation: Any) -> bool:
    """Tell whether a type is a decimal number, or none."""
    parts = get_args(annotation)
    if get_origin(annotation) is Annotated:
        parts = parts[:1]
    leaves = [part for part in parts if part is not type(None)]
    return annotation is Decimal or (bool(leaves) and all(exact_number(part) for part in leaves))
