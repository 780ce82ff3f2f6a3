"""The part of Notion's formula language that the sandbox knows, as a small tree that evaluates itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from productops.testing.sandbox.notion.functions import FUNCTIONS, FormulaError, arithmetic, truth

TOKEN = re.compile(
    r"""\s*(?:(?P<ref>\{\{notion:block_property:(?P<id>[^:}]+):[^}]*\}\})|(?P<number>\d+(?:\.\d+)?)
    |(?P<string>"(?:[^"\\]|\\.)*")|(?P<name>[A-Za-z_]\w*)|(?P<op>==|!=|>=|<=|&&|\|\||[-+*/%^()?:,.<>!\[\]]))""",
    re.VERBOSE,
)
PROP = re.compile(r"""prop\(\s*"((?:[^"\\]|\\.)*)"\s*\)""")
STRENGTH = {"?": 1, "or": 2, "||": 2, "and": 3, "&&": 3, "==": 4, "!=": 4, ">": 5, "<": 5, ">=": 5, "<=": 5}
STRENGTH |= {"+": 6, "-": 6, "*": 7, "/": 7, "%": 7, "^": 8, ".": 10}
ESCAPES = {"n": "\n", "t": "\t"}
Lookup = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Call:
    """A constant ("value"), a property ("ref"), an operator or a function, with its arguments."""

    name: str
    arguments: tuple[Any, ...]


def parse(text: str) -> Call:
    """Return the tree of an expression. Raises ``FormulaError``."""
    return _parsed(text)


@lru_cache(maxsize=512)
def _parsed(text: str) -> Call:
    tokens, at = [], 0
    text = text.strip()
    while at < len(text):
        found = TOKEN.match(text, at)
        if found is None:
            raise FormulaError(f"unexpected {text[at]!r}")
        kind = found.lastgroup if found.lastgroup != "id" else "ref"
        tokens.append((kind or "", found["id"] if kind == "ref" else found[kind or 0]))
        at = found.end()
    reader = _Reader([*tokens, ("end", "")])
    tree = reader.expression(0)
    reader.take("end")
    return tree


class _Reader:
    def __init__(self, tokens: Sequence[tuple[str, str]]) -> None:
        self.tokens = tokens
        self.at = 0

    def take(self, kind: str = "", value: str | None = None) -> str:
        found, text = self.tokens[self.at]
        if (kind and found != kind) or (value is not None and text != value):
            raise FormulaError(f"{value or kind} expected, {text or found!r} found")
        self.at += 1
        return text

    def expression(self, floor: int) -> Call:
        left = self.start()
        while (strength := STRENGTH.get(self.tokens[self.at][1], 0)) > floor and self.tokens[self.at][0] in (
            "op",
            "name",
        ):
            operator = self.take()
            if operator == "?":
                then = self.expression(0)
                self.take("op", ":")
                left = Call("if", (left, then, self.expression(0)))
            elif operator == ".":
                name = self.take("name")
                left = Call(known(name), (left, *self.arguments()))
            else:
                left = Call(operator, (left, self.expression(strength)))
        return left

    def start(self) -> Call:
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == "number":
            return Call("value", (float(text),))
        if kind == "string":
            return Call("value", (re.sub(r"\\(.)", lambda m: ESCAPES.get(m[1], m[1]), text[1:-1]),))
        if kind == "ref":
            return Call("ref", (text,))
        if text in ("true", "false"):
            return Call("value", (text == "true",))
        if text in ("-", "!", "not"):
            return Call("negative" if text == "-" else "not", (self.expression(9),))
        if text == "(":
            inner = self.expression(0)
            self.take("op", ")")
            return inner
        if text == "[":
            return Call("list", self.listed("]"))
        if kind == "name":
            return Call(known(text), self.arguments())
        raise FormulaError(f"unexpected {text or 'end'!r}")

    def arguments(self) -> tuple[Call, ...]:
        self.take("op", "(")
        return self.listed(")")

    def listed(self, end: str) -> tuple[Call, ...]:
        found: list[Call] = []
        while self.tokens[self.at][1] != end:
            if found:
                self.take("op", ",")
            found.append(self.expression(0))
        self.take("op", end)
        return tuple(found)


def known(name: str) -> str:
    """Return a function's name. Raises ``FormulaError`` for one that the sandbox does not know."""
    if name not in FUNCTIONS and name not in ("if", "ifs"):
        raise FormulaError(f"{name} is not a function the sandbox knows")
    return name


def evaluate(tree: Call, lookup: Lookup, clock: Any) -> Any:
    """Return the value of an expression; ``lookup`` gives a property's value by its encoded id."""
    name, arguments = tree.name, tree.arguments
    if name == "value":
        return arguments[0]
    if name == "ref":
        return lookup(arguments[0])
    if name in ("if", "ifs"):
        return _chosen(arguments, lookup, clock)
    values = [evaluate(one, lookup, clock) for one in arguments]
    if name in FUNCTIONS:
        return FUNCTIONS[name](clock, *values)
    return arithmetic(name, *values)


def _chosen(arguments: tuple[Any, ...], lookup: Lookup, clock: Any) -> Any:
    for at in range(0, len(arguments) - 1, 2):
        if truth(evaluate(arguments[at], lookup, clock)):
            return evaluate(arguments[at + 1], lookup, clock)
    return evaluate(arguments[-1], lookup, clock) if len(arguments) % 2 else None
