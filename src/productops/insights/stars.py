"""Star groups: every member is like the one in the middle. A chain of small likenesses never makes a group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def star_groups(count: int, left: Any, right: Any, likeness: Any) -> NDArray[np.int64]:
    """For every item the middle of its group, which is the item itself where it stands alone.

    `left`, `right` and `likeness` are the pairs that are alike enough. Items that much is like become middles first;
    each other joins the middle it is most like. The smaller place wins where likenesses are equal, so the outcome does
    not depend on the order of the pairs.

    >>> star_groups(4, [0, 1, 2], [1, 2, 3], [0.9, 0.8, 0.9]).tolist()  # a chain falls apart
    [1, 1, 3, 3]
    """
    left, right = np.asarray(left, dtype=np.int64), np.asarray(right, dtype=np.int64)
    likeness = np.asarray(likeness, dtype=np.float64)
    start, end = np.concatenate([left, right]), np.concatenate([right, left])
    weight = np.concatenate([likeness, likeness])
    order = np.lexsort((end, -weight, start))
    start, end, weight = start[order], end[order], weight[order]
    first = np.searchsorted(start, np.arange(count + 1))
    pull = np.round(np.bincount(start, weights=weight, minlength=count), 9)
    middle = np.full(count, -1, dtype=np.int64)
    centre = np.zeros(count, dtype=bool)
    for item in np.lexsort((np.arange(count), -pull)):
        if middle[item] < 0:
            middle[item], centre[item] = item, True
            near = end[first[item] : first[item + 1]]
            middle[near[middle[near] < 0]] = item
    return _nearest(start, end, centre, middle)


def _nearest(start: Any, end: Any, centre: Any, middle: Any) -> NDArray[np.int64]:
    """Give every member the middle it is most like; its pairs come with the strongest first."""
    wanted = ~centre[start] & centre[end]
    members, places = np.unique(start[wanted], return_index=True)
    middle[members] = end[wanted][places]
    return np.asarray(middle)


def group_lists(middles: Sequence[int] | Any) -> list[list[int]]:
    """The groups of two and more as lists of places, the middle first, the others in order."""
    found: dict[int, list[int]] = {}
    for place, middle in enumerate(np.asarray(middles).tolist()):
        found.setdefault(middle, []).append(place)
    return [
        [middle, *(place for place in places if place != middle)] for middle, places in found.items() if len(places) > 1
    ]
