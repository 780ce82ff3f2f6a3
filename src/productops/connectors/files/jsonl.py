"""JSON lines: one object a line."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from productops.connectors.files import disk
from productops.connectors.files.cells import Column, bare
from productops.connectors.files.format import Format, decoded, pieces
from productops.connectors.files.sheet import Line, Sheet
from productops.errors import RejectedError


class JsonLines:
    """A file with one JSON object a line; lines that are not touched stay as they are spelled."""

    writable = True
    loose = True

    def __init__(self, path: Path, form: Format, key: str | None) -> None:
        self.path = path
        self.form = form
        self.key = key

    def load(self) -> Sheet:
        """Read the file; the columns are the names of all its objects, in the order of their first use."""
        data, version = disk.content(self.path)
        text, encoding, notes = decoded(data, self.path, None)
        form = replace(self.form, encoding=encoding, delimiter="lines", guard=False, notes=notes)
        sheet = Sheet([], [], replace(form, newline="\r\n" if "\r\n" in text else "\n"), version)
        names = dict.fromkeys([self.key] if self.key else [])
        for number, spelled in enumerate(pieces(text), 1):
            if spelled.strip():
                values = self._object(spelled, number)
                names |= dict.fromkeys(values)
                sheet.lines.append(Line(number, values, spelled))
        sheet.columns = list(names)
        return sheet

    def _object(self, spelled: str, number: int) -> dict[str, Any]:
        try:
            found = json.loads(spelled)
        except ValueError as error:
            raise self._wrong(number, f"it is no JSON ({error})") from None
        if not isinstance(found, dict):
            raise self._wrong(number, "it is no object")
        return found

    def _wrong(self, number: int, why: str) -> RejectedError:
        return RejectedError(
            f"{self.path.name}, line {number}: {why}.",
            system="files",
            record=self.path.name,
            remedy='Every line must be one JSON object, such as {"name": "Dark mode"}.',
        )

    def save(self, sheet: Sheet) -> disk.Stamp:
        """Spell out what changed and leave every other line as it was."""
        parts: list[str] = []
        for line in sheet.lines:
            if parts and not parts[-1].endswith(("\n", "\r")):
                parts.append(sheet.form.newline)
            spelled = json.dumps(line.values, ensure_ascii=False) + sheet.form.newline
            parts.append(spelled if line.text is None else line.text)
        return disk.replace(self.path, "".join(parts).encode(sheet.form.encoding), sheet.version)

    def spell(self, value: Any, column: Column, form: Format) -> Any:
        """Return a plain value as JSON; dates are ISO."""
        return bare(value)
