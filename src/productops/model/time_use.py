"""Which tasks eat the product managers' hours, as far as samples tell, and what taking them over would give back."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, ClassVar

from pydantic import Field, ValidationInfo, field_validator

from productops.model.base import Entity, EntityId, NonEmpty, OpenEnum, Value
from productops.model.people import PersonRef
from productops.model.spread import FEWEST, BeforeAfter, Spread, before_after
from productops.model.timebox import TimeBucket


class Pillar(OpenEnum):
    """The three pillars the field sorts product operations by; every initiative belongs to one."""

    DATA = "business_data_and_insights"
    CUSTOMER = "customer_and_market_insights"
    PROCESS = "process_and_practices"
    UNKNOWN = "unknown"


class SampleMethod(OpenEnum):
    """How a time was learnt; estimates from a survey and times from a log are not the same thing."""

    SURVEY = "survey"
    LOG = "log"
    TOOL = "tool"
    UNKNOWN = "unknown"


class TaskCategory(Entity):
    """A kind of task in a product manager's week.

    `core` tasks stay with product managers, for instance hard trade-offs with stakeholders. `takeover_share` is the
    part of the time (0 to 1) that others or tools could take over; None when nobody has judged it yet.
    """

    id_prefix: ClassVar[str] = "task"

    name: NonEmpty
    pillar: Pillar = Pillar.UNKNOWN
    core: bool = False
    takeover_share: float | None = Field(default=None, ge=0, le=1)


class TimeSample(Entity):
    """The minutes that one person spent on a category in a period, or the mean of `n` people who are not named.

    The period needs both ends: a week, a month, or a span. A named person stands for one: n must be 1.
    """

    id_prefix: ClassVar[str] = "time"

    category_id: EntityId
    minutes: float = Field(ge=0)
    period: TimeBucket
    method: SampleMethod
    person: PersonRef | None = None
    role: str | None = None
    n: int = Field(default=1, ge=1)

    # Field validators, not a model validator: on assignment a model validator fails only after the value is set.
    @field_validator("period")
    @classmethod
    def has_ends(cls, period: TimeBucket) -> TimeBucket:
        """Refuse a period without ends: minutes in it mean nothing."""
        if period.start is None or period.end is None:
            raise ValueError("a time sample needs a period with a start and an end")
        return period

    @field_validator("person", "n")
    @classmethod
    def one_person_is_one(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse a named person who stands for several."""
        now = {**info.data, str(info.field_name): value}
        if now.get("person") is not None and now.get("n", 1) != 1:
            raise ValueError("a named person is one: leave n out, or leave the name out")
        return value

    @property
    def weeks(self) -> float:
        """The length of the period in weeks."""
        if self.period.start is None or self.period.end is None:
            return 0.0
        return ((self.period.end - self.period.start).days + 1) / 7

    @property
    def hours_per_week(self) -> float:
        """Hours a week of one person."""
        return self.minutes / 60 / self.weeks


class TaskRow(Value):
    """One category: hours a week of one PM, of all, and what a takeover would give back; None where unknown.

    `spread` is over the named people; `people` counts the unnamed ones too.
    """

    category_id: EntityId
    name: str
    core: bool
    people: int
    hours_per_pm: float | None
    spread: Spread | None = None
    hours_all: float | None
    give_back: float | None
    methods: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class TaskInventory(Value):
    """The categories, the one that eats the most hours first; sums leave out what is unknown and say so."""

    rows: tuple[TaskRow, ...]
    pms: int
    as_of: date

    @property
    def hours_all(self) -> float:
        """Known hours a week of all PMs together."""
        return sum(row.hours_all or 0 for row in self.rows)

    @property
    def give_back(self) -> float:
        """Hours a week that the judged takeovers would give back."""
        return sum(row.give_back or 0 for row in self.rows)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Names of the categories without a sample or without a judged share."""
        return tuple(row.name for row in self.rows if row.give_back is None)

    def to_dicts(self) -> list[dict[str, Any]]:
        """One row a category, of plain values."""
        return [row.model_dump(mode="json") for row in self.rows]

    def __str__(self) -> str:
        lines = [f"{row.name}: {told(row.hours_all)} h/week, gives back {told(row.give_back)} h" for row in self.rows]
        return "\n".join([*lines, f"Known total: {self.hours_all:.1f} h/week, gives back {self.give_back:.1f} h"])


def told(hours: float | None) -> str:
    """Hours as people read them."""
    return "unknown" if hours is None else f"{hours:.1f}"


def task_inventory(
    categories: Iterable[TaskCategory],
    samples: Iterable[TimeSample],
    *,
    pms: int,
    as_of: date,
    min_n: int = FEWEST,
) -> TaskInventory:
    """Rank tasks by the hours they take from `pms` product managers, and tell what a takeover would give back.

    Hours of one PM = minutes of all samples × people behind them / 60 / their person-weeks. Give back = hours of all
    × takeover share; nothing for core tasks. Samples of periods that end after `as_of` are left out. Fewer than
    `min_n` people behind a row and mixed methods are warnings.
    """
    if pms < 0:
        raise ValueError(f"pms is at least 0, not {pms}")
    usable = [sample for sample in samples if (sample.period.end or date.max) <= as_of]
    rows = [
        task_row(category, [sample for sample in usable if sample.category_id == category.id], pms, min_n)
        for category in categories
    ]
    rows.sort(key=lambda row: (row.hours_all is None, -(row.hours_all or 0), row.name, row.category_id))
    return TaskInventory(rows=tuple(rows), pms=pms, as_of=as_of)


def task_row(category: TaskCategory, samples: Sequence[TimeSample], pms: int, min_n: int) -> TaskRow:
    """Sum up the samples of one category."""
    weeks = sum(sample.weeks * sample.n for sample in samples)
    hours = sum(sample.minutes * sample.n for sample in samples) / 60 / weeks if samples else None
    named = {sample.person.key for sample in samples if sample.person}
    people = len(named) + sum(sample.n for sample in samples if sample.person is None)
    methods = tuple(sorted({sample.method.value for sample in samples}))
    warnings = []
    if not samples:
        warnings.append("no sample")
    elif people < min_n:
        warnings.append(f"only {people} of at least {min_n} people behind it")
    if len(methods) > 1:
        warnings.append(f"methods are mixed: {', '.join(methods)}")
    if category.takeover_share is None and not category.core:
        warnings.append("nobody has judged how much could be taken over")
    everyone = None if hours is None else hours * pms
    share = 0.0 if category.core else category.takeover_share
    return TaskRow(
        category_id=category.id,
        name=category.name,
        core=category.core,
        people=people,
        hours_per_pm=hours,
        spread=Spread.of(by_person(samples).values()),
        hours_all=everyone,
        give_back=None if everyone is None or share is None else everyone * share,
        methods=methods,
        warnings=tuple(warnings),
    )


def compare_time(
    before: Iterable[TimeSample],
    after: Iterable[TimeSample],
    category_id: str,
    *,
    min_n: int = FEWEST,
    panel: bool = False,
) -> BeforeAfter:
    """Hours a week on a category before and after, by person; see `before_after` for when a change may be claimed.

    Samples of unnamed people cannot be matched and are left out. Different methods before and after forbid a claim.
    """
    sides = [[s for s in samples if s.category_id == category_id] for samples in (before, after)]
    result = before_after(by_person(sides[0]), by_person(sides[1]), min_n=min_n, panel=panel)
    unnamed = sum(sample.n for samples in sides for sample in samples if sample.person is None)
    warnings = (*result.warnings, f"{unnamed} unnamed people are left out") if unnamed else result.warnings
    methods = [{sample.method for sample in samples if sample.person} for samples in sides]
    if methods[0] == methods[1]:
        return result.model_copy(update={"warnings": warnings})
    reasons = (*result.reasons, "the methods differ")
    return result.model_copy(update={"change": None, "reasons": reasons, "warnings": warnings})


def by_person(samples: Iterable[TimeSample]) -> dict[str, float]:
    """Hours a week of each named person, over all their samples."""
    minutes: dict[str, float] = {}
    weeks: dict[str, float] = {}
    for sample in samples:
        if sample.person:
            key = sample.person.key
            minutes[key] = minutes.get(key, 0) + sample.minutes
            weeks[key] = weeks.get(key, 0) + sample.weeks
    return {key: minutes[key] / 60 / weeks[key] for key in minutes}
