"""Dividing notes into groups: from the bottom up (Ward), and how many groups there are when nobody says.

Two notes of a theme may share no word, but a chain of likes leads from one to the other. So each note is placed twice:
by its own vector, drawn towards its nearest, and by where a walk from like to like tends to stay (the first
eigenvectors of the graph of likes).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from productops.insights.space import pooled, unit

MOST = 6_000  # vectors that are joined pair by pair; more are first drawn together into so many centres as below
CENTRES = 2_000
SAMPLE = 1_500
SIZES = 24  # numbers of groups that are tried
LIKES = 10  # neighbours of a note in the graph
AT_ONCE = 1_000
ROOMY = 12  # notes of a group, on average, from which on the graph tells anything
DEEPEST = 150  # dimensions of the place in the graph: more take long and tell little
OWN = 0.6  # what the own vector counts beside the place in the graph
Ints = NDArray[np.int64]


def clustered(vectors: Any, k: int | None, seed: int, table: Any = None) -> Ints:
    """The group of every vector, numbered by where its first member stands.

    The products of the rows of `table`, by default the vectors, tell how like two notes are.
    """
    if len(vectors) <= 1 or k == 1:
        return np.zeros(len(vectors), np.int64)
    if len(vectors) <= MOST:
        return _numbered(_divided(vectors, k, seed, vectors if table is None else table))
    from sklearn.cluster import MiniBatchKMeans

    model = MiniBatchKMeans(CENTRES, random_state=seed, n_init=1, batch_size=4_096).fit(vectors)
    centres = unit(model.cluster_centers_.astype(np.float32))
    return _numbered(_divided(centres, k, seed, centres)[model.labels_])


def _divided(vectors: Any, k: int | None, seed: int, table: Any) -> Ints:
    drawn = pooled(vectors)
    k = k or likely_count(drawn, seed)
    if 1 < k <= len(drawn) // ROOMY and (graph := likes(table)).nnz:
        drawn = np.hstack([walked(graph, min(k, DEEPEST), seed), OWN * drawn])
    return _joined(drawn, k)


def likes(table: Any) -> Any:
    """Join every row to the ten that are most like it; a symmetrical sparse table of likenesses.

    Rows that are both among the most like of each other count twice as much as where only one is of the other.
    """
    from scipy import sparse

    parts = []
    for start in range(0, table.shape[0], AT_ONCE):
        found = table[start : start + AT_ONCE] @ table.T
        likeness = np.asarray(found.toarray() if sparse.issparse(found) else found)
        rows = np.arange(len(likeness))
        likeness[rows, rows + start] = 0
        least = np.partition(likeness, -LIKES, axis=1)[:, -LIKES, None]
        parts.append(sparse.csr_array(np.where((likeness >= least) & (likeness > 0), likeness, 0), dtype=np.float64))
    graph = sparse.vstack(parts, format="csr")
    return (graph + graph.T) / 2


def walked(graph: Any, k: int, seed: int) -> Any:
    """Place the nodes of a graph in `k` dimensions so that those lie close between which many short ways lead."""
    from scipy import sparse
    from scipy.sparse.linalg import ArpackNoConvergence, eigsh

    degree = np.asarray(graph.sum(axis=1))
    scale = sparse.dia_array((1 / np.sqrt(np.where(degree > 0, degree, 1))[None], [0]), shape=graph.shape)
    start = np.random.default_rng(seed).random(len(degree))
    try:
        found = eigsh(scale @ graph @ scale, k=k, which="LA", v0=start)[1]
    except ArpackNoConvergence as stopped:
        found = stopped.eigenvectors
    return unit(found.astype(np.float32))


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
