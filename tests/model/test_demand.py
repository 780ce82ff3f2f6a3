"""Demand counts accounts and keeps revenue, pipeline and currencies apart."""

import math
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from productops.model.dedupe import merge
from productops.model.demand import demand, demand_table, group_by_target, group_notes
from productops.model.feedback import Feedback, Insight
from productops.model.money import Money, Rate, Rates
from productops.model.people import Account

DAY = date(2026, 9, 30)
RECEIVED = datetime(2026, 9, 1, tzinfo=UTC)
RATES = Rates(base="EUR", rates=[Rate(currency="USD", rate="0.8", on=date(2026, 9, 1))])


def note(account=None, person=None, **fields):
    requester = {"name": person} if person else None
    return Feedback(**{"text": "a", "received_at": RECEIVED, "account_id": account, "requester": requester, **fields})


def account(key, arr=None, **fields):
    basics = {"id": key, "name": key, "currency": "EUR", "status": "customer", "arr_as_of": DAY}
    return Account(**{**basics, "arr": arr, **fields})


A, B = account("A", 100_000), account("B", 20_000)
C = account("C", status="prospect", pipeline=50_000)
SEVEN = [note("A") for _ in range(5)] + [note("B"), note("C")]


def test_worked_numbers():
    """The project's domain notes, feedback loop, rules 1 and 2."""
    found = demand(SEVEN, [A, B, C], as_of=DAY)
    assert (found.mentions, found.accounts, found.people, found.anonymous) == (7, 3, 0, 0)
    assert (found.arr, found.pipeline) == (Money(amount=120_000, currency="EUR"), Money(amount=50_000, currency="EUR"))
    assert (found.customers, found.prospects, found.churned) == (2, 1, 0)
    assert found.weighted == pytest.approx(3.3265, abs=5e-5)
    assert found.warnings == ()


def test_people_count_where_there_is_no_account_and_the_logger_never():
    notes = [note(person="Ada"), note(person=" ada "), note(person="Bo", account="A"), note(logged_by={"name": "Cem"})]
    found = demand(notes, [A], as_of=DAY)
    assert (found.mentions, found.accounts, found.people, found.anonymous) == (4, 1, 1, 1)


def test_churned_and_prospects_stay_apart():
    gone = account("G", 9_000, status="churned")
    dreamed = account("P", 7_000, status="prospect")
    found = demand([note("G"), note("P"), note("A")], [gone, dreamed, A], as_of=DAY)
    assert (found.arr.amount, found.churned_arr.amount, found.pipeline) == (100_000, 9_000, None)
    assert found.weighted == pytest.approx(math.log10(101))


def test_what_is_not_known_is_said_and_never_zero():
    found = demand([note("A"), note("X")], [account("A")], as_of=DAY)
    assert (found.arr, found.weighted) == (None, None)
    assert any("1 of 2 accounts are not known" in warning for warning in found.warnings)
    assert any("ARR of 1 accounts is not known" in warning for warning in found.warnings)


@pytest.mark.parametrize(("dated", "stale"), [(date(2026, 7, 2), 0), (date(2026, 7, 1), 1), (None, 1)])
def test_old_amounts_warn_after_ninety_days(dated, stale):
    found = demand([note("A")], [account("A", 5, arr_as_of=dated)], as_of=DAY)
    assert len(found.warnings) == stale
    assert not demand([note("A")], [account("A", 5, arr_as_of=date(2026, 7, 1))], as_of=DAY, max_age_days=91).warnings


def test_mixed_currencies_need_rates():
    dollars = account("D", 1000, currency="USD")
    mixed = demand([note("A"), note("D")], [A, dollars], as_of=DAY)
    assert (mixed.arr, mixed.weighted) == (None, None)
    assert any("EUR, USD" in warning for warning in mixed.warnings)
    rated = demand([note("A"), note("D")], [A, dollars], as_of=DAY, rates=RATES)
    assert rated.arr == Money(amount=Decimal(100800), currency="EUR")
    assert rated.weighted == pytest.approx(math.log10(101) + math.log10(1.8))
    in_dollars = demand([note("A"), note("D")], [A, dollars], as_of=DAY, rates=RATES, currency="usd")
    assert in_dollars.arr == Money(amount=126_000, currency="USD")


def test_an_amount_without_a_rate_is_left_out_loudly():
    francs = account("F", 1000, currency="CHF")
    found = demand([note("A"), note("F")], [A, francs], as_of=DAY, rates=RATES)
    assert found.arr.amount == 100_000
    assert found.weighted == pytest.approx(math.log10(101))
    assert any("1000 CHF left out" in warning for warning in found.warnings)
    early = demand([note("D", received_at="2026-08-01T00:00Z")], [account("D", 1, currency="USD")],
                   as_of=date(2026, 8, 31), rates=RATES)  # fmt: skip
    assert early.arr is None


def test_parents_are_not_summed_twice():
    parent = account("A", 100_000)
    child, grandchild = account("B", 30_000, parent_id="A"), account("C", 5_000, parent_id="B")
    everyone = [parent, child, grandchild]
    found = demand([note("A"), note("B"), note("C")], everyone, as_of=DAY)
    assert (found.accounts, found.arr.amount) == (3, 100_000)
    assert found.weighted == pytest.approx(math.log10(101))
    assert any("2 accounts is held to be part" in warning for warning in found.warnings)
    # The parent did not ask, or has no amount: then the highest one that asks and has one counts.
    assert demand([note("B"), note("C")], everyone, as_of=DAY).arr.amount == 30_000
    assert demand([note("A"), note("C")], [account("A"), child, grandchild], as_of=DAY).arr.amount == 5_000
    apart = demand([note("A"), note("B")], everyone, as_of=DAY, parents_include_children=False)
    assert apart.arr.amount == 130_000


def test_a_ring_of_parents_counts_once():
    ring = [account("A", 10, parent_id="B"), account("B", 20, parent_id="A")]
    assert demand([note("A"), note("B")], ring, as_of=DAY).arr.amount == 10


def test_notes_from_the_future_do_not_count():
    assert demand([note("A", received_at="2026-10-01T00:00Z")], [A], as_of=DAY).mentions == 0


def test_a_duplicate_adds_demand_to_what_it_was_merged_into():
    first, second, third = note("A", theme="t1"), note("B", theme="t2"), note("C", theme="t3")
    merge(third, second, at=RECEIVED)
    merge(second, first, at=RECEIVED)
    insight = Insight(feedback_id=third.id, target_id="item_1")
    for groups in (
        group_by_target([first, second, third], [insight, insight]),
        group_notes([first, second, third], lambda fb: fb.theme),
    ):
        (found,) = demand_table(groups, [A, B, C], as_of=DAY).values()
        assert (found.mentions, found.accounts, found.arr.amount) == (3, 3, 120_000)


keys = st.sampled_from(["A", "B", "C", "X", None])


@settings(max_examples=40)
@given(st.lists(keys, max_size=12), st.randoms())
def test_order_and_repeats_do_not_change_who_asks(who, random):
    notes = [note(key) for key in who]
    shuffled = random.sample(notes, len(notes)) + [note(key) for key in who]
    once, twice = demand(notes, [A, B, C], as_of=DAY), demand(shuffled, [C, B, A], as_of=DAY)
    assert twice.mentions == 2 * once.mentions
    for name in ("accounts", "people", "arr", "pipeline", "weighted", "customers", "warnings"):
        assert getattr(once, name) == getattr(twice, name)
