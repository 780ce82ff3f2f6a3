"""The sandbox's page cannot drift: its seed is planted, its code runs, and it names what a person can do."""

import re
from pathlib import Path

import pytest

from productops.testing.sandbox.productboard import Productboard, SeedError
from productops.testing.sandbox.productboard.hands import Hands
from productops.testing.sandbox.productboard.seed import KEYS

PAGE = (Path(__file__).parents[4] / "docs" / "sandbox.md").read_text().partition("## Productboard")[2]


def test_the_example_runs(capsys):
    code = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)[1]
    exec(compile(code, "docs/sandbox.md", "exec"), {})
    assert capsys.readouterr().out == "Call is from Ada Lind: 1 feature\n"


def test_every_act_and_every_key_is_on_the_page():
    acts = [name for name in vars(Hands) if not name.startswith("_")]
    assert [name for name in (*acts, *KEYS) if not re.search(rf"`{name}\b", PAGE)] == []


@pytest.mark.parametrize(
    ("seed", "words"),
    [
        ({"boards": []}, "unknown key 'boards'"),
        ({"features": {}}, "features: a list"),
        ({"features": ["x"]}, r"features\[0\]: an object"),
        ({"entities": [{"type": "epic", "name": "x"}]}, r"entities\[0\]: unknown type 'epic'"),
        ({"features": [{"name": "x", "parent": "Nowhere"}]}, r"features\[0\]: there is no 'Nowhere'"),
        ({"features": [{"name": "x", "colour": 1}]}, r"features\[0\]: unknown field 'colour'"),
        ({"members": [{"name": "x"}]}, r"members\[0\]: a member has an e-mail"),
        ({"teams": [{"name": "x"}, {"name": "x"}]}, r"teams\[1\]: There is a team"),
        ({"tokens": {"x": {"scopes": ["all"]}}}, "unknown scope 'all'"),
        ({"statuses": {"user": ["x"]}}, "'user' has no status"),
        ({"fields": [{"type": "feature"}]}, r"fields\[0\]: a field has"),
        ([], "unknown key"),
    ],
)
def test_a_seed_that_makes_no_sense_names_its_place(seed, words):
    with pytest.raises(SeedError, match=words):
        Productboard.from_json(seed)
