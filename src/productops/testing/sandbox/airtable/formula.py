"""The formula language: from text to a tree.

Field names stand in braces (or bare, when they are one word); strings in single or double quotes with
backslash escapes. Evaluation is in ``evaluate``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>\d+(?:\.\d+)?|\.\d+)
    | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | \{(?P<field>(?:[^}\\]|\\.)+)\}
    | (?P<name>[^\W\d]\w*)
    | (?P<op><=|>=|!=|[-+*/&=<>(),])
    )""",
    re.VERBOSE | re.DOTALL,
)
ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
LEVELS: tuple[frozenset[str], ...] = (
    frozenset({"=", "!=", "<", ">", "<=", ">="}),
    frozenset({"&"}),
    frozenset({"+", "-"}),
    frozenset({"*", "/"}),
)
DEPTH_LIMIT = 100


class FormulaSyntaxError(ValueError):
    """The text is not a formula."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A number or a string."""

    value: float | str


@dataclass(frozen=True, slots=True)
class FieldRef:
    """A field, by name or id."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function and its arguments; the name in upper case."""

    name: str
    args: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands and an operator between them."""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Negation:
    """A minus sign and its operand."""

    operand: Node


Node = Literal | FieldRef | Call | Binary | Negation


def unescape(text: str) -> str:
    r"""Resolve backslash escapes.

    >>> unescape(r"Guest\'s")
    "Guest's"
    """
    return re.sub(r"\\(.)", lambda found: ESCAPES.get(found[1], found[1]), text, flags=re.DOTALL)


def tokens(text: str) -> list[tuple[str, str]]:
    """Cut a formula into (kind, text) pairs. Raises ``FormulaSyntaxError``."""
    found, position = [], 0
    text = text.rstrip()
    while position < len(text):
        match = TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise FormulaSyntaxError(f"unexpected {text[position : position + 10]!r}")
        found.append((match.lastgroup, match[match.lastgroup]))
        position = match.end()
    return found


def parse(text: str) -> Node:
    """Read a formula. Raises ``FormulaSyntaxError``.

    >>> parse("{Name} = 'Ada'")
    Binary(op='=', left=FieldRef(name='Name'), right=Literal(value='Ada'))
    """
    parser = _Parser(tokens(text))
    node = parser.expression(0)
    if parser.position < len(parser.tokens):
        raise FormulaSyntaxError(f"unexpected {parser.tokens[parser.position][1]!r}")
    return node


class _Parser:
    def __init__(self, found: list[tuple[str, str]]) -> None:
        self.tokens = found
        self.position = 0
        self.depth = 0

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.position] if self.position < len(self.tokens) else ("end", "the end")

    def take(self) -> tuple[str, str]:
        token = self.peek()
        self.position += 1
        return token

    def expect(self, op: str) -> None:
        if self.take() != ("op", op):
            raise FormulaSyntaxError(f"{op!r} expected")

    def expression(self, level: int) -> Node:
        if level == len(LEVELS):
            return self.operand()
        node = self.expression(level + 1)
        while self.peek()[0] == "op" and self.peek()[1] in LEVELS[level]:
            node = Binary(self.take()[1], node, self.expression(level + 1))
        return node

    def operand(self) -> Node:
        self.depth += 1
        if self.depth > DEPTH_LIMIT:
            raise FormulaSyntaxError("nested too deeply")
        node = self._operand()
        self.depth -= 1
        return node

    def _operand(self) -> Node:
        kind, text = self.take()
        if kind == "number":
            return Literal(float(text))
        if kind == "string":
            return Literal(unescape(text[1:-1]))
        if kind == "field":
            return FieldRef(unescape(text))
        if kind == "name":
            return Call(text.upper(), self.arguments()) if self.peek() == ("op", "(") else FieldRef(text)
        if text == "-" and kind == "op":
            return Negation(self.operand())
        if text == "(" and kind == "op":
            node = self.expression(0)
            self.expect(")")
            return node
        raise FormulaSyntaxError(f"unexpected {text!r}")

    def arguments(self) -> tuple[Node, ...]:
        self.expect("(")
        if self.peek() == ("op", ")"):
            self.take()
            return ()
        args = [self.expression(0)]
        while self.peek() == ("op", ","):
            self.take()
            args.append(self.expression(0))
        self.expect(")")
        return tuple(args)


def references(node: Node) -> list[str]:
    """Return the names of the fields a formula mentions, in order, each once."""
    match node:
        case FieldRef(name):
            return [name]
        case Call(_, args):
            parts = [references(arg) for arg in args]
        case Binary(_, left, right):
            parts = [references(left), references(right)]
        case Negation(operand):
            parts = [references(operand)]
        case _:
            parts = []
    return list(dict.fromkeys(name for part in parts for name in part))


def calls(node: Node) -> list[Call]:
    """Return every function call in a formula."""
    match node:
        case Call(_, args):
            return [node, *(call for arg in args for call in calls(arg))]
        case Binary(_, left, right):
            return [*calls(left), *calls(right)]
        case Negation(operand):
            return calls(operand)
        case _:
            return []
