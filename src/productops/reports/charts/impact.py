"""What product operations is worth, and how well chances were judged."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from productops.model.business_case import CaseResult, CaseScenario
from productops.model.decision_record import DecisionRecord, calibration
from productops.reports.charts.drawing import BLUE, GREY, LONG, ORANGE, WIDTH, altair, described
from productops.reports.language import Language

if TYPE_CHECKING:
    import altair as alt

SIDE = 340  # pixels of a square plot


def calibration_curve(
    decisions: Iterable[DecisionRecord], as_of: date, language: str = "en", *, bins: int = 5
) -> alt.LayerChart:
    """The chance given across, the share that came true upwards; on the dashed line both are the same.

    Each point says how many of how many came true, and is the larger the more decisions it stands for.
    """
    alt, lang = altair(), Language(language)
    found = calibration(decisions, as_of=as_of, bins=bins)
    rows = [
        {
            "given": each.mean_probability,
            "true": each.came_true.value,
            "n": each.n,
            "text": lang("part_of_whole", part=each.came_true.part, whole=each.came_true.whole),
            "left": each.mean_probability > 0.7,  # the words of a point near the end stand before it
        }
        for each in found.bins
    ]
    share = alt.Scale(domain=[0, 1])
    ends = alt.Chart(alt.Data(values=[{"given": 0, "true": 0}, {"given": 1, "true": 1}]))
    even = ends.mark_line(strokeDash=[5, 4], color=GREY).encode(x="given:Q", y="true:Q")
    base = alt.Chart(alt.Data(values=rows), width=SIDE, height=SIDE).encode(
        x=alt.X("given:Q", title=lang("chance_given"), scale=share, axis=alt.Axis(format="%", tickCount=5)),
        y=alt.Y("true:Q", title=lang("came_true"), scale=share, axis=alt.Axis(format="%", tickCount=5)),
    )
    most = max([1, *(each.n for each in found.bins)])
    size = alt.Size("n:Q", legend=None, scale=alt.Scale(domain=[0, most], range=[40, 320]))
    points = base.mark_point(filled=True, color=BLUE, opacity=1).encode(size=size)
    after = base.transform_filter("!datum.left").mark_text(align="left", dx=13, fontSize=11).encode(text="text:N")
    before = base.transform_filter("datum.left").mark_text(align="right", dx=-13, fontSize=11).encode(text="text:N")
    told = lang(
        "calibration_hint",
        brier="–" if found.brier is None else lang.number(found.brier, 2),
        reviewed=lang("part_of_whole", part=found.reviewed.part, whole=found.reviewed.whole),
    )
    return described(even + points + after + before, lang("calibration"), told, lang)


def payback(found: CaseResult, language: str = "en") -> alt.LayerChart:
    """Cumulative value, low, base and high, against cumulative cost; a line where the base case has paid back."""
    alt, lang = altair(), Language(language)
    long = alt.Legend(symbolSize=LONG)  # dashes need some length to be told apart
    names = {level: lang("value_level", level=lang.word("case", level)) for level in ("low", "base", "high")}
    cost = lang("legend_cost")
    rows: list[dict[str, Any]] = [
        {"month": month, "line": names[one.level], "amount": float(value)}
        for one in (found.low, found.base, found.high)
        for month, _, value in one.cumulative
    ]
    rows += [{"month": month, "line": cost, "amount": float(spent)} for month, spent, _ in found.base.cumulative]
    kinds = [cost, names["low"], names["base"], names["high"]]
    dashes = [[7, 4], [2, 3], [1, 0], [8, 3, 2, 3]]
    base = alt.Chart(alt.Data(values=rows), width=WIDTH, height=260)
    money = alt.Y("amount:Q", title=found.currency, axis=alt.Axis(format="~s", tickCount=6))
    lines = base.mark_line(strokeWidth=2.5).encode(
        x=alt.X("month:Q", title=lang("months_in"), axis=alt.Axis(tickMinStep=1)),
        y=money,
        color=alt.Color(
            "line:N",
            title=None,
            legend=long,
            scale=alt.Scale(domain=kinds, range=[ORANGE, BLUE, BLUE, BLUE]),
        ),
        strokeDash=alt.StrokeDash("line:N", title=None, legend=long, scale=alt.Scale(domain=kinds, range=dashes)),
    )
    return described(_marked(alt, lines, found.base, lang), lang("payback_title"), _paid(found.base, lang), lang)


def _marked(alt: Any, lines: Any, base: CaseScenario, lang: Language) -> Any:
    """The lines, with the moment of payback where it lies within the horizon."""
    last = base.cumulative[-1][0] if base.cumulative else 0
    if base.payback_months is None or base.payback_months > last:
        return lines
    mark = alt.Chart(alt.Data(values=[{"month": base.payback_months, "text": _paid(base, lang)}])).encode(x="month:Q")
    late = base.payback_months > last / 2
    words = mark.mark_text(align="right" if late else "left", dx=-6 if late else 6, fontSize=11, limit=WIDTH)
    rule = mark.mark_rule(strokeDash=[4, 3], color=GREY)
    return lines + rule + words.encode(text="text:N", y=alt.value(6))


def _paid(base: CaseScenario, lang: Language) -> str:
    if base.payback_months is None:
        return lang("payback_never")
    return lang("payback_after", time=lang("count_months", round(base.payback_months, 1)))
