"""One scenario in a process of its own: ``python -m benchmarks.client NAME URL RECORDS FOLDER`` prints JSON.

What is measured comes after a warm-up with a hundred records, so imports, connections and caches of the interpreter
are paid for, and begins with new client objects, so that reading a schema counts. It is repeated, and the least of
each figure counts: other programs on the machine can only add.
"""

from __future__ import annotations

import importlib
import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.request import Request, urlopen

from benchmarks.job import Job

WARM_UP = 100  # records
REPEATS, COPIES = 5, 2  # of the measured work, after the warm-up; what a busy neighbour adds differs between them


def cpu() -> float:
    """Return the CPU seconds of this process, all threads, user and system."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak() -> float:
    """Return the most memory this process ever held, in MB.

    Linux's ``ru_maxrss`` would also show what the parent held before the new program was loaded.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def ask(url: str, path: str, method: str = "GET") -> dict[str, int]:
    """Ask the stub itself."""
    with urlopen(Request(url + path, method=method)) as answer:
        found: dict[str, int] = json.load(answer)
        return found


def once(url: str, work: Callable[[Job], int], job: Job) -> dict[str, float]:
    """Do the work and return what it cost."""
    counted = sum(ask(url, "/counts").values())
    started, used = time.perf_counter(), cpu()
    done = work(job)
    wall, used = time.perf_counter() - started, cpu() - used
    if done != job.records:
        raise AssertionError(f"{work.__name__} did {done} of {job.records} records")
    return {"wall_s": wall, "cpu_s": used, "requests": sum(ask(url, "/counts").values()) - counted}


def measure(name: str, job: Job) -> dict[str, float]:
    """Run a scenario, named by module and function, and return the least of what it cost."""
    module, _, function = name.partition(".")
    client = importlib.import_module(f"benchmarks.{module}")
    work: Callable[[Job], int] = getattr(client, function)
    before, found = peak(), list[dict[str, float]]()
    for attempt in range(1 + (COPIES if function.startswith("first") else REPEATS)):
        each = replace(job, records=WARM_UP) if not attempt else job
        if function.startswith("first"):  # a copy begins with an empty table and no state
            each = replace(each, folder=job.folder / str(attempt))
            each.folder.mkdir()
        if function.startswith("first") or attempt < 2:
            ask(job.url, "/reset", "POST")
            if function.startswith("second"):
                client.first_sync(each)
        found.append(once(job.url, work, each))
    best = {cost: min(each[cost] for each in found[1:]) for cost in found[0]}
    return {**best, "peak_rss_mb": peak(), "imported_rss_mb": before}


if __name__ == "__main__":
    name, url, records, folder = sys.argv[1:]
    print(json.dumps(measure(name, Job(url, int(records), Path(folder)))))
