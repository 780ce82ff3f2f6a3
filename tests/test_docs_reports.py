"""The page about reports: its examples run in order, in one namespace, and print what the page says."""

import contextlib
import io
import re
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).parents[1] / "docs" / "reports.md"
BLOCK = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.DOTALL | re.MULTILINE)


def test_every_example_prints_what_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for number, (code, shown) in enumerate(BLOCK.findall(PAGE.read_text(encoding="utf-8")), 1):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, f"{PAGE.name}, example {number}", "exec"), names)
        assert printed.getvalue() == shown, f"example {number}"
    made = {path.name for path in tmp_path.iterdir()}
    assert made == {"site", "site-fr", "site-public", "look", "burn-up.svg", "demand.png", "company.xlsx"} | {
        f"{name}.svg" for name in ("kano", "needs", "study", "tornado")
    }
    assert {path.name for path in (tmp_path / "site-public").iterdir()} == {"index.html"}


def test_the_page_names_every_page_of_the_site(tmp_path: Path) -> None:
    from productops.reports.site import PAGES

    text = PAGE.read_text(encoding="utf-8")
    assert [page.file for page in PAGES if f"`{page.file}`" not in text] == []
