"""Which level the criteria say, and the score that gives credit for parts of one."""

from collections.abc import Collection, Mapping, Sequence

from productops.model.base import Value
from productops.model.canvas import NOT_YET, Capability, Criterion, CriterionKind, Ladder
from productops.model.scores import Score


class GatedLevel(Value):
    """The level reached, and how many criteria of the next one hold; `next_level` is None at the top."""

    level: str
    rank: int
    next_level: str | None = None
    met: int = 0
    of: int = 0
    warnings: tuple[str, ...] = ()

    @property
    def progress(self) -> float | None:
        """The share of the next level's criteria that hold."""
        return self.met / self.of if self.of else None

    def __str__(self) -> str:
        text = self.level.replace("_", " ")
        return f"{text}, {self.met}/{self.of} of {self.next_level}" if self.next_level else text


def gated_level(capability: Capability, ladder: Ladder, met: Collection[str]) -> GatedLevel:
    """The highest level all of whose criteria hold, with those of every level below it.

    `met` are ids of criteria. No criterion met is "not yet", which is a result. A level without criteria is skipped
    with a warning: it cannot be reached. Ids the capability does not have are warned about.

    >>> from productops.model.canvas import GOOD_BETTER_BEST
    >>> one = Capability(id="a", name="A", criteria={"good": [Criterion(id="g", text="We talk to users")],
    ...                                              "better": [Criterion(id="b", text="Every week")]})
    >>> str(gated_level(one, GOOD_BETTER_BEST, {"g"}))
    'good, 0/1 of better'
    """
    warnings = [
        f"level {each.key!r} has no criteria and is skipped"
        for each in ladder.levels
        if not capability.criteria.get(each.key)
    ]
    unknown = sorted(set(met) - capability.criterion_ids())
    if unknown:
        warnings.append(f"{capability.id!r} has no criteria {', '.join(unknown)}")
    reached, rank = NOT_YET, 0
    for level in ladder.levels:
        criteria = capability.criteria.get(level.key, ())
        if not criteria:
            continue
        holding = sum(criterion.id in met for criterion in criteria)
        if holding < len(criteria):
            return GatedLevel(
                level=reached, rank=rank, next_level=level.key, met=holding, of=len(criteria), warnings=tuple(warnings)
            )
        reached, rank = level.key, level.rank
    return GatedLevel(level=reached, rank=rank, warnings=tuple(warnings))


def criteria_holding(
    capability: Capability,
    claimed: Collection[str],
    evidence: Collection[str],
    metrics: Mapping[str, float] | None = None,
) -> tuple[set[str], list[str]]:
    """Which of the claimed criteria count, and warnings about the rest.

    A criterion of evidence counts only where the rating carries some. One of a metric is decided by the number in
    `metrics` alone, claimed or not; without the number it does not count.
    """
    held: set[str] = set()
    warnings: list[str] = []
    for criterion in (each for criteria in capability.criteria.values() for each in criteria):
        problem = why_not_held(criterion, claimed, evidence, metrics or {})
        if problem is None:
            held.add(criterion.id)
        elif problem:
            warnings.append(f"{criterion.id}: {problem}")
    return held | (set(claimed) - capability.criterion_ids()), warnings


def why_not_held(
    criterion: Criterion, claimed: Collection[str], evidence: Collection[str], metrics: Mapping[str, float]
) -> str | None:
    """None when the criterion holds, "" when nobody claims it, else what the claim lacks."""
    if criterion.kind is CriterionKind.METRIC:
        number = metrics.get(criterion.metric_ref or "")
        if number is None:
            return f"no number for {criterion.metric_ref}, so it does not count" if criterion.id in claimed else ""
        if criterion.holds_for(number):
            return None
        return f"{criterion.metric_ref} is {number:g}, the threshold {criterion.threshold:g}"
    if criterion.id not in claimed:
        return ""
    if criterion.kind is CriterionKind.EVIDENCE and not evidence:
        return "claimed without evidence, so it does not count"
    return None


def partial_credit(streams: Sequence[Sequence[float | None]]) -> Score:
    """The sum over levels of the mean answer of all streams, each answer 0 to 1 (the way OWASP SAMM scores).

    A stream is its answers in the order of levels. A missing answer gives no score and a warning. Raises ValueError
    for streams of different length and answers outside 0 to 1.

    >>> partial_credit([[1, 0.5, 0.25], [1, 0.25, 0]]).value
    1.5
    """
    if len({len(stream) for stream in streams}) > 1:
        raise ValueError("every stream needs an answer, or None, for each level")
    wrong = [answer for stream in streams for answer in stream if answer is not None and not 0 <= answer <= 1]
    if wrong:
        raise ValueError(f"an answer is a share from 0 to 1, not {wrong[0]:g}")
    inputs = {"streams": [list(stream) for stream in streams]}
    missing = sum(answer is None for stream in streams for answer in stream)
    if missing or not streams or not streams[0]:
        warning = f"{missing} answers are missing, so there is no score" if missing else "there are no answers"
        return Score(value=None, method="partial credit", inputs=inputs, warnings=(warning,))
    total = sum(sum(answer or 0 for answer in level) / len(level) for level in zip(*streams, strict=True))
    return Score(value=total, method="partial credit", inputs=inputs)
