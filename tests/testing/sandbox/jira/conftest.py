"""Sites for the tests; at the end nothing they said may have met a complaint."""

from typing import Any

import pytest

from sandbox_jira import World


@pytest.fixture
def world():
    made = World()
    yield made
    assert made.complaints == []


@pytest.fixture
def worlds():
    """Makes sites with a seed and knobs of their own."""
    made: list[World] = []

    def make(seed: Any = None, **knobs: Any) -> World:
        made.append(World(seed, **knobs))
        return made[-1]

    yield make
    assert [one for each in made for one in each.complaints] == []
