"""A Markdown file with fields in front of its text: read, and changed field by field.

::

    ---
    title: Dark mode
    due: 2026-12-31
    tags: [night, eyes]
    ---
    Why people ask for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml

BODY = "body"  # the field that is the text behind the front matter
FENCE = re.compile(r"---[ \t]*(\r?\n)")
END = re.compile(r"^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.MULTILINE)
TOP = re.compile(r"[^\s#-]")  # how a line begins that holds a field of its own


class BrokenFrontMatterError(ValueError):
    """The front matter is no list of fields; the message says where."""


@dataclass(slots=True)
class Page:
    """A file in its parts. ``head`` is the front matter as it is spelled, without its fences."""

    head: str
    body: str
    newline: str
    fields: dict[str, Any]
    fenced: bool = False

    @classmethod
    def parse(cls, text: str) -> Page:
        """Read a file.

        Raises:
            BrokenFrontMatterError: the front matter does not end, or is no list of fields.

        """
        newline = "\r\n" if "\r\n" in text else "\n"
        start = FENCE.match(text)
        if start is None:
            return cls("", text, newline, {})
        end = END.search(text, start.end())
        if end is None:
            raise BrokenFrontMatterError("the front matter has no end; a line --- is missing")
        head = text[start.end() : end.start()]
        return cls(head, text[end.end() :], newline, _fields(head), fenced=True)

    def set(self, name: str, value: Any) -> None:
        """Change one field, or the text; every other line stays as it is spelled."""
        if name == BODY:
            self.body = _own_lines(value or "", self.newline)
            return
        self.fields[name] = value
        spelled = yaml.safe_dump({name: value}, allow_unicode=True, sort_keys=False, width=10_000)
        block = _own_lines(spelled if value is not None else f"{spelled.partition(':')[0]}:\n", self.newline)
        lines = self.head.splitlines(keepends=True)
        at = next((number for number, line in enumerate(lines) if _names(line, name)), None)
        if at is None:
            self.head += block
            return
        end = at + 1
        while end < len(lines) and not TOP.match(lines[end]) and not lines[end].startswith("#"):
            end += 1
        self.head = "".join([*lines[:at], block, *lines[end:]])

    def text(self) -> str:
        """Return the file."""
        if not (self.head or self.fenced or FENCE.match(self.body)):
            return self.body
        return f"---{self.newline}{self.head}---{self.newline}{self.body}"


def _own_lines(text: str, newline: str) -> str:
    return text.replace("\r\n", "\n").replace("\n", newline)


def _fields(head: str) -> dict[str, Any]:
    try:
        found = yaml.safe_load(head)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 2}: " if mark is not None else ""
        raise BrokenFrontMatterError(f"{where}{getattr(error, 'problem', None) or error}") from None
    if found is not None and not isinstance(found, dict):
        raise BrokenFrontMatterError("the front matter is no list of fields")
    return {str(name): _plain(value) for name, value in (found or {}).items()}


def _plain(value: Any) -> Any:
    """Return a value in which only fields' own kinds are left; a mapping inside has text for keys."""
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, set):
        return sorted(value, key=str)
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _names(line: str, name: str) -> bool:
    """Tell whether a line holds the field of this name."""
    if not TOP.match(line):
        return False
    try:
        found = yaml.safe_load(line.partition(":")[0])
    except yaml.YAMLError:
        return False
    return isinstance(found, str | int | float | bool | date) and str(found) == name
