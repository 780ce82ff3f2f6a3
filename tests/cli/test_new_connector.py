"""A new connector's package, and the example in the documentation: built, installed and tested as a user would."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from productops.cli.app import run

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs/examples/productops-tracker"


def checked(*command: str, cwd: Path, **more) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=300, **more)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


def installed(package: Path, target: Path) -> None:
    """Build a package and install it into a folder; nothing comes from a network."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index"]
    checked(*pip, "--no-deps", "--no-build-isolation", "--target", str(target), ".", cwd=package)


def outcome(package: Path, target: Path) -> str:
    environment = {"PYTHONPATH": str(target), "PATH": "/usr/bin:/bin", "NO_COLOR": "1"}
    said = checked(sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", cwd=package, env=environment)
    assert float(re.search(r"in ([\d.]+)s", said)[1]) < 60
    return said


def test_a_new_connector_installs_and_passes_its_tests(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(["new-connector", "Harbour_CRM"]) == 0
    package = tmp_path / "productops-harbour-crm"
    files = {str(path.relative_to(package)) for path in package.rglob("*") if path.is_file()}
    assert {"pyproject.toml", "README.md", "docs/harbour_crm.md", "tests/fake.py"} <= files
    assert not any("shelf" in path.read_text().lower() for path in package.rglob("*") if path.is_file())
    assert len((package / "src/productops_harbour_crm/service.py").read_text().splitlines()) < 150
    installed(package, tmp_path / "target")
    said = outcome(package, tmp_path / "target")
    assert "failed" not in said
    skipped = re.findall(r"SKIPPED \[\d+\] \S+ (.*)", said)  # only what the service does not promise
    assert all("does not declare" in why or "batches hold fewer" in why for why in skipped), skipped
    for tool in (("ruff", "check", "--ignore", "I001"), ("ruff", "format", "--check")):
        settings = ("--config", str(ROOT / "pyproject.toml"))
        checked(sys.executable, "-m", *tool, *settings, "src", cwd=package)
    checked(sys.executable, "-m", "mypy", "--strict", "src", cwd=package, env={"PATH": "/usr/bin:/bin"})


def test_promises_that_are_taken_back_need_no_other_change(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(["new-connector", "plain"]) == 0
    package = tmp_path / "productops-plain"
    service = package / "src/productops_plain/service.py"
    text = service.read_text()
    for promise, less in (
        ("find=True", "find=False"),
        ('marker="property"', 'marker="none"'),
        ('delete="hard"', 'delete="none"'),
        ("cursor=timedelta(seconds=1)", "cursor=None"),
    ):
        assert promise in text
        text = text.replace(promise, less)
    service.write_text(text)
    installed(package, tmp_path / "target")
    assert "failed" not in outcome(package, tmp_path / "target")


def test_nothing_that_is_there_is_overwritten(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "productops-crm").mkdir()
    assert run(["new-connector", "crm"]) == 2
    assert "is there already" in capsys.readouterr().err
    for name in ("../crm", "1crm", "c rm", ""):
        assert run(["new-connector", name]) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["productops-crm"]


def test_the_example_in_the_documentation_is_whole(tmp_path):
    package = tmp_path / "productops-tracker"
    copied = [path for path in EXAMPLE.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    for path in copied:
        target = package / path.relative_to(EXAMPLE)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    installed(package, tmp_path / "target")
    assert "failed" not in outcome(package, tmp_path / "target")


@pytest.mark.parametrize("page", ["README.md"])
def test_the_examples_page_names_every_field(page):
    text = (EXAMPLE / page).read_text()
    rows = (EXAMPLE / "src/productops_tracker/rows.py").read_text()
    for name in re.findall(r'Field\("\w+", "(\w+)"', rows):
        assert f"| {name} |" in text
