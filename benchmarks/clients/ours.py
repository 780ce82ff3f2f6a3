"""The same work through productops, as its own documentation writes it.

The services' rates are set far beyond what the stub can answer: this measures what the library costs, not how long
the services make it wait. Reads are iterated, not kept: that is how the library hands them out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from benchmarks.clients.typed import Issue, Page, Row
from benchmarks.job import EMAIL, EVERY_COLUMN, EVERY_FIELD, EVERY_PROPERTY, TOKEN, Job
from benchmarks.links import multiply
from benchmarks.stub import reset
from productops.connectors import Airtable, Jira, Notion
from productops.model.roadmap import RoadmapItem
from productops.sdk import Codec, Mapping, View, choice, markdown, person
from productops.sync.engine import Sync
from productops.sync.report import Report

ANY_RATE = 1e6  # requests a second
FEW = 100  # records of the first sync whose links are multiplied
ISSUE: dict[str, str | Codec] = {
    "title": "summary", "kind": "issuetype", "status": "status", "priority": "priority", "resolution": "resolution",
    "assignee": person("assignee"), "reporter": person("reporter"), "creator": person("creator"),
    "created": "created", "updated": "updated", "due": "duedate", "resolved": "resolutiondate", "labels": "labels",
    "components": "components", "fix_versions": "fixVersions", "versions": "versions",
    "estimate": "timeoriginalestimate", "start": "Start date", "points": "Story points", "severity": "Severity",
    "team": "Team", "markets": "Markets", "ticket": "Ticket", "customer": "Customer",
}  # fmt: skip
ROW: dict[str, str | Codec] = {
    "title": "Name", "notes": markdown("Notes"), "owner": person("Owner"), "due": "Target date", "stage": "Stage",
    "tags": "Tags", "points": "Points", "budget": "Budget", "confidence": "Confidence", "asked_by": "Asked by",
    "spec": "Spec", "blocked": "Blocked",
}  # fmt: skip
PAGE: dict[str, str | Codec] = {
    "title": "Name", "summary": "Summary", "status": "Status", "kind": "Kind", "tags": "Tags",
    "owner": person("Owner"), "due": "Due", "points": "Points", "blocked": "Blocked", "spec": "Spec",
    "asked_by": "Asked by", "phone": "Phone", "created": "Created",
}  # fmt: skip
assert (len(ISSUE), len(ROW), len(PAGE)) == (len(EVERY_FIELD), len(EVERY_COLUMN), len(EVERY_PROPERTY))


def jira(job: Job, **options: Any) -> Jira:
    """The account, asked as fast as it answers."""
    return Jira(job.url, email=EMAIL, token=TOKEN, **{"rate": ANY_RATE, **options})


def airtable(job: Job, **options: Any) -> Airtable:
    """The account, asked as fast as it answers."""
    return Airtable(TOKEN, url=job.url, **{"rate": ANY_RATE, **options})


def issues(job: Job, *, rich: bool = False, **options: Any) -> View[RoadmapItem]:
    """The project seen as roadmap items."""
    more = {"description": markdown("description")} if rich else {}
    stages = choice("status", idea="To Do", doing=["In Progress", "In Review", "QA"], done="Done")
    mapping = Mapping(RoadmapItem, title="summary", owner=person("assignee"), due="duedate", status=stages, **more)
    return mapping.on(jira(job, **options).issues(project=job.project, type="Story"))


def rows(job: Job, *, rich: bool = False, **options: Any) -> View[RoadmapItem]:
    """The table that a sync fills, seen as roadmap items."""
    more = {"description": markdown("Notes")} if rich else {}
    stages = choice("Stage", idea="Inbox", doing="Building", done="Shipped")
    mapping = Mapping(RoadmapItem, title="Name", owner=person("Owner"), due="Target date", status=stages, **more)
    return mapping.on(airtable(job, **options).table(job.base, "Roadmap", key="Sync key"))


def _read(view: View[Any]) -> int:
    found = sum(1 for _ in view)
    assert not view.problems, view.problems[:3]
    return found


def every_field(job: Job) -> View[Issue]:
    """The project seen with every field but the description."""
    return Mapping(Issue, **ISSUE).on(jira(job).issues(project=job.project, type="Story"))


def every_column(job: Job) -> View[Row]:
    """The table seen with its twelve fields."""
    return Mapping(Row, **ROW).on(airtable(job).table(job.base, "Full"))


def read_jira(job: Job) -> int:
    """Read all issues as validated models of every field but the description."""
    return _read(every_field(job))


def read_jira_few(job: Job) -> int:
    """Read all issues as validated roadmap items, without their descriptions."""
    return _read(issues(job))


def read_jira_rich(job: Job) -> int:
    """Read all issues as validated roadmap items, descriptions as Markdown."""
    return _read(issues(job, rich=True))


def read_airtable(job: Job) -> int:
    """Read all rows as validated models of their twelve fields."""
    return _read(every_column(job))


def read_notion(job: Job) -> int:
    """Read all pages as validated models of their thirteen properties."""
    account = Notion(TOKEN, url=job.url, rate=ANY_RATE)
    return _read(Mapping(Page, **PAGE).on(account.data_source(job.source)))


def sync(job: Job, *, rich: bool = False) -> Sync:
    """The sync of the project with the table that starts empty, its state in the job's folder."""
    name = f"{job.project}{'-rich' if rich else ''}"
    return Sync(name, left=issues(job, rich=rich), right=rows(job, rich=rich), state=job.folder / f"{name}.db")


def first_sync(job: Job) -> int:
    """Plan and apply, with all that a sync remembers."""
    return _report(sync(job).run()).created["right"]


def first_sync_rich(job: Job) -> int:
    """The same with descriptions."""
    return _report(sync(job, rich=True).run()).created["right"]


def _report(report: Report) -> Report:
    assert not report.problems, report
    return report


def changes(job: Job) -> int:
    """Run again: both sides are asked what changed, and it is carried over."""
    report = _report(sync(job).run())
    assert (report.updated["right"], report.updated["left"]) == (job.changed, 0), report
    return job.records


def compare(job: Job) -> int:
    """Plan again after a first sync, listing and comparing everything."""
    plan = sync(job).plan(full=True)
    assert not plan, plan
    assert not plan.conflicts
    assert not plan.problems
    return job.records


def prepare_quiet_plan(job: Job) -> None:
    """Make a state with so many links: those of a first sync of a few records, multiplied."""
    small = replace(job, records=FEW)
    reset(job.url, small.place)
    first_sync(small)
    multiply(job.folder / f"{small.project}.db", job.records)
    assert sync(small).state.count_links() == job.records


def quiet_plan(job: Job) -> int:
    """Plan where neither side has anything new; as many links are known as the job has records."""
    plan = sync(replace(job, records=FEW)).plan()
    assert not plan, plan
    assert not plan.problems
    return job.records
