"""The examples in the docstrings run."""

import doctest
import importlib

import pytest

NAMES = [
    "audience",
    "business_hours",
    "closure",
    "dedupe",
    "demand",
    "evidence",
    "feedback",
    "feedback_states",
    "forget",
    "people",
    "roadmap",
    "roadmap_diff",
    "roadmap_measures",
    "sla",
]


@pytest.mark.parametrize("name", NAMES)
def test_examples(name):
    assert doctest.testmod(importlib.import_module(f"productops.model.{name}")).failed == 0
