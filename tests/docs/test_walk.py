"""Every page of the tutorial and the how-tos, played from top to bottom against the sandbox."""

from __future__ import annotations

import ast
import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from docs_runner import Reader, blocks
from productops import RoadmapItem
from productops.sdk.codecs import spell
from productops.sdk.declared import declared
from productops.testing.sandbox import Sandbox, standard_seed
from sync.postgres import server

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ["custom-model", "custom-score", "launch-gate", "newsletter", "spreadsheet", "two-way"]


def opened(monkeypatch: pytest.MonkeyPatch, seed: dict) -> Sandbox:
    sandbox = Sandbox(seed, limits=100, search_lag=0.0, late_commit=0.05)
    for name, value in sandbox.start().env().items():
        monkeypatch.setenv(name, value)
    return sandbox


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    yield Reader(tmp_path)
    for module in ("bets",):
        sys.modules.pop(module, None)


def test_the_tutorial(reader, monkeypatch):
    page = DOCS / "tutorial/first-sync.md"
    seed = next(text for _, title, text in blocks(page) if title == "seed.json")
    sandbox = opened(monkeypatch, json.loads(seed))
    try:
        reader.play(page)
        assert reader.codes.count(1) == 1  # the fresh conflict, as the page says
        assert set(reader.codes) == {0, 1}
        titles = {row["fields"]["Name"] for row in sandbox.airtable.service.base("Product").table("Roadmap").records()}
        assert "Invoices for companies" in titles
    finally:
        sandbox.stop()


def test_jira_and_airtable(reader, monkeypatch):
    seed = standard_seed()
    made = {"project": "PROD", "type": "Story", "created": "2026-01-05T09:00:00+00:00"}
    seed["jira"]["issues"] = [{**made, "summary": title} for title in ("One", "Two")]
    seed["airtable"]["bases"][0]["tables"][0]["records"] = [{"fields": {"Name": "Two"}}]
    sandbox = opened(monkeypatch, seed)
    try:
        reader.play(DOCS / "how-to/jira-airtable.md")
        rows = sandbox.airtable.service.base("Product").table("Roadmap").records()
        assert sorted(row["fields"]["Name"] for row in rows) == ["One", "Two"]
        assert "Mira" in (reader.folder / "people.csv").read_text()
        assert reader.codes[-1] == 0
    finally:
        sandbox.stop()


@pytest.mark.parametrize("name", PAGES)
def test_a_how_to(reader, monkeypatch, name):
    sandbox = opened(monkeypatch, standard_seed()) if name == "spreadsheet" else None
    try:
        reader.play(DOCS / f"how-to/{name}.md")
        if "sync" in reader.names:
            reader.names["sync"].state.engine.dispose()
        if name == "launch-gate":
            assert reader.codes == [1]
        if name == "newsletter":
            assert reader.said == ""  # the second one found that it went out already
            assert len(list((reader.folder / "newsletters").iterdir())) == 1
    finally:
        if sandbox is not None:
            sandbox.stop()


def test_every_page_of_the_how_tos_is_played():
    pages = {path.stem for path in (DOCS / "how-to").glob("*.md")}
    elsewhere = {"jira-airtable", "schedule", "webhooks", "write-a-connector"}
    assert pages == {*PAGES, *elsewhere}


def test_a_mapping_as_data_is_the_mapping_in_python():
    found = blocks(DOCS / "reference/mappings.md")
    names: dict = {}
    exec(next(text for kind, _, text in found if kind == "python"), names)
    data = yaml.safe_load(next(text for kind, _, text in found if kind == "yaml"))
    ours = declared(RoadmapItem, data)
    assert {name: spell(spec) for name, spec in ours.fields.items()} == {
        name: spell(spec) for name, spec in names["rows"].fields.items()
    }


def test_no_page_has_an_example_that_nothing_runs():
    """The pages of these folders are played here, by ``test_readme``, ``test_docs_connectors`` and ``test_hints``."""
    played = {"", "connectors", "how-to", "reference", "tutorial"}
    with_code = {page for page in DOCS.rglob("*.md") if any(kind == "python" for kind, *_ in blocks(page))}
    folders = {str(page.parent.relative_to(DOCS)).removeprefix(".") for page in with_code}
    assert folders <= played | {"examples/productops-tracker"}
    assert {page.name for page in with_code if page.parent.name == "reference"} <= {"mappings.md"}


# --- recipes: each keeps its state between runs


def recipe(title: str) -> str:
    return next(text for _, name, text in blocks(DOCS / "how-to/schedule.md") if name == title)


def titles_of(sandbox: Sandbox) -> list[str]:
    rows = sandbox.airtable.service.base("Product").table("Roadmap").records()
    return sorted(row["fields"]["Name"] for row in rows)


@pytest.fixture
def job(reader, monkeypatch) -> Iterator[Sandbox]:
    seed = standard_seed()
    made = {"project": "PROD", "type": "Story", "created": "2026-01-05T09:00:00+00:00"}
    seed["jira"]["issues"] = [{**made, "summary": title} for title in ("One", "Two")]
    sandbox = opened(monkeypatch, seed)
    toml = next(text for _, name, text in blocks(DOCS / "how-to/jira-airtable.md") if name == "productops.toml")
    (reader.folder / "productops.toml").write_text(toml)
    yield sandbox
    sandbox.stop()


def shell(script: Path | str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", **more}
    command = ["sh", str(script)] if isinstance(script, Path) else ["bash", "-e", "-c", script]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=100
    )


def test_cron_keeps_its_state(reader, job):
    script = reader.folder / "sync.sh"
    script.write_text(recipe("sync.sh"))
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    secrets = reader.folder / "secrets.env"
    secrets.write_text("".join(f"{name}={value}\n" for name, value in job.env().items()))
    for _ in range(2):
        done = shell(script, reader.folder)
        assert (done.returncode, done.stderr) == (0, "")
    runs = [json.loads(line)[0] for line in (reader.folder / "runs.jsonl").read_text().splitlines()]
    assert [run["created"]["right"] for run in runs] == [2, 0]
    assert titles_of(job) == ["One", "Two"]
    secrets.write_text(secrets.read_text().replace("mira-token", "wrong-token"))
    assert shell(script, reader.folder).returncode == 2
    secrets.unlink()


def test_the_workflow_keeps_its_state(reader, job, monkeypatch):
    workflow = yaml.safe_load(recipe("sync.yml"))
    steps = workflow["jobs"]["sync"]["steps"]
    (step,) = [step for step in steps if step.get("name") == "sync"]
    toml = (reader.folder / "productops.toml").read_text()
    named = {"JIRA_URL", "JIRA_EMAIL", "JIRA_TOKEN", "AIRTABLE_TOKEN", "PRODUCTOPS_STATE"}
    assert set(step["env"]) == named
    assert all(value == f"${{{{ secrets.{name} }}}}" for name, value in step["env"].items())
    toml = toml.replace('state = "roadmap.db"', 'state = "env:PRODUCTOPS_STATE"')
    with server() as url:
        for number in (1, 2):
            runner = reader.folder / f"runner-{number}"  # a fresh machine each time
            runner.mkdir()
            (runner / "productops.toml").write_text(toml)
            done = shell(step["run"], runner, PRODUCTOPS_STATE=url.format(name="postgres"))
            assert done.returncode == 0, done.stderr
            assert not list(runner.glob("*.db"))
    assert "nothing to do" in done.stdout
    assert titles_of(job) == ["One", "Two"]
    assert yaml.safe_load(next(t for _, n, t in blocks(DOCS / "how-to/launch-gate.md") if n == "gate.yml"))["jobs"]


def git(*arguments: str, cwd: Path) -> str:
    who = ("-c", "user.name=Mira Quill", "-c", "user.email=mira@example.com", "-c", "init.defaultBranch=main")
    done = subprocess.run(["git", *who, *arguments], cwd=cwd, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_the_cached_state_is_used_only_when_it_knows_the_last_run(reader, job):
    """Each runner is a fresh clone; what the cache gives back is what the test puts there."""
    steps = yaml.safe_load(recipe("sync-cached.yml"))["jobs"]["sync"]["steps"]
    scripts = {step["name"]: step["run"] for step in steps if "name" in step}
    git("init", "--quiet", "--bare", "origin.git", cwd=reader.folder)
    home = reader.folder / "home"
    git("clone", "--quiet", "origin.git", str(home), cwd=reader.folder)
    (home / "productops.toml").write_text((reader.folder / "productops.toml").read_text())
    (home / "state.sh").write_text(recipe("state.sh"))
    git("add", "-A", cwd=home)
    git("commit", "--quiet", "-m", "The job", cwd=home)
    git("push", "--quiet", "origin", "HEAD:main", cwd=home)

    def ran(name: str, cached: bytes | None) -> tuple[list[subprocess.CompletedProcess[str]], bytes | None]:
        runner = reader.folder / name
        git("clone", "--quiet", "--branch", "main", "origin.git", str(runner), cwd=reader.folder)
        if cached is not None:
            (runner / "roadmap.db").write_bytes(cached)
        done = [shell(scripts["check"], runner)]
        if done[0].returncode == 0:
            done += [shell(scripts["sync"], runner), shell(scripts["note"], runner)]
        return done, (runner / "roadmap.db").read_bytes() if (runner / "roadmap.db").exists() else None

    first, one = ran("first", None)
    assert [step.returncode for step in first] == [0, 0, 0], [step.stderr for step in first]
    assert "this is the first" in first[0].stdout
    assert "created 2 right" in first[1].stdout
    second, two = ran("second", one)
    assert [step.returncode for step in second] == [0, 0, 0], [step.stderr for step in second]
    assert "nothing to do" in second[1].stdout
    for name, cached in (("gone", None), ("old", one)):
        (refused,), _ = ran(name, cached)
        assert (refused.returncode, "Nothing was read or written" in refused.stderr) == (6, True)
    third, _ = ran("third", two)
    assert [step.returncode for step in third] == [0, 0, 0]
    assert titles_of(job) == ["One", "Two"]


def test_the_flow_runs_its_task_and_keeps_its_state(reader, job, monkeypatch):
    """The orchestrator is heavy and not installed for every test: the text is read, and what its task does is run."""
    tree = ast.parse(recipe("flow.py"))
    task = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "sync")
    task.decorator_list = []
    kept = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module != "prefect"]
    names: dict = {}
    exec(compile(ast.Module([*kept, task], []), "flow.py", "exec"), names)
    assert [names["sync"]("roadmap")["created"]["right"] for _ in range(2)] == [2, 0]
    assert titles_of(job) == ["One", "Two"]


def test_the_fleet_runs_every_job_on_the_workers_it_starts(reader, job):
    """The page's own words; what happens to a killed worker is in ``campaign/test_fleet.py``."""
    pytest.importorskip("distributed", reason="the workers are Dask's")
    script = next(text for _, name, text in blocks(DOCS / "scale.md") if name == "fleet.py")
    (reader.folder / "fleet.py").write_text(script)
    done = shell("python fleet.py", reader.folder)
    assert "'right': 2" in done.stdout, done.stderr
    assert titles_of(job) == ["One", "Two"]


@pytest.mark.skipif(find_spec("prefect") is None, reason="prefect is not installed")
def test_the_flow_runs_under_prefect(reader, job):
    (reader.folder / "flow.py").write_text(recipe("flow.py"))
    script = "import flow\nprint([flow.roadmap() for _ in range(2)])\n"
    quiet = {
        "PREFECT_HOME": str(reader.folder / "prefect"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=reader.folder,
        env={**os.environ, **quiet},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[[], []]"
    assert titles_of(job) == ["One", "Two"]
    (reader.folder / "productops.toml").write_text("")  # a job that is not there fails, and is not tried again
    failed = subprocess.run(
        [sys.executable, "-c", "import flow\nflow.roadmap()"],
        cwd=reader.folder,
        env={**os.environ, **quiet},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert failed.returncode == 1
    assert "ConfigError" in failed.stderr
    assert "AwaitingRetry" not in failed.stderr
