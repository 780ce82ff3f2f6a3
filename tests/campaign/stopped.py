"""Runs that are told to stop at a drawn moment of their work: how each ends, and what the next ones make of it.

``python -m campaign.stopped 7 200`` stops two hundred, drawn by the seed 7. Judged by the exit code, by what was said,
and by the two services alone: every thing once on each side, with the words that people typed.
"""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from unittest.mock import patch

from campaign.histories import MEMORY
from cli_desk import Desk
from productops.sdk.record import Draft
from productops.testing.sandbox import Sandbox, standard_seed

TOLD = "told to stop"  # what the process says when the signal comes
HUNG = 60.0  # seconds
MOST_RUNS = 4  # until nothing is left to be done
ENDS = {
    signal.SIGINT: (130, -signal.SIGINT),
    signal.SIGTERM: (143, -signal.SIGTERM),
}  # before and after the job: killed
# Processor time is counted, not the clock's: a moment means as much work on a machine that is busy.
PROGRAM = f"""
import atexit, os, signal, sys
from productops.cli import main

moment, sign, *sys.argv[1:] = sys.argv[1:]

def tell(*_):
    signal.setitimer(signal.ITIMER_PROF, 0)
    os.write(2, b"{TOLD}\\n")
    signal.raise_signal(int(sign))

atexit.register(signal.setitimer, signal.ITIMER_PROF, 0)
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGPROF, tell)
signal.setitimer(signal.ITIMER_PROF, float(moment))
main()
"""


class Office:
    """Two services that were synced before, with things new on both sides, edits both ways and one conflict."""

    def __init__(self, home: Path) -> None:
        self.sandbox = Sandbox(standard_seed(), limits=1000, search_lag=0.0, late_commit=0.05)
        self.desk = Desk(home, self.sandbox)

    def __enter__(self) -> Office:
        self.sandbox.start()
        os.environ.update(self.sandbox.env())
        desk, old = self.desk, [f"Old {number}" for number in range(6)]
        desk.write()
        issues = desk.make_issues(*old)
        assert self.run() == (0, "")
        name = desk.table.schema().field("Name").id
        rows = {record.fields[name]: record.id for record in desk.table.scan()}
        for number in (0, 2, 4):
            desk.edit(desk.issues, issues[number], "summary", f"Old {number} in Jira")
        for number in (1, 2, 5):
            desk.edit(desk.table, rows[old[number]], "Name", f"Old {number} in Airtable")
        new = [f"New {number:02}" for number in range(22)]
        desk.make_issues(*new)
        desk.table.create([Draft({name: f"Row {number}"}) for number in range(3)])
        new += [f"Row {number}" for number in range(3)]
        edited = ["Old 0 in Jira", "Old 1 in Airtable", "Old 3", "Old 4 in Jira", "Old 5 in Airtable"]
        self.wanted = sorted([*new, *edited, "Old 2 in Jira"]), sorted([*new, *edited, "Old 2 in Airtable"])
        return self

    def __exit__(self, *_: object) -> None:
        self.sandbox.stop()

    def run(self, moment: float = 0.0, sign: signal.Signals = signal.SIGINT, *more: str) -> tuple[int, str]:
        """Run the job in a process of its own, and tell it to stop after that much work; 0 leaves it alone."""
        command = [sys.executable, "-X", "faulthandler", "-c", PROGRAM, str(moment), str(int(sign)), "run", *more]
        with subprocess.Popen(command, cwd=self.desk.folder, text=True, stdout=-3, stderr=-1) as process:
            try:
                _, err = process.communicate(timeout=HUNG)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGABRT)  # it tells where it stands
                return 0, f"HUNG\n{process.communicate()[1]}"
        return process.returncode, err

    def shown(self) -> tuple[list[str], list[str]]:
        """Return the titles on both sides."""
        field = self.desk.issues.schema().field("summary").id
        return sorted(record.fields[field] for record in self.desk.issues.scan()), self.desk.titles()

    def settled(self) -> str:
        """Run until nothing is left to be done; return what is wrong then."""
        time.sleep(self.sandbox.settle + 0.2)
        for _ in range(MOST_RUNS):
            code, err = self.run(0.0, signal.SIGINT, "--wait", "20")
            if code not in (0, 1):  # 1 where the conflict is new
                return f"the next run ends with {code}: {err[-2000:]}"
        return "" if self.shown() == self.wanted else f"{self.shown()} instead of {self.wanted}"


def stop(moment: float, sign: signal.Signals) -> tuple[bool, list[str]]:
    """Stop one run; return whether it was there to be stopped, and what was wrong."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as home, patch.dict(os.environ), Office(Path(home)) as office:
        code, err = office.run(moment, sign)
        told, wrong = TOLD in err, []
        if "HUNG" in err or "Traceback" in err or "Exception ignored" in err:
            wrong.append(err[-4000:])
        if code not in (ENDS[sign] if told else (0, 1)):
            wrong.append(f"it ends with {code}")
        wrong += [left] if (left := office.settled()) else []
        return told, [f"{sign.name} after {moment:.4f} s of work: {each}" for each in wrong]


def work_of_a_run() -> float:
    """Return how many seconds of a processor one run takes that nobody disturbs, loading included."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as home, patch.dict(os.environ), Office(Path(home)) as office:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        office.run()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def stops(seed: int, count: int, work: float = 1.0) -> tuple[Counter[str], list[str]]:
    """Stop so many runs at moments of that much work; return how many were stopped, and what was wrong."""
    luck, counts, problems = random.Random(seed), Counter[str](), []
    for _ in range(count):
        told, wrong = stop(luck.uniform(0.001, work), luck.choice(list(ENDS)))
        counts += Counter(runs=1, stopped=told, problems=bool(wrong))
        problems += wrong
    return counts, problems


if __name__ == "__main__":
    figures, lines = stops(int(sys.argv[1]), int(sys.argv[2]), work_of_a_run())
    print(*lines, dict(figures), sep="\n")
    sys.exit(bool(lines))
