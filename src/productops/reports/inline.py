"""Markdown turned into what other places read: Slack's text and Notion's blocks, from one tree."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from productops.reports.text import parser, safe_url, shown

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode

SIGNS = re.compile(r"([\\`*_\[\]<>|~#&!])")
STARTS = re.compile(r"^(\s*)([-+=]|\d+(?=[.)]))")
LONGEST = 2_000  # characters that Notion takes in one piece of text
MARKS = {"strong": "bold", "em": "italic", "s": "strikethrough"}
SLACK = {"strong": "*", "em": "_", "s": "~"}


def plain(text: object) -> str:
    r"""Text that somebody wrote, as Markdown that shows it letter by letter and on one line.

    >>> plain("1. [a](b) *c*")
    '1\\. \\[a\\](b) \\*c\\*'
    """
    flat = SIGNS.sub(r"\\\1", " ".join(shown(str(text)).split()))
    return re.sub(r"^(\d+)([.)])", r"\1\\\2", re.sub(r"^([-+=])", r"\\\1", flat))


def tree(markdown: str) -> SyntaxTreeNode:
    """The syntax tree of a Markdown text."""
    from markdown_it.tree import SyntaxTreeNode

    return SyntaxTreeNode(parser().parse(shown(markdown)))


def to_slack(markdown: str) -> str:
    r"""Markdown as Slack's own mark-up, with what Slack reads as mark-up escaped.

    >>> to_slack("# News\n\n- **Shipped** <now>")
    '*News*\n\n• *Shipped* &lt;now&gt;\n'
    """
    lines = [line for node in tree(markdown).children for line in slack_block(node, 0)]
    return "\n".join(lines).strip("\n") + "\n"


def slack_block(node: SyntaxTreeNode, depth: int) -> Iterator[str]:
    """The lines of one block, with an empty one after it."""
    if node.type == "heading":
        yield f"*{slack_text(node.children, bold=True)}*"
        yield ""
    elif node.type in ("bullet_list", "ordered_list"):
        for number, item in enumerate(node.children, 1):
            yield from slack_item(item, "•" if node.type == "bullet_list" else f"{number}.", depth)
        if not depth:
            yield ""
    elif node.type == "blockquote":
        for child in node.children:
            yield from (f"> {line}" for line in slack_block(child, depth) if line)
        yield ""
    elif node.type in ("fence", "code_block"):
        # Three back-ticks inside would end the block.
        code = node.content.rstrip("\n").replace("```", "`\u200b``")
        yield f"```{escaped(code)}```"
        yield ""
    elif node.type == "hr":
        yield "———"
        yield ""
    elif node.type == "table":
        yield from (" | ".join(cells) for cells in table_rows(node))
        yield ""
    else:
        yield slack_text(node.children)
        yield ""


def slack_item(item: SyntaxTreeNode, sign: str, depth: int) -> Iterator[str]:
    """One entry of a list, with the lists inside it further in."""
    lead = "    " * depth + f"{sign} "
    for child in item.children:
        if child.type in ("bullet_list", "ordered_list"):
            yield from slack_block(child, depth + 1)
        else:
            yield from (lead + line for line in slack_block(child, depth) if line)
        lead = "    " * (depth + 1)


def table_rows(node: SyntaxTreeNode) -> list[list[str]]:
    """The cells of a table as text."""
    return [[slack_text(cell.children) for cell in row.children] for part in node.children for row in part.children]


def slack_text(nodes: Iterable[SyntaxTreeNode], *, bold: bool = False) -> str:
    """Text with its marks; inside bold text no other bold begins, for Slack would end it there."""
    parts = []
    for node in nodes:
        if node.type == "text":
            parts.append(escaped(node.content))
        elif node.type == "code_inline":
            parts.append(f"`{escaped(node.content)}`")
        elif node.type in ("softbreak", "hardbreak"):
            parts.append(" " if node.type == "softbreak" else "\n")
        elif node.type == "link":
            said, url = slack_text(node.children, bold=bold), safe_url(str(node.attrs.get("href", "")))
            parts.append(f"<{escaped(url).replace('|', '%7C')}|{said.replace('|', '¦')}>" if url and said else said)
        else:
            said = slack_text(node.children, bold=bold or node.type == "strong")
            sign = "" if (bold and node.type == "strong") or not said.strip() else SLACK.get(node.type, "")
            parts.append(f"{sign}{said}{sign}")
    return "".join(parts)


def escaped(text: str) -> str:
    """The three characters that Slack gives a meaning."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def to_notion(markdown: str) -> list[dict[str, Any]]:
    """Markdown as Notion's blocks, as plain data to send: headings, texts, lists, quotes, code and dividers.

    >>> to_notion("## Shipped")[0]["heading_2"]["rich_text"][0]["text"]["content"]
    'Shipped'
    """
    return [block for node in tree(markdown).children for block in notion_blocks(node)]


def notion_blocks(node: SyntaxTreeNode) -> Iterator[dict[str, Any]]:
    """The blocks of one node."""
    if node.type == "heading":
        yield notion_block(f"heading_{min(3, max(1, int(node.tag[1]) - 2))}", node.children)
    elif node.type in ("bullet_list", "ordered_list"):
        kind = "bulleted_list_item" if node.type == "bullet_list" else "numbered_list_item"
        for item in node.children:
            texts = [child for child in item.children if child.type == "paragraph"]
            rest = [child for child in item.children if child not in texts[:1]]
            block = notion_block(kind, texts[0].children if texts else [])
            if inner := [each for child in rest for each in notion_blocks(child)]:
                block[kind]["children"] = inner
            yield block
    elif node.type == "blockquote":
        yield notion_block("quote", [part for child in node.children for part in child.children])
    elif node.type in ("fence", "code_block"):
        pieces = notion_pieces(node.content.rstrip("\n"), {}, None)
        yield {"type": "code", "code": {"rich_text": pieces, "language": "plain text"}}
    elif node.type == "hr":
        yield {"type": "divider", "divider": {}}
    elif node.type == "table":
        yield from (
            {"type": "paragraph", "paragraph": {"rich_text": notion_pieces(" | ".join(cells), {}, None)}}
            for cells in table_rows(node)
        )
    else:
        yield notion_block("paragraph", node.children)


def notion_block(kind: str, nodes: Iterable[SyntaxTreeNode]) -> dict[str, Any]:
    """A block with a text."""
    return {"type": kind, kind: {"rich_text": list(notion_text(nodes, {}, None))}}


def notion_text(nodes: Iterable[SyntaxTreeNode], marks: dict[str, bool], url: str | None) -> Iterator[dict[str, Any]]:
    """Text as Notion's pieces, each with its marks and its link."""
    for node in nodes:
        if node.type in ("text", "code_inline"):
            yield from notion_pieces(node.content, marks | ({"code": True} if node.type == "code_inline" else {}), url)
        elif node.type in ("softbreak", "hardbreak"):
            yield from notion_pieces("\n" if node.type == "hardbreak" else " ", marks, url)
        elif node.type == "link":
            yield from notion_text(node.children, marks, safe_url(str(node.attrs.get("href", ""))))
        else:
            mark = MARKS.get(node.type)
            yield from notion_text(node.children, marks | ({mark: True} if mark else {}), url)


def notion_pieces(text: str, marks: dict[str, bool], url: str | None) -> list[dict[str, Any]]:
    """One text in pieces no longer than Notion takes; an empty one has none."""
    return [
        {
            "type": "text",
            "text": {"content": text[start : start + LONGEST], "link": {"url": url} if url else None},
            "annotations": marks,
        }
        for start in range(0, len(text), LONGEST)
    ]
