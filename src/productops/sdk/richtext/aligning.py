"""Which element of a new list is which element of an old one: kept, moved, or changed in its place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from difflib import SequenceMatcher

MOST = 900  # pairs of one gap that are weighed one by one
WORD = re.compile(r"\w+")


def align(
    old: Sequence[Hashable], new: Sequence[Hashable], alike: Callable[[int, int], float] | None = None
) -> list[int | None]:
    """Return for each new element the place of the old one that it is, or that it takes the place of.

    Equal elements in the same order stay; an element that is there once before and once afterwards has moved. What is
    left between the elements that stay is paired, in order, by how alike it is; ``alike`` returns 0 for elements that
    never are the same, and more the likelier they are.

    >>> align("abcd", "acbd")
    [0, 2, 1, 3]
    >>> align(["a", "b"], ["a", "B"], lambda i, j: 1.0)
    [0, 1]
    """
    found: list[int | None] = [None] * len(new)
    anchors: list[tuple[int, int]] = []
    for run in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks():
        anchors += [(run.a + step, run.b + step) for step in range(run.size)]
    for mine, theirs in anchors:
        found[theirs] = mine
    taken = {mine for mine, _ in anchors}
    taken |= _moved(old, new, found, taken)
    if alike is not None:
        before_old = before_new = 0
        for mine, theirs in [*anchors, (len(old), len(new))]:
            left = [at for at in range(before_old, mine) if at not in taken]
            right = [at for at in range(before_new, theirs) if found[at] is None]
            for one, two in _paired(left, right, alike):
                found[two] = one
            before_old, before_new = mine + 1, theirs + 1
    return found


def _moved(old: Sequence[Hashable], new: Sequence[Hashable], found: list[int | None], taken: set[int]) -> set[int]:
    left = [at for at in range(len(old)) if at not in taken]
    right = [at for at in range(len(new)) if found[at] is None]
    here, there = Counter(old[at] for at in left), Counter(new[at] for at in right)
    where = {old[at]: at for at in left if here[old[at]] == 1}
    moved = set()
    for at in right:
        if new[at] in where and there[new[at]] == 1:
            found[at] = where[new[at]]
            moved.add(where[new[at]])
    return moved


def _paired(left: list[int], right: list[int], alike: Callable[[int, int], float]) -> list[tuple[int, int]]:
    """Pair what is most alike, without crossing."""
    if not left or not right:
        return []
    if len(left) * len(right) > MOST:
        return [(one, two) for one, two in zip(left, right, strict=False) if alike(one, two)]
    best = [[0.0] * (len(right) + 1) for _ in range(len(left) + 1)]
    worth = [[alike(one, two) for two in right] for one in left]
    for i in range(len(left) - 1, -1, -1):
        for j in range(len(right) - 1, -1, -1):
            with_both = worth[i][j] + best[i + 1][j + 1] if worth[i][j] else 0.0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], with_both)
    pairs, i, j = [], 0, 0
    while i < len(left) and j < len(right):
        if worth[i][j] and best[i][j] == worth[i][j] + best[i + 1][j + 1]:
            pairs.append((left[i], right[j]))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs


def likeness(one: str, other: str) -> float:
    """Return how many words two texts share, from 0.1 (none) to 1.0 (all).

    >>> likeness("the quick fox", "the slow fox") > likeness("the quick fox", "a dog")
    True
    """
    mine, theirs = Counter(WORD.findall(one)), Counter(WORD.findall(other))
    count = mine.total() + theirs.total()
    return 0.1 + 0.9 * (2 * (mine & theirs).total() / count if count else 1.0)
