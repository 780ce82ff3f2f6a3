"""The kind of a note (bug, request, praise, question, or whatever yours are called), learnt from sorted notes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from productops.errors import ConfigError
from productops.insights import store
from productops.insights.embedders import Embedder, embed
from productops.insights.features import Features
from productops.insights.linear import Linear, check_labels, likelihood_model, shares
from productops.insights.notes import read_notes, read_stars

COST, COST_EMBEDDED = 10.0, 3.0  # kinds are noisy, for people disagree about them: stiffer models than for areas


@dataclass(frozen=True, slots=True)
class KindGuess:
    """The likeliest kind of a note, and its probability as the model sees it, every kind being as likely beforehand."""

    kind: str
    share: float


class Kind:
    """Learns kinds and guesses them; each kind counts the same, however rare. Stars are used where there are any.

    >>> notes = ["it crashes", "crash at start", "please add export", "add a dark mode please"]
    >>> kinds = Kind().fit(notes, ["bug", "bug", "request", "request"])
    >>> kinds.guess(["please add tags"])[0].kind
    'request'
    """

    def __init__(self, *, embedder: Embedder | None = None) -> None:
        self.embedder = embedder
        self.features: Features | None = None
        self.model: Linear | None = None

    def __repr__(self) -> str:
        return f"Kind({', '.join(self.model.labels)})" if self.model else "Kind(not fitted)"

    def fit(self, notes: Any, kinds: Iterable[Any], *, stars: Iterable[Any] | None = None) -> Kind:
        """Learn from notes and the kind of each; `stars` (1 to 5, or None) override those of the notes."""
        texts, stars = _read(notes, stars)
        named = check_labels(texts, list(kinds), of="kind")
        self.features = Features(embedder=self.embedder, stars=any(stars)).fit(texts)
        table = self.features.transform(texts, stars, embed(self.embedder, texts) if self.embedder else None)
        cost = COST_EMBEDDED if self.embedder else COST
        self.model = likelihood_model(table, named, cost=cost, balanced=True, weight=np.ones(len(texts)))
        return self

    def guess(self, notes: Any, *, stars: Iterable[Any] | None = None) -> list[KindGuess]:
        """The kind of every note."""
        if self.features is None or self.model is None:
            raise ConfigError("The kinds are not learnt yet.", remedy="Call fit(notes, kinds) first.")
        texts, stars = _read(notes, stars)
        if not texts:
            return []
        chances = shares(self.model.scores(self.features.transform(texts, stars)), 1.0)
        best = chances.argmax(axis=1)
        return [
            KindGuess(self.model.labels[place], round(float(row[place]), 4))
            for place, row in zip(best, chances, strict=True)
        ]

    def save(self, path: str | Path) -> None:
        """Write all that was learnt into one file, without pickle and without any text."""
        if self.features is None or self.model is None:
            raise ConfigError("The kinds are not learnt yet.", remedy="Call fit(notes, kinds) first.")
        facts = {
            "kinds": list(self.model.labels),
            "stars": self.features.stars,
            "embedder": self.embedder.name if self.embedder else None,
        }
        arrays = {"weights": self.model.weights, "bias": self.model.bias, **self.features.arrays()}
        store.save(path, "kinds", facts, arrays)

    @classmethod
    def load(cls, path: str | Path, *, embedder: Embedder | None = None) -> Kind:
        """Read it back; it needs the embedder it was fitted with."""
        facts, arrays = store.load(path, "kinds")
        store.same_embedder(facts["embedder"], embedder)
        found = cls(embedder=embedder)
        found.features = Features(embedder=embedder, stars=facts["stars"])
        found.features.restore(arrays)
        found.model = Linear(tuple(facts["kinds"]), arrays["weights"], arrays["bias"])
        return found


def _read(notes: Any, stars: Iterable[Any] | None) -> tuple[list[str], Sequence[int | None]]:
    read = read_notes(notes)
    found = [note.stars for note in read] if stars is None else [read_stars(value) for value in stars]
    if len(found) != len(read):
        raise ConfigError(f"There are {len(read)} notes and {len(found)} numbers of stars.", remedy="Give one each.")
    return [note.whole for note in read], found
