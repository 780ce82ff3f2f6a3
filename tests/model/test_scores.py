"""Worked numbers of the methods, their refusals, and the laws of ranking."""

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from productops.model.scores import Score, ice, opportunity, rank, rice, weighted_scorecard, wsjf

positive = st.floats(0.5, 1000)
tens = st.floats(1, 10)


def test_rice_worked_number():
    """RICE as published by Intercom; the number is from the project's domain notes, formulas."""
    score = rice(reach=360, impact=2, confidence=0.8, effort=3, period="quarter")
    assert (score.value, score.warnings, score.period) == (192, (), "quarter")
    assert Score.model_validate_json(score.model_dump_json()) == score


def test_rice_says_how_to_write_a_confidence():
    with pytest.raises(ValueError, match=r"write 0\.8 instead of 80"):
        rice(360, 2, 80, 3, period="quarter")


@pytest.mark.parametrize(
    "bad", [{"effort": 0}, {"reach": -1}, {"confidence": -0.1}, {"reach": math.nan}, {"period": " "}]
)
def test_rice_refuses_what_has_no_meaning(bad):
    with pytest.raises(ValueError, match=r".+"):
        rice(**{"reach": 1, "impact": 1, "confidence": 1, "effort": 1, "period": "month", **bad})


def test_a_real_zero_is_zero_and_odd_inputs_warn():
    assert rice(0, 1, 1, 1, period="month").value == 0
    assert len(rice(1, 1.5, 0.4, 0.1, period="month").warnings) == 3


@pytest.mark.parametrize("hole", ["reach", "impact", "confidence", "effort"])
def test_a_missing_input_is_none_and_a_warning(hole):
    score = rice(**{"reach": 0, "impact": 1, "confidence": 1, "effort": 1, "period": "month", hole: None})
    assert score.value is None
    assert hole in score.warnings[0]


def test_missing_inputs_of_the_other_methods():
    for score in (
        ice(1, None, 1),
        wsjf(1, 1, None, 1),
        opportunity(None, 1),
        weighted_scorecard({"a": None}, {"a": 1, "b": 1}, scale=(1, 5)),
    ):
        assert score.value is None
        assert "missing" in score.warnings[0]


@given(positive, positive, st.floats(0, 1), positive, st.floats(1.1, 10))
def test_rice_scales_with_reach_and_against_effort(reach, impact, confidence, effort, factor):
    plain = rice(reach, impact, confidence, effort, period="q").value
    assert rice(reach * factor, impact, confidence, effort, period="q").value == pytest.approx(plain * factor)
    assert rice(reach, impact, confidence, effort * factor, period="q").value == pytest.approx(plain / factor)


def test_ice_worked_numbers_and_the_flip():
    """ICE's two variants; numbers from the project's domain notes, formulas."""
    assert [ice(8, 6, 7, variant=v).value for v in ("product", "mean")] == [336, 7]
    assert [ice(10, 1, 10, variant=v).value for v in ("product", "mean")] == [100, 7]
    assert [ice(5, 5, 5, variant=v).value for v in ("product", "mean")] == [125, 5]
    with pytest.raises(ValueError, match="method"):
        rank({"a": ice(5, 5, 5), "b": ice(5, 5, 5, variant="mean")})
    with pytest.raises(ValueError, match="variant"):
        ice(1, 1, 1, variant="effort")
    with pytest.raises(ValueError, match="impact is from 1 to 10"):
        ice(11, 1, 1)


@given(tens, tens, tens)
def test_ice_does_not_depend_on_the_order_of_factors(a, b, c):
    for variant in ("product", "mean"):
        assert ice(a, b, c, variant=variant).value == pytest.approx(ice(c, a, b, variant=variant).value)


@pytest.mark.parametrize(("inputs", "value"), [((3, 13, 8, 5), 4.8), ((8, 3, 2, 3), 4.333), ((5, 2, 1, 8), 1.0)])
def test_wsjf_worked_numbers(inputs, value):
    """WSJF as SAFe defines it; numbers from the project's domain notes, formulas."""
    score = wsjf(*inputs)
    assert score.value == pytest.approx(value, abs=0.0005)
    assert score.warnings == ()


def test_wsjf_outside_the_series_warns_and_size_zero_is_refused():
    assert "job_size 4" in wsjf(1, 1, 1, 4).warnings[0]
    with pytest.raises(ValueError, match="job_size"):
        wsjf(1, 1, 1, 0)


@pytest.mark.parametrize(("importance", "satisfaction", "value"), [(8.5, 4, 13.0), (6, 9, 6)])
def test_opportunity_worked_numbers(importance, satisfaction, value):
    """Ulwick's opportunity score; numbers from the project's domain notes, formulas."""
    assert opportunity(importance, satisfaction).value == value


@given(st.floats(0, 10), st.floats(0, 10))
def test_opportunity_lies_between_importance_and_twenty(importance, satisfaction):
    assert importance <= opportunity(importance, satisfaction).value <= 20


def test_weighted_scorecard_worked_number():
    """Weights 2, 1 and ratings 4, 1 give 3.0: the project's domain notes, formulas."""
    assert weighted_scorecard({"a": 4, "b": 1}, {"a": 2, "b": 1}, scale=(1, 5)).value == 3
    with pytest.raises(ValueError, match="sum to zero"):
        weighted_scorecard({"a": 4}, {"a": 0}, scale=(1, 5))
    with pytest.raises(ValueError, match="no weight for b"):
        weighted_scorecard({"b": 4}, {"a": 1}, scale=(1, 5))
    with pytest.raises(ValueError, match="from 1 to 5"):
        weighted_scorecard({"a": 6}, {"a": 1}, scale=(1, 5))


@given(st.dictionaries(st.sampled_from("abcd"), st.tuples(st.floats(1, 5), st.floats(0.1, 9)), min_size=1))
def test_a_weighted_mean_lies_among_its_ratings(pairs):
    ratings = {key: rating for key, (rating, _) in pairs.items()}
    value = weighted_scorecard(ratings, {key: weight for key, (_, weight) in pairs.items()}, scale=(1, 5)).value
    assert min(ratings.values()) - 1e-9 <= value <= max(ratings.values()) + 1e-9


values = st.dictionaries(st.text("abc", min_size=1), st.none() | st.integers(-3, 3), max_size=10)


@settings(max_examples=150)
@given(values, st.randoms())
def test_the_laws_of_ranking(numbers, random):
    scores = {key: Score(value=number, method="m") for key, number in numbers.items()}
    shuffled = list(scores.items())
    random.shuffle(shuffled)
    ranked = rank(dict(shuffled))
    assert ranked == rank(scores)
    assert sorted(r.id for r in ranked) == sorted(numbers)
    for place, entry in enumerate(ranked):
        number = numbers[entry.id]
        if number is None:
            assert entry.rank is None
            assert all(later.score.value is None for later in ranked[place:])
        else:
            assert entry.rank == 1 + sum(other is not None and other > number for other in numbers.values())
    for one, two in itertools.pairwise(ranked):
        if one.score.value == two.score.value:
            assert one.id < two.id


def test_scores_that_cannot_be_compared_are_not_ranked():
    with pytest.raises(ValueError, match="period"):
        rank({"a": rice(1, 1, 1, 1, period="month"), "b": rice(1, 1, 1, 1, period="quarter")})
    with pytest.raises(ValueError, match="population"):
        rank({"a": Score(value=1, method="m", population="x"), "b": Score(value=1, method="m", population="y")})


def test_a_number_written_as_text_is_named():
    with pytest.raises(TypeError, match="reach is the text '360': write a number"):
        rice(reach="360", impact=2, confidence=0.8, effort=3, period="quarter")
