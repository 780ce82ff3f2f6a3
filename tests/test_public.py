"""The public face: what `from productops import ...` offers, and what importing it costs."""

import ast
import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

import productops

SOURCE = Path(productops.__file__)
HEAVY = (
    *("requests", "httpx", "sqlalchemy", "alembic", "jira", "pyairtable", "notion_client", "pandas", "polars"),
    *("narwhals", "yaml", "jinja2", "typer", "rich", "markdown_it", "uvicorn", "starlette"),
)


def typed_imports() -> dict[str, str]:
    """Return name → module of the imports that type checkers and editors read."""
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    [block] = [node for node in tree.body if isinstance(node, ast.If)]
    return {
        alias.asname or alias.name: node.module or ""
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def test_the_names_are_sorted_and_each_is_there() -> None:
    assert productops.__all__ == sorted(productops.__all__)
    assert productops.__all__ == sorted(productops._HOMES)
    assert len(set(productops.__all__)) == len(productops.__all__)


@pytest.mark.parametrize("name", productops.__all__)
def test_a_name_is_what_its_home_defines(name: str) -> None:
    value = getattr(productops, name)
    home = importlib.import_module(productops._HOMES[name])
    if value is home:
        assert productops._HOMES[name] == f"productops.{name}"
    else:
        assert value is getattr(home, name)
        assert getattr(value, "__module__", home.__name__) == home.__name__
        assert value.__doc__


def test_type_checkers_see_the_same_names_from_the_same_homes() -> None:
    modules = {f"productops.{name}": "productops" for name in productops._HOMES}  # a name that is a module itself
    homes = {name: modules.get(home, home) for name, home in productops._HOMES.items()}
    assert typed_imports() == homes


def test_the_first_lines_a_user_tries() -> None:
    from productops import RoadmapItem, demo, rice

    score = rice(reach=360, impact=2, confidence=0.8, effort=3, period="quarter")
    assert score.value == 192
    assert (str(score), repr(score)) == (
        "rice per quarter 192 (reach 360, impact 2, confidence 0.8, effort 3)",
        "<Score rice 192>",
    )
    assert str(rice(reach=None, impact=2, confidence=0.8, effort=3, period="quarter")).startswith(
        "no rice per quarter ("
    )
    assert repr(RoadmapItem(id="item_1", title="CSV export")) == "<RoadmapItem item_1 'CSV export'>"
    assert demo.company().name == "Havn & Fjord"


def test_dir_shows_them() -> None:
    assert set(productops.__all__) <= set(dir(productops))
    assert dir(productops) == sorted(dir(productops))


def test_star_import_gives_exactly_the_names() -> None:
    space: dict[str, object] = {}
    exec("from productops import *", space)
    assert sorted(set(space) - {"__builtins__"}) == productops.__all__


def test_an_unknown_name_is_an_attribute_error_and_import_error() -> None:
    with pytest.raises(AttributeError, match="'productops' has no attribute 'Synk'"):
        productops.Synk  # noqa: B018  asking is the test
    with pytest.raises(ImportError):
        exec("from productops import Synk")


def test_the_version_is_text() -> None:
    assert productops.__version__.count(".") == 2


def loaded_after(code: str) -> set[str]:
    """Return the modules that a fresh interpreter holds after running the code."""
    program = f"{code}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    paths = [str(SOURCE.parents[1]), *sys.path]
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {paths[:1]!r}\n{program}"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(json.loads(done.stdout))


def test_importing_the_library_loads_nothing_heavy() -> None:
    loaded = loaded_after("import productops, productops.connectors; dir(productops)")
    assert not loaded & set(HEAVY)
    assert {name for name in loaded if name.startswith("productops.")} == {"productops.connectors"}


def test_mapping_a_collection_loads_no_client_and_no_database() -> None:
    loaded = loaded_after(
        "from productops import Mapping, People, RoadmapItem, choice\nfrom productops.connectors import Memory"
    )
    assert not loaded & set(HEAVY)
