"""Without the extra the room says which one, and the rest of the library works."""

from __future__ import annotations

import importlib
import importlib.util
import sys

import pytest

from productops.cli.app import run
from productops.errors import MissingExtraError


@pytest.fixture
def without_numpy(monkeypatch):
    known = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "numpy" else known(name))
    for name in [name for name in sys.modules if name.startswith("productops.insights")]:
        monkeypatch.delitem(sys.modules, name)


def test_the_extra_is_named(without_numpy):
    with pytest.raises(MissingExtraError, match=r'without numpy.*pip install "productops\[insights\]"'):
        importlib.import_module("productops.insights.duplicates")


def test_the_command_says_so_and_ends_with_what_the_user_must_do(without_numpy, capsys):
    assert run(["insights", "evaluate", "--task", "routing"]) == 2
    assert 'pip install "productops[insights]"' in capsys.readouterr().err
