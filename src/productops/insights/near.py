"""Near-identical notes: candidates that share rare groups of letters, then a closer look at each pair.

How alike two notes are depends on these two alone, so it does not change when others arrive, and is the same wherever
the candidates came from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process
from scipy import sparse

from productops.insights.grams import Grams

ALIKE = 0.80  # the least likeness of duplicates, chosen on labelled notes for a precision of 99 %
CANDIDATE = 0.30  # the least cosine of groups of letters from which a pair is looked at
RARE = ((20_000, 40, 0.10), (1 << 62, 25, 0.10))  # up to so many notes: how many rarest groups choose, their cosine
AT_ONCE = 500
LONGEST = 2_000  # letters of a note that are compared
IN_ORDER = 0.75  # the weight of words in the order of the alphabet; the rest is that of words as sets


def gram_pairs(texts: Sequence[str], least: float = ALIKE) -> tuple[Any, Any, Any]:
    """All pairs that are alike, found by groups of three and four letters: places, places and likeness."""
    if len(texts) < 2:  # noqa: PLR2004, RUF100
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    table = Grams(words=None, letters=(3, 4)).fit_transform([text[:LONGEST] for text in texts])
    return verified(texts, _close(table, candidates(table)), least)


def candidates(table: Any) -> Iterator[tuple[Any, Any]]:
    """Pairs of rows that share enough of their rarest columns, some at a time."""
    count, least = next((count, least) for size, count, least in RARE if table.shape[0] <= size)
    rare = rarest(table, count)
    turned = rare.T.tocsr()
    for start in range(0, table.shape[0], AT_ONCE):
        product = (rare[start : start + AT_ONCE] @ turned).tocoo()
        row, column = product.coords
        keep = (product.data >= least) & (column > row + start)
        yield row[keep] + start, column[keep]


def rarest(table: Any, count: int) -> Any:
    """The `count` heaviest entries of every row."""
    row = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))
    order = np.lexsort((table.indices, -table.data, row))
    rank = np.arange(len(order)) - table.indptr[row[order]]
    keep = np.sort(order[rank < count])
    return sparse.csr_array((table.data[keep], (row[keep], table.indices[keep])), shape=table.shape)


def _close(table: Any, pairs: Iterable[tuple[Any, Any]]) -> Iterator[tuple[Any, Any]]:
    for left, right in pairs:
        cosine = np.asarray(table[left].multiply(table[right]).sum(axis=1)).ravel()
        yield left[cosine >= CANDIDATE], right[cosine >= CANDIDATE]


def verified(texts: Sequence[str], pairs: Iterable[tuple[Any, Any]], least: float) -> tuple[Any, Any, Any]:
    """Keep the pairs whose likeness is at least `least`."""
    lefts, rights, found = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0)]
    for left, right in pairs:
        value = likeness([texts[place] for place in left.tolist()], [texts[place] for place in right.tolist()], least)
        keep = value >= least
        lefts.append(left[keep])
        rights.append(right[keep])
        found.append(value[keep])
    return np.concatenate(lefts), np.concatenate(rights), np.concatenate(found)


def likeness(left: Sequence[str], right: Sequence[str], least: float = 0.0) -> NDArray[np.float64]:
    """How alike the texts of each pair are, from 0 to 1; what cannot reach `least` may come out lower.

    Three quarters are the letters of the words in the order of the alphabet, one quarter the words as sets.
    """
    left, right = [text[:LONGEST] for text in left], [text[:LONGEST] for text in right]
    # With perfect sets the order must reach this, else the line is out of reach.
    needed = 100 * max(0.0, (least - (1 - IN_ORDER)) / IN_ORDER)
    order = _each(fuzz.token_sort_ratio, left, right, needed)
    value = np.asarray(order, dtype=np.float64) * IN_ORDER
    places = np.flatnonzero(order > 0)
    sets = _each(fuzz.token_set_ratio, [left[i] for i in places], [right[i] for i in places], 0)
    value[places] += sets * (1 - IN_ORDER)
    return np.round(value / 100, 6)


def _each(scorer: Any, left: Sequence[str], right: Sequence[str], cutoff: float) -> NDArray[np.float64]:
    if not left:
        return np.zeros(0)
    found = process.cpdist(left, right, scorer=scorer, score_cutoff=cutoff, workers=1, dtype=np.float64)
    return np.asarray(found, dtype=np.float64)
