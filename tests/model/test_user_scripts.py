"""What a type checker tells users of the model: nothing about right scripts, the planted mistakes about wrong ones."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / "tests" / "model" / "typing").glob("*.py"))
PLANTED = re.compile(r"# expect: (\S+)$")
FOUND = re.compile(r"(\S+\.py):(\d+): error: .*\[(\S+)\]$")


def planted() -> set[tuple[str, int, str]]:
    """Return file, line and code of every mistake that is marked."""
    return {
        (script.name, number, mark[1])
        for script in SCRIPTS
        for number, line in enumerate(script.read_text(encoding="utf-8").splitlines(), 1)
        if (mark := PLANTED.search(line))
    }


def test_there_are_ten_right_scripts_and_ten_wrong_ones() -> None:
    kinds = [script.name.partition("_")[0] for script in SCRIPTS]
    assert (kinds.count("right"), kinds.count("wrong"), len(kinds)) == (10, 10, 20)
    assert {name for name, _, _ in planted()} == {script.name for script in SCRIPTS if script.name.startswith("wrong")}


def test_the_right_scripts_run() -> None:
    for script in SCRIPTS:
        if script.name.startswith("right"):
            exec(compile(script.read_text(encoding="utf-8"), script.name, "exec"), {"__name__": script.stem})


def test_a_strict_type_checker_finds_exactly_the_planted_mistakes(pytestconfig: pytest.Config) -> None:
    cache = str(pytestconfig.cache.mkdir("typing")) if pytestconfig.cache else str(ROOT / ".mypy_cache")
    options = ["--strict", "--config-file", "pyproject.toml", "--cache-dir", cache, "--no-error-summary", "--no-pretty"]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *options, *map(str, SCRIPTS)],
        cwd=ROOT,
        env={**os.environ, "MYPYPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert not done.stderr
    found = {
        (Path(said[1]).name, int(said[2]), said[3]) for line in done.stdout.splitlines() if (said := FOUND.search(line))
    }
    assert found == planted(), done.stdout
