"""The inventory of tasks, and which changes in time may be claimed."""

import doctest
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from productops.model import spread
from productops.model.spread import Spread, before_after
from productops.model.time_use import TaskCategory, TimeSample, compare_time, task_inventory
from productops.model.timebox import TimeBucket

WEEK = TimeBucket.week(2026, 40)
NEXT = TimeBucket.week(2026, 41)
AS_OF = date(2026, 10, 31)
REPORTS = TaskCategory(id="task_reports", name="Status reports", takeover_share=0.5)
TRADE = TaskCategory(id="task_trade", name="Trade-offs", core=True, takeover_share=0.9)
NOTES = TaskCategory(id="task_notes", name="Sorting notes")


def sample(category, minutes, who=None, period=WEEK, method="log", **fields):
    person = {"email": f"{who}@example.com"} if who else None
    return TimeSample(category_id=category.id, minutes=minutes, period=period, method=method, person=person, **fields)


def test_examples_run():
    assert doctest.testmod(spread) == (0, 2)


def test_what_eats_the_hours_and_what_comes_back():
    samples = [
        sample(REPORTS, 300, "ada"),
        sample(REPORTS, 180, "bo"),
        sample(TRADE, 120, "ada"),
        sample(REPORTS, 9999, "ada", period=TimeBucket.week(2026, 50)),
    ]
    inventory = task_inventory([TRADE, NOTES, REPORTS], samples, pms=12, as_of=AS_OF, min_n=2)
    assert [(row.name, row.hours_per_pm, row.hours_all, row.give_back) for row in inventory.rows] == [
        ("Status reports", 4, 48, 24),
        ("Trade-offs", 2, 24, 0),
        ("Sorting notes", None, None, None),
    ]
    assert (inventory.hours_all, inventory.give_back, inventory.unknown) == (72, 24, ("Sorting notes",))
    assert inventory.rows[0].spread == Spread(n=2, median=4, low=3, high=5)
    assert inventory.rows[1].warnings == ("only 1 of at least 2 people behind it",)
    assert inventory.rows[2].warnings == ("no sample", "nobody has judged how much could be taken over")
    assert "Sorting notes: unknown h/week" in str(inventory)
    assert inventory.to_dicts()[0]["category_id"] == "task_reports"


def test_a_month_is_not_a_week_and_pooled_people_weigh_what_they_are():
    month = TimeBucket.span(date(2026, 9, 1), date(2026, 9, 28))
    samples = [sample(REPORTS, 960, "ada", period=month), sample(REPORTS, 120, method="survey", n=3)]
    row = task_inventory([REPORTS], samples, pms=1, as_of=AS_OF).rows[0]
    # Ada: 16 h in 4 weeks; three others: 2 h in one week each: (16 + 6) / (4 + 3).
    assert row.hours_per_pm == pytest.approx(22 / 7)
    assert (row.people, row.methods) == (4, ("log", "survey"))
    assert row.warnings[-1] == "methods are mixed: log, survey"


def test_samples_that_measure_nothing_are_refused():
    with pytest.raises(ValueError, match="needs a period with a start and an end"):
        sample(REPORTS, 10, "ada", period=TimeBucket.span(date(2026, 9, 1), None))
    with pytest.raises(ValueError, match="a named person is one"):
        sample(REPORTS, 10, "ada", n=3)
    pooled = sample(REPORTS, 10, n=3)
    with pytest.raises(ValueError, match="a named person is one"):
        pooled.person = {"name": "Ada Muster"}
    assert pooled.person is None


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 900)), max_size=8), st.integers(0, 20))
def test_give_back_never_exceeds_the_hours(rows, pms):
    inventory = task_inventory(
        [REPORTS, TRADE, NOTES], [sample(REPORTS, minutes, who) for who, minutes in rows], pms=pms, as_of=AS_OF
    )
    assert 0 <= inventory.give_back <= inventory.hours_all
    if rows:
        assert inventory.hours_all == pytest.approx(sum(m for _, m in rows) / len(rows) / 60 * pms)


FIVE = dict.fromkeys("abcde", 6.0)


def test_a_change_of_the_same_five_may_be_claimed():
    result = before_after(FIVE, {**dict.fromkeys("abcde", 2.5)})
    assert result.claim
    assert (result.change, result.in_common) == (-3.5, 5)


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (dict.fromkeys("abcd", 6), dict.fromkeys("abcd", 2), "4 respondents before, and 5 are needed"),
        (FIVE, dict.fromkeys("abcdf", 2), "the respondents differ: 4 answered both times, 2 only once"),
        (FIVE, dict.fromkeys("abcdef", 2), "the respondents differ: 5 answered both times, 1 only once"),
        ({}, {}, "0 respondents before, and 5 are needed"),
    ],
)
def test_no_claim_with_few_or_different_respondents(before, after, reason):
    result = before_after(before, after)
    assert not result.claim
    assert result.change is None
    assert reason in result.reasons


answers = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 5))


@settings(max_examples=50, deadline=None)
@given(answers, answers, st.booleans())
def test_a_claim_needs_five_who_are_the_same(before, after, panel):
    result = before_after(before, after, panel=panel)
    both = before.keys() & after.keys()
    assert result.claim == (len(both) >= 5 and (panel or before.keys() == after.keys()))
    assert result.in_common == len(both)
    if result.claim:
        assert before_after(after, before, panel=panel).change == -result.change


def test_a_panel_says_whom_it_leaves_out():
    result = before_after({**FIVE, "z": 1.0}, FIVE, panel=True)
    assert (result.change, result.before.n) == (0, 5)
    assert result.warnings == ("1 who answered only once are left out",)


def test_time_before_and_after_by_person():
    before = [sample(REPORTS, 360, who) for who in "abcde"] + [sample(NOTES, 1, "a")]
    after = [sample(REPORTS, 150, who, period=NEXT) for who in "abcde"]
    assert compare_time(before, after, "task_reports").change == -3.5
    asked = [sample(REPORTS, 150, who, period=NEXT, method="survey") for who in "abcde"]
    assert compare_time(before, asked, "task_reports").reasons == ("the methods differ",)
    pooled = compare_time([sample(REPORTS, 360, n=9)], after, "task_reports")
    assert not pooled.claim
    assert pooled.warnings == ("9 unnamed people are left out",)
