"""Candidates among very many notes: MinHash signatures and bands, chunk by chunk, with the signatures on disk.

Two notes share each number of their signatures with the probability that a group of four letters of either occurs in
both. Notes that share all four numbers of one of sixteen bands become candidates, which are then compared like any.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from productops.insights.grams import CHUNK, LETTERS, Numbers, Packed, laid_out, mixed
from productops.insights.near import LONGEST, verified

SIZE = 64  # numbers per signature: 256 bytes a note
BAND = 4  # numbers per band
WINDOW = 8  # in a crowded band each note meets so many neighbours, and the first
SHARED = 0.2  # the least share of equal numbers of a pair that is looked at
PAIRS_AT_ONCE = 50_000
LETTERS_EACH = 4
Signatures = NDArray[np.uint32]

_seeds = mixed(np.arange(1, 2 * SIZE + 1, dtype=np.uint64))
FACTORS, OFFSETS = _seeds[:SIZE] | np.uint64(1), _seeds[SIZE:]


def hashed_pairs(texts: Sequence[str], least: float) -> tuple[Any, Any, Any]:
    """All pairs that are alike among texts: places, places and likeness."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "signatures"
        with path.open("wb") as file:
            for some in signatures(texts):
                file.write(some.tobytes())
        table = np.memmap(path, np.uint32, "r", shape=(len(texts), SIZE)) if texts else np.zeros((0, SIZE), np.uint32)
        found = verified(texts, candidate_pairs(table), least)
        del table  # Windows removes no file that is mapped
    return found


def signatures(texts: Sequence[str]) -> Iterator[Signatures]:
    """The signatures of texts, some at once."""
    batch, size = list[str](), 0
    for text in texts:
        batch.append(laid_out(text[:LONGEST], LETTERS))
        size += len(batch[-1])
        if size >= CHUNK:
            yield _signed(batch)
            batch, size = [], 0
    if batch:
        yield _signed(batch)


def _signed(batch: Sequence[str]) -> Signatures:
    packed = Packed(batch)
    table = np.zeros((len(batch), SIZE), np.uint32)
    alone = np.ones(len(batch), bool)
    for start, end in packed.letters(LETTERS_EACH, LETTERS_EACH):
        row = packed.row[start]
        first = np.flatnonzero(np.append(True, row[1:] != row[:-1])) if len(row) else row
        number = packed.numbers(start, end, LETTERS)
        alone[row[first]] = False
        for place in range(SIZE):
            value = ((number * FACTORS[place] + OFFSETS[place]) >> np.uint64(32)).astype(np.uint32)
            table[row[first], place] = np.minimum.reduceat(value, first) if len(first) else 0
    # A text of short words only is like its equals alone.
    whole = np.array([hash_of(text) for text, lone in zip(batch, alone, strict=True) if lone], dtype=np.uint64)
    spread: Numbers = np.add.outer(whole, np.arange(SIZE, dtype=np.uint64)).astype(np.uint64)
    table[alone] = (mixed(spread) >> np.uint64(32)).astype(np.uint32)
    return table


def hash_of(text: str) -> int:
    """A number of a text that is the same in every process."""
    packed = Packed([text])
    end = np.array([len(text)], dtype=np.int64)
    return int(packed.numbers(np.zeros(1, np.int64), end, LETTERS)[0])


def candidate_pairs(table: Any, fresh: int = 0) -> Iterator[tuple[Any, Any]]:
    """Pairs of rows that share a band and enough numbers besides; only those with a row from `fresh` on."""
    count = len(table)
    codes = np.zeros(0, np.int64)
    for band in range(0, SIZE, BAND):
        codes = np.union1d(codes, _band_codes(band_keys(table, band // BAND), fresh, count))
    for start in range(0, len(codes), PAIRS_AT_ONCE):
        left, right = np.divmod(codes[start : start + PAIRS_AT_ONCE], count)
        keep = (table[left] == table[right]).mean(axis=1) >= SHARED
        yield left[keep], right[keep]


def band_keys(table: Any, band: int) -> Numbers:
    """One number per row, equal where all numbers of a band are."""
    key = np.zeros(len(table), np.uint64)
    for place in range(band * BAND, (band + 1) * BAND):
        key = mixed(key + np.asarray(table[:, place]).astype(np.uint64) + np.uint64(place % BAND + 1))
    return key


def _band_codes(key: Numbers, fresh: int, count: int) -> NDArray[np.int64]:
    """The pairs of one band, each as one number: row times count plus row."""
    order = np.argsort(key, kind="stable")
    key = key[order]
    begins = np.append(True, key[1:] != key[:-1]) if len(key) else np.zeros(0, bool)
    head = order[np.maximum.accumulate(np.where(begins, np.arange(len(key)), 0))]
    pairs = [(head, order)]
    for step in range(1, min(WINDOW, len(key) - 1) + 1):
        same = key[step:] == key[:-step]
        pairs.append((order[:-step][same], order[step:][same]))
    found = [np.zeros(0, np.int64)]
    for one, other in pairs:
        low, high = np.minimum(one, other), np.maximum(one, other)
        keep = (low != high) & (high >= fresh)
        found.append(low[keep] * count + high[keep])
    return np.unique(np.concatenate(found))
