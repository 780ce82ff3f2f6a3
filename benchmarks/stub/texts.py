"""The texts that go through the measured clients: real ones where the shared samples are there, else invented."""

from __future__ import annotations

import csv
import itertools
import os
import random
import re
from collections.abc import Iterator
from pathlib import Path

SAMPLE = "data/jira-issues/springxd.csv"
MOST = 8_000  # characters of one description
WORDS = (
    "the a stream module source sink when then should with for and deploy container job admin value test fails "
    "user option shell message property channel support add show metric batch reader document server error default"
)


def sample() -> Path | None:
    """Return the file of real issues, or ``None`` when it is not beside the checkout."""
    root = Path(os.environ.get("PRODUCTOPS_SHARED") or Path(__file__).parents[3] / "shared")
    return root / SAMPLE if (root / SAMPLE).exists() else None


def texts() -> Iterator[tuple[str, str]]:
    """Yield (title, description) without end; both are cleaned as far as the services would refuse them."""
    found = sample()
    rows = list(_real(found)) if found else list(itertools.islice(_invented(), 3_500))
    yield from itertools.cycle(rows)


def _real(path: Path) -> Iterator[tuple[str, str]]:
    csv.field_size_limit(10_000_000)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            title = " ".join(row["title"].split())[:250]
            if title:
                yield title, row["description"].strip()[:MOST]


def _invented() -> Iterator[tuple[str, str]]:
    """Titles of about 8 words and descriptions of about 500 characters, a seventh of them empty, as in the sample."""
    rng, words = random.Random(7), WORDS.split()
    while True:
        title = " ".join(rng.choices(words, k=rng.randint(4, 12)))
        paragraphs = [" ".join(rng.choices(words, k=rng.randint(8, 60))) for _ in range(rng.randint(1, 4))]
        yield title.capitalize(), "" if rng.random() < 1 / 7 else "  ".join(paragraphs)


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a text whose line breaks the sample has turned into runs of blanks."""
    return [part for part in re.split(r"\s{2,}|\n", text) if part]


def document(text: str) -> dict[str, object] | None:
    """Return a text in Atlassian's document format: paragraphs, and bullet lists where lines begin with a star."""
    nodes: list[dict[str, object]] = []
    for starred, group in itertools.groupby(paragraphs(text), key=lambda part: part.startswith("* ")):
        blocks = [_paragraph(part.removeprefix("* ").strip() or "…") for part in group]
        items: list[object] = [{"type": "listItem", "content": [block]} for block in blocks]
        nodes += [{"type": "bulletList", "content": items}] if starred else blocks
    return {"type": "doc", "version": 1, "content": nodes} if nodes else None


def _paragraph(text: str) -> dict[str, object]:
    return {"type": "paragraph", "content": [{"type": "text", "text": text}]}
