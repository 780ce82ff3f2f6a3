"""A workspace in the sandbox, asked in one thread under a clock that only moves when somebody sleeps."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from productops.connectors.notion import Notion
from productops.connectors.notion.source import NotionSource
from productops.sdk.record import Option
from productops.testing.sandbox.clock import VirtualClock
from productops.testing.sandbox.endpoint import Endpoint
from productops.testing.sandbox.notion import Notion as Service
from productops.testing.sandbox.notion.hands import SourceHand
from productops.testing.sandbox.plugs import HttpxPlug

START = datetime(2026, 1, 5, 9, 0, 20, tzinfo=UTC)
NOTES = "%3FB%3AW"  # ids of properties come percent-encoded
PROPERTIES: dict[str, Any] = {
    "Name": "title",
    "Notes": {"rich_text": {}, "id": "?B:W"},
    "Stage": {"select": ["Inbox", "Building", "Shipped"], "id": "aaaa"},
    "State": {"status": ["Open", "Done"], "id": "bbbb"},
    "Tags": {"multi_select": ["Red", "Green"], "id": "cccc"},
    "Due": {"date": {}, "id": "dddd"},
    "Owner": {"people": {}, "id": "eeee"},
    "Parts": {"relation": "Roadmap", "id": "ffff"},
    "Effort": {"number": {}, "id": "gggg"},
    "Ready": {"checkbox": {}, "id": "hhhh"},
    "Link": {"url": {}, "id": "iiii"},
    "ID": {"unique_id": {"prefix": "RD"}, "id": "jjjj"},
    "Score": {"formula": 'prop("Effort")', "id": "kkkk"},
    "Made by": {"created_by": {}, "id": "llll"},
    "Mail": {"email": {}, "id": "mmmm"},
    "Sync key": {"rich_text": {}, "id": "nnnn"},
}
ADA, BO = "8f3b6a1e-1d2c-4e5f-8a9b-0c1d2e3f4a5b", "8f3b6a1e-1d2c-4e5f-8a9b-0c1d2e3f4a5c"
PEOPLE = [
    {"id": ADA, "name": "Ada Example", "email": "ada@example.com"},
    {"id": BO, "name": "Bo Example", "email": "bo@example.com"},
]


class Clock(VirtualClock):
    """The sandbox's clock, with the durations that the policy measures."""

    def monotonic(self) -> float:
        return self.now().timestamp()

    def sleep(self, seconds: float) -> None:
        super().sleep(max(seconds, 1e-5) if seconds > 0 else seconds)


@dataclass
class World:
    service: Service
    endpoint: Endpoint
    clock: Clock
    account: Notion

    @property
    def desk(self) -> SourceHand:
        """A person at the database."""
        return self.service.source("Roadmap")

    def source(self, **given: Any) -> NotionSource:
        return self.account.data_source(self.desk.id, **{"key": "Sync key", **given})

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def add(self, name: str = "Idea", **values: Any) -> str:
        return self.desk.add({"Name": name, **values})

    def live(self) -> list[str]:
        """Ids of the pages that are not in the trash."""
        return [row["#"] for row in self.desk.rows()]

    def value(self, page: str, name: str) -> Any:
        """A property as the interface shows it."""
        shown = self.desk.show(page)["properties"][name]
        return shown[shown["type"]]

    def text(self, page: str) -> list[dict[str, Any]]:
        """The blocks of a page."""
        return self.service.hands.blocks(page)

    def write(self, page: str, *blocks: dict[str, Any]) -> None:
        self.service.hands.write(page, blocks)

    def option(self, name: str, option: str) -> Option:
        found = self.source().schema().field(name).option(option)
        assert found is not None
        return found

    def count(self, method: str = "*", path: str = ".*") -> int:
        return self.endpoint.requests(method, path)

    def fault(self, method: str, path: str, kind: Any, **more: Any) -> None:
        self.endpoint.faults.add(method, path, kind, **more)


@pytest.fixture
def build() -> Callable[..., World]:
    def make(
        version: str = "2025-09-03", token: str = "ntn_sandbox", rate: float | None = None,
        users: str = "email", people: Any = PEOPLE, cap: int = 10_000, properties: dict[str, Any] = PROPERTIES,
    ) -> World:  # fmt: skip
        clock = Clock(START)
        seed = {
            "workspace": "Acme",
            "users": people,
            "tokens": {"ntn_sandbox": {"name": "Sync", "users": users}},
            "databases": [{"title": "Roadmap", "sources": [{"title": "Roadmap", "properties": properties}]}],
        }
        service = Service.from_json(seed, clock=clock, limits=None, cap=cap)
        service.settle = (5.0, 10.0)
        endpoint = Endpoint(service, clock=clock, log_size=50_000)
        url = "http://localhost"
        account = Notion(token, url=url, version=version, transport=HttpxPlug(endpoint), clock=clock, rate=rate)
        return World(service, endpoint, clock, account)

    return make


@pytest.fixture
def version() -> str:
    """The version of the interface; tests of what differs ask for both."""
    return "2025-09-03"


@pytest.fixture
def world(build: Callable[..., World], version: str) -> World:
    return build(version)
