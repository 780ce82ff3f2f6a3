"""Dividing vectors into groups: from the bottom up (Ward), and how many groups there are when nobody says."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from productops.insights.space import pooled, unit

MOST = 6_000  # vectors that are joined pair by pair; more are first drawn together into so many centres as below
CENTRES = 2_000
SAMPLE = 1_500
SIZES = 24  # numbers of groups that are tried
Ints = NDArray[np.int64]


def clustered(vectors: Any, k: int | None, seed: int) -> Ints:
    """The group of every vector, numbered by where its first member stands."""
    if len(vectors) <= 1 or k == 1:
        return np.zeros(len(vectors), np.int64)
    if len(vectors) <= MOST:
        return _numbered(_divided(vectors, k, seed))
    from sklearn.cluster import MiniBatchKMeans

    model = MiniBatchKMeans(CENTRES, random_state=seed, n_init=1, batch_size=4_096).fit(vectors)
    centres = unit(model.cluster_centers_.astype(np.float32))
    return _numbered(_divided(centres, k, seed)[model.labels_])


def _divided(vectors: Any, k: int | None, seed: int) -> Ints:
    drawn = pooled(vectors)
    return _joined(drawn, k or likely_count(drawn, seed))


def _joined(vectors: Any, k: int) -> Ints:
    from scipy.cluster.hierarchy import fcluster, ward

    groups = fcluster(ward(np.asarray(vectors, dtype=np.float64)), k, "maxclust")
    return np.asarray(groups, dtype=np.int64)


def _numbered(groups: Ints) -> Ints:
    _, first, inverse = np.unique(groups, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse.ravel()]


def likely_count(vectors: Any, seed: int) -> int:
    """The number of groups whose members lie closest compared with the next group (the best silhouette)."""
    from scipy.cluster.hierarchy import fcluster, ward
    from sklearn.metrics import silhouette_score

    rows = np.random.default_rng(seed).permutation(len(vectors))[:SAMPLE]
    some = np.unique(np.asarray(vectors, dtype=np.float64)[np.sort(rows)].round(6), axis=0)
    if len(some) < 4:  # noqa: PLR2004, RUF100
        return len(some)
    tree = ward(some)
    distance = _far(some)
    best = (-1.0, 1)
    for k in sorted({round(size) for size in np.geomspace(2, len(some) // 2, SIZES)}):
        groups = fcluster(tree, k, "maxclust")
        if 1 < len(set(groups)) < len(some):
            best = max(best, (float(silhouette_score(distance, groups, metric="precomputed")), k))
    return best[1]


def _far(vectors: Any) -> Any:
    square = (vectors**2).sum(axis=1)
    far = np.sqrt(np.maximum(square[:, None] + square[None] - 2 * vectors @ vectors.T, 0))
    np.fill_diagonal(far, 0)
    return far
