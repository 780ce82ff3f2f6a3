"""The sandbox's page cannot drift: its code runs and its seed is planted."""

import json
import re
from pathlib import Path

from productops.testing.sandbox.airtable import Airtable
from productops.testing.sandbox.faults import KINDS

PAGE = (Path(__file__).parents[4] / "docs" / "sandbox.md").read_text()


def test_the_first_example_runs(capsys):
    code = re.search(r"```python\n(import pyairtable.*?)```", PAGE, re.DOTALL)[1]
    exec(compile(code, "docs/sandbox.md", "exec"), {})
    assert capsys.readouterr().out == "3 ideas, 2 requests\n"


def test_the_seed_is_planted():
    seed = json.loads(re.search(r"## Airtable.*?```json\n(.*?)```", PAGE, re.DOTALL)[1])
    (record,) = Airtable.from_json(seed).base("Work").table("Ideas").records()
    assert (record["fields"]["Mean"], record["fields"]["Label"]) == (3, "Dark mode!")


def test_every_fault_is_on_the_page():
    assert [kind for kind in KINDS if f"`{kind}`" not in PAGE] == []
