"""A file's rows: columns in their order, and for each row what it holds and how it was spelled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from productops.connectors.files import disk
from productops.connectors.files.cells import Column, write
from productops.connectors.files.format import Format, decoded, joined, sniffed, split_cells
from productops.errors import ConfigError, RejectedError

HEADER = 1


@dataclass(slots=True)
class Line:
    """One row. ``text`` is how the file spells it, as long as nobody changed it."""

    number: int  # as a spreadsheet shows it: the header is 1
    values: dict[str, Any]
    text: str | None = None


@dataclass(slots=True)
class Sheet:
    """All rows of one version of a file."""

    columns: list[str]
    lines: list[Line]
    form: Format
    version: disk.Stamp
    head: str = ""  # what stands above the first row, as the file spells it
    labels: dict[str, str] = field(default_factory=dict)  # column → what the header says, where columns have one name


class Store(Protocol):
    """Where a sheet is kept."""

    path: Path
    writable: bool
    loose: bool  # rows may have columns that no header names

    def load(self) -> Sheet:
        """Read the file."""
        ...

    def save(self, sheet: Sheet) -> disk.Stamp:
        """Put the sheet in the place of the version it was read from."""
        ...

    def spell(self, value: Any, column: Column, form: Format) -> Any:
        """Return a plain value as a cell."""
        ...


class Csv:
    """A delimited text file with a header."""

    writable = True
    loose = False

    def __init__(self, path: Path, form: Format, *, encoding: str | None, delimiter: str | None) -> None:
        if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
            raise ConfigError(f"{delimiter!r} is no delimiter.", system="files", remedy="Give one character.")
        self.path = path
        self.form = form
        self.encoding = encoding
        self.delimiter = delimiter

    def load(self) -> Sheet:
        """Read the file; rows that are not touched stay as they are spelled."""
        data, version = disk.content(self.path)
        text, encoding, notes = decoded(data, self.path, self.encoding)
        form = sniffed(text, replace(self.form, encoding=encoding, notes=notes), delimiter=self.delimiter)
        sheet = Sheet([], [], form, version)
        if form.sep_line:
            sheet.head, _, text = text.partition("\n")
            sheet.head += "\n"
        rows = split_cells(text, form, self.path)
        for _number, spelled, cells in rows:
            sheet.head += spelled
            if any(cell.strip() for cell in cells):
                name_columns(sheet, cells)
                break
        for number, spelled, cells in rows:
            if any(cells):
                sheet.lines.append(Line(number, self._values(sheet, number, cells), spelled))
            elif sheet.lines:
                last = sheet.lines[-1]
                last.text = (last.text or "") + spelled  # an empty row stays behind the one before it
            else:
                sheet.head += spelled
        return sheet

    def _values(self, sheet: Sheet, number: int, cells: Sequence[str]) -> dict[str, Any]:
        if extra := [cell for cell in cells[len(sheet.columns) :] if cell]:
            raise RejectedError(
                f"{self.path.name}, row {number}: there are {len(cells)} cells and {len(sheet.columns)} columns; "
                f"the first too many is {extra[0][:60]!r}.",
                system="files",
                record=self.path.name,
                remedy=f"A text that holds {sheet.form.delimiter!r} must stand in quotes; or say delimiter=.",
            )
        return dict(zip(sheet.columns, [*cells, *[""] * len(sheet.columns)], strict=False))

    def save(self, sheet: Sheet) -> disk.Stamp:
        """Spell out what changed and leave every other row as it was."""
        form, parts = sheet.form, [sheet.head or self._head(sheet)]
        for line in sheet.lines:
            if parts[-1] and not parts[-1].endswith(("\n", "\r")):
                parts.append(form.newline)
            text = line.text
            parts.append(
                joined([line.values.get(name) or "" for name in sheet.columns], form) if text is None else text
            )
        return disk.replace(self.path, "".join(parts).encode(form.encoding), sheet.version)

    def _head(self, sheet: Sheet) -> str:
        """Spell the header anew, for columns were added."""
        sep = f"sep={sheet.form.delimiter}{sheet.form.newline}" if sheet.form.sep_line else ""
        return sep + joined(sheet.labels.values(), sheet.form) if sheet.labels else ""

    def spell(self, value: Any, column: Column, form: Format) -> Any:
        """Return a plain value as a cell of this file."""
        return write(value, column, form)


def name_columns(sheet: Sheet, cells: Sequence[str]) -> None:
    """Name the columns; where several have one name, the later ones are numbered, and the header stays."""
    for place, cell in enumerate(cells, 1):
        label = cell.strip() or f"Column {place}"
        name, count = label, 1
        while name in sheet.labels:
            count += 1
            name = f"{label} ({count})"
        sheet.columns.append(name)
        sheet.labels[name] = cell
