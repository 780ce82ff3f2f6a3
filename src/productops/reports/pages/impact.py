"""One page for the sponsor: hours given back, decisions better founded, teams better aligned, and what it rests on."""

from __future__ import annotations

from datetime import date
from typing import Any

from productops.model.alignment import agreement
from productops.model.business_case import CAPACITY_NOTE, CaseScenario, evaluate
from productops.model.decision_record import calibration, evidence_coverage, lead_time
from productops.model.evidence import alignment_coverage
from productops.model.initiative import current_phase, double_counted
from productops.model.pulse import compare_pulses, pulse_report
from productops.model.spread import BeforeAfter
from productops.model.time_use import compare_time
from productops.reports.language import Language
from productops.reports.pages.curves import judged, payback
from productops.reports.pages.processes import share_words
from productops.reports.source import Source
from productops.reports.svg import el, percent, strip


def page(source: Source, lang: Language) -> dict[str, Any]:
    """The one-pager and the pictures behind it."""
    return {
        "sponsor": sponsor(source, lang),
        "case": case(source, lang),
        "decisions": decisions(source, lang),
        "judged": judged(source, lang),
        "alignment": alignment(source, lang),
        "waterfall": waterfall(source, lang),
        "phases": phases(source, lang),
        "initiatives": initiatives(source, lang),
        "doubts": doubts(source, lang),
    }


def sponsor(source: Source, lang: Language) -> dict[str, Any] | None:
    """Who stands behind it, and what they will call a success."""
    found = source.sponsor
    if found is None:
        return None
    return {
        "name": found.person.label,
        "role": found.role or "",
        "commitment": found.commitment or "",
        "criteria": [*found.success_criteria],
    }


def case(source: Source, lang: Language) -> dict[str, Any] | None:
    """Low, base and high, never one number alone, and the month in which value passes cost."""
    if source.case is None:
        return None
    found = evaluate(source.case)
    rows = [scenario(each, found.currency, lang) for each in (found.low, found.base, found.high)]
    return {
        "name": source.case.name,
        "rows": rows,
        "note": lang("capacity_note") if found.note == CAPACITY_NOTE else found.note,
        "assumptions": [*source.case.assumptions],
        "months": lang("count_months", found.horizon_months),
        "picture": payback(found, lang),
        "horizon": lang("count_months", found.horizon_months),
    }


def scenario(found: CaseScenario, currency: str, lang: Language) -> dict[str, str]:
    """One of the three, in words."""
    return {
        "name": lang(f"case_{found.level}"),
        "hours": lang.hours(found.hours, 0),
        "net": f"{lang.number(found.net)}\u00a0{currency}",
        "roi": lang.share(found.roi, 1),
        "payback": lang("never")
        if found.payback_months is None
        else lang("count_months", round(found.payback_months, 1)),
        "loss": "loss" if found.net < 0 else "",
    }


def decisions(source: Source, lang: Language) -> list[dict[str, str]] | None:
    """What decisions rested on, how long they took, how well chances were judged."""
    if not source.decisions:
        return None
    rested = evidence_coverage(source.decisions, as_of=source.as_of)
    took = lead_time(source.decisions, as_of=source.as_of)
    judged = calibration(source.decisions, as_of=source.as_of)
    days = lang("count_days", round(took.median_days, 1)) if took.median_days is not None else "–"
    return [
        {"value": lang.share(rested.value), "label": lang("decisions_evidence"), "note": share_words(rested, lang)},
        {
            "value": lang("at_least", time=days) if took.median_at_least else days,
            "label": lang("decisions_time"),
            "note": lang("decided_open", decided=took.decided, open=took.open),
        },
        {
            "value": "–" if judged.brier is None else lang.number(judged.brier, 2),
            "label": lang("decisions_brier"),
            "note": lang("reviewed", words=share_words(judged.reviewed, lang)),
        },
    ]


def alignment(source: Source, lang: Language) -> list[dict[str, str]]:
    """Work that serves an objective, agreement on what comes first, and what people say themselves."""
    serves = alignment_coverage(source.items)
    found = [{"value": lang.share(serves.value), "label": lang("serve_objective"), "note": share_words(serves, lang)}]
    if source.priorities:
        agreed = agreement(source.priorities)
        value = "–" if agreed.value is None else lang.number(agreed.value, 2)
        found.append({"value": value, "label": lang("agreement"), "note": lang("count_people", agreed.people)})
    held = sorted((each for each in source.pulses if each.held_on <= source.as_of), key=lambda each: each.held_on)
    if held:
        report = pulse_report(held[-1])
        for row in report.rows:
            note = lang("answered", words=share_words(report.response, lang))
            if len(held) > 1 and (change := compare_pulses(held[0], held[-1]).get(row.key)):
                note = f"{change_words(change, lang)} · {note}"
            found.append({"value": share_words(row.top_2_box, lang), "label": row.text, "note": note})
    return found


def change_words(found: BeforeAfter, lang: Language) -> str:
    """A change where it may be claimed, else that it may not."""
    if not found.claim or found.change is None:
        return lang("no_claim", n=found.in_common)
    sign = "+" if found.change > 0 else ""
    return lang("median_change", change=f"{sign}{lang.number(found.change, 1)}")


def waterfall(source: Source, lang: Language) -> dict[str, Any] | None:
    """Median hours a week of one product manager before and after, and which kind of task the difference is."""
    periods = sorted(
        {each.period for each in source.time_samples if each.period.end and each.period.end <= source.as_of}
    )
    if len(periods) < 2:
        return None
    before, after = (
        [each for each in source.time_samples if each.period == when] for when in (periods[0], periods[-1])
    )
    changes = [(each.name, compare_time(before, after, each.id)) for each in source.categories]
    known = [(name, found) for name, found in changes if found.before and found.after]
    start, end = (
        sum(spread.median for _, found in known if (spread := getattr(found, side))) for side in ("before", "after")
    )
    most = max(start, end, 0.1) * 1.02
    rows = [step(lang.when(periods[0]), 0.0, start, most, "doing", lang.hours(start))]
    at = start
    for name, found in sorted(known, key=lambda pair: (delta(pair[1]), pair[0])):
        change = delta(found)
        words = lang.hours(change) if change <= 0 else f"+{lang.hours(change)}"
        rows.append(step(name, min(at, at + change), abs(change), most, "saved" if change <= 0 else "late", words))
        at += change
    rows.append(step(lang.when(periods[-1]), 0.0, end, most, "doing", lang.hours(end)))
    few = min((found.in_common for _, found in known), default=0)
    weak = any(not found.claim for _, found in known)
    return {
        "rows": rows,
        "words": lang("waterfall_words", before=lang.hours(start), after=lang.hours(end)),
        "doubt": lang("no_claim", n=few) if weak else "",
    }


def delta(found: BeforeAfter) -> float:
    """The difference of the medians, claimed or not."""
    return (found.after.median if found.after else 0.0) - (found.before.median if found.before else 0.0)


def step(name: str, left: float, width: float, most: float, kind: str, words: str) -> dict[str, Any]:
    """One bar of the waterfall."""
    bar = el(
        "rect", x=percent(100 * left / most), y=4, width=percent(100 * width / most), height=18, class_=f"bar {kind}"
    )
    return {"name": name, "words": words, "kind": kind, "picture": strip(bar, height=26)}


def phases(source: Source, lang: Language) -> list[dict[str, Any]]:
    """How product operations comes in, one step after the other."""
    here = current_phase(source.phases, as_of=source.as_of)

    def state(entered: date | None, left: date | None) -> str:
        return lang("phase_left") if left else lang("phase_here") if entered else lang("phase_ahead")

    return [
        {
            "order": each.order,
            "goal": each.goal,
            "entry": [*each.entry],
            "exit": [*each.exit],
            "quick_win": each.quick_win or "",
            "state": state(each.entered_on, each.left_on),
            "here": here is not None and each.order == here.order,
            "dates": " – ".join(lang.date(day) for day in (each.entered_on, each.left_on) if day),
        }
        for each in sorted(source.phases, key=lambda one: one.order)
    ]


def initiatives(source: Source, lang: Language) -> list[dict[str, str]]:
    """What is being done: the number before, the target, and the number now."""

    def told(found: Any) -> str:
        return "–" if found is None else f"{lang.number(found.value, 2)} {found.unit}"

    return [
        {
            "name": each.name,
            "pillar": lang.word("pillar", each.pillar.value),
            "status": lang.word("initiative", each.status.value),
            "baseline": told(each.baseline),
            "target": told(each.target),
            "measured": told(each.measured),
            "impact": lang.word("impact", each.impact_class.value),
        }
        for each in source.initiatives
    ]


def doubts(source: Source, lang: Language) -> list[str]:
    """What a careful reader should know before quoting a number."""
    names = {each.id: each.name for each in source.initiatives}
    found = [
        lang(
            "double_counted",
            hours=lang.hours(each.hours_per_week),
            first=names.get(each.first_id, each.first_id),
            second=names.get(each.second_id, each.second_id),
        )
        for each in double_counted(source.initiatives)
    ]
    ways = sorted({sample.method.value for sample in source.time_samples})
    return [*found, lang("methods", how=lang.names(lang.word("method", each) for each in ways))] if ways else found
