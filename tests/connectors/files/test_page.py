"""The examples of the page and of the docstrings run, and the page shows what they print."""

import doctest
import re
from pathlib import Path

import pytest

from productops.connectors.files import account

PAGE = Path(__file__).parents[3] / "docs" / "connectors" / "files.md"


def test_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    text = PAGE.read_text(encoding="utf-8")
    for code in re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        exec(compile(code, PAGE.name, "exec"), {})
    assert capsys.readouterr().out in text


def test_the_examples_run() -> None:
    found = doctest.testmod(account)
    assert (found.failed, found.attempted > 4) == (0, True)
