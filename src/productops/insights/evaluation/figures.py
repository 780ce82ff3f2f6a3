"""The figures, in percent, rounded to two places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence


def share(found: Sequence[str], right: Sequence[str]) -> float:
    """How many are equal.

    >>> share(["a", "b"], ["a", "c"])
    50.0
    """
    return round(100 * sum(a == b for a, b in zip(found, right, strict=True)) / max(len(right), 1), 2)


def f1_by_label(found: Sequence[str], right: Sequence[str]) -> dict[str, float]:
    """F1 of every label that occurs on either side."""
    both = Counter(a for a, b in zip(found, right, strict=True) if a == b)
    said, true = Counter(found), Counter(right)
    return {label: round(200 * both[label] / (said[label] + true[label]), 2) for label in sorted({*said, *true})}


def pair_figures(found: Sequence[str], right: Sequence[str]) -> tuple[float, float, float]:
    """Precision, recall and F1 of the pairs that lie in one group; precision is 100 when there are none.

    >>> pair_figures(["x", "x", "x"], ["a", "a", "b"])
    (33.33, 100.0, 50.0)
    """
    said, true, both = _pairs(Counter(found)), _pairs(Counter(right)), _pairs(Counter(zip(found, right, strict=True)))
    precision, recall = (both / said if said else 1.0), (both / true if true else 1.0)
    f1 = 2 * precision * recall / (precision + recall) if both else 0.0
    return round(100 * precision, 2), round(100 * recall, 2), round(100 * f1, 2)


def _pairs(sizes: Counter[object] | Counter[str] | Counter[tuple[str, str]]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes.values())


def v_measure(found: Sequence[str], right: Sequence[str]) -> float:
    """How well groups and labels tell of each other, in percent (normalised information)."""
    from sklearn.metrics import v_measure_score

    return round(100 * float(v_measure_score(right, found)), 2)


def matched(found: Sequence[str], right: Sequence[str]) -> float:
    """The share of notes in the group that stands for their label, when each label has one group (the best match).

    >>> matched(["x", "x", "y", "z"], ["a", "a", "b", "b"])
    75.0
    """
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    groups, labels = (np.unique(list(values), return_inverse=True)[1] for values in (found, right))
    table = np.zeros((groups.max() + 1, labels.max() + 1))
    np.add.at(table, (groups, labels), 1)
    rows, columns = linear_sum_assignment(-table)
    return round(100 * float(table[rows, columns].sum()) / len(right), 2)
