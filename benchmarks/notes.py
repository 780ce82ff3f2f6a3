"""Near-identical notes among many: made-up notes with spoilt copies, and how many of the copies are found.

Run ``python -m benchmarks.notes --notes 1000000``; the last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import time
from collections import Counter
from collections.abc import Sequence

SYLLABLES = [first + second for first in "bcdfghjklmnprstvw" for second in "aeiou"]
BEFORE = ("hi, ", "hey, ", "please help: ", "quick note: ", "fyi ", "[urgent] ", "re: ", "")
AFTER = ("", " thanks", " asap", "!", " pls fix", " any update?")


def vocabulary(draw: random.Random, size: int = 30_000) -> list[str]:
    """Words of one to four syllables."""
    return ["".join(draw.choices(SYLLABLES, k=draw.randint(1, 4))) + draw.choice("  nrst").strip() for _ in range(size)]


def typo(word: str, draw: random.Random) -> str:
    """Two letters swapped, or one left out or added."""
    if len(word) < 4:
        return word
    place, kind = draw.randrange(len(word) - 1), draw.random()
    if kind < 0.4:
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    return word[:place] + word[place + 1 :] if kind < 0.7 else word[:place] + draw.choice("abcdefghij") + word[place:]


def spoilt(note: str, draw: random.Random) -> str:
    """A copy with a greeting, and with typos, or with typos and words left out."""
    words, level = note.split(), draw.choice((1, 2, 2, 3))
    for _ in range(draw.randint(1, 2) if level > 1 else 0):
        place = draw.randrange(len(words))
        words[place] = typo(words[place], draw)
    for _ in range(draw.randint(1, 3) if level > 2 else 0):
        words.pop(draw.randrange(len(words)))
    text = " ".join(words)
    return draw.choice(BEFORE) + (text.upper() if draw.random() < 0.2 else text) + draw.choice(AFTER)


def pile(count: int, seed: int) -> tuple[list[str], list[int]]:
    """Notes of 10 to 29 words, two in five of them with one to four copies, shuffled; and which belong together."""
    draw = random.Random(seed)
    words = vocabulary(draw)
    notes: list[tuple[str, int]] = []
    while len(notes) < count:
        note, group = " ".join(draw.choices(words, k=draw.randint(10, 29))), len(notes)
        copies = draw.randint(1, 4) if draw.random() < 0.4 else 0
        notes += [(note, group), *((spoilt(note, draw), group) for _ in range(copies))]
    draw.shuffle(notes)
    return [text for text, _ in notes], [group for _, group in notes]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print how long it took, how much memory it held and how good it was."""
    from productops.insights.duplicates import duplicates
    from productops.insights.evaluation.figures import pair_figures

    parser = argparse.ArgumentParser()
    parser.add_argument("--notes", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--many", type=int, default=None, help="different notes above which MinHash finds candidates")
    given = parser.parse_args(arguments)
    notes, truth = pile(given.notes, given.seed)
    wall, processor = time.perf_counter(), time.process_time()
    groups = duplicates(notes) if given.many is None else duplicates(notes, many=given.many)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    middle = {member.id: group.id for group in groups for member in group.members}
    found = [middle.get(str(place), str(place)) for place in range(len(notes))]
    precision, recall, f1 = pair_figures(found, [str(group) for group in truth])
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    sizes = Counter(map(len, groups))
    told = {"notes": len(notes), "seconds": round(wall, 1), "processor_seconds": round(processor, 1)}
    told |= {"peak_memory_gb": round(most, 2), "precision": precision, "recall": recall, "f1": f1}
    print(json.dumps({**told, "groups": sum(sizes.values()), "seed": given.seed}))


if __name__ == "__main__":
    main()
