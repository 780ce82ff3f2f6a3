"""The floor: one keep-alive urllib3 connection and the standard library's JSON, page after page, nothing checked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import urllib3

from benchmarks.job import COLUMNS, PLAIN, RICH, RICH_COLUMNS, STAGES, Job
from benchmarks.texts import paragraphs

POOL = urllib3.PoolManager(retries=False)
HEADERS = {"Content-Type": "application/json", "Authorization": "Bearer bench-token"}


def _send(method: str, url: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    return json.loads(POOL.request(method, url, body=data, headers=HEADERS).data)


def issues(job: Job, fields: tuple[str, ...], clause: str = "") -> Iterator[dict[str, Any]]:
    """Yield issues as Jira sends them."""
    body: dict[str, Any] = {"jql": f"project = {job.project}{clause}", "fields": list(fields), "maxResults": 100}
    while True:
        page = _send("POST", f"{job.url}/rest/api/3/search/jql", body)
        yield from page["issues"]
        if "nextPageToken" not in page:
            return
        body["nextPageToken"] = page["nextPageToken"]


def rows(job: Job, table: str, columns: tuple[str, ...], formula: str | None = None) -> Iterator[dict[str, Any]]:
    """Yield rows as Airtable sends them."""
    query: dict[str, Any] = {"pageSize": 100, "fields[]": columns}
    query |= {"filterByFormula": formula} if formula else {}
    while True:
        page = _send("GET", f"{job.url}/v0/{job.base}/{table}?{urlencode(query, doseq=True)}")
        yield from page["records"]
        if "offset" not in page:
            return
        query["offset"] = page["offset"]


def read_jira(job: Job) -> int:
    """Read all issues without their descriptions."""
    return sum(1 for _ in issues(job, PLAIN))


def read_jira_rich(job: Job) -> int:
    """Read all issues with their descriptions, which stay as they are."""
    return sum(1 for _ in issues(job, RICH))


def read_airtable(job: Job) -> int:
    """Read all rows without their notes."""
    return sum(1 for _ in rows(job, "tblFull", COLUMNS))


def read_airtable_rich(job: Job) -> int:
    """Read all rows with their notes."""
    return sum(1 for _ in rows(job, "tblFull", RICH_COLUMNS))


def first_sync(job: Job) -> int:
    """Copy all issues into the empty table; nothing is remembered."""
    return _copy(job, PLAIN)


def first_sync_rich(job: Job) -> int:
    """The same with descriptions, as the bare text that is in them."""
    return _copy(job, RICH)


def _copy(job: Job, fields: tuple[str, ...]) -> int:
    written, batch = 0, []
    for issue in issues(job, fields):
        batch.append({"fields": cells(issue)})
        if len(batch) == 10:
            written += _upsert(job, batch)
            batch = []
    return written + (_upsert(job, batch) if batch else 0)


def _upsert(job: Job, batch: list[dict[str, Any]]) -> int:
    body = {"performUpsert": {"fieldsToMergeOn": ["Sync key"]}, "records": batch}
    return len(_send("PATCH", f"{job.url}/v0/{job.base}/tblRoadmap", body)["createdRecords"])


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


def second_plan(job: Job) -> int:
    """Ask each side once what changed."""
    changed = [*issues(job, PLAIN, ' AND updated >= "2026-01-01 00:00"')]
    changed += rows(job, "tblRoadmap", COLUMNS, "IS_AFTER(LAST_MODIFIED_TIME(), '2026-01-01')")
    assert not changed
    return job.records


def second_plan_full(job: Job) -> int:
    """Read both sides and compare them."""
    known = {row["fields"]["Sync key"]: row["fields"] for row in rows(job, "tblRoadmap", COLUMNS)}
    return sum(1 for issue in issues(job, PLAIN) if known[issue["id"]]["Name"] == issue["fields"]["summary"])
