"""An imitated Productboard and a connector to it, in this thread."""

from datetime import UTC, datetime

import pytest

from productops.connectors.productboard import Productboard
from productops.testing.sandbox.clock import VirtualClock
from productops.testing.sandbox.endpoint import Endpoint
from productops.testing.sandbox.plugs import HttpxPlug
from productops.testing.sandbox.productboard import STANDARD_TOKEN, shown
from productops.testing.sandbox.productboard import Productboard as Service

SEED = {
    "members": [{"name": "Mira Quill", "email": "mira@example.com"}, {"name": "Tomas Reed", "email": "t@example.com"}],
    "fields": [{"type": "feature", "name": "Size", "schema": "SingleSelectFieldValue", "options": ["S", "L"]}],
    "features": [{"name": "Dark mode", "tags": [{"name": "ui"}], "owner": {"email": "mira@example.com"}}],
}


class World:
    """The service, the way to it, and a connector."""

    def __init__(self):
        self.clock = VirtualClock(datetime(2026, 1, 5, 9, tzinfo=UTC))
        self.service = Service.from_json(SEED, clock=self.clock, limits=None)
        self.endpoint = Endpoint(self.service, clock=self.clock, log_size=20_000)
        self.account = self.connect(Productboard)

    def connect(self, kind, token=STANDARD_TOKEN):
        return kind(token, url="http://localhost", transport=HttpxPlug(self.endpoint), clock=self.clock)

    def wire_shows(self, monkeypatch, type_):
        """Make reads show this type for the target of every link."""
        whole, seen = shown.relationships, []

        def relationships(thing, base):
            found = whole(thing, base)
            for one in found:
                if one["type"] == "link":
                    one["target"]["type"] = type_
                    seen.append(one)
            return found

        monkeypatch.setattr(shown, "relationships", relationships)
        return seen

    @property
    def features(self):
        return self.account.features(parent=self.service.named("Product").id)


@pytest.fixture
def world():
    return World()
