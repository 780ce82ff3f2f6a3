"""Random histories: people at every place, bad weather, crashes, two runners; a pure function of a seed."""

from __future__ import annotations

import gc
import logging
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from unittest.mock import patch

from campaign.parts import merge, workers
from campaign.world import World, luck_of, watched, weather
from productops import Sync

FIELDS = ("title", "text", "due", "status")
STEPS = 30
CHUNK = 25
MOST_PASSES = 3  # after the last edit, until nothing is written; a deletion is proven anew at each link of a chain
TOLD = (
    "steps", "faults", "crashes", "gap_edits", "lost_updates", "duplicates", "wrong_deletes", "writes_after_fixpoint",
    "failed_passes", "requests", "writes",
)  # fmt: skip
MEMORY = Path("/dev/shm")


@contextmanager
def Home():  # noqa: N802 - used as a noun
    """A place in memory where there is one: histories commit thousands of times and never lose power.

    Looking for proxies in the environment costs requests a tenth of a history; there is no network here.
    """
    often = gc.get_threshold()
    gc.set_threshold(50_000, 50, 50)
    with (
        tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder,
        patch("requests.sessions.get_environ_proxies", lambda *_, **__: {}),
    ):
        try:
            yield Path(folder)
        finally:
            gc.set_threshold(*often)


def act(world, luck):
    """Something that one person does; in a storm mostly typing."""
    place, number = luck.choice(world.places), luck.randrange(6)
    draw = luck.random() * (0.7 if world.stormy else 1.0)
    if draw < 0.62:
        field = luck.choice(FIELDS)
        return lambda: world.person_edits(place, number, field)
    if draw < 0.76:
        return lambda: world.person_adds(place)
    if draw < 0.86:
        return lambda: world.person_removes(place, number)
    if draw < 0.90:
        return lambda: world.person_restores(place, luck_of(number))
    if draw < 0.94:
        return lambda: world.person_hides(place, number)
    if draw < 0.96:
        return world.person_locks
    return lambda: world.person_renames(number)


def one_pass(world, luck, seed):
    """A pass in some weather, with people acting between its requests."""
    storm = weather(luck, stormy=world.stormy)
    acts = [(luck.randrange(1, 30), act(world, luck)) for _ in range(luck.choice([0, 0, 1, 2, 3]) + 2 * world.stormy)]
    world.counts["steps"] += len(acts)
    die = None
    if luck.random() < (0.1 if world.stormy else 0.2):
        where = luck.choice(["die_at", "die_after", "die_in_commit"])
        die = (where, luck.randrange(1, 24 if where == "die_in_commit" else 14))
    runners = 2 if die is None and luck.random() < 0.15 else 1
    world.run(weather=storm, acts=acts, die=die, runners=runners, luck=luck)


def play(seed, number, home, *, make=Sync, steps=STEPS):
    """Play one history and return its counts and what was wrong."""
    luck = luck_of(seed, number)
    places = 3 if luck.random() < 0.2 else 2
    # Half of them list everything in every pass, half only what changed, and everything once in twenty minutes.
    full_every = timedelta(minutes=luck.choice([0, 20]))
    world = World(home, f"h{seed}-{number}", places=places, make=make, full_every=full_every)
    # Each fourth is a storm: answers to writes are lost all the time, people type and nobody waits for long.
    world.stormy = number % 4 == 3
    waits = [0.2, 1, 1, 2, 4, 10] if world.stormy else [1, 1, 4, 4, 20, 300, 1_200]
    world.places[0].site.short_pages = luck.choice([None, 1, 2])
    with watched(world):
        for _ in range(luck.randrange(1, 3)):
            world.person_adds(world.places[0])
        world.clock.advance(60)
        world.run()  # the sides meet before all hold data
        for _ in range(steps):
            draw = luck.random()
            if draw < (0.35 if world.stormy else 0.5):
                act(world, luck)()
            elif draw < (0.5 if world.stormy else 0.67):
                world.clock.advance(luck.choice(waits))
            else:
                one_pass(world, luck, seed)
        passes = world.calm_down()
        world.judge()
    counts = Counter(world.counts)
    counts["faults"] = sum(1 for gate in world.gates.values() for exchange in gate.log if exchange.fault)
    counts["steps"] += steps
    counts["chained"] = places - 2
    counts["requests"] = sum(sum(gate.counts.values()) for gate in world.gates.values())
    return counts, passes, world.problems


def replay(seed, number):
    """Play one history again: ``python -m campaign.histories SEED NUMBER``."""
    with Home() as home:
        return play(seed, number, home)


def judged(seed, number, home):
    """Play one history; return its figures and, where a promise was broken, the line that plays it again."""
    try:
        counts, passes, problems = play(seed, number, home)
    except Exception as error:
        counts, passes, problems = Counter(), 0, [f"{type(error).__name__}: {error!s:.300}"]
    if passes > MOST_PASSES + counts["chained"]:
        problems = [*problems, f"{passes} passes until nothing was written"]
    figures = {name: counts[name] for name in TOLD} | {"histories": 1, "max_passes": passes}
    figures["violations"] = int(bool(problems))
    again = f"PYTHONPATH=tests .venv/bin/python -m campaign.histories {seed} {number}"
    return figures, [f"{again}  # {'; '.join(problems)[:600]}"] if problems else []


def share(job):
    """Play some histories of a seed; return their figures, and a line for each that broke a promise."""
    seed, numbers = job
    logging.disable(logging.CRITICAL)
    try:
        with Home() as home:
            results = [judged(seed, number, home) for number in numbers]
    finally:
        logging.disable(logging.NOTSET)
    return merge(figures for figures, _ in results), [line for _, lines in results for line in lines]


def part(histories, seed):
    """Play so many histories of a seed, over all processors there are for it."""
    jobs = [(seed, range(start, min(start + CHUNK, histories))) for start in range(0, histories, CHUNK)]
    total, began = {}, time.monotonic()
    # Fresh processes: a fork would share open databases, and a worker that grows old grows large.
    with get_context("spawn").Pool(workers(), maxtasksperchild=20) as pool:
        for figures, lines in pool.imap_unordered(share, jobs):
            total = merge([total, figures])
            print(*lines, sep="\n", end="\n" if lines else "", flush=True)
            if total["histories"] % 500 == 0:
                rate = total["histories"] / (time.monotonic() - began)
                print(f"{total['histories']:,} histories, {rate:.1f} a second", flush=True)
    return total


if __name__ == "__main__":
    import sys

    counts, passes, problems = replay(int(sys.argv[1]), int(sys.argv[2]))
    print(dict(counts), "passes:", passes)
    print(*problems, sep="\n")
