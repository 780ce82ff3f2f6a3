"""Productboard keeps the laws of a collection."""

import pytest

from productops.testing.contract import CollectionContract, Subject
from productops.testing.sandbox.productboard import STANDARD_TOKEN

ASKED = {"list": ("*", r".*/entities(/search)?"), "create": ("POST", ".*/entities"),
         "update": ("PATCH", ".*/entities/[^/]*")}  # fmt: skip


class TestProductboard(CollectionContract):
    @pytest.fixture
    def subject(self, world) -> Subject:
        features = world.features
        return Subject(
            features,
            title="name",
            other=features.schema().field("Size").id,
            value=features.schema().field("Size").options[0],
            missing="00000000-0000-4000-8000-00000000dead",
            many=110,
            later=lambda: world.clock.sleep(90),
            fault=lambda where, kind: world.endpoint.faults.add(*ASKED[where], kind),
            secret=STANDARD_TOKEN,
        )
