"""Sheets of spreadsheets, read with calamine. They are never written: that would lose formats, charts and formulas."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from productops.connectors.files import disk
from productops.connectors.files.cells import Column
from productops.connectors.files.format import Format
from productops.connectors.files.sheet import Line, Sheet, name_columns
from productops.errors import ConfigError, MissingExtraError, RejectedError


class Excel:
    """One sheet of a spreadsheet. The first row that holds anything is the header."""

    writable = False
    loose = False

    def __init__(self, path: Path, form: Format, sheet: str | None) -> None:
        self.path = path
        self.form = form
        self.sheet = sheet

    def load(self) -> Sheet:
        """Read the sheet; formulas show what was last computed."""
        try:
            import python_calamine as calamine
        except ImportError:
            raise MissingExtraError("excel", purpose="reading spreadsheets") from None
        data, version = disk.content(self.path)
        rows = self._rows(calamine, data)
        sheet = Sheet([], [], replace(self.form, encoding="spreadsheet", delimiter="cells", guard=False), version)
        for number, cells in enumerate(rows, 1):
            if not any(cell not in ("", None) for cell in cells):
                continue
            if not sheet.columns:
                name_columns(sheet, [str(cell) if cell is not None else "" for cell in cells])
                continue
            values = dict(zip(sheet.columns, [*cells, *[""] * len(sheet.columns)], strict=False))
            sheet.lines.append(Line(number, values, ""))
        return sheet

    def _rows(self, calamine: Any, data: bytes) -> list[list[Any]]:
        from io import BytesIO

        try:
            with calamine.CalamineWorkbook.from_filelike(BytesIO(data)) as book:
                names = book.sheet_names
                if self.sheet is not None and self.sheet not in names:
                    raise ConfigError(
                        f"{self.path.name} has no sheet {self.sheet!r}.",
                        system="files",
                        remedy=f"It has: {', '.join(names)}.",
                    )
                found = book.get_sheet_by_name(self.sheet or names[0])
                rows: list[list[Any]] = found.to_python(skip_empty_area=False)
                return rows
        except calamine.CalamineError as error:
            what = "is protected by a password" if isinstance(error, calamine.PasswordError) else "is no spreadsheet"
            raise RejectedError(
                f"{self.path.name} {what}.",
                system="files",
                record=self.path.name,
                service_message=str(error),
                remedy="Open it, save it as .xlsx without a password, and try again.",
            ) from None

    def save(self, sheet: Sheet) -> disk.Stamp:
        """Refuse: spreadsheets are only read."""
        raise NotImplementedError(f"{self.path.name} is only read")

    def spell(self, value: Any, column: Column, form: Format) -> Any:
        """Refuse: spreadsheets are only read."""
        raise NotImplementedError(f"{self.path.name} is only read")
