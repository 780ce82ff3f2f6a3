"""A base in the sandbox, asked in one thread under a clock that only moves when somebody sleeps."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from productops.connectors.airtable import Airtable, AirtableTable
from productops.testing.sandbox.airtable import STANDARD_TOKEN
from productops.testing.sandbox.airtable import Airtable as Service
from productops.testing.sandbox.airtable.hands import TableHand
from productops.testing.sandbox.clock import VirtualClock
from productops.testing.sandbox.endpoint import Endpoint
from productops.testing.sandbox.plugs import RequestsPlug

FIELDS: list[dict[str, Any]] = [
    {"name": "Name", "type": "singleLineText"},
    {"name": "Notes", "type": "richText"},
    {"name": "Stage", "type": "singleSelect", "options": {"choices": ["Inbox", "Building", "Shipped"]}},
    {"name": "Tags", "type": "multipleSelects", "options": {"choices": ["red", "green"]}},
    {"name": "Owner", "type": "singleCollaborator"},
    {"name": "Team", "type": "multipleCollaborators"},
    {"name": "Due", "type": "date"},
    {"name": "Seen", "type": "dateTime"},
    {"name": "Effort", "type": "number"},
    {"name": "Done", "type": "checkbox"},
    {"name": "Parts", "type": "multipleRecordLinks", "options": {"linkedTable": "Roadmap"}},
    {"name": "Ratio", "type": "formula", "options": {"formula": "{Effort}/0"}},
    {"name": "No.", "type": "autoNumber"},
    {"name": "Sync key", "type": "singleLineText"},
]
USERS = [
    {"email": "ada@example.com", "name": "Ada Example"},
    {"email": "bo@example.com", "name": "Bo Example"},
]


class Clock(VirtualClock):
    """The sandbox's clock, with the durations that the policy measures."""

    def monotonic(self) -> float:
        return self.now().timestamp()

    def sleep(self, seconds: float) -> None:
        # Less than a microsecond would not move the clock, and whoever waits for the rest would wait for ever.
        super().sleep(max(seconds, 1e-5) if seconds > 0 else seconds)


@dataclass
class World:
    service: Service
    endpoint: Endpoint
    clock: Clock
    account: Airtable

    def table(self, key: str | None = "Sync key", **options: Any) -> AirtableTable:
        return self.account.table(self.service.base("Work").id, "Roadmap", key=key, **options)

    @property
    def hand(self) -> TableHand:
        return self.service.base("Work").table("Roadmap")

    def id(self, name: str) -> str:
        return self.hand.field_id(name)

    def fault(self, method: str, kind: str, path: str = r"/v0/app.*", **more: Any) -> None:
        self.endpoint.faults.add(method, path, kind, **more)

    def count(self, method: str) -> int:
        return self.endpoint.requests(method, r"/v0/\*/\*.*")


@pytest.fixture
def build() -> Iterator[Callable[..., World]]:
    def make(records: int = 0, *, limits: Any = None, url: str = "https://api.airtable.com", **tokens: Any) -> World:
        clock = Clock()
        rows = [{"fields": {"Name": f"Idea {n}", "Stage": "Inbox"}} for n in range(records)]
        tables = [{"name": "Roadmap", "fields": FIELDS, "records": rows}, {"name": "Other", "fields": FIELDS[:1]}]
        seed: dict[str, Any] = {"users": USERS, "bases": [{"name": "Work", "tables": tables}]}
        if tokens:
            seed["tokens"] = {STANDARD_TOKEN: tokens}
        service = Service.from_json(seed, clock=clock, limits=limits)
        endpoint = Endpoint(service, clock=clock)
        account = Airtable(STANDARD_TOKEN, url=url, transport=RequestsPlug(endpoint), clock=clock, rate=5)
        return World(service, endpoint, clock, account)

    return make


@pytest.fixture
def world(build: Callable[..., World]) -> World:
    return build()
