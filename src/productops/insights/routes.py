"""What a routed note comes with: its area, who owns that, how sure the router is, and why."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from productops.errors import ConfigError
from productops.insights.grams import WORD, WORDS, Block, Packed, laid_out

MEANING = "(the meaning of the whole)"
LETTERS = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Owner:
    """Who looks after an area."""

    team: str | None = None
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """Where a note belongs.

    `area` is the likeliest one, also when `unrouted` says that the router is not sure enough to send it there: then a
    person decides. `confidence` is the calibrated probability of the area; `others` are the next likely ones with
    theirs. `team` and `owner` come from the ownership table; both are None for an unrouted note.
    """

    area: str
    confidence: float
    unrouted: bool
    team: str | None = None
    owner: str | None = None
    others: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a note was sent to an area.

    `words` are those that spoke for it (above zero) or against it, the strongest first, each with its part of the
    score over that of an average area. `examples` are the known notes of the area that are most like it, with their
    likeness from 0 to 1; empty when the router keeps none.
    """

    area: str
    words: tuple[tuple[str, float], ...]
    examples: tuple[tuple[str, float], ...]


def read_ownership(rows: Mapping[str, Any] | Iterable[Any] | None) -> dict[str, Owner]:
    """Read the ownership table: a mapping from areas, or rows with `area`, `team` and `owner`.

    >>> read_ownership([{"area": "billing", "team": "Money", "owner": "Ada Muster"}])["billing"].team
    'Money'
    """
    if isinstance(rows, Mapping):
        rows = [row if isinstance(row, Mapping) else _as_row(row) for row in _named(rows)]
    found: dict[str, Owner] = {}
    for row in rows or ():
        if not isinstance(row, Mapping) or not row.get("area"):
            raise ConfigError("A row of the ownership table has no area.", remedy="Give area, team and owner.")
        area = str(row["area"])
        if area in found:
            raise ConfigError(f"The area {area!r} is in the ownership table twice.", record=area)
        found[area] = Owner(*(str(row[name]) if row.get(name) else None for name in ("team", "owner")))
    return found


def _named(rows: Mapping[str, Any]) -> Iterable[Any]:
    for area, row in rows.items():
        if isinstance(row, Owner):
            yield {"area": area, "team": row.team, "owner": row.owner}
        else:
            yield {**row, "area": area} if isinstance(row, Mapping) else {"area": area, "team": row}


def _as_row(row: Any) -> Mapping[str, Any]:
    raise ConfigError(f"{row!r} is no row of an ownership table.")


def spoken(areas: Iterable[str]) -> list[tuple[str, str, float]]:
    """The names of areas as examples of them: text, area, weight. Those with a digit are taken for ids and left out.

    >>> spoken(["card_arrival", "billing", "theme_01hq"])
    [('billing', 'billing', 1.0), ('card arrival', 'card_arrival', 1.0)]
    """
    told = [(" ".join(LETTERS.findall(area)), area) for area in sorted(areas) if not any(map(str.isdigit, area))]
    return [(text, area, 1.0) for text, area in told if text]


def word_parts(text: str, blocks: Iterable[Block], row: Any, weights: Any) -> dict[str, float]:
    """What each word of a text adds to a score: what its groups of letters add, shared out among the words they touch.

    `row` is the text's one row of the table, `weights` one number per column.
    """
    parts: dict[str, float] = defaultdict(float)
    values = np.zeros(row.shape[1])
    values[row.indices] = row.data
    first = 0
    for block in blocks:
        laid = laid_out(text, block.kind)
        packed = Packed([laid])
        runs = packed.words(block.low, block.high) if block.kind == WORDS else packed.letters(block.low, block.high)
        spans = [(start, end, packed.numbers(start, end, block.kind)) for start, end in runs]
        for start, end, number in spans:
            known, column = block.find(number)
            column = column[known]
            times = np.bincount(column, minlength=len(block.vocabulary))[column]
            worth = values[first + column] * weights[first + column] / times
            for begin, stop, amount in zip(start[known], end[known], worth, strict=True):
                _share(laid, int(begin), int(stop), float(amount), parts)
        first += len(block.vocabulary)
    return dict(parts)


def _share(laid: str, begin: int, stop: int, amount: float, parts: dict[str, float]) -> None:
    begin = laid.rfind(" ", 0, begin + 1) + 1 if laid[begin] != " " else begin + 1
    stop = laid.find(" ", max(begin, stop - 1))
    words = laid[begin:stop].split()
    for word in words:
        parts["".join(WORD.findall(word)) or word] += amount / len(words)
