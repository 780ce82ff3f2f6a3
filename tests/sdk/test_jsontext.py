"""The JSON of states and plans: what goes in comes out, and what the standard library reads is read alike."""

import json
import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from productops.sdk.jsontext import dumps, loads

LETTERS = st.text(st.characters(codec=None), max_size=8)  # halves of surrogate pairs as well
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | LETTERS
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(LETTERS, inner, max_size=4))


@given(VALUES)
@example({"title": "\ud83d", "votes": -(2**80), "share": math.inf})
def test_what_goes_in_comes_out(value):
    text = dumps(value)
    assert loads(text) == value
    assert "\n" not in text, "one line each"


def test_what_is_no_number_stays_so():
    assert math.isnan(loads(dumps([math.nan]))[0])


@given(VALUES)
def test_the_standard_library_reads_the_same(value):
    assert json.loads(dumps(value)) == value
    assert loads(json.dumps(value)) == value


@pytest.mark.parametrize("text", ["", "{", "[1,]", "nul", "\x00", "[" * 100_000])
def test_anything_else_is_a_value_error(text):
    with pytest.raises(ValueError, match=r"."):
        loads(text)
