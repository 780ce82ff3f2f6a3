r"""Formatted text between Notion's runs and Markdown: bold, italic, struck, code, links and line breaks.

>>> from_markdown("a **b**")
[{'type': 'text', 'text': {'content': 'a '}}, {'type': 'text', 'text': {'content': 'b'}, 'annotations': {'bold': True}}]
>>> to_markdown(from_markdown("a **b** [c](https://example.com)"))
'a **b** [c](https://example.com)'
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from productops.connectors.notion.runs import PLAIN, USER, Mark, Run, run, visible
from productops.sdk.record import RichText, fingerprint
from productops.sdk.richtext import parser

if TYPE_CHECKING:
    from markdown_it.token import Token

LONGEST_LINK = 2_000
LINKABLE = re.compile(r"(https?://[^\s/]+\S*|mailto:\S+|tel:\S+)", re.IGNORECASE)
SPECIAL = re.compile(r"[\\`*_\[\]<>&~#|!+=-]|^\s|\d[.)]|\s$|\n\s|\s\n", re.MULTILINE)
ESCAPE = re.compile(r"[\\`*_\[\]<>&~|]")
LINE_START = re.compile(r"^(\s*)([#+=-])|^(\s*\d+)([.)])", re.MULTILINE)
BOLD, ITALIC, STRUCK, CODE, HREF = range(5)
Piece = tuple[str, Mark]


# --- Markdown into runs


def from_markdown(markdown: str) -> list[Run]:
    """Return the runs of a text whose lines are all one paragraph."""
    return from_tokens(parser().parseInline(markdown)[0].children or [])


def from_tokens(tokens: Sequence[Token]) -> list[Run]:
    """Return the runs of inline tokens."""
    return [one for text, mark in _pieces(tokens) for one in run(text, mark)]


def _pieces(tokens: Sequence[Token]) -> list[Piece]:
    found: list[Piece] = []
    marks: list[bool | str | None] = list(PLAIN)
    switches = {"strong": BOLD, "em": ITALIC, "s": STRUCK}
    opened = 0
    for token in tokens:
        kind, _, edge = token.type.rpartition("_")
        if kind in switches:
            marks[switches[kind]] = edge == "open"
        elif kind == "link":
            href = str(token.attrs.get("href", "")) if edge == "open" else ""
            if edge == "open":
                opened = len(found)
                marks[HREF] = href if linkable(href) else None
                lost = "" if linkable(href) else href
            elif lost and "".join(text for text, _ in found[opened:]) != lost:
                # Notion takes no such address in a link; the reader sees it beside the words.
                found.append((f" ({lost})", (*marks[:HREF], None)))
            marks[HREF] = marks[HREF] if edge == "open" else None
        elif token.type in ("softbreak", "hardbreak"):
            found.append(("\n", tuple(marks)))
        elif token.type == "code_inline":
            found.append((token.content, (*marks[:CODE], True, marks[HREF])))
        elif token.type == "image":
            src = str(token.attrs.get("src", ""))
            found.append((token.content or src, (*marks[:HREF], marks[HREF] or (src if linkable(src) else None))))
        elif token.content:
            found.append((token.content, tuple(marks)))
    return joined(found)


def linkable(href: str) -> bool:
    """Tell whether Notion takes an address in a link."""
    return len(href) <= LONGEST_LINK and (LINKABLE.fullmatch(href) is not None or href.startswith(USER))


def joined(pieces: Sequence[Piece]) -> list[Piece]:
    """Return pieces with neighbours of the same marks joined."""
    grouped = groupby((piece for piece in pieces if piece[0]), key=lambda piece: piece[1])
    return [("".join(text for text, _ in group), mark) for mark, group in grouped]


# --- runs into Markdown


def formatted(runs: Sequence[Run]) -> RichText | None:
    """Return formatted text; ``None`` when it is empty."""
    markdown = to_markdown(runs)
    return RichText(fingerprint(markdown), lambda: markdown) if markdown else None


def to_markdown(runs: Sequence[Run], *, one_line: bool = False) -> str:
    """Return runs as Markdown: as plain as reads back the same, else escaped."""
    pieces = joined([visible(one) for one in runs])
    pieces = joined([(_lines(text, one_line=one_line or bool(mark[CODE])), mark) for text, mark in pieces])
    plain = _spans(pieces, lambda text: text).strip()
    if not SPECIAL.search(plain) and all(mark == PLAIN for _, mark in pieces):
        return plain
    wanted = _tidy(pieces)
    careful = _spans(pieces, escape).strip()
    for text in (plain, careful):
        if _read(text) == wanted:
            return text
    # Emphasis that CommonMark cannot place (in the middle of a word, beside punctuation): the words matter more.
    for kept in ((CODE, HREF), (CODE,), ()):
        bare = joined(
            [(text, tuple(mark[at] if at in kept else PLAIN[at] for at in range(5))) for text, mark in pieces]
        )
        text = _spans(bare, escape).strip()
        if _read(text) == _tidy(bare):
            break
    return text


def _only(mark: Mark, kept: Sequence[int]) -> Mark:
    return tuple(mark[at] if at in kept else standard for at, standard in enumerate(PLAIN))


def _lines(text: str, *, one_line: bool) -> str:
    """Return text without the empty lines, which would end a paragraph."""
    text = re.sub(r"[ \t]*\n\s*", "\n", text.replace("\r\n", "\n").replace("\r", "\n"))
    return text.replace("\n", " ") if one_line else text


def _read(markdown: str) -> list[Piece] | None:
    tokens = parser().parse(markdown)
    if [token.type for token in tokens] != ["paragraph_open", "inline", "paragraph_close"]:
        return None
    return _tidy(_pieces(tokens[1].children or []))


def _tidy(pieces: Sequence[Piece]) -> list[Piece]:
    """Return pieces as they read back: white space at the edges of a line is never kept, nor formatted."""
    found = [part for text, mark in pieces for part in _unmarked_edges(text, mark)]
    lines = "".join(text for text, _ in found)
    found = [(text, mark) for text, mark in found if text]
    first = len(lines) - len(lines.lstrip())
    last = len(lines.rstrip())
    kept, at = [], 0
    for text, mark in found:
        kept.append((text[max(0, first - at) : max(0, last - at)], mark))
        at += len(text)
    return joined(kept)


def _unmarked_edges(text: str, mark: Mark) -> list[Piece]:
    if mark == PLAIN or mark[CODE]:
        return [(text, mark)]
    body = text.strip()
    if not body:
        return [(text, PLAIN)]
    at = text.index(body)
    return [(text[:at], PLAIN), (body, mark), (text[at + len(body) :], PLAIN)]


def escape(text: str) -> str:
    """Return text in which nothing is Markdown."""
    shown = ESCAPE.sub(r"\\\g<0>", text)
    return LINE_START.sub(lambda found: f"{found[1]}\\{found[2]}" if found[2] else f"{found[3]}\\{found[4]}", shown)


ORDER = (HREF, BOLD, ITALIC, STRUCK, CODE)
SIGNS = {BOLD: "**", ITALIC: "*", STRUCK: "~~"}


def _spans(pieces: Sequence[Piece], write: Callable[[str], str], depth: int = 0) -> str:
    """Return pieces with their marks, each mark around the longest stretch that shares it."""
    if depth == len(ORDER):
        return "".join(write(text) for text, _ in pieces)
    kind, parts = ORDER[depth], []
    for mark, group in groupby(pieces, key=lambda piece: piece[1][kind]):
        inside = list(group)
        parts.append(_wrapped(inside, kind, mark, write, depth) if mark else _spans(inside, write, depth + 1))
    return "".join(parts)


def _wrapped(pieces: Sequence[Piece], kind: int, mark: bool | str, write: Callable[[str], str], depth: int) -> str:
    """Return pieces inside a mark; white space at the edges stays outside."""
    if kind == CODE:
        return code_span("".join(text for text, _ in pieces))
    inner = _spans(pieces, write, depth + 1)
    body = inner.strip()
    if not body:
        return inner
    before, after = inner[: len(inner) - len(inner.lstrip())], inner[len(inner.rstrip()) :]
    if kind != HREF:
        return f"{before}{SIGNS[kind]}{body}{SIGNS[kind]}{after}"
    href = str(mark)
    if "".join(text for text, _ in pieces) == href and re.fullmatch(r"[a-z]+://[^\s<>]+", href):
        return f"{before}<{href}>{after}"
    return f"{before}[{body}]({f'<{href}>' if re.search(r'[()<>]', href) else href}){after}"


def code_span(code: str) -> str:
    """Return inline code with as many backticks as it needs."""
    taken = {len(ticks) for ticks in re.findall(r"`+", code)}
    ticks = "`" * next(size for size in range(1, len(code) + 2) if size not in taken)
    pad = " " if code.startswith("`") or code.endswith("`") or (code.strip() and code != code.strip()) else ""
    return f"{ticks}{pad}{code}{pad}{ticks}"
