"""How a text file is written: its encoding, delimiter, line ends. Found out, shown, and kept when it is changed.

Nothing is asked that the file says itself, and everything can be said instead. What a guess rests on is told in
``Format.notes``.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from productops.errors import ConfigError, RejectedError

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
DELIMITERS = (",", ";", "\t", "|")
NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
LOOKED_AT = 200  # rows from which the delimiter is told
LONGEST_CELL = 2**31 - 1
SEP_LINE = re.compile(r"sep=(.)\r?\n?\Z", re.IGNORECASE)  # what Excel writes to name the delimiter


@dataclass(frozen=True, slots=True)
class Format:
    """How a file is written.

    ``day_first`` and ``decimal`` are ``None`` as long as no date or number of the file tells. ``zone`` is that of times
    which name none. ``several`` stands between several values in one cell.
    """

    encoding: str = "utf-8"
    delimiter: str = ","
    newline: str = "\n"
    quoting: bool = False  # every cell is in quotes
    sep_line: bool = False  # the first line names the delimiter
    day_first: bool | None = None
    decimal: str | None = None
    zone: str = "UTC"
    several: str = ","
    guard: bool = True  # texts that a spreadsheet would run are kept behind a quote
    notes: tuple[str, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        dates = {True: "day first", False: "month first", None: "as ISO"}[self.day_first]
        parts = [
            f"encoding {self.encoding}",
            f"delimiter {NAMES.get(self.delimiter, repr(self.delimiter))}",
            f"dates {dates}",
            f"decimal {NAMES.get(self.decimal or '.', 'point')}",
        ]
        return "\n".join([", ".join(parts), *self.notes])


def decoded(data: bytes, path: Path, encoding: str | None = None) -> tuple[str, str, tuple[str, ...]]:
    """Return the text of a file, its encoding, and what the guess rests on.

    UTF-8 is believed where all of the file is valid UTF-8; what is not is Windows' western encoding, cp1252.

    Raises:
        ConfigError: there is no such encoding.
        RejectedError: the file is not in the encoding that was given; the line is named.

    """
    if encoding is not None:
        return _as(data, path, encoding), encoding, ()
    for mark, name in BOMS:
        if data.startswith(mark):
            return _as(data, path, name), name, ()
    try:
        return data.decode("utf-8"), "utf-8", ()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        why = (f"{path.name} is not UTF-8 (line {line}) and was read as cp1252; say encoding= if it is another.",)
    try:
        return data.decode("cp1252"), "cp1252", why
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise RejectedError(
            f"{path.name}, line {line}: the text is neither UTF-8 nor cp1252.",
            system="files",
            record=path.name,
            remedy="Say which encoding it has: encoding='mac_roman', 'cp1250', 'shift_jis' …",
        ) from None


def _as(data: bytes, path: Path, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except LookupError:
        raise ConfigError(
            f"There is no encoding {encoding!r}.", system="files", remedy="For instance utf-8, cp1252, utf-16."
        ) from None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise RejectedError(
            f"{path.name}, line {line}: the text is not {encoding}.",
            system="files",
            record=path.name,
            remedy="Leave encoding= out to have it found out, or name the right one.",
        ) from None


def sniffed(text: str, known: Format, *, delimiter: str | None = None) -> Format:
    """Return the format with its delimiter, line ends and quoting found out."""
    first, _, _ = text.partition("\n")
    sep = SEP_LINE.match(first)
    newline = "\r\n" if "\r\n" in text else "\n" if "\n" in text or "\r" not in text else "\r"
    body = text[len(first) + 1 :] if sep else text
    chosen = delimiter or (sep.group(1) if sep else _delimiter(body))
    header = next(_records(body, chosen), [])
    cells = len(header)
    quoted = cells > 0 and body.startswith('"') and body.partition("\n")[0].count('"') >= 2 * cells
    return replace(known, delimiter=chosen, newline=newline, quoting=quoted, sep_line=bool(sep))


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    try:
        for number, row in enumerate(csv.reader(pieces(text), delimiter=delimiter)):
            if number == LOOKED_AT:
                return
            if row:
                yield row
    except csv.Error:
        return


def _delimiter(text: str) -> str:
    """Return what splits most rows into as many cells as the header has, the more cells the better."""
    scores: list[tuple[float, int, str]] = []
    for rank, delimiter in enumerate(DELIMITERS):
        widths = [len(row) for row in _records(text, delimiter)]
        if widths and widths[0] > 1:
            even = sum(width == widths[0] for width in widths) / len(widths)
            scores.append((even * (widths[0] - 1), -rank, delimiter))
    return max(scores)[2] if scores else ","


def pieces(text: str) -> Iterator[str]:
    """Yield the lines of a text with their own ends; only CR, LF and CRLF end a line."""
    at = 0
    for match in re.finditer(r"\r\n|\n|\r", text):
        yield text[at : match.end()]
        at = match.end()
    if at < len(text):
        yield text[at:]


def split_cells(text: str, form: Format, path: Path) -> Iterator[tuple[int, str, list[str]]]:
    """Yield each row's number as a spreadsheet shows it, its text and its cells; an empty line has no cells.

    Raises:
        RejectedError: a quote is never closed; the row where it begins is named.

    """
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST_CELL))
    taken: list[str] = []

    def lines() -> Iterator[str]:
        for line in pieces(text):
            taken.append(line)
            yield line

    reader = csv.reader(lines(), delimiter=form.delimiter, strict=True)
    number = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise RejectedError(
                f"{path.name}, row {number}: {_said(error)}.",
                system="files",
                record=path.name,
                remedy="Close the quote there, or double it where it is meant as a quote.",
            ) from None
        yield number, "".join(taken), cells
        number += 1
        taken.clear()


def _said(error: csv.Error) -> str:
    text = str(error)
    return "a quote is opened and never closed" if "unexpected end" in text else text


def joined(cells: Iterable[str], form: Format) -> str:
    """Return one row as the file spells it."""
    quoting: Literal[0, 1] = csv.QUOTE_ALL if form.quoting else csv.QUOTE_MINIMAL
    out = Spelled()
    # With this line end the writer quotes every cell that holds any kind of line end.
    csv.writer(out, delimiter=form.delimiter, quoting=quoting, lineterminator="\r\n").writerow(list(cells))
    return out.text.removesuffix("\r\n") + form.newline


class Spelled:
    """What a csv writer wrote."""

    def __init__(self) -> None:
        self.text: str = ""

    def write(self, text: str) -> None:
        """Take it."""
        self.text += text
