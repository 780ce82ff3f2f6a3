"""Names for themes: the phrases that are frequent inside and rare outside."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from productops.insights.masking import PUNCTUATION, unmasked

LONGEST = 3  # words of a phrase
LONGER = 0.35  # what each further word of a phrase is worth
PHRASES = 5
READ = 400  # words of a note that are read
SMALL_WORDS = """
a about after again all also am an and any are as at be because been before being but by can can't cannot
could did didn't do does doesn't doing don't down each even few for from further get gets getting give go got
had has have having he her here hers him his how i i'd i'll i'm i've if in into is isn't it it's its just know
let like ll make many may me might more most much must my need no nor not now of off ok on once one only or
other our out over own please re really s same say see she should so some still such t take tell than that
that's the their them then there these they thing this those through to too try trying up us use using very
want was way we were what what's when where which while who why will with without won't would you your yours
der die das ein eine einen und oder ist sind ich wir sie es nicht mit für auf von zu im in den dem bitte wie
warum kann le la les un une des et ou est sont je nous vous il elle ne pas avec pour sur de du que qui comment
pourquoi el los las uno una y o es son yo no con para por del al que como
"""
SMALL = frozenset(SMALL_WORDS.split())


def tokens(text: str) -> list[str]:
    """The words of a note, in lower case."""
    return PUNCTUATION.sub(" ", unmasked(text).lower()).split()[:READ]


def phrases_of(words: Sequence[str]) -> set[str]:
    """Runs of one to three words that start and end with a word that carries meaning."""
    found = set()
    for start, word in enumerate(words):
        if word in SMALL or word.isdigit():
            continue
        for size in range(1, LONGEST + 1):
            run = words[start : start + size]
            if len(run) == size and run[-1] not in SMALL and not run[-1].isdigit():
                found.add(" ".join(run))
    return found


def named(groups: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """The telling phrases of every group of texts, the best first; no two of a group share a word.

    >>> named([["csv export fails", "csv export is slow"], ["dark mode please", "a dark mode"]])[1]
    ('dark mode',)
    """
    inside = [Counter(phrase for text in texts for phrase in phrases_of(tokens(text))) for texts in groups]
    overall: Counter[str] = Counter()
    for counter in inside:
        overall.update(counter)
    total = sum(map(len, groups))
    return [_best(counter, overall, len(texts), total) for counter, texts in zip(inside, groups, strict=True)]


def _best(inside: Counter[str], overall: Counter[str], size: int, total: int) -> tuple[str, ...]:
    def worth(phrase: str) -> float:
        here, everywhere = inside[phrase] / size, overall[phrase] / total
        return here * (math.log(here / everywhere) + 0.1) * (1 + LONGER * phrase.count(" "))

    least = 2 if size > 3 else 1  # noqa: PLR2004, RUF100
    ranked = sorted((phrase for phrase in inside if inside[phrase] >= least), key=lambda one: (-worth(one), one))
    chosen: list[str] = []
    used: set[str] = set()
    for phrase in ranked:
        words = {word.rstrip("s") for word in phrase.split()}
        if not words & used:
            chosen.append(phrase)
            used |= words
        if len(chosen) == PHRASES:
            break
    return tuple(chosen)
