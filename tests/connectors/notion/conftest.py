"""A workspace in this thread, under a clock that only moves when somebody sleeps."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.notion import imitation
from productops.connectors.notion import Notion
from productops.connectors.notion.source import NotionSource
from productops.testing.sandbox.clock import VirtualClock
from productops.testing.sandbox.endpoint import Endpoint
from productops.testing.sandbox.plugs import HttpxPlug

START = datetime(2026, 1, 5, 9, 0, 20, tzinfo=UTC)


def options(*names: str) -> dict[str, Any]:
    return {"options": [{"id": f"opt-{name.lower()}", "name": name, "color": "gray"} for name in names]}


PROPERTIES: dict[str, dict[str, Any]] = {
    "title": {"name": "Name", "type": "title", "title": {}},
    "%3FB%3AW": {"name": "Notes", "type": "rich_text", "rich_text": {}},
    "aaaa": {"name": "Stage", "type": "select", "select": options("Inbox", "Building", "Shipped")},
    "bbbb": {"name": "State", "type": "status", "status": options("Open", "Done")},
    "cccc": {"name": "Tags", "type": "multi_select", "multi_select": options("Red", "Green")},
    "dddd": {"name": "Due", "type": "date", "date": {}},
    "eeee": {"name": "Owner", "type": "people", "people": {}},
    "ffff": {"name": "Parts", "type": "relation", "relation": {}},
    "gggg": {"name": "Effort", "type": "number", "number": {}},
    "hhhh": {"name": "Ready", "type": "checkbox", "checkbox": {}},
    "iiii": {"name": "Link", "type": "url", "url": {}},
    "jjjj": {"name": "ID", "type": "unique_id", "unique_id": {}},
    "kkkk": {"name": "Score", "type": "formula", "formula": {}},
    "llll": {"name": "Made by", "type": "created_by", "created_by": {}},
    "mmmm": {"name": "Mail", "type": "email", "email": {}},
    "nnnn": {"name": "Sync key", "type": "rich_text", "rich_text": {}},
}
PEOPLE = [
    {"object": "user", "id": f"user-{name}", "type": "person", "name": f"{name.title()} Example",
     "person": {"email": f"{name}@example.com"}}
    for name in ("ada", "bo")
]  # fmt: skip


class Clock(VirtualClock):
    """The sandbox's clock, with the durations that the policy measures."""

    def monotonic(self) -> float:
        return self.now().timestamp()

    def sleep(self, seconds: float) -> None:
        super().sleep(max(seconds, 1e-5) if seconds > 0 else seconds)


@dataclass
class World:
    service: Any
    endpoint: Endpoint
    clock: Clock
    account: Notion

    def source(self, **given: Any) -> NotionSource:
        return self.account.data_source(self.service.source, **{"key": "Sync key", **given})

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def add(self, name: str = "Idea", **shown: Any) -> str:
        return str(self.service.add(self.now, Name=imitation.words(name), **shown))

    def count(self, method: str = "*", path: str = ".*") -> int:
        return self.endpoint.requests(method, path)

    def fault(self, method: str, path: str, kind: str, **more: Any) -> None:
        self.endpoint.faults.add(method, path, kind, **more)


@pytest.fixture
def build() -> Callable[..., World]:
    def make(version: str = "2025-09-03", token: str = "ntn_good", rate: float | None = None, **more: Any) -> World:
        clock = Clock(START)
        properties = deepcopy(PROPERTIES)
        service = imitation.Notion(**{"properties": properties, "users": PEOPLE, **more})
        endpoint = Endpoint(service, clock=clock, log_size=50_000)
        account = Notion(token, version=version, transport=HttpxPlug(endpoint), clock=clock, rate=rate)
        return World(service, endpoint, clock, account)

    return make


@pytest.fixture
def version() -> str:
    """The version of the interface; tests of what differs ask for both."""
    return "2025-09-03"


@pytest.fixture
def world(build: Callable[..., World], version: str) -> World:
    return build(version)
