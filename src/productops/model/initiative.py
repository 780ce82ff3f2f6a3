"""Initiatives of product operations: their sponsor, their baseline, the hours they claim, and the way they come in."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import combinations
from typing import ClassVar, Self

from pydantic import Field, model_validator

from productops.model.base import Entity, EntityId, NonEmpty, OpenEnum, Value
from productops.model.cadence import WrittenCadence
from productops.model.money import Money
from productops.model.people import PersonRef
from productops.model.process_value import Finding
from productops.model.time_use import Pillar
from productops.model.timebox import TimeBucket


class ImpactClass(OpenEnum):
    """What came of an initiative: nothing yet, somebody knows more, somebody acted, or something got better."""

    NONE = "none"
    INSIGHT = "insight"
    ACTION = "action"
    OUTCOME = "outcome"
    UNKNOWN = "unknown"


class InitiativeStatus(OpenEnum):
    """Where an initiative is."""

    IDEA = "idea"
    PLANNED = "planned"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    UNKNOWN = "unknown"


class Measurement(Value):
    """A number with its unit, measured on a day."""

    value: float
    unit: NonEmpty
    on: date


class HoursClaim(Value):
    """Hours a week that an initiative says it gives back: in which category, to whom, and when.

    `group` names whose hours they are, for instance a team's id. `part` tells apart two claims on one category that
    really are about different work; without it they are taken for the same hours.
    """

    category_id: EntityId
    group: NonEmpty
    hours_per_week: float = Field(ge=0)
    period: TimeBucket
    part: NonEmpty | None = None


class Sponsor(Entity):
    """Who stands behind product operations, what they promised, and what they will call a success."""

    id_prefix: ClassVar[str] = "spon"

    person: PersonRef
    role: str | None = None
    commitment: str | None = None
    review_cadence: WrittenCadence | None = None
    success_criteria: tuple[NonEmpty, ...] = ()


class Initiative(Entity):
    """A piece of work of product operations, and what it was like before and after.

    `lag_days` is how long after the start an effect can show at the earliest.
    """

    id_prefix: ClassVar[str] = "init"

    name: NonEmpty
    pillar: Pillar = Pillar.UNKNOWN
    sponsor_id: EntityId | None = None
    hypothesis: str | None = None
    baseline: Measurement | None = None
    target: Measurement | None = None
    measured: Measurement | None = None
    cost: Money | None = None
    status: InitiativeStatus = InitiativeStatus.IDEA
    impact_class: ImpactClass = ImpactClass.NONE
    started_on: date | None = None
    ended_on: date | None = None
    lag_days: int | None = Field(default=None, ge=0)
    claims: tuple[HoursClaim, ...] = ()


def lint_initiative(initiative: Initiative, *, as_of: date) -> tuple[Finding, ...]:
    """What makes an initiative's impact doubtful: no baseline before the start, no pillar, no sponsor, no lag window.

    Measurements taken after `as_of` are not looked at.
    """
    found = [
        Finding(rule=rule, message=f"{initiative.name} has no {rule}")
        for rule, missing in (
            ("pillar", initiative.pillar is Pillar.UNKNOWN),
            ("sponsor", initiative.sponsor_id is None),
            ("hypothesis", not (initiative.hypothesis or "").strip()),
        )
        if missing
    ]
    started = initiative.started_on if initiative.started_on and initiative.started_on <= as_of else None
    baseline = initiative.baseline
    if baseline is None or baseline.on > as_of:
        when = "started without a baseline" if started else "has no baseline yet"
        found.append(Finding(rule="baseline", message=f"{initiative.name} {when}: measure first"))
    elif started and baseline.on >= started:
        message = f"the baseline of {baseline.on} is not from before the start on {started}"
        found.append(Finding(rule="baseline", message=message))
    return (*found, *lint_effect(initiative, as_of))


def lint_effect(initiative: Initiative, as_of: date) -> list[Finding]:
    """What is doubtful about a measured effect."""
    after, baseline = initiative.measured, initiative.baseline
    if after is None or after.on > as_of:
        if initiative.impact_class is ImpactClass.OUTCOME:
            return [Finding(rule="measured", message="an outcome is claimed, but nothing was measured after")]
        return []
    found = []
    if baseline is not None and baseline.unit != after.unit:
        message = f"measured in {after.unit}, but the baseline is in {baseline.unit}"
        found.append(Finding(rule="unit", message=message))
    if initiative.started_on is None:
        found.append(Finding(rule="start", message="an effect was measured, but nobody wrote down the start"))
    elif initiative.lag_days is None:
        found.append(Finding(rule="lag", message="say after how many days an effect can show: lag_days"))
    elif after.on < initiative.started_on + timedelta(days=initiative.lag_days):
        message = f"measured on {after.on}, before the {initiative.lag_days} days of lag were over"
        found.append(Finding(rule="lag", message=message))
    return found


class DoubleCount(Value):
    """Two initiatives that claim the same hours: which, whose, between which days, and how many hours a week."""

    first_id: EntityId
    second_id: EntityId
    category_id: EntityId
    group: str
    start: date
    end: date
    hours_per_week: float


def double_counted(initiatives: Iterable[Initiative]) -> tuple[DoubleCount, ...]:
    """Pairs of claims on the same category and group at overlapping times, of different initiatives or of one.

    Claims with different `part` are about different work. The hours are the smaller of both claims: as many may be
    counted twice. A claim with an open end overlaps all that comes after.
    """
    claims = [(item.id, claim) for item in sorted(initiatives, key=lambda item: item.id) for claim in item.claims]
    found = []
    for (first_id, first), (second_id, second) in combinations(claims, 2):
        if (first.category_id, first.group) != (second.category_id, second.group):
            continue
        if first.part and second.part and first.part != second.part:
            continue
        start = max(first.period.start or date.min, second.period.start or date.min)
        end = min(first.period.end or date.max, second.period.end or date.max)
        hours = min(first.hours_per_week, second.hours_per_week)
        if start <= end and hours > 0:
            found.append(
                DoubleCount(
                    first_id=first_id, second_id=second_id, category_id=first.category_id, group=first.group,
                    start=start, end=end, hours_per_week=hours,
                )
            )  # fmt: skip
    return tuple(found)


class IntegrationPhase(Value):
    """One step of bringing product operations in: its goal, what must hold to enter and to leave it, a quick win."""

    order: int = Field(ge=1)
    goal: NonEmpty
    entry: tuple[NonEmpty, ...] = ()
    exit: tuple[NonEmpty, ...] = ()
    quick_win: NonEmpty | None = None
    entered_on: date | None = None
    left_on: date | None = None

    @model_validator(mode="after")
    def days_fit(self) -> Self:
        """Refuse leaving before entering."""
        if self.left_on and (self.entered_on is None or self.left_on < self.entered_on):
            raise ValueError("a phase is left after it was entered")
        return self


def lint_phases(phases: Sequence[IntegrationPhase]) -> tuple[Finding, ...]:
    """What is doubtful about a sequence of phases: gaps in the order, no exit criteria, no quick win at the start."""
    found = []
    ordered = sorted(phases, key=lambda phase: phase.order)
    if [phase.order for phase in ordered] != list(range(1, len(ordered) + 1)):
        found.append(Finding(rule="order", message="number the phases 1, 2, 3, ... without gaps or repeats"))
    for phase in ordered:
        if not phase.exit:
            found.append(Finding(rule="exit", message=f"phase {phase.order} has no exit criteria, so it never ends"))
        if phase.order > 1 and not phase.entry:
            found.append(Finding(rule="entry", message=f"phase {phase.order} has no entry criteria"))
    if ordered and ordered[0].quick_win is None:
        found.append(Finding(rule="quick_win", message="the first phase has no quick win to show the sponsor"))
    return tuple(found)


def current_phase(phases: Iterable[IntegrationPhase], *, as_of: date) -> IntegrationPhase | None:
    """The last phase entered and not yet left on a day, or None."""
    open_ones = [
        phase
        for phase in phases
        if phase.entered_on and phase.entered_on <= as_of and (phase.left_on is None or phase.left_on > as_of)
    ]
    return max(open_ones, key=lambda phase: phase.order, default=None)
