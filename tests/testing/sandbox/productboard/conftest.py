"""An imitated workspace and a plain client, as a user's own script would ask."""

from datetime import UTC, datetime

import httpx
import pytest

from productops.testing.sandbox import Endpoint, VirtualClock
from productops.testing.sandbox.plugs import HttpxPlug
from productops.testing.sandbox.productboard import STANDARD_TOKEN, Productboard

SEED = {
    "members": [
        {"name": "Mira Quill", "email": "mira@example.com", "role": "admin"},
        {"name": "Tomas Reed", "email": "tomas@example.com", "role": "maker", "disabled": True},
    ],
    "teams": [{"name": "Web"}],
    "fields": [{"type": "feature", "name": "Size", "schema": "SingleSelectFieldValue", "options": ["S", "L"]}],
    "entities": [
        {"type": "product", "name": "Product"},
        {"type": "company", "name": "Acme", "domain": "acme.example.com"},
        {"type": "user", "name": "Ada Lind", "email": "ada@example.com", "parent": "Acme"},
        {"type": "objective", "name": "Faster"},
        {"type": "feature", "name": "Search", "links": ["Faster"]},
    ],
    "features": [{"name": "Dark mode", "owner": {"email": "mira@example.com"}, "tags": [{"name": "ui"}]}],
    "notes": [{"name": "Call", "content": "It is slow", "customer": "ada@example.com", "links": ["Search"]}],
}


class Desk:
    """The service, and a client that sends what it is told."""

    def __init__(self):
        self.clock = VirtualClock(datetime(2026, 1, 5, 9, tzinfo=UTC))
        self.board = Productboard.from_json(SEED, clock=self.clock, limits=None)
        self.endpoint = Endpoint(self.board, clock=self.clock)
        self.client = httpx.Client(base_url="https://example.com/v2", transport=HttpxPlug(self.endpoint))

    def ask(self, method, path, data=None, status=None, token=STANDARD_TOKEN, **params):
        given = [(name, each) for name, value in params.get("params", {}).items() for each in _many(value)]
        answer = self.client.request(
            method, path, params=given, json=None if data is None else {"data": data},
            headers={"Authorization": f"Bearer {token}"},
        )  # fmt: skip
        expected = status or {"POST": 201, "DELETE": 204}.get(method, 200)
        assert answer.status_code == expected, answer.text
        return answer.json() if answer.content else None

    def id(self, name):
        return self.board.named(name).id

    def names(self, path, data=None, **params):
        answer = self.ask("GET" if data is None else "POST", path, data, status=200, params=params)
        return [one["fields"].get("name") for one in answer["data"]]


def _many(value):
    return value if isinstance(value, list) else [value]


@pytest.fixture
def desk():
    return Desk()
