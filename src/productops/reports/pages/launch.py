"""One launch on one page, for the go/no-go: the answer first, then why, then what is still to do and when."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from markupsafe import Markup

from productops.model.burnup import BurnUp
from productops.model.checklist import ChecklistItem, ChecklistStatus
from productops.model.decision import Decision
from productops.model.launch import Launch
from productops.model.readiness import Readiness, Reason
from productops.reports.language import Language
from productops.reports.pages.launches import OVER, file_name, state
from productops.reports.source import Source
from productops.reports.svg import Axis, curve, el, picture, stretched, strip


def page(launch: Launch, source: Source, lang: Language) -> dict[str, Any]:
    """Everything about one launch."""
    seen = launch.readiness(source.as_of)
    return {
        "name": launch.name,
        "href": file_name(launch.id),
        "over": launch.status in OVER,
        "state": state(launch, seen, lang),
        "head": head(launch, source, lang),
        "answer": answer(launch, seen, lang),
        "blockers": [reason(each, launch, source, lang) for each in seen.blockers],
        "open_should": [reason(each, launch, source, lang) for each in seen.open_should],
        "waived": [reason(each, launch, source, lang) for each in seen.waived],
        "set_aside": [*seen.set_aside],
        "decisions": [
            decision(each, launch, source, lang)
            for each in sorted(launch.decisions, key=lambda one: one.on, reverse=True)
        ],
        "lanes": lanes(launch, source, lang),
        "burnup": burnup(launch, source, lang),
        "dates": dates(launch, lang),
        "goals": goals(launch, source, lang),
    }


def head(launch: Launch, source: Source, lang: Language) -> list[dict[str, str]]:
    """The few facts under the name."""
    return [
        {
            "label": lang("when"),
            "value": lang.date(launch.launched_on) if launch.launched_on else lang.when(launch.target),
        },
        {"label": lang("tier"), "value": launch.tier_label or str(launch.tier)},
        {"label": lang("owner"), "value": launch.owner.label if launch.owner else lang("nobody")},
        {"label": lang("teams"), "value": lang.names(source.team(each) for each in launch.team_ids) or "–"},
        {"label": lang("status"), "value": lang.word("launch_status", launch.status.value)},
    ]


def answer(launch: Launch, seen: Readiness, lang: Language) -> dict[str, str]:
    """The one sentence a decider reads, the counts behind it, and what the rule recommends."""
    if seen.over or launch.status in OVER:
        said = lang("launch_is_over", status=lang.word("launch_status", launch.status.value))
    elif seen.ready:
        said = lang("launch_is_ready")
    elif not seen.total.applicable:
        said = lang("launch_unchecked")
    else:
        said = lang("launch_has_blockers", len(seen.blockers))
    counts = lang("counts", done=seen.total.done, of=seen.total.applicable, share=lang.share(seen.progress))
    extra = [lang("waived_count", seen.total.waived)] if seen.total.waived else []
    extra += [lang("not_applicable_count", seen.total.not_applicable)] if seen.total.not_applicable else []
    extra += [lang("after_launch_count", seen.after_launch)] if seen.after_launch else []
    return {
        "said": said,
        "counts": "; ".join([counts, *extra]),
        "recommended": lang.word("outcome", seen.recommended.value),
        "key": seen.recommended.value,
    }


def reason(found: Reason, launch: Launch, source: Source, lang: Language) -> dict[str, Any]:
    """An open item with why it is open, and below it what it waits for."""
    item = next(each for each in launch.checklist.items if each.id == found.item_id)
    return {
        "title": found.title,
        "why": why(item, source.as_of, lang),
        "need": lang.word("need", found.need.value),
        "owner": found.owner.label if found.owner else lang("nobody"),
        "due": due(item, lang),
        "waits_for": [reason(each, launch, source, lang) for each in found.waits_for],
    }


def due(item: ChecklistItem, lang: Language) -> str:
    """The due day, marked where it is counted from a coarser time."""
    return lang("about_day", day=lang.date(item.due)) if item.due_approximate and item.due else lang.date(item.due)


def why(item: ChecklistItem, as_of: date, lang: Language) -> str:
    """Why an item is open, in the reader's language."""
    status = item.status_on(as_of)
    parts = [lang("no_evidence") if status is ChecklistStatus.DONE else lang.word("check", status.value)]
    parts += [lang("overdue")] if item.overdue(as_of) else []
    waiver = item.waiver
    if waiver is None:
        return ", ".join(parts)
    if waiver.problem(as_of, item.owner) is None:
        until = lang.date(waiver.expires_on) if waiver.expires_on else waiver.condition
        parts.append(lang("waived_by", who=waiver.accepted_by.label, until=until, reason=waiver.reason))
    elif waiver.expires_on and waiver.expires_on < as_of:
        parts.append(lang("waiver_expired", day=lang.date(waiver.expires_on)))
    else:
        parts.append(lang("waiver_void"))
    return ", ".join(parts)


def decision(made: Decision, launch: Launch, source: Source, lang: Language) -> dict[str, Any]:
    """What people decided at a gate, beside what the rule said then."""
    words = {"go": lang("vote_go"), "no_go": lang("vote_no_go"), "abstain": lang("vote_abstain")}
    named = {gate.key: gate.name for gate in launch.gates}
    return {
        "gate": named.get(made.gate, made.gate),
        "outcome": lang.word("outcome", made.outcome.value),
        "key": made.outcome.value,
        "on": lang.date(made.on),
        "by": lang.names(each.label for each in made.decided_by),
        "recommended": lang.word("outcome", made.recommended.value) if made.recommended else "",
        "overruled": made.overruled,
        "reason": made.reason or "",
        "reconvene": lang.date(made.reconvene_on) if made.reconvene_on else "",
        "conditions": [
            {
                "text": each.text,
                "owner": each.owner.label,
                "due": lang.date(each.due),
                "state": condition_state(each.is_open(source.as_of), late=each.due < source.as_of, lang=lang),
                "open": each.is_open(source.as_of),
            }
            for each in made.conditions
        ],
        "votes": [
            {"by": each.by.label, "vote": words[each.vote], "comment": each.comment or ""} for each in made.votes
        ],
        "dissent": [*made.dissent],
    }


def condition_state(is_open: bool, *, late: bool, lang: Language) -> str:  # noqa: FBT001, RUF100 - one word each
    """The state of a condition in a word."""
    return lang("overdue") if is_open and late else lang("open") if is_open else lang("met")


def lanes(launch: Launch, source: Source, lang: Language) -> dict[str, Any] | None:
    """The way to the launch day: a lane for each team, else for each area; gates as diamonds, today as a line."""
    items = [item for item in launch.checklist.items if item.due is not None]
    if not items or launch.day is None:
        return None
    gates = [(gate, gate.offset.resolve_from(launch.target).on) for gate in launch.gates if gate.offset is not None]
    axis = Axis.around([launch.day, *(item.due for item in items), *(day for _, day in gates)], launch.day)
    groups: dict[str, list[ChecklistItem]] = {}
    for item in items:
        groups.setdefault(source.team(item.team_id) or lang.word("area", item.area), []).append(item)
    return {
        "scale": axis.scale(lang, source.as_of)
        if axis.first <= source.as_of <= axis.last
        else axis.scale(lang, axis.first),
        "gates": gate_lane(launch, [(gate.name, day) for gate, day in gates if day], axis, lang, source),
        "gate_words": [f"{gate.name}{lang('colon')} {lang.date(day)}" for gate, day in gates]
        + [f"{lang('launch_day')}{lang('colon')} {lang.when(launch.target)}"],
        "rows": [
            lane(name, sorted(groups[name], key=lambda each: (each.due, each.title)), axis, source, lang)
            for name in sorted(groups)
        ],
    }


def gate_lane(launch: Launch, gates: list[tuple[str, Any]], axis: Axis, lang: Language, source: Source) -> Markup:
    """Diamonds for gates, a flag for the launch day."""
    marks = [
        el(
            "svg",
            el("path", el("title", name), d="M0 -8 L8 0 L0 8 L-8 0 Z", class_="gate"),
            x=axis.x(day),
            y=14,
            overflow="visible",
        )
        for name, day in gates
    ]
    if launch.day:
        flag = el("path", el("title", lang("launch_day")), d="M0 10 V-10 L13 -5 L0 0", class_="flag")
        marks.append(el("svg", flag, x=axis.x(launch.day), y=14, overflow="visible"))
    return strip(axis.grid(lang, source.as_of), *marks)


def lane(name: str, items: list[ChecklistItem], axis: Axis, source: Source, lang: Language) -> dict[str, Any]:
    """One lane: a mark for each item at its due day, whose shape says how it stands; the same in words below it."""
    marks, words = [], []
    for item in items:
        if item.due is None:
            continue
        kind = mark_kind(item, source)
        shape = {"done": "M-6 0 L-2 5 L6 -5", "late": "M0 -7 L7 6 L-7 6 Z", "aside": "M-5 0 H5"}.get(
            kind, "M-5 0 A5 5 0 1 0 5 0 A5 5 0 1 0 -5 0"
        )
        marks.append(
            el("svg", el("path", d=shape, class_=f"mark {kind}"), x=axis.x(item.due), y=14, overflow="visible")
        )
        words.append(
            {
                "title": item.title,
                "kind": kind,
                "state": lang(f"mark_{kind}"),
                "due": due(item, lang),
                "owner": item.owner.label if item.owner else lang("nobody"),
            }
        )
    done = sum(each["kind"] == "done" for each in words)
    return {
        "name": name,
        "picture": strip(axis.grid(lang, source.as_of), *marks),
        "entries": words,
        "count": f"{done}/{len(words)}",
    }


def mark_kind(item: ChecklistItem, source: Source) -> str:
    """How an item stands: done, late, waived, set aside, or open."""
    if item.is_done(source.as_of):
        return "done"
    if not item.applies(source.as_of):
        return "aside"
    if item.is_waived(source.as_of):
        return "waived"
    return "late" if item.overdue(source.as_of) else "open"


def burnup(launch: Launch, source: Source, lang: Language) -> dict[str, Any] | None:
    """Scope and done over time, the forecast, and the launch day."""
    if not launch.checklist.items:
        return None
    end = min(source.as_of, launch.launched_on) if launch.launched_on else source.as_of
    found = launch.burn_up(end, since=work_began(launch, end))
    ahead = found.forecast.finish_on if launch.status not in OVER else None
    axis = Axis.around([found.points[0].on, launch.day, ahead], end)
    top = max(1, *(point.scope for point in found.points))
    last = found.points[-1]
    words = lang("burnup_words", done=last.done, scope=last.scope, day=lang.date(last.on))
    forecast = "" if launch.status in OVER else forecast_words(found, lang)
    lines = [
        curve([(axis.at(point.on), 100 * point.scope / top * 0.94) for point in found.points], "line scope"),
        curve([(axis.at(point.on), 100 * point.done / top * 0.94) for point in found.points], "line done"),
    ]
    if ahead is not None and last.done < last.scope:
        lines.append(
            curve([(axis.at(last.on), 94 * last.done / top), (axis.at(ahead), 94 * last.scope / top)], "line ahead")
        )
    parts = [axis.grid(lang, source.as_of), stretched(*lines)]
    if launch.day:
        parts.append(el("line", x1=axis.x(launch.day), x2=axis.x(launch.day), y1=0, y2="100%", class_="day"))
    parts.append(el("text", str(top), x=4, y="6%", dy=12, class_="tick"))
    return {
        "picture": picture(f"{words} {forecast}", *parts, height=180, class_="plot"),
        "scale": axis.scale(lang, source.as_of),
        "words": words,
        "forecast": forecast,
        "legend": [
            ("scope", lang("legend_scope")),
            ("done", lang("legend_done")),
            *([("ahead", lang("legend_forecast"))] if ahead is not None and last.done < last.scope else []),
            *([("day", lang("launch_day"))] if launch.day else []),
        ],
    }


def work_began(launch: Launch, end: date) -> date:
    """A week before the first item was due or done: the months before it would only flatten the picture."""
    days = [day for item in launch.checklist.items for day in (item.due, item.done_on) if day is not None]
    return min([*days, end]) - timedelta(days=7)


def forecast_words(found: BurnUp, lang: Language) -> str:
    """The forecast in a sentence; where there is none, why."""
    seen = found.forecast
    if seen.finish_on is None:
        return lang("no_forecast", n=seen.window_days)
    if not seen.left:
        return lang("nothing_left")
    said = lang("forecast", seen.left, day=lang.date(seen.finish_on))
    if seen.slip_days is None:
        return f"{said}."
    if seen.slip_days == 0:
        return f"{said}, {lang('on_launch_day')}."
    return f"{said}, {lang('days_after' if seen.slip_days > 0 else 'days_before', abs(seen.slip_days))}."


def dates(launch: Launch, lang: Language) -> list[dict[str, str]]:
    """Every date it was promised for, with when and why it moved."""
    return [
        {
            "when": lang.when(each.target),
            "set_on": lang.date(each.set_on),
            "reason": each.reason or "",
            "by": each.by.label if each.by else "",
        }
        for each in launch.target_history
    ]


def goals(launch: Launch, source: Source, lang: Language) -> list[dict[str, str]]:
    """What it is to move, and the last number measured."""
    found = []
    for goal in launch.goals:
        known = [each for each in source.readings if each.key == goal.key and each.on <= source.as_of]
        last = max(known, key=lambda each: each.on) if known else None
        unit = f" {goal.unit}" if goal.unit else ""
        found.append(
            {
                "name": goal.name,
                "baseline": "–" if goal.baseline is None else f"{lang.number(goal.baseline, 2)}{unit}",
                "target": f"{lang.number(goal.target, 2)}{unit}",
                "value": f"{lang.number(last.value, 2)}{unit} ({lang.date(last.on)})" if last else lang("not_measured"),
                "met": lang("met" if goal.met_by(last.value) else "not_met") if last else "",
            }
        )
    return found
