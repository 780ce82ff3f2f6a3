"""The known notes that lie nearest: they vote for their area, and tell whether a note is like anything known at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

NEAREST = 5  # of all, for how near anything is
VOTES = 3  # of each area
SAMPLE = 1_000  # notes by which the two are brought to one scale
AT_ONCE = 1_000


class Neighbours:
    """Embeddings of sorted notes. `votes` has a column per label: the mean likeness to the label's three nearest."""

    def __init__(self, vectors: Any, labels: Sequence[int] | Any, scale: tuple[float, float] = (0.0, 0.0)) -> None:
        labels = np.asarray(labels, dtype=np.int64)
        order = np.argsort(labels, kind="stable")
        self.vectors: NDArray[np.float32] = np.asarray(vectors, dtype=np.float32)[order]
        self.labels: Any = labels[order]
        self.scale: tuple[float, float] = (
            scale  # mean of the votes, and what a vote is worth in scores of the linear model
        )

    def fit(self, table: Any, vectors: Any, weight: float) -> Neighbours:
        """Bring votes to the scale of the linear model's scores, by some notes and their scores.

        `weight` is what the votes count beside the model, both in standard deviations.
        """
        votes = self.votes(vectors[:SAMPLE])
        deviation = float(votes.std()) or 1.0
        self.scale = float(votes.mean()), weight * float(table[:SAMPLE].std()) / deviation
        return self

    def added(self, scores: Any, vectors: Any) -> Any:
        """The linear model's scores with the votes added."""
        mean, worth = self.scale
        return scores + worth * (self.votes(vectors) - mean)

    def votes(self, vectors: Any) -> NDArray[np.float64]:
        """How like each label's nearest notes are."""
        first = np.searchsorted(self.labels, np.arange(self.labels[-1] + 2))
        found = np.zeros((len(vectors), len(first) - 1))
        for start in range(0, len(vectors), AT_ONCE):
            likeness = vectors[start : start + AT_ONCE] @ self.vectors.T
            for label in range(len(first) - 1):
                near = likeness[:, first[label] : first[label + 1]]
                count = min(VOTES, near.shape[1])
                found[start : start + AT_ONCE, label] = np.partition(near, -count, axis=1)[:, -count:].mean(axis=1)
        return found

    def nearness(self, vectors: Any) -> NDArray[np.float64]:
        """The mean likeness to the five nearest of all."""
        count = min(NEAREST, len(self.vectors))
        found = [np.zeros(0)]
        for start in range(0, len(vectors), AT_ONCE):
            likeness = vectors[start : start + AT_ONCE] @ self.vectors.T
            found.append(np.partition(likeness, -count, axis=1)[:, -count:].mean(axis=1))
        return np.concatenate(found)
