"""The benchmark of near-identical notes runs, and finds most of what it planted."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks import folds

from shared import shared

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


def test_the_folds_are_the_same_everywhere_and_judge_nothing_they_learn(tmp_path):
    command = [sys.executable, "-m", "benchmarks.folds", str(shared("data/feedback")), str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=120)
    for name, rows in (("banking77_train", 10_003), ("clinc150_train", 15_000), ("app_reviews_train", 1_849)):
        parts = [folds.read(tmp_path / f"{name}_fold0_{part}.csv") for part in ("train", "test")]
        assert sum(map(len, parts)) == rows
        assert not {tuple(row.items()) for row in parts[0]} & {tuple(row.items()) for row in parts[1]}
    judged = folds.read(tmp_path / "fewshot.csv")
    assert (len(judged), len({row["label"] for row in judged})) == (1_517, 77)
    assert hashlib.sha256((tmp_path / "themes7.csv").read_bytes()).hexdigest()[:8] == "43d3f55f"
