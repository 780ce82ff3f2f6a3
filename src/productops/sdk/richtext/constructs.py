"""What a Markdown text makes use of, so that a connector can tell what its service cannot show."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from productops.sdk.richtext.parsing import parser

if TYPE_CHECKING:
    from markdown_it.token import Token

# Without any of these a text is plain paragraphs, which every service shows.
TELLING = re.compile(r"[|!`~>#*_+=-]|\d[.)]|\[|\n[^\n]|\t| {4}")
TASK = re.compile(r"\[[ xX]\][ \t]")


def constructs(markdown: str) -> set[str]:
    r"""Return the names of what a text makes use of.

    ``heading 1`` to ``heading 6``, ``list``, ``quote``, ``code``, ``rule``, ``table``, ``alignment`` (of columns),
    ``image``, ``start`` (a numbered list that begins elsewhere than at one), ``title`` (of a link), ``task``,
    ``strike``, ``break`` (a line break in a paragraph), ``language …`` (of code); and ``quote``, ``heading``,
    ``table``, ``rule`` followed by `` in list`` or `` in quote``.

    >>> sorted(constructs("##### Deep\n\n3. three\n4. four"))
    ['heading 5', 'list', 'start']
    """
    return set(_found(parser().parse(markdown))) if TELLING.search(markdown) else set()


def _found(tokens: list[Token]) -> Iterator[str]:
    inside: list[str] = []
    for token in tokens:
        kind, _, edge = token.type.rpartition("_")
        if edge == "close" and kind in HOLDERS:
            inside.pop()
        name = NAMES.get(token.type)
        if name and inside:
            yield f"{name} in {inside[-1]}"
        yield from _own(token)
        if edge == "open" and kind in HOLDERS:
            inside.append(HOLDERS[kind])


HOLDERS = {"bullet_list": "list", "ordered_list": "list", "blockquote": "quote"}
NAMES = {"blockquote_open": "quote", "heading_open": "heading", "table_open": "table", "hr": "rule"}


def _own(token: Token) -> Iterator[str]:
    match token.type:
        case "heading_open":
            yield f"heading {token.tag[1]}"
        case "table_open":
            yield "table"
        case "th_open" | "td_open" if token.attrs.get("style"):
            yield "alignment"
        case "bullet_list_open" | "ordered_list_open":
            yield "list"
            if token.attrs.get("start", 1) != 1:
                yield "start"
        case "blockquote_open":
            yield "quote"
        case "hr":
            yield "rule"
        case "fence" | "code_block":
            yield "code"
            if token.info.strip():
                yield f"language {token.info.split()[0]}"
        case "inline":
            if TASK.match(token.content):
                yield "task"
            for child in token.children or []:
                yield from _inline(child)


def _inline(token: Token) -> Iterator[str]:
    if token.type in ("softbreak", "hardbreak"):
        yield "break"
    elif token.type == "image":
        yield "image"
    elif token.type == "s_open":
        yield "strike"
    if token.attrs.get("title"):
        yield "title"


def unshown(markdown: str, words: Mapping[str, str]) -> list[str]:
    r"""Return what a service cannot show of a text, sorted; ``words`` says it for each construct.

    >>> unshown("| a |\n| --- |\n| b |", {"table": "tables (shown as they are typed)"})
    ['tables (shown as they are typed)']
    """
    found = {name.partition(" ")[0] if name.startswith("language ") else name for name in constructs(markdown)}
    return sorted({words[name] for name in found if name in words})
