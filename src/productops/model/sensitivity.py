"""How much a score depends on each of its inputs: one at a time is moved, the others stay."""

from collections.abc import Mapping
from typing import Any

from productops.model.base import Value
from productops.model.scores import RICE_IMPACTS, Score, rice

SHARE = 0.25


class Swing(Value):
    """What a score becomes when one input alone goes from `low` to `high`."""

    input: str
    low: float
    high: float
    low_score: float
    high_score: float

    @property
    def width(self) -> float:
        """How far the score moves in all."""
        return abs(self.high_score - self.low_score)


def rice_swings(
    score: Score, *, by: float = SHARE, ranges: Mapping[str, tuple[float, float]] | None = None
) -> tuple[Swing, ...]:
    """Move each input of a RICE score alone, the one that matters most first; nothing for a score without a value.

    `ranges` gives the low and the high of an input where they are known. Otherwise reach, effort and confidence move
    by the share `by` each way (confidence to 1 at most), and impact to the neighbouring steps of its scale. The share
    is a default of ours, not a rule. Raises ValueError for a score of another method, a share outside 0 to 1, and
    inputs that RICE does not have.

    >>> found = rice_swings(rice(reach=360, impact=2, confidence=0.8, effort=3, period="quarter"))
    >>> [(each.input, each.low_score, each.high_score) for each in found][0]
    ('impact', 96.0, 288.0)
    """
    if score.method != "rice":
        raise ValueError(f"the swings of {score.method} are not known, only those of rice")
    if not 0 < by < 1:
        raise ValueError(f"by is a share between 0 and 1, not {by:g}")
    if score.value is None:
        return ()
    known = {name: float(number) for name, number in score.inputs.items() if isinstance(number, int | float)}
    if unknown := sorted(set(ranges or {}) - set(known)):
        raise ValueError(f"rice has no input {', '.join(unknown)}")
    found = []
    for name, number in known.items():
        low, high = (ranges or {}).get(name) or around(name, number, by)
        scores = [_score(known, name, moved, score.period) for moved in (low, high)]
        found.append(Swing(input=name, low=low, high=high, low_score=scores[0], high_score=scores[1]))
    return tuple(sorted(found, key=lambda each: (-each.width, each.input)))


def around(name: str, number: float, by: float) -> tuple[float, float]:
    """The low and the high that an input is moved to."""
    if name == "impact" and number in RICE_IMPACTS:
        at = RICE_IMPACTS.index(number)
        return RICE_IMPACTS[max(0, at - 1)], RICE_IMPACTS[min(len(RICE_IMPACTS) - 1, at + 1)]
    high = number * (1 + by)
    return number * (1 - by), min(1.0, high) if name == "confidence" else high


def _score(known: Mapping[str, float], name: str, moved: float, period: str | None) -> float:
    inputs: dict[str, Any] = {**known, name: moved}
    return rice(**inputs, period=period or "period").value or 0.0
