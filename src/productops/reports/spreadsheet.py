"""Tables for people who work in spreadsheets: typed cells, and no text that a spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from productops.errors import ConfigError, MissingExtraError
from productops.model.demand import demand_table, group_by_target
from productops.reports.language import Language
from productops.reports.source import Source
from productops.reports.text import shown

Cell = str | int | float | bool | date | datetime | None
Row = Mapping[str, Cell]
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
LONGEST_CELL = 32_767  # characters that Excel takes in a cell
LONGEST_NAME = 31
WIDEST = 60


def harmless(text: str) -> str:
    """Text that a spreadsheet shows and does not compute: an apostrophe before what would begin a formula.

    For exports only: what goes back to a service is the text itself.

    >>> harmless("=HYPERLINK(A1)"), harmless("−5"), harmless("a=b")
    ("'=HYPERLINK(A1)", '−5', 'a=b')
    """
    clean = shown(text)
    return f"'{clean}" if clean.lstrip(" \u00a0").startswith(FORMULA) or clean.startswith(FORMULA) else clean


def to_csv(rows: Sequence[Row], columns: Sequence[str] | None = None, *, delimiter: str = ",") -> str:
    r"""Rows as CSV with a heading; dates as ISO 8601, numbers with a point, text that cannot become a formula.

    >>> to_csv([{"title": "=1+1", "points": -2}])
    "title,points\r\n'=1+1,-2\r\n"
    """
    names = list(columns) if columns is not None else columns_of(rows)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow([harmless(name) for name in names])
    writer.writerows([[as_text(row.get(name)) for name in names] for row in rows])
    return out.getvalue()


def columns_of(rows: Sequence[Row]) -> list[str]:
    """The names of all columns, in the order in which they first appear."""
    return list(dict.fromkeys(name for row in rows for name in row))


def as_text(value: Cell) -> str | int | float:
    """A cell of a CSV file."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    return harmless(value) if isinstance(value, str) else value


def write_csv(
    path: str | Path, rows: Sequence[Row], columns: Sequence[str] | None = None, *, delimiter: str = ","
) -> Path:
    """Write rows as CSV that Excel opens as UTF-8; see `to_csv`."""
    out = Path(path)
    out.write_bytes(b"\xef\xbb\xbf" + to_csv(rows, columns, delimiter=delimiter).encode("utf-8"))
    return out


def write_excel(path: str | Path, sheets: Mapping[str, Sequence[Row]], *, made_on: date | None = None) -> Path:
    """Write a workbook: a sheet with a table for each entry, every cell with its type. Same input, same bytes.

    Text is written as text and nothing else, so a leading "=" is a sign and no formula. `made_on` is the day the
    workbook names as its own. Raises MissingExtraError without the `excel` extra, ConfigError for a sheet's name
    that Excel refuses.
    """
    try:
        import xlsxwriter
    except ImportError as error:
        raise MissingExtraError("excel", purpose="A workbook") from error
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    out = Path(path)
    try:
        with xlsxwriter.Workbook(str(out), options) as book:
            stamp = datetime.combine(made_on or date(2000, 1, 1), time(), UTC).replace(tzinfo=None)
            book.set_properties({"created": stamp})
            formats = {
                "date": book.add_format({"num_format": "yyyy-mm-dd"}),
                "time": book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
                "text": book.add_format({"text_wrap": True, "valign": "top"}),
            }
            for number, (name, rows) in enumerate(sheets.items(), 1):
                fill_sheet(book.add_worksheet(sheet_name(name)), number, rows, formats)
    except (xlsxwriter.exceptions.FileCreateError, OSError) as error:
        raise ConfigError(
            f"{out} cannot be written: {error}.", remedy="Close it elsewhere, or name another file."
        ) from error
    return out


def sheet_name(name: str) -> str:
    """A name that Excel takes; ConfigError where nothing of it is left."""
    clean = "".join(each for each in shown(name) if each not in "[]:*?/\\").strip("' ")[:LONGEST_NAME].strip("' ")
    if not clean or clean.casefold() == "history":
        raise ConfigError(f"{name!r} is no name for a sheet.", remedy="Use letters, and not the word History.")
    return clean


def fill_sheet(sheet: Any, number: int, rows: Sequence[Row], formats: Mapping[str, Any]) -> None:
    """One sheet: a table with a heading that stays in sight, and columns as wide as what they hold."""
    names = columns_of(rows)
    if not names:
        return
    heads = unique([shown(name) or " " for name in names])
    sheet.add_table(
        0,
        0,
        max(1, len(rows)),
        len(names) - 1,
        {"name": f"Table{number}", "style": "Table Style Light 1", "columns": [{"header": head} for head in heads]},
    )
    for column, name in enumerate(names):
        for line, row in enumerate(rows, 1):
            write_cell(sheet, line, column, row.get(name), formats)
        longest = max([len(heads[column]), *(len(str(row.get(name) or "")) for row in rows)])
        sheet.set_column(column, column, min(WIDEST, longest + 3))
    sheet.freeze_panes(1, 0)


def unique(names: Sequence[str]) -> list[str]:
    """Names of columns of which none is there twice, as a table wants them; upper and lower case count as one."""
    found: list[str] = []
    for name in names:
        made, number = name, 2
        while made.casefold() in {each.casefold() for each in found}:
            made, number = f"{name} {number}", number + 1
        found.append(made)
    return found


def write_cell(sheet: Any, line: int, column: int, value: Cell | Decimal, formats: Mapping[str, Any]) -> None:
    """One cell by the type of its value; times are UTC, for Excel knows no zones."""
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(line, column, value)
    elif isinstance(value, int | float | Decimal):
        sheet.write_number(line, column, float(value))
    elif isinstance(value, datetime):
        sheet.write_datetime(line, column, value.astimezone(UTC).replace(tzinfo=None), formats["time"])
    elif isinstance(value, date):
        sheet.write_datetime(line, column, datetime.combine(value, time()), formats["date"])
    else:
        sheet.write_string(line, column, shown(str(value))[:LONGEST_CELL], formats["text"])


def sheets(source: Source, language: str = "en") -> dict[str, list[Row]]:
    """The rows of a source by sheet: roadmap, launches, checklists, feedback, demand; sheets without rows are left out.

    >>> sheets(Source(name="Havn & Fjord", as_of=date(2026, 11, 2)))
    {}
    """
    lang = Language(language)
    made: dict[str, Callable[[Source, Language], list[Row]]] = {
        "sheet_items": item_rows,
        "sheet_launches": launch_rows,
        "sheet_checklist": checklist_rows,
        "sheet_feedback": note_rows,
        "sheet_demand": demand_rows,
    }
    found = {lang(key): make(source, lang) for key, make in made.items()}
    return {name: rows for name, rows in found.items() if rows}


def item_rows(source: Source, lang: Language) -> list[Row]:
    """One row an item."""
    return [
        {
            "id": item.id,
            lang("title"): item.title,
            lang("field_horizon"): lang.word("horizon", item.horizon.value) if item.horizon else None,
            lang("status"): lang.word("status", item.status.value),
            lang("when"): lang.when(item.when) if item.when and item.when.known else None,
            lang("start"): item.when.start if item.when else None,
            lang("end"): item.when.end if item.when else None,
            lang("field_confidence"): item.confidence_share,
            lang("theme"): source.theme(item.theme),
            lang("team"): source.team(item.team),
            lang("owner"): item.owner.label if item.owner else None,
            **{f"{name}": score.value for name, score in item.scores.items()},
        }
        for item in source.items
    ]


def launch_rows(source: Source, lang: Language) -> list[Row]:
    """One row a launch."""
    rows: list[Row] = []
    for launch in source.launches:
        seen = launch.readiness(source.as_of)
        rows.append(
            {
                "id": launch.id,
                lang("launch"): launch.name,
                lang("tier"): launch.tier,
                lang("status"): lang.word("launch_status", launch.status.value),
                lang("when"): lang.when(launch.target),
                lang("launch_day"): launch.launched_on,
                lang("ready"): seen.ready,
                lang("mark_done"): seen.total.done,
                lang("total"): seen.total.applicable,
                lang("blockers"): len(seen.blockers),
                lang("owner"): launch.owner.label if launch.owner else None,
            }
        )
    return rows


def checklist_rows(source: Source, lang: Language) -> list[Row]:
    """One row an item of a checklist."""
    return [
        {
            lang("launch"): launch.name,
            lang("title"): item.title,
            lang("area_col"): item.area,
            lang("need"): lang.word("need", item.need.value),
            lang("status"): lang.word("check", item.status_on(source.as_of).value),
            lang("due"): item.due,
            lang("mark_done"): item.done_on if item.is_done(source.as_of) else None,
            lang("owner"): item.owner.label if item.owner else None,
        }
        for launch in source.launches
        for item in launch.checklist.items
    ]


def note_rows(source: Source, lang: Language) -> list[Row]:
    """One row a note, in the words of whoever said it."""
    accounts = {account.id: account for account in source.accounts}
    rows: list[Row] = []
    for note in source.feedback:
        account = accounts.get(note.account_id or "")
        rows.append(
            {
                "id": note.id,
                lang("received"): note.received_at,
                lang("said"): note.text,
                lang("state"): lang.word("feedback", note.state.value),
                lang("theme"): source.theme(note.theme),
                lang("account"): account.name if account else None,
                lang("segment"): account.segment if account else None,
            }
        )
    return rows


def demand_rows(source: Source, lang: Language) -> list[Row]:
    """One row an item that somebody asks for; revenue and pipeline in columns of their own."""
    table = demand_table(
        group_by_target(source.feedback, source.insights), source.accounts, as_of=source.as_of, rates=source.rates
    )
    return [
        {
            lang("title"): source.item_titles.get(key, key),
            lang("notes"): found.mentions,
            lang("by_accounts"): found.accounts,
            lang("people"): found.people,
            lang("by_arr"): float(found.arr.amount) if found.arr else None,
            lang("pipeline_short"): float(found.pipeline.amount) if found.pipeline else None,
            lang("currency"): found.arr.currency if found.arr else found.pipeline.currency if found.pipeline else None,
        }
        for key, found in sorted(table.items(), key=lambda pair: (-pair[1].accounts, pair[0]))
    ]
