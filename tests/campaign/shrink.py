"""A history that fails, made smaller: what can be left out while it still fails in the same way is left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

MOST = 400  # plays of the history


def kind_of(problems: Sequence[str]) -> frozenset[str]:
    """Return what went wrong, without the names of things."""
    return frozenset(problem.partition(":")[0].partition(" in ")[0] for problem in problems)


def shrunk(pieces: Sequence[str], fails: Callable[[frozenset[str]], bool], most: int = MOST) -> frozenset[str]:
    """Return the pieces that can be left out, so that it still fails; large parts are tried first.

    Args:
        pieces: what there is; a piece ``3a1`` is gone with the piece ``3``.
        fails: tells whether it fails without these pieces.
        most: how often that may be asked.

    >>> sorted(shrunk([str(n) for n in range(9)], lambda dropped: not dropped & {"2", "7"}))
    ['0', '1', '3', '4', '5', '6', '8']
    """
    dropped: frozenset[str] = frozenset()
    left, size = list(pieces), max(1, len(pieces) // 2)
    asked = 0
    while asked < most:
        before = dropped
        for start in range(0, len(left), size):
            more = dropped | set(left[start : start + size])
            asked += 1
            if more != dropped and fails(more):
                dropped = more
            if asked >= most:
                break
        left = [piece for piece in pieces if piece not in dropped and _whole(piece) not in dropped]
        if size == 1 and dropped == before:
            break
        size = max(1, size // 2)
    return dropped


def _whole(piece: str) -> str:
    """Return the number of the step that a piece belongs to."""
    return piece.rstrip("wdr").partition("a")[0]


def spelled(dropped: frozenset[str], pieces: Sequence[str]) -> str:
    """Return what is left of the pieces, in one word for a command line."""
    return ",".join(piece for piece in pieces if piece not in dropped and _whole(piece) not in dropped)


def dropped_by(kept: str, pieces: Sequence[str]) -> frozenset[str]:
    """Return the pieces that a word leaves out."""
    return frozenset(pieces) - frozenset(kept.split(","))
