"""An imitated Jira and an imitated Airtable in this thread, with a sync between them and people at both."""

from datetime import UTC, datetime, timedelta

from productops import Mapping, RoadmapItem, Sync, choice, markdown, person
from productops.connectors.airtable import Airtable
from productops.connectors.jira import Jira
from productops.testing.sandbox.airtable import STANDARD_TOKEN
from productops.testing.sandbox.airtable import Airtable as AirtableService
from productops.testing.sandbox.clock import VirtualClock
from productops.testing.sandbox.endpoint import Endpoint
from productops.testing.sandbox.jira import JiraSandbox
from productops.testing.sandbox.plugs import RequestsPlug

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
FIELDS = [
    {"name": "Name", "type": "singleLineText"},
    {"name": "Notes", "type": "richText"},
    {"name": "Owner", "type": "singleCollaborator"},
    {"name": "Target date", "type": "date"},
    {"name": "Stage", "type": "singleSelect", "options": {"choices": ["Inbox", "Building", "Shipped"]}},
    {"name": "Sync key", "type": "singleLineText"},
]
PEOPLE = [
    {"email": "mira@example.com", "name": "Mira Quill"},
    {"email": "tomas@example.com", "name": "Tomas Reed"},
]
JIRA = {"projects": [{"key": "PROD"}, {"key": "OPS"}]}


class World:
    """Both services, the ways to them, and one table and one project."""

    def __init__(self, home, *, jira=None, fields=FIELDS, search_lag=2.0, late_commit=5.0, limits=None):
        self.home = home
        self.clock = VirtualClock(START)
        self.site = JiraSandbox.from_json(
            jira or JIRA, now=START, rate=0, base_url="http://localhost", search_lag=search_lag, late_commit=late_commit
        )
        tables = [{"name": "Roadmap", "fields": fields, "records": []}]
        self.base = AirtableService.from_json(
            {"users": PEOPLE, "bases": [{"name": "Work", "tables": tables}]}, clock=self.clock, limits=limits
        )
        self.at = {"jira": Endpoint(self.site, clock=self.clock), "airtable": Endpoint(self.base, clock=self.clock)}
        self.jira = Jira(
            "http://localhost", email="mira@example.com", token="mira-token",
            transport=RequestsPlug(self.at["jira"]), clock=self.clock, rate=None,
        )  # fmt: skip
        self.airtable = Airtable(
            STANDARD_TOKEN, url="http://localhost", transport=RequestsPlug(self.at["airtable"]), clock=self.clock
        )

    @property
    def hand(self):
        """A person at the Airtable table."""
        return self.base.base("Work").table("Roadmap")

    def table(self, **options):
        return self.airtable.table("Work", "Roadmap", **{"key": "Sync key", **options})

    def sync(self, name="roadmap", *, project="PROD", left=(), right=(), table=None, **options):
        issues = {
            "title": "summary", "description": markdown("description"), "owner": person("assignee"), "due": "duedate",
            "status": choice("status", idea="To Do", doing=["In Progress", "In Review", "QA"], done="Done"),
        } | dict(left)  # fmt: skip
        rows = {
            "title": "Name", "description": markdown("Notes"), "owner": person("Owner"), "due": "Target date",
            "status": choice("Stage", idea="Inbox", doing="Building", done="Shipped"),
        } | dict(right)  # fmt: skip
        return Sync(
            name,
            left=Mapping(RoadmapItem, **{k: v for k, v in issues.items() if v}).on(
                self.jira.issues(project=project, type="Story")
            ),
            right=Mapping(RoadmapItem, **{k: v for k, v in rows.items() if v}).on(table or self.table()),
            **{"state": self.home / "state.db", "clock": self.clock.now, **options},
        )

    def issue(self, summary="A story", fields=None, project="PROD"):
        return self.site.add(project, "Story", summary, fields, at=self.clock.now()).key

    def edit_issue(self, key, **fields):
        self.site.edit(key, fields, at=self.clock.now())

    def shown(self, key):
        return self.site.show(key, self.clock.now())["fields"]

    def rows(self):
        return {row["fields"].get("Name", ""): row for row in self.hand.records()}

    def later(self, **time):
        self.clock.advance(timedelta(**time) if time else timedelta(minutes=10))

    def sent(self, side, method="*", path=".*"):
        return self.at[side].requests(method, path)

    def total(self):
        return sum(sum(endpoint.counts.values()) for endpoint in self.at.values())


def adf(*paragraphs):
    """A description as people write it in Jira."""
    content = [{"type": "paragraph", "content": [{"type": "text", "text": text}]} for text in paragraphs]
    return {"type": "doc", "version": 1, "content": content}


PANEL = {
    "type": "doc",
    "version": 1,
    "content": [
        {
            "type": "panel",
            "attrs": {"panelType": "info"},
            "content": [{"type": "paragraph", "content": [{"type": "text", "text": "Mind the gap"}]}],
        }
    ],
}
