"""How teams take up a process."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from productops.model.adoption import AdoptionReport, adoption
from productops.model.process import Adoption, AdoptionState, Process
from productops.reports.charts.drawing import BLUE, GREY, LONG, ORANGE, WIDTH, altair, day, described
from productops.reports.language import Language
from productops.reports.text import shown

if TYPE_CHECKING:
    import altair as alt

COLOURS = (BLUE, ORANGE, GREY, "#4c7d5b", "#7a5195")
DASHES = ([1, 0], [6, 3], [2, 3], [8, 3, 2, 3], [10, 3])


def adoption_steps(
    process: Process, records: Iterable[Adoption], teams: Collection[str], as_of: date, language: str = "en"
) -> alt.LayerChart:
    """Teams on each version over time, as steps; each line is named at its end, each new version has a mark."""
    alt, lang = altair(), Language(language)
    long = alt.Legend(symbolSize=LONG)  # dashes need some length to be told apart
    mine = [record for record in records if record.process_id == process.id and record.since <= as_of]
    starts = {version.number: version.effective_on for version in process.versions if version.effective_on <= as_of}
    days = sorted({as_of, *starts.values(), *(record.since for record in mine)})
    reports = [adoption(process, mine, teams, as_of=on) for on in days]
    rows = [
        {"day": day(on), "version": _named(number, lang), "teams": _teams_on(report, number)}
        for number in starts
        for on, report in zip(days, reports, strict=True)
        if on >= starts[number]
    ]
    kinds = [_named(number, lang) for number in starts]
    scale = {"domain": kinds, "range": [COLOURS[at % len(COLOURS)] for at in range(len(kinds))]}
    dash = {"domain": kinds, "range": [DASHES[at % len(DASHES)] for at in range(len(kinds))]}
    most = max(1, reports[-1].adopted.whole)
    across = alt.X("day:T", title=None, scale=alt.Scale(type="utc"), axis=alt.Axis(tickCount=6, format="%b %Y"))
    upwards = alt.Y("teams:Q", title=lang("teams"), scale=alt.Scale(domain=[0, most]), axis=alt.Axis(tickMinStep=1))
    lines = (
        alt.Chart(alt.Data(values=rows), width=WIDTH, height=200)
        .mark_line(interpolate="step-after", strokeWidth=2.5)
        .encode(
            x=across,
            y=upwards,
            color=alt.Color("version:N", title=None, legend=long, scale=alt.Scale(**scale)),
            strokeDash=alt.StrokeDash("version:N", title=None, legend=long, scale=alt.Scale(**dash)),
        )
    )
    marks: list[dict[str, Any]] = [{"day": day(on), "text": _named(number, lang)} for number, on in starts.items()]
    new = alt.Chart(alt.Data(values=marks)).encode(x=alt.X("day:T", scale=alt.Scale(type="utc")))
    rule = new.mark_rule(strokeDash=[4, 3], color=GREY, opacity=0.6)
    words = new.mark_text(align="left", dx=4, fontSize=10).encode(text="text:N", y=alt.value(6))
    found = reports[-1].adopted
    told = lang("adoption_hint", share=lang("part_of_whole", part=found.part, whole=found.whole), day=lang.date(as_of))
    return described(lines + rule + words, f"{shown(process.name)}: {lang('adoption_by_version')}", told, lang)


def _named(number: str, lang: Language) -> str:
    return lang("version_number", number=shown(number))


def _teams_on(report: AdoptionReport, number: str) -> int:
    return sum(one.state is AdoptionState.ADOPTED and one.version == number for one in report.teams)
