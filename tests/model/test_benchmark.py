"""The benchmark of the model runs and prints a figure for each table, without any judgement of time."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_it_prints_microseconds_a_note_for_every_table() -> None:
    command = [sys.executable, "-m", "benchmarks.model", "--notes", "60", "--repeat", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    rows = re.findall(r"^(\S.*?) +[\d.]+ s +[\d.]+ s CPU +([\d.]+) µs/note$", done.stdout, re.MULTILINE)
    assert [name for name, _ in rows] == [
        "demand table",
        "SLA table, all hours",
        "SLA table, business hours",
        "closure table",
    ]
    assert all(float(figure) > 0 for _, figure in rows)
