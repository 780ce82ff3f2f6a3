"""What one pass of a sync costs a worker and a database: the figures that ``benchmarks.scale`` is fed with.

``python -m benchmarks.one_pass --state sqlite`` or ``--state postgresql+psycopg://…`` makes first syncs of Jira with
Airtable and then runs them again, as a worker does that has everything loaded: every pass makes its objects anew. With
``--changed 20`` so many issues change before every pass. It prints one JSON object: the median of all passes.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from sqlalchemy import Engine, event

from benchmarks.clients.ours import sync
from benchmarks.job import Job
from benchmarks.stub import change, requests, serving


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """Count the statements and commits of all databases."""
    told: Counter[str] = Counter()

    def sent(_connection: object, _cursor: object, text: str, *_: object) -> None:
        told["statements"] += 1
        told[f"{text.split(' ', 1)[0].lower()}s"] += 1

    def committed(_connection: object) -> None:
        told["commits"] += 1

    event.listen(Engine, "before_cursor_execute", sent)
    event.listen(Engine, "commit", committed)
    try:
        yield told
    finally:
        event.remove(Engine, "before_cursor_execute", sent)
        event.remove(Engine, "commit", committed)


def passes(job: Job, state: str | None, rounds: int) -> list[dict[str, float]]:
    """Make the first sync, then run it again and again; return what each of these runs cost."""

    def run() -> int:
        one = sync(job)
        if state is not None:
            one.location = state
        report = one.run()
        assert not report.problems, report
        return report.writes

    run()
    run()  # the first pass after a first sync still has things to remember
    found = []
    with counted() as told:
        for _ in range(rounds):
            if job.changed:
                change(job.url, job.place, job.changed)
            told.clear()
            before, began, clock = requests(job.url), time.process_time(), time.perf_counter()
            writes = run()
            cpu, wall = time.process_time() - began, time.perf_counter() - clock
            found.append(
                {"cpu": cpu, "wall": wall, "requests": requests(job.url) - before, "writes": writes, **dict(told)}
            )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.one_pass", description=__doc__)
    parser.add_argument("--records", type=int, default=1_000)
    parser.add_argument("--changed", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--state", default="sqlite", help="sqlite, or the URL of an empty database")
    told = parser.parse_args()
    with serving() as url, tempfile.TemporaryDirectory(prefix="productops-bench-") as home:
        job = Job(url, told.records, Path(home), changed=told.changed)
        found = passes(job, None if told.state == "sqlite" else told.state, told.rounds)
    names = sorted({name for each in found for name in each})
    print(json.dumps({name: round(median(each.get(name, 0) for each in found), 4) for name in names}))


if __name__ == "__main__":
    main()
