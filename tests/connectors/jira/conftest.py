"""Worlds with an imitated Jira in them."""

from collections.abc import Callable
from typing import Any

import pytest

from jira_world import World, seed


@pytest.fixture
def make() -> Callable[..., World]:
    def build(deployment: str = "Cloud", **knobs: Any) -> World:
        changes = {name: knobs.pop(name) for name in ("projects", "workflows", "fields", "noise") if name in knobs}
        return World({**seed(), **changes}, deployment, **knobs)

    return build


@pytest.fixture
def world(make: Callable[..., World]) -> World:
    return make()


@pytest.fixture(params=["Cloud", "DataCenter"])
def either(request: pytest.FixtureRequest, make: Callable[..., World]) -> World:
    return make(request.param)
