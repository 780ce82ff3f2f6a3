"""What people told us: how far their notes came, who asks for what, how long they waited, and what came of it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from typing import Any

from productops.model.closure import closure_table
from productops.model.demand import Books, Demand, group_notes
from productops.model.feedback import Feedback, Insight
from productops.model.feedback_states import FeedbackState
from productops.model.roadmap import ItemStatus
from productops.model.sla import Limits, Quantile, sla, waits
from productops.reports.language import Language
from productops.reports.pages.studies import studies
from productops.reports.pages.trend import trends
from productops.reports.source import Source
from productops.reports.svg import curve, el, percent, picture, stretched, strip

WAYS = tuple(state for state in FeedbackState if state is not FeedbackState.UNKNOWN)
AGES = ((2, "age_2"), (7, "age_7"), (14, "age_14"), (30, "age_30"), (None, "age_more"))
MOST_THEMES = 12
DAY = 86_400


def page(source: Source, lang: Language) -> dict[str, Any]:
    """Everything about the notes received by the day of the report."""
    end = datetime.combine(source.as_of, time.max, UTC)
    notes = [note for note in source.feedback if note.received_at <= end]
    clocks = sla(notes, as_of=end)
    return {
        "facts": facts(notes, source, lang),
        "beside": [lang.retold(each) for each in books(source).count(notes).warnings],
        "funnel": funnel(notes, end, lang),
        "heat": heat(notes, source, lang),
        "waiting": waiting(notes, end, lang),
        "clocks": [
            {
                "name": lang(f"clock_{name}"),
                "done": lang.number(each.done),
                "open": lang.number(each.open),
                "median": quantile(each.median, lang),
                "p90": quantile(each.p90, lang),
                "limit": span(each.limit, lang) if each.limit else "–",
                "breaches": lang.number(each.breaches),
            }
            for name, each in (("triage", clocks.triage), ("decision", clocks.decision), ("close", clocks.close))
        ],
        "ages": ages(notes, end, lang),
        "trends": trends(source, lang),
        "you_said": you_said(source, lang),
        "studies": studies(source, lang),
    }


def facts(notes: list[Feedback], source: Source, lang: Language) -> list[dict[str, str]]:
    """Who asks: accounts, not notes; revenue and pipeline side by side, never added."""
    found = books(source).count(notes)
    told = [
        {"value": lang.number(found.mentions), "label": lang("notes"), "note": lang("of_accounts", found.accounts)},
        {"value": lang.money(found.arr), "label": lang("arr"), "note": lang("of_customers", found.customers)},
        {"value": lang.money(found.pipeline), "label": lang("pipeline"), "note": lang("of_prospects", found.prospects)},
    ]
    return [each for each in told if each["value"] != "–"]


def books(source: Source) -> Books:
    """The accounts, ready to be counted."""
    return Books(source.accounts, as_of=source.as_of, rates=source.rates)


def funnel(notes: list[Feedback], end: datetime, lang: Language) -> list[dict[str, Any]]:
    """How many notes stand in each state, with bars to compare."""
    counts = Counter(note.state if note.latest_at(end) else note.state_at(end) for note in notes)
    most = max(counts.values(), default=1)
    return [
        {
            "name": lang.word("feedback", state.value),
            "count": lang.number(counts[state]),
            "share": lang.share(counts[state] / len(notes)) if notes else "–",
            "picture": strip(
                el("rect", x=0, y=4, width=percent(100 * counts[state] / most), height=16, class_="bar doing"),
                height=24,
            ),
        }
        for state in (*WAYS, FeedbackState.UNKNOWN)
        if counts[state] or state in WAYS[:2]
    ]


def heat(notes: list[Feedback], source: Source, lang: Language) -> dict[str, Any] | None:
    """Themes down, segments across, counted twice: accounts, and their revenue."""
    segment_of = {account.id: account.segment or lang("no_segment") for account in source.accounts}
    groups = group_notes(notes, lambda note: note.theme)
    if not groups or not segment_of:
        return None
    counter = books(source)
    segments = sorted({segment_of.get(note.account_id or "", lang("no_account")) for note in notes})
    split: dict[str, dict[str, Demand]] = {}
    for theme, found in groups.items():
        by: dict[str, list[Feedback]] = {}
        for note in found:
            by.setdefault(segment_of.get(note.account_id or "", lang("no_account")), []).append(note)
        split[theme] = {segment: counter.count(each) for segment, each in by.items()}
    totals = {theme: counter.count(found) for theme, found in groups.items()}
    order = sorted(groups, key=lambda theme: (-totals[theme].accounts, source.theme(theme) or "", theme))[:MOST_THEMES]
    return {
        "columns": segments,
        "left_out": max(0, len(groups) - len(order)),
        "accounts": table(order, segments, split, totals, source, lang, money=False),
        "arr": table(order, segments, split, totals, source, lang, money=True)
        if any(each.arr for each in totals.values())
        else None,
    }


def table(
    order: list[str],
    segments: list[str],
    split: dict[str, dict[str, Demand]],
    totals: dict[str, Demand],
    source: Source,
    lang: Language,
    *,
    money: bool,
) -> list[dict[str, Any]]:
    """One of the two tables: a number in each cell, and a tint that repeats it."""

    def value(found: Demand | None) -> float:
        if found is None:
            return 0.0
        return (
            float(found.arr.amount) if money and found.arr else 0.0 if money else float(found.accounts or found.people)
        )

    def word(found: Demand | None) -> str:
        if not value(found) or found is None:
            return "–" if money or not found else lang.number(found.mentions)
        return lang.money(found.arr) if money else lang.number(value(found))

    most = max((value(split[theme].get(segment)) for theme in order for segment in segments), default=0.0) or 1.0
    return [
        {
            "name": source.theme(theme) if theme else lang("no_theme"),
            "total": word(totals[theme]),
            "cells": [
                {"word": word(found := split[theme].get(segment)), "heat": min(4, -int(-4 * value(found) // most))}
                for segment in segments
            ],
        }
        for theme in order
    ]


def waiting(notes: list[Feedback], end: datetime, lang: Language) -> dict[str, Any] | None:
    """Which share was looked at within so many days; open notes count with the time they have waited so far."""
    limit = Limits().triage
    found = sorted(
        (seconds / DAY, is_open) for note in notes if (seen := waits(note, end)) for seconds, is_open, _ in seen[:1]
    )
    done = [days for days, is_open in found if not is_open]
    if not done or limit is None:
        return None
    most = max(limit.total_seconds() / DAY * 2, min(max(done), 60.0)) * 1.05
    points, share = [(0.0, 0.0)], 0.0
    alive, surviving = len(found), 1.0
    for days, is_open in found:
        if not is_open:
            surviving *= (alive - 1) / alive
            points += [
                (100 * min(days, most) / most, 100 * share),
                (100 * min(days, most) / most, 100 * (1 - surviving)),
            ]
            share = 1 - surviving
        alive -= 1
    points.append((100.0, 100 * share))
    line = 100 * limit.total_seconds() / DAY / most
    within = sum(days <= limit.total_seconds() / DAY for days in done) / len(found)
    words = lang(
        "waiting_words", share=lang.share(within), limit=span(limit, lang), open=sum(is_open for _, is_open in found)
    )
    ticks = [el("line", x1=0, x2="100%", y1=f"{y}%", y2=f"{y}%", class_="grid") for y in (25, 50, 75)]
    parts = [
        *ticks,
        stretched(curve(points, "line done")),
        el("line", x1=percent(line), x2=percent(line), y1=0, y2="100%", class_="day"),
    ]
    parts.append(el("text", lang("limit_is", limit=span(limit, lang)), x=percent(line), dx=6, y="96%", class_="tick"))
    parts += [
        el("text", lang.share(share_), x=4, y=f"{100 - 100 * share_}%", dy=-4, class_="tick")
        for share_ in (0.25, 0.5, 0.75)
    ]
    names = [
        el(
            "text",
            lang("count_days", step),
            x=percent(100 * step / most),
            y=14,
            class_="tick",
            text_anchor="end" if step / most > 0.9 else "middle",
        )
        for step in day_steps(most)
    ]
    return {
        "picture": picture(words, *parts, height=180, class_="plot"),
        "scale": strip(*names, height=20),
        "words": words,
    }


def day_steps(most: float) -> list[int]:
    """Whole days to name along a line, at most six.

    >>> day_steps(4.2), day_steps(33)
    ([1, 2, 3, 4], [7, 14, 21, 28])
    """
    step = next(size for size in (1, 2, 7, 14, 30, 60) if most / size <= 6 or size == 60)
    return list(range(step, int(most) + 1, step))


def ages(notes: list[Feedback], end: datetime, lang: Language) -> dict[str, Any]:
    """How old the notes are that nobody has looked at."""
    new = [note for note in notes if note.state_at(end) is FeedbackState.NEW]
    counts, rest = [], [(end - note.received_at).total_seconds() / DAY for note in new]
    for upper, key in AGES:
        inside = [days for days in rest if upper is None or days <= upper]
        rest = [days for days in rest if upper is not None and days > upper]
        counts.append((lang(key), len(inside)))
    most = max((count for _, count in counts), default=0) or 1
    oldest = sorted(new, key=lambda note: (note.received_at, note.id))[:5]
    return {
        "total": len(new),
        "words": lang("count_untriaged", len(new)),
        "rows": [
            {
                "name": name,
                "count": lang.number(count),
                "picture": strip(
                    el("rect", x=0, y=4, width=percent(100 * count / most), height=16, class_="bar planned"), height=24
                ),
            }
            for name, count in counts
        ],
        "oldest": [
            {
                "text": note.title or note.text,
                "on": lang.date(note.received_at),
                "age": lang("count_days", (end - note.received_at).days),
                "who": note.said_by.label if note.said_by else lang("somebody"),
            }
            for note in oldest
        ],
    }


def you_said(source: Source, lang: Language) -> list[dict[str, str]]:
    """What was asked for and is out: how many asked, and how many of them were told."""
    done = [
        item
        for item in source.items
        if item.status is ItemStatus.DONE and (item.delivered_on or source.as_of) <= source.as_of
    ]
    told = closure_table([item.id for item in done], source.feedback, source.insights, source.closures)
    asked = Counter(each.target_id for each in source.insights)
    quotes: dict[str, str] = {}
    by_id = {note.id: note for note in source.feedback}
    for insight in source.insights:
        note = by_id.get(insight.feedback_id)
        if note is not None and insight.target_id not in quotes and whole(insight, note):
            quotes[insight.target_id] = insight.excerpt(note)
    return [
        {
            "said": quotes.get(item.id, ""),
            "did": item.title,
            "on": lang.date(item.delivered_on),
            "asked": lang("count_notes", asked[item.id]),
            "told": lang("told_of", told=told[item.id].notified, of=told[item.id].notifiable),
            "rate": lang.share(told[item.id].rate),
        }
        for item in sorted(done, key=lambda each: (each.delivered_on or source.as_of, each.id), reverse=True)
        if asked[item.id]
    ]


def whole(insight: Insight, note: Feedback) -> bool:
    """Whether the words an insight means are still there; a shortened note keeps no page from being written."""
    return insight.span is None or insight.span.end <= len(note.text)


def quantile(found: Quantile | None, lang: Language) -> str:
    """A waiting time, marked where too many still wait to know it."""
    if found is None:
        return "–"
    return lang("at_least", time=span(found.time, lang)) if found.at_least else span(found.time, lang)


def span(length: timedelta, lang: Language) -> str:
    """A stretch of time: hours up to two days, then days."""
    hours = length.total_seconds() / 3600
    return (
        lang.hours(hours)
        if hours <= 48
        else lang("count_days", round(hours / 24, 1) if hours < 240 else round(hours / 24))
    )
