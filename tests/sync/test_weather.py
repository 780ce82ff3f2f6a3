"""Random histories in bad weather: nothing lost, nothing doubled, and rest in the end."""

import itertools
import os
import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from productops.sync.reading import reader
from productops.sync.writing.apply import Applier
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


@pytest.fixture(scope="module")
def state_home():
    """A place in memory where there is one: these histories commit thousands of times and never lose power."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as home:
        yield Path(home)


@pytest.mark.parametrize("upsert", [False, True])
@given(first=st.lists(SIDES, min_size=1, max_size=3), steps=st.lists(STEPS, max_size=14))
@settings(
    max_examples=int(os.environ.get("HISTORIES", "25")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_nothing_lost_nothing_doubled(state_home, upsert, first, steps):
    world = World(state_home / "weather.db", f"words {next(COUNT)}", upsert=upsert)
    world.person_adds(first[0])
    world.tick(120)
    world.run()  # the two sides meet before both hold data
    for side in first[1:]:
        world.person_adds(side)
    play(world, steps)
    passes = world.calm_down()
    world.judge()
    assert passes <= 4


def busy_week(home, seed):
    """A history without faults: people edit, and a search that lags shows what was."""
    luck = random.Random(seed)
    world = World(home / "weather.db", f"week {next(COUNT)}")
    world.person_adds("left")
    world.tick(120)
    world.run()
    world.tick(100)
    for _ in range(6):
        world.person_edits(luck.choice(["left", "right"]), luck.randrange(3), luck.choice("xy"))
        world.tick(luck.randrange(1, 50))
        world.run()
    world.calm_down()
    world.judge()


def test_a_search_that_lags_is_not_believed(state_home, monkeypatch):
    """The engine reads again what a search shows as changed; one that doesn't is found out."""
    for seed in (7, 8, 9):
        busy_week(state_home, seed)
    monkeypatch.setattr(reader, "_believed", lambda pair, side, batch: batch)
    with pytest.raises(AssertionError):
        busy_week(state_home, 8)


@pytest.mark.parametrize("looks", [True, False])
def test_a_record_is_read_right_before_it_is_written(state_home, monkeypatch, looks):
    """An edit between plan and write survives; an engine that does not look overwrites it."""
    world = World(state_home / "weather.db", f"words {next(COUNT)}")
    world.person_adds("left")
    world.tick(120)
    world.run()
    world.tick(120)
    world.person_edits("left", 0, "x")
    world.tick(60)
    sync = world.engine()
    plan = sync.plan()
    world.person_edits("right", 0, "x")
    if not looks:
        monkeypatch.setattr(Applier, "_still_as_planned", lambda self, side, items: items)
    sync.apply(plan)
    assert world.gaps == (0 if looks else 1)
