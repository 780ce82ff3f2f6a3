"""The benchmark of near-identical notes runs, and finds most of what it planted."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("many", ["0", "9999"])
def test_it_finds_what_it_planted(many):
    command = [sys.executable, "-m", "benchmarks.notes", "--notes", "600", "--many", many]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["notes"] >= 600
    assert found["precision"] > 99
    assert found["f1"] > 97
