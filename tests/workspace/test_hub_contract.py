"""The workspace keeps the laws of a collection, and each spoke's part of it does."""

from pathlib import Path

import pytest

from productops import RoadmapItem, Workspace
from productops.sdk.record import Draft, Record
from productops.testing.contract import CollectionContract, Subject


class TestHub(CollectionContract):
    @pytest.fixture
    def subject(self, tmp_path: Path):
        with Workspace(tmp_path / "product.db") as ws:
            ws.add(RoadmapItem(title="There before"))
            yield Subject(ws.collection(RoadmapItem), title="title", other="estimate", value=3)


def test_a_create_that_is_repeated_answers_with_the_entity_that_is_there(tmp_path: Path):
    with Workspace(tmp_path / "product.db") as ws:
        items = ws.collection(RoadmapItem)
        (first,) = items.create([Draft({"title": "Dark mode"}, "a" * 26)])
        (again,) = items.create([Draft({"title": "Something else"}, "a" * 26)])
        assert isinstance(first, Record)
        assert isinstance(again, Record)
        assert (again.id, again.existed, again.fields["title"]) == (first.id, True, "Dark mode")
        assert ws.count(RoadmapItem) == 1
