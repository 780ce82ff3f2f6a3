"""Texts as rows of numbers for the linear models: words, letters, stars, and an embedding when there is one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse

from productops.insights.embedders import Embedder, embed
from productops.insights.grams import Grams, narrow

STARS = 5


class Features:
    """The columns: first those of `Grams`, then five for the stars, then those of the embedder."""

    def __init__(self, *, embedder: Embedder | None = None, stars: bool = False) -> None:
        self.embedder = embedder
        self.stars = stars
        self.grams: Grams = Grams()

    def fit(self, texts: Sequence[str]) -> Features:
        """Learn the vocabulary."""
        self.grams.fit(texts)
        return self

    @property
    def lexical(self) -> int:
        """How many of the columns are words and letters."""
        return sum(len(block.vocabulary) for block in self.grams.blocks)

    def transform(self, texts: Sequence[str], stars: Sequence[int | None] | None = None, vectors: Any = None) -> Any:
        """The texts as a table; `vectors` are their embeddings when known already."""
        parts: list[Any] = [self.grams.transform(texts)]
        if self.stars:
            parts.append(sparse.csr_array(one_hot(stars or [None] * len(texts))))
        if self.embedder:
            vectors = embed(self.embedder, texts) if vectors is None else vectors
            parts.append(sparse.csr_array(np.asarray(vectors, dtype=np.float64)))
        return parts[0] if len(parts) == 1 else narrow(sparse.hstack(parts, format="csr"))

    def arrays(self) -> dict[str, Any]:
        """What was learnt, to be stored."""
        return self.grams.arrays()

    def restore(self, arrays: Any) -> None:
        """Take back what `arrays` gave."""
        self.grams.restore(arrays)


def one_hot(stars: Sequence[int | None]) -> Any:
    """One column per number of stars; a note without stars has none."""
    table = np.zeros((len(stars), STARS))
    for row, count in enumerate(stars):
        if count:
            table[row, count - 1] = 1.0
    return table
