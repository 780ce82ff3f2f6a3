"""What one measured piece of work is given, and what all clients agree on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

EMAIL, TOKEN = "bench@example.com", "bench-token"  # invented; the stub asks for none
JIRA_PAGE, AIRTABLE_PAGE, AIRTABLE_BATCH = 100, 100, 10
PLAIN = ("summary", "assignee", "duedate", "status")
RICH = (*PLAIN, "description")
COLUMNS = ("Name", "Owner", "Target date", "Stage", "Sync key")
RICH_COLUMNS = (*COLUMNS, "Notes")
STAGES = {"To Do": "Inbox", "In Progress": "Building", "In Review": "Building", "QA": "Building", "Done": "Shipped"}


@dataclass(frozen=True, slots=True)
class Job:
    """Where the stub is, how many records there are, and a folder to keep a state in."""

    url: str
    records: int
    folder: Path

    @property
    def project(self) -> str:
        """The key of the Jira project with that many issues."""
        return f"R{self.records}"

    @property
    def base(self) -> str:
        """The id of the Airtable base whose full table has that many rows."""
        return f"appR{self.records}"


def pages(records: int, size: int) -> int:
    """Return how many requests of this size carry so many records."""
    return math.ceil(records / size)
