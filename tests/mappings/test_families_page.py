"""The page on families of tables: its examples run in order."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "families.md"


def test_the_examples_run_and_print_what_the_page_says(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names = {}
    for code in re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE):
        exec(compile(code, PAGE.name, "exec"), names)
    printed = capsys.readouterr().out
    assert printed.startswith("7 steps to prepare Checklist:")
    assert "Winter is not ready (as of 2 Nov 2026): 1 must item is open without a valid waiver." in printed
    assert [model.__name__ for model in names["models"]("jira")] == ["RoadmapItem", "ChecklistItem", "Feedback"]
