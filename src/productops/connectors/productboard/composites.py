"""Values of several parts: timeframes as texts such as "Q4 2026", health as a choice, progress as three numbers."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from productops.sdk.record import Option

Json = Any
HEALTHS = (Option("onTrack", "On track"), Option("atRisk", "At risk"), Option("offTrack", "Off track"))
PARTS = {"startValue": "start", "targetValue": "target", "currentValue": "current"}
_SPANS = (
    (re.compile(r"(?P<year>\d{4})"), 12),
    (re.compile(r"(?P<year>\d{4})-?H(?P<part>[12])|H(?P<part2>[12]) (?P<year2>\d{4})"), 6),
    (re.compile(r"(?P<year>\d{4})-?Q(?P<part>[1-4])|Q(?P<part2>[1-4]) (?P<year2>\d{4})"), 3),
    (re.compile(r"(?P<year>\d{4})-(?P<part>\d{2})"), 1),
)
_WEEK = re.compile(r"(\d{4})-W(\d{2})")
GRAINS = {12: "year", 6: "quarter", 3: "quarter", 1: "month"}


def timeframe_text(value: Mapping[str, Any]) -> str:
    """Return a timeframe as people write it.

    >>> timeframe_text({"startDate": "2026-10-01", "endDate": "2026-12-31", "granularity": "quarter"})
    'Q4 2026'
    >>> timeframe_text({"startDate": "2026-10-01", "endDate": "2026-11-15", "granularity": "day"})
    '2026-10-01/2026-11-15'
    """
    start, end = (date.fromisoformat(str(value[name])) for name in ("startDate", "endDate"))
    if start == end:
        return start.isoformat()
    for months in GRAINS:
        if start.day == 1 and (start.month - 1) % months == 0 and end == _last(start, months):
            number = (start.month - 1) // months + 1
            named = {12: f"{start.year}", 6: f"H{number} {start.year}", 3: f"Q{number} {start.year}"}
            return named.get(months, f"{start.year}-{start.month:02d}")
    week = start.isocalendar()
    if week.weekday == 1 and end == start + timedelta(days=6):
        return f"{week.year}-W{week.week:02d}"
    return f"{start}/{end}"


def timeframe(text: str) -> dict[str, str]:
    """Return the timeframe that a text names.

    Raises:
        ValueError: it names none.

    >>> timeframe("H1 2027")
    {'startDate': '2027-01-01', 'endDate': '2027-06-30', 'granularity': 'quarter'}

    """
    wanted = text.strip().upper()
    for pattern, months in _SPANS:
        if found := pattern.fullmatch(wanted):
            parts = found.groupdict()
            part = int(parts.get("part") or parts.get("part2") or 1)
            start = date(int(parts["year"] or parts["year2"]), (part - 1) * months + 1, 1)
            return _frame(start, _last(start, months), GRAINS[months])
    if week := _WEEK.fullmatch(wanted):
        monday = date.fromisocalendar(int(week[1]), int(week[2]), 1)
        return _frame(monday, monday + timedelta(days=6), "day")
    first, slash, last = wanted.partition("/")
    start = date.fromisoformat(first)
    return _frame(start, date.fromisoformat(last) if slash else start, "day")


def _last(start: date, months: int) -> date:
    month = start.month + months - 1
    return date(start.year, month, monthrange(start.year, month)[1])


def _frame(start: date, end: date, grain: str) -> dict[str, str]:
    return {"startDate": start.isoformat(), "endDate": end.isoformat(), "granularity": grain}


def read(form: str, part: str, value: Any) -> Any:
    """Return a composite value, or a part of it, as a plain one."""
    if form == "timeframe":
        return timeframe_text(value)
    if form == "progress":
        return value.get(part)
    if form == "work":
        return value.get("value")
    return next((one for one in HEALTHS if one.id == value.get("status")), None)


def merged(form: str, part: str, wanted: Any, now: Any) -> Json:
    """Return a composite value with a new part; what else it holds stays. None where nothing is left."""
    held = now if isinstance(now, dict) else {}
    if form == "progress":
        parts = {**{name: held[name] for name in PARTS if held.get(name) is not None}, part: wanted}
        return {name: number for name, number in parts.items() if number is not None} or None
    if wanted is None or form == "timeframe":
        return wanted
    if form == "work":
        return {"value": wanted, "mode": "manual"}
    return {"mode": "manual", "status": wanted, **({"comment": held["comment"]} if held.get("comment") else {})}
