"""What people said a team can do, held against a canvas: levels, the index with its coverage, and the gaps."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from enum import StrEnum
from statistics import median_low
from typing import Any, ClassVar, Self

from pydantic import Field, model_validator

from productops.model.base import EntityId, NonEmpty, Value
from productops.model.canvas import NOT_APPLICABLE, Canvas, Capability
from productops.model.levels import criteria_holding, gated_level
from productops.model.people import PersonRef, pseudonymise
from productops.model.whole import WholeEntity

DISCUSS_SPREAD = 2
STALE_DAYS = 90


class AssessmentMethod(StrEnum):
    """How an assessment was held."""

    SELF = "self"
    FACILITATED = "facilitated"
    PEER = "peer"
    EVIDENCE = "evidence"


class Rating(Value):
    """What one person (or nobody named) says about one capability.

    `level` is a key of the ladder, "not_yet" or "n/a"; None without `met_criteria` means unrated. Where
    `met_criteria` are given, even none of them, they decide the level and not the declared one.
    """

    capability_id: EntityId
    rater: PersonRef | None = None
    level: NonEmpty | None = None
    met_criteria: tuple[str, ...] | None = None
    confidence: float | None = Field(default=None, ge=0, le=1)
    evidence: tuple[NonEmpty, ...] = ()
    comment: str | None = None


class CapabilityResult(Value):
    """What all ratings of a capability come to.

    `rank` is the lower median, 0 is "not yet", None unrated or not applicable. `spread` is highest less lowest rank;
    `discuss` says the raters should talk: far apart, or some find it not applicable. `confidence` is the lower median
    of those given.
    """

    capability_id: EntityId
    name: str
    area: str
    level: str | None = None
    rank: int | None = None
    applicable: bool = True
    raters: int = 0
    spread: int | None = None
    discuss: bool = False
    confidence: float | None = None
    warnings: tuple[str, ...] = ()

    @property
    def rated(self) -> bool:
        """Whether there is a level."""
        return self.rank is not None

    def __str__(self) -> str:
        level = "not applicable" if not self.applicable else (self.level or "unrated").replace("_", " ")
        return f"{self.name}: {level}" + (f" (spread {self.spread}, discuss)" if self.discuss else "")


class CanvasIndex(Value):
    """Weighted ranks as a share of the best possible, and the share of applicable capabilities it rests on."""

    value: float | None
    coverage: float | None
    rated: int
    applicable: int
    not_applicable: int

    def __str__(self) -> str:
        if self.value is None:
            return f"no index: none of {self.applicable} applicable capabilities is rated"
        return f"{self.value:.0%} of the best possible, {self.rated} of {self.applicable} applicable capabilities rated"


class Gap(Value):
    """How far a capability is from its target, in ranks, and times its weight."""

    capability_id: EntityId
    name: str
    current: int
    target: int
    gap: int
    priority: float
    confidence: float | None = None


class Assessment(WholeEntity):
    """Ratings by a team on a day, for one revision of a canvas; only a later assessment changes a level.

    Make one with `for_canvas`, which remembers what the criteria were. Two ratings of one capability by one person
    raise ValueError.

    >>> canvas = Canvas(name="Basics", capabilities=[Capability(id="interviews", name="Interviews")])
    >>> seen = Assessment.for_canvas(canvas, team_id="team_web", held_on=date(2026, 9, 1), ratings=[
    ...     Rating(capability_id="interviews", level=level) for level in ("good", "good", "best")])
    >>> print(seen.results(canvas)[0])
    Interviews: good (spread 2, discuss)
    """

    id_prefix: ClassVar[str] = "assess"

    canvas_id: EntityId
    canvas_revision: int = Field(ge=1)
    canvas_fingerprint: str | None = None
    team_id: EntityId
    held_on: date
    method: AssessmentMethod = AssessmentMethod.SELF
    participants: list[PersonRef] = Field(default_factory=list)
    ratings: tuple[Rating, ...] = ()
    notes: str | None = None
    next_on: date | None = None

    @classmethod
    def for_canvas(cls, canvas: Canvas, **fields: object) -> Self:
        """An assessment of this revision of a canvas; ratings of unknown capabilities or levels raise ValueError."""
        made = cls.model_validate(
            {
                "canvas_id": canvas.id,
                "canvas_revision": canvas.revision,
                "canvas_fingerprint": canvas.fingerprint(),
                **fields,
            }
        )
        made.check_against(canvas)
        return made

    @model_validator(mode="after")
    def one_rating_each(self) -> Self:
        """Refuse a person's second rating of a capability, which would count them twice."""
        seen: set[tuple[str, str]] = set()
        for rating in self.ratings:
            if rating.rater is None:
                continue
            key = (rating.capability_id, rating.rater.key)
            if key in seen:
                raise ValueError(f"{rating.rater.label} rated {rating.capability_id!r} twice")
            seen.add(key)
        return self

    def check_against(self, canvas: Canvas) -> None:
        """Raise ValueError when the canvas is another one or was edited in place, or a rating does not fit it."""
        if (canvas.id, canvas.revision) != (self.canvas_id, self.canvas_revision):
            mine, theirs = (
                f"{self.canvas_id} revision {self.canvas_revision}",
                f"{canvas.id} revision {canvas.revision}",
            )
            raise ValueError(f"this assessment belongs to {mine}, not to {theirs}")
        if self.canvas_fingerprint not in (None, canvas.fingerprint()):
            raise ValueError(
                f"the criteria or the ladder of {canvas.id} revision {canvas.revision} were changed after this "
                "assessment; use Canvas.revise to change them, so that old assessments keep their meaning"
            )
        known = {capability.id for capability in canvas.capabilities}
        for rating in self.ratings:
            if rating.capability_id not in known:
                raise ValueError(f"the canvas {canvas.name!r} has no capability {rating.capability_id!r}")
            if rating.level not in (None, NOT_APPLICABLE):
                canvas.ladder.rank(rating.level)

    def results(self, canvas: Canvas, metrics: Mapping[str, float] | None = None) -> list[CapabilityResult]:
        """One result for each capability of the canvas, in its order; `metrics` are numbers by `metric_ref`."""
        self.check_against(canvas)
        return [
            result(capability, canvas, [each for each in self.ratings if each.capability_id == capability.id], metrics)
            for capability in canvas.current()
        ]

    def grid(self, canvas: Canvas, metrics: Mapping[str, float] | None = None) -> str:
        """The canvas as text with the levels reached; what is not applicable says so."""
        ranks = {each.capability_id: each.rank for each in self.results(canvas, metrics) if each.applicable}
        return canvas.grid(ranks)

    def stale(self, as_of: date, max_age_days: int = STALE_DAYS) -> bool:
        """Whether it is older than so many days (90 is our default)."""
        return as_of - self.held_on > timedelta(days=max_age_days)

    def anonymised(self, salt: str, *, keep_comments: bool = False) -> Self:
        """A copy for export: raters as pseudonyms, without participants, notes, links and own fields.

        Comments and evidence often say who wrote them and are dropped unless `keep_comments`. Ratings are sorted,
        so that their order tells nothing. The salt needs at least 8 characters.
        """
        hidden = [
            rating.model_copy(
                update={
                    "rater": pseudonymise(rating.rater, salt) if rating.rater else None,
                    "comment": rating.comment if keep_comments else None,
                    "evidence": rating.evidence if keep_comments else (),
                }
            )
            for rating in self.ratings
        ]
        hidden.sort(key=lambda each: (each.capability_id, each.rater.label if each.rater else "", each.level or ""))
        update: dict[str, Any] = {
            "ratings": tuple(hidden),
            "participants": [],
            "notes": None,
            "external": [],
            "custom": {},
            "tags": [],
        }
        return self.model_copy(update=update, deep=True)


def rank_of(
    rating: Rating, capability: Capability, canvas: Canvas, metrics: Mapping[str, float] | None
) -> tuple[int | None, list[str]]:
    """The rank a rating says, None where it says none, and what is doubtful about it."""
    if rating.level == NOT_APPLICABLE:
        return None, []
    declared = None if rating.level is None else canvas.ladder.rank(rating.level)
    if rating.met_criteria is None:
        return declared, []
    held, warnings = criteria_holding(capability, rating.met_criteria, rating.evidence, metrics)
    gated = gated_level(capability, canvas.ladder, held)
    warnings += gated.warnings
    if declared is not None and declared != gated.rank:
        warnings.append(f"declared {rating.level}, but the criteria say {gated.level}")
    return gated.rank, warnings


def result(
    capability: Capability,
    canvas: Canvas,
    ratings: Iterable[Rating],
    metrics: Mapping[str, float] | None = None,
    *,
    discuss_spread: int = DISCUSS_SPREAD,
) -> CapabilityResult:
    """Put the ratings of one capability together: the lower median, the spread, and whether to discuss.

    It is not applicable only when all who answered say so. `discuss_spread` is our default.
    """
    given = list(ratings)
    said_na = sum(each.level == NOT_APPLICABLE for each in given)
    pairs = [rank_of(rating, capability, canvas, metrics) for rating in given]
    ranks = [rank for rank, _ in pairs if rank is not None]
    sure = [rating.confidence for rating in given if rating.confidence is not None]
    spread = max(ranks) - min(ranks) if ranks else None
    rank = median_low(ranks) if ranks else None
    return CapabilityResult(
        capability_id=capability.id,
        name=capability.name,
        area=capability.area,
        level=None if rank is None else canvas.ladder.level_key(rank),
        rank=rank,
        applicable=bool(ranks) or not said_na,
        raters=len(ranks),
        spread=spread,
        discuss=(spread is not None and spread >= discuss_spread) or bool(ranks and said_na),
        confidence=median_low(sure) if sure else None,
        warnings=tuple(dict.fromkeys(warning for _, warnings in pairs for warning in warnings)),
    )


def canvas_index(canvas: Canvas, results: Iterable[CapabilityResult]) -> CanvasIndex:
    """Weighted ranks of what is rated and applicable, as a share of the highest possible.

    Unrated is not 0 and not applicable is not best: both stay out, and the coverage tells how much that is. None
    rated gives None.
    """
    known = list(results)
    applicable = [each for each in known if each.applicable]
    rated = [(canvas.capability(each.capability_id).weight, each.rank) for each in applicable if each.rank is not None]
    best = sum(weight for weight, _ in rated) * canvas.ladder.max_rank
    return CanvasIndex(
        value=sum(weight * rank for weight, rank in rated) / best if rated else None,
        coverage=len(rated) / len(applicable) if applicable else None,
        rated=len(rated),
        applicable=len(applicable),
        not_applicable=len(known) - len(applicable),
    )


def gaps(canvas: Canvas, results: Iterable[CapabilityResult]) -> list[Gap]:
    """Rated capabilities below their target, by weight × distance; of equals the least certain comes first.

    A rating without a confidence counts as the least certain. Unrated ones have no gap, for nobody knows it.
    """
    found: list[Gap] = []
    for each in results:
        capability = canvas.capability(each.capability_id)
        if each.rank is None or capability.target is None:
            continue
        target = canvas.ladder.rank(capability.target)
        gap = max(0, target - each.rank)
        if gap:
            found.append(
                Gap(
                    capability_id=each.capability_id,
                    name=each.name,
                    current=each.rank,
                    target=target,
                    gap=gap,
                    priority=capability.weight * gap,
                    confidence=each.confidence,
                )
            )
    return sorted(found, key=lambda gap: (-gap.priority, -1 if gap.confidence is None else gap.confidence, gap.name))
