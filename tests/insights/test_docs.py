"""The page about feedback: its examples run in order and print what the page says."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2] / "docs" / "insights.md"
BLOCK = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.DOTALL | re.MULTILINE)


def test_every_example_prints_what_the_page_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    assert len(blocks) >= 7
    for number, (code, shown) in enumerate(blocks, 1):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, f"{PAGE.name}, example {number}", "exec"), names)
        assert printed.getvalue() == shown, f"example {number}"


def test_the_page_names_every_task():
    from productops.insights.evaluation.tasks import TASKS

    page = PAGE.read_text(encoding="utf-8")
    assert all(re.search(rf"\b{task}\b", page) for task in TASKS)
