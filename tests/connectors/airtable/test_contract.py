"""Airtable keeps the laws of a collection."""

import pytest

from productops.testing.contract import CollectionContract, Subject
from productops.testing.sandbox.airtable import STANDARD_TOKEN

ASKED = {"list": "GET", "create": "POST", "update": "PATCH"}


class TestAirtable(CollectionContract):
    @pytest.fixture
    def subject(self, world) -> Subject:
        return Subject(
            world.table(),
            title=world.id("Name"),
            other=world.id("Effort"),
            value=3,
            missing="recAAAAAAAAAAAAAA",
            many=110,
            later=lambda: world.clock.sleep(90),
            fault=lambda where, kind: world.fault(ASKED[where], kind, r"/v0/app[^/]*/[^/]*"),
            secret=STANDARD_TOKEN,
        )
