"""The same work as a careful script does it with the plain clients ``jira``, ``pyairtable`` and ``notion-client``.

Issues come as dictionaries (``json_result=True``; as objects see ``read_jira_objects``), reads are kept in a list,
copies drop each page when it is done with, rows are upserted by ten. The script remembers nothing, so a second run
would write everything again.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from benchmarks.clients.floor import cells
from benchmarks.job import COLUMNS, EMAIL, EVERY_COLUMN, EVERY_FIELD, EVERY_PROPERTY, PLAIN, RICH, TOKEN, Job
from benchmarks.stub import notion

CHANGED = ' AND updated >= "2026-01-01 00:00"'
Page = list[dict[str, Any]]


@cache
def _jira(url: str) -> Any:
    from jira import JIRA

    options = {"rest_api_version": "3", "check_update": False}
    return JIRA(server=url, basic_auth=(EMAIL, TOKEN), options=options)


@cache
def _table(url: str, base: str, name: str) -> Any:
    import pyairtable

    return pyairtable.Api(TOKEN, endpoint_url=url).table(base, name)


@cache
def _notion(url: str) -> Any:
    from notion_client import Client

    return Client(auth=TOKEN, base_url=url)


def _pages(job: Job, fields: tuple[str, ...], clause: str = "", *, objects: bool = False) -> Iterator[Any]:
    token = None
    while True:
        page = _jira(job.url).enhanced_search_issues(
            f"project = {job.project}{clause}",
            nextPageToken=token,
            maxResults=100,
            fields=list(fields),
            json_result=not objects,
            use_post=True,
        )
        yield page if objects else page["issues"]
        token = page.nextPageToken if objects else page.get("nextPageToken")
        if token is None:
            return


def _collected(pages: Iterator[Any]) -> int:
    kept: list[Any] = []
    for page in pages:
        kept += page
    return len(kept)


def read_jira(job: Job) -> int:
    """Read every field of all issues but the description."""
    return _collected(_pages(job, EVERY_FIELD))


def read_jira_few(job: Job) -> int:
    """Read the four fields of a roadmap."""
    return _collected(_pages(job, PLAIN))


def read_jira_objects(job: Job) -> int:
    """Read every field but the description, as the client's own objects."""
    return _collected(_pages(job, EVERY_FIELD, objects=True))


def read_jira_few_objects(job: Job) -> int:
    """Read the four fields of a roadmap, as the client's own objects."""
    return _collected(_pages(job, PLAIN, objects=True))


def read_jira_rich(job: Job) -> int:
    """Read all issues with their descriptions as Markdown."""
    return sum(len([_markdown(issue) for issue in page]) for page in _pages(job, RICH))


def _markdown(issue: dict[str, Any]) -> str | None:
    from marklas import to_md

    document = issue["fields"].get("description")
    return to_md(document) if document else None


def read_airtable(job: Job) -> int:
    """Read all rows with their twelve fields."""
    return len(_table(job.url, job.base, "tblFull").all(page_size=100, fields=list(EVERY_COLUMN)))


def read_notion(job: Job) -> int:
    """Read all pages with their thirteen properties."""
    from notion_client.helpers import collect_paginated_api

    only = [notion.plain_id(name) for name in EVERY_PROPERTY]
    query = _notion(job.url).data_sources.query
    return len(collect_paginated_api(query, data_source_id=job.source, filter_properties=only, page_size=100))


def first_sync(job: Job) -> int:
    """Copy all issues into the empty table."""
    return sum(_copy(job, page)[0] for page in _pages(job, PLAIN))


def first_sync_rich(job: Job) -> int:
    """The same with descriptions, as Markdown."""
    return sum(_copy(job, page)[0] for page in _pages(job, RICH))


def _copy(job: Job, page: Page) -> tuple[int, int]:
    records = []
    for issue in page:
        notes = _markdown(issue)
        issue["fields"].pop("description", None)
        records.append({"fields": {**cells(issue), **({"Notes": notes} if notes else {})}})
    done = _table(job.url, job.base, "tblRoadmap").batch_upsert(records, key_fields=["Sync key"])
    return len(done["createdRecords"]), len(done["updatedRecords"])


def changes(job: Job) -> int:
    """Ask each side once what changed, and carry it over."""
    changed = sum(_copy(job, page)[1] for page in _pages(job, PLAIN, CHANGED) if page)
    formula = "IS_AFTER(LAST_MODIFIED_TIME(), '2026-01-01')"
    edited = _table(job.url, job.base, "tblRoadmap").all(formula=formula, fields=list(COLUMNS))
    assert (changed, edited) == (job.changed, []), (changed, edited)
    return job.records


def compare(job: Job) -> int:
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


def quiet_plan(job: Job) -> int:
    """Ask each side once what changed; nothing did."""
    return changes(job)
