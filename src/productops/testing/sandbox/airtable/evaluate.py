"""The formula language: the value of a tree for one record."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from productops.testing.sandbox.airtable.formula import (
    Binary,
    Call,
    FieldRef,
    FormulaSyntaxError,
    Literal,
    Negation,
    Node,
    calls,
)
from productops.testing.sandbox.airtable.values import (
    TIME_UNITS,
    CellError,
    Value,
    equal,
    iso,
    less,
    moment,
    number,
    pattern,
    text,
    truth,
)


class Scope(Protocol):
    """The record a formula is evaluated for."""

    record_id: str
    created: datetime
    now: datetime

    def field(self, name: str) -> Value:
        """Return a field's value, by name or id."""
        ...

    def modified(self, names: Sequence[str]) -> Value:
        """Return when one of these fields (none named: any editable one) was last edited."""
        ...


def evaluate(node: Node, scope: Scope) -> Value:
    """Return the value of a formula for a record. Raises ``CellError`` where it has none."""
    match node:
        case Literal(value):
            return value
        case FieldRef(name):
            return scope.field(name)
        case Negation(operand):
            return -number(evaluate(operand, scope))
        case Binary(op, left, right):
            return _binary(op, evaluate(left, scope), evaluate(right, scope))
        case Call("IF", args):
            chosen = args[1:2] if truth(evaluate(args[0], scope)) else args[2:3]
            return evaluate(chosen[0], scope) if chosen else None
        case Call("LAST_MODIFIED_TIME", args):
            return scope.modified([arg.name for arg in args if isinstance(arg, FieldRef)])
        case Call("IFERROR" | "ISERROR" as name, args):
            try:
                value = evaluate(args[0], scope)
            except CellError:
                return True if name == "ISERROR" else evaluate(args[1], scope)
            return False if name == "ISERROR" else value
        case Call(name, args) if name in OF_RECORD:
            return OF_RECORD[name](scope)
        case Call(name, args):
            return PLAIN[name][2](*(evaluate(arg, scope) for arg in args))


def check(node: Node) -> None:
    """Raise ``FormulaSyntaxError`` for a function that is unknown or has the wrong number of arguments."""
    for call in calls(node):
        if call.name in OF_RECORD:
            least, most = 0, 0
        elif call.name in LAZY:
            least, most = LAZY[call.name]
        elif call.name in PLAIN:
            least, most, _ = PLAIN[call.name]
        else:
            raise FormulaSyntaxError(f"unknown function {call.name}")
        if not least <= len(call.args) <= most:
            raise FormulaSyntaxError(f"{call.name} takes {least} to {most} arguments")


def _binary(op: str, left: Value, right: Value) -> Value:
    match op:
        case "=":
            return equal(left, right)
        case "!=":
            return not equal(left, right)
        case "<":
            return less(left, right)
        case ">":
            return less(right, left)
        case "<=":
            return less(left, right) or equal(left, right)
        case ">=":
            return less(right, left) or equal(left, right)
        case "&":
            return text(left) + text(right)
        case "+":
            both_text = isinstance(left, str) and isinstance(right, str)
            return left + right if both_text else number(left) + number(right)
        case "-":
            return number(left) - number(right)
        case "*":
            return number(left) * number(right)
        case _:
            return divide(number(left), number(right))


def divide(left: float, right: float) -> float:
    """Divide as the service does: by zero gives NaN or an infinity, never an error."""
    if right == 0:
        return math.nan if left == 0 or math.isnan(left) else math.copysign(math.inf, left)
    return left / right


def flat(values: Sequence[Value]) -> list[Value]:
    """Lay lists out, once, and drop blanks."""
    laid = [item for value in values for item in (value if isinstance(value, list) else [value])]
    return [item for item in laid if item is not None and item != ""]


def numbers(values: Sequence[Value]) -> list[float]:
    """Return the numbers among the values."""
    return [float(item) for item in flat(values) if isinstance(item, bool | int | float)]


def average(*values: Value) -> float:
    """Return the mean; NaN of nothing, as the service shows it."""
    found = numbers(values)
    return divide(math.fsum(found), len(found))


def _find(needle: Value, hay: Value, start: Value = 1) -> float:
    return float(text(hay).find(text(needle), max(int(number(start)) - 1, 0)) + 1)


def _search(needle: Value, hay: Value, start: Value = 1) -> Value:
    return _find(text(needle).lower(), text(hay).lower(), start) or None


def _value(value: Value) -> float:
    found = re.search(r"-?\d+(?:\.\d+)?", text(value).replace(",", ""))
    if found is None:
        raise CellError("no number in the text")
    return float(found[0])


def _same(left: Value, right: Value, unit: Value = None) -> bool:
    a, b = moment(left), moment(right)
    name = text(unit).rstrip("s")
    if not name or name == "millisecond":
        return a == b
    size = {"year": 1, "month": 2, "day": 3, "hour": 4, "minute": 5, "second": 6}.get(name)
    if size is None:
        raise CellError(f"unknown unit {name}")
    return a.timetuple()[:size] == b.timetuple()[:size]


def _parsed(value: Value, how: Value = None, _locale: Value = None) -> Value:
    if value is None or value == "":
        return None
    if how is None or not isinstance(value, str):
        return moment(value)
    try:
        return datetime.strptime(value, pattern(text(how))).replace(tzinfo=UTC)
    except ValueError:
        raise CellError(f"{value!r} does not fit {how!r}") from None


def _formatted(value: Value, how: Value = None) -> str:
    when = moment(value)
    return when.strftime(pattern(text(how))) if how else iso(when)


def _unit(unit: Value) -> float:
    seconds = TIME_UNITS.get(text(unit).rstrip("s") or "millisecond")
    if seconds is None:
        raise CellError(f"unit {unit!r} is not imitated")
    return seconds


def _difference(left: Value, right: Value, unit: Value = "seconds") -> float:
    return float(math.trunc((moment(left) - moment(right)).total_seconds() / _unit(unit)))


def _error() -> Value:
    raise CellError("ERROR()")


def _regex(value: Value, expression: Value) -> bool:
    try:
        return re.search(text(expression), text(value)) is not None
    except re.error:
        raise CellError("not a regular expression") from None


MANY = 10_000
LAZY = {"IF": (2, 3), "LAST_MODIFIED_TIME": (0, MANY), "IFERROR": (2, 2), "ISERROR": (1, 1)}
OF_RECORD: dict[str, Callable[[Scope], Value]] = {
    "RECORD_ID": lambda scope: scope.record_id,
    "CREATED_TIME": lambda scope: scope.created,
    "NOW": lambda scope: scope.now,
    "TODAY": lambda scope: scope.now.date(),
}
PLAIN: dict[str, tuple[int, int, Callable[..., Value]]] = {
    "AND": (1, MANY, lambda *args: all(truth(arg) for arg in args)),
    "OR": (1, MANY, lambda *args: any(truth(arg) for arg in args)),
    "XOR": (1, MANY, lambda *args: sum(truth(arg) for arg in args) % 2 == 1),
    "NOT": (1, 1, lambda value: not truth(value)),
    "BLANK": (0, 0, lambda: None),
    "TRUE": (0, 0, lambda: True),
    "FALSE": (0, 0, lambda: False),
    "ERROR": (0, 0, _error),
    "LOWER": (1, 1, lambda value: text(value).lower()),
    "UPPER": (1, 1, lambda value: text(value).upper()),
    "TRIM": (1, 1, lambda value: text(value).strip()),
    "LEN": (1, 1, lambda value: float(len(text(value)))),
    "LEFT": (2, 2, lambda value, size: text(value)[: int(number(size))]),
    "RIGHT": (2, 2, lambda value, size: text(value)[max(len(text(value)) - int(number(size)), 0) :]),
    "FIND": (2, 3, _find),
    "SEARCH": (2, 3, _search),
    "SUBSTITUTE": (3, 3, lambda value, old, new: text(value).replace(text(old), text(new)) if text(old) else value),
    "CONCATENATE": (1, MANY, lambda *args: "".join(text(arg) for arg in args)),
    "ARRAYJOIN": (1, 2, lambda value, by=", ": text(by).join(text(item) for item in flat([value]))),
    "EXACT": (2, 2, lambda left, right: text(left) == text(right)),
    "REGEX_MATCH": (2, 2, _regex),
    "VALUE": (1, 1, _value),
    "T": (1, 1, lambda value: value if isinstance(value, str) else None),
    "ABS": (1, 1, lambda value: abs(number(value))),
    "INT": (1, 1, lambda value: float(math.floor(number(value)))),
    "ROUND": (1, 2, lambda value, digits=0: math.floor(number(value) * 10 ** int(digits) + 0.5) / 10 ** int(digits)),
    "MIN": (1, MANY, lambda *args: min(numbers(args), default=0.0)),
    "MAX": (1, MANY, lambda *args: max(numbers(args), default=0.0)),
    "SUM": (1, MANY, lambda *args: math.fsum(numbers(args))),
    "AVERAGE": (1, MANY, average),
    "COUNT": (1, MANY, lambda *args: float(len(numbers(args)))),
    "COUNTA": (1, MANY, lambda *args: float(len(flat(args)))),
    "IS_AFTER": (2, 2, lambda left, right: moment(left) > moment(right)),
    "IS_BEFORE": (2, 2, lambda left, right: moment(left) < moment(right)),
    "IS_SAME": (2, 3, _same),
    "DATETIME_PARSE": (1, 3, _parsed),
    "DATETIME_FORMAT": (1, 2, _formatted),
    "DATETIME_DIFF": (2, 3, _difference),
    "DATEADD": (3, 3, lambda when, size, unit: moment(when) + timedelta(seconds=number(size) * _unit(unit))),
    "YEAR": (1, 1, lambda when: float(moment(when).year)),
    "MONTH": (1, 1, lambda when: float(moment(when).month)),
    "DAY": (1, 1, lambda when: float(moment(when).day)),
    "HOUR": (1, 1, lambda when: float(moment(when).hour)),
    "DATESTR": (1, 1, lambda when: moment(when).date().isoformat()),
}
