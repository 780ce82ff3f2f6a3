"""Where notes lie to each other: by meaning with an embedder, else by the groups of letters that occur together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from productops.insights.embedders import Embedder, embed
from productops.insights.grams import Grams, counted
from productops.insights.masking import plain, unmasked
from productops.insights.naming import SMALL
from productops.insights.notes import Note

DIMENSIONS = 100
NEAREST, ROUNDS = 12, 2
CROWD = 20  # but no more neighbours than one in so many notes
AT_ONCE = 1_000


class Space:
    """Vectors of length 1 whose angle tells how far two notes are apart."""

    def __init__(self, embedder: Embedder | None = None, *, seed: int = 0) -> None:
        self.embedder = embedder
        self.seed = seed
        self.grams: Grams = Grams(words=(1, 2), letters=(3, 5), least=2)
        self.axes: NDArray[np.float32] = np.zeros((0, 0), np.float32)

    def read(self, notes: Sequence[Note]) -> list[str]:
        """What of notes is placed: the news in them; without an embedder only the words that carry meaning."""
        if self.embedder:
            return [unmasked(note.whole) for note in notes]
        bare = [plain(note.whole) for note in notes]
        return [" ".join(word for word in text.split() if word not in SMALL) or text for text in bare]

    def fit(self, texts: Sequence[str]) -> tuple[NDArray[np.float32], Any]:
        """Learn the axes; return the vectors of the texts, and the table whose rows' products tell likeness finest."""
        if self.embedder:
            vectors = self.vectors(texts)
            return vectors, vectors
        self.grams.least = 2 if len(texts) > DIMENSIONS else 1
        table = self.grams.fit_transform(texts)
        wanted = min(DIMENSIONS, min(table.shape) - 1)
        if wanted < 2:  # noqa: PLR2004, RUF100
            self.axes = np.eye(table.shape[1], dtype=np.float32)
        else:
            from sklearn.utils.extmath import randomized_svd

            self.axes = randomized_svd(table, wanted, n_iter=5, random_state=self.seed)[2].astype(np.float32)
        return self._placed(table), table

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of texts among those it was fitted with; zero for a text of unknown words only."""
        return embed(self.embedder, texts) if self.embedder else self._placed(self.grams.transform(texts))

    def known(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Which share of the groups of letters of each text it knows; with an embedder all."""
        if self.embedder:
            return np.ones(len(texts), np.float32)
        block = self.grams.blocks[-1]
        seen, all_ = np.zeros(len(texts)), np.zeros(len(texts))
        for row, number in counted(texts, block.kind, block.low, block.high):
            all_ += np.bincount(row, minlength=len(texts))
            seen += np.bincount(row[block.find(number)[0]], minlength=len(texts))
        return np.asarray(seen / np.maximum(all_, 1), dtype=np.float32)

    def _placed(self, table: Any) -> NDArray[np.float32]:
        return unit(np.asarray(table @ self.axes.T, dtype=np.float32))

    def arrays(self) -> dict[str, Any]:
        """What was learnt, to be stored."""
        return {"axes": self.axes, **self.grams.arrays()}

    def restore(self, arrays: Any) -> None:
        """Take back what `arrays` gave."""
        self.axes = arrays["axes"]
        self.grams.restore(arrays)


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bring every row to length 1; a row of zeros stays."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(length == 0, 1, length), dtype=np.float32)


def pooled(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Draw each note towards its twelve nearest, twice: what stands between two themes takes sides."""
    count = min(NEAREST, len(vectors) - 1, max(2, len(vectors) // CROWD))
    for _ in range(ROUNDS if count > 0 else 0):
        means = np.zeros_like(vectors)
        for start in range(0, len(vectors), AT_ONCE):
            likeness = vectors[start : start + AT_ONCE] @ vectors.T
            rows = np.arange(len(likeness))
            likeness[rows, rows + start] = -2
            nearest = np.argpartition(-likeness, count - 1, axis=1)[:, :count]
            means[start : start + AT_ONCE] = vectors[nearest].mean(axis=1)
        vectors = unit(vectors + means)
    return vectors
