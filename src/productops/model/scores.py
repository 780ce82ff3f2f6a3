"""Scores of single items, with how they came about, and ranking them; a missing input never counts as zero."""

import math
from collections.abc import Mapping
from datetime import date
from typing import Literal

from pydantic import Field, JsonValue

from productops.model.base import NonEmpty, Value

RICE_IMPACTS = (0.25, 0.5, 1, 2, 3)
RICE_MIN_EFFORT = 0.5
RICE_MOONSHOT = 0.5
WSJF_SERIES = (1, 2, 3, 5, 8, 13, 20)
TEN = 10


class Score(Value):
    """A number (or None), the method it was made by, what went in and what is doubtful about it.

    `period` is the one reach is counted in; `population` names the set a relative score was computed in. Scores
    whose method, period, population or `as_of` differ cannot be ranked together.

    >>> print(rice(reach=360, impact=2, confidence=0.8, effort=3, period="quarter"))
    rice per quarter 192 (reach 360, impact 2, confidence 0.8, effort 3)
    """

    value: float | None
    method: NonEmpty
    inputs: dict[str, JsonValue] = Field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    period: str | None = None
    population: str | None = None
    as_of: date | None = None

    def __repr__(self) -> str:
        return f"<Score {self.method} {'none' if self.value is None else f'{self.value:.6g}'}>"

    def __str__(self) -> str:
        method = f"{self.method} per {self.period}" if self.period else self.method
        text = f"no {method}" if self.value is None else f"{method} {self.value:.6g}"
        known = [f"{name} {number:g}" for name, number in self.inputs.items() if isinstance(number, int | float)]
        text += f" ({', '.join(known)})" if known else ""
        return f"{text}: {'; '.join(self.warnings)}" if self.warnings else text


class Ranked(Value):
    """An item's place in a ranked list: ties share a rank, and an item without a value has none."""

    id: str
    score: Score
    rank: int | None


def missing_warnings(inputs: Mapping[str, float | None]) -> list[str]:
    """One warning for each missing input; raises ValueError for NaN and infinities, TypeError for text."""
    for name, number in inputs.items():
        if isinstance(number, str):
            raise TypeError(f"{name} is the text {number!r}: write a number, or None when it is missing")
        if number is not None and not math.isfinite(number):
            raise ValueError(f"{name} is {number}; use None for a missing number")
    return [f"{name} is missing, so there is no score" for name, number in inputs.items() if number is None]


def in_range(name: str, number: float | None, low: float, high: float = math.inf) -> None:
    """Refuse a number outside its scale; a missing one passes."""
    if number is not None and not low <= number <= high:
        limits = f"at least {low:g}" if high == math.inf else f"from {low:g} to {high:g}"
        raise ValueError(f"{name} is {limits}, not {number:g}")


def rice(
    reach: float | None,
    impact: float | None,
    confidence: float | None,
    effort: float | None,
    *,
    period: str,
    as_of: date | None = None,
) -> Score:
    """RICE: reach × impact × confidence ÷ effort (the method published by Intercom).

    Reach is a count per `period`, impact one of 3, 2, 1, 0.5, 0.25, confidence a share from 0 to 1, effort in
    person-months. Raises ValueError for negative numbers, an effort of zero and a confidence above 1.

    >>> rice(reach=360, impact=2, confidence=0.8, effort=3, period="quarter").value
    192.0
    """
    inputs = {"reach": reach, "impact": impact, "confidence": confidence, "effort": effort}
    warnings = missing_warnings(inputs)
    if not period.strip():
        raise ValueError("reach is a count per period: name it, for instance period='quarter'")
    in_range("reach", reach, 0)
    in_range("impact", impact, 0)
    if confidence is not None and 1 < confidence <= 100:  # noqa: PLR2004, RUF100 - per cent
        raise ValueError(f"confidence is a share from 0 to 1: write {confidence / 100:g} instead of {confidence:g}")
    in_range("confidence", confidence, 0, 1)
    if effort is not None and effort <= 0:
        raise ValueError(f"effort is person-months above 0, not {effort:g}")
    if impact is not None and impact not in RICE_IMPACTS:
        warnings.append(f"impact {impact:g} is not one of 3, 2, 1, 0.5, 0.25")
    if confidence is not None and confidence < RICE_MOONSHOT:
        warnings.append(f"confidence {confidence:.0%} is below 50 %: a moonshot")
    if effort is not None and effort < RICE_MIN_EFFORT:
        warnings.append(f"effort {effort:g} is below the usual minimum of half a person-month")
    value = None
    if reach is not None and impact is not None and confidence is not None and effort is not None:
        value = finite(reach * impact * confidence / effort)
    return made(value, "rice", inputs, warnings, period=period, as_of=as_of)


def ice(
    impact: float | None,
    confidence: float | None,
    ease: float | None,
    *,
    variant: Literal["product", "mean"] = "product",
    as_of: date | None = None,
) -> Score:
    """ICE on scales from 1 to 10: the product of impact, confidence and ease, or their mean.

    The variants can order the same items differently, so the variant is part of the method's name.
    Raises ValueError outside the scale or for another variant.

    >>> ice(8, 6, 7).value, ice(8, 6, 7, variant="mean").value
    (336.0, 7.0)
    """
    if variant not in ("product", "mean"):
        raise ValueError(f"ice has the variants 'product' and 'mean', not {variant!r}")
    inputs = {"impact": impact, "confidence": confidence, "ease": ease}
    warnings = missing_warnings(inputs)
    for name, number in inputs.items():
        in_range(name, number, 1, TEN)
    value = None
    if impact is not None and confidence is not None and ease is not None:
        value = impact * confidence * ease if variant == "product" else (impact + confidence + ease) / 3
    return made(value, f"ice_{variant}", inputs, warnings, as_of=as_of)


def wsjf(
    business_value: float | None,
    time_criticality: float | None,
    risk_opportunity: float | None,
    job_size: float | None,
    *,
    as_of: date | None = None,
) -> Score:
    """WSJF (SAFe): (business value + time criticality + risk reduction or opportunity) ÷ job size.

    Inputs come from 1, 2, 3, 5, 8, 13, 20; others warn. Raises ValueError for negative numbers and a size of
    zero. `wsjf_lint` looks at a whole table.

    >>> wsjf(3, 13, 8, 5).value
    4.8
    """
    inputs = {
        "business_value": business_value,
        "time_criticality": time_criticality,
        "risk_opportunity": risk_opportunity,
        "job_size": job_size,
    }
    warnings = missing_warnings(inputs)
    for name, number in inputs.items():
        in_range(name, number, 0)
        if number is not None and number not in WSJF_SERIES:
            warnings.append(f"{name} {number:g} is not one of 1, 2, 3, 5, 8, 13, 20")
    if job_size is not None and job_size <= 0:
        raise ValueError(f"job_size is above 0, not {job_size:g}")
    value = None
    if None not in (business_value, time_criticality, risk_opportunity, job_size):
        value = finite(((business_value or 0) + (time_criticality or 0) + (risk_opportunity or 0)) / (job_size or 1))
    return made(value, "wsjf", inputs, warnings, as_of=as_of)


def opportunity(importance: float | None, satisfaction: float | None, *, as_of: date | None = None) -> Score:
    """Opportunity score (Ulwick): importance + max(importance − satisfaction, 0), from 0 to 20.

    Inputs are ten times the share of respondents who answered 4 or 5 of 5, per segment; not means.
    Raises ValueError outside 0 to 10.

    >>> opportunity(8.5, 4).value, opportunity(6, 9).value
    (13.0, 6.0)
    """
    inputs = {"importance": importance, "satisfaction": satisfaction}
    warnings = missing_warnings(inputs)
    for name, number in inputs.items():
        in_range(name, number, 0, TEN)
    value = None
    if importance is not None and satisfaction is not None:
        value = importance + max(importance - satisfaction, 0)
    return made(value, "opportunity", inputs, warnings, as_of=as_of)


def weighted_scorecard(
    ratings: Mapping[str, float | None],
    weights: Mapping[str, float],
    *,
    scale: tuple[float, float],
    as_of: date | None = None,
) -> Score:
    """Weighted mean of ratings on a declared scale: sum(weight × rating) ÷ sum(weight).

    A criterion with a weight but no rating is missing; a weight of zero takes its criterion out. Raises ValueError
    for ratings outside the scale or without a weight, negative weights, and weights that sum to zero.

    >>> weighted_scorecard({"value": 4, "fit": 1}, {"value": 2, "fit": 1}, scale=(1, 5)).value
    3.0
    """
    if unknown := sorted(set(ratings) - set(weights)):
        raise ValueError(f"no weight for {', '.join(unknown)}")
    for name, weight in weights.items():
        in_range(f"the weight of {name}", weight, 0)
    total = finite(math.fsum(weights.values()))
    if total <= 0:
        raise ValueError("the weights sum to zero")
    counted = {name: ratings.get(name) for name, weight in weights.items() if weight > 0}
    warnings = missing_warnings(counted)
    for name, number in ratings.items():
        in_range(name, number, *scale)
    value = None
    if not warnings:
        value = math.fsum(weights[name] * (number or 0) / total for name, number in counted.items())
    inputs: dict[str, JsonValue] = {"ratings": dict(ratings), "weights": dict(weights), "scale": list(scale)}
    names = ",".join(f"{name}*{weights[name]:g}" for name in sorted(counted))
    # Other weights make another measure, so they are part of the method's name.
    return Score(
        value=value, method=f"weighted_scorecard({names})", inputs=inputs, warnings=tuple(warnings), as_of=as_of
    )


def finite(value: float) -> float:
    """Refuse a result too large for a number."""
    if not math.isfinite(value):
        raise ValueError("the numbers are too large to score")
    return value


def made(
    value: float | None,
    method: str,
    inputs: Mapping[str, float | None],
    warnings: list[str],
    *,
    period: str | None = None,
    as_of: date | None = None,
) -> Score:
    """A score from plain numbers."""
    return Score(value=value, method=method, inputs=dict(inputs), warnings=tuple(warnings), period=period, as_of=as_of)


def rank(scores: Mapping[str, Score]) -> list[Ranked]:
    """Order items by score, highest first, then by id; those without a value come last and have no rank.

    Equal scores share a rank and the next rank is skipped (1, 1, 3). Raises ValueError when methods, periods,
    populations or days differ, for such numbers cannot be compared.
    """
    for aspect in ("method", "period", "population", "as_of"):
        found = {str(getattr(score, aspect)) for score in scores.values()}
        if len(found) > 1:
            raise ValueError(f"scores of different {aspect} cannot be ranked together: {', '.join(sorted(found))}")
    ordered = sorted(scores.items(), key=lambda item: (item[1].value is None, -(item[1].value or 0), item[0]))
    ranked: list[Ranked] = []
    for place, (item_id, score) in enumerate(ordered, 1):
        tied = bool(ranked) and ranked[-1].score.value == score.value
        position = None if score.value is None else (ranked[-1].rank if tied else place)
        ranked.append(Ranked(id=item_id, score=score, rank=position))
    return ranked
