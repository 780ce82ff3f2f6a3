"""The floor: one keep-alive urllib3 connection, orjson, page after page, kept in a list; nothing is checked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import orjson
import urllib3

from benchmarks.job import COLUMNS, EVERY_COLUMN, EVERY_FIELD, EVERY_PROPERTY, PLAIN, RICH, STAGES, Job
from benchmarks.stub import notion
from benchmarks.stub.texts import paragraphs

POOL = urllib3.PoolManager(retries=False)
HEADERS = {"Content-Type": "application/json", "Authorization": "Bearer bench-token", "Notion-Version": "2025-09-03"}
Page = list[dict[str, Any]]


def send(method: str, url: str, body: Any = None) -> Any:
    """Return the answer's JSON."""
    data = None if body is None else orjson.dumps(body)
    return orjson.loads(POOL.request(method, url, body=data, headers=HEADERS).data)


def issues(job: Job, fields: tuple[str, ...], clause: str = "") -> Iterator[Page]:
    """Yield pages of issues as Jira sends them."""
    body: dict[str, Any] = {"jql": f"project = {job.project}{clause}", "fields": fields, "maxResults": 100}
    while True:
        page = send("POST", f"{job.url}/rest/api/3/search/jql", body)
        yield page["issues"]
        if "nextPageToken" not in page:
            return
        body["nextPageToken"] = page["nextPageToken"]


def rows(job: Job, table: str, columns: tuple[str, ...], formula: str | None = None) -> Iterator[Page]:
    """Yield pages of rows as Airtable sends them."""
    query: dict[str, Any] = {"pageSize": 100, "fields[]": columns}
    query |= {"filterByFormula": formula} if formula else {}
    while True:
        page = send("GET", f"{job.url}/v0/{job.base}/{table}?{urlencode(query, doseq=True)}")
        yield page["records"]
        if "offset" not in page:
            return
        query["offset"] = page["offset"]


def properties(job: Job) -> Iterator[Page]:
    """Yield pages of Notion's pages, with the properties that are read everywhere."""
    asked = urlencode({"filter_properties": [notion.plain_id(name) for name in EVERY_PROPERTY]}, doseq=True)
    body: dict[str, Any] = {"page_size": 100}
    while True:
        page = send("POST", f"{job.url}/v1/data_sources/{job.source}/query?{asked}", body)
        yield page["results"]
        if not page["has_more"]:
            return
        body["start_cursor"] = page["next_cursor"]


def collected(pages: Iterator[Page]) -> int:
    """Keep everything in a list, as scripts do, and count."""
    kept: Page = []
    for page in pages:
        kept += page
    return len(kept)


def read_jira(job: Job) -> int:
    """Read every field of all issues but the description."""
    return collected(issues(job, EVERY_FIELD))


def read_jira_few(job: Job) -> int:
    """Read the four fields of a roadmap."""
    return collected(issues(job, PLAIN))


def read_jira_rich(job: Job) -> int:
    """Read those and the descriptions, which stay as they are."""
    return collected(issues(job, RICH))


def read_airtable(job: Job) -> int:
    """Read all rows with their twelve fields."""
    return collected(rows(job, "tblFull", EVERY_COLUMN))


def read_notion(job: Job) -> int:
    """Read all pages with their thirteen properties."""
    return collected(properties(job))


def first_sync(job: Job) -> int:
    """Copy all issues into the empty table; nothing is remembered."""
    return _copy(job, PLAIN)[0]


def first_sync_rich(job: Job) -> int:
    """The same with descriptions, as the bare text that is in them."""
    return _copy(job, RICH)[0]


def _copy(job: Job, fields: tuple[str, ...], clause: str = "") -> tuple[int, int]:
    """Return how many rows were created and changed."""
    created, changed, batch = 0, 0, []
    for page in issues(job, fields, clause):
        for issue in page:
            batch.append({"fields": cells(issue)})
            if len(batch) == 10:
                done = _upsert(job, batch)
                created, changed, batch = created + done[0], changed + done[1], []
    done = _upsert(job, batch) if batch else (0, 0)
    return created + done[0], changed + done[1]


def _upsert(job: Job, batch: Page) -> tuple[int, int]:
    body = {"performUpsert": {"fieldsToMergeOn": ["Sync key"]}, "records": batch}
    done = send("PATCH", f"{job.url}/v0/{job.base}/tblRoadmap", body)
    return len(done["createdRecords"]), len(done["updatedRecords"])


def cells(issue: dict[str, Any]) -> dict[str, Any]:
    """Return a row for an issue, as a script would write it."""
    fields = issue["fields"]
    row = {
        "Name": fields["summary"],
        "Owner": {"email": fields["assignee"]["emailAddress"]} if fields["assignee"] else None,
        "Target date": fields["duedate"],
        "Stage": STAGES[fields["status"]["name"]],
        "Sync key": issue["id"],
    }
    if "description" in fields:
        row["Notes"] = "\n\n".join(_words(fields["description"])) or None
    return row


def _words(node: Any) -> Iterator[str]:
    for child in (node or {}).get("content", ()):
        yield from paragraphs(child["text"]) if child["type"] == "text" else _words(child)


def changes(job: Job) -> int:
    """Ask each side once what changed, and carry it over."""
    _created, changed = _copy(job, PLAIN, ' AND updated >= "2026-01-01 00:00"')
    edited = collected(rows(job, "tblRoadmap", COLUMNS, "IS_AFTER(LAST_MODIFIED_TIME(), '2026-01-01')"))
    assert (changed, edited) == (job.changed, 0), (changed, edited)
    return job.records


def compare(job: Job) -> int:
    """Read both sides and compare them."""
    known = {row["fields"]["Sync key"]: row["fields"] for page in rows(job, "tblRoadmap", COLUMNS) for row in page}
    listed = (issue for page in issues(job, PLAIN) for issue in page)
    return sum(known[issue["id"]]["Name"] == issue["fields"]["summary"] for issue in listed)


def quiet_plan(job: Job) -> int:
    """Ask each side once what changed; nothing did."""
    return changes(job)
