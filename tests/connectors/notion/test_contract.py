"""Notion keeps the laws of a collection, in both versions of its interface."""

import pytest

from productops.testing.contract import CollectionContract, Subject

ASKED = {
    "list": ("POST", ".*/query"), "create": ("POST", ".*/pages"), "update": ("PATCH", ".*/pages/[^/]*"),
}  # fmt: skip


class TestNotion(CollectionContract):
    @pytest.fixture(params=["2025-09-03", "2026-03-11"])
    def version(self, request) -> str:
        return request.param

    @pytest.fixture
    def subject(self, world) -> Subject:
        return Subject(
            world.source(),
            title="title",
            other="gggg",
            value=3,
            missing="00000000-0000-4000-8000-00000000dead",
            many=110,
            later=lambda: world.clock.sleep(90),
            fault=lambda where, kind: world.fault(*ASKED[where], kind),
            secret="ntn_good",
        )
