"""The same work as a careful script does it with the plain ``jira`` and ``pyairtable`` clients.

Issues come as dictionaries (``json_result=True``: objects would cost five times as much), pages are dropped when they
are done with, rows are upserted by ten. The script remembers nothing, so a second run would write everything again.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import pyairtable
from jira import JIRA
from marklas import to_md

from benchmarks.floor import cells
from benchmarks.job import COLUMNS, EMAIL, PLAIN, RICH, RICH_COLUMNS, TOKEN, Job


@cache
def _jira(url: str) -> JIRA:
    options = {"rest_api_version": "3", "check_update": False}
    return JIRA(server=url, basic_auth=(EMAIL, TOKEN), options=options)


@cache
def _table(url: str, base: str, name: str) -> pyairtable.Table:
    return pyairtable.Api(TOKEN, endpoint_url=url).table(base, name)


def _pages(job: Job, fields: tuple[str, ...], clause: str = "") -> Iterator[list[dict[str, Any]]]:
    token = None
    while True:
        page = _jira(job.url).enhanced_search_issues(
            f"project = {job.project}{clause}",
            nextPageToken=token,
            maxResults=100,
            fields=list(fields),
            json_result=True,
            use_post=True,
        )
        yield page["issues"]
        token = page.get("nextPageToken")
        if token is None:
            return


def read_jira(job: Job) -> int:
    """Read all issues without their descriptions."""
    return sum(map(len, _pages(job, PLAIN)))


def read_jira_rich(job: Job) -> int:
    """Read all issues with their descriptions as Markdown."""
    return sum(len([_markdown(issue) for issue in page]) for page in _pages(job, RICH))


def _markdown(issue: dict[str, Any]) -> str | None:
    document = issue["fields"].get("description")
    return to_md(document) if document else None


def read_airtable(job: Job) -> int:
    """Read all rows without their notes."""
    return _rows(job, "tblFull", COLUMNS)


def read_airtable_rich(job: Job) -> int:
    """Read all rows with their notes."""
    return _rows(job, "tblFull", RICH_COLUMNS)


def _rows(job: Job, table: str, columns: tuple[str, ...]) -> int:
    return sum(map(len, _table(job.url, job.base, table).iterate(page_size=100, fields=list(columns))))


def first_sync(job: Job) -> int:
    """Copy all issues into the empty table."""
    return sum(_copy(job, page) for page in _pages(job, PLAIN))


def first_sync_rich(job: Job) -> int:
    """The same with descriptions, as Markdown."""
    return sum(_copy(job, page) for page in _pages(job, RICH))


def _copy(job: Job, page: list[dict[str, Any]]) -> int:
    records = []
    for issue in page:
        notes = _markdown(issue)
        issue["fields"].pop("description", None)
        records.append({"fields": {**cells(issue), **({"Notes": notes} if notes else {})}})
    done = _table(job.url, job.base, "tblRoadmap").batch_upsert(records, key_fields=["Sync key"])
    return len(done["createdRecords"])


def second_plan(job: Job) -> int:
    """Ask each side once what changed."""
    issues = sum(map(len, _pages(job, PLAIN, ' AND updated >= "2026-01-01 00:00"')))
    formula = "IS_AFTER(LAST_MODIFIED_TIME(), '2026-01-01')"
    rows = _table(job.url, job.base, "tblRoadmap").all(formula=formula, fields=list(COLUMNS))
    assert not issues
    assert not rows
    return job.records


def second_plan_full(job: Job) -> int:
    """Read both sides and compare them."""
    table = _table(job.url, job.base, "tblRoadmap")
    known = {
        row["fields"]["Sync key"]: row["fields"]
        for page in table.iterate(page_size=100, fields=list(COLUMNS))
        for row in page
    }
    return sum(
        known[issue["id"]]["Name"] == issue["fields"]["summary"] for page in _pages(job, PLAIN) for issue in page
    )
