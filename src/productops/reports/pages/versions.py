"""How teams go from one version of a process to the next."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any

from productops.model.adoption import adoption
from productops.model.process import AdoptionState, Process, ProcessVersion
from productops.reports.language import Language
from productops.reports.source import Source
from productops.reports.svg import Axis, curve, el, picture, stretched

LINES = ("done", "ahead", "scope", "fourth")  # told apart by their dashes, not by colour alone


def versions(process: Process, source: Source, lang: Language) -> dict[str, Any] | None:
    """Teams on each of the last versions as steps over time; None before there is a second version.

    The portfolio's small line says the rest: how many follow the process at all.
    """
    known = sorted(
        (each for each in process.versions if each.effective_on <= source.as_of), key=lambda v: v.effective_on
    )
    if len(known) < 2:
        return None
    known = known[-len(LINES) :]
    records = [each for each in source.adoptions if each.process_id == process.id and each.since <= source.as_of]
    days = sorted({source.as_of, *(each.effective_on for each in known), *(each.since for each in records)})
    axis = Axis.around(days, source.as_of)
    reports = [adoption(process, records, [team.id for team in source.teams], as_of=on) for on in days]
    top = max(1, reports[-1].adopted.whole)
    lines, legend = [], []
    for kind, version in zip(LINES, reversed(known), strict=False):
        counts = [(on, on_version(report, version)) for on, report in zip(days, reports, strict=True)]
        lines.append(curve(steps(counts, version, axis, top), f"line {kind}"))
        named = lang("version_number", number=version.number)
        legend.append((kind, f"{named}: {lang('count_teams', counts[-1][1])}"))
    parts = [axis.grid(lang, source.as_of), stretched(*lines), el("text", top, x=4, y=14, class_="tick")]
    said = f"{process.name}: {lang('adoption_by_version')}. {'; '.join(word for _, word in legend)}"
    return {
        "name": process.name,
        "picture": picture(said, *parts, height=140, class_="plot"),
        "scale": axis.scale(lang, source.as_of),
        "legend": legend,
    }


def on_version(report: Any, version: ProcessVersion) -> int:
    """How many teams had adopted this version."""
    return sum(each.state is AdoptionState.ADOPTED and each.version == version.number for each in report.teams)


def steps(counts: list[tuple[date, int]], version: ProcessVersion, axis: Axis, top: int) -> list[tuple[float, float]]:
    """The corners of a line of steps, from the day the version was there."""
    places = [(axis.at(on), 3 + 85 * count / top) for on, count in counts if on >= version.effective_on]
    corners = [places[0]]
    for before, after in pairwise(places):
        corners += [(after[0], before[1]), after]
    return corners
