"""Docstrings as the site shows them: examples as code, roles as plain names."""

from __future__ import annotations

import re
from typing import Any

import griffe

ROLE = re.compile(r":(?:class|func|meth|mod|data|attr):`~?(?:[\w.]*\.)?(\w+)`")


class Docstrings(griffe.Extension):
    """Rewrites the text of every docstring before it is parsed."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrite one."""
        if obj.docstring is not None:
            obj.docstring.value = shown(obj.docstring.value)


def shown(text: str) -> str:
    r"""Return a docstring with its examples fenced.

    >>> shown("One.\n\n>>> 1\n1\n\nSee :class:`~a.B`.")
    'One.\n\n```pycon\n>>> 1\n1\n```\n\nSee `B`.'
    """
    lines: list[str] = []
    inside = ""
    for line in ROLE.sub(r"`\1`", text).split("\n"):
        if not inside and line.lstrip().startswith(">>>"):
            inside = " " * (len(line) - len(line.lstrip())) + "```"
            lines.append(inside + "pycon")
        if inside and not line.strip():
            lines.append(inside)
            inside = ""
        lines.append(re.sub(r"(^|\S)::$", lambda found: found[1] and f"{found[1]}:", line))
    return "\n".join([*lines, inside] if inside else lines)
