"""A sandbox with a few issues, a file of jobs beside it, and the command line."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from productops.cli.app import run
from productops.connectors import Airtable, Jira
from productops.sdk.record import Draft, Patch
from productops.testing.sandbox import Sandbox, standard_seed

JOBS = """\
state = "roadmap.db"

[connections.jira]
url = "env:JIRA_URL"
email = "env:JIRA_EMAIL"
token = "env:JIRA_TOKEN"

[connections.airtable]

[mappings.rows]
title = "Name"
description = {markdown = "Notes"}
due = "Target date"
status = {choice = "Stage", options = {idea = "Inbox", doing = "Building", done = "Shipped"}}

[jobs.roadmap]
match = "title"

[jobs.roadmap.left]
connection = "jira"
project = "PROD"
type = "Story"

[jobs.roadmap.left.mapping]
title = "summary"
description = {markdown = "description"}
due = "duedate"
status = {choice = "status", options = {idea = "To Do", doing = ["In Progress", "In Review", "QA"], done = "Done"}}

[jobs.roadmap.right]
connection = "airtable"
collection = "table"
base = "Product"
table = "Roadmap"
key = "Sync key"
mapping = "rows"
"""


@dataclass
class Said:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON value of standard output."""
        return json.loads(self.out)


@contextlib.contextmanager
def hearing() -> Iterator[None]:
    """Let this process, and what it starts here, hear Ctrl-C, also where the tests run in a shell's background.

    Shells start what runs there deaf to it, and whoever is started by a deaf program is deaf as well.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@dataclass
class Desk:
    """A folder with a file of jobs, and the services it is about."""

    folder: Path
    sandbox: Sandbox

    def write(self, text: str = JOBS, name: str = "productops.toml") -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def run(self, *arguments: str) -> Said:
        """Run a command in this process."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run(arguments)
        return Said(code, out.getvalue(), err.getvalue())

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command in a process of its own."""
        command = [sys.executable, "-m", "productops", *arguments]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        env = {**os.environ, "PYTHONFAULTHANDLER": "1"}  # one that hangs can be asked where
        with hearing():
            return subprocess.Popen(command, cwd=self.folder, text=True, env=env, **pipes)

    @property
    def issues(self) -> Any:
        return Jira.from_env().issues("PROD", "Story")

    @property
    def table(self) -> Any:
        return Airtable.from_env().table("Product", "Roadmap", key="Sync key")

    def make_issues(self, *titles: str) -> list[str]:
        made = self.issues.create([Draft({"summary": title}) for title in titles])
        return [one.id for one in made]

    def edit(self, collection: Any, record: str, field: str, value: Any) -> None:
        id_ = collection.schema().field(field).id
        outcome = collection.update([Patch(record, {id_: value})])[0]
        assert not isinstance(outcome, Exception), outcome

    def titles(self) -> list[str]:
        name = self.table.schema().field("Name").id
        return sorted(record.fields[name] for record in self.table.scan())


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.chdir(tmp_path)
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    with Sandbox(standard_seed(), limits=1000, search_lag=0.0, late_commit=0.05) as sandbox:
        for name, value in sandbox.env().items():
            monkeypatch.setenv(name, value)
        desk = Desk(tmp_path, sandbox)
        desk.write()
        yield desk
