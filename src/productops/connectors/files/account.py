"""Files on this machine as an account: where file collections come from."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from productops.connectors.files.collection import FileCollection
from productops.connectors.files.excel import Excel
from productops.connectors.files.folder import FolderCollection
from productops.connectors.files.format import Format
from productops.connectors.files.jsonl import JsonLines
from productops.connectors.files.sheet import Csv
from productops.errors import ConfigError
from productops.sdk.collection import Check, Kind
from productops.sdk.connector import Connector

Types = Mapping[str, Kind]


class Files(Connector):
    r"""Files in a folder (by default the current one) as collections.

    >>> import tempfile
    >>> from pathlib import Path
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "ideas.csv").write_text("Key;Name;Price\n1;Café;1 234,50\n", encoding="cp1252")
    >>> ideas = Files(folder).csv("ideas.csv", key="Key", types={"Price": "number"})
    >>> next(ideas.scan()).fields["Price"]
    1234.5
    >>> print(ideas.format)
    encoding cp1252, delimiter semicolon, dates as ISO, decimal comma
    ideas.csv is not UTF-8 (line 2) and was read as cp1252; say encoding= if it is another.
    """

    system = "files"

    def __init__(self, folder: str | Path = ".") -> None:
        self.folder_path: Path = Path(folder)

    def check(self) -> Check:
        """Tell whether the folder is there."""
        found = self.folder_path.is_dir()
        return Check(found, "this machine", () if found else (f"{self.folder_path} is no folder",))

    def csv(
        self,
        path: str | Path,
        key: str | None = None,
        *,
        types: Types | None = None,
        encoding: str | None = None,
        delimiter: str | None = None,
        day_first: bool | None = None,
        decimal: str | None = None,
        zone: str = "UTC",
        several: str = ",",
    ) -> FileCollection:
        """Return the rows of a delimited text file with a header.

        Args:
            path: the file.
            key: the column that names each row. Without it the file is only read.
            types: column → kind, for columns that no mapping asks for.
            encoding: by default UTF-8 (with or without a mark), UTF-16 with a mark, else cp1252.
            delimiter: by default found out: comma, semicolon, tab or bar.
            day_first: how 03/04/2026 is read; by default the file's other dates tell.
            decimal: ``,`` or ``.``; by default the file's numbers tell.
            zone: the time zone of times that name none.
            several: what stands between several values in one cell.

        Raises:
            ConfigError: an argument makes no sense.

        """
        form = Format(day_first=day_first, decimal=_decimal(decimal), zone=_zone(zone), several=several)
        store = Csv(self.folder_path / path, form, encoding=encoding, delimiter=delimiter)
        return self._collection(store, path, "", key, types)

    def excel(
        self,
        path: str | Path,
        sheet: str | None = None,
        key: str | None = None,
        *,
        types: Types | None = None,
        day_first: bool | None = None,
        decimal: str | None = None,
        zone: str = "UTC",
        several: str = ",",
    ) -> FileCollection:
        """Return the rows of a sheet of a spreadsheet (xlsx, xls, xlsb, ods), which is only read.

        Cells with a formula show what the spreadsheet last computed; nothing is computed here. Needs the extra
        ``excel``. The arguments are those of :meth:`csv`; ``sheet`` is the first one by default.
        """
        form = Format(day_first=day_first, decimal=_decimal(decimal), zone=_zone(zone), several=several)
        store = Excel(self.folder_path / path, form, sheet)
        return self._collection(store, path, f"#{sheet}" if sheet else "", key, types)

    def jsonl(
        self, path: str | Path, key: str | None = None, *, types: Types | None = None, zone: str = "UTC"
    ) -> FileCollection:
        """Return the lines of a JSON lines file, each an object. The arguments are those of :meth:`csv`."""
        store = JsonLines(self.folder_path / path, Format(zone=_zone(zone)), key)
        return self._collection(store, path, "", key, types)

    def folder(
        self, path: str | Path, key: str = "sync_key", *, types: Types | None = None, zone: str = "UTC"
    ) -> FolderCollection:
        """Return the Markdown files of a folder, each a record: its front matter the fields, its text ``body``.

        A record is known by the name of its file. ``key`` is the field of the front matter in which a sync keeps its
        own; the other arguments are those of :meth:`csv`.
        """
        place = Path(path).as_posix()
        return FolderCollection(self.folder_path / path, place, Format(zone=_zone(zone)), key=key, types=_known(types))

    def _collection(
        self, store: Csv | Excel | JsonLines, path: str | Path, part: str, key: str | None, types: Types | None
    ) -> FileCollection:
        place = Path(path).as_posix() + part
        return FileCollection(store, Path(path).name + part, f"files:{place}", key=key, types=_known(types))


def _known(types: Types | None) -> Types | None:
    kinds = get_args(Kind)
    if wrong := [kind for kind in (types or {}).values() if kind not in kinds]:
        near = difflib.get_close_matches(wrong[0], kinds, n=1)
        remedy = f"Did you mean {near[0]!r}?" if near else f"Say one of {', '.join(kinds)}."
        raise ConfigError(f"{wrong[0]!r} is no kind of column.", system="files", remedy=remedy)
    return types


def _decimal(sign: str | None) -> str | None:
    if sign not in (None, ",", "."):
        raise ConfigError(f"{sign!r} is no decimal sign.", system="files", remedy="Say ',' or '.'.")
    return sign


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigError(f"There is no time zone {name!r}.", system="files", remedy="As in Europe/Paris.") from None
    return name
