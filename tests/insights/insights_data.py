"""Small invented piles of feedback, and an embedder that knows a few synonyms."""

from __future__ import annotations

import random

import numpy as np

AREAS = {
    "billing": ["invoice", "refund", "charged twice", "payment failed", "credit card", "receipt", "price", "VAT"],
    "mobile": [
        "app crashes",
        "android",
        "iphone screen",
        "push notification",
        "tablet",
        "swipe",
        "phone camera",
        "offline",
    ],
    "reports": ["csv export", "dashboard", "chart", "spreadsheet", "weekly report", "filter columns", "pivot", "pdf"],
}
FRAMES = (
    *(
        "the {} is wrong again",
        "please look at the {}",
        "I have trouble with {}",
        "why does {} not work",
        "{} is broken",
    ),
    *(
        "since yesterday {} fails",
        "my team needs {}",
        "question about {}",
        "{} does not do what it says",
        "help with {}",
    ),
)
ODD = ["", " ", "ok", "😀😀", "x" * 50_000, "wörter 言葉 слова كلمة", "same", "same", "\ud800", "\x00", "?!", "a\nb\tc"]


def sorted_notes(each: int, seed: int = 0) -> tuple[list[str], list[str]]:
    """`each` notes of every area, and their areas."""
    draw = random.Random(seed)
    notes, areas = [], []
    for area, things in AREAS.items():
        some = [frame.format(thing) for frame in FRAMES for thing in things]
        for note in draw.sample(some, each):
            notes.append(note)
            areas.append(area)
    return notes, areas


class Synonyms:
    """Vectors of words that mean the same lie on one axis; counts what it was asked."""

    name = "synonyms-1"
    dim = 4
    axes = (
        {"invoice", "bill", "refund", "payment", "charged"},
        {"app", "phone", "android"},
        {"export", "chart", "csv"},
    )

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: list[str]) -> np.ndarray:
        self.asked += texts
        rows = [[sum(w in axis for w in text.lower().split()) for axis in self.axes] + [0.1] for text in texts]
        return np.array(rows, np.float32)
