"""Notion's blocks as Markdown.

What Markdown cannot express shows as one short line, ``⟦image: Meadow · 1a2b3c4d⟧``, that names the kind of the block
and the end of its id. The line leads back to the block: it stays what it is, wherever the text around it is edited.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from productops.connectors.notion.finding import plain
from productops.connectors.notion.inline import escape, to_markdown
from productops.connectors.notion.runs import words
from productops.sdk.richtext import Placeholder

Block = dict[str, Any]
# What Markdown can say and blocks cannot.
UNSHOWN = {
    **dict.fromkeys((f"heading {level}" for level in (4, 5, 6)), "headings below level 3 (shown as level 3)"),
    "start": "first numbers of lists", "title": "titles of links", "alignment": "alignment of columns",
}  # fmt: skip
# A property holds runs only: whatever makes blocks shows as it is typed.
_TYPED = {"list": "lists", "quote": "quotes", "code": "code blocks", "rule": "rules", "table": "tables",
          "image": "images", **dict.fromkeys((f"heading {level}" for level in range(1, 7)), "headings")}  # fmt: skip
UNSHOWN_IN_PROPERTIES = {
    "title": "titles of links",
    **{name: f"{said} (shown as they are typed)" for name, said in _TYPED.items()},
}
LISTS = ("bulleted_list_item", "numbered_list_item", "to_do")
# Blocks whose children are shown with them; of all others only a line is shown where they have children.
OPEN = {*LISTS, "quote", "callout", "table"}
SHOWN = {*OPEN, "paragraph", "heading_1", "heading_2", "heading_3", "heading_4", "code", "equation", "divider",
         "image", "table_row"}  # fmt: skip


def content(block: Block) -> Block:
    """Return what a block holds beside its ids and times."""
    found: Block = block.get(block["type"]) or {}
    return found


def children(block: Block) -> list[Block]:
    """Return the blocks under a block, as far as they were read."""
    found: list[Block] = content(block).get("children") or []
    return found


def opaque(block: Block) -> bool:
    """Tell whether Markdown cannot show a block."""
    kind = block["type"]
    if kind not in SHOWN:
        return True
    if kind == "image":  # the address of a file that Notion keeps works for an hour
        return content(block).get("type") != "external"
    return kind not in OPEN and bool(block.get("has_children") or children(block))


def tail(block: Block) -> str:
    """Return the end of a block's id, which is told in the line that stands for it."""
    return str(block.get("id", "")).replace("-", "")[-8:]


def hint(block: Block) -> str:
    """Return the line that stands for a block."""
    held = content(block)
    told = (
        plain(held.get("caption")) or plain(held.get("rich_text")) or str(held.get("title") or held.get("name") or "")
    )
    return str(Placeholder.of(block["type"].replace("_", " "), told, tail(block)))


def to_text(blocks: Sequence[Block]) -> str:
    """Return blocks as Markdown, without white space at its end. Never raises for a strange block."""
    parts: list[str] = []
    number, previous = 0, ""
    for block in blocks:
        kind = block["type"]
        number = number + 1 if kind == "numbered_list_item" else 0
        shown = one(block, number)
        if not shown:
            continue
        if parts:
            loose = "\n\n" in shown or "\n\n" in parts[-1]
            together = previous == kind or {previous, kind} <= {"bulleted_list_item", "to_do"}
            parts.append("\n" if kind in LISTS and together and not loose else "\n\n")
        parts.append(shown)
        previous = kind
    return "".join(parts).rstrip()


def one(block: Block, number: int = 1) -> str:
    """Return one block as Markdown; an empty text for one that shows nothing."""
    if opaque(block):
        return hint(block)
    kind, held = block["type"], content(block)
    runs = held.get("rich_text") or []
    match kind:
        case "paragraph":
            return to_markdown(runs)
        case "heading_1" | "heading_2" | "heading_3" | "heading_4":
            shown = re.sub(r"(#+)$", r"\\\1", to_markdown(runs, one_line=True))
            return f"{'#' * int(kind[-1])} {shown}" if shown else ""
        case "bulleted_list_item":
            return item("- ", _no_task(to_markdown(runs)), children(block))
        case "numbered_list_item":
            return item(f"{number}. ", to_markdown(runs), children(block))
        case "to_do":
            shown = to_markdown(runs)
            return (
                item(f"- [{'x' if held.get('checked') else ' '}] ", shown, children(block), indent=2) if shown else ""
            )
        case "quote" | "callout":
            inside = [{"type": "paragraph", "paragraph": {"rich_text": runs}}, *children(block)]
            text = to_text(inside)
            return "\n".join(f"> {line}".rstrip() for line in text.split("\n")) if text else ""
        case "code":
            return fence("".join(map(words, runs)), str(held.get("language") or ""))
        case "equation":
            return fence(str(held.get("expression") or ""), "math")
        case "divider":
            return "---"
        case "image":
            return f"![{escape(plain_words(held.get('caption')))}]({target(str(held['external']['url']))})"
        case "table":
            return table(children(block))
    return row(block)


def plain_words(runs: Any) -> str:
    """Return runs as plain text on one line."""
    return " ".join("".join(words(each) for each in runs or []).split())


def target(url: str) -> str:
    """Return an address as it stands in a link."""
    return f"<{url}>" if re.search(r"[()<>\s]", url) else url


def _no_task(shown: str) -> str:
    return "\\" + shown if re.match(r"\[[ xX]\]\s", shown) else shown


def item(mark: str, shown: str, under: Sequence[Block], *, indent: int = 0) -> str:
    """Return an item of a list with what stands under it."""
    below = to_text(under)
    tight = bool(under) and under[0]["type"] in LISTS
    body = shown + (("\n" if tight or not shown else "\n\n") + below if below else "")
    pad = " " * (indent or len(mark))
    return re.sub(r"(?m)^ +$", "", (mark + body.replace("\n", "\n" + pad)).rstrip())


def fence(code: str, language: str) -> str:
    """Return a code block whose fence is longer than any inside."""
    ticks = max((len(run) for run in re.findall(r"`{3,}", code)), default=2) + 1
    info = "" if language == "plain text" else language
    return f"{'`' * ticks}{info}\n{code}\n{'`' * ticks}"


def table(rows: Sequence[Block]) -> str:
    """Return a table; its first row becomes the header, which Markdown insists on."""
    shown = [row(each) for each in rows]
    if not shown:
        return ""
    width = len(content(rows[0]).get("cells") or [])
    return "\n".join([shown[0], "|" + " --- |" * width, *shown[1:]])


def row(block: Block) -> str:
    """Return one row of a table."""
    return "| " + " | ".join(map(_cell, content(block).get("cells") or [])) + " |"


def _cell(runs: Any) -> str:
    return to_markdown(runs, one_line=True).replace("|", "\\|").replace("\\\\|", "\\|")
