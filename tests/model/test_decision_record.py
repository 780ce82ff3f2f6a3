"""Decisions: coverage, lead time, revisits and calibration, with what is open or unreviewed always in sight."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from productops.model.decision_record import (
    DecisionRecord,
    Revisit,
    calibration,
    evidence_coverage,
    lead_time,
    revisit_rate,
)

ASKED = datetime(2026, 9, 1, 12, tzinfo=UTC)
AS_OF = date(2026, 10, 1)


def made(days=2.0, probability=None, outcome="unknown", **fields):
    decided = None if days is None else ASKED + timedelta(days=days)
    reviewed = date(2026, 9, 25) if outcome != "unknown" else None
    base = {"question": "Build it?", "asked_at": ASKED, "decided_at": decided, "probability": probability}
    return DecisionRecord(**{**base, "reviewed_on": reviewed, "outcome": outcome, **fields})


def test_calibration_of_three_reviewed_decisions():
    """(.8 hit, .6 miss, .9 hit) -> (.04+.36+.01)/3 = 0.1367: the project's domain notes, impact."""
    known = [made(probability=p, outcome=o) for p, o in ((0.8, "hit"), (0.6, "miss"), (0.9, "hit"))]
    result = calibration(known, as_of=AS_OF)
    assert result.brier == pytest.approx(0.41 / 3)
    assert round(result.brier, 4) == 0.1367
    assert str(result) == "Brier score 0.1367, reviewed 3 of 3 (100 %)"
    assert [(group.n, group.came_true.part) for group in result.bins] == [(1, 0), (2, 2)]
    late = made(probability=0.99, review_on=date(2026, 9, 30), id="dec_late")
    with_open = calibration([*known, late, made()], as_of=AS_OF)
    assert with_open.brier == result.brier
    assert (with_open.reviewed.part, with_open.reviewed.whole) == (3, 4)
    assert with_open.overdue == ("dec_late",)
    assert with_open.warnings == (
        "1 decisions give no probability",
        "1 decisions with a probability are not reviewed",
    )


def test_nothing_reviewed_is_no_score():
    assert calibration([made(probability=0.9)], as_of=AS_OF).brier is None
    assert calibration([], as_of=AS_OF).reviewed.value is None
    early = [made(probability=0.9, outcome="hit")]
    assert calibration(early, as_of=date(2026, 9, 24)).brier is None


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.sampled_from(["hit", "miss", "unknown"])), max_size=8))
def test_brier_lies_between_perfect_and_worst_and_bins_hold_all(rows):
    result = calibration([made(probability=p, outcome=o) for p, o in rows], as_of=AS_OF)
    known = [row for row in rows if row[1] != "unknown"]
    assert result.reviewed.part == len(known) == sum(group.n for group in result.bins)
    assert (result.brier is None) == (not known)
    if known:
        assert 0 <= result.brier <= 1
        assert all(group.low <= group.mean_probability <= group.high + 1e-9 for group in result.bins)


def test_shares_count_only_what_was_decided_by_then():
    revisit = Revisit(on=date(2026, 9, 20), reason="new numbers")
    rows = [made(evidence_ids=("ins_1",)), made(revisits=(revisit,)), made(None), made(40, evidence_ids=("ins_2",))]
    assert str(evidence_coverage(rows, as_of=AS_OF)) == "1 of 2 (50 %)"
    assert str(revisit_rate(rows, as_of=AS_OF)) == "1 of 2 (50 %)"
    assert revisit_rate(rows, as_of=date(2026, 9, 19)).part == 0


def test_open_questions_make_lead_times_lower_bounds():
    decided = [made(days) for days in (1, 2, 3)]
    closed = lead_time(decided, as_of=AS_OF)
    assert (closed.median_days, closed.median_at_least, closed.p90_days) == (2, False, 3)
    with_open = lead_time([*decided, made(None, id="dec_open")], as_of=AS_OF)
    assert (with_open.decided, with_open.open, with_open.oldest_open) == (3, 1, "dec_open")
    assert (with_open.median_days, with_open.median_at_least) == (2.5, False)
    assert (with_open.p90_days, with_open.p90_at_least) == (30, True)
    young = lead_time([made(9), made(8), made(None)], as_of=date(2026, 9, 10))
    assert (young.median_days, young.median_at_least) == (9, True)
    assert lead_time([], as_of=AS_OF).median_days is None
    assert lead_time(decided, as_of=date(2026, 8, 1)).open == 0


@settings(max_examples=50, deadline=None)
@given(st.lists(st.none() | st.integers(0, 25), min_size=1, max_size=8), st.integers(1, 40))
def test_waiting_never_shortens_a_lead_time(days, wait):
    rows = [made(each) for each in days]
    now, later = (lead_time(rows, as_of=day) for day in (date(2026, 9, 27), date(2026, 9, 27) + timedelta(days=wait)))
    assert now.median_days <= later.median_days
    if not now.median_at_least:
        assert now.median_days == later.median_days
    if not now.p90_at_least:
        assert now.p90_days == later.p90_days


def test_records_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="before the question"):
        made(-1)
    with pytest.raises(ValueError, match="needs the day of its review"):
        made(outcome="hit", reviewed_on=None)
    record = made(outcome="hit")
    with pytest.raises(ValueError, match="needs the day of its review"):
        record.reviewed_on = None
    assert record.reviewed_on is not None
    with pytest.raises(ValueError, match="before the question"):
        record.asked_at = ASKED + timedelta(days=9)
    with pytest.raises(ValueError, match="less than or equal to 1"):
        made(probability=80)
