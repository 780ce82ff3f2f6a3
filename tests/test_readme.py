"""Every Python example of the README and the pages runs, in order, against a sandbox."""

import re
from pathlib import Path
from typing import Any

import pytest

from productops.errors import GuardError
from productops.testing.sandbox import Sandbox, standard_seed

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = sorted((ROOT / "docs").glob("*.md"))
TITLES = ("Pay by invoice", "Café 🚢", "Group tickets")


def snippets(page: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def play(page: Path, names: dict[str, Any], codes: list[str] | None = None) -> None:
    for number, code in enumerate(snippets(page) if codes is None else codes, 1):
        exec(compile(code, f"{page.name}, example {number}", "exec"), names)


@pytest.fixture
def sandbox(monkeypatch, tmp_path):
    seed = standard_seed()
    seed["jira"]["issues"] = [
        {"project": "PROD", "type": "Story", "summary": title, "created": "2026-01-05T09:00:00+00:00"}
        for title in TITLES
    ]
    monkeypatch.chdir(tmp_path)
    with Sandbox(seed, limits=100, search_lag=0.0) as running:
        for name, value in running.env().items():
            monkeypatch.setenv(name, value)
        yield running


def table(sandbox: Sandbox):
    return sandbox.airtable.service.base("Product").table("Roadmap")


def done(names: dict[str, Any]) -> None:
    if "sync" in names:
        names["sync"].state.engine.dispose()
    if "ws" in names:
        names["ws"].close()


def test_the_readme_runs(sandbox, capsys):
    names: dict[str, Any] = {}
    play(README, names)
    assert {row["fields"]["Name"] for row in table(sandbox).records()} == set(TITLES)
    assert not names["sync"].plan()
    out = capsys.readouterr().out
    assert out.startswith("Create 3 in Roadmap.")
    assert out.endswith("192.0\n")
    done(names)


def test_its_sides_meet_and_its_conflicts_end(sandbox, capsys):
    first, adopt, conflicts, *_ = snippets(README)
    table(sandbox).add({"Name": "Pay by invoice", "Stage": "Building"})
    table(sandbox).add({"Name": "Only here"})
    names: dict[str, Any] = {}
    with pytest.raises(GuardError, match="adopt"):
        play(README, names, [first])
    play(README, names, [adopt])
    left = {issue.summary for issue in sandbox.jira.service.issues()}
    right = {row["fields"]["Name"]: row["fields"] for row in table(sandbox).records()}
    assert left == set(right) == {*TITLES, "Only here"}
    assert right["Pay by invoice"]["Stage"] == "Inbox"  # the left side was preferred

    (row,) = [row for row in table(sandbox).records() if row["fields"]["Name"] == "Pay by invoice"]
    table(sandbox).edit(row["id"], {"Name": "Invoice from Airtable"})
    sandbox.jira.service.edit("PROD-1", {"summary": "Invoice from Jira"}, at=sandbox.clock.now())
    names["sync"].run()
    assert len(names["sync"].conflicts()) == 1
    play(README, names, [conflicts])
    assert names["sync"].conflicts() == []
    assert table(sandbox).record(row["id"])["fields"]["Name"] == "Invoice from Jira"
    assert [item.right for item in names["sync"].conflicts(closed=True) if item.field == "title"] == [
        "Invoice from Airtable"
    ]
    done(names)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_pages_run(page, sandbox):
    codes = snippets(page)
    names: dict[str, Any] = {}
    if page.name == "sync.md":
        play(README, names, snippets(README)[:1])
    play(page, names, codes)
    done(names)


def test_the_readme_is_short_and_starts_with_two_commands():
    lines = README.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 150
    commands = [line for line in lines if line.startswith("$ ")]
    assert [command.split("#")[0].strip() for command in commands] == ["$ make demo", "$ make test"]


@pytest.mark.parametrize("page", [README, ROOT / "CHANGELOG.md", *PAGES], ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
    absent = [each for each in targets if "://" not in each and not (page.parent / each).exists()]
    assert absent == []
