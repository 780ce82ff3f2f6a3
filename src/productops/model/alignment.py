"""Whether people agree on what comes first; `evidence.alignment_coverage` says how much work serves an objective."""

from collections.abc import Mapping, Sequence
from itertools import combinations

from productops.model.base import Value


class Agreement(Value):
    """The mean overlap of people's top priorities (0 none, 1 all the same), and how many pairs it rests on."""

    value: float | None
    people: int
    pairs: int
    named_by: dict[str, int]
    warnings: tuple[str, ...] = ()


def agreement(priorities: Mapping[str, Sequence[str]], *, top: int = 3) -> Agreement:
    """Mean pairwise Jaccard index of the first `top` priorities of each person: shared / named by either.

    Whoever named nothing is left out, with a warning; fewer than two people make None. Source of the formula: the
    project's notes on impact, where {a, b, c} and {a, b, d} make 2/4.

    >>> agreement({"ada": ["a", "b", "c"], "bo": ["a", "b", "d"]}).value
    0.5
    """
    if top < 1:
        raise ValueError(f"top is at least 1, not {top}")
    sets = {who: frozenset(named[:top]) for who, named in sorted(priorities.items()) if named}
    overlaps = [len(one & other) / len(one | other) for one, other in combinations(sets.values(), 2)]
    warnings = []
    if len(sets) < len(priorities):
        warnings.append(f"{len(priorities) - len(sets)} people named no priority")
    if any(len(named) < top for named in sets.values()):
        warnings.append(f"some named fewer than {top} priorities")
    counts: dict[str, int] = {}
    for chosen in sets.values():
        for item in chosen:
            counts[item] = counts.get(item, 0) + 1
    return Agreement(
        value=sum(overlaps) / len(overlaps) if overlaps else None,
        people=len(sets),
        pairs=len(overlaps),
        named_by=dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))),
        warnings=tuple(warnings),
    )
