"""The business case of an initiative: low, base and high, with the reminder that saved hours are not cash."""

from datetime import date
from decimal import Decimal
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from productops.model.base import Entity, EntityId, NonEmpty, Value
from productops.model.money import Currency

CAPACITY_NOTE = "Saved hours are capacity, not cash: they pay only if people use them for something worth it."
YEAR = 12
Level = Literal["low", "base", "high"]
LEVELS: tuple[Level, ...] = ("low", "base", "high")


def hours_saved(
    before: Decimal | float, after: Decimal | float, people: Decimal | float, weeks: Decimal | float
) -> Decimal:
    """Time saved = (before − after) hours a week × people × weeks; negative when things got slower.

    Source of the formula: the project's notes on impact, where (6 − 2.5) × 12 × 46 = 1,932 h.

    >>> hours_saved(6, 2.5, people=12, weeks=46)
    Decimal('1932.0')
    """
    before, after, people, weeks = (Decimal(str(number)) for number in (before, after, people, weeks))
    return (before - after) * people * weeks


class Realisation(Value):
    """Which part of the planned benefit comes true: low ≤ base ≤ high, each from 0 to 1.

    The defaults are ours, without a source.
    """

    low: Decimal = Field(default=Decimal("0.6"), ge=0, le=1)
    base: Decimal = Field(default=Decimal("0.8"), ge=0, le=1)
    high: Decimal = Field(default=Decimal(1), ge=0, le=1)

    @model_validator(mode="after")
    def rises(self) -> Self:
        """Refuse a low above the base or a base above the high."""
        if not self.low <= self.base <= self.high:
            raise ValueError(f"realisation rises from low to base to high, not {self.low}, {self.base}, {self.high}")
        return self


class Cost(Value):
    """An amount in the case's currency, once or every month."""

    title: NonEmpty
    amount: Decimal = Field(ge=0)
    every: Literal["once", "month"] = "once"


class CapacityBenefit(Value):
    """Hours that people get back: hours a week before and after, for how many people, in how many weeks a year.

    `hourly_rate` is what an hour costs the company; with it the hours are shown as a value too. It is not income.
    """

    title: NonEmpty
    before: Decimal = Field(ge=0)
    after: Decimal = Field(ge=0)
    people: Decimal = Field(ge=0)
    weeks: Decimal = Field(ge=0, le=53)
    hourly_rate: Decimal = Field(ge=0)
    category_id: EntityId | None = None

    @property
    def hours(self) -> Decimal:
        """Hours a year, were all of them realised."""
        return hours_saved(self.before, self.after, self.people, self.weeks)


class CashBenefit(Value):
    """Money that no longer goes out or newly comes in, a year; for instance a licence given up."""

    title: NonEmpty
    amount: Decimal


class BusinessCase(Entity):
    """Costs, benefits and assumptions over a horizon in months; evaluated by `evaluate`."""

    id_prefix: ClassVar[str] = "case"

    name: NonEmpty
    initiative_id: EntityId | None = None
    currency: Currency
    horizon_months: int = Field(default=YEAR, ge=1)
    costs: tuple[Cost, ...] = ()
    capacity: tuple[CapacityBenefit, ...] = ()
    cash: tuple[CashBenefit, ...] = ()
    assumptions: tuple[NonEmpty, ...] = ()
    realisation: Realisation = Realisation()
    priced_on: date | None = None


class CaseScenario(Value):
    """One of low, base and high, over the horizon. `value` is capacity and cash together.

    `roi` is net / cost as a fraction, None without cost. `payback_months` is None where the case never pays back.
    """

    level: Level
    realisation: Decimal
    hours: Decimal
    capacity_value: Decimal
    cash: Decimal
    cost: Decimal
    value: Decimal
    net: Decimal
    roi: float | None
    payback_months: float | None
    cumulative: tuple[tuple[int, Decimal, Decimal], ...] = ()


class CaseResult(Value):
    """Low, base and high side by side; never one number alone. `note` belongs wherever the numbers are shown."""

    currency: str
    horizon_months: int
    low: CaseScenario
    base: CaseScenario
    high: CaseScenario
    note: str = CAPACITY_NOTE
    warnings: tuple[str, ...] = ()

    def to_dicts(self) -> list[dict[str, object]]:
        """One row a scenario, of plain values."""
        rows = (self.low, self.base, self.high)
        return [{**row.model_dump(mode="json", exclude={"cumulative"}), "currency": self.currency} for row in rows]

    def __str__(self) -> str:
        lines = []
        for row in (self.low, self.base, self.high):
            roi = "no ROI" if row.roi is None else f"ROI {row.roi:.1%}"
            payback = (
                "never pays back" if row.payback_months is None else f"pays back in {row.payback_months:.1f} months"
            )
            lines.append(f"{row.level}: {row.hours:,.1f} h, net {row.net:,.0f} {self.currency}, {roi}, {payback}")
        return "\n".join([*lines, self.note])


def evaluate(case: BusinessCase) -> CaseResult:
    """Compute low, base and high: hours, value, cost, net, ROI = net / cost, payback = cost once / gain a month.

    Realisation shrinks benefits only: a loss (an `after` above its `before`) comes true in full. Source of the
    formulas: the project's notes on impact, where 1,932 h at 75 are 144,900, against a cost of 92,000: net 52,900,
    ROI 57.5 %, payback 7.6 months; at a realisation of 0.6 the same case loses 5,060.
    """
    rows = {level: scenario(case, level) for level in LEVELS}
    warnings = []
    if not case.assumptions:
        warnings.append("no assumption is written down")
    if not case.costs:
        warnings.append("the case has no cost")
    slower = [item.title for item in case.capacity if item.hours < 0]
    if slower:
        warnings.append(f"slower than before: {', '.join(slower)}")
    return CaseResult(
        currency=case.currency,
        horizon_months=case.horizon_months,
        low=rows["low"],
        base=rows["base"],
        high=rows["high"],
        warnings=tuple(warnings),
    )


def scenario(case: BusinessCase, level: Level) -> CaseScenario:
    """One scenario of a case."""
    part: Decimal = getattr(case.realisation, level)
    years = Decimal(case.horizon_months) / YEAR
    realised = [(item.hours * (part if item.hours > 0 else 1), item.hourly_rate) for item in case.capacity]
    yearly_cash = sum((item.amount * (part if item.amount > 0 else 1) for item in case.cash), Decimal(0))
    hours = sum((each for each, _ in realised), Decimal(0)) * years
    capacity_value = sum((each * rate for each, rate in realised), Decimal(0)) * years
    cash = yearly_cash * years
    once = sum((cost.amount for cost in case.costs if cost.every == "once"), Decimal(0))
    monthly = sum((cost.amount for cost in case.costs if cost.every == "month"), Decimal(0))
    cost = once + monthly * case.horizon_months
    value = capacity_value + cash
    gain = value / case.horizon_months
    net = value - cost
    return CaseScenario(
        level=level,
        realisation=part,
        hours=hours,
        capacity_value=capacity_value,
        cash=cash,
        cost=cost,
        value=value,
        net=net,
        roi=float(net / cost) if cost else None,
        payback_months=float(once / (gain - monthly)) if gain > monthly else None,
        cumulative=tuple((month, once + monthly * month, gain * month) for month in range(case.horizon_months + 1)),
    )
