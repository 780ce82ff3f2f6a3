"""A Markdown text as blocks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from productops.sdk.richtext.parsing import parser

MARKER = re.compile(r"[ ]{0,3}(?:[-+*]|(\d{1,9})([.)]))(?:[ \t]+|$)")
KINDS = {
    "paragraph_open": "paragraph", "heading_open": "heading", "bullet_list_open": "bullets",
    "ordered_list_open": "numbers", "blockquote_open": "quote", "table_open": "table", "fence": "code",
    "code_block": "code", "hr": "rule",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Block:
    """One block: a paragraph, a heading, a whole list, a quote, a table, code, a rule; ``other`` for the rest."""

    kind: str
    text: str
    gap: str = "\n\n"  # what stood between it and the block before

    @property
    def lines(self) -> list[str]:
        """The lines of the text."""
        return self.text.split("\n")


def split(markdown: str) -> list[Block]:
    r"""Return a text's blocks; joined with their gaps they are the text again, but for empty lines at its ends.

    >>> [(block.kind, block.text) for block in split("# Why\nSince\nall ask.\n\n- one\n- two")]
    [('heading', '# Why'), ('paragraph', 'Since\nall ask.'), ('bullets', '- one\n- two')]
    """
    lines = markdown.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    found: list[Block] = []
    at = 0
    tokens = parser().parse("\n".join(lines))
    for token in tokens:
        if token.level or not token.map or token.nesting < 0:
            continue
        first, end = token.map
        at = _between(lines, at, first, found)
        while end > first + 1 and not lines[end - 1].strip():
            end -= 1
        found.append(Block(KINDS[token.type], "\n".join(lines[first:end]), _gap(at, first, found)))
        at = end
    _between(lines, at, len(lines), found)
    return found


def _between(lines: Sequence[str], at: int, until: int, found: list[Block]) -> int:
    """Add what no token covers: definitions of links."""
    here = [number for number in range(at, until) if lines[number].strip()]
    if not here:
        return at
    found.append(Block("other", "\n".join(lines[here[0] : here[-1] + 1]), _gap(at, here[0], found)))
    return here[-1] + 1


def _gap(at: int, first: int, found: list[Block]) -> str:
    return "\n" * (first - at + 1) if found else ""


def joined(blocks: Sequence[tuple[Block, object]], follows: Sequence[bool]) -> str:
    """Return blocks as one text; a block that follows the one it followed before keeps its gap."""
    parts: list[str] = []
    for (block, _), same in zip(blocks, follows, strict=True):
        parts += [block.gap if same else "\n\n"] if parts else []
        parts.append(block.text)
    return "".join(parts)


def items(text: str) -> list[tuple[str, str]]:
    """Return the items of a list: the mark of each, and its text without the mark and the indent."""
    lines = text.split("\n")
    tokens = [token for token in parser().parse(text) if token.type == "list_item_open" and token.level == 1]
    found = []
    for token in tokens:
        first, last = token.map or (0, 0)
        own = lines[first:last]
        while len(own) > 1 and not own[-1].strip():
            own.pop()
        mark = MARKER.match(own[0])
        width = mark.end() if mark else 0
        body = [own[0][width:], *(line[min(width, len(line) - len(line.lstrip(" "))) :] for line in own[1:])]
        found.append((own[0][:width], "\n".join(body)))
    return found


def item(mark: str, body: str) -> str:
    """Return an item of a list; its further lines are indented as far as its mark is wide."""
    pad = " " * len(mark)
    return re.sub(r"(?m)^[ ]+$", "", (mark + body.replace("\n", "\n" + pad)).rstrip())
