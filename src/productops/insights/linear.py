"""Linear models as two arrays: a weight per label and feature, and a bias per label."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from productops.errors import ConfigError
from productops.insights.notes import is_missing

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Linear:
    """Scores for every label are `table @ weights.T + bias`."""

    labels: tuple[str, ...]
    weights: Floats
    bias: Floats

    def scores(self, table: Any) -> Floats:
        """A score per row and label; the highest wins."""
        return np.asarray(table @ self.weights.T) + self.bias


def margin_model(table: Any, labels: Sequence[str], *, cost: float, balanced: bool, seed: int, weight: Any) -> Linear:
    """A support vector machine, one label against the rest: the best where examples are many."""
    from sklearn.svm import LinearSVC

    model = LinearSVC(C=cost, class_weight="balanced" if balanced else None, random_state=seed)
    return _fitted(model, table, labels, weight)


def likelihood_model(table: Any, labels: Sequence[str], *, cost: float, balanced: bool, weight: Any) -> Linear:
    """Logistic regression over all labels at once: the best where examples are few, or labels noisy."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=cost, class_weight="balanced" if balanced else None, max_iter=100)
    return _fitted(model, table, labels, weight)


def side_by_side(models: Sequence[Linear], shares: Sequence[float]) -> Linear:
    """Models of the same labels as one of all their columns: it adds up their scores, each times its share."""
    parts = list(zip(models, shares, strict=True))
    weights = np.hstack([share * model.weights for model, share in parts])
    return Linear(models[0].labels, weights, np.asarray(sum(share * model.bias for model, share in parts)))


def _fitted(model: Any, table: Any, labels: Sequence[str], weight: Any) -> Linear:
    with warnings.catch_warnings():
        # A model stopped early is a little less sharp and no worse; on separable texts it would never end.
        warnings.filterwarnings("ignore", category=UserWarning, module="sklearn")
        model.fit(table, np.asarray(labels, dtype=object).astype(str), sample_weight=weight)
    weights, bias = np.asarray(model.coef_), np.broadcast_to(model.intercept_, (model.coef_.shape[0],))
    if len(weights) == 1:  # two labels share one line
        weights, bias = np.vstack([-weights, weights]), np.concatenate([-bias, bias])
    return Linear(tuple(str(label) for label in model.classes_), weights, np.array(bias, dtype=np.float64))


def shares(scores: Floats, temperature: float) -> Floats:
    """Scores as probabilities that add up to one; the higher the temperature, the more even."""
    raised = np.exp((scores - scores.max(axis=1, keepdims=True)) / temperature)
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def temperature_for(scores: Floats, right: NDArray[np.int64]) -> float:
    """The temperature at which probabilities fit held-out labels best (the least log loss).

    `right` holds the column of the true label; a row with -1, whose label is not among the columns, is left out.
    """
    from scipy.optimize import minimize_scalar

    known = right >= 0
    if not known.any():
        return 1.0
    scores, right = scores[known], right[known]

    def loss(logarithm: float) -> float:
        probability = shares(scores, float(np.exp(logarithm)))[np.arange(len(right)), right]
        return -float(np.log(np.maximum(probability, 1e-12)).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-5, 3), method="bounded").x))


def check_labels(texts: Sequence[str], labels: Sequence[Any], *, of: str) -> list[str]:
    """The labels as text; ConfigError when they do not fit the texts, or are not at least two."""
    if len(texts) != len(labels):
        raise ConfigError(f"There are {len(texts)} texts and {len(labels)} {of}s.", remedy=f"Give one {of} each.")
    empty = [place for place, label in enumerate(labels) if is_missing(label) or not str(label).strip()]
    if empty:
        raise ConfigError(f"{len(empty)} texts have no {of}, the first is number {empty[0]}.", remedy="Leave them out.")
    named = [str(label) for label in labels]
    if len(set(named)) < 2:  # noqa: PLR2004, RUF100
        raise ConfigError(
            f"Learning needs texts of at least two {of}s, not {len(set(named))}.",
            remedy="Add examples of another.",
        )
    return named
