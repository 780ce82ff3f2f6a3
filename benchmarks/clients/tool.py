"""Reads by ``dlt``, the tool people load such data with: pages into a table of a DuckDB file, nothing nested.

It runs under a Python of its own (see ``requirements/bench.in``), tells nobody that it runs, and keeps what it keeps in
a temporary folder.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

os.environ |= {
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "RUNTIME__LOG_LEVEL": "ERROR",
    "DLT_DATA_DIR": tempfile.gettempdir(),
    "DLT_PROJECT_DIR": tempfile.gettempdir(),
}

import dlt
from dlt.sources.helpers.rest_client import RESTClient
from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator

from benchmarks.clients.starts import start
from benchmarks.job import EVERY_COLUMN, EVERY_FIELD, EVERY_PROPERTY, Job
from benchmarks.stub import notion

HEADERS = {"Authorization": "Bearer bench-token", "Notion-Version": "2025-09-03"}


def _load(job: Job, *, into: str, cursor: str, at: dict[str, str], **request: Any) -> int:
    """Load all pages into a new table and return how many rows it has."""
    paginator = JSONResponseCursorPaginator(cursor_path=cursor, **at)
    client = RESTClient(base_url=job.url, headers=HEADERS, paginator=paginator)

    @dlt.resource(name=into, max_table_nesting=0, write_disposition="replace")
    def pages() -> Any:
        yield from client.paginate(**request)

    with tempfile.TemporaryDirectory(dir=job.folder) as folder:
        file = dlt.destinations.duckdb(str(Path(folder) / "read.duckdb"))
        pipeline = dlt.pipeline("bench", pipelines_dir=folder, destination=file, dataset_name="bench")
        pipeline.run(pages)
        with pipeline.sql_client() as database:
            return int(database.execute_sql(f"SELECT count(*) FROM {into}")[0][0])


def started(_job: Job) -> int:
    """Start Python and import it."""
    return start("-c", "import dlt")


def read_airtable(job: Job) -> int:
    """Load all rows with their twelve fields."""
    query = {"pageSize": 100, "fields[]": list(EVERY_COLUMN)}
    path = f"v0/{job.base}/tblFull"
    return _load(job, into="rows", cursor="offset", at={"cursor_param": "offset"}, path=path, params=query,
                 data_selector="records")  # fmt: skip


def read_jira(job: Job) -> int:
    """Load every field of all issues but the description."""
    body = {"jql": f"project = {job.project}", "fields": list(EVERY_FIELD), "maxResults": 100}
    at = {"cursor_body_path": "nextPageToken"}
    return _load(job, into="issues", cursor="nextPageToken", at=at, path="rest/api/3/search/jql", method="POST",
                 json=body, data_selector="issues")  # fmt: skip


def read_notion(job: Job) -> int:
    """Load all pages with their thirteen properties."""
    query = {"filter_properties": [notion.plain_id(name) for name in EVERY_PROPERTY]}
    path, at = f"v1/data_sources/{job.source}/query", {"cursor_body_path": "start_cursor"}
    return _load(job, into="pages", cursor="next_cursor", at=at, path=path, method="POST", params=query,
                 json={"page_size": 100}, data_selector="results")  # fmt: skip
