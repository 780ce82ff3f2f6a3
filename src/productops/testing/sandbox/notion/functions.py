"""What the functions of formulas do. Values are texts, numbers, yes or no, dates (as kept), lists and None."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from productops.testing.sandbox.notion.times import instant


class FormulaError(ValueError):
    """An expression that makes no sense, or needs more of the language than the sandbox knows."""


def truth(value: Any) -> bool:
    """Return whether a value counts as yes."""
    return bool(value)


def words(value: Any) -> str:
    """Return a value as ``format`` writes it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:.15g}"
    if isinstance(value, dict):
        return f"{value['start']} → {value['end']}" if value.get("end") else str(value["start"])
    return ",".join(words(one) for one in value) if isinstance(value, list) else str(value)


def number(value: Any) -> float:
    """Return a value as a number; what is none is 0."""
    if isinstance(value, bool):
        return float(value)
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0


def arithmetic(operator: str, left: Any, right: Any = None) -> Any:
    """Return what an operator makes of two values."""
    if operator == "+" and (isinstance(left, str | list | dict) or isinstance(right, str | list | dict)):
        return words(left) + words(right)
    if operator in ("==", "!="):
        return (left == right) == (operator == "==")
    if operator in ("and", "&&"):
        return truth(left) and truth(right)
    if operator in ("or", "||"):
        return truth(left) or truth(right)
    if operator in (">", "<", ">=", "<="):
        return _compared(operator, left, right)
    one, two = number(left), number(right)
    if operator in ("/", "%") and two == 0:
        return None
    calculate: dict[str, Callable[[], float]] = {
        "+": lambda: one + two,
        "-": lambda: one - two,
        "*": lambda: one * two,
        "/": lambda: one / two,
        "%": lambda: math.fmod(one, two),
        "^": lambda: one**two,
    }
    return calculate[operator]()


def _compared(operator: str, left: Any, right: Any) -> bool:
    one, two = (
        instant(each["start"]).timestamp() if isinstance(each, dict) else number(each) for each in (left, right)
    )
    return {">": one > two, "<": one < two, ">=": one >= two, "<=": one <= two}[operator]


def _empty(value: Any) -> bool:
    return value in (None, "", 0, False) or value == []


def _numbers(values: Iterable[Any]) -> list[float]:
    flat = [each for one in values for each in (one if isinstance(one, list) else [one])]
    return [number(one) for one in flat if one is not None]


def _between(later: dict[str, Any], sooner: dict[str, Any], unit: str) -> float:
    seconds = (instant(later["start"]) - instant(sooner["start"])).total_seconds()
    sizes = {"weeks": 604_800, "days": 86_400, "hours": 3600, "minutes": 60}
    if unit not in sizes:
        raise FormulaError(f"dateBetween counts {', '.join(sizes)} here, not {unit}")
    return float(math.trunc(seconds / sizes[unit]))


def _day(clock: datetime, *, whole: bool) -> dict[str, Any]:
    text = clock.date().isoformat() if whole else clock.replace(second=0, microsecond=0).isoformat("T", "milliseconds")
    return {"start": text, "end": None, "time_zone": None}


def _has(_: datetime, where: Any, what: Any) -> bool:
    return what in where if isinstance(where, list) else words(what) in words(where)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": lambda _, a: abs(number(a)),
    "at": lambda _, a, b: a[int(b)] if isinstance(a, list) and -len(a) <= int(b) < len(a) else None,
    "ceil": lambda _, a: float(math.ceil(number(a))),
    "concat": lambda _, *a: "".join(words(one) for one in a),
    "contains": _has,
    "dateBetween": lambda _, a, b, unit: None if a is None or b is None else _between(a, b, unit),
    "empty": lambda _, a=None: _empty(a),
    "first": lambda _, a: a[0] if a else None,
    "floor": lambda _, a: float(math.floor(number(a))),
    "format": lambda _, a: words(a),
    "includes": _has,
    "join": lambda _, a, b: words(b).join(words(one) for one in a),
    "last": lambda _, a: a[-1] if a else None,
    "length": lambda _, a: float(len(a if isinstance(a, list) else words(a))),
    "list": lambda _, *a: list(a),
    "lower": lambda _, a: words(a).lower(),
    "max": lambda _, *a: max(_numbers(a), default=None),
    "mean": lambda _, *a: (lambda n: sum(n) / len(n) if n else None)(_numbers(a)),
    "min": lambda _, *a: min(_numbers(a), default=None),
    "negative": lambda _, a: -number(a),
    "not": lambda _, a: not truth(a),
    "now": lambda clock: _day(clock, whole=False),
    "replaceAll": lambda _, a, b, c: words(a).replace(words(b), words(c)),
    "round": lambda _, a, b=0.0: math.floor(number(a) * 10**b + 0.5) / 10**b,
    "substring": lambda _, a, b, c=None: words(a)[int(b) : None if c is None else int(c)],
    "sum": lambda _, *a: sum(_numbers(a)),
    "today": lambda clock: _day(clock, whole=True),
    "toNumber": lambda _, a: number(a),
    "trim": lambda _, a: words(a).strip(),
    "upper": lambda _, a: words(a).upper(),
}
