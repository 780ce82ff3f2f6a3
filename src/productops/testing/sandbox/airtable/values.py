"""What formulas compute with: plain values, and how one kind reads as another."""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime
from typing import Any

Value = Any  # None, str, float, int, bool, date, datetime, or a list of those
TIME_UNITS = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0, "week": 604800.0, "millisecond": 0.001}
MOMENT = {
    "YYYY": "%Y",
    "MMMM": "%B",
    "MMM": "%b",
    "MM": "%m",
    "DD": "%d",
    "HH": "%H",
    "mm": "%M",
    "ss": "%S",
    "SSS": "000",
    "dddd": "%A",
}


class CellError(Exception):
    """A formula that has no value for this record; shown as ``#ERROR!``."""


def iso(moment: datetime) -> str:
    """Write a time as the service does: UTC, milliseconds, Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def text(value: Value) -> str:
    """Read a value as text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return ", ".join(text(item) for item in value)
    if isinstance(value, float):
        return f"{value:.15g}" if math.isfinite(value) else "NaN" if math.isnan(value) else "Infinity"
    return str(value)


def number(value: Value) -> float:
    """Read a value as a number; text that holds none is NaN."""
    if isinstance(value, list):
        value = value[0] if len(value) == 1 else None if not value else math.nan
    if value is None or value == "":
        return 0.0
    if isinstance(value, bool | int | float):
        return float(value)
    return math.nan


def truth(value: Value) -> bool:
    """Read a value as true or false: blank, zero and empty text are false."""
    return bool(value) and not (isinstance(value, float) and math.isnan(value))


def moment(value: Value) -> datetime:
    """Read a value as a time in UTC. Raises ``CellError`` when it is none."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise CellError(f"{value!r} is no date") from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def pattern(moment_format: str) -> str:
    """Translate a date format such as ``YYYY-MM-DD HH:mm`` for ``strftime``."""
    escaped = re.sub(r"\[([^]]*)\]", r"\1", moment_format.replace("%", "%%"))
    return re.sub("|".join(MOMENT), lambda found: MOMENT[found[0]], escaped)


def equal(left: Value, right: Value) -> bool:
    """Compare as ``=`` does: blank equals empty text, zero and false; a list reads as text."""
    left, right = _scalar(left), _scalar(right)
    if left is None or right is None:
        return not truth(left) and not truth(right)
    if _numeric(left) and _numeric(right):
        return float(left) == float(right)
    if isinstance(left, date) or isinstance(right, date):
        try:
            return moment(left) == moment(right)
        except CellError:
            return text(left) == text(right)
    return type(left) is type(right) and bool(left == right)


def less(left: Value, right: Value) -> bool:
    """Compare as ``<`` does. Raises ``CellError`` for kinds that have no order."""
    left, right = _scalar(left), _scalar(right)
    if isinstance(left, date) or isinstance(right, date):
        return moment(left) < moment(right)
    if isinstance(left, str) and isinstance(right, str):
        return left < right
    if isinstance(left, str) or isinstance(right, str):
        raise CellError("text and numbers have no order")
    return number(left) < number(right)


def _scalar(value: Value) -> Value:
    if not isinstance(value, list):
        return value
    return None if not value else value[0] if len(value) == 1 else text(value)


def _numeric(value: Value) -> bool:
    return isinstance(value, bool | int | float)
