"""One client in a process of its own: ``python -m benchmarks.measured MODULE.FUNCTION URL RECORDS TAG CHANGED FOLDER``.

It prepares itself, warms up with a hundred records, so that imports, connections and the interpreter's caches are paid
for, and prints a line. From then on it does the work once for each line that it reads, beginning with new client
objects so that reading a schema counts, and prints what that cost as JSON.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import resource
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from benchmarks.job import Job
from benchmarks.stub import change, requests, reset

WARM_UP = 100  # records
STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
Figures = dict[str, float]


def cpu() -> float:
    """Return the CPU seconds of this process, all threads, user and system, and of those it started and saw end."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def peak() -> float:
    """Return the most memory this process held, in MB; on Linux since ``forget_peak``.

    Linux's ``ru_maxrss`` would also show what the parent held before the new program was loaded.
    """
    if STATUS.exists():
        line = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))
        children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        return max(int(line.split()[1]), children) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def forget_peak() -> None:
    """Let the peak begin anew, where the system can."""
    gc.collect()
    with contextlib.suppress(OSError):
        CLEAR.write_text("5")


class Measured:
    """One function of one client, and the job it is given."""

    def __init__(self, name: str, job: Job) -> None:
        module, _, self.function = name.partition(".")
        self.client = importlib.import_module(f"benchmarks.clients.{module}")
        self.work: Callable[[Job], int] = getattr(self.client, self.function)
        self.job, self.runs = job, 0

    @property
    def copies(self) -> bool:
        """Whether the work begins with an empty table and no state."""
        return self.function.startswith("first")

    @property
    def follows(self) -> bool:
        """Whether the work comes after a first sync."""
        return self.function in ("changes", "compare")

    def prepare(self) -> None:
        """Do what comes before, and warm up."""
        self.job.folder.mkdir(parents=True, exist_ok=True)
        own = getattr(self.client, f"prepare_{self.function}", None)
        if self.follows:
            reset(self.job.url, self.job.place)
            self.client.first_sync(self.job)
        if own is not None:
            own(self.job)
        if self.follows or own is not None:
            self.once(replace(self.job, changed=min(self.job.changed, WARM_UP)))
        else:
            self.once(replace(self.job, records=min(self.job.records, WARM_UP), folder=self.job.folder / "small"))

    def once(self, job: Job | None = None) -> Figures:
        """Do the work and return what it cost."""
        job = job or self.job
        if self.copies:
            reset(job.url, job.place)
            shutil.rmtree(job.folder, ignore_errors=True)
        job.folder.mkdir(parents=True, exist_ok=True)
        if self.function == "changes":
            change(job.url, job.place, job.changed)
        forget_peak()
        counted = requests(job.url)
        started, used = time.perf_counter(), cpu()
        done = self.work(job)
        wall, used = time.perf_counter() - started, cpu() - used
        if done != job.records:
            raise AssertionError(f"{self.function} did {done} of {job.records} records")
        counted = requests(job.url) - counted
        told: Figures = getattr(self.client, "told", {})
        return {"wall_s": wall, "cpu_s": used, "requests": counted, "peak_rss_mb": peak(), **told}


def main(arguments: list[str]) -> None:
    """Prepare, and then run as often as asked."""
    name, url, records, tag, changed, folder = arguments
    measured = Measured(name, Job(url, int(records), Path(folder) / "job", int(tag), int(changed)))
    measured.prepare()
    print(json.dumps({"ready": name}), flush=True)
    for _line in sys.stdin:
        print(json.dumps(measured.once()), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
