"""The roadmap: items with a horizon, a time, or neither; the objectives they serve; and what it looked like when."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field, field_validator

from productops.model.base import Entity, EntityId, NonEmpty, OpenEnum, UtcDatetime, Value
from productops.model.people import PersonRef
from productops.model.scores import Ranked, Score, rank
from productops.model.timebox import TimeBucket


class ItemStatus(OpenEnum):
    """How far the work has come."""

    IDEA = "idea"
    PLANNED = "planned"
    DOING = "doing"
    DONE = "done"
    DROPPED = "dropped"
    ON_HOLD = "on_hold"
    UNKNOWN = "unknown"


class Horizon(OpenEnum):
    """How soon, without a date."""

    NOW = "now"
    NEXT = "next"
    LATER = "later"
    DONE = "done"
    DROPPED = "dropped"
    UNKNOWN = "unknown"


class Audience(OpenEnum):
    """Who may see something; each may also see what is meant for the wider ones after it."""

    INTERNAL = "internal"
    EXEC = "exec"
    SALES = "sales"
    PUBLIC = "public"
    UNKNOWN = "unknown"

    @property
    def width(self) -> int:
        """How wide the audience is; an unknown one counts as internal, so that nothing leaks."""
        return {"exec": 1, "sales": 2, "public": 3}.get(self.value, 0)


class Confidence(OpenEnum):
    """How sure we are, in words."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    UNKNOWN = "unknown"


# What the words stand for where a number is needed; RICE's 50, 80 and 100 %.
CONFIDENCE_SHARES = {Confidence.LOW: 0.5, Confidence.MEDIUM: 0.8, Confidence.HIGH: 1.0}


def read_confidence(value: object) -> object:
    """Take "med" for medium, and refuse a truth value, which would pass for 0 or 1."""
    if isinstance(value, bool):
        raise ValueError("confidence is a share from 0 to 1 or low, medium, high; not a truth value")
    return "medium" if value == "med" else value


ConfidenceField = Annotated[Annotated[float, Field(ge=0, le=1)] | Confidence | None, BeforeValidator(read_confidence)]


class RoadmapItem(Entity):
    """Something on the roadmap.

    Horizon and time are independent and both optional: `bucket` is when it is meant to be there, as exactly as
    that is known; `due` is a hard date such as a regulation or a season. `theme` and `team` are ids of `Theme` and
    `Team` (or plain names where there are no such records). `estimate` is in person-months, `points` in story
    points. `audience` is the widest circle that may see the item. `split_from` and `merged_from` say which items
    it came out of. `rank` is another system's sort key.

    >>> RoadmapItem(title="CSV export", horizon="next", bucket=TimeBucket.quarter(2026, 4)).when.label
    'Q4 2026'
    """

    id_prefix: ClassVar[str] = "item"

    title: NonEmpty
    description: str = ""
    problem: str | None = None
    outcome: str | None = None
    public_description: str | None = None
    status: ItemStatus = ItemStatus.IDEA
    horizon: Horizon | None = None
    bucket: TimeBucket | None = None
    due: date | None = None
    started_on: date | None = None
    delivered_on: date | None = None
    confidence: ConfidenceField = None
    owner: PersonRef | None = None
    team: NonEmpty | None = None
    theme: NonEmpty | None = None
    product_id: EntityId | None = None
    objective_ids: list[EntityId] = Field(default_factory=list)
    insight_ids: list[EntityId] = Field(default_factory=list)
    launch_id: EntityId | None = None
    parent_id: EntityId | None = None
    dependencies: list[EntityId] = Field(default_factory=list)
    split_from: EntityId | None = None
    merged_from: list[EntityId] = Field(default_factory=list)
    audience: Audience = Audience.INTERNAL
    estimate: float | None = Field(default=None, ge=0)
    points: float | None = Field(default=None, ge=0)
    scores: dict[str, Score] = Field(default_factory=dict)
    rank: str | None = None

    @property
    def when(self) -> TimeBucket | None:
        """The time it is meant for: the bucket, else the hard date, else None."""
        if self.bucket is not None and self.bucket.known:
            return self.bucket
        return None if self.due is None else TimeBucket.day(self.due)

    @property
    def confidence_share(self) -> float | None:
        """The confidence from 0 to 1; low, medium and high count as 0.5, 0.8 and 1."""
        if isinstance(self.confidence, Confidence):
            return CONFIDENCE_SHARES.get(self.confidence)
        return self.confidence

    @property
    def near(self) -> bool:
        """Whether it is in now or next."""
        return self.horizon in (Horizon.NOW, Horizon.NEXT)

    @property
    def committed(self) -> bool:
        """Whether others count on it: planned or being done, or in now or next; not dropped, not done."""
        if self.status in (ItemStatus.DONE, ItemStatus.DROPPED) or self.horizon in (Horizon.DONE, Horizon.DROPPED):
            return False
        return self.near or self.status in (ItemStatus.PLANNED, ItemStatus.DOING)


class KeyResult(Entity):
    """A measure of an objective: where it started, where it is, where it should be."""

    id_prefix: ClassVar[str] = "kr"

    metric: NonEmpty
    unit: str | None = None
    start: float | None = None
    target: float | None = None
    current: float | None = None
    objective_id: EntityId | None = None

    @property
    def progress(self) -> float | None:
        """(current − start) ÷ (target − start), not clipped; None when a number is missing or nothing is to change.

        >>> KeyResult(metric="churn", start=10, target=6, current=9).progress
        0.25
        """
        if self.start is None or self.target is None or self.current is None or self.target == self.start:
            return None
        return (self.current - self.start) / (self.target - self.start)


class Objective(Entity):
    """Something to achieve, and the key results that tell whether it was."""

    id_prefix: ClassVar[str] = "obj"

    title: NonEmpty
    description: str = ""
    key_results: list[KeyResult] = Field(default_factory=list)
    owner: PersonRef | None = None
    team: NonEmpty | None = None
    bucket: TimeBucket | None = None
    parent_id: EntityId | None = None
    status: ItemStatus = ItemStatus.PLANNED


class Theme(Entity):
    """A theme or area; areas are themes without a parent. Notes and items name it by id, so it can be renamed."""

    id_prefix: ClassVar[str] = "theme"

    name: NonEmpty
    description: str = ""
    parent_id: EntityId | None = None
    owner: PersonRef | None = None


class Snapshot(Value):
    """What the roadmap was at a moment; items are in the order of their ids, each id once."""

    at: UtcDatetime
    items: tuple[RoadmapItem, ...] = ()

    @field_validator("items")
    @classmethod
    def by_id(cls, items: tuple[RoadmapItem, ...]) -> tuple[RoadmapItem, ...]:
        """Bring the items to the order of their ids; two items of one id raise ValueError."""
        return tuple(sorted(once(items), key=lambda item: item.id))

    def get(self, item_id: str) -> RoadmapItem | None:
        """The item of that id, or None."""
        return next((item for item in self.items if item.id == item_id), None)


class Roadmap(Entity):
    """A named list of items, with the objectives and themes they refer to; prints as now, next, later.

    >>> print(Roadmap(title="Shop", items=[RoadmapItem(title="CSV export", horizon="now")]))
    Shop: 1 item
      now: CSV export (idea)
    """

    id_prefix: ClassVar[str] = "roadmap"

    title: NonEmpty
    product_id: EntityId | None = None
    items: list[RoadmapItem] = Field(default_factory=list)
    objectives: list[Objective] = Field(default_factory=list)
    themes: list[Theme] = Field(default_factory=list)

    @field_validator("items")
    @classmethod
    def ids_once(cls, items: list[RoadmapItem]) -> list[RoadmapItem]:
        """Refuse two items of one id."""
        return list(once(items))

    def get(self, item_id: str) -> RoadmapItem | None:
        """The item of that id, or None."""
        return next((item for item in self.items if item.id == item_id), None)

    def snapshot(self, at: datetime) -> Snapshot:
        """Keep the roadmap as it is now; later edits do not reach the copy."""
        return Snapshot(at=at, items=tuple(item.model_copy(deep=True) for item in self.items))

    def __str__(self) -> str:
        groups: dict[str, list[str]] = {}
        for horizon in (*Horizon, None):
            found = [item for item in self.items if item.horizon is horizon]
            if found:
                groups[horizon.value if horizon else "no horizon"] = [describe(item) for item in found]
        count = len(self.items)
        lines = [f"{self.title}: {count} item{'' if count == 1 else 's'}"]
        return "\n".join([*lines, *(f"  {name}: {', '.join(texts)}" for name, texts in groups.items())])


def describe(item: RoadmapItem) -> str:
    """An item in a few words: title, status, time."""
    return f"{item.title} ({', '.join([item.status.value, *([item.when.label] if item.when else [])])})"


def once(items: Iterable[RoadmapItem]) -> list[RoadmapItem]:
    """The items, if no id comes twice; else ValueError."""
    found = list(items)
    if twice := [item_id for item_id, count in Counter(item.id for item in found).items() if count > 1]:
        raise ValueError(f"more than one item has the id {', '.join(sorted(twice))}")
    return found


def rank_items(items: Iterable[RoadmapItem], score: str) -> list[Ranked]:
    """Rank items by the score kept under a name, highest first, ties equal, those without one last.

    Raises ValueError when the kept scores cannot be compared (see `rank`).
    """
    kept = {item.id: item.scores.get(score) for item in items}
    like = next((found for found in kept.values() if found is not None), None)
    aspects = {} if like is None else like.model_dump(include={"period", "population", "as_of"})
    missing = Score(
        value=None, method=like.method if like else score, warnings=(f"the item has no {score} score",), **aspects
    )
    return rank({item_id: found or missing for item_id, found in kept.items()})
