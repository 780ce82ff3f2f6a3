"""What one measured piece of work is given, and what all clients agree on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from benchmarks.stub import issues, notion

EMAIL, TOKEN = "bench@example.com", "bench-token"  # invented; the stub asks for none
JIRA_PAGE, AIRTABLE_PAGE, AIRTABLE_BATCH, NOTION_PAGE = 100, 100, 10, 100
# What is read of Jira: every field but the description, which is rich text; or what a roadmap is mapped to.
EVERY_FIELD = tuple(id_ for id_ in issues.FIELDS if id_ != "description")
PLAIN = ("summary", "assignee", "duedate", "status")
RICH = (*PLAIN, "description")
# What is read of Airtable: all twelve fields of a row; and what a sync writes.
EVERY_COLUMN = (
    *("Name", "Notes", "Owner", "Target date", "Stage", "Tags", "Points", "Budget", "Confidence", "Asked by", "Spec"),
    "Blocked",
)
COLUMNS = ("Name", "Owner", "Target date", "Stage", "Sync key")
EVERY_PROPERTY = tuple(notion.PROPERTIES)
STAGES = {"To Do": "Inbox", "In Progress": "Building", "In Review": "Building", "QA": "Building", "Done": "Shipped"}


@dataclass(frozen=True, slots=True)
class Job:
    """Where the stub is, how many records there are, how many of them changed, and a folder to keep a state in.

    ``tag``, a digit, tells the places of clients apart that must not see each other's changes.
    """

    url: str
    records: int
    folder: Path
    tag: int = 0
    changed: int = 0

    @property
    def place(self) -> int:
        """The number that names the project, the base and the data source of that size."""
        return self.records * 10 + self.tag

    @property
    def project(self) -> str:
        """The key of the Jira project with that many issues."""
        return f"R{self.place}"

    @property
    def base(self) -> str:
        """The id of the Airtable base whose full table has that many rows."""
        return f"appR{self.place}"

    @property
    def source(self) -> str:
        """The id of the Notion data source with that many pages."""
        return notion.uuid(self.place)


def pages(records: int, size: int) -> int:
    """Return how many requests of this size carry so many records."""
    return math.ceil(records / size)
