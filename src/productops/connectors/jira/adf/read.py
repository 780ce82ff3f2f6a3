"""Atlassian's document format (ADF) into Markdown.

The text that comes out leads back to the same document wherever Markdown can say it. What it cannot say at all shows
as a placeholder; panels and expands show as quotes, columns one below the other.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from productops.connectors.jira.adf.hidden import CARDS, INLINE, leaves, opaque, placeholder, worded
from productops.connectors.jira.adf.table import grid
from productops.connectors.jira.adf.words import inline
from productops.connectors.jira.adf.write import Node


def to_markdown(document: Node) -> str:
    r"""Return a document as Markdown, without white space at its end. Never raises for a strange document.

    >>> from productops.connectors.jira.adf.write import to_adf
    >>> to_markdown(to_adf("* a\n* b"))
    '- a\n- b'
    """
    return blocks(document.get("content") or [])


def blocks(nodes: list[Node]) -> str:
    """Return blocks with an empty line between them; neighbouring lists get different bullets."""
    parts: list[str] = []
    previous, other = "", False
    for node in (leaf for each in nodes for leaf in leaves(each)):
        kind = "bulletList" if node["type"] in ("taskList", "decisionList") else node["type"]
        other = kind == previous and kind in ("bulletList", "orderedList") and not other
        if shown := block(node, other=other):
            parts.append(shown)
            previous = kind
    return "\n\n".join(parts)


def block(node: Node, *, other: bool = False) -> str:
    """Return one block; ``other`` asks for the second kind of bullet."""
    content = node.get("content") or []
    match node["type"]:
        case "paragraph":
            return inline(content)
        case "heading":
            shown = inline(content, one_line=True)
            return f"{'#' * int((node.get('attrs') or {}).get('level', 1))} {shown}".rstrip()
        case "bulletList":
            return items(content, lambda _: "* " if other else "- ")
        case "orderedList":
            first, dot = (node.get("attrs") or {}).get("order") or 1, ")" if other else "."
            return items(content, lambda at: f"{int(first) + at}{dot} ")
        case "taskList":
            return tasks(content, "* " if other else "- ")
        case "blockquote" | "panel":
            return "\n".join(f"> {line}".rstrip() for line in blocks(content).split("\n"))
        case "codeBlock":
            return fence(
                "".join(str(one.get("text", "")) for one in content), (node.get("attrs") or {}).get("language")
            )
        case "rule":
            return "---"
        case "table":
            return table(content)
        case "expand" | "nestedExpand":
            return block({"type": "blockquote", "content": [*titled(node), *content]})
        case "decisionList":
            return items(content, lambda _: "* " if other else "- ")
    if opaque(node):
        return str(placeholder(node))
    if node["type"] in CARDS:
        return f"<{node['attrs']['url']}>"
    return inline(content) if worded(node) else blocks(content)


def titled(expand: Node) -> list[Node]:
    """Return the paragraph that shows the title of an expand."""
    title = str((expand.get("attrs") or {}).get("title") or "").strip()
    return (
        [{"type": "paragraph", "content": [{"type": "text", "text": title, "marks": [{"type": "strong"}]}]}]
        if title
        else []
    )


def items(nodes: list[Node], bullet: Callable[[int], str]) -> str:
    """Return the items of a list, close together where no item holds more than a text and a list."""
    shown, loose = [], False
    for at, node in enumerate(nodes):
        content = node.get("content") or []
        mark = bullet(at)
        if content and content[0]["type"] in INLINE:  # a decision
            content = [{"type": "paragraph", "content": content}]
        body = item(content)
        loose = loose or "\n\n" in body
        indent = " " * len(mark)
        shown.append((mark + body.replace("\n", "\n" + indent)).rstrip())
    # Lines that hold only the indent are no text.
    return re.sub(r"(?m)^ +$", "", ("\n\n" if loose else "\n").join(shown))


def item(content: list[Node]) -> str:
    """Return the blocks of one item; a simple list follows its text without an empty line."""
    body = blocks(content)
    if body.startswith("[") and content and content[0]["type"] == "paragraph" and re.match(r"\[[ xX]\]\s", body):
        body = "\\" + body  # otherwise it would read as a task
    tight = len(content) == 2 and content[0]["type"] == "paragraph" and content[1]["type"] in ("bulletList", "taskList")
    return body.replace("\n\n", "\n", 1) if tight and body.count("\n\n") == 1 else body


def tasks(nodes: list[Node], bullet: str) -> str:
    """Return a list of tasks."""
    lines = []
    for node in nodes:
        content = node.get("content") or []
        if node["type"] == "taskList":
            lines.append("  " + tasks(content, bullet).replace("\n", "\n  "))
            continue
        state = "x" if (node.get("attrs") or {}).get("state") == "DONE" else " "
        shown = inline(content) if node["type"] == "taskItem" else blocks(content)
        lines.append(
            f"{bullet}[{state}] ".rstrip(" ") + " " + shown.replace("\n", "\n  ") if shown else f"{bullet}[{state}]"
        )
    return "\n".join(lines)


def fence(code: str, language: object) -> str:
    """Return a code block whose fence is longer than any inside."""
    ticks = max((len(run) for run in re.findall(r"`{3,}", code)), default=2) + 1
    info = re.sub(r"[`\s]", "", str(language or ""))
    return f"{'`' * ticks}{info}\n{code}\n{'`' * ticks}"


def table(rows: list[Node]) -> str:
    """Return a table; its first row becomes the header, which Markdown insists on."""
    laid = grid(rows)
    if not laid or not laid[0]:
        return ""
    shown = ["| " + " | ".join(cell(each) for each in row) + " |" for row in laid]
    return "\n".join([shown[0], "|" + " --- |" * len(laid[0]), *shown[1:]])


def cell(node: Node | None) -> str:
    """Return a cell on one line; what a merged cell covers is empty."""
    parts = [
        inline(one.get("content") or [], one_line=True) if one["type"] == "paragraph" else block(one)
        for each in ((node or {}).get("content") or [])
        for one in leaves(each)
    ]
    return (
        re.sub(r"\s*\n\s*", " ", " ".join(part for part in parts if part)).replace("|", "\\|").replace("\\\\|", "\\|")
    )
