"""Decisions as records: what they rested on, how long they took, whether they held, how well chances were judged."""

import math
from collections.abc import Iterable
from datetime import date
from statistics import median
from typing import Any, ClassVar

from pydantic import Field, ValidationInfo, field_validator

from productops.model.base import Entity, EntityId, NonEmpty, OpenEnum, UtcDatetime, Value
from productops.model.people import PersonRef
from productops.model.share import Share


class DecisionOutcome(OpenEnum):
    """Whether what was expected came true; a decision without an outcome is not a success."""

    HIT = "hit"
    MISS = "miss"
    UNKNOWN = "unknown"


class Revisit(Value):
    """A decision taken up again on a day, and why."""

    on: date
    reason: NonEmpty


class DecisionRecord(Entity):
    """A question, the options, what was decided by whom on which evidence, and how it turned out.

    `probability` is how likely the deciders held the expected outcome, from 0 to 1. An outcome needs the day of its
    review, else ValueError.
    """

    id_prefix: ClassVar[str] = "dec"

    question: NonEmpty
    asked_at: UtcDatetime
    options: tuple[NonEmpty, ...] = ()
    evidence_ids: tuple[EntityId, ...] = ()
    decided_by: PersonRef | None = None
    decided_at: UtcDatetime | None = None
    chosen: str | None = None
    reversible: bool | None = None
    expected_outcome: str | None = None
    probability: float | None = Field(default=None, ge=0, le=1)
    review_on: date | None = None
    reviewed_on: date | None = None
    outcome: DecisionOutcome = DecisionOutcome.UNKNOWN
    revisits: tuple[Revisit, ...] = ()

    # Field validators, not a model validator: on assignment a model validator fails only after the value is set.
    @field_validator("asked_at", "decided_at")
    @classmethod
    def in_order(cls, moment: Any, info: ValidationInfo) -> Any:
        """Refuse a decision before its question."""
        now = {**info.data, str(info.field_name): moment}
        asked, decided = now.get("asked_at"), now.get("decided_at")
        if asked is not None and decided is not None and decided < asked:
            raise ValueError("the decision is before the question")
        return moment

    @field_validator("reviewed_on", "outcome")
    @classmethod
    def outcome_has_a_day(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse an outcome that nobody reviewed."""
        now = {**info.data, str(info.field_name): value}
        known = now.get("outcome", DecisionOutcome.UNKNOWN) is not DecisionOutcome.UNKNOWN
        # A day that is not there at all was refused itself, or the outcome is looked at alone.
        if known and "reviewed_on" in now and now["reviewed_on"] is None:
            raise ValueError("an outcome needs the day of its review: set reviewed_on, and before the outcome")
        return value

    def decided(self, as_of: date) -> bool:
        """Whether it was decided by the end of a day (UTC)."""
        return self.decided_at is not None and self.decided_at.date() <= as_of

    def reviewed(self, as_of: date) -> bool:
        """Whether its outcome was known by the end of a day."""
        known = self.outcome in (DecisionOutcome.HIT, DecisionOutcome.MISS)
        return known and self.reviewed_on is not None and self.reviewed_on <= as_of


def evidence_coverage(decisions: Iterable[DecisionRecord], *, as_of: date) -> Share:
    """Decisions with at least one linked insight or metric, of all decisions made by a day."""
    made = [decision for decision in decisions if decision.decided(as_of)]
    return Share(part=sum(bool(decision.evidence_ids) for decision in made), whole=len(made))


def revisit_rate(decisions: Iterable[DecisionRecord], *, as_of: date) -> Share:
    """Decisions taken up again at least once by a day, of all decisions made by then."""
    made = [decision for decision in decisions if decision.decided(as_of)]
    again = sum(any(revisit.on <= as_of for revisit in decision.revisits) for decision in made)
    return Share(part=again, whole=len(made))


class LeadTime(Value):
    """Days from question to decision. Open questions count with their age so far, so they only raise the numbers.

    `at_least` says that a number is a lower bound, because a question still open decides it.
    """

    decided: int
    open: int
    median_days: float | None = None
    median_at_least: bool = False
    p90_days: float | None = None
    p90_at_least: bool = False
    oldest_open: EntityId | None = None


def lead_time(decisions: Iterable[DecisionRecord], *, as_of: date) -> LeadTime:
    """Median and 90th percentile (nearest rank) of the days from question to decision, by the end of a day.

    To average only what is decided would hide the slow ones, so open questions take part with the days they have
    waited. A number that one of them could still raise is marked as a lower bound.
    """
    asked = [decision for decision in decisions if decision.asked_at.date() <= as_of]
    rows = []
    for decision in asked:
        done = decision.decided_at if decision.decided(as_of) else None
        days = (done - decision.asked_at).total_seconds() / 86_400 if done else (as_of - decision.asked_at.date()).days
        rows.append((float(days), done is None, decision.id))
    rows.sort()
    waiting = [(days, identity) for days, still_open, identity in rows if still_open]
    if not rows:
        return LeadTime(decided=0, open=0)
    middle = median(days for days, _, _ in rows)
    upper = rows[len(rows) // 2][0]  # of an even number the median is the mean of two, and this is the larger
    high = rows[math.ceil(0.9 * len(rows)) - 1][0]
    return LeadTime(
        decided=len(rows) - len(waiting),
        open=len(waiting),
        median_days=middle,
        median_at_least=any(days <= upper for days, _ in waiting),
        p90_days=high,
        p90_at_least=any(days <= high for days, _ in waiting),
        oldest_open=max(waiting)[1] if waiting else None,
    )


class CalibrationBin(Value):
    """Decisions whose chance was judged within a range: the mean chance given, and the share that came true."""

    low: float
    high: float
    n: int
    mean_probability: float
    came_true: Share


class Calibration(Value):
    """The Brier score of reviewed chances (0 is perfect, 0.25 is a coin), never without the share reviewed.

    `overdue` are the decisions whose review day has passed without an outcome.
    """

    brier: float | None
    reviewed: Share
    bins: tuple[CalibrationBin, ...] = ()
    overdue: tuple[EntityId, ...] = ()
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        score = "no Brier score" if self.brier is None else f"Brier score {self.brier:.4f}"
        return f"{score}, reviewed {self.reviewed}"


def calibration(decisions: Iterable[DecisionRecord], *, as_of: date, bins: int = 5) -> Calibration:
    """How well chances were judged: the mean of (probability − came true)² over the reviewed decisions.

    Decisions without a review count as neither success nor failure; they lower the share reviewed. Source of the
    formula: the project's notes on impact, where .8 hit, .6 miss and .9 hit make 0.1367.
    """
    if bins < 1:
        raise ValueError(f"bins is at least 1, not {bins}")
    made = [decision for decision in decisions if decision.decided(as_of)]
    judged = [(item, item.probability) for item in made if item.probability is not None]
    known = [(chance, item.outcome is DecisionOutcome.HIT) for item, chance in judged if item.reviewed(as_of)]
    late = [item.id for item in made if item.review_on and item.review_on < as_of and not item.reviewed(as_of)]
    warnings = []
    if len(judged) < len(made):
        warnings.append(f"{len(made) - len(judged)} decisions give no probability")
    if len(known) < len(judged):
        warnings.append(f"{len(judged) - len(known)} decisions with a probability are not reviewed")
    return Calibration(
        brier=sum((chance - hit) ** 2 for chance, hit in known) / len(known) if known else None,
        reviewed=Share(part=len(known), whole=len(judged)),
        bins=tuple(calibration_bins(known, bins)),
        overdue=tuple(sorted(late)),
        warnings=tuple(warnings),
    )


def calibration_bins(known: list[tuple[float, bool]], bins: int) -> list[CalibrationBin]:
    """Group chances into equal ranges; empty ranges are left out, a chance of 1 belongs to the last."""
    groups: dict[int, list[tuple[float, bool]]] = {}
    for chance, hit in known:
        groups.setdefault(min(int(chance * bins), bins - 1), []).append((chance, hit))
    return [
        CalibrationBin(
            low=at / bins,
            high=(at + 1) / bins,
            n=len(group),
            mean_probability=sum(chance for chance, _ in group) / len(group),
            came_true=Share(part=sum(hit for _, hit in group), whole=len(group)),
        )
        for at, group in sorted(groups.items())
    ]
