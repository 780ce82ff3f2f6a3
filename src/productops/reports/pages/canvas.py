"""A team's capabilities: how far on the ladder, how far to the target, what moved, and what is being done."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from productops.model.assessment import Assessment, CapabilityResult, canvas_index, gaps
from productops.model.canvas import Canvas, Capability
from productops.model.canvas_trend import ActionStatus, Trend, trend
from productops.reports.language import Language
from productops.reports.source import Source
from productops.reports.svg import el, percent, strip
from productops.reports.text import one_line

LETTERS = 36  # as many as stand beside each other on a telephone
BOARD = (ActionStatus.PROPOSED, ActionStatus.AGREED, ActionStatus.DOING, ActionStatus.DONE)


def page(source: Source, lang: Language) -> dict[str, Any]:
    """The last assessment of each team: the grids, the teams side by side, the way since last time, the actions."""
    known = [each for each in source.assessments if each.held_on <= source.as_of]
    teams = sorted({each.team_id for each in known}, key=lambda each: (source.team(each) or "", each))
    latest = {
        team: max((each for each in known if each.team_id == team), key=lambda each: each.held_on) for team in teams
    }
    return {
        "grids": [grid(latest[team], known, source, lang) for team in teams],
        "heat": heat([latest[team] for team in teams], source, lang) if len(teams) > 1 else None,
        "actions": actions(source, lang),
    }


def canvas_of(assessment: Assessment, source: Source) -> Canvas | None:
    """The canvas in the revision the assessment belongs to."""
    wanted = (assessment.canvas_id, assessment.canvas_revision)
    return next((each for each in source.canvases if (each.id, each.revision) == wanted), None)


def grid(assessment: Assessment, known: list[Assessment], source: Source, lang: Language) -> dict[str, Any] | None:
    """One team's canvas; None where the revision it was assessed by is not at hand."""
    canvas = canvas_of(assessment, source)
    if canvas is None:
        return None
    if not fits(assessment, canvas):
        return {
            "team": source.team(assessment.team_id),
            "canvas": canvas.name,
            "problem": unfit(assessment, canvas, lang),
        }
    results = {each.capability_id: each for each in assessment.results(canvas)}
    moved = since_last(assessment, canvas, known, source)
    deltas = {each.capability_id: each.delta for each in moved.changes} if moved else {}
    index = canvas_index(canvas, results.values())
    areas: dict[str, list[dict[str, Any]]] = {}
    for capability in canvas.current():
        areas.setdefault(capability.area, []).append(
            row(capability, results[capability.id], canvas, deltas.get(capability.id), lang)
        )
    return {
        "team": source.team(assessment.team_id),
        "canvas": canvas.name,
        "problem": "",
        "held": lang.date(assessment.held_on),
        "stale": assessment.stale(source.as_of),
        "levels": [level.label_in(lang.code) for level in canvas.ladder.levels],
        "areas": [{"name": name, "rows": rows} for name, rows in areas.items()],
        "index": lang.share(index.value),
        "coverage": lang("rated_of", rated=index.rated, of=index.applicable),
        "gaps": [each.name for each in gaps(canvas, results.values())[:3]],
        "dumbbell": dumbbell(moved, canvas, lang) if moved else None,
    }


def fits(assessment: Assessment, canvas: Canvas) -> bool:
    """Whether an assessment can be read by its canvas."""
    try:
        assessment.check_against(canvas)
    except ValueError:
        return False
    return True


def unfit(assessment: Assessment, canvas: Canvas, lang: Language) -> str:
    """Why an assessment cannot be read by its canvas, in the reader's language."""
    changed = assessment.canvas_fingerprint not in (None, canvas.fingerprint())
    return lang("canvas_changed" if changed else "canvas_unfit", revision=canvas.revision)


def row(
    capability: Capability, found: CapabilityResult, canvas: Canvas, delta: int | None, lang: Language
) -> dict[str, Any]:
    """One capability: a cell for each level, filled where reached, ringed up to the target, and the same in words."""
    target = canvas.ladder.rank(capability.target) if capability.target else 0
    cells = [
        "off"
        if not found.applicable
        else "reached"
        if (found.rank or 0) >= level.rank
        else "target"
        if level.rank <= target
        else "open"
        for level in canvas.ladder.levels
    ]
    return {
        "name": capability.name,
        "cells": cells,
        "reached": level_word(found, canvas, lang),
        "target": lang("target_is", level=canvas.ladder.label(target, lang.code)) if target else "",
        "discuss": found.discuss,
        "spread": lang("spread_of", n=found.spread or 0) if found.discuss else "",
        "moved": ""
        if not delta
        else f"{'▲' if delta > 0 else '▼'} {lang('levels_up' if delta > 0 else 'levels_down', abs(delta))}",
    }


def level_word(found: CapabilityResult, canvas: Canvas, lang: Language) -> str:
    """The level in words; unrated is not zero, and not applicable is not best."""
    if not found.applicable:
        return lang("not_applicable")
    if found.rank is None:
        return lang("unrated")
    return canvas.ladder.label(found.rank, lang.code) if found.rank else lang("not_yet")


def since_last(assessment: Assessment, canvas: Canvas, known: list[Assessment], source: Source) -> Trend | None:
    """What moved since the team's assessment before; None without one that can be compared."""
    earlier = [
        each
        for each in known
        if each.team_id == assessment.team_id and each.canvas_id == canvas.id and each.held_on < assessment.held_on
    ]
    if not earlier:
        return None
    before = max(earlier, key=lambda each: each.held_on)
    old = canvas_of(before, source)
    return trend(before, old, assessment, canvas) if old and fits(before, old) else None


def dumbbell(moved: Trend, canvas: Canvas, lang: Language) -> dict[str, Any]:
    """Before and after, joined by a line; what cannot be compared is named apart, for it is no progress."""
    names = {each.id: each.name for each in canvas.capabilities}
    rows = []
    for each in sorted(moved.changes, key=lambda one: (-one.delta, one.name)):
        labels = [
            canvas.ladder.label(rank, lang.code) if rank else lang("not_yet") for rank in (each.before, each.after)
        ]
        words = labels[0] if not each.delta else f"{labels[0]} → {labels[1]}"
        rows.append(
            {"name": each.name, "words": words, "picture": between(each.before, each.after, canvas.ladder.max_rank)}
        )
    apart = [(lang("new_there"), moved.new), (lang("redefined"), moved.redefined), (lang("unrated"), moved.unrated)]
    return {
        "rows": rows,
        "total": lang("levels_total", sum=f"{moved.delta or 0:+d}", of=len(moved.changes)),
        "apart": [
            {"name": name, "what": lang.names(names.get(each, each) for each in ids)} for name, ids in apart if ids
        ],
        "scale": scale([lang("not_yet"), *(level.label_in(lang.code) for level in canvas.ladder.levels)]),
    }


def scale(names: list[str]) -> Markup:
    """The levels' names above the dots, each in its place; the first and the last stay within the line.

    Each line says its levels in full; here they are as long as a telephone has room for.
    """
    top = max(1, len(names) - 1)
    room = max(5, LETTERS // len(names))
    anchors = {0: "start", top: "end"}
    places = {0: 2.0, top: 98.0}
    return strip(
        *(
            el(
                "text",
                one_line(name, room),
                x=percent(places.get(step, 6 + 88 * step / top)),
                y=14,
                class_="tick",
                text_anchor=anchors.get(step, "middle"),
            )
            for step, name in enumerate(names)
        ),
        height=20,
    )


def between(before: int, after: int, top: int) -> Markup:
    """Two dots on the ladder: hollow for before, filled for after."""
    old, new = (6 + 88 * rank / top for rank in (before, after))
    ticks = [
        el("line", x1=percent(6 + 88 * step / top), x2=percent(6 + 88 * step / top), y1=4, y2=24, class_="grid")
        for step in range(top + 1)
    ]
    line = el("line", x1=percent(old), x2=percent(new), y1=14, y2=14, class_="dumbbell")
    dots = el("circle", cx=percent(old), cy=14, r=6, class_="before") + el(
        "circle", cx=percent(new), cy=14, r=6, class_="after"
    )
    return strip(*ticks, line, dots)


def heat(assessments: list[Assessment], source: Source, lang: Language) -> dict[str, Any]:
    """Teams across, capabilities down. It is no ranking: teams are in the order of their names."""
    pairs = [(each, canvas) for each in assessments if (canvas := canvas_of(each, source)) and fits(each, canvas)]
    results = [{found.capability_id: found for found in each.results(canvas)} for each, canvas in pairs]
    names = {capability.id: capability.name for _, canvas in pairs for capability in canvas.current()}
    rows = []
    for capability_id, name in names.items():
        cells = []
        for (_, canvas), found in zip(pairs, results, strict=True):
            one = found.get(capability_id)
            rank = one.rank if one else None
            heat_of = 0 if not rank else 1 + round(3 * (rank - 1) / max(1, canvas.ladder.max_rank - 1))
            cells.append({"word": level_word(one, canvas, lang) if one else "–", "heat": heat_of})
        rows.append({"name": name, "cells": cells})
    return {"columns": [source.team(each.team_id) for each, _ in pairs], "rows": rows}


def actions(source: Source, lang: Language) -> list[dict[str, Any]]:
    """Improvement actions by status; a done one raises no level, the next assessment does."""
    names = {each.id: each.name for canvas in source.canvases for each in canvas.capabilities}
    labels = {level.key: level.label_in(lang.code) for canvas in source.canvases for level in canvas.ladder.levels}
    labels |= {"not_yet": lang("not_yet")}

    def way(old: str | None, new: str | None) -> str:
        return f"{labels.get(old or '', old or '…')} → {labels.get(new, new)}" if new else ""

    def shown(status: ActionStatus) -> list[dict[str, Any]]:
        return [
            {
                "title": each.title,
                "capability": names.get(each.capability_id, each.capability_id),
                "way": way(each.from_level, each.to_level),
                "owner": each.owner.label if each.owner else lang("nobody"),
                "due": lang.date(each.due),
                "late": each.overdue(source.as_of),
            }
            for each in source.actions
            if each.status is status
        ]

    return (
        [{"name": lang.word("action", status.value), "cards": shown(status)} for status in BOARD]
        if source.actions
        else []
    )
