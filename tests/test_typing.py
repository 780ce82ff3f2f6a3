"""What a type checker tells a user: nothing about right scripts, and the one planted mistake in each wrong one."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPTS = sorted((ROOT / "tests" / "typing").glob("*.py"))
PLANTED = re.compile(r"# expect: ([a-z-]+)$")
FOUND = re.compile(r"(?P<path>[^:]+):(?P<line>\d+): error: .*\[(?P<code>[a-z-]+)\]$")

Mistake = tuple[str, int, str]


def planted(script: Path) -> list[Mistake]:
    lines = script.read_text(encoding="utf-8").splitlines()
    return [(script.name, number, hit[1]) for number, line in enumerate(lines, 1) if (hit := PLANTED.search(line))]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return the lines of one strict run over all scripts, with the project's settings and a cache of its own."""
    cache = tmp_path_factory.mktemp("mypy")
    settings = ("--strict", "--config-file", "pyproject.toml", "--cache-dir", str(cache), "--hide-error-context")
    plain = ("--no-pretty", "--no-color-output", "--no-error-summary", "--show-error-codes")
    scripts = [str(script.relative_to(ROOT)) for script in SCRIPTS]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *settings, *plain, *scripts],
        cwd=ROOT,
        env={**os.environ, "MYPYPATH": "src"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 1, done.stdout + done.stderr  # 0: nothing found, 2: it did not run
    return [line for line in done.stdout.splitlines() if ": note: " not in line]


def test_eleven_scripts_are_right_and_eleven_have_one_mistake() -> None:
    counts = {script.name: len(planted(script)) for script in SCRIPTS}
    assert sorted(counts.values()) == [0] * 11 + [1] * 11
    assert all(name.startswith("wrong_" if count else "right_") for name, count in counts.items())


def test_exactly_the_planted_mistakes_are_found(told: list[str]) -> None:
    hits = [FOUND.match(line) for line in told]
    assert None not in hits, told
    found = [(Path(hit["path"]).as_posix(), int(hit["line"]), hit["code"]) for hit in hits if hit]
    wanted = [(f"tests/typing/{name}", line, code) for script in SCRIPTS for name, line, code in planted(script)]
    assert sorted(found) == wanted, told


def untyped(path: Path) -> list[str]:
    """Public attributes that a constructor sets several at once: only mypy knows their types."""
    found = []
    for made in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(made, ast.ClassDef) or made.name.startswith("_"):
            continue
        said = {ast.unparse(one.target) for one in ast.walk(made) if isinstance(one, ast.AnnAssign)}
        starts = [one for one in made.body if isinstance(one, ast.FunctionDef) and one.name == "__init__"]
        tuples = [
            target
            for start in starts
            for line in ast.walk(start)
            if isinstance(line, ast.Assign)
            for target in line.targets
            if isinstance(target, ast.Tuple)
        ]
        names = {ast.unparse(part) for one in tuples for part in one.elts}
        found += [f"{path.name} {made.name}: {name}" for name in names - said if re.match(r"self\.[a-z]", name)]
    return found


def test_public_attributes_are_set_one_by_one_with_their_types() -> None:
    assert [one for path in sorted((ROOT / "src").rglob("*.py")) for one in untyped(path)] == []


def test_another_checker_knows_the_type_of_everything_public() -> None:
    if (pyright := shutil.which("pyright")) is None:
        pytest.skip("pyright is not installed")
    done = subprocess.run(
        [pyright, "--pythonpath", sys.executable, "--verifytypes", "productops", "--ignoreexternal", "--outputjson"],
        cwd=ROOT,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    told = json.loads(done.stdout)["typeCompleteness"]
    lacking = [one["name"] for one in told["symbols"] if one["isExported"] and not one["isTypeKnown"]]
    assert (lacking, told["completenessScore"]) == ([], 1)
