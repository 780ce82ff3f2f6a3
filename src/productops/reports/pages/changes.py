"""What moved since the last snapshot: the old bar as a ghost, the new one, and the reason somebody gave."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from productops.model.audience import ViewChange, ViewPolicy, view, view_changes
from productops.model.roadmap import Audience, Snapshot
from productops.model.roadmap_diff import ChangeKind, RoadmapChange, RoadmapDiff, Slip, diff
from productops.model.timebox import Precision, TimeBucket
from productops.reports.language import Language
from productops.reports.source import Source
from productops.reports.svg import Axis, el, percent, strip

MOVED = (ChangeKind.MOVED_LATER, ChangeKind.MOVED_EARLIER, ChangeKind.PRECISION)
WORDED = ("status", "horizon", "confidence")


def last_two(source: Source) -> tuple[Snapshot, Snapshot] | None:
    """The last two snapshots up to the day of the report, if there are two."""
    known = sorted((each for each in source.snapshots if each.at.date() <= source.as_of), key=lambda each: each.at)
    return (known[-2], known[-1]) if len(known) > 1 else None


def last_diff(source: Source) -> RoadmapDiff | None:
    """What changed between the last two snapshots, with the reasons people gave."""
    pair = last_two(source)
    return diff(*pair, events=source.events) if pair else None


def moves(source: Source, lang: Language) -> dict[str, Any] | None:
    """The changes between the last two snapshots; None where there are not two."""
    found = last_diff(source)
    if found is None:
        return None
    times = [(each, time_of(each.old), time_of(each.new)) for each in found.changes if each.kind in MOVED]
    days = [day for _, *both in times for when in both if when for day in (when.start, when.end)]
    axis = Axis.around(days, source.as_of)
    return {
        "since": lang.date(found.before),
        "until": lang.date(found.after),
        "scale": axis.scale(lang, source.as_of),
        "rows": [
            {
                "title": change.title,
                "words": sentence(change, lang, source),
                "reason": reason(change, lang),
                "picture": ghosts(old, new, axis, lang, source) if old or new else None,
            }
            for change, old, new in times
        ],
        "others": grouped([each for each in found.changes if each.kind not in MOVED], lang, source),
    }


def grouped(changes: list[RoadmapChange], lang: Language, source: Source) -> list[dict[str, str]]:
    """One line for each item, with all that changed on it; the reason once."""
    by_item: dict[str, list[RoadmapChange]] = {}
    for change in changes:
        by_item.setdefault(change.item_id, []).append(change)
    return [
        {
            "title": each[-1].title,
            "words": "; ".join(sentence(change, lang, source) for change in each),
            "reason": next((said for change in each if (said := reason(change, lang))), ""),
        }
        for each in by_item.values()
    ]


def view_moves(source: Source, audience: ViewPolicy | Audience | str, lang: Language) -> dict[str, Any] | None:
    """The changes an audience can see: the difference of what they saw and what they see, and of nothing else."""
    pair = last_two(source)
    if pair is None:
        return None
    themes = source.roadmap.themes if source.roadmap else ()
    times = [{item.key: item.when for item in view(each.items, audience, themes).items} for each in pair]
    found = view_changes(*pair, audience, themes)
    moved = [(each, times[0].get(each.key), times[1].get(each.key)) for each in found if each.kind in MOVED]
    axis = Axis.around(
        [day for _, *both in moved for when in both if when for day in (when.start, when.end)], source.as_of
    )
    others: dict[str, list[ViewChange]] = {}
    for change in found:
        if change.kind not in MOVED:
            others.setdefault(change.key, []).append(change)
    return {
        "since": lang.date(pair[0].at),
        "until": lang.date(pair[1].at),
        "scale": axis.scale(lang, source.as_of),
        "rows": [
            {
                "title": each.title,
                "words": move_words(old, new, each.slip, lang),
                "reason": "",
                "picture": ghosts(old, new, axis, lang, source),
            }
            for each, old, new in moved
        ],
        "others": [
            {"title": each[-1].title, "words": "; ".join(view_words(change, lang) for change in each), "reason": ""}
            for each in others.values()
        ],
    }


def view_words(change: ViewChange, lang: Language) -> str:
    """One change in words, for an audience."""
    if change.kind is ChangeKind.RENAMED:
        return lang("was_called", old=change.old)
    if change.kind.value in WORDED:
        old, new = (worded(change.kind.value, each, lang) for each in (change.old, change.new))
        return f"{lang(f'field_{change.kind.value}')}{lang('colon')} {old} → {new}"
    key = f"change_{change.kind.value}"
    return lang(key) if lang.has(key) else lang("change_field", field=lang("theme"))


def move_words(old: TimeBucket | None, new: TimeBucket | None, slip: Slip | None, lang: Language) -> str:
    """Two times and how far they are apart."""
    return (
        f"{lang.when(old)} → {lang.when(new)}{lang('colon')} {distance(slip, lang) if slip else lang('only_precision')}"
    )


def time_of(value: object) -> TimeBucket | None:
    """A time as a change holds it: a bucket, or a day."""
    if isinstance(value, dict):
        return TimeBucket.model_validate(value)
    return TimeBucket.parse(value) if isinstance(value, str) else None


def ghosts(old: TimeBucket | None, new: TimeBucket | None, axis: Axis, lang: Language, source: Source) -> Markup:
    """The old time dashed above the new one."""
    parts = [axis.grid(lang, source.as_of)]
    for when, y, kind in ((old, 3, "ghost"), (new, 16, "doing")):
        if when is not None:
            left, width = axis.bar(when.start, when.end)
            parts.append(el("rect", x=percent(left), y=y, width=percent(width), height=9, class_=f"bar {kind}"))
    return strip(*parts)


def sentence(change: RoadmapChange, lang: Language, source: Source) -> str:
    """One change in words."""
    if change.kind in MOVED:
        return move_words(time_of(change.old), time_of(change.new), change.slip, lang)
    if change.kind is ChangeKind.RENAMED:
        return lang("was_called", old=change.old)
    if change.kind in (ChangeKind.SPLIT, ChangeKind.MERGED):
        other = change.came_from if change.kind is ChangeKind.SPLIT else change.went_into
        return lang(f"change_{change.kind.value}", other=source.item_titles.get(other or "", other or ""))
    if change.kind in (ChangeKind.ADDED, ChangeKind.REMOVED, ChangeKind.RESCOPED, ChangeKind.OBJECTIVE):
        return lang(f"change_{change.kind.value}")
    if change.field in WORDED:
        old, new = (worded(change.field or "", each, lang) for each in (change.old, change.new))
        return f"{lang(f'field_{change.field}')}{lang('colon')} {old} → {new}"
    return lang("change_field", field=lang.word("field", change.field))


def worded(field: str, value: object, lang: Language) -> str:
    """A value of a field in words."""
    if value is None:
        return "–"
    return lang.share(value) if isinstance(value, int | float) else lang.word(field, value)


def reason(change: RoadmapChange, lang: Language) -> str:
    """Why, as somebody said; where readers will ask and nobody said, that."""
    return change.reason or (lang("no_reason") if change.needs_reason else "")


def distance(slip: Slip, lang: Language) -> str:
    """How far a time moved, as people say it.

    >>> from datetime import date
    >>> from productops.model.roadmap_diff import slip_between
    >>> distance(slip_between(TimeBucket.quarter(2026, 4), TimeBucket.quarter(2027, 1)), Language("fr"))
    'plus tard de 1 trimestre'
    """
    steps, unit = slip.steps, slip.precision or Precision.DAY
    if steps is None or unit is Precision.NONE:
        steps, unit = (slip.end_days if slip.end_days is not None else slip.start_days) or 0, Precision.DAY
    size = lang(f"steps_{unit.value}", abs(steps))
    return lang("later_by" if slip.later > 0 else "earlier_by", size=size)
