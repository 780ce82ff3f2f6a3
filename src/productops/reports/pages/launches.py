"""All launches on one page: which area of which launch is ready, when they come, and where they collide."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from productops.model.collisions import LaunchCalendar, collisions
from productops.model.launch import Launch
from productops.model.launch_status import LaunchStatus
from productops.model.rag import Rag
from productops.model.readiness import AreaReadiness, Readiness
from productops.model.timebox import TimeBucket
from productops.reports.language import Language
from productops.reports.source import Source

NEAR = timedelta(days=28)
RECENT = timedelta(days=92)
OVER = (LaunchStatus.LAUNCHED, LaunchStatus.CANCELLED, LaunchStatus.ROLLED_BACK)


def page(source: Source, lang: Language) -> dict[str, Any]:
    """The matrix, the calendar, and a line for each launch."""
    ordered = in_order(source.launches)
    seen = {launch.id: launch.readiness(source.as_of) for launch in ordered}
    return {
        "launches": [line(launch, seen[launch.id], lang) for launch in ordered],
        "matrix": matrix([launch for launch in ordered if current(launch, source.as_of)] or ordered[-1:], seen, lang),
        "matrix_all": all(launch.status in OVER for launch in ordered),
        "calendar": calendar(ordered, source, lang),
    }


def current(launch: Launch, as_of: date) -> bool:
    """Whether it is ahead, or went out in the last quarter of a year."""
    recent = launch.launched_on is not None and as_of - launch.launched_on <= RECENT
    return launch.status not in OVER or (launch.status is LaunchStatus.LAUNCHED and recent)


def pressing(launch: Launch, seen: Readiness, as_of: date) -> bool:
    """Whether somebody must decide something now: it is blocked, and late or near. Early on, open musts are no news."""
    near = launch.day is not None and launch.day - as_of <= NEAR
    return launch.status not in OVER and bool(seen.blockers) and (seen.rag is Rag.RED or near)


def in_order(launches: Iterable[Launch]) -> list[Launch]:
    """Those still to come first, then by their day; the name decides between equals."""
    return sorted(launches, key=lambda each: (each.status in OVER, each.target.sort_key(), each.name, each.id))


def file_name(launch_id: str) -> str:
    """The name of a launch's page: letters, digits and hyphens; anything else becomes part of a digest.

    >>> file_name("launch_winter")
    'launch-winter.html'
    """
    plain = re.sub(r"[^a-z0-9]+", "-", launch_id.removeprefix("launch_").lower()).strip("-")
    if f"launch_{plain.replace('-', '_')}" == launch_id and len(plain) < 60:
        return f"launch-{plain}.html"
    return f"launch-{hashlib.sha256(launch_id.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}.html"


def state(launch: Launch, seen: Readiness, lang: Language) -> dict[str, str]:
    """A colour and a word for the whole launch. Ready is not a share: one open must is enough for "not ready"."""
    if launch.status in OVER:
        return {"key": "over", "word": lang.word("launch_status", launch.status.value)}
    if seen.ready:
        return {"key": "green", "word": lang("ready")}
    return {"key": "red" if seen.rag is Rag.RED else "amber", "word": lang("not_ready")}


def line(launch: Launch, seen: Readiness, lang: Language) -> dict[str, Any]:
    """One launch in the list."""
    return {
        "name": launch.name,
        "href": file_name(launch.id),
        "tier": launch.tier_label or lang("tier_is", tier=launch.tier),
        "status": lang.word("launch_status", launch.status.value),
        "when": lang.date(launch.launched_on) if launch.launched_on else lang.when(launch.target),
        "owner": launch.owner.label if launch.owner else lang("nobody"),
        "state": state(launch, seen, lang),
        "progress": lang("done_of", done=lang.number(seen.total.done), of=lang.number(seen.total.applicable)),
        "share": seen.progress or 0.0,
        "blockers": lang("count_blockers", len(seen.blockers)) if launch.status not in OVER else "",
    }


def matrix(launches: list[Launch], seen: dict[str, Readiness], lang: Language) -> dict[str, Any]:
    """Areas down, launches across; a cell is a word with done of applicable, hatched where something is waived."""
    areas = sorted({area.area for launch in launches for area in seen[launch.id].areas})
    by_area = {launch.id: {area.area: area for area in seen[launch.id].areas} for launch in launches}
    return {
        "columns": [{"name": launch.name, "href": file_name(launch.id)} for launch in launches],
        "rows": [
            {
                "name": lang.word("area", area),
                "cells": [cell(by_area[launch.id].get(area), lang) for launch in launches],
            }
            for area in areas
        ],
    }


def cell(area: AreaReadiness | None, lang: Language) -> dict[str, Any] | None:
    """One cell; None where the launch has no such area."""
    if area is None:
        return None
    words = [lang("waived_count", area.waived)] if area.waived else []
    words += [lang("not_applicable_count", area.not_applicable)] if area.not_applicable else []
    return {
        "key": area.rag.value,
        "word": rag_word(area, lang),
        "count": f"{area.done}/{area.applicable}",
        "notes": ", ".join(words),
        "waived": bool(area.waived),
    }


def rag_word(area: AreaReadiness, lang: Language) -> str:
    """The word beside the colour; an area that is done says so."""
    if area.applicable and area.done == area.applicable:
        return lang("all_done")
    return lang.word("rag", area.rag.value)


def calendar(launches: list[Launch], source: Source, lang: Language) -> dict[str, Any]:
    """Weeks that hold a launch, with what collides there."""
    found = collisions(launches)
    by_id = {launch.id: launch for launch in launches}
    most = max((len(ids) for ids in found.weeks.values()), default=1)
    return {
        "weeks": [
            week(code, [by_id[each] for each in ids], found, most, source, lang) for code, ids in found.weeks.items()
        ],
        "unplaced": [
            {"name": each.name, "when": lang.when(each.target), "href": file_name(each.launch_id)}
            for each in found.unplaced
        ],
        "collisions": lang("count_collisions", len(found.collisions)),
        "any": bool(found.collisions),
    }


def week(
    code: str, launches: list[Launch], found: LaunchCalendar, most: int, source: Source, lang: Language
) -> dict[str, Any]:
    """One week: its launches, how full it is, and who is needed twice."""
    bucket = TimeBucket.parse(code)
    clashes = [each for each in found.collisions if each.week.code == code]
    words = [
        lang("team_twice", team=source.team(each.team_id)) if each.team_id else lang("too_many", n=len(each.names))
        for each in clashes
    ]
    return {
        "name": lang.when(bucket),
        "dates": f"{lang.date(bucket.start, year=False)} – {lang.date(bucket.end)}",
        "past": bucket.end is not None and bucket.end < source.as_of,
        "launches": [{"name": each.name, "href": file_name(each.id), "tier": each.tier} for each in launches],
        "heat": 1 + round(3 * (len(launches) - 1) / max(1, most - 1)) if most > 1 else 1,
        "count": lang("count_launches", len(launches)),
        "clashes": words,
    }
