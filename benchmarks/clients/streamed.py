"""The floor once more, dropping each page after use: what keeping everything in a list costs."""

from __future__ import annotations

from benchmarks.clients import floor
from benchmarks.job import EVERY_COLUMN, EVERY_FIELD, PLAIN, Job


def read_jira(job: Job) -> int:
    """Read every field of all issues but the description."""
    return sum(map(len, floor.issues(job, EVERY_FIELD)))


def read_jira_few(job: Job) -> int:
    """Read the four fields of a roadmap."""
    return sum(map(len, floor.issues(job, PLAIN)))


def read_airtable(job: Job) -> int:
    """Read all rows with their twelve fields."""
    return sum(map(len, floor.rows(job, "tblFull", EVERY_COLUMN)))


def read_notion(job: Job) -> int:
    """Read all pages with their thirteen properties."""
    return sum(map(len, floor.properties(job)))
