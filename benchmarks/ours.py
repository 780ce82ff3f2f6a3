"""The same work through productops, as its own documentation writes it.

The services' rates are set far beyond what the stub can answer: this measures what the library costs, not how long
the services make it wait.
"""

from __future__ import annotations

from benchmarks.job import EMAIL, TOKEN, Job
from productops.connectors import Airtable, Jira
from productops.model.roadmap import RoadmapItem
from productops.sdk import Mapping, View, choice, markdown, person
from productops.sync.engine import Sync
from productops.sync.report import Report

ANY_RATE = 1e6  # requests a second


def issues(job: Job, *, rich: bool = False) -> View[RoadmapItem]:
    """The project seen as roadmap items."""
    more = {"description": markdown("description")} if rich else {}
    stages = choice("status", idea="To Do", doing=["In Progress", "In Review", "QA"], done="Done")
    mapping = Mapping(RoadmapItem, title="summary", owner=person("assignee"), due="duedate", status=stages, **more)
    jira = Jira(job.url, email=EMAIL, token=TOKEN, rate=ANY_RATE)
    return mapping.on(jira.issues(project=job.project, type="Story"))


def rows(job: Job, table: str, *, rich: bool = False) -> View[RoadmapItem]:
    """The table seen as roadmap items."""
    more = {"description": markdown("Notes")} if rich else {}
    stages = choice("Stage", idea="Inbox", doing="Building", done="Shipped")
    mapping = Mapping(RoadmapItem, title="Name", owner=person("Owner"), due="Target date", status=stages, **more)
    airtable = Airtable(TOKEN, url=job.url, rate=ANY_RATE)
    return mapping.on(airtable.table(job.base, table, key="Sync key"))


def _records(view: View[RoadmapItem]) -> int:
    """Read plain records, as a sync does before it looks at them."""
    return sum(1 for _ in view.collection.scan(None, view.bind().field_ids))


def read_jira(job: Job) -> int:
    """Read all issues as records, without their descriptions."""
    return _records(issues(job))


def read_jira_models(job: Job) -> int:
    """Read all issues as validated roadmap items, without their descriptions."""
    return sum(1 for _ in issues(job))


def read_jira_rich(job: Job) -> int:
    """Read all issues as validated roadmap items, descriptions as Markdown."""
    return sum(1 for _ in issues(job, rich=True))


def read_airtable(job: Job) -> int:
    """Read all rows as records, without their notes."""
    return _records(rows(job, "Full"))


def read_airtable_models(job: Job) -> int:
    """Read all rows as validated roadmap items, without their notes."""
    return sum(1 for _ in rows(job, "Full"))


def read_airtable_rich(job: Job) -> int:
    """Read all rows as validated roadmap items, with their notes."""
    return sum(1 for _ in rows(job, "Full", rich=True))


def sync(job: Job, *, rich: bool = False) -> Sync:
    """The sync of the project with the table that starts empty, its state in the job's folder."""
    name = f"{job.project}{'-rich' if rich else ''}"
    left, right = issues(job, rich=rich), rows(job, "Roadmap", rich=rich)
    return Sync(name, left=left, right=right, state=job.folder / f"{name}.db")


def first_sync(job: Job) -> int:
    """Plan and apply, with all that a sync remembers."""
    return _created(sync(job).run())


def first_sync_rich(job: Job) -> int:
    """The same with descriptions."""
    return _created(sync(job, rich=True).run())


def _created(report: Report) -> int:
    assert not report.problems, report
    return report.created["right"]


def second_plan(job: Job) -> int:
    """Plan again after a first sync: both sides are asked what changed."""
    plan = sync(job).plan()
    assert not plan
    assert not plan.conflicts
    assert not plan.problems
    return job.records


def second_plan_full(job: Job) -> int:
    """Plan again after a first sync, listing and comparing everything."""
    plan = sync(job).plan(full=True)
    assert not plan
    assert not plan.conflicts
    assert not plan.problems
    return job.records
