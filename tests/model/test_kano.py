"""Kano's table and coefficients."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from productops.model.kano import Answer, Category, kano, kano_category

TABLE = """
like      Q A A A O
must      R I I I M
neutral   R I I I M
live_with R I I I M
dislike   R R R R Q
"""


@pytest.mark.parametrize("row", TABLE.strip().splitlines())
def test_the_table_of_five_by_five(row):
    """Kano's evaluation table; the project's domain notes, formulas."""
    present, *cells = row.split()
    assert [kano_category(present, absent).value for absent in Answer] == cells


def test_worked_coefficients():
    """A30 O40 M20 I10 gives 0.70 and -0.60: the project's domain notes, formulas."""
    result = kano([Category(letter) for letter in "A" * 30 + "O" * 40 + "M" * 20 + "I" * 10 + "RQ"])
    assert (result.better, result.worse, result.category) == (0.7, -0.6, Category.ONE_DIMENSIONAL)
    assert "2 reversed" in result.warnings[0]


def test_ties_and_nothing_to_count():
    assert kano([Category("I"), Category("A"), Category("O"), Category("M")]).category is Category.MUST_BE
    empty = kano([Category("R"), Category("Q")])
    assert (empty.category, empty.better, empty.worse, len(empty.warnings)) == (None, None, None, 2)


@given(st.lists(st.sampled_from(Category)))
def test_coefficients_stay_in_range_and_ignore_r_and_q(categories):
    result = kano(categories)
    if result.better is not None:
        assert 0 <= result.better <= 1
        assert -1 <= result.worse <= 0
    more = kano([*categories, Category("R"), Category("Q")])
    assert (more.better, more.worse) == (result.better, result.worse)
