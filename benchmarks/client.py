"""One scenario in a process of its own: ``python -m benchmarks.client NAME URL RECORDS FOLDER`` prints JSON.

What is measured comes after a warm-up with a hundred records, so imports, connections and caches of the interpreter
are paid for, and begins with new client objects, so that reading a schema counts.
"""

from __future__ import annotations

import importlib
import json
import resource
import sys
import time
from pathlib import Path
from urllib.request import Request, urlopen

from benchmarks.job import Job

WARM_UP = 100  # records


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


def measure(name: str, job: Job) -> dict[str, float]:
    """Run a scenario, named by module and function, and return what it cost."""
    module, _, function = name.partition(".")
    client = importlib.import_module(f"benchmarks.{module}")
    work = getattr(client, function)
    again = function.startswith("second")
    small = Job(job.url, WARM_UP, job.folder)
    before = peak()
    for each in (small, job):
        ask(job.url, "/reset", "POST")
        if again:
            client.first_sync(each)
        counted = sum(ask(job.url, "/counts").values())
        started, used = time.perf_counter(), cpu()
        done = work(each)
        wall, used = time.perf_counter() - started, cpu() - used
        if done != each.records:
            raise AssertionError(f"{name} did {done} of {each.records} records")
        requests = sum(ask(job.url, "/counts").values()) - counted
    return {"wall_s": wall, "cpu_s": used, "requests": requests, "peak_rss_mb": peak(), "imported_rss_mb": before}


if __name__ == "__main__":
    name, url, records, folder = sys.argv[1:]
    print(json.dumps(measure(name, Job(url, int(records), Path(folder)))))
