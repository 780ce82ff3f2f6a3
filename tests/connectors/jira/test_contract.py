"""Jira keeps the laws of a collection, Cloud and Data Center."""

import pytest

from productops.testing.contract import CollectionContract, Subject

ASKED = {"list": ("*", ".*/search.*"), "create": ("POST", ".*/issue/bulk"), "update": ("PUT", ".*/issue/[^/]*")}


class TestJira(CollectionContract):
    @pytest.fixture
    def subject(self, either) -> Subject:
        issues = either.issues()
        return Subject(
            issues,
            title="summary",
            other=issues.schema().field("Reach").id,
            value=3,
            missing="99999999",
            many=60,
            later=lambda: either.clock.sleep(90),
            fault=lambda where, kind: either.faults.add(*ASKED[where], kind),
            secret="mira-token",
        )
