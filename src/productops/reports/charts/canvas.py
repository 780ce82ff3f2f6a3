"""What a team can do, before and after."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from productops.model.canvas import Canvas
from productops.model.canvas_trend import LevelChange, Trend
from productops.reports.charts.drawing import BLUE, GREY, LABEL, ORANGE, WIDTH, altair, described, faceted, label
from productops.reports.language import Language
from productops.reports.text import one_line, shown

if TYPE_CHECKING:
    import altair as alt

SIGNS = {"up": "▲", "down": "▼", "same": "="}


def dumbbell(moved: Trend, canvas: Canvas, language: str = "en") -> alt.LayerChart:
    """Capabilities before (hollow) and after (filled) on the canvas's ladder; only those that can be compared."""
    alt, lang = altair(), Language(language)
    levels = [lang("not_yet"), *(shown(level.label_in(lang.code)) for level in canvas.ladder.levels)]

    def level(rank: int) -> str:
        return shown(canvas.ladder.label(rank, lang.code)) if rank else lang("not_yet")

    rows = [
        {"capability": label(each.name), "before": level(each.before), "after": level(each.after)}
        for each in moved.changes
    ]
    base = alt.Chart(alt.Data(values=rows), width=WIDTH, height=alt.Step(26))
    across = alt.Scale(domain=levels)
    place = alt.Y("capability:N", title=None, axis=alt.Axis(labelLimit=LABEL))
    lines = base.mark_rule(color=BLUE, strokeWidth=3).encode(
        x=alt.X("before:O", title=None, scale=across, axis=alt.Axis(labelAngle=0, orient="top")), x2="after:O", y=place
    )
    old = base.mark_point(size=110, filled=False, color=BLUE, fill="white", opacity=1).encode(
        x=alt.X("before:O", scale=across), y=place
    )
    new = base.mark_point(size=110, filled=True, opacity=1, color=BLUE).encode(
        x=alt.X("after:O", scale=across), y=place
    )
    return described(
        lines + old + new,
        lang("before_after"),
        lang("levels_total", sum=f"{moved.delta or 0:+d}", of=len(moved.changes)),
        lang,
    )


def slope(moved: Trend, canvas: Canvas, language: str = "en", *, columns: int = 2) -> alt.FacetChart:
    """One small chart for each area: a line from the level before to the level after, named at its end.

    Capabilities that end on one level stand below each other, with a sign for the way they came (▲ up, ▼ down, = as
    before). `columns` is how many areas stand side by side; 1 suits a telephone.
    """
    alt, lang = altair(), Language(language)
    levels = [lang("not_yet"), *(shown(level.label_in(lang.code)) for level in canvas.ladder.levels)]
    areas = {each.id: lang.word("area", shown(each.area)) for each in canvas.capabilities}
    sides = [lang("before"), lang("after")]
    rows = [
        row
        for area in dict.fromkeys(areas.values())
        for row in _slopes(area, [one for one in moved.changes if areas.get(one.capability_id) == area], levels, sides)
    ]
    base = alt.Chart().encode(
        x=alt.X("side:N", title=None, sort=sides, axis=alt.Axis(labelAngle=0), scale=alt.Scale(padding=0.5)),
        y=alt.Y("level:N", title=None, sort=levels[::-1], scale=alt.Scale(domain=levels[::-1])),
        detail="line:N",
    )
    ways = ["up", "down", "same"]
    colour = alt.Color("way:N", legend=None, scale=alt.Scale(domain=ways, range=[BLUE, ORANGE, GREY]))
    lines = base.mark_line(point=alt.OverlayMarkDef(size=70, filled=True), strokeWidth=2.5).encode(color=colour)
    words = base.mark_text(align="left", dx=10, fontSize=10, limit=230, lineBreak="\n", baseline="middle")
    layers = alt.layer(lines, words.encode(text="text:N"), data=alt.Data(values=rows)).properties(
        width=150, height=40 * len(levels)
    )
    head = alt.Header(title=None, labelAnchor="start", labelFontWeight="bold", labelLimit=LABEL)
    chart = layers.facet(
        facet=alt.Facet("area:N", title=None, sort=None, header=head), columns=2, spacing={"row": 20, "column": 190}
    )
    said = lang("levels_total", sum=f"{moved.delta or 0:+d}", of=len(moved.changes))
    return faceted(chart, lang("before_after"), said, lang)


def _slopes(area: str, changes: Iterable[LevelChange], levels: list[str], sides: list[str]) -> Iterable[dict[str, Any]]:
    """The lines of one area: two ends each, and one tag for all that end on one level."""
    tags: dict[int, list[str]] = {}
    lines: dict[tuple[int, int], str] = {}
    for one in changes:
        way = "up" if one.delta > 0 else "down" if one.delta < 0 else "same"
        tags.setdefault(one.after, []).append(f"{SIGNS[way]} {one_line(one.name, 36)}")
        lines[(one.before, one.after)] = way
    for (before, after), way in sorted(lines.items()):
        tag = "\n".join(tags.pop(after, []))
        for side, rank, text in ((sides[0], before, ""), (sides[1], after, tag)):
            yield {
                "area": label(area),
                "side": side,
                "level": levels[rank],
                "way": way,
                "line": f"{before} {after}",
                "text": text,
            }
