"""What should come first: scores, and what they depend on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from productops.errors import ConfigError
from productops.model.kano import COUNTED, KanoResult
from productops.model.roadmap import RoadmapItem
from productops.model.scores import Score
from productops.model.sensitivity import SHARE, rice_swings
from productops.reports.charts.drawing import BLUE, GREY, LABEL, ORANGE, WIDTH, altair, described, label
from productops.reports.language import Language

if TYPE_CHECKING:
    import altair as alt

NAMED = 10  # points with a name beside them; more would lie over each other
HALF, TEN = 0.5, 10
LETTER, LINE = 5.6, 0.05  # pixels of a letter, share of a map that a line of words takes
SQUARE = 420  # pixels of a map
BANDS = (10, 12, 15)  # opportunity scores that are often taken as lines; a habit, not a rule


def value_effort(items: Iterable[RoadmapItem], score: str = "rice", language: str = "en") -> alt.LayerChart:
    """Effort across, a score upwards, a name at each point; items without either are left out and counted."""
    alt, lang = altair(), Language(language)
    known = list(items)
    rows: list[dict[str, Any]] = [
        {"item": label(each.title), "effort": each.estimate, "score": each.scores[score].value}
        for each in known
        if each.estimate is not None and score in each.scores and each.scores[score].value is not None
    ]
    base = alt.Chart(alt.Data(values=rows), width=WIDTH, height=320).encode(
        x=alt.X("effort:Q", title=lang("effort")),
        y=alt.Y("score:Q", title=lang.word("score", score), scale=alt.Scale(type="sqrt")),
    )
    points = base.mark_point(filled=True, size=80, color=BLUE, opacity=1)
    best = sorted(rows, key=lambda row: (-float(row["score"] or 0), str(row["item"])))[:NAMED]
    named = alt.FieldOneOfPredicate(field="item", oneOf=[row["item"] for row in best])
    words = base.transform_filter(named).mark_text(align="left", dx=7, fontSize=10, limit=180).encode(text="item:N")
    left_out = lang("left_out", len(known) - len(rows))
    return described(points + words, f"{lang.word('score', score)} / {lang('effort')}", left_out, lang)


def tornado(score: Score, title: str = "", language: str = "en", *, by: float = SHARE) -> alt.LayerChart:
    """How far a RICE score goes when one input alone goes down or up; the one that matters most on top.

    Both ends carry the score they stand for, the name of a bar the input's low and high. `by` as in `rice_swings`.
    """
    alt, lang = altair(), Language(language)
    swings = rice_swings(score, by=by)
    value = score.value or 0.0
    rows: list[dict[str, Any]] = [
        {
            "input": f"{lang.word('rice', one.input)} {lang.number(one.low, 2)} – {lang.number(one.high, 2)}",
            "low": min(one.low_score, one.high_score),
            "high": max(one.low_score, one.high_score),
            "value": value,
            "low_text": lang.number(min(one.low_score, one.high_score), 1),
            "high_text": lang.number(max(one.low_score, one.high_score), 1),
        }
        for one in swings
    ]
    ends = [float(row[end]) for row in rows for end in ("low", "high")] or [value]
    room = (max(ends) - min(ends)) * 0.14 or 1.0
    scale = alt.Scale(domain=[min(ends) - room, max(ends) + room], zero=False, nice=False)
    base = alt.Chart(alt.Data(values=rows), width=WIDTH, height=alt.Step(34)).encode(
        y=alt.Y("input:N", title=None, sort=None, axis=alt.Axis(labelLimit=LABEL, ticks=False))
    )
    across = alt.X("low:Q", title=lang("score_rice"), scale=scale)
    below = base.mark_bar(color=GREY, size=18).encode(x=across, x2="value:Q")
    above = base.mark_bar(color=BLUE, size=18).encode(x=alt.X("value:Q", scale=scale), x2="high:Q")
    left = base.mark_text(align="right", dx=-5, fontSize=11).encode(x=across, text="low_text:N")
    right = base.mark_text(align="left", dx=5, fontSize=11).encode(x=alt.X("high:Q", scale=scale), text="high_text:N")
    now = alt.Chart(alt.Data(values=[{"value": value}])).mark_rule(color=GREY, strokeWidth=2).encode(x="value:Q")
    told = lang("tornado_hint", score=lang.number(value, 1))
    name = f"{label(title)}: {lang('tornado')}" if title else lang("tornado")
    return described(below + above + left + right + now, name, told, lang)


def kano_map(results: Mapping[str, KanoResult], language: str = "en") -> alt.LayerChart:
    """Features by what their absence annoys (across) and their presence pleases (upwards), each with its category.

    `results` maps a feature's name to its survey; features without coefficients are left out and counted.
    """
    alt, lang = altair(), Language(language)
    words = {category: lang(f"kano_{category.value}") for category in COUNTED}
    rows = [
        {
            "x": -found.worse,
            "y": found.better,
            "kind": words[found.category],
            "before": -found.worse > HALF,
            "name": f"{label(name)} ({found.category.value})",
        }
        for name, found in results.items()
        if found.worse is not None and found.better is not None and found.category is not None
    ]
    share = alt.Scale(domain=[0, 1], nice=False)
    percent = alt.Axis(format="%", tickCount=5)
    base = alt.Chart(alt.Data(values=apart(rows, 1)), width=SQUARE, height=SQUARE).encode(
        x=alt.X("x:Q", title=lang("kano_worse"), scale=share, axis=percent),
    )
    upwards = alt.Y("y:Q", title=lang("kano_better"), scale=share, axis=percent)
    shape = alt.Shape(
        "kind:N",
        title=None,
        scale=alt.Scale(domain=[*words.values()], range=["square", "circle", "triangle-up", "diamond"]),
        legend=alt.Legend(orient="bottom", columns=2, labelLimit=LABEL),
    )
    points = base.mark_point(filled=True, size=90, color=BLUE, opacity=1).encode(y=upwards, shape=shape)
    cross = alt.Chart(alt.Data(values=[{"at": 0.5}]))
    lines = cross.mark_rule(color=GREY, strokeDash=[4, 4]).encode(x="at:Q")
    lines += cross.mark_rule(color=GREY, strokeDash=[4, 4]).encode(y="at:Q")
    left_out = lang("left_out", len(results) - len(rows))
    return described(lines + points + tags(base), lang("kano"), f"{lang('kano_hint')} {left_out}", lang)


def opportunity_map(scores: Mapping[str, Score], language: str = "en") -> alt.LayerChart:
    """Needs by importance (across) and satisfaction (upwards); the lower right is where something is to be gained.

    `scores` maps a need's name to its score as `opportunity` makes it. The dashed lines are scores of 10, 12 and 15.
    Needs without a score are left out and counted. Raises ConfigError for scores of another method.
    """
    alt, lang = altair(), Language(language)
    if others := sorted({each.method for each in scores.values()} - {"opportunity"}):
        raise ConfigError(f"These are scores of {', '.join(others)}.", remedy="Give what opportunity() returns.")
    rows = [
        {
            "x": each.inputs["importance"],
            "y": each.inputs["satisfaction"],
            "before": float(str(each.inputs["importance"])) > TEN * HALF,
            "name": f"{label(name)} ({lang.number(each.value, 1)})",
        }
        for name, each in scores.items()
        if each.value is not None
    ]
    ten = alt.Scale(domain=[0, TEN], nice=False)
    base = alt.Chart(alt.Data(values=apart(rows, TEN)), width=SQUARE, height=SQUARE).encode(
        x=alt.X("x:Q", title=lang("importance"), scale=ten, axis=alt.Axis(tickCount=5))
    )
    upwards = alt.Y("y:Q", title=lang("satisfaction"), scale=ten, axis=alt.Axis(tickCount=5))
    points = base.mark_point(filled=True, size=90, color=BLUE, opacity=1).encode(y=upwards)
    guides = [
        {"x": at, "y": 2 * at - band, "band": str(band)} for band in BANDS for at in (band / 2, 10.0)
    ]  # where importance is above satisfaction, the score is 2 x importance - satisfaction
    drawn = alt.Chart(alt.Data(values=guides)).encode(x="x:Q", y="y:Q", detail="band:N")
    lines = drawn.mark_line(color=ORANGE, strokeDash=[4, 4], strokeWidth=1.5)
    names = drawn.transform_filter("datum.x == 10").mark_text(align="left", dx=5, fontSize=11).encode(text="band:N")
    even = alt.Chart(alt.Data(values=[{"x": 0, "y": 0}, {"x": 10, "y": 10}])).encode(x="x:Q", y="y:Q")
    left_out = lang("left_out", len(scores) - len(rows))
    layers = even.mark_line(color=GREY) + lines + names + points + tags(base)
    return described(layers, lang("opportunity"), f"{lang('opportunity_hint')} {left_out}", lang)


def apart(rows: list[dict[str, Any]], full: float) -> list[dict[str, Any]]:
    """The rows with a height for each name, so that no name lies over another; `full` is the length of both axes.

    >>> rows = [{"x": 1, "y": 5, "name": "One", "before": False}, {"x": 1, "y": 5, "name": "Two", "before": False}]
    >>> [row["name_y"] for row in apart(rows, 10)]
    [5, 4.5]
    """
    placed: list[tuple[float, float, float]] = []
    for row in sorted(rows, key=lambda one: (-one["y"], one["x"], one["name"])):
        width = (len(row["name"]) * LETTER + LETTER) * full / SQUARE
        first, last = (row["x"] - width, row["x"]) if row["before"] else (row["x"], row["x"] + width)
        near = [height for start, end, height in placed if start < last and first < end]
        row["name_y"] = min([row["y"], *(height - LINE * full for height in near)])
        placed.append((first, last, row["name_y"]))
    return rows


def tags(base: Any) -> Any:
    """The names beside the points of a map: before those on the right, after those on the left."""
    left = base.transform_filter("datum.before").mark_text(align="right", dx=-9, fontSize=11, limit=230)
    right = base.transform_filter("!datum.before").mark_text(align="left", dx=9, fontSize=11, limit=230)
    return left.encode(y="name_y:Q", text="name:N") + right.encode(y="name_y:Q", text="name:N")
