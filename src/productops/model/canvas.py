"""A capability canvas: what a team should be able to do, and the ladder of levels it is assessed by.

The practice of a lean capability canvas with three levels is Chris Compston's idea; ladder, levels and texts here
are data of the user.
"""

import hashlib
import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, ClassVar, Self

from pydantic import Field, model_validator

from productops.model.base import EntityId, NonEmpty, Value, now_utc
from productops.model.people import PersonRef
from productops.model.whole import WholeEntity, refuse_doubles

NOT_YET = "not_yet"
NOT_APPLICABLE = "n/a"


class Level(Value):
    """A step of a ladder; rank 0 is "not yet" and needs no step of its own. `labels` holds translations."""

    key: NonEmpty
    label: NonEmpty
    rank: int = Field(ge=1)
    labels: dict[str, str] = Field(default_factory=dict)
    colour: str | None = None

    def label_in(self, lang: str) -> str:
        """The label in a language, else the plain one."""
        return self.labels.get(lang, self.label)


class Ladder(Value):
    """Ordered levels with a version, for ladders change and old assessments stay.

    Levels are kept by rank; doubled keys or ranks, the keys `not_yet` and `n/a`, and no level raise ValueError.

    >>> [level.key for level in GOOD_BETTER_BEST.levels]
    ['good', 'better', 'best']
    """

    key: NonEmpty
    version: int = Field(default=1, ge=1)
    levels: tuple[Level, ...] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def by_rank(cls, data: Any) -> Any:
        """Sort the levels, whatever order they came in."""
        if isinstance(data, dict) and isinstance(data.get("levels"), (list, tuple)):
            levels = [Level.model_validate(level) for level in data["levels"]]
            return {**data, "levels": tuple(sorted(levels, key=lambda level: level.rank))}
        return data

    @model_validator(mode="after")
    def levels_differ(self) -> Self:
        """Refuse levels that cannot be told apart."""
        keys = [level.key for level in self.levels]
        if len(set(keys)) < len(keys) or len({level.rank for level in self.levels}) < len(keys):
            raise ValueError(f"the levels of ladder {self.key!r} need different keys and ranks")
        if {NOT_YET, NOT_APPLICABLE} & set(keys):
            raise ValueError(f"{NOT_YET!r} and {NOT_APPLICABLE!r} exist in every ladder and are no levels of their own")
        return self

    @property
    def max_rank(self) -> int:
        """The highest rank."""
        return self.levels[-1].rank

    def steps(self) -> tuple[tuple[str, int], ...]:
        """What makes two ladders the same: keys and ranks, not labels or colours."""
        return tuple((level.key, level.rank) for level in self.levels)

    def rank(self, key: str) -> int:
        """The rank of a level, 0 for `not_yet`; ValueError naming the legal keys for any other."""
        if key == NOT_YET:
            return 0
        for level in self.levels:
            if level.key == key:
                return level.rank
        legal = ", ".join([NOT_YET, *(level.key for level in self.levels)])
        raise ValueError(f"{key!r} is no level of ladder {self.key} version {self.version}; use one of: {legal}")

    def level_key(self, rank: int) -> str:
        """The key of the highest level at or below a rank."""
        return next((level.key for level in reversed(self.levels) if level.rank <= rank), NOT_YET)

    def label(self, rank: int, lang: str = "") -> str:
        """The label of the level at a rank."""
        found = [level for level in self.levels if level.rank == rank]
        return found[0].label_in(lang) if found else "not yet"


GOOD_BETTER_BEST = Ladder(
    key="good_better_best",
    levels=(
        Level(key="good", label="good", rank=1, labels={"fr": "bon"}),
        Level(key="better", label="better", rank=2, labels={"fr": "meilleur"}),
        Level(key="best", label="best", rank=3, labels={"fr": "excellent"}),
    ),
)


class LadderMapping(Value):
    """What the levels of an old ladder are called in a newer one; None where a level has no counterpart."""

    key: NonEmpty
    from_version: int = Field(ge=1)
    to_version: int = Field(ge=1)
    levels: dict[str, str | None]

    def translate(self, level: str) -> str | None:
        """The newer level for an old one; `not_yet` and `n/a` stay what they are."""
        return level if level in (NOT_YET, NOT_APPLICABLE) else self.levels.get(level)


class CriterionKind(StrEnum):
    """How a criterion is found to hold: people say so, they show evidence, or a number reaches a threshold."""

    SELF = "self"
    EVIDENCE = "evidence"
    METRIC = "metric"


class Criterion(Value):
    """One thing that holds or does not; a metric needs a reference and a threshold, reached from below or above."""

    id: EntityId
    text: NonEmpty
    kind: CriterionKind = CriterionKind.SELF
    metric_ref: NonEmpty | None = None
    threshold: float | None = None
    lower_is_better: bool = False

    @model_validator(mode="after")
    def metric_is_whole(self) -> Self:
        """Refuse a metric nobody can look up or judge."""
        if self.kind is CriterionKind.METRIC and (self.metric_ref is None or self.threshold is None):
            raise ValueError(f"criterion {self.id!r} is a metric, so it needs metric_ref and threshold")
        return self

    def holds_for(self, number: float) -> bool:
        """Whether a measured number reaches the threshold."""
        if self.threshold is None:
            raise ValueError(f"criterion {self.id!r} has no threshold")
        return number <= self.threshold if self.lower_is_better else number >= self.threshold


class Capability(Value):
    """Something a team should be able to do, with the criteria of each level; it is replaced, never edited in place.

    `deprecated_in` is the canvas revision from which on it is no longer assessed.
    """

    id: EntityId
    name: NonEmpty
    area: NonEmpty = "general"
    why: str | None = None
    weight: float = Field(default=1, gt=0)
    criteria: dict[str, tuple[Criterion, ...]] = Field(default_factory=dict)
    target: NonEmpty | None = None
    owner: PersonRef | None = None
    deprecated_in: int | None = None

    def criterion_ids(self) -> set[str]:
        """The ids of all criteria of all levels."""
        return {criterion.id for criteria in self.criteria.values() for criterion in criteria}

    def criteria_digest(self, rename: dict[str, str | None] | None = None) -> str:
        """A fingerprint of the criteria, the same while nothing that is assessed changed; order does not count.

        `rename` gives levels the names they have in a newer ladder.
        """
        names = rename or {}
        content = {
            names.get(level, level) or f"gone {level}": sorted(each.model_dump_json() for each in criteria)
            for level, criteria in self.criteria.items()
            if criteria
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


class Canvas(WholeEntity):
    """A set of capabilities and a ladder, in a revision; `revise` makes the next one.

    Doubled capability or criterion ids, and levels the ladder does not have, raise ValueError.

    >>> canvas = Canvas(name="Product basics", capabilities=[Capability(id="interviews", name="Interviews")])
    >>> canvas.revise(name="Product basics, shorter").revision
    2
    >>> print(canvas.grid({"interviews": 2}))
    Product basics, revision 1: good, better, best
    general
      Interviews  ■ ■ ·  better
    """

    id_prefix: ClassVar[str] = "canvas"

    name: NonEmpty
    scope: str | None = None
    revision: int = Field(default=1, ge=1)
    ladder: Ladder = GOOD_BETTER_BEST
    ladder_mappings: tuple[LadderMapping, ...] = ()
    capabilities: tuple[Capability, ...] = ()
    author: str | None = None
    licence: str | None = None

    @model_validator(mode="after")
    def parts_fit(self) -> Self:
        """Refuse what could not be assessed without doubt."""
        refuse_doubles("capability ids", (capability.id for capability in self.capabilities))
        for capability in self.capabilities:
            every = [each.id for criteria in capability.criteria.values() for each in criteria]
            refuse_doubles(f"criterion ids of {capability.id!r}", every)
            for level in [*capability.criteria, *([capability.target] if capability.target else [])]:
                self.ladder.rank(level)
            if NOT_YET in capability.criteria:
                raise ValueError(f"{capability.id!r} has criteria for {NOT_YET!r}, which needs none")
        return self

    def current(self) -> tuple[Capability, ...]:
        """The capabilities that are assessed in this revision."""
        return tuple(
            each for each in self.capabilities if each.deprecated_in is None or self.revision < each.deprecated_in
        )

    def capability(self, capability_id: str) -> Capability:
        """The capability with an id; raises KeyError."""
        for capability in self.capabilities:
            if capability.id == capability_id:
                return capability
        raise KeyError(f"the canvas {self.name!r} has no capability {capability_id!r}")

    def revise(self, **changes: Any) -> Self:
        """The next revision with these fields changed, under the same id; this one is left as it was."""
        kept = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self)(**{**kept, "updated_at": now_utc(), **changes, "revision": self.revision + 1})

    def fingerprint(self) -> str:
        """What an assessment remembers of the canvas, so that criteria edited in place are noticed."""
        content = {each.id: each.criteria_digest() for each in self.current()}
        return hashlib.sha256(json.dumps([content, self.ladder.steps()], sort_keys=True).encode()).hexdigest()[:16]

    def grid(self, ranks: Mapping[str, int | None] | None = None) -> str:
        """The canvas as text, a line for each capability: ■ a level reached, ○ one up to the target, · one beyond.

        `ranks` are by capability id: None for what is not rated, and no entry for what is not applicable. Without
        any the grid shows the targets.
        """
        shown = self.current()
        width = max((len(each.name) for each in shown), default=0)
        lines = [f"{self.name}, revision {self.revision}: {', '.join(level.label for level in self.ladder.levels)}"]
        for area in dict.fromkeys(each.area for each in shown):
            mine = (each for each in shown if each.area == area)
            lines += [area, *(f"  {each.name:<{width}}  {self.row(each, ranks)}".rstrip() for each in mine)]
        return "\n".join(lines)

    def row(self, capability: Capability, ranks: Mapping[str, int | None] | None) -> str:
        """The cells of one capability, and the same in words."""
        rank = (ranks or {}).get(capability.id)
        target = self.ladder.rank(capability.target) if capability.target else 0
        words = [f"target {self.ladder.label(target)}"] if target else []
        if ranks is not None:
            reached = "unrated" if rank is None else self.ladder.label(rank)
            words.insert(0, reached if capability.id in ranks else "not applicable")
        cells = (
            "■" if step.rank <= (rank or 0) else "○" if step.rank <= target else "·" for step in self.ladder.levels
        )
        return f"{' '.join(cells)}  {', '.join(words)}"

    def __str__(self) -> str:
        return self.grid()

    def mapping_from(self, ladder: Ladder) -> LadderMapping | None:
        """The mapping from an older ladder to this canvas's; None when they are the same or none is known."""
        for mapping in self.ladder_mappings:
            if (mapping.key, mapping.from_version, mapping.to_version) == (
                ladder.key,
                ladder.version,
                self.ladder.version,
            ):
                return mapping
        return None
