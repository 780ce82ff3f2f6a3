"""The sandbox's page cannot drift: its code runs, and it names what a person can do."""

import re
from pathlib import Path

from productops.testing.sandbox.notion.hands import WorkspaceHand
from productops.testing.sandbox.notion.source_hand import SourceHand

PAGE = (Path(__file__).parents[4] / "docs" / "sandbox.md").read_text().partition("## Notion")[2]


def test_the_example_runs(capsys):
    code = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)[1]
    exec(compile(code, "docs/sandbox.md", "exec"), {})
    assert "'Stage': 'Building', 'Votes': 8}] # Why\nEyes\n" in capsys.readouterr().out


def test_every_act_is_on_the_page():
    acts = [name for hand in (SourceHand, WorkspaceHand) for name in vars(hand) if not name.startswith("_")]
    untold = {"id", "database", "property_id", "source", "page", "fill", "call"}  # to find things, and for the seed
    assert [name for name in acts if name not in untold and not re.search(rf"`{name}\b", PAGE)] == []
