"""Filling the sandbox's Jira with issues: the invented company's, or those of a CSV file."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from productops.connectors.jira.adf.write import to_adf
from productops.demo.backlog import Issue
from productops.errors import ConfigError
from productops.testing.sandbox.jira import JiraSandbox, RefusedError
from productops.testing.sandbox.jira.adf import from_text

TITLE_LIMIT, TEXT_LIMIT = 255, 32_767  # Jira's own, in characters
COLUMNS = ("issuekey", "title", "description", "storypoint")
LONGEST_CELL = 2**30
# What XML, and with it Jira, cannot hold; tabs and line ends it can.
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


@dataclass(slots=True)
class Planted:
    """What came of planting: the issue keys, and what had to be changed or left out."""

    keys: list[str] = field(default_factory=list)
    shortened: int = 0
    cleaned: int = 0
    refused: list[str] = field(default_factory=list)

    def notes(self) -> list[str]:
        """Return a line for each kind of trouble."""
        lines = []
        if self.shortened:
            lines.append(
                f"{self.shortened:,} texts were longer than Jira takes ({TITLE_LIMIT} characters in a title, "
                f"{TEXT_LIMIT:,} in a description) and were shortened before they were planted"
            )
        if self.cleaned:
            lines.append(f"{self.cleaned:,} texts held control characters, which were taken out before")
        if self.refused:
            lines.append(f"{len(self.refused):,} issues Jira would refuse were left out: {'; '.join(self.refused[:3])}")
        return lines


def plant(jira: JiraSandbox, issues: tuple[Issue, ...], now: datetime) -> Planted:
    """Create the company's issues, as if by hand, in the last weeks."""
    planted = Planted()
    for number, issue in enumerate(issues):
        at = now - timedelta(days=30) + timedelta(minutes=number)
        fields: dict[str, Any] = {"description": to_adf(issue.description)} if issue.description else {}
        if issue.owner:
            fields["assignee"] = {"accountId": jira.user(issue.owner).account_id}
        if issue.due:
            fields["duedate"] = issue.due.isoformat()
        if issue.points is not None:
            fields["Story Points"] = issue.points
        made = jira.add("PROD", "Story", issue.title, fields, at=at)
        if issue.status != "To Do":
            jira.transition(made.key, issue.status, at=at + timedelta(minutes=1))
        planted.keys.append(made.key)
    return planted


def plant_file(jira: JiraSandbox, path: Path, now: datetime) -> Planted:
    """Create the issues of a CSV file, as if by hand; their texts are plain text.

    Raises:
        ConfigError: the file cannot be read, lacks a column, or holds no issue.

    """
    planted = Planted()
    for number, row in enumerate(_rows(path)):
        at = now - timedelta(days=30) + timedelta(seconds=number)
        title = _text(" ".join(row["title"].split()), TITLE_LIMIT, planted)
        text = _text(row["description"].replace("\r\n", "\n").replace("\r", "\n"), TEXT_LIMIT, planted)
        fields: dict[str, Any] = {"description": from_text(text)} if text.strip() else {}
        try:
            if row["storypoint"].strip():
                fields["Story Points"] = float(row["storypoint"])
            planted.keys.append(jira.add("PROD", "Story", title, fields, at=at).key)
        except (RefusedError, ValueError) as error:
            why = str(error.body.get("errors", error.body)) if isinstance(error, RefusedError) else str(error)
            planted.refused.append(f"{row['issuekey'] or f'row {number + 2}'} ({why})")
    if not planted.keys:
        raise ConfigError(f"{path.name} holds no issue.", remedy=f"It needs rows under {', '.join(COLUMNS)}.")
    return planted


def _rows(path: Path) -> Iterator[dict[str, str]]:
    before = csv.field_size_limit(LONGEST_CELL)
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            reader = csv.DictReader(file)
            lacking = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if lacking:
                raise ConfigError(
                    f"{path.name} has no column {lacking[0]!r}.", remedy=f"It needs {', '.join(COLUMNS)}, with commas."
                )
            for row in reader:
                yield {name: row[name] or "" for name in COLUMNS}
    except (OSError, csv.Error) as error:
        raise ConfigError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from error
    finally:
        csv.field_size_limit(before)


def _text(text: str, limit: int, planted: Planted) -> str:
    clean = UNPRINTABLE.sub("", text)
    planted.cleaned += clean != text
    if len(clean) > limit:
        planted.shortened += 1
        clean = clean[: limit - 1] + "…"
    return clean
