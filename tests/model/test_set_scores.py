"""Scores over a whole set: min-max, MoSCoW shares and the WSJF table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from productops.model.scores import rank, wsjf
from productops.model.set_scores import min_max, min_max_scores, moscow_share, wsjf_lint

numbers = st.dictionaries(st.text("abc", min_size=1), st.floats(-1000, 1000), min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("given_numbers", "expected"),
    [([6, 3, 2], [100, 50, 33]), ([5, 1, -5], [100, 60, 0]), ([-5, -2, -1], [0, 75, 100]), ([0, 0], [0, 0])],
)
def test_min_max_worked_numbers(given_numbers, expected):
    """Weighted scores in Jira Product Discovery; numbers from the project's domain notes, formulas."""
    assert [round(x) for x in min_max(dict(enumerate(given_numbers))).values()] == expected


@given(numbers)
def test_min_max_keeps_the_order_and_its_limits(some):
    scaled = min_max(some)
    assert all(0 <= x <= 100 for x in scaled.values())
    for a in some:
        for b in some:
            assert some[a] > some[b] or scaled[a] <= scaled[b]


def test_one_field_alone_is_its_min_max_and_the_population_is_named():
    rows = {"a": {"v": 6}, "b": {"v": 3}, "c": {"v": 2}}
    scores = min_max_scores(rows, {"v": 2})
    assert [round(score.value) for score in scores.values()] == [100, 50, 33]
    more = min_max_scores({**rows, "d": {"v": 12}}, {"v": 2})
    assert round(more["a"].value) == 50
    with pytest.raises(ValueError, match="population"):
        rank({"a": scores["a"], "d": more["d"]})
    assert [entry.id for entry in rank(scores)] == ["a", "b", "c"]


def test_hindering_fields_lower_a_score_and_missing_ones_leave_none():
    rows = {"cheap": {"v": 5, "cost": 1}, "dear": {"v": 5, "cost": 9}, "new": {"v": 9}}
    scores = min_max_scores(rows, {"v": 1, "cost": -1})
    assert scores["cheap"].value > scores["dear"].value
    assert scores["new"].value is None
    assert "cost is missing" in scores["new"].warnings[0]
    with pytest.raises(ValueError, match="above zero"):
        min_max_scores(rows, {"cost": -1})


def test_moscow_worked_number():
    """Must 70, Should 25, Could 15 gives 63.6 %: DSDM's limit; the project's domain notes, formulas."""
    items = {"a": ("must", 70), "b": ("should", 25), "c": ("could", 15), "d": ("wont", 500)}
    share = moscow_share(items)
    assert share.value == pytest.approx(0.636, abs=0.0005)
    assert "63.6%" in share.warnings[0]
    assert moscow_share(items, limit=0.7).warnings == ()


def test_moscow_without_effort_is_no_share():
    assert moscow_share({"a": ("must", None), "b": ("could", 1)}).value is None
    assert moscow_share({"a": ("must", 1), "b": ("wont", None)}).value == 1
    assert moscow_share({}).warnings
    with pytest.raises(ValueError, match="use one of: must"):
        moscow_share({"a": ("maybe", 1)})


def test_each_column_of_a_wsjf_table_needs_a_one():
    """SAFe's relative estimates; the project's domain notes, formulas."""
    table = {"a": wsjf(1, 2, 3, 5), "b": wsjf(3, 1, 2, 8)}
    assert [warning.split()[6].rstrip(":") for warning in wsjf_lint(table)] == ["risk_opportunity", "job_size"]
    assert wsjf_lint({"a": wsjf(1, 1, 1, 1)}) == wsjf_lint({}) == []
