"""What comes first: a score against the effort it takes, and what the first score depends on."""

from __future__ import annotations

from collections import Counter
from math import sqrt
from typing import Any

from markupsafe import Markup

from productops.model.roadmap import Horizon, RoadmapItem
from productops.model.sensitivity import rice_swings
from productops.reports.language import Language
from productops.reports.source import Source
from productops.reports.svg import el, named, percent, picture, strip

OVER = (Horizon.DONE, Horizon.DROPPED)
MOST = 12  # points with a number in them; more would hide each other
LEFT, WIDE, LOW, HIGH = 6, 84, 88, 78  # where points stand, in percent of the picture
EDGE = 95
CLOSE_X, CLOSE_Y = 7, 9  # points nearer than that, in percent, would lie over each other on a telephone


def priorities(source: Source, lang: Language) -> dict[str, Any] | None:
    """Open items with a score and an effort, the best first; None where there is none.

    Scores of different methods are not compared: the method of most items is shown, the others are counted.
    """
    items = [item for item in source.items if item.horizon not in OVER]
    methods = Counter(name for item in items for name, score in item.scores.items() if score.value is not None)
    if not methods:
        return None
    method = min(methods, key=lambda name: (-methods[name], name))
    scored = [
        (value, item.estimate, item)
        for item in items
        if (value := score_of(item, method)) is not None and item.estimate is not None
    ]
    scored.sort(key=lambda one: (-one[0], one[2].id))
    if not scored:
        return None
    shown = scored[:MOST]
    name = lang.word("score", method)
    return {
        "method": name,
        "picture": points([(value, effort) for value, effort, _ in shown], name, lang),
        "scale": named(lang("effort")),
        "rows": [
            {
                "number": number,
                "title": item.title,
                "score": lang.number(value, 1),
                "effort": lang.number(effort, 1),
                "horizon": lang.word("horizon", item.horizon.value) if item.horizon else lang("horizon_unknown"),
            }
            for number, (value, effort, item) in enumerate(shown, 1)
        ],
        "more": len(scored) - len(shown),
        "without": len(items) - len(scored),
        "swings": swings(shown[0][2], lang) if method == "rice" else None,
    }


def score_of(item: RoadmapItem, method: str) -> float | None:
    """An item's score by a method, where it has one."""
    return item.scores[method].value if method in item.scores else None


def points(found: list[tuple[float, float]], name: str, lang: Language) -> Markup:
    """A numbered point for each item: effort to the right, score upwards, both by their square root."""
    top, far = max(value for value, _ in found), max(effort for _, effort in found)
    wanted = [(LEFT + WIDE * root(effort, far), LOW - HIGH * root(value, top)) for value, effort in found]
    parts = [
        el("text", f"↑ {name}", x=8, y=18, class_="tick"),
    ]
    for number, (x, y) in enumerate(apart(wanted), 1):
        parts.append(el("circle", cx=percent(x), cy=percent(y), r=10, class_="point"))
        parts.append(el("text", number, x=percent(x), y=percent(y), dy=4, text_anchor="middle", class_="on-point"))
    said = f"{name} / {lang('effort')}"
    return picture(said, *parts, height=280, class_="plot")


def root(part: float, whole: float) -> float:
    """The square root of a share; nothing below 0."""
    return sqrt(max(0.0, part) / whole) if whole > 0 else 0.0


def apart(wanted: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The places, each moved to the right until it lies on none before it; at the edge it begins again a line lower.

    >>> apart([(10, 10), (10, 10), (50, 50)])
    [(10, 10), (17, 10), (50, 50)]
    >>> apart([(90, 10), (90, 10)])
    [(90, 10), (90, 19)]
    """
    placed: list[tuple[float, float]] = []
    for home, height in wanted:
        x, y = home, height
        while near := [each for each in placed if abs(each[0] - x) < CLOSE_X and abs(each[1] - y) < CLOSE_Y]:
            x = max(each[0] for each in near) + CLOSE_X
            if x > EDGE:
                x, y = home, y + CLOSE_Y
        placed.append((x, y))
    return placed


def swings(item: RoadmapItem, lang: Language) -> dict[str, Any] | None:
    """How far the first score goes when one input alone goes down or up; the one that matters most on top."""
    score = item.scores["rice"]
    found = rice_swings(score)
    if not found or score.value is None:
        return None
    most = max(max(each.low_score, each.high_score) for each in found) * 1.02
    now = el(
        "line",
        x1=percent(100 * score.value / most),
        x2=percent(100 * score.value / most),
        y1=0,
        y2="100%",
        class_="day",
    )
    rows = []
    for each in found:
        low, high = sorted((each.low_score, each.high_score))
        bar = el(
            "rect",
            x=percent(100 * low / most),
            y=4,
            width=percent(100 * (high - low) / most),
            height=16,
            class_="bar planned",
        )
        rows.append(
            {
                "name": lang.word("rice", each.input),
                "more": f"{lang.number(each.low, 2)} – {lang.number(each.high, 2)}",
                "words": f"{lang.number(low, 1)} – {lang.number(high, 1)}",
                "picture": strip(bar, now, height=24),
            }
        )
    return {"title": item.title, "rows": rows, "hint": lang("tornado_hint", score=lang.number(score.value, 1))}
