"""What a worker of the fleet runs: the sync of one team. It loads no more than such a worker would."""

from __future__ import annotations

import os

from productops import Mapping, RoadmapItem, Sync
from productops.connectors import Airtable, Jira

ISSUES = Mapping(RoadmapItem, title="summary", due="duedate")
ROWS = Mapping(RoadmapItem, title="Name", due="Target date")


def base_of(number):
    return f"appTeam{number:010}"


def sync_of(number, found, url):
    """The sync of one team, as every worker makes it for itself."""
    one, two = found["jira"], found["airtable"]
    jira = Jira(one["url"], email=one["email"], token=one["token"], rate=1e6)
    airtable = Airtable(two["token"], url=two["url"], rate=1e6)
    return Sync(
        f"team-{number}", left=ISSUES.on(jira.issues(project=f"T{number}", type="Story")),
        right=ROWS.on(airtable.table(base_of(number), "Roadmap", key="Sync key")), state=url,
    )  # fmt: skip


def work(number, found, url):
    """What an orchestrator's task does: one run, which waits for another one of the same sync."""
    report = sync_of(number, found, url).run(wait=30)
    return os.getpid(), report.writes, report.uncertain, report.conflicts
