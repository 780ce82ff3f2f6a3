"""The workspace keeps the laws of a collection, and each spoke's part of it does."""

from pathlib import Path

import pytest

from productops import RoadmapItem, Workspace
from productops.testing.contract import CollectionContract, Subject


class TestHub(CollectionContract):
    @pytest.fixture
    def subject(self, tmp_path: Path):
        with Workspace(tmp_path / "product.db") as ws:
            ws.add(RoadmapItem(title="There before"))
            yield Subject(ws.collection(RoadmapItem), title="title", other="estimate", value=3)
