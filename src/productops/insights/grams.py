"""Texts as counted words and groups of letters, in numpy: fast, and stored as plain arrays.

A group of letters is known by a 64-bit number. It is computed from running sums over the letters of all texts at once:
the number of the letters ``i`` to ``j`` is ``(sum[j] - sum[i]) / P**i`` in arithmetic modulo 2**64, where an odd ``P``
has an inverse. Two groups of a vocabulary of a million share a number with a chance of one in forty million.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Ints: TypeAlias = NDArray[np.int64]
Numbers: TypeAlias = NDArray[np.uint64]
Sparse: TypeAlias = Any  # a scipy.sparse.csr_array

MULTIPLIER = 0x9E3779B97F4A7C15
INVERSE = pow(MULTIPLIER, -1, 2**64)
SPACE = 32
WORD = re.compile(r"\w\w+")
CHUNK = 1_000_000  # letters at once: arrays of 8 MB
WORDS, LETTERS = 1, 2


def mixed(numbers: Numbers) -> Numbers:
    """Spread numbers evenly over 64 bits (the finisher of splitmix64)."""
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))


class Packed:
    """Texts laid end to end, each as " word word ", and the number of any stretch of them."""

    def __init__(self, texts: Sequence[str]) -> None:
        lengths = np.fromiter((len(text) for text in texts), np.int64, len(texts))
        letters = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), "<u4")
        self.row: NDArray[np.int64] = np.repeat(np.arange(len(texts)), lengths)
        self.space: Any = letters == SPACE
        powers = np.full(len(letters) + 1, MULTIPLIER, np.uint64)
        powers[0] = 1
        self.sums: NDArray[np.uint64] = np.zeros(len(letters) + 1, np.uint64)
        np.cumsum(mixed(letters.astype(np.uint64)) * np.cumprod(powers)[:-1], out=self.sums[1:])
        powers[1:] = np.uint64(INVERSE)
        self.inverse: NDArray[np.uint64] = np.cumprod(powers)

    def numbers(self, start: Ints, end: Ints, kind: int) -> Numbers:
        """The numbers of the stretches from `start` up to but without `end`."""
        return mixed((self.sums[end] - self.sums[start]) * self.inverse[start] + np.uint64(kind))

    def letters(self, low: int, high: int) -> Iterator[tuple[Ints, Ints]]:
        """Starts and ends of all groups of `low` to `high` letters that do not reach across a space."""
        spaces = np.concatenate([[0], np.cumsum(self.space)])
        for size in range(low, high + 1):
            if (count := len(self.row) - size + 1) <= 0:
                return
            start = np.arange(count)
            inside = spaces[size - 1 : size - 1 + count] - spaces[1 : 1 + count] if size > 1 else self.space[:count]
            alone = inside == 0
            if size == 2:  # between two texts
                alone &= ~(self.space[start] & self.space[start + 1])
            yield start[alone], start[alone] + size

    def words(self, low: int, high: int) -> Iterator[tuple[Ints, Ints]]:
        """Starts and ends of all runs of `low` to `high` words."""
        spaces = np.flatnonzero(self.space)
        for size in range(low, high + 1):
            start, end = spaces[:-size] + 1, spaces[size:]
            # Between two texts lie two spaces, and what starts at the second is no run of words.
            same = (self.row[start] == self.row[end]) & ~self.space[start]
            yield start[same], end[same]


def laid_out(text: str, kind: int) -> str:
    """A text in lower case as " word word ": words are what a reader calls so, or all that spaces part."""
    lower = text.lower()
    return f" {' '.join(WORD.findall(lower) if kind == WORDS else lower.split())} "


def chunks(texts: Sequence[str], kind: int) -> Iterator[tuple[int, list[str]]]:
    """Lay texts out, some at once; yields the place of the first and the texts."""
    first, size, batch = 0, 0, list[str]()
    for place, text in enumerate(texts):
        batch.append(laid_out(text, kind))
        size += len(batch[-1])
        if size >= CHUNK:
            yield first, batch
            first, size, batch = place + 1, 0, []
    if batch:
        yield first, batch


def counted(texts: Sequence[str], kind: int, low: int, high: int) -> Iterator[tuple[Ints, Numbers]]:
    """The place of its text and the number of every group, repeats included, some texts at once."""
    for first, batch in chunks(texts, kind):
        packed = Packed(batch)
        for start, end in packed.words(low, high) if kind == WORDS else packed.letters(low, high):
            yield packed.row[start] + first, packed.numbers(start, end, kind)


@dataclass(frozen=True)
class Block:
    """One kind of groups: their numbers in order, and how rare each is."""

    kind: int
    low: int
    high: int
    vocabulary: Numbers
    rarity: NDArray[np.float64]

    @classmethod
    def learnt(cls, texts: Sequence[str], kind: int, low: int, high: int, least: int = 1) -> Block:
        """Learn the groups that occur in at least `least` texts."""
        parts = [_once(row, number) for row, number in counted(texts, kind, low, high)]
        numbers = np.concatenate([number for _, number in parts]) if parts else np.zeros(0, np.uint64)
        vocabulary, frequency = np.unique(numbers, return_counts=True)
        vocabulary, frequency = vocabulary[frequency >= least], frequency[frequency >= least]
        return cls(kind, low, high, vocabulary, np.log((1 + len(texts)) / (1 + frequency)) + 1)

    def counts(self, texts: Sequence[str]) -> Sparse:
        """How often each known group occurs in each text."""
        rows, columns = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for row, number in counted(texts, self.kind, self.low, self.high):
            known, column = self.find(number)
            rows.append(row[known])
            columns.append(column[known])
        row, column = np.concatenate(rows), np.concatenate(columns)
        shape = (len(texts), len(self.vocabulary))
        table = sparse.csr_array((np.ones(len(row)), (row, column)), shape=shape, dtype=np.float64)
        table.sum_duplicates()
        return narrow(table)

    def find(self, numbers: Numbers) -> tuple[NDArray[np.bool_], Ints]:
        """Which numbers are known, and their columns."""
        column = np.searchsorted(self.vocabulary, numbers)
        column[column == len(self.vocabulary)] = 0
        known = self.vocabulary[column] == numbers if len(self.vocabulary) else np.zeros(len(numbers), bool)
        return known, column

    def weigh(self, texts: Sequence[str]) -> Sparse:
        """TF-IDF with logarithmic counts, every row of length 1."""
        table = self.counts(texts)
        table.data = (1 + np.log(table.data)) * self.rarity[table.indices]
        return unit_rows(table)


def _once(row: Ints, number: Numbers) -> tuple[Ints, Numbers]:
    order = np.lexsort((number, row))
    row, number = row[order], number[order]
    first = np.ones(len(row), bool)
    first[1:] = (row[1:] != row[:-1]) | (number[1:] != number[:-1])
    return row[first], number[first]


def narrow(table: Sparse) -> Sparse:
    """Indices of 32 bits where they suffice: scikit-learn takes no others."""
    if table.nnz < 2**31 and max(table.shape) < 2**31:
        table.indices, table.indptr = table.indices.astype(np.int32), table.indptr.astype(np.int32)
    return table


def unit_rows(table: Sparse) -> Sparse:
    """Bring every row to length 1; an empty one stays empty."""
    length = np.sqrt(np.add.reduceat(np.append(table.data**2, 0.0), table.indptr[:-1])) if table.shape[0] else 0.0
    length = np.where(np.diff(table.indptr) == 0, 1.0, length)
    table.data = table.data / np.repeat(length, np.diff(table.indptr))
    return table


class Grams:
    """Words and groups of letters side by side, as the rows of one sparse table.

    >>> table = Grams(words=(1, 1), letters=None).fit(["dark mode", "dark theme"]).transform(["dark dark sky"])
    >>> table.shape, table.nnz
    ((1, 3), 1)
    """

    def __init__(
        self,
        *,
        words: tuple[int, int] | None = (1, 2),
        letters: tuple[int, int] | None = (2, 5),
        least: int = 1,
    ) -> None:
        self.wanted: list[tuple[int, int, int]] = [
            (kind, *sizes) for kind, sizes in ((WORDS, words), (LETTERS, letters)) if sizes
        ]
        self.least = least
        self.blocks: list[Block] = []

    def fit(self, texts: Sequence[str]) -> Grams:
        """Learn which groups there are, and how rare."""
        self.blocks = [Block.learnt(texts, kind, low, high, self.least) for kind, low, high in self.wanted]
        return self

    def transform(self, texts: Sequence[str]) -> Sparse:
        """The texts as rows."""
        parts = [block.weigh(texts) for block in self.blocks]
        return parts[0] if len(parts) == 1 else narrow(sparse.hstack(parts, format="csr"))

    def fit_transform(self, texts: Sequence[str]) -> Sparse:
        """`fit` and `transform` in one."""
        return self.fit(texts).transform(texts)

    def arrays(self) -> dict[str, Any]:
        """What was learnt, to be stored."""
        found: dict[str, Any] = {}
        for place, block in enumerate(self.blocks):
            found[f"block{place}"] = np.array([block.kind, block.low, block.high])
            found[f"vocabulary{place}"], found[f"rarity{place}"] = block.vocabulary, block.rarity
        return found

    def restore(self, arrays: Any) -> None:
        """Take back what `arrays` gave."""
        self.blocks = []
        while (name := f"block{len(self.blocks)}") in arrays:
            kind, low, high = (int(value) for value in arrays[name])
            place = len(self.blocks)
            self.blocks.append(Block(kind, low, high, arrays[f"vocabulary{place}"], arrays[f"rarity{place}"]))
