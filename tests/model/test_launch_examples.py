"""The examples in the docstrings of launches and canvases run."""

import doctest
from importlib import import_module

import pytest

MODULES = {
    "agenda": 1,
    "assessment": 1,
    "burnup": 0,
    "canvas": 2,
    "canvas_trend": 0,
    "checklist": 1,
    "checklist_template": 1,
    "closing": 0,
    "collisions": 1,
    "decision": 1,
    "dependencies": 2,
    "identity": 1,
    "launch": 1,
    "launch_dates": 1,
    "launch_report": 0,
    "launch_status": 0,
    "levels": 2,
    "rag": 2,
    "readiness": 1,
    "replan": 0,
    "transitions": 1,
    "waiver": 2,
    "whole": 1,
}


@pytest.mark.parametrize(("name", "least"), MODULES.items())
def test_examples(name, least):
    module = import_module(f"productops.model.{name}")
    tests = [test for test in doctest.DocTestFinder().find(module) if test.examples]
    assert len(tests) >= least
    assert doctest.testmod(module).failed == 0
