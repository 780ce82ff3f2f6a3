"""One cell of a file as a plain value of a kind, and back.

A file's cells have no kinds of their own. They take those that a mapping asks for; what cannot be read so is
:class:`~productops.sdk.record.Unreadable` and changes nothing.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from productops.connectors.files.dates import ISO_STYLE, Style, day_of, moment_of
from productops.connectors.files.format import Format, Spelled
from productops.connectors.files.numbers import number_of, spelled
from productops.sdk.collection import Kind
from productops.sdk.record import Option, RichText, Unreadable, User

# What a spreadsheet would run when it opens the file; a quote in front makes it text there, and is ours to take off.
FORMULA = re.compile(r"'*[=+\-@\t\r＝＋－＠]")
HARMLESS = re.compile(r"[-+]?[\d\s.,]+%?\Z")
ADDRESS = re.compile(r"(?:(?P<name>[^<>]*)<)?(?P<email>[^<>@\s,]+@[^<>@\s,]+)>?\Z")
WORDS = (("yes", "no"), ("true", "false"), ("y", "n"), ("x", ""), ("1", "0"), ("oui", "non"), ("vrai", "faux"),
         ("ja", "nein"), ("wahr", "falsch"), ("sí", "no"), ("on", "off"))  # fmt: skip
TRUE, FALSE = {yes for yes, _ in WORDS} | {"✓", "☑"}, {no for _, no in WORDS if no} | {"☐"}


def guarded(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if FORMULA.match(text) and not HARMLESS.match(text) else text


def unguarded(text: str) -> str:
    """Return what :func:`guarded` was given."""
    return text[1:] if text.startswith("'") and FORMULA.match(text) else text


@dataclass(frozen=True, slots=True)
class Column:
    """How one column is read and written."""

    name: str
    kind: Kind
    options: tuple[Option, ...] = ()
    style: Style = ISO_STYLE
    words: tuple[str, str] = ("yes", "no")


def read(cell: Any, column: Column, form: Format, where: str) -> Any:
    """Return a cell's plain value; ``where`` names file, row and column."""
    if cell is None or cell == "":
        return None
    try:
        return _READERS.get(column.kind, _text)(cell, column, form)
    except ValueError as error:
        return Unreadable(f"{where}: {error}; correct the cell")


def write(value: Any, column: Column, form: Format) -> str:
    """Return the text of a cell."""
    match value:
        case None:
            return ""
        case bool():
            return column.words[0 if value else 1]
        case int() | float():
            return spelled(value, form.decimal or ".")
        case datetime():
            return column.style.moment(value, form.zone)
        case date():
            return column.style.day(value)
        case dict():
            return json.dumps(value, ensure_ascii=False)
        case list() | tuple() | set() | frozenset():
            return _guarded(_many([str(bare(each)) for each in value], form), form)
        case _:
            return _guarded(str(bare(value)), form)


def _guarded(text: str, form: Format) -> str:
    return guarded(text) if form.guard else text


def bare(value: Any) -> Any:
    """Return a plain value as JSON has it."""
    match value:
        case Option():
            return value.name or value.id
        case User():
            return (
                f"{value.name} <{value.email}>" if value.email and value.name else value.email or value.name or value.id
            )
        case RichText():
            return value.markdown
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case list() | tuple() | set() | frozenset():
            return [bare(each) for each in value]
        case _:
            return value


def _many(words: Sequence[str], form: Format) -> str:
    if not words:
        return ""
    out = Spelled()
    csv.writer(out, delimiter=form.several, lineterminator="").writerow(words)
    return out.text


def _text(cell: Any, _column: Column, form: Format) -> Any:
    match cell:
        case str():
            return unguarded(cell) if form.guard else cell
        case bool():
            return "yes" if cell else "no"
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime() if not (cell.hour or cell.minute or cell.second):
            return cell.date().isoformat()
        case date() | time() | datetime():
            return cell.isoformat()
        case dict() | list():
            return json.dumps(cell, ensure_ascii=False)
        case _:
            return str(cell)


def _number(cell: Any, _column: Column, form: Format) -> Any:
    if isinstance(cell, bool) or not isinstance(cell, int | float | str):
        raise ValueError(f"{cell!s:.60} is no number")
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    return cell if isinstance(cell, int | float) else number_of(cell, form.decimal or ".")


def _bool(cell: Any, _column: Column, _form: Format) -> Any:
    word = str(cell).strip().casefold()
    if word in TRUE or word in FALSE:
        return word in TRUE
    raise ValueError(f"{cell!s:.60} is neither yes nor no")


def _date(cell: Any, _column: Column, form: Format) -> Any:
    if isinstance(cell, datetime):
        return cell.date()
    return cell if isinstance(cell, date) else day_of(_only_text(cell, "date"), day_first=form.day_first)


def _datetime(cell: Any, _column: Column, form: Format) -> Any:
    if isinstance(cell, datetime):
        return cell if cell.tzinfo else cell.replace(tzinfo=ZoneInfo(form.zone))
    if isinstance(cell, date):
        return datetime(cell.year, cell.month, cell.day, tzinfo=ZoneInfo(form.zone))
    return moment_of(_only_text(cell, "time"), form.zone, day_first=form.day_first)


def _only_text(cell: Any, what: str) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, timedelta | time | int | float):
        raise ValueError(f"{cell!s:.60} is no {what}")
    return str(cell)


def _choice(cell: Any, column: Column, form: Format) -> Any:
    word = _text(cell, column, form).strip()
    known = {option.name.casefold(): option for option in reversed(column.options)}  # the first of a name counts
    return known.get(word.casefold()) or Option(word, word)


def _list(cell: Any, column: Column, form: Format) -> list[str]:
    if isinstance(cell, list):
        return [str(each) for each in cell]
    text = _text(cell, column, form)
    rows = csv.reader(text.splitlines(), delimiter=form.several, skipinitialspace=True)
    return [word.strip() for row in rows for word in row if word.strip()]


def _choices(cell: Any, column: Column, form: Format) -> Any:
    return [_choice(word, column, form) for word in _list(cell, column, form)]


def _user(text: str) -> User:
    if match := ADDRESS.match(text):
        return User(match["email"].casefold(), (match["name"] or "").strip(' "') or None, match["email"])
    return User(text, text)


def _person(cell: Any, column: Column, form: Format) -> Any:
    return _user(_text(cell, column, form).strip())


def _people(cell: Any, column: Column, form: Format) -> Any:
    return [_user(word) for word in _list(cell, column, form)]


def _other(cell: Any, _column: Column, _form: Format) -> Any:
    if isinstance(cell, str) and cell.lstrip().startswith(("{", "[")):
        try:
            return json.loads(cell)
        except ValueError:
            return cell
    return cell


_READERS: dict[str, Callable[[Any, Column, Format], Any]] = {
    "number": _number,
    "bool": _bool,
    "date": _date,
    "datetime": _datetime,
    "choice": _choice,
    "choices": _choices,
    "labels": _list,
    "links": _list,
    "person": _person,
    "people": _people,
    "other": _other,
    "files": _other,
}
