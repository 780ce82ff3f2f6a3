"""The way to a launch."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from productops.model.launch import Launch
from productops.reports.charts.drawing import BLUE, GREY, LONG, ORANGE, WIDTH, altair, day, described
from productops.reports.language import Language
from productops.reports.pages.launch import work_began
from productops.reports.text import shown

if TYPE_CHECKING:
    import altair as alt


def burn_up(launch: Launch, as_of: date, language: str = "en") -> alt.LayerChart:
    """Scope and done over time as steps, the forecast dotted, the launch day as a line."""
    alt, lang = altair(), Language(language)
    long = alt.Legend(symbolSize=LONG)  # dashes need some length to be told apart
    found = launch.burn_up(as_of, since=work_began(launch, as_of))
    names = {"scope": lang("legend_scope"), "done": lang("legend_done"), "ahead": lang("legend_forecast")}
    rows: list[dict[str, Any]] = [
        {"day": day(point.on), "line": names[kind], "items": getattr(point, kind)}
        for point in found.points
        for kind in ("scope", "done")
    ]
    last = found.points[-1]
    if found.forecast.finish_on and last.done < last.scope:
        rows += [
            {"day": day(on), "line": names["ahead"], "items": count}
            for on, count in ((last.on, last.done), (found.forecast.finish_on, last.scope))
        ]
    kinds = [*names.values()]
    colour = alt.Color(
        "line:N",
        title=None,
        legend=long,
        scale=alt.Scale(domain=kinds, range=[GREY, BLUE, ORANGE]),
    )
    dash = alt.StrokeDash(
        "line:N",
        title=None,
        legend=long,
        scale=alt.Scale(domain=kinds, range=[[7, 4], [1, 0], [2, 4]]),
    )
    lines = (
        alt.Chart(alt.Data(values=rows), width=WIDTH, height=220)
        .mark_line(interpolate="step-after", strokeWidth=2.5)
        .encode(
            x=alt.X("day:T", title=None, scale=alt.Scale(type="utc"), axis=alt.Axis(tickCount=6, format="%-d %b")),
            y=alt.Y("items:Q", title=None),
            color=colour,
            strokeDash=dash,
        )
    )
    layers = lines
    if launch.day:
        layers = lines + alt.Chart(alt.Data(values=[{"day": day(launch.day)}])).mark_rule(
            strokeDash=[4, 3], color=GREY
        ).encode(x=alt.X("day:T", scale=alt.Scale(type="utc")))
    words = lang("burnup_words", done=last.done, scope=last.scope, day=lang.date(last.on))
    return described(layers, f"{shown(launch.name)}: {lang('burnup')}", words, lang)
