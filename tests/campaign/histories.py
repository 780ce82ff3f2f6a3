"""Random histories: people at every place, bad weather, crashes, two runners; a pure function of a seed."""

from __future__ import annotations

import argparse
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
from campaign.shrink import MOST, dropped_by, kind_of, shrunk, spelled
from campaign.steps import Pass, draw_steps, luck_of, pieces, without
from campaign.world import World, watched
from productops import Sync

AGAIN = "PYTHONPATH=tests .venv/bin/python -m campaign.histories"
STEPS = 30
CHUNK = 25
MOST_PASSES = 3  # after the last edit, until nothing is written
TOLD = (
    "steps", "faults", "crashes", "gap_edits", "lost_updates", "duplicates", "wrong_deletes", "writes_after_fixpoint",
    "extra_conflicts", "failed_passes", "requests", "writes",
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


class History:
    """One history: what is drawn from a seed and a number, and what comes of it."""

    def __init__(self, seed, number, *, make=Sync, steps=STEPS):
        self.name, self.make, self.count = f"h{seed}-{number}", make, steps
        self.luck = luck_of(seed, number)
        self.places = 3 if self.luck.random() < 0.2 else 2
        # Half of them list everything in every pass, half only what changed, and everything once in twenty minutes.
        self.full_every = timedelta(minutes=self.luck.choice([0, 20]))
        # Each fourth is a storm: answers to writes are lost all the time, people type and nobody waits for long.
        self.stormy = number % 4 == 3
        self.short_pages = self.luck.choice([None, 1, 2])
        self.first = self.luck.randrange(1, 3)
        self.steps = []  # as far as they were drawn

    def play(self, home, steps=None):
        """Play all of it, or the steps that are given; return counts, passes until it rested, and problems."""
        world = World(home, self.name, places=self.places, make=self.make, full_every=self.full_every)
        world.places[0].site.short_pages = self.short_pages
        with watched(world):
            for _ in range(self.first):
                world.people.add(world.places[0])
            world.clock.advance(60)
            world.run()  # the sides meet before all hold data
            if steps is None:
                self._draw(world)
            else:
                for step in steps:
                    step.do(world)
            passes = world.calm_down()
            world.oracle.judge()
        return self._counted(world), passes, world.problems

    def _draw(self, world):
        for step in draw_steps(self.luck, self.places, self.count, stormy=self.stormy):
            self.steps.append(step)
            if isinstance(step, Pass):
                step.do(world, self.luck)
            else:
                step.do(world)

    def _counted(self, world):
        counts = Counter(world.counts)
        counts["faults"] = sum(1 for gate in world.gates.values() for exchange in gate.log if exchange.fault)
        counts["steps"] += self.count
        counts["chained"] = self.places - 2
        counts["requests"] = sum(sum(gate.counts.values()) for gate in world.gates.values())
        return counts


def play(seed, number, home, *, make=Sync, steps=STEPS):
    """Play one history and return its counts and what was wrong."""
    return History(seed, number, make=make, steps=steps).play(home)


def replay(seed, number, kept=None):
    """Play one history again, all of it or the pieces that are named."""
    history = History(seed, number)
    with Home() as home:
        found = history.play(home)
    if kept is None:
        return found
    with Home() as home:
        return history.play(home, without(history.steps, dropped_by(kept, pieces(history.steps))))


def smaller(seed, number, most=MOST):
    """Return the pieces of a history that fails which make it fail in the same way; "" when it does not fail."""
    history = History(seed, number)
    wanted = kind_of(_problems(history))
    named = pieces(history.steps)

    def fails(dropped):
        return bool(wanted & kind_of(_problems(history, without(history.steps, dropped))))

    return spelled(shrunk(named, fails, most), named) if wanted else ""


def _problems(history, steps=None):
    with Home() as home:
        try:
            return history.play(home, steps)[2]
        except Exception as error:  # what it breaks with is what was wrong
            return [type(error).__name__]


def judged(seed, number, home):
    """Play one history; return its figures and, where a promise was broken, the line that plays it again."""
    try:
        counts, passes, problems = play(seed, number, home)
    except Exception as error:
        counts, passes, problems = Counter(), 0, [f"{type(error).__name__}: {error!s:.300}"]
    passes = max(0, passes - counts["chained"])  # what is carried on along a chain takes a pass for each further link
    if passes > MOST_PASSES:
        problems = [*problems, f"{passes} passes until nothing was written"]
    figures = {name: counts[name] for name in TOLD} | {"histories": 1, "max_passes": passes}
    figures["violations"] = int(bool(problems))
    again = f"{AGAIN} {seed} {number}"
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


def main():
    parser = argparse.ArgumentParser(prog="campaign.histories", description="Play one history again.")
    parser.add_argument("seed", type=int)
    parser.add_argument("number", type=int)
    parser.add_argument("--shrink", action="store_true", help="leave out what can be left out while it still fails")
    parser.add_argument("--keep", help="the pieces to play, as --shrink prints them")
    parser.add_argument("--most", type=int, default=MOST, help="how often to play it while it is made smaller")
    told = parser.parse_args()
    if told.shrink:
        logging.disable(logging.CRITICAL)
        kept = smaller(told.seed, told.number, told.most)
        print(f"{AGAIN} {told.seed} {told.number} --keep {kept}" if kept else "It does not fail.")
        return
    counts, passes, problems = replay(told.seed, told.number, told.keep)
    print(dict(counts), "passes:", passes)
    print(*problems, sep="\n")


if __name__ == "__main__":
    main()
