"""The grammar of JQL: text to a tree. What the names mean is ``clauses.py``'s business."""

from __future__ import annotations

import re
from dataclasses import dataclass

from productops.testing.sandbox.jira.errors import RefusedError

MOST_ORDERS = 7


@dataclass(frozen=True, slots=True)
class Function:
    """A call such as ``currentUser()``."""

    name: str
    arguments: tuple[str, ...] = ()


EMPTY = Function("empty")
Operand = str | Function


@dataclass(frozen=True, slots=True)
class Clause:
    """One comparison; ``operands`` has one element except for ``in`` and ``not in``."""

    field: str
    operator: str
    operands: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Branch:
    """``and``, ``or`` or ``not`` over other nodes."""

    kind: str
    nodes: tuple[Node, ...]


Node = Clause | Branch


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query: where (None is everything) and the order as (field, descending)."""

    where: Node | None
    order: tuple[tuple[str, bool], ...]


_TOKEN = re.compile(
    r"""\s*(?:(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<sign><=|>=|!=|!~|=|<|>|~|\(|\)|,|&&|\|\||!)"""
    r"""|(?P<word>[^\s"'=<>~!(),&|]+))""",
)
_WORDS = {"&&": "and", "||": "or", "!": "not"}


def wrong(text: str) -> RefusedError:
    """Return the 400 for a query that cannot be read."""
    return RefusedError(400, f"Error in the JQL Query: {text}")


def _tokens(text: str) -> list[tuple[str, str, int]]:
    found, position = [], 0
    while position < len(text.rstrip()):
        match = _TOKEN.match(text, position)
        if match is None:
            start = len(text) - len(text[position:].lstrip())
            if text[start] in "\"'":
                raise wrong(
                    f"The quoted string '{text[start + 1 :]}' has not been completed. (line 1, character {start + 1})"
                )
            raise wrong(f"The character '{text[start]}' is a reserved JQL character. (line 1, character {start + 1})")
        kind = match.lastgroup or ""
        value = match[kind]
        if kind == "string":
            value = re.sub(r"\\(.)", r"\1", value[1:-1])
        found.append((kind, value, match.start(kind)))
        position = match.end()
    return found


class _Parser:
    def __init__(self, text: str) -> None:
        self.tokens = _tokens(text)
        self.at = 0

    def peek(self) -> str:
        """The next token as a lower-case keyword or sign; strings are never one."""
        if self.at >= len(self.tokens):
            return ""
        kind, value, _ = self.tokens[self.at]
        if kind == "string":
            return "\0"
        return _WORDS.get(value, value).lower()

    def take(self, *wanted: str) -> bool:
        if self.peek() in wanted:
            self.at += 1
            return True
        return False

    def fail(self, expected: str) -> RefusedError:
        if self.at >= len(self.tokens):
            return wrong(f"Expecting {expected} before the end of the query.")
        _, value, position = self.tokens[self.at]
        return wrong(f"Expecting {expected} but got '{value}'. (line 1, character {position + 1})")

    def expect(self, sign: str) -> None:
        if not self.take(sign):
            raise self.fail(f"'{sign}'")

    def name(self, expected: str) -> str:
        if self.at >= len(self.tokens) or self.tokens[self.at][0] == "sign":
            raise self.fail(expected)
        self.at += 1
        return self.tokens[self.at - 1][1]

    def query(self) -> Query:
        where = None if self.peek() in {"", "order"} else self.either()
        order: list[tuple[str, bool]] = []
        if self.take("order"):
            if not self.take("by"):
                raise self.fail("'by'")
            order.append(self.ordering())
            while self.take(","):
                order.append(self.ordering())
        if self.at < len(self.tokens):
            raise self.fail("either 'OR' or 'AND'")
        if len(order) > MOST_ORDERS:
            raise RefusedError(400, f"The ORDER BY clause cannot have more than {MOST_ORDERS} fields.")
        return Query(where, tuple(order))

    def ordering(self) -> tuple[str, bool]:
        name = self.name("a field name")
        descending = self.take("desc")
        if not descending:
            self.take("asc")
        return name, descending

    def either(self) -> Node:
        nodes = [self.both()]
        while self.take("or"):
            nodes.append(self.both())
        return nodes[0] if len(nodes) == 1 else Branch("or", tuple(nodes))

    def both(self) -> Node:
        nodes = [self.term()]
        while self.take("and"):
            nodes.append(self.term())
        return nodes[0] if len(nodes) == 1 else Branch("and", tuple(nodes))

    def term(self) -> Node:
        if self.take("not"):
            return Branch("not", (self.term(),))
        if self.take("("):
            inner = self.either()
            self.expect(")")
            return inner
        return self.clause()

    def clause(self) -> Clause:
        field = self.name("a field name")
        operator = self.operator()
        if operator in {"in", "not in"}:
            if self.peek() != "(":
                return Clause(field, operator, (self.operand(),))
            self.expect("(")
            operands = [self.operand()]
            while self.take(","):
                operands.append(self.operand())
            self.expect(")")
            return Clause(field, operator, tuple(operands))
        operand = self.operand()
        if operator in {"is", "is not"} and operand != EMPTY:
            raise wrong(f"The operator '{operator}' only supports EMPTY.")
        return Clause(field, operator, (operand,))

    def operator(self) -> str:
        for sign in ("=", "!=", "<=", ">=", "<", ">", "~", "!~", "in"):
            if self.take(sign):
                return sign
        if self.take("is"):
            return "is not" if self.take("not") else "is"
        if self.take("not") and self.take("in"):
            return "not in"
        raise self.fail("an operator")

    def operand(self) -> Operand:
        if self.take("empty", "null"):
            return EMPTY
        quoted = self.at < len(self.tokens) and self.tokens[self.at][0] == "string"
        word = self.name("a value")
        if quoted or not self.take("("):
            return word
        arguments = []
        while not self.take(")"):
            arguments.append(self.name("an argument"))
            self.take(",")
        return Function(word.lower(), tuple(arguments))


def parse(text: str) -> Query:
    """Return the tree of a query. Raises the 400 of Jira when it cannot be read."""
    return _Parser(text).query()
