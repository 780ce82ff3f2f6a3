"""Random histories in bad weather: nothing lost, nothing doubled, and rest in the end."""

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.weather import WRITE_FAULTS, World

SIDES = st.sampled_from(["left", "right"])
EDITS = st.tuples(SIDES, st.integers(0, 5), st.sampled_from(["x", "y"]))
CALLS = st.integers(1, 14)
PASSES = st.tuples(
    st.just("pass"),
    st.lists(st.tuples(CALLS, st.sampled_from(WRITE_FAULTS)), max_size=3),
    st.lists(st.tuples(CALLS, EDITS), max_size=2),
)
STEPS = st.one_of(
    st.tuples(st.just("add"), SIDES),
    st.tuples(st.just("edit"), EDITS),
    st.tuples(st.just("wait"), st.integers(1, 60)),
    PASSES,
    PASSES,
)
COUNT = itertools.count()


def play(world, steps):
    for step in steps:
        match step:
            case ("add", side):
                world.person_adds(side)
            case ("edit", edit):
                world.person_edits(*edit)
            case ("wait", seconds):
                world.tick(seconds)
            case ("pass", faults, edits):
                world.run(faults, edits)


@pytest.mark.parametrize("upsert", [False, True])
@given(first=st.lists(SIDES, min_size=1, max_size=3), steps=st.lists(STEPS, max_size=14))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_nothing_lost_nothing_doubled(tmp_path, upsert, first, steps):
    world = World(tmp_path / f"{next(COUNT)}.db", upsert=upsert)
    world.person_adds(first[0])
    world.run()  # the two sides meet before both hold data
    for side in first[1:]:
        world.person_adds(side)
    play(world, steps)
    passes = world.calm_down()
    world.judge()
    assert passes <= 4
