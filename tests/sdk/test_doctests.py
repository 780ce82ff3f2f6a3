"""Every example in the sdk's docstrings runs."""

import doctest
import importlib
import pkgutil

import pytest

from productops import sdk

MODULES = sorted(
    {"productops.connectors.memory", *(found.name for found in pkgutil.walk_packages(sdk.__path__, "productops.sdk."))}
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples() -> None:
    tried = sum(doctest.testmod(importlib.import_module(name)).attempted for name in MODULES)
    assert tried >= 20
