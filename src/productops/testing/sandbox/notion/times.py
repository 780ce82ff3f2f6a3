"""Dates as Notion keeps and compares them: days, or moments to the minute with an offset."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

DAY = re.compile(r"\d{4}-\d\d-\d\d")


class DateError(ValueError):
    """A date value that is none; ``key`` is start, end or time_zone."""

    def __init__(self, key: str, value: Any) -> None:
        super().__init__(key)
        self.key = key
        self.value = value


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def kept_date(value: Any) -> dict[str, Any]:
    """Return a date value as Notion keeps it.

    Recorded: a moment without an offset and with a time zone comes back with that zone's offset and without the zone,
    cut to the minute; a day stays as it is.
    """
    zone = value.get("time_zone")
    if zone is not None and str(zone) not in _zones():
        raise DateError("time_zone", zone)
    start = _kept(value.get("start"), zone, "start")
    end = None if value.get("end") is None else _kept(value["end"], zone, "end")
    if end is not None and (len(end) == 10) != (len(start) == 10):
        raise DateError("end", value["end"])
    return {"start": start, "end": end, "time_zone": None}


def _kept(text: Any, zone: str | None, key: str) -> str:
    if not isinstance(text, str):
        raise DateError(key, text)
    try:
        if DAY.fullmatch(text):
            return date.fromisoformat(text).isoformat()
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise DateError(key, text) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone) if zone else UTC)
    elif zone:
        moment = moment.astimezone(ZoneInfo(zone))
    return moment.replace(second=0, microsecond=0).isoformat(timespec="milliseconds")


def instant(text: str) -> datetime:
    """Return the moment a kept date or a filter's date means; a day is its start in UTC. Raises ``ValueError``."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def around(op: str, now: datetime) -> tuple[date, date]:
    """Return the first and the last day of a relative filter such as past_week, the present day included."""
    today = now.astimezone(UTC).date()
    if op == "this_week":
        first = today - timedelta(days=(today.weekday() + 1) % 7)  # weeks start on Sunday
        return first, first + timedelta(days=6)
    side, _, unit = op.partition("_")
    far = _shifted(today, unit, -1 if side == "past" else 1)
    return (far, today) if side == "past" else (today, far)


def _shifted(day: date, unit: str, sign: int) -> date:
    if unit == "week":
        return day + timedelta(days=7 * sign)
    months = day.year * 12 + day.month - 1 + sign * (12 if unit == "year" else 1)
    for last in (day.day, 30, 29, 28):
        try:
            return date(months // 12, months % 12 + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")
