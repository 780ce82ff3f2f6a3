"""The public names: complete, sorted, and loaded only when they are used."""

import subprocess
import sys

import pytest

import productops

HEAVY = {"httpx", "jinja2", "jira", "notion_client", "pyairtable", "requests", "rich", "sqlalchemy", "typer", "yaml"}


def test_the_names_are_sorted_and_not_too_many():
    assert productops.__all__ == sorted(productops.__all__)
    assert set(productops.__all__) <= set(dir(productops))
    assert len(productops.__all__) <= 35


@pytest.mark.parametrize("name", productops.__all__)
def test_each_name_is_there(name):
    assert getattr(productops, name).__name__ == name


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'Nonsense'"):
        _ = productops.Nonsense


def test_importing_loads_nothing_heavy():
    code = f"import sys, productops; print(sorted({HEAVY!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
