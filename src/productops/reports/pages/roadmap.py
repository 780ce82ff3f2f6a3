"""The roadmap as pictures: a board, a time line, what moved, and which objective each item serves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from markupsafe import Markup

from productops.errors import ConfigError
from productops.model.audience import ItemView, ViewPolicy, in_words, view
from productops.model.evidence import alignment_coverage, insight_coverage
from productops.model.roadmap import Audience, Confidence, Horizon, ItemStatus, Objective, RoadmapItem
from productops.model.timebox import Precision, TimeBucket
from productops.reports.language import Language
from productops.reports.pages.priority import priorities
from productops.reports.source import Source
from productops.reports.svg import Axis, el, percent, strip

COLUMNS = (Horizon.NOW, Horizon.NEXT, Horizon.LATER)
OVER = (Horizon.DONE, Horizon.DROPPED)
Item = RoadmapItem | ItemView
# How much of a bar's end fades away: the surer, the sharper.
FADES: dict[Confidence | None, float] = {Confidence.HIGH: 0.0, Confidence.MEDIUM: 0.25, Confidence.LOW: 0.6, None: 0.25}


def page(source: Source, lang: Language) -> dict[str, Any]:
    """All pictures of the roadmap."""
    from productops.reports.pages.changes import moves

    items = source.items
    return {
        "title": source.roadmap.title if source.roadmap else "",
        "audience": "",
        "sure": True,
        "facts": facts(source, lang),
        "board": board(items, lang, source),
        "over": [card(item, lang, source) for item in items if item.horizon in OVER],
        "timeline": timeline(items, lang, source.as_of, source),
        "moves": moves(source, lang),
        "priorities": priorities(source, lang),
        "tree": tree(source, lang),
    }


def audience_page(source: Source, audience: ViewPolicy | Audience | str, lang: Language) -> dict[str, Any]:
    """The board, the time line and the changes as an audience sees them, made from the view and nothing else."""
    from productops.reports.pages.changes import view_moves

    try:
        seen = view(source.items, audience, source.roadmap.themes if source.roadmap else ())
    except ValueError as error:
        raise ConfigError(f"There is no view for {audience!r}: {error}.", remedy="Name one of them.") from error
    title = source.roadmap.title if source.roadmap else ""
    return {
        "title": title,
        "audience": lang.word("audience", seen.audience.value),
        "sure": any(item.confidence for item in seen.items),
        "facts": [],
        "board": board(seen.items, lang),
        "over": [card(item, lang) for item in seen.items if item.horizon in OVER],
        "timeline": timeline(seen.items, lang, source.as_of),
        "moves": view_moves(source, audience, lang),
        "priorities": None,
        "tree": [],
    }


def facts(source: Source, lang: Language) -> list[dict[str, str]]:
    """The numbers above the board: how many items, and what they rest on."""
    near = [item for item in source.items if item.near]
    serves, heard = alignment_coverage(source.items), insight_coverage(source.items, source.insights)
    return [
        {
            "value": lang.number(len(near)),
            "label": lang("in_now_and_next"),
            "note": lang("of_items", len(source.items)),
        },
        {
            "value": lang.share(serves.value),
            "label": lang("serve_objective"),
            "note": of(serves.part, serves.whole, lang),
        },
        {
            "value": lang.share(heard.value),
            "label": lang("rest_on_feedback"),
            "note": of(heard.part, heard.whole, lang),
        },
    ]


def of(part: int, whole: int, lang: Language) -> str:
    """So many of so many."""
    return lang("part_of_whole", part=lang.number(part), whole=lang.number(whole))


def confidence(item: Item) -> Confidence | None:
    """How sure an item is, in words."""
    return item.confidence if isinstance(item, ItemView) else in_words(item.confidence_share)


def untold(item: Item) -> Confidence | None:
    """What to draw where no confidence is known: an audience that is told none is shown no doubt either."""
    return Confidence.HIGH if isinstance(item, ItemView) else None


def board(items: Iterable[Item], lang: Language, source: Source | None = None) -> list[dict[str, Any]]:
    """Now, next and later, each with its cards; items without a horizon have a column of their own."""
    columns = {horizon: [card(item, lang, source) for item in items if item.horizon is horizon] for horizon in COLUMNS}
    loose = [card(item, lang, source) for item in items if item.horizon in (None, Horizon.UNKNOWN)]
    found = [
        {"key": key.value, "name": lang.word("horizon", key.value), "hint": lang(f"hint_{key.value}"), "cards": cards}
        for key, cards in columns.items()
    ]
    if loose:
        found.append({"key": "none", "name": lang("horizon_unknown"), "hint": "", "cards": loose})
    return found


def card(item: Item, lang: Language, source: Source | None = None) -> dict[str, Any]:
    """What a card shows. A view of an audience has no more than it was given."""
    sure = confidence(item)
    made: dict[str, Any] = {
        "title": item.title,
        "status": lang.word("status", item.status.value),
        "status_key": item.status.value,
        "when": lang.when(item.when) if item.when and item.when.known else "",
        "confidence": lang.word("confidence", sure.value) if sure else "",
        "confidence_key": sure.value if sure else "plain" if isinstance(item, ItemView) else "none",
        "theme": "",
        "people": "",
        "serves": [],
        "text": "",
    }
    if isinstance(item, ItemView):
        return made | {"theme": item.theme or "", "text": item.text or ""}
    if source is not None:
        goals = {each.id: each.title for each in source.roadmap.objectives} if source.roadmap else {}
        made["theme"] = source.theme(item.theme) or ""
        made["people"] = " · ".join(
            filter(None, (item.owner.label if item.owner else "", source.team(item.team) or ""))
        )
        made["serves"] = [goals.get(each, each) for each in item.objective_ids]
    return made


def timeline(items: Iterable[Item], lang: Language, as_of: date, source: Source | None = None) -> dict[str, Any]:
    """Items with a time, the earliest first, as bars whose ends are as sharp as we are sure."""
    timed = [(item, item.when) for item in items if item.when and item.when.known and item.horizon not in OVER]
    timed.sort(key=lambda pair: (pair[1], pair[0].title))
    axis = Axis.around([day for _, when in timed for day in (when.start, when.end)], as_of)
    return {
        "scale": axis.scale(lang, as_of),
        "rows": [row(item, when, axis, lang, as_of, source) for item, when in timed],
        "without": sum(not (item.when and item.when.known) and item.horizon not in OVER for item in items),
    }


def row(item: Item, when: TimeBucket, axis: Axis, lang: Language, as_of: date, source: Source | None) -> dict[str, Any]:
    """One line of the time line: words, and the bar."""
    sure = confidence(item)
    words = [lang.when(when), lang.word("status", item.status.value)]
    words += [lang("confidence_is", word=lang.word("confidence", sure.value))] if sure else []
    left, width = axis.bar(when.start, when.end)
    return {
        "title": item.title,
        "words": " · ".join(words),
        "who": (source.team(item.team) or "") if source and isinstance(item, RoadmapItem) else "",
        "picture": strip(axis.grid(lang, as_of), bar(left, width, when, sure or untold(item), item.status)),
    }


def bar(left: float, width: float, when: TimeBucket, sure: Confidence | None, status: ItemStatus) -> Markup:
    """A bar with a dashed, fading end where we are not sure; a day is a diamond."""
    kind = {"doing": "doing", "done": "done", "on_hold": "hold"}.get(status.value, "planned")
    if when.precision is Precision.DAY:
        return el(
            "svg",
            el("path", d="M0 -9 L9 0 L0 9 L-9 0 Z", class_=f"bar {kind}"),
            x=percent(left),
            y=14,
            overflow="visible",
        )
    fade = width * FADES[sure if sure in FADES else None]
    solid = el("rect", x=percent(left), y=6, width=percent(width - fade), height=16, class_=f"bar {kind}")
    if not fade:
        return solid
    soft = el("rect", x=percent(left + width - fade), y=6, width=percent(fade), height=16, class_=f"bar {kind} fuzzy")
    return solid + soft


def tree(source: Source, lang: Language) -> list[dict[str, Any]]:
    """Objectives with their measures, the themes below them, and the items; those that serve none come last."""
    goals = source.roadmap.objectives if source.roadmap else []
    alive = [item for item in source.items if item.horizon is not Horizon.DROPPED]
    found = [branch(goal, [item for item in alive if goal.id in item.objective_ids], source, lang) for goal in goals]
    known = {goal.id for goal in goals}
    loose = [item for item in alive if not known & set(item.objective_ids)]
    if loose:
        found.append(
            {"title": lang("no_objective"), "measures": [], "themes": themes(loose, source, lang), "loose": True}
        )
    return found


def branch(goal: Objective, items: list[RoadmapItem], source: Source, lang: Language) -> dict[str, Any]:
    """One objective."""
    measures = []
    for result in goal.key_results:
        known = [
            None if number is None else lang.number(number, 1)
            for number in (result.start, result.current, result.target)
        ]
        start, now, target = (each or "–" for each in known)
        unit = f" {result.unit}" if result.unit else ""
        measures.append(
            {
                "name": result.metric,
                "words": lang("from_now_to", start=start, now=now, target=target) + unit,
                "progress": lang.share(result.progress),
                "picture": meter(result.progress),
            }
        )
    return {"title": goal.title, "measures": measures, "themes": themes(items, source, lang), "loose": False}


def meter(progress: float | None) -> Markup:
    """How far along, as a thin bar."""
    done = 0.0 if progress is None else 100 * progress
    return strip(
        el("rect", x=0, y=2, width="100%", height=8, rx=4, class_="track"),
        el("rect", x=0, y=2, width=percent(done), height=8, rx=4, class_="bar doing"),
        height=12,
        class_="strip meter",
    )


def themes(items: Iterable[RoadmapItem], source: Source, lang: Language) -> list[dict[str, Any]]:
    """Items by theme, in the order of the themes' names."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for item in items:
        horizon = lang.word("horizon", item.horizon.value) if item.horizon else lang("horizon_unknown")
        groups.setdefault(source.theme(item.theme) or lang("no_theme"), []).append(
            {"title": item.title, "horizon": horizon, "key": item.horizon.value if item.horizon else "none"}
        )
    return [{"name": name, "entries": groups[name]} for name in sorted(groups)]
