"""What JQL means: a parsed query becomes a test on issues and an order of them.

``NOT`` is pushed down to the comparisons, as Jira does, so that ``NOT priority = High`` does not find
issues without a priority, just as ``priority != High`` does not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime, timedelta
from functools import total_ordering
from typing import Any, ClassVar

from productops.testing.sandbox.jira import adf
from productops.testing.sandbox.jira.call import Call, zone
from productops.testing.sandbox.jira.errors import RefusedError
from productops.testing.sandbox.jira.fields import Field
from productops.testing.sandbox.jira.jql import EMPTY, Branch, Clause, Function, Node, Operand, Query
from productops.testing.sandbox.jira.state import Issue

Test = Callable[[Issue], bool]
OPPOSITE = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">", "~": "!~", "!~": "~"}
OPPOSITE |= {"in": "not in", "not in": "in", "is": "is not", "is not": "is"}
EQUALS = frozenset({"=", "!=", "in", "not in", "is", "is not"})
TEXTS = frozenset({"~", "!~", "is", "is not"})
ORDERED = frozenset({"=", "!=", "<", "<=", ">", ">=", "in", "not in", "is", "is not"})


def unknown_field(name: str) -> RefusedError:
    """Return the 400 for a field nobody knows."""
    return RefusedError(400, f"Field '{name}' does not exist or you do not have permission to view it.")


def unknown_value(name: str, value: object) -> RefusedError:
    """Return the 400 for a value nobody knows."""
    return RefusedError(400, f"The value '{value}' does not exist for the field '{name}'.")


def resolve(call: Call, name: str) -> list[Field]:
    """Return the fields a JQL name means; several when custom fields share it."""
    low = name.lower()
    for field in call.site.fields.values():
        if not field.custom and low in {one.lower() for one in field.clauses}:
            return [field]
    found = [one for one in call.site.fields.values() if one.custom and low in {c.lower() for c in one.clauses}]
    if not found:
        raise unknown_field(name)
    return found


def compile_where(call: Call, node: Node | None, *, negated: bool = False) -> Test:
    """Return the test a tree stands for. Raises the 400 of Jira for unknown names and values."""
    if node is None:
        return lambda issue: True
    if isinstance(node, Branch):
        if node.kind == "not":
            return compile_where(call, node.nodes[0], negated=not negated)
        tests = [compile_where(call, one, negated=negated) for one in node.nodes]
        if (node.kind == "and") != negated:
            return lambda issue: all(test(issue) for test in tests)
        return lambda issue: any(test(issue) for test in tests)
    operator = OPPOSITE[node.operator] if negated else node.operator
    if node.field.lower() == "text":
        tests = [_text(call.site.fields[one], node, operator) for one in ("summary", "description")]
        return lambda issue: any(test(issue) for test in tests)
    tests = [_clause(call, field, node, operator) for field in resolve(call, node.field)]
    if len(tests) == 1:
        return tests[0]
    if operator in {"!=", "not in", "!~"}:
        return lambda issue: all(test(issue) for test in tests)
    return lambda issue: any(test(issue) for test in tests)


def _clause(call: Call, field: Field, node: Clause, operator: str) -> Test:
    if field.kind in {"summary", "rich", "text"}:
        _check(node, operator, TEXTS)
        return _text(field, node, operator)
    if field.id == "issuekey":
        return _key(call, node, operator)
    if field.kind in {"moment", "datetime", "date", "number"}:
        _check(node, operator, ORDERED)
        return _ordered(call, field, node, operator)
    _check(node, operator, EQUALS)
    return _equal(call, field, node, operator)


def _check(node: Clause, operator: str, allowed: Collection[str]) -> None:
    if operator not in allowed:
        raise RefusedError(400, f"The operator '{node.operator}' is not supported by the '{node.field}' field.")


_WORD = re.compile(r"\w+")


def _text(field: Field, node: Clause, operator: str) -> Test:
    def read(issue: Issue) -> str:
        return adf.to_wiki(issue.fields.get(field.id)).lower()

    if operator in {"is", "is not"}:
        return lambda issue: bool(read(issue)) == (operator == "is not")
    wanted = str(node.operands[0]).lower()
    phrase = wanted.strip('"') if wanted.startswith('"') else None
    words = _WORD.findall(wanted)
    starts = [word for word in words if f"{word}*" in wanted]
    whole = [word for word in words if word not in starts]

    def test(issue: Issue) -> bool:
        text = read(issue)
        if phrase is not None:
            return phrase in text
        have = _WORD.findall(text)
        return set(whole) <= set(have) and all(any(one.startswith(start) for one in have) for start in starts)

    return (lambda issue: bool(read(issue)) and not test(issue)) if operator == "!~" else test


def _key(call: Call, node: Clause, operator: str) -> Test:
    if operator not in {"=", "!=", "in", "not in", "<", "<=", ">", ">="}:
        _check(node, operator, ())
    wanted = {_issue_id(call, node.field, one) for one in node.operands}
    if operator in {"=", "in"}:
        return lambda issue: issue.id in wanted
    if operator in {"!=", "not in"}:
        return lambda issue: issue.id not in wanted
    return _comparison(operator, lambda issue: issue.id, next(iter(wanted)))


def _issue_id(call: Call, name: str, operand: Operand) -> int:
    text = str(operand)
    found = call.site.find(text)
    if found is not None and call.sees(found.project):
        return found.id
    if text.isdigit():
        raise RefusedError(400, f"A value with ID '{text}' does not exist for the field '{name}'.")
    raise RefusedError(400, f"An issue with key '{text}' does not exist for field '{name}'.")


def _comparison(operator: str, read: Callable[[Issue], Any], bound: Any) -> Test:
    def test(issue: Issue) -> bool:
        value = read(issue)
        if value is None:
            return False
        if operator == "<":
            return bool(value < bound)
        if operator == "<=":
            return bool(value <= bound)
        return bool(value > bound) if operator == ">" else bool(value >= bound)

    return test


def _ordered(call: Call, field: Field, node: Clause, operator: str) -> Test:
    read = reader(field)
    if operator in {"is", "is not"} or node.operands == (EMPTY,):
        empty = operator in {"is", "="}
        return lambda issue: (read(issue) is None) == empty
    bounds = [_bound(call, field, node, one) for one in node.operands]
    if operator in {"<", "<=", ">", ">="}:
        return _comparison(operator, read, bounds[0])
    if field.kind in {"moment", "datetime"}:
        ends = [(one, one + timedelta(minutes=1)) for one in bounds]
        hit: Test = lambda issue: any(low <= read(issue) < high for low, high in ends)  # noqa: E731 - a short test
    else:
        hit = lambda issue: read(issue) in bounds  # noqa: E731 - a short test
    wants = operator in {"=", "in"}
    return lambda issue: read(issue) is not None and hit(issue) == wants


def _bound(call: Call, field: Field, node: Clause, operand: Operand) -> Any:
    if field.kind == "number":
        try:
            return float(str(operand))
        except ValueError:
            raise unknown_value(node.field, operand) from None
    moment = _moment(call, node.field, operand)
    if field.kind == "date":
        return moment.astimezone(zone(call.caller.zone if call.caller else "UTC")).date().isoformat()
    return moment


_PERIOD = re.compile(r"[+-]?(?:\d+[wdhm]\s*)+")
_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes"}
_FORMATS = ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d")


def _moment(call: Call, name: str, operand: Operand) -> datetime:
    local = zone(call.caller.zone if call.caller else "UTC")
    if isinstance(operand, Function):
        today = call.now.astimezone(local).replace(hour=0, minute=0, second=0, microsecond=0)
        days = {"now": call.now, "startofday": today, "endofday": today + timedelta(days=1, microseconds=-1)}
        if operand.name not in days:
            raise RefusedError(400, f"Unable to find JQL function '{operand.name}()'.")
        return days[operand.name]
    text = operand.strip()
    if text.lstrip("-").isdigit():
        return _within(lambda: datetime.fromtimestamp(int(text) / 1000, UTC), name, text)
    if _PERIOD.fullmatch(text):
        spans = {_UNITS[unit]: int(number) for number, unit in re.findall(r"(\d+)([wdhm])", text)}
        way = -1 if text.startswith("-") else 1
        return _within(lambda: call.now + way * timedelta(**spans), name, text)
    for form in _FORMATS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=local)
        except ValueError:
            continue
    raise _bad_date(name, text)


def _within(make: Callable[[], datetime], name: str, text: str) -> datetime:
    try:
        return make()
    except (OverflowError, ValueError, OSError):
        raise _bad_date(name, text) from None


def _bad_date(name: str, text: str) -> RefusedError:
    formats = "'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd'"
    known = f"Valid formats include: {formats}, or a period format e.g. '-5d', '4w 2d'."
    return RefusedError(400, f"Date value '{text}' for field '{name}' is invalid. {known}")


def _equal(call: Call, field: Field, node: Clause, operator: str) -> Test:
    known = values_of(call, field)
    if operator in {"is", "is not"} or node.operands == (EMPTY,):
        empty = operator in {"is", "=", "in"}
        return lambda issue: (not known(issue)) == empty
    wanted: set[Any] = set()
    for operand in node.operands:
        wanted |= _wanted(call, field, node, operand)
    if operator in {"=", "in"}:
        return lambda issue: any(one in wanted for one in known(issue)) or (EMPTY in wanted and not known(issue))
    return lambda issue: bool(known(issue)) and not any(one in wanted for one in known(issue))


def values_of(call: Call, field: Field) -> Callable[[Issue], Collection[Any]]:
    """Return what reads the comparable values of a field; nothing is an empty list."""
    direct: dict[str, Callable[[Issue], Collection[Any]]] = {
        "project": lambda issue: (issue.project,),
        "issuetype": lambda issue: (issue.type,),
        "status": lambda issue: (issue.status,),
        "statusCategory": lambda issue: (call.site.statuses[issue.status].category,),
        "creator": lambda issue: (issue.creator,),
    }
    if field.id in direct:
        return direct[field.id]
    if field.kind == "labels":
        return lambda issue: [one.lower() for one in issue.fields.get(field.id, ())]

    def read(issue: Issue) -> Collection[Any]:
        value = issue.fields.get(field.id)
        if value is None:
            return ()
        return value if isinstance(value, tuple) else (value,)

    return read


def _wanted(call: Call, field: Field, node: Clause, operand: Operand) -> set[Any]:
    if operand == EMPTY:
        return {EMPTY}
    if isinstance(operand, Function):
        if operand.name == "currentuser" and field.kind in {"user", "users"}:
            return {call.caller.account_id} if call.caller else {""}
        raise RefusedError(400, f"Unable to find JQL function '{operand.name}({', '.join(operand.arguments)})'.")
    if field.kind in {"labels", "url"}:
        return {operand.lower() if field.kind == "labels" else operand}
    if field.kind == "parent":
        return {_issue_id(call, node.field, operand)}
    low = operand.lower()
    found = {identity for identity, names in _offers(call, field) if low in {one.lower() for one in names}}
    if not found:
        if field.custom and field.options:
            raise RefusedError(400, f"The option '{operand}' for field '{node.field}' does not exist.")
        raise unknown_value(node.field, operand)
    return found


def _offers(call: Call, field: Field) -> Iterable[tuple[Any, tuple[str, ...]]]:
    site = call.site
    if field.id == "project":
        return [(one.id, (one.id, one.key, one.name)) for one in site.projects.values() if call.sees(one.id)]
    named: dict[str, Iterable[Any]] = {
        "issuetype": site.types.values(),
        "status": site.statuses.values(),
        "priority": site.priorities.values(),
        "resolution": site.resolutions.values(),
        "versions": [one for project in site.projects.values() for one in project.versions.values()],
        "components": [one for project in site.projects.values() for one in project.components.values()],
    }
    if field.kind in named:
        return [(one.id, (one.id, one.name)) for one in named[field.kind]]
    if field.id == "statusCategory":
        rows = {"new": ("new", "To Do", "2"), "indeterminate": ("indeterminate", "In Progress", "4")}
        return [*rows.items(), ("done", ("done", "Done", "3"))]
    if field.kind in {"user", "users"}:
        return [(one.account_id, _names(call, one.account_id)) for one in site.users.values()]
    flat = [one for option in field.options for one in (option, *option.children)]
    return [(one.id, (one.id, one.value)) for one in flat]


def _names(call: Call, account: str) -> tuple[str, ...]:
    one = call.site.users[account]
    if not call.site.cloud:
        return (one.username, one.account_id, one.email, one.name)
    return (one.account_id, one.name) if one.email_hidden else (one.account_id, one.name, one.email)


def reader(field: Field) -> Callable[[Issue], Any]:
    """Return what reads the one value of a field that compares or sorts."""
    moments: dict[str, Callable[[Issue], Any]] = {
        "created": lambda issue: issue.created,
        "updated": lambda issue: issue.updated,
        "resolutiondate": lambda issue: issue.resolved,
        "statuscategorychangedate": lambda issue: issue.status_changed,
    }
    return moments.get(field.id, lambda issue: issue.fields.get(field.id))


@total_ordering
class Down:
    """A value that sorts the other way round."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value: Any = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Down) and self.value == other.value

    def __lt__(self, other: Down) -> bool:
        return bool(other.value < self.value)

    __hash__: ClassVar[None] = None  # type: ignore[assignment]  # sort keys are never hashed


def sort_key(call: Call, query: Query) -> Callable[[Issue], tuple[Any, ...]]:
    """Return the sort key of a query; without an order the newest issue comes first. Empty sorts last."""
    parts = [(_rank(call, name), down) for name, down in query.order]

    def key(issue: Issue) -> tuple[Any, ...]:
        found: list[Any] = []
        for read, down in parts:
            value = read(issue)
            rank = (value is None, 0 if value is None else Down(value) if down else value)
            found.append(rank)
        return (*found, Down(issue.id))

    return key


def _rank(call: Call, name: str) -> Callable[[Issue], Any]:
    if name.lower() in {"key", "issuekey", "issue", "id"}:
        if name.lower() == "id":
            return lambda issue: issue.id
        return lambda issue: (issue.key.rpartition("-")[0], int(issue.key.rpartition("-")[2]))
    field = resolve(call, name)[0]
    if field.kind in {"moment", "datetime", "date", "number"}:
        return reader(field)
    if field.kind in {"summary", "text", "rich"}:
        return lambda issue: adf.to_wiki(issue.fields.get(field.id)).lower() or None
    known = values_of(call, field)
    return lambda issue: tuple(str(one) for one in known(issue)) or None
