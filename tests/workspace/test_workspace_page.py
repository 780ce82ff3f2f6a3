"""The page about the workspace: its examples run in order, in one namespace, and print what the page says."""

import contextlib
import doctest
import io
import re
from pathlib import Path

from productops.workspace import differing, home, packing

PAGE = Path(__file__).parents[2] / "docs" / "workspace.md"
BLOCK = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.DOTALL | re.MULTILINE)


def test_every_example_prints_what_the_page_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    assert len(blocks) > 10
    for number, (code, shown) in enumerate(blocks, 1):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, f"{PAGE.name}, example {number}", "exec"), names)
        assert [line.rstrip() for line in printed.getvalue().splitlines()] == shown.splitlines(), f"example {number}"


def test_the_examples_in_docstrings_run():
    for module in (home, packing, differing):
        assert doctest.testmod(module).failed == 0
