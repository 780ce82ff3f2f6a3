"""How people come into a study."""

from __future__ import annotations

from typing import TYPE_CHECKING

from productops.model.recruiting import RecruitingFunnel
from productops.reports.charts.drawing import BLUE, WIDTH, altair, described
from productops.reports.language import Language

if TYPE_CHECKING:
    import altair as alt


def recruiting(found: RecruitingFunnel, language: str = "en") -> alt.LayerChart:
    """How many people reached each step, with the share of the step before it."""
    alt, lang = altair(), Language(language)
    names = [lang.word("recruiting", step.name) for step in found.steps]
    rows = [
        {
            "step": name,
            "people": step.reached.part,
            "text": lang.number(step.reached.part)
            + (f"  ({lang.share(step.reached.value)})" if number and step.reached.whole else ""),
        }
        for number, (name, step) in enumerate(zip(names, found.steps, strict=True))
    ]
    most = max([1, *(step.reached.part for step in found.steps)])
    base = alt.Chart(alt.Data(values=rows), width=WIDTH, height=alt.Step(32)).encode(
        x=alt.X("people:Q", title=None, axis=None, scale=alt.Scale(domain=[0, most * 1.18])),
        y=alt.Y("step:N", title=None, sort=names, axis=alt.Axis(ticks=False, domain=False, labelFontSize=11)),
    )
    bars = base.mark_bar(color=BLUE, cornerRadiusEnd=2, size=20)
    words = base.mark_text(align="left", dx=6, fontSize=11).encode(text="text:N")
    told = lang("recruiting_hint", show=lang.share(found.show_rate.value), missed=found.no_show, off=found.cancelled)
    return described(bars + words, lang("recruiting"), told, lang)
