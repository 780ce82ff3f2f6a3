"""What a rollup makes of the values of related pages."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from typing import Any

from productops.testing.sandbox.notion.times import instant

NONE = (None, "", False)
COUNTS: dict[str, Callable[[Sequence[Any]], float]] = {
    "count": len,
    "count_values": lambda plain: sum(len(one) if isinstance(one, list) else one not in NONE for one in plain),
    "empty": lambda plain: sum(one in NONE or one == [] for one in plain),
    "not_empty": lambda plain: sum(one not in NONE and one != [] for one in plain),
    "checked": lambda plain: sum(one is True for one in plain),
    "unchecked": lambda plain: sum(one is False for one in plain),
    "unique": lambda plain: len({str(one) for one in plain if one not in NONE}),
}
SHARES = {"percent_empty": "empty", "percent_not_empty": "not_empty", "percent_checked": "checked"}
SHARES |= {"percent_unchecked": "unchecked"}
NUMBERS: dict[str, Callable[[Sequence[float]], float]] = {
    "sum": sum,
    "average": statistics.fmean,
    "median": statistics.median,
    "min": min,
    "max": max,
    "range": lambda found: max(found) - min(found),
}


def computed(function: str, items: Sequence[dict[str, Any]], plain: Sequence[Any]) -> dict[str, Any]:
    """Return a rollup's value; ``items`` are the values as shown, ``plain`` as formulas see them."""
    if function in COUNTS:
        return _number(COUNTS[function](plain))
    if function in SHARES:
        return _number(COUNTS[SHARES[function]](plain) / len(plain) if plain else None)
    if function in NUMBERS:
        found = [float(one) for one in plain if isinstance(one, int | float) and not isinstance(one, bool)]
        return _number(NUMBERS[function](found) if found else None)
    if function in ("earliest_date", "latest_date", "date_range"):
        return _date(function, [one for one in plain if isinstance(one, dict) and one.get("start")])
    return {"type": "array", "array": list(items)}


def _number(value: float | None) -> dict[str, Any]:
    return {"type": "number", "number": int(value) if value is not None and value == int(value) else value}


def _date(function: str, dates: Sequence[dict[str, Any]]) -> dict[str, Any]:
    if not dates:
        return {"type": "date", "date": None}
    ordered = sorted(dates, key=lambda one: instant(one["start"]))
    first = ordered[0]["start"]
    last = max((one["end"] or one["start"] for one in dates), key=instant)
    if function == "date_range":
        return {"type": "date", "date": {"start": first, "end": last, "time_zone": None}}
    start = first if function == "earliest_date" else last
    return {"type": "date", "date": {"start": start, "end": None, "time_zone": None}}


def bare(array: Sequence[dict[str, Any]]) -> list[Any]:
    """Return the values of a shown array as formulas see them."""
    found: list[Any] = []
    for item in array:
        value = item[item["type"]]
        if item["type"] in ("title", "rich_text"):
            value = "".join(one["plain_text"] for one in value)
        elif isinstance(value, dict) and "name" in value:
            value = value["name"]
        found.append(value)
    return found
