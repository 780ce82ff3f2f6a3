"""Initiatives: baselines before starts, hours counted once, phases with a way in and out."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from productops.model.initiative import (
    HoursClaim,
    Initiative,
    IntegrationPhase,
    Measurement,
    Sponsor,
    current_phase,
    double_counted,
    lint_initiative,
    lint_phases,
)
from productops.model.timebox import TimeBucket

DAY = date(2026, 9, 1)
LATER = date(2027, 3, 1)


def hours(value, on):
    return Measurement(value=value, unit="h/week", on=on)


def made(**fields):
    full = {
        "name": "Templates", "pillar": "process_and_practices", "sponsor_id": "spon_1", "hypothesis": "less typing",
        "baseline": hours(6, DAY - timedelta(days=7)), "started_on": DAY, "lag_days": 30,
        "measured": hours(2.5, DAY + timedelta(days=60)),
    }  # fmt: skip
    return Initiative(**{**full, **fields})


def rules(**fields):
    return [finding.rule for finding in lint_initiative(made(**fields), as_of=LATER)]


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({}, []),
        ({"baseline": None}, ["baseline"]),
        ({"baseline": hours(6, DAY)}, ["baseline"]),
        ({"baseline": hours(6, LATER + timedelta(days=9))}, ["baseline"]),
        ({"pillar": "unknown", "sponsor_id": None, "hypothesis": " "}, ["pillar", "sponsor", "hypothesis"]),
        ({"lag_days": None}, ["lag"]),
        ({"lag_days": 61}, ["lag"]),
        ({"lag_days": 60}, []),
        ({"started_on": None}, ["start"]),
        ({"baseline": Measurement(value=6, unit="min", on=DAY - timedelta(days=1))}, ["unit"]),
        ({"measured": None}, []),
        ({"measured": None, "impact_class": "outcome"}, ["measured"]),
    ],
)
def test_what_makes_an_impact_doubtful(fields, found):
    assert rules(**fields) == found


def test_no_baseline_is_said_differently_before_and_after_the_start():
    item = made(baseline=None)
    early, late = (lint_initiative(item, as_of=day)[0].message for day in (DAY - timedelta(days=1), DAY))
    assert early == "Templates has no baseline yet: measure first"
    assert late == "Templates started without a baseline: measure first"


def claim(period, hours_per_week=2.0, group="team_a", category="task_reports", part=None):
    return HoursClaim(category_id=category, group=group, hours_per_week=hours_per_week, period=period, part=part)


Q3, Q4 = TimeBucket.quarter(2026, 3), TimeBucket.quarter(2026, 4)
HALF = TimeBucket.half(2026, 2)


def test_the_same_hour_in_two_initiatives_is_flagged():
    one = Initiative(id="init_1", name="One", claims=(claim(Q3),))
    two = Initiative(id="init_2", name="Two", claims=(claim(HALF, 3), claim(Q4, group="team_b")))
    (found,) = double_counted([two, one])
    assert (found.first_id, found.second_id, found.hours_per_week) == ("init_1", "init_2", 2)
    assert (found.start, found.end) == (date(2026, 7, 1), date(2026, 9, 30))


@pytest.mark.parametrize(
    ("other", "flagged"),
    [
        (claim(Q3), True),
        (claim(TimeBucket.span(date(2026, 9, 30), None)), True),
        (claim(Q4), False),
        (claim(Q3, group="team_b"), False),
        (claim(Q3, category="task_notes"), False),
        (claim(Q3, 0), False),
        (claim(Q3, part="weekly report"), True),
    ],
)
def test_what_counts_as_the_same_hour(other, flagged):
    items = [Initiative(id=f"init_{n}", name="N", claims=(c,)) for n, c in enumerate((claim(Q3), other))]
    assert bool(double_counted(items)) is flagged


def test_claims_on_different_parts_are_different_hours():
    claims = (claim(Q3, part="weekly report"), claim(Q3, part="board report"))
    assert double_counted([Initiative(name="N", claims=claims)]) == ()


claims = st.builds(
    claim,
    st.builds(TimeBucket.quarter, st.just(2026), st.integers(1, 4)),
    st.integers(1, 5),
    st.sampled_from("ab"),
    st.sampled_from("xy"),
)


@settings(max_examples=50, deadline=None)
@given(st.lists(claims, max_size=6))
def test_quarters_clash_exactly_when_they_are_the_same(found):
    items = [Initiative(id=f"init_{n}", name="N", claims=(c,)) for n, c in enumerate(found)]
    keys = [(c.category_id, c.group, c.period) for c in found]
    pairs = sum(keys[i] == keys[j] for i in range(len(keys)) for j in range(i))
    assert len(double_counted(items)) == len(double_counted(items[::-1])) == pairs


def test_phases_have_an_order_a_way_out_and_a_first_win():
    good = [
        IntegrationPhase(
            order=1, goal="List tasks", exit=("list agreed",), quick_win="one report less", entered_on=DAY
        ),
        IntegrationPhase(order=2, goal="Sponsor", entry=("list agreed",), exit=("sponsor named",)),
    ]
    assert lint_phases(good) == ()
    assert current_phase(good, as_of=DAY).goal == "List tasks"
    assert current_phase(good, as_of=DAY - timedelta(days=1)) is None
    bad = [IntegrationPhase(order=1, goal="Go"), IntegrationPhase(order=3, goal="Grow", exit=("grown",))]
    assert [finding.rule for finding in lint_phases(bad)] == ["order", "exit", "entry", "quick_win"]
    with pytest.raises(ValueError, match="left after it was entered"):
        IntegrationPhase(order=1, goal="Go", left_on=DAY)


def test_a_sponsor_says_what_success_is():
    sponsor = Sponsor(person={"name": "Bo Example"}, review_cadence="quarterly", success_criteria=("a list",))
    assert str(sponsor.review_cadence) == "quarterly"
    assert Sponsor.model_validate_json(sponsor.model_dump_json()) == sponsor
