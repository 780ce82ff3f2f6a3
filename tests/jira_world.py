"""An imitated Jira in this thread, under a clock that only moves when told to."""

from datetime import UTC, datetime
from typing import Any

from productops.connectors.jira import Jira, JiraIssues
from productops.sdk import Draft, Option, Record
from productops.testing.sandbox.clock import VirtualClock
from productops.testing.sandbox.endpoint import Endpoint
from productops.testing.sandbox.jira import JiraSandbox
from productops.testing.sandbox.plugs import RequestsPlug

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
URL = "https://jira.example.com"
SEED: dict[str, Any] = {
    "users": [
        {"name": "Mira Quill", "email": "mira@example.com", "timeZone": "Europe/Berlin", "admin": True},
        {"name": "Tomas Reed", "email": "tomas@example.com", "timeZone": "America/Los_Angeles"},
        {"name": "Ines Vale", "email": "ines@example.com", "emailHidden": True},
    ],
    "fields": [
        {"name": "Impact", "type": "select", "options": ["High", "Low"]},
        {"name": "Regions", "type": "multiselect", "options": ["EU", "US"]},
        {"name": "Reach", "type": "number"},
        {"name": "Spec", "type": "url"},
        {"name": "Details", "type": "textarea"},
        {"name": "Kick-off", "type": "datetime"},
        {"name": "Area", "type": "cascading", "options": [{"value": "Web", "children": ["Cart", "Search"]}, "App"]},
        {"name": "Watchers-in-chief", "type": "users"},
        {"name": "Twin", "type": "text"},
        {"name": "Twin", "type": "text"},
    ],
    "projects": [{"key": "PROD", "types": ["Story", "Bug"]}, {"key": "OPS"}],
}


class Clock(VirtualClock):
    """The sandbox's clock, with the steady time that a policy measures by."""

    def monotonic(self) -> float:
        return self.now().timestamp()


class World:
    """A site, the way to it, and an account there."""

    def __init__(self, seed: dict[str, Any], deployment: str, **knobs: Any) -> None:
        self.clock = Clock(START)
        self.site = JiraSandbox.from_json(seed, deployment=deployment, now=START, rate=0, base_url=URL, **knobs)
        self.endpoint = Endpoint(self.site, clock=self.clock)
        self.faults = self.endpoint.faults
        mode = {} if deployment == "DataCenter" else {"email": "mira@example.com"}
        self.jira = self.account(token="mira-token", **mode)

    def account(self, url: str = URL, **settings: Any) -> Jira:
        return Jira(url, transport=RequestsPlug(self.endpoint), clock=self.clock, rate=None, **settings)

    def issues(self, project: str = "PROD", type: str | list[str] | None = "Story", **more: Any) -> JiraIssues:  # noqa: A002
        return self.jira.issues(project, type, **more)

    def add(self, summary: str = "A story", fields: dict[str, Any] | None = None, **more: Any) -> str:
        """Add an issue as a person would; return its id."""
        kind, project = more.pop("type", "Story"), more.pop("project", "PROD")
        return str(self.site.add(project, kind, summary, fields, at=self.clock.now(), **more).id)

    def show(self, id_: str) -> dict[str, Any]:
        return self.site.show(id_, self.clock.now())

    def sent(self) -> list[tuple[str, str]]:
        """Return method and path of every request so far, and forget them."""
        found = [(one.request.method, one.request.path) for one in self.endpoint.log]
        self.endpoint.log.clear()
        return found


def seed() -> dict[str, Any]:
    """Return a seed that a test may change."""
    return {**SEED, "projects": [dict(one) for one in SEED["projects"]]}


def option(issues: JiraIssues, field: str, name: str) -> Option:
    found = issues.schema().field(field).option(name)
    assert found is not None
    return found


def draft(summary: str = "New", marker: str | None = None, **fields: Any) -> Draft:
    return Draft({"summary": summary, **fields}, marker)


def record(outcome: object) -> Record:
    assert isinstance(outcome, Record), outcome
    return outcome
