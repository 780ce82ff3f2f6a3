"""Ranking notes by how likely they speak of the same: four ways of counting what they share, added up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from productops.errors import ConfigError
from productops.insights.grams import WORD, WORDS, Block, Grams, Sparse, counted
from productops.insights.masking import unmasked
from productops.insights.notes import Note, read_notes

SATURATION, LENGTH = 1.5, 0.75  # of BM25, as everybody sets them
TITLE_TWICE = "{title}\n{title}\n{text}"
TOP_WORDS = 5


@dataclass(frozen=True, slots=True)
class Likely:
    """A note that may speak of the same.

    `score` is in standard deviations above the average note, summed over four ways of counting; `words` are the rarest
    in common.
    """

    id: str
    score: float
    words: tuple[str, ...]


class Ranker:
    """A pile of notes to be asked which of them are like another one.

    Four likenesses count the same: TF-IDF of the titles, TF-IDF of the whole, BM25 of the whole, and TF-IDF of groups
    of three to five letters. Greetings, signatures and quoted mails are left out first.

    >>> ranker = Ranker(["Export to CSV fails", "Dark mode please", "CSV export is broken"])
    >>> [likely.id for likely in ranker.similar("csv export broken again", k=2)]
    ['2', '0']
    """

    def __init__(self, notes: Any) -> None:
        self.notes: list[Note] = read_notes(notes)
        self.place: dict[str, int] = {note.id: place for place, note in enumerate(self.notes)}
        heads, bodies = _heads(self.notes), _bodies(self.notes)
        self.titles: Grams = Grams(words=(1, 1), letters=None).fit(heads)
        self.whole: Grams = Grams(words=(1, 1), letters=None).fit(bodies)
        self.title_table: Sparse = self.titles.transform(heads)
        self.whole_table: Sparse = self.whole.transform(bodies)
        self.saturated: Sparse = _bm25(self.whole.blocks[0], bodies)
        self.letters: Grams = Grams(words=None, letters=(3, 5)).fit(bodies)
        self.letter_table: Sparse = self.letters.transform(bodies)

    def scores(self, notes: Sequence[Note]) -> NDArray[np.float64]:
        """A score per asked note and known note: the sum of four likenesses, each in standard deviations of its row."""
        heads, bodies = _heads(notes), _bodies(notes)
        asked = self.whole.blocks[0].counts(bodies)
        asked.data = np.ones_like(asked.data)
        parts = (
            self.titles.transform(heads) @ self.title_table.T,
            self.whole.transform(bodies) @ self.whole_table.T,
            asked @ self.saturated.T,
            self.letters.transform(bodies) @ self.letter_table.T,
        )
        return np.asarray(sum(_standard(part.toarray()) for part in parts))

    def similar(self, note: Any, k: int = 10) -> list[Likely]:
        """The `k` notes that are most like one, the best first; a note is never like itself, known by its id."""
        if k < 1:
            raise ConfigError(f"There is no list of {k} notes.", remedy="Ask for one or more.")
        [asked] = read_notes([note])
        own = getattr(note, "id", None) or (note.get("id") if isinstance(note, dict) else None)
        scores = self.scores([asked])[0]
        order = [place for place in np.argsort(-scores, kind="stable").tolist() if self.notes[place].id != own]
        found = []
        for place in order[:k]:
            if scores[place] > 0:
                shared = self._shared(asked, place)
                found.append(Likely(self.notes[place].id, round(float(scores[place]), 2), shared))
        return found

    def ranks(self, asked: str, wanted: set[str]) -> list[int]:
        """At which places, counted from 1, the wanted notes stand when all are ranked by likeness to a known one."""
        scores = self.scores([self.notes[self.place[asked]]])[0]
        order = [place for place in np.argsort(-scores, kind="stable").tolist() if place != self.place[asked]]
        return [rank for rank, place in enumerate(order, 1) if self.notes[place].id in wanted]

    def _shared(self, asked: Note, place: int) -> tuple[str, ...]:
        block = self.whole.blocks[0]
        here = set(_words(asked)) & set(_words(self.notes[place]))
        rarity = {}
        for word in here:
            known, column = block.find(_number(word))
            rarity[word] = float(block.rarity[column[0]]) if known[0] else 0.0
        return tuple(sorted(here, key=lambda word: (-rarity[word], word))[:TOP_WORDS])


def similar(note: Any, notes: Any, k: int = 10) -> list[Likely]:
    """The `k` of `notes` that are most likely about the same as `note`; for many questions keep a `Ranker`."""
    return Ranker(notes).similar(note, k)


def link_candidates(note: Any, items: Any, k: int = 5) -> list[Likely]:
    """The roadmap items (title and description) a note may be evidence for, the likeliest first; a person decides.

    >>> items = [{"id": "R-1", "title": "Dark mode"}, {"id": "R-2", "title": "CSV export of reports"}]
    >>> [likely.id for likely in link_candidates("please let me export a report as csv", items)]
    ['R-2']
    """
    return Ranker(items).similar(note, k)


def _heads(notes: Sequence[Note]) -> list[str]:
    """Titles; a note without one is its own title."""
    return [note.title or unmasked(note.text) for note in notes]


def _bodies(notes: Sequence[Note]) -> list[str]:
    return [TITLE_TWICE.format(title=note.title, text=unmasked(note.text)) for note in notes]


def _words(note: Note) -> list[str]:
    return [str(word) for word in WORD.findall(f"{note.title} {unmasked(note.text)}".lower())]


def _number(word: str) -> Any:
    return next(counted([word], WORDS, 1, 1))[1]


def _bm25(block: Block, texts: Sequence[str]) -> Sparse:
    """The part of each word of each text in BM25."""
    table = block.counts(texts)
    length = np.asarray(table.sum(axis=1)).ravel()
    relative = length / (length.mean() or 1.0)
    frequency = np.bincount(table.indices, minlength=table.shape[1])
    rarity = np.log(1 + (len(texts) - frequency + 0.5) / (frequency + 0.5))
    row = np.repeat(np.arange(len(texts)), np.diff(table.indptr))
    table.data = (
        rarity[table.indices]
        * table.data
        * (SATURATION + 1)
        / (table.data + SATURATION * (1 - LENGTH + LENGTH * relative[row]))
    )
    return sparse.csr_array(table)


def _standard(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    deviation = scores.std(axis=1, keepdims=True)
    return np.asarray((scores - scores.mean(axis=1, keepdims=True)) / np.where(deviation == 0, 1, deviation))
