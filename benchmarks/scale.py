"""What many teams cost: a simulation of workers, cores and database, fed with what one pass was measured to cost.

``python -m benchmarks.scale`` prints the table of ``docs/scale.md``. Every sync comes round at a fixed interval; a pass
takes a worker, uses a core, asks the database, and waits for the services. Queues are first come, first served. A pass
whose turn comes while the one before it still runs is skipped, as the lease would have it.
"""

from __future__ import annotations

import argparse
import heapq
import json
import random
from collections import deque
from collections.abc import Callable, Generator, Iterable
from dataclasses import asdict, dataclass, field, replace
from itertools import count


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass costs. Times in seconds."""

    cpu: float = 0.025  # of a worker that has everything loaded
    start: float = 0.0  # of CPU, where every pass is a new process
    requests: int = 2
    latency: float = 0.15
    statements: int = 85  # to the database
    per_statement: float = 0.0005  # the database's own work, on one of its connections
    commits: int = 9


@dataclass(frozen=True, slots=True)
class Fleet:
    """Who asks how often, and what is there to do it."""

    teams: int = 1_000
    syncs: int = 10
    every: float = 300.0
    together: bool = False  # everybody at the full five minutes, as cron does it, or each at a moment of its own
    busy: float = 0.05  # the share of passes that find something to write, twenty records each
    workers: int = 32
    cores: int = 4
    connections: int = 16
    quiet: Pass = field(default_factory=Pass)
    writing: Pass = Pass(cpu=0.100, requests=18, statements=198, commits=21)
    asked: int = 9  # requests that a quiet pass sends in addition once an hour

    def work(self, luck: random.Random) -> Pass:
        """Draw what a pass finds to do."""
        if luck.random() < self.busy:
            return replace(self.writing, start=self.quiet.start, latency=self.quiet.latency)
        if luck.random() < self.every / 3600:
            return replace(self.quiet, requests=self.quiet.requests + self.asked)
        return self.quiet


class Desk:
    """Something of which there are only so many, and the queue before it."""

    def __init__(self, places: int) -> None:
        self.free = self.places = places
        self.queue: deque[Callable[[], None]] = deque()
        self.used = 0.0  # seconds of places

    def enter(self, go: Callable[[], None]) -> None:
        """Call ``go`` as soon as there is a place."""
        if self.free:
            self.free -= 1
            go()
        else:
            self.queue.append(go)

    def leave(self, seconds: float) -> None:
        """Give the place to the next one."""
        self.used += seconds
        if self.queue:
            self.queue.popleft()()
        else:
            self.free += 1


Step = tuple[Desk | None, float]  # a place that is needed, and for how long; with no place it is waiting


class Simulation:
    """A clock, what happens next, and the three desks."""

    def __init__(self, fleet: Fleet, seed: int) -> None:
        self.fleet, self.luck = fleet, random.Random(seed)
        self.now, self.number = 0.0, count()
        self.events: list[tuple[float, int, Callable[[], None]]] = []
        self.workers, self.cores = Desk(fleet.workers), Desk(fleet.cores)
        self.database = Desk(fleet.connections)
        self.running: set[int] = set()
        self.late: list[float] = []  # from a pass's turn to its end
        self.skipped = self.requests = self.statements = self.commits = 0

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        """Do something later."""
        heapq.heappush(self.events, (self.now + seconds, next(self.number), act))

    def run(self, seconds: float) -> None:
        """Let every sync come round, and time pass."""
        for sync in range(self.fleet.teams * self.fleet.syncs):
            first = 0.0 if self.fleet.together else self.luck.uniform(0, self.fleet.every)
            self.after(first, lambda sync=sync: self._turn(sync))  # type: ignore[misc]
        while self.events and self.events[0][0] <= seconds:
            self.now, _, act = heapq.heappop(self.events)
            act()

    def _turn(self, sync: int) -> None:
        self.after(self.fleet.every, lambda: self._turn(sync))
        if sync in self.running:
            self.skipped += 1
            return
        self.running.add(sync)
        due = self.now
        self.workers.enter(lambda: self._begin(sync, due))

    def _begin(self, sync: int, due: float) -> None:
        work = self.fleet.work(self.luck)
        self.requests += work.requests
        self.statements += work.statements
        self.commits += work.commits
        began = self.now

        def end() -> None:
            self.workers.leave(self.now - began)
            self.running.remove(sync)
            self.late.append(self.now - due)

        self._follow(self._steps(work), end)

    def _steps(self, work: Pass) -> Generator[Step, None, None]:
        yield self.cores, work.start
        slices = 4  # a pass alternates between thinking, remembering and waiting
        for _ in range(slices):
            yield self.cores, work.cpu / slices
            yield self.database, work.statements * work.per_statement / slices
            yield None, work.requests * self.luck.uniform(0.5, 1.5) * work.latency / slices

    def _follow(self, steps: Generator[Step, None, None], end: Callable[[], None]) -> None:
        step = next(steps, None)
        if step is None:
            end()
            return
        desk, seconds = step

        def over() -> None:
            if desk is not None:
                desk.leave(seconds)
            self._follow(steps, end)

        if desk is None:
            self.after(seconds, over)
        else:
            desk.enter(lambda: self.after(seconds, over))

    def figures(self, seconds: float) -> dict[str, float]:
        """Return what it cost: per second, as shares of what is there, and how late passes ended."""
        late = sorted(self.late) or [0.0]
        return {
            "passes_per_s": len(self.late) / seconds,
            "requests_per_s": self.requests / seconds,
            "statements_per_s": self.statements / seconds,
            "commits_per_s": self.commits / seconds,
            "workers_used": self.workers.used / seconds,
            "cores_used": self.cores.used / seconds,
            "database_used": self.database.used / seconds,
            "p50_s": late[len(late) // 2],
            "p99_s": late[int(len(late) * 0.99)],
            "skipped": self.skipped,
        }


def simulate(fleet: Fleet, *, seconds: float = 900.0, seed: int = 7) -> dict[str, float]:
    """Return the figures of some time of a fleet."""
    simulation = Simulation(fleet, seed)
    simulation.run(seconds)
    return simulation.figures(seconds)


def scenarios() -> Iterable[tuple[str, Fleet]]:
    """Return the rows of the table: what is asked, then one wall after the other."""
    asked, process, slow = Fleet(), Pass(start=0.6), Pass(latency=0.6)
    yield "each sync at a moment of its own", asked
    yield "all at the full five minutes", replace(asked, together=True)
    yield "a new process for every pass", replace(asked, quiet=process)
    yield "a new process, 32 cores", replace(asked, quiet=process, cores=32)
    yield "half of the passes write", replace(asked, busy=0.5)
    yield "services answer in 600 ms", replace(asked, quiet=slow)
    yield "600 ms, 96 workers", replace(asked, quiet=slow, workers=96)
    yield "everything asked in every pass", replace(asked, quiet=Pass(requests=11))
    yield "every minute, 96 workers", replace(asked, every=60.0, workers=96)
    yield "10,000 teams, ten times of everything", replace(asked, teams=10_000, workers=320, cores=40, connections=160)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--json", action="store_true")
    as_json = parser.parse_args().json
    rows = [(name, fleet, simulate(fleet)) for name, fleet in scenarios()]
    if as_json:
        print(json.dumps([{"name": name, "fleet": asdict(fleet), **found} for name, fleet, found in rows], indent=1))
    else:
        print(table(rows))
    return 0


def table(rows: Iterable[tuple[str, Fleet, dict[str, float]]]) -> str:
    """Return the table of ``docs/scale.md``."""
    lines = [
        "| case | passes/s | requests/s | SQL/s, commits/s | busy workers | busy cores | half | 99 % | skipped |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name, fleet, found in rows:
        lines.append(
            f"| {name} | {found['passes_per_s']:.0f} | {found['requests_per_s']:.0f} "
            f"| {found['statements_per_s']:,.0f}, {found['commits_per_s']:,.0f} "
            f"| {found['workers_used']:.1f} of {fleet.workers} | {found['cores_used']:.1f} of {fleet.cores} "
            f"| {found['p50_s']:.1f} s | {found['p99_s']:.1f} s | {found['skipped']:,.0f} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
