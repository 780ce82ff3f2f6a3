"""The page about the invented company: its examples run in order, in one namespace, and print what the page says."""

import contextlib
import io
import re
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).parents[1] / "docs" / "company.md"
BLOCK = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.DOTALL | re.MULTILINE)
CONCEPTS = (
    *("The company", "Feedback", "Demand", "Waiting times", "Roadmap", "What changed", "Scores", "Launch", "Checklist"),
    *("Readiness, gates and waivers", "Closing the loop", "Canvas", "Process", "Impact", "Study"),
    *("Templates and conformance", "Forgetting a person", "In and out"),
)


def test_every_example_prints_what_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for number, (code, shown) in enumerate(BLOCK.findall(PAGE.read_text(encoding="utf-8")), 1):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, f"{PAGE.name}, example {number}", "exec"), names)
        assert printed.getvalue() == shown, f"example {number}"
    assert not list(tmp_path.iterdir())


def test_every_concept_has_an_example_with_its_outcome() -> None:
    sections = re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    assert [section.partition("\n")[0] for section in sections] == list(CONCEPTS)
    for section in sections:
        found = BLOCK.findall(section)
        assert found, section
        assert all(shown for _, shown in found), section
