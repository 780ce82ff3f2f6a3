"""Which notes say the same: groups to review, each around one note, with how alike and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from productops.errors import ConfigError
from productops.insights.masking import plain, without_forms
from productops.insights.near import ALIKE, gram_pairs, likeness
from productops.insights.notes import read_notes
from productops.insights.stars import group_lists, star_groups
from productops.model.people import same_text

MANY = 100_000  # different notes, above which candidates come from MinHash
SHOWN = 4  # differing words that a reason names


@dataclass(frozen=True, slots=True)
class Twin:
    """A note that says the same as the middle of its group.

    `likeness` goes from 0 to 1. `exact` means the very same words, capitals and spaces aside: such a note may be
    merged without asking. `reason` says in words what is the same and what is not.
    """

    id: str
    likeness: float
    exact: bool
    reason: str


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Notes that say the same: the one in the middle, by id and with its words, and the others, the likest first."""

    id: str
    text: str
    members: tuple[Twin, ...]

    @property
    def mergeable(self) -> tuple[str, ...]:
        """The ids that may be merged without asking."""
        return tuple(member.id for member in self.members if member.exact)

    def __len__(self) -> int:
        return len(self.members) + 1


def duplicates(notes: Any, *, least: float = ALIKE, many: int = MANY) -> list[DuplicateGroup]:
    """Group notes that say the same, the largest group first.

    Greetings, signatures, quoted mails and the lines of forms are left out before comparing. Every member is at least
    `least` like the middle of its group, so small likenesses never chain. Up to `many` different notes candidates are
    found by the groups of letters they share, above that by MinHash. Nothing is merged: the groups are for review.

    >>> notes = ["Please add dark mode", "please add dark mode!", "Hi, pls add dark mode. Thanks", "Export to CSV"]
    >>> [group] = duplicates(notes)
    >>> group.text, [(twin.id, twin.likeness) for twin in group.members]
    ('Please add dark mode', [('1', 1.0), ('2', 1.0)])
    """
    if not 0 < least <= 1:
        raise ConfigError(f"A likeness lies above 0 and up to 1, not at {least}.", remedy="Use 0.8, for instance.")
    read = read_notes(notes)
    texts = [note.whole for note in read]
    bare = [plain(text) for text in without_forms(texts)]
    middles = _middles(bare, least, many)
    groups = []
    for places in group_lists(middles):
        middle, *others = places
        alike = likeness([bare[middle]] * len(others), [bare[place] for place in others])
        twins = [
            _twin(read[place].id, texts[middle], texts[place], bare[middle], bare[place], float(value))
            for place, value in zip(others, alike, strict=True)
        ]
        twins.sort(key=lambda twin: (-twin.likeness, not twin.exact))
        groups.append(DuplicateGroup(read[middle].id, texts[middle], tuple(twins)))
    return sorted(groups, key=lambda group: -len(group))


def _middles(bare: Sequence[str], least: float, many: int) -> Any:
    """For each note the middle of its group. The same words are compared once, however often they were said."""
    same: dict[str, list[int]] = defaultdict(list)
    for place, text in enumerate(bare):
        same[text].append(place)
    said = [text for text in same if text]
    first = np.array([same[text][0] for text in said], dtype=np.int64)
    if len(said) > many:
        from productops.insights.minhash import hashed_pairs

        left, right, alike = hashed_pairs(said, least)
    else:
        left, right, alike = gram_pairs(said, least)
    middles = np.arange(len(bare))
    for text, middle in zip(said, star_groups(len(said), left, right, alike).tolist(), strict=True):
        middles[same[text]] = first[middle]
    return middles


def _twin(name: str, middle: str, text: str, bare: str, other: str, value: float) -> Twin:
    if same_text(middle) == same_text(text):
        return Twin(name, 1.0, exact=True, reason="the same words")
    if bare == other:
        return Twin(name, 1.0, exact=False, reason="the same words, besides greetings, signs and abbreviations")
    gone = [word for word in bare.split() if word not in other.split()][:SHOWN]
    new = [word for word in other.split() if word not in bare.split()][:SHOWN]
    if not gone and not new:
        reason = "the same words in another order"
    else:
        parts = ((gone, "without"), (new, "with"))
        reason = ", ".join(f"{said} {', '.join(map(repr, words))}" for words, said in parts if words)
    return Twin(name, round(value, 3), exact=False, reason=f"{value:.0%} alike: {reason}")
