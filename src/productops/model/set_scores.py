"""Scores and checks that need all items at once: min-max weights, MoSCoW effort shares, the WSJF table."""

import hashlib
import json
import math
from collections.abc import Mapping
from datetime import date
from typing import Literal

from pydantic import JsonValue

from productops.model.scores import Score, finite, in_range, missing_warnings

MUST_LIMIT = 0.6
Moscow = Literal["must", "should", "could", "wont"]
LEVELS = ("must", "should", "could", "wont")


def wsjf_lint(scores: Mapping[str, Score]) -> list[str]:
    """Warnings on a table of WSJF scores: each column is relative, so each must contain a 1.

    Raises ValueError for scores of another method.
    """
    if others := sorted({score.method for score in scores.values()} - {"wsjf"}):
        raise ValueError(f"these are not WSJF scores: {', '.join(others)}")
    columns = ("business_value", "time_criticality", "risk_opportunity", "job_size")
    return [
        f"no item has a 1 in {column}: estimates are relative to the smallest item"
        for column in columns
        if scores and all(score.inputs.get(column) != 1 for score in scores.values())
    ]


def moscow_share(
    items: Mapping[str, tuple[Moscow, float | None]], *, limit: float = MUST_LIMIT, as_of: date | None = None
) -> Score:
    """The share of effort in Must among Must, Should and Could (DSDM: at most 60 %); Won't is left out.

    `items` maps an id to its level and effort. A missing effort gives None, never a share by count; a share above
    `limit` warns. Raises ValueError for unknown levels and negative efforts.

    >>> round(moscow_share({"a": ("must", 70), "b": ("should", 25), "c": ("could", 15)}).value, 3)
    0.636
    """
    for item_id, (level, effort) in items.items():
        if level not in LEVELS:
            raise ValueError(f"{item_id} has the level {level!r}; use one of: {', '.join(LEVELS)}")
        in_range(f"the effort of {item_id}", effort, 0)
    counted = {item_id: effort for item_id, (level, effort) in items.items() if level != "wont"}
    warnings = missing_warnings({f"the effort of {item_id}": effort for item_id, effort in counted.items()})
    efforts: dict[str, float] = {
        level: math.fsum(effort or 0 for found, effort in items.values() if found == level) for level in LEVELS[:3]
    }
    total = finite(sum(efforts.values()))
    value = None
    if not warnings and total > 0:
        value = efforts["must"] / total
        if value > limit:
            warnings.append(f"Must is {value:.1%} of the effort, above {limit:.0%}")
    elif not warnings:
        warnings.append("there is no effort in Must, Should and Could")
    inputs: dict[str, JsonValue] = {**efforts, "limit": limit}
    return Score(value=value, method="moscow_must_share", inputs=inputs, warnings=tuple(warnings), as_of=as_of)


def min_max(numbers: Mapping[str, float]) -> dict[str, float]:
    """Bring numbers to 0..100 over all of them; the lower end is 0 unless there are negatives.

    When all numbers are equal to the lower end there is nothing to tell apart and all become 0.

    >>> [round(x) for x in min_max({"a": 6, "b": 3, "c": 2}).values()]
    [100, 50, 33]
    """
    low = min([0.0, *numbers.values()])
    # All negative: the highest number, not zero, is the upper end.
    high = max(numbers.values(), default=0.0)
    if finite(high - low) <= 0:
        return dict.fromkeys(numbers, 0.0)
    return {key: (number - low) / (high - low) * 100 for key, number in numbers.items()}


def min_max_scores(
    items: Mapping[str, Mapping[str, float | None]], weights: Mapping[str, float], *, as_of: date | None = None
) -> dict[str, Score]:
    """Weighted scores from 0 to 100 relative to all items, as Jira Product Discovery's weighted scores work.

    Each field is brought to 0..100 over all items (see `min_max`), multiplied by its weight, and summed; fields
    with a negative weight divide: the sum of the positive ones is divided by 1 plus their weighted share (our
    reading: the exact divisor is not documented). The results are normalised again. Adding an item changes all
    scores, so each names its population. Items with a missing field get None and do not shape the others' result.
    Raises ValueError when no weight is positive or a number is not finite.
    """
    missing_warnings(weights)
    if not any(weight > 0 for weight in weights.values()):
        raise ValueError("at least one weight must be above zero")
    used = [field for field, weight in weights.items() if weight]
    rows = {item_id: {field: fields.get(field) for field in used} for item_id, fields in items.items()}
    warnings = {item_id: missing_warnings(row) for item_id, row in rows.items()}
    columns = {
        field: min_max({i: number for i, row in rows.items() if (number := row[field]) is not None}) for field in used
    }
    raw = {item_id: weighted(item_id, columns, weights) for item_id in rows if not warnings[item_id]}
    final = min_max(raw)
    population = fingerprint(rows, weights)
    return {
        item_id: Score(
            value=final.get(item_id),
            method="min_max_weighted",
            inputs={**row, "weights": dict(weights)},
            warnings=tuple(warnings[item_id]),
            population=population,
            as_of=as_of,
        )
        for item_id, row in rows.items()
    }


def weighted(item_id: str, columns: Mapping[str, Mapping[str, float]], weights: Mapping[str, float]) -> float:
    """One item's weighted sum of the helping fields, divided by the hindering ones."""
    parts = {field: column[item_id] * abs(weights[field]) for field, column in columns.items()}
    helps = math.fsum(part for field, part in parts.items() if weights[field] > 0)
    hinders = math.fsum(part for field, part in parts.items() if weights[field] < 0)
    return finite(helps / (1 + hinders / 100))


def fingerprint(rows: Mapping[str, Mapping[str, float | None]], weights: Mapping[str, float]) -> str:
    """A short name for a population: the same items, numbers and weights give the same name."""
    content = json.dumps([rows, weights], sort_keys=True, default=dict)
    return f"{len(rows)} items, {hashlib.sha256(content.encode()).hexdigest()[:12]}"
