"""What breaks for callers is noticed: a planted break in a small repository."""

import importlib.util
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
spec = importlib.util.spec_from_file_location("breaks", ROOT / ".docs/breaks.py")
breaks = importlib.util.module_from_spec(spec)
spec.loader.exec_module(breaks)
BEFORE = "def run(full: bool = False, wait: float = 0.0) -> int:\n    return 0\n\n\ndef _inner(a, b): ...\n"


@pytest.fixture
def repository(tmp_path):
    (tmp_path / "src/productops").mkdir(parents=True)
    (tmp_path / "src/productops/__init__.py").write_text(BEFORE)
    who = ("-c", "user.name=Mira Quill", "-c", "user.email=mira@example.com")
    for command in (("init", "-q"), ("add", "."), (*who, "commit", "-qm", "first")):
        subprocess.run(["git", *command], cwd=tmp_path, check=True, capture_output=True)
    return tmp_path


@pytest.mark.parametrize(
    ("now", "named"),
    [
        (BEFORE, ""),
        (BEFORE.replace("wait: float = 0.0", "wait: float = 0.0, more: int = 1"), ""),
        (BEFORE.replace("_inner(a, b)", "_inner(a)"), ""),
        (BEFORE.replace(", wait: float = 0.0", ""), "wait"),
        (BEFORE.replace("def run", "def go"), "run"),
        (BEFORE.replace("full: bool = False", "full: bool"), "full"),
    ],
)
def test_a_break_is_told(repository, now, named):
    (repository / "src/productops/__init__.py").write_text(now)
    found = breaks.breaks("HEAD", repository)
    assert bool(found) == bool(named), found
    assert named in "".join(found)
