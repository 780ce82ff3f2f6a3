"""Labelled notes in CSV files, as people have them."""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from productops.errors import ConfigError
from productops.insights.notes import TEXTS, TITLES, read_stars

LABELS = ("label", "kind", "intent", "area")


@dataclass(frozen=True)
class Labelled:
    """The words and the label of every row; stars where the file has them."""

    texts: list[str]
    labels: list[str]
    stars: list[int | None] | None


def read_rows(path: Path) -> list[dict[str, str]]:
    """Read a CSV file with a header line, in UTF-8; ConfigError when it is no such file or holds no row.

    The cells are parted by commas, or by semicolons or tabs where the header has those and no comma.
    """
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            head = file.readline()
            between = next((sign for sign in (",", ";", "\t") if sign in head), ",")
            file.seek(0)
            reader = csv.DictReader(file, delimiter=between, strict=True)
            rows = [row for row in reader if any(row.values())]
            header = list(reader.fieldnames or ())
    except OSError as error:
        raise ConfigError(f"{path.name} cannot be read: {error.strerror}.", remedy="Check the path.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{path.name} is no CSV file in UTF-8: {error}.", remedy="Save it as CSV UTF-8.") from error
    if twice := [name for name, count in Counter(header).items() if count > 1]:
        raise ConfigError(f"{path.name} has the column {twice[0]} twice.", remedy="Rename one of them.")
    if not rows:
        raise ConfigError(f"{path.name} holds no rows.", remedy="Give a file with a header and a row per note.")
    for number, row in enumerate(rows, 2):
        if None in row or None in row.values():
            raise ConfigError(f"Row {number} of {path.name} has not as many cells as the header {header}.")
    return rows


def column_of(rows: Sequence[dict[str, str]], path: Path, wanted: Sequence[str], option: str | None = None) -> str:
    """The first column of those wanted that the file has; ConfigError names the columns there are."""
    found = _column(rows, wanted)
    if found is None:
        there = ", ".join(rows[0])
        raise ConfigError(
            f"{path.name} has no column {' or '.join(wanted)}; it has {there}.",
            remedy=f"Name the column: {option} COLUMN." if option else "Rename the column.",
        )
    return found


def _column(rows: Sequence[dict[str, str]], wanted: Sequence[str]) -> str | None:
    """The first of those wanted that is there, written just so, or else in other capitals or with spaces around."""
    there = {name: name for name in rows[0]}
    alike = {name.strip().casefold(): name for name in reversed(rows[0])}
    return next((at for name in wanted if (at := there.get(name) or alike.get(name.strip().casefold()))), None)


def words(rows: Sequence[dict[str, str]], path: Path) -> list[str]:
    """The words of every row: the title, if there is one, and the text."""
    body = column_of(rows, path, TEXTS)
    title = _column(rows, TITLES)
    return [f"{row[title]}\n{row[body]}" if title and row[title].strip() else row[body] for row in rows]


def read_labelled(path: Path, label: str | None) -> Labelled:
    """Read words and labels; the label is in `label`, else in a column label, kind, intent or area."""
    rows = read_rows(path)
    column = column_of(rows, path, (label,) if label else LABELS, "--label")
    labels = [row[column].strip() for row in rows]
    if "" in labels:
        number = labels.index("") + 2
        raise ConfigError(f"Row {number} of {path.name} has no {column}.", remedy="Label it or remove it.")
    starred = _column(rows, ("stars",))
    return Labelled(words(rows, path), labels, [read_stars(row[starred]) for row in rows] if starred else None)


def read_texts(path: Path) -> list[str]:
    """Read the words alone."""
    rows = read_rows(path)
    return words(rows, path)


def read_shots(path: Path, shots: int, rows: int) -> dict[int, list[int]]:
    """Read which rows of the training file each seed learns from: columns shots, seed, row (from 0)."""
    found: dict[int, list[int]] = {}
    listed = read_rows(path)
    for name in ("shots", "seed", "row"):
        column_of(listed, path, (name,))
    try:
        for one in listed:
            if int(one["shots"]) == shots:
                found.setdefault(int(one["seed"]), []).append(int(one["row"]))
    except ValueError as error:
        raise ConfigError(f"{path.name} holds something that is no whole number: {error}.") from error
    if not found:
        there = ", ".join(sorted({one["shots"] for one in listed}, key=int))
        raise ConfigError(f"{path.name} lists no rows for {shots} shots; it has {there}.", remedy="Give --shots.")
    if any(not 0 <= row < rows for chosen in found.values() for row in chosen):
        raise ConfigError(f"{path.name} names rows that the training file of {rows} rows does not have.")
    return found


def read_reports(path: Path) -> tuple[list[dict[str, str]], set[frozenset[str]]]:
    """Read NAME_reports.csv (id, title, body) and NAME_pairs.csv (id_a, id_b) beside it."""
    if not path.name.endswith("reports.csv"):
        raise ConfigError(f"{path.name} is not called NAME_reports.csv.", remedy="The pairs lie in NAME_pairs.csv.")
    reports = read_rows(path)
    for name in ("id", "title"):
        column_of(reports, path, (name,))
    beside = path.with_name(f"{path.name.removesuffix('reports.csv')}pairs.csv")
    listed = read_rows(beside)
    for name in ("id_a", "id_b"):
        column_of(listed, beside, (name,))
    pairs = {frozenset((row["id_a"], row["id_b"])) for row in listed}
    known = {row["id"] for row in reports}
    if len(known) != len(reports):
        raise ConfigError(f"{path.name} holds an id twice.", remedy="Every report needs an id of its own.")
    unknown = sorted({end for pair in pairs for end in pair} - known)
    if unknown or any(len(pair) == 1 for pair in pairs):
        raise ConfigError(f"{beside.name} pairs reports that are not two of {path.name}: {', '.join(unknown[:5])}.")
    return reports, pairs
