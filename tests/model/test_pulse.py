"""Pulse surveys and alignment."""

import doctest
from datetime import date
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from productops.model import alignment as module
from productops.model.alignment import agreement
from productops.model.pulse import PulseAnswer, PulseItem, PulseSurvey, compare_pulses, pulse_report

CLEAR = PulseItem(key="clear", text="I know what comes first.")
HEARD = PulseItem(key="heard", text="Feedback reaches me.")


def made(ratings, on=date(2026, 9, 1), invited=10, items=(CLEAR, HEARD)):
    answers = [PulseAnswer(respondent=who, ratings={"clear": rating}) for who, rating in ratings.items()]
    return PulseSurvey(name="Pulse", held_on=on, invited=invited, items=items, answers=answers)


def test_examples_run():
    assert doctest.testmod(module) == (0, 1)


def test_a_report_says_how_many_and_how_wide():
    report = pulse_report(made({"a": 5, "b": 4, "c": 2, "d": 4}))
    clear, heard = report.rows
    assert str(clear.spread) == "median 4, 2 to 5 (n=4)"
    assert str(clear.top_2_box) == "3 of 4 (75 %)"
    assert clear.warnings == ("only 4 ratings: not enough to build on",)
    assert str(report.response) == "4 of 10 (40 %)"
    assert (heard.spread, heard.top_2_box.value) == (None, None)
    assert report.to_dicts()[0]["response_rate"] == 0.4
    assert report.to_dicts()[1]["median"] is None
    assert str(report).splitlines() == [
        "answered 4 of 10 (40 %)",
        "I know what comes first. median 4, 2 to 5 (n=4), 4 or 5: 3 of 4 (75 %)",
        "Feedback reaches me. no ratings, 4 or 5: 0 of 0 (no share)",
    ]


def test_a_comparison_needs_the_same_five_and_the_same_words():
    before = made(dict.fromkeys("abcde", 3))
    later = date(2026, 12, 1)
    assert compare_pulses(before, made(dict.fromkeys("abcde", 4), later))["clear"].change == 1
    assert not compare_pulses(before, made(dict.fromkeys("abcdf", 4), later))["clear"].claim
    assert not compare_pulses(before, made(dict.fromkeys("abcdf", 4), later), panel=True)["clear"].claim
    reworded = made(dict.fromkeys("abcde", 4), later, items=(PulseItem(key="clear", text="All is clear."),))
    assert compare_pulses(before, reworded) == {}
    with pytest.raises(ValueError, match="is not after"):
        compare_pulses(before, before)


@pytest.mark.parametrize(
    ("answers", "invited", "message"),
    [
        ([("a", "clear", 5), ("a", "clear", 4)], 5, "answered twice"),
        ([("a", "clear", 5), ("b", "clear", 4)], 1, "2 answers to 1 invitations"),
        ([("a", "other", 5)], 5, "not asked: other"),
        ([("a", "clear", 6)], 5, "less than or equal to 5"),
        ([("a", "clear", 0)], 5, "greater than or equal to 1"),
    ],
)
def test_answers_that_make_counts_lie_are_refused(answers, invited, message):
    with pytest.raises(ValueError, match=message):
        PulseSurvey(
            name="P", held_on=date(2026, 9, 1), invited=invited, items=[CLEAR],
            answers=[{"respondent": who, "ratings": {key: rating}} for who, key, rating in answers],
        )  # fmt: skip


def test_half_an_agreement():
    """{a,b,c} vs {a,b,d} -> 2/4 = 0.5: the project's domain notes, impact."""
    result = agreement({"ada": ["a", "b", "c", "z"], "bo": ["d", "b", "a"]})
    assert (result.value, result.pairs) == (0.5, 1)
    assert result.named_by == {"a": 2, "b": 2, "c": 1, "d": 1}


def test_silence_is_no_agreement():
    result = agreement({"ada": ["a"], "bo": []})
    assert result.value is None
    assert result.warnings == ("1 people named no priority", "some named fewer than 3 priorities")
    assert agreement({}).value is None


@settings(max_examples=50, deadline=None)
@given(
    st.dictionaries(st.sampled_from("pqrst"), st.lists(st.sampled_from("abcdef"), min_size=1, max_size=4, unique=True))
)
def test_agreement_is_a_mean_of_overlaps(priorities):
    result = agreement(priorities)
    if len(priorities) < 2:
        assert result.value is None
        return
    assert 0 <= result.value <= 1
    tops = [set(named[:3]) for named in priorities.values()]
    assert (result.value == pytest.approx(1)) == all(one == other for one, other in combinations(tops, 2))
    assert result.pairs == len(tops) * (len(tops) - 1) // 2
