"""The worked business case, and the laws every case keeps."""

import doctest
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from productops.model import business_case as module
from productops.model.business_case import (
    CAPACITY_NOTE,
    BusinessCase,
    CapacityBenefit,
    CashBenefit,
    Cost,
    Realisation,
    evaluate,
    hours_saved,
)


def made(**fields):
    full = {
        "name": "Case", "currency": "EUR", "assumptions": ("46 working weeks",),
        "costs": (Cost(title="Setup", amount=92_000),),
        "capacity": (CapacityBenefit(title="Reports", before=6, after="2.5", people=12, weeks=46, hourly_rate=75),),
    }  # fmt: skip
    return BusinessCase(**{**full, **fields})


def test_examples_run():
    assert doctest.testmod(module) == (0, 1)


def test_the_worked_case():
    """1,932 h; 144,900; net 52,900; ROI 57.5 %; payback 7.6 months; at 0.6 net -5,060: the domain notes, impact."""
    result = evaluate(made())
    high, low = result.high, result.low
    assert (high.hours, high.capacity_value, high.net) == (1932, 144_900, 52_900)
    assert high.roi == pytest.approx(0.575, abs=0.0001)
    assert round(high.payback_months, 1) == 7.6
    assert (low.hours, low.capacity_value, low.net) == (Decimal("1159.2"), 86_940, -5060)
    assert low.roi < 0
    assert low.payback_months > 12
    assert (result.base.realisation, result.base.net) == (Decimal("0.8"), 23_920)
    assert result.note == CAPACITY_NOTE
    assert "capacity, not cash" in str(result)
    assert [row["level"] for row in result.to_dicts()] == ["low", "base", "high"]
    assert result.warnings == ()


def test_running_costs_delay_the_payback():
    result = evaluate(made(costs=(Cost(title="Setup", amount=6000), Cost(title="Seat", amount=1000, every="month"))))
    assert result.high.cost == 18_000
    assert result.high.payback_months == pytest.approx(6000 / (12_075 - 1000))
    assert result.high.cumulative[0] == (0, 6000, 0)
    assert result.high.cumulative[12] == (12, 18_000, 144_900)
    dear = evaluate(made(costs=(Cost(title="Seat", amount=13_000, every="month"),)))
    assert dear.high.payback_months is None
    assert "never pays back" in str(dear)


def test_two_years_bring_twice_the_hours():
    assert evaluate(made(horizon_months=24)).high.hours == 3864


def test_a_case_without_costs_or_assumptions_says_so():
    result = evaluate(made(costs=(), assumptions=(), capacity=(), cash=(CashBenefit(title="Licence", amount=1200),)))
    assert result.warnings == ("no assumption is written down", "the case has no cost")
    assert result.high.roi is None
    assert (result.high.cash, result.high.capacity_value, result.high.hours) == (1200, 0, 0)


def test_a_loss_comes_true_in_full():
    slow = CapacityBenefit(title="Forms", before=1, after=2, people=1, weeks=40, hourly_rate=50)
    result = evaluate(made(capacity=(slow,)))
    assert result.low.hours == result.high.hours == -40
    assert result.warnings == ("slower than before: Forms",)


@pytest.mark.parametrize("levels", [("0.9", "0.8", "1"), ("0.1", "0.9", "0.8")])
def test_realisation_rises(levels):
    with pytest.raises(ValueError, match="rises from low to base to high"):
        Realisation(low=levels[0], base=levels[1], high=levels[2])


amount = st.integers(0, 100_000)
number = st.decimals(0, 50, places=1)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.builds(Cost, title=st.just("c"), amount=amount, every=st.sampled_from(["once", "month"])), max_size=3),
    st.lists(
        st.builds(
            CapacityBenefit, title=st.just("b"), before=number, after=number, people=number,
            weeks=st.integers(0, 52), hourly_rate=st.integers(0, 200),
        ),
        max_size=3,
    ),
    st.lists(st.builds(CashBenefit, title=st.just("x"), amount=st.integers(-5000, 5000)), max_size=2),
    st.sampled_from([3, 6, 12, 24, 36]),
)  # fmt: skip
def test_scenarios_are_ordered_and_add_up(costs, capacity, cash, months):
    result = evaluate(made(costs=costs, capacity=capacity, cash=cash, horizon_months=months))
    assert result.low.net <= result.base.net <= result.high.net
    for row in (result.low, result.base, result.high):
        assert row.net == row.capacity_value + row.cash - row.cost
        month, cost, value = row.cumulative[-1]
        assert (month, cost) == (months, row.cost)
        assert abs(value - row.value) < Decimal("1e-12")
        if row.payback_months is not None and row.payback_months <= months:
            assert row.net >= -Decimal("1e-6")


@settings(max_examples=50, deadline=None)
@given(number, number, number, st.integers(0, 52))
def test_hours_back_and_forth_cancel(before, after, people, weeks):
    assert hours_saved(before, after, people, weeks) == -hours_saved(after, before, people, weeks)
