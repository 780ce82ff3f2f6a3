"""How sure a router may be: probabilities that come true, and a line below which a person decides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from productops.insights.linear import shares, temperature_for

HELD_OUT = 5  # one in so many examples
SHY = 0.1  # the share of held-out notes that is left to a person by default


def held_out(labels: Sequence[str], seed: int) -> tuple[list[int], list[int]]:
    """Split places into those to learn from and those to judge by: a fifth of each label, rounded down, at random.

    >>> train, judge = held_out(["a"] * 10 + ["b"], 0)
    >>> len(train), len(judge)
    (9, 2)
    """
    places: dict[str, list[int]] = defaultdict(list)
    for place in np.random.default_rng(seed).permutation(len(labels)):
        places[labels[place]].append(int(place))
    judge = sorted(place for group in places.values() for place in group[: len(group) // HELD_OUT])
    chosen = set(judge)
    return [place for place in range(len(labels)) if place not in chosen], judge


class Confidence:
    """Turns scores into probabilities, and into how sure to be that a note belongs to any area at all.

    How sure is the best score, and with an embedder the likeness to the five nearest examples besides, both counted in
    standard deviations of held-out notes.
    """

    def __init__(self) -> None:
        self.temperature: float = 1.0
        self.threshold: float = -np.inf
        self.scales: list[tuple[float, float]] = [
            (0.0, 1.0),
            (0.0, 1.0),
        ]  # mean and deviation of the best score and of the nearness

    def fit(self, scores: Any, labels: Sequence[str], right: Sequence[str], nearness: Any) -> None:
        """Learn from held-out notes, whose right labels are known."""
        column = {label: place for place, label in enumerate(labels)}
        self.temperature = temperature_for(scores, np.array([column.get(label, -1) for label in right]))
        self.scales = [_scale(_best(scores)), _scale(nearness)]
        self.threshold = float(np.quantile(self.sureness(scores, nearness), SHY))

    def decide(self, sure: Any, gain: Any) -> None:
        """Set the line so that the gain of all that lies on or above it is the highest.

        A gain is 1 for a note that is rightly routed, 0 for one that is not, -1 for one that should not be at all.
        """
        order = np.argsort(-sure, kind="stable")
        total = np.cumsum(gain[order])
        # Equal values go together: only the last of them tells what their line gains.
        last = np.append(sure[order][1:] != sure[order][:-1], True)
        best = int(np.argmax(np.where(last, total, -np.inf)))
        self.threshold = float(sure[order][best]) if total[best] > 0 else float(np.inf)

    def sureness(self, scores: Any, nearness: Any) -> Any:
        """How sure to be of each row; only the order matters."""
        parts = [_best(scores)] if nearness is None else [_best(scores), nearness]
        return sum((part - mean) / deviation for part, (mean, deviation) in zip(parts, self.scales, strict=False))

    def chances(self, scores: Any) -> Any:
        """The probability of every label."""
        return shares(scores, self.temperature)

    def facts(self) -> dict[str, Any]:
        """The numbers, to be stored."""
        threshold = None if np.isinf(self.threshold) and self.threshold < 0 else self.threshold
        return {"temperature": self.temperature, "threshold": threshold, "scales": self.scales}

    @classmethod
    def restored(cls, facts: dict[str, Any]) -> Confidence:
        """Take back what was stored."""
        found = cls()
        found.temperature = facts["temperature"]
        found.threshold = -np.inf if facts["threshold"] is None else facts["threshold"]
        found.scales = [(mean, deviation) for mean, deviation in facts["scales"]]
        return found


def _best(scores: Any) -> Any:
    return scores.max(axis=1) if scores.shape[1] else np.zeros(len(scores))


def _scale(values: Any) -> tuple[float, float]:
    if values is None or not len(values):
        return 0.0, 1.0
    return float(np.mean(values)), float(np.std(values)) or 1.0
