"""Markdown into Atlassian's document format (ADF).

Made from markdown-it's tokens rather than with a converter library: those read ``<tag>`` as HTML and drop it,
and join lines that people see apart. Here HTML is text, and a line break inside a paragraph stays a line break
(a ``hardBreak``), in both directions. What ADF does not allow at a place becomes the nearest thing that it does:
a heading in a list turns bold, a quote in a quote is lifted out, a table in a list turns into a code block
with its Markdown source, an image turns into a link.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from uuid import uuid4

from productops.sdk.richtext import parser

if TYPE_CHECKING:
    from markdown_it.token import Token
    from markdown_it.tree import SyntaxTreeNode

LONGEST_TEXT = 32_767
Node = dict[str, Any]
TASK = re.compile(r"\[([ xX])\][ \t]+(?=\S)")
MARKS = {"strong": "strong", "em": "em", "s": "strike"}
# What XML 1.0 cannot hold; Jira refuses it.
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
SURROGATES = re.compile("[\ud800-\udfff]")


def to_adf(markdown: str) -> Node:
    """Return an ADF document for a Markdown text; an empty text gives an empty document.

    >>> to_adf("a *b*")["content"][0]["content"][1]
    {'type': 'text', 'text': 'b', 'marks': [{'type': 'em'}]}
    """
    content = to_nodes(markdown, "doc")
    return {
        "version": 1,
        "type": "doc",
        "content": [mentioned(one) for one in content] if "](" in markdown else content,
    }


def mentioned(node: Node) -> Node:
    """Return a node in which links to people are mentions of them."""
    if node["type"] == "text":
        href = next((mark["attrs"]["href"] for mark in node.get("marks") or [] if mark["type"] == "link"), "")
        if href.startswith("user:"):
            return {"type": "mention", "attrs": {"id": unquote(href[5:]), "text": node["text"]}}
    elif "content" in node and node["type"] != "codeBlock":
        return {**node, "content": [mentioned(one) for one in node["content"]]}
    return node


def to_nodes(markdown: str, inside: str, *, free: bool = False) -> list[Node]:
    """Return the blocks of a text for a place: doc, listItem or blockquote.

    ``free`` keeps headings, tables and quotes as what they are where ADF has none, to compare and to place them.
    """
    from markdown_it.tree import SyntaxTreeNode

    text = SURROGATES.sub("\ufffd", UNPRINTABLE.sub("", markdown)).replace("\r\n", "\n").replace("\r", "\n")
    root = SyntaxTreeNode(parser().parse(text))
    return Writer(text, free=free).blocks(root.children, inside)


class Writer:
    """Turns one parsed text into ADF nodes."""

    def __init__(self, source: str, *, free: bool = False) -> None:
        self.lines: list[str] = source.split("\n")
        self.free = free

    def blocks(self, nodes: list[SyntaxTreeNode], inside: str) -> list[Node]:
        """Return the blocks for some tokens; ``inside`` is doc, listItem or blockquote."""
        return [block for node in nodes for block in self.block(node, inside)]

    def block(self, node: SyntaxTreeNode, inside: str) -> list[Node]:
        """Return what one block becomes at this place."""
        inside = "doc" if self.free else inside
        match node.type:
            case "paragraph":
                return self.paragraph(node)
            case "heading":
                return self.heading(node, inside)
            case "bullet_list":
                return [self.tasks(node) if inside != "blockquote" and is_task_list(node) else self.items(node)]
            case "ordered_list":
                return [self.items(node)]
            case "blockquote":
                content = self.blocks(node.children, "blockquote")
                return [{"type": "blockquote", "content": content or [paragraph([])]}] if inside == "doc" else content
            case "fence" | "code_block":
                return [code_block(node.content, node.info)]
            case "table":
                return [self.table(node)] if inside == "doc" else [code_block(self.source(node), "")]
            case "hr":
                return [{"type": "rule"}] if inside == "doc" else [paragraph([text("---")])]
        return [paragraph([text(self.source(node))])]  # a token that no rule above makes

    def source(self, node: SyntaxTreeNode) -> str:
        """Return the lines that a block was read from."""
        first, last = node.map or (0, 0)
        return "\n".join(self.lines[first:last]).strip("\n")

    def paragraph(self, node: SyntaxTreeNode) -> list[Node]:
        """Return a paragraph, or nothing for an empty one."""
        content = inlines(node.children)
        return [paragraph(content)] if content else []

    def heading(self, node: SyntaxTreeNode, inside: str) -> list[Node]:
        """Return a heading; inside of lists and quotes, where ADF has none, a bold paragraph."""
        content = inlines(node.children)
        if inside == "doc":
            return [{"type": "heading", "attrs": {"level": int(node.tag[1])}, "content": content}]
        return [paragraph([embolden(one) for one in content])] if content else []

    def items(self, node: SyntaxTreeNode) -> Node:
        """Return a bullet or ordered list."""
        content = []
        for item in node.children:
            inner = self.blocks(item.children, "listItem")
            # A list that starts with a list has nothing to hang its bullet on.
            content.append({"type": "listItem", "content": inner or [paragraph([])]})
        found: Node = {"type": "bulletList", "content": content}
        if node.type == "ordered_list":
            found["type"] = "orderedList"
            start = node.attrs.get("start", 1)
            if start != 1:
                found["attrs"] = {"order": int(start)}
        return found

    def tasks(self, node: SyntaxTreeNode) -> Node:
        """Return a list of tasks; nested tasks stand behind the task they belong to."""
        content: list[Node] = []
        for item in node.children:
            first, *rest = item.children
            inline = first.children[0]
            mark = TASK.match(inline.content)
            state = "DONE" if mark and mark[1] in "xX" else "TODO"
            shown = parser().parseInline(inline.content[mark.end() if mark else 0 :])[0].children or []
            task: Node = {"type": "taskItem", "attrs": {"localId": str(uuid4()), "state": state}}
            content.append(task | {"content": join(tokens_to_nodes(shown))})
            content += [self.tasks(one) for one in rest]
        return {"type": "taskList", "attrs": {"localId": str(uuid4())}, "content": content}

    def table(self, node: SyntaxTreeNode) -> Node:
        """Return a table; alignment of columns is left out, ADF keeps none for a column."""
        rows = []
        for row in (one for part in node.children for one in part.children):
            cells = [
                {
                    "type": "tableHeader" if cell.type == "th" else "tableCell",
                    "content": [paragraph(inlines(cell.children))],
                }
                for cell in row.children
            ]
            rows.append({"type": "tableRow", "content": cells})
        return {"type": "table", "content": rows}


def is_task_list(node: SyntaxTreeNode) -> bool:
    """Tell whether every item is a task, possibly with tasks under it."""
    for item in node.children:
        if not item.children or item.children[0].type != "paragraph":
            return False
        first, *rest = item.children
        if not first.children or not TASK.match(first.children[0].content):
            return False
        if any(one.type != "bullet_list" or not is_task_list(one) for one in rest):
            return False
    return True


def paragraph(content: list[Node]) -> Node:
    """Return a paragraph."""
    return {"type": "paragraph", "content": content} if content else {"type": "paragraph"}


def text(value: str, marks: tuple[str, ...] = ()) -> Node:
    """Return a text node. The text must not be empty."""
    return {"type": "text", "text": value, **({"marks": [{"type": mark} for mark in marks]} if marks else {})}


def code_block(code: str, info: str) -> Node:
    """Return a code block; the first word after the fence is the language."""
    found: Node = {"type": "codeBlock"}
    if language := info.strip().split(" ")[0]:
        found["attrs"] = {"language": language}
    if code := code.removesuffix("\n"):
        found["content"] = [text(code)]
    return found


def embolden(node: Node) -> Node:
    """Return an inline node in bold, where that is allowed."""
    marks = node.get("marks", [])
    if node["type"] != "text" or any(mark["type"] in ("strong", "code") for mark in marks):
        return node
    return {**node, "marks": [{"type": "strong"}, *marks]}


def inlines(nodes: list[SyntaxTreeNode]) -> list[Node]:
    """Return the inline nodes of a paragraph, heading or cell."""
    found: list[Node] = []
    for node in nodes:
        if node.token is not None:
            found += tokens_to_nodes(node.token.children or [])
    return join(found)


def tokens_to_nodes(tokens: list[Token]) -> list[Node]:
    """Return inline nodes for inline tokens."""
    found: list[Node] = []
    marks: list[Node] = []
    opened: list[int] = []  # where each open link starts in ``found``
    for token in tokens:
        kind, _, edge = token.type.rpartition("_")
        if token.type in ("softbreak", "hardbreak"):
            found.append({"type": "hardBreak"})
        elif token.type == "image":
            src = str(token.attrs.get("src", ""))
            found.append(_text(token.content or src, [*marks, *_link(src, None)]))
        elif token.type == "code_inline":
            links = [mark for mark in marks if mark["type"] == "link"]
            found.append(_text(token.content, [{"type": "code"}, *links]))
        elif kind == "link" and edge == "open":
            marks = [*marks, *_link(str(token.attrs.get("href", "")), token.attrs.get("title"))]
            opened.append(len(found))
        elif kind == "link":
            href = next((mark["attrs"]["href"] for mark in reversed(marks) if mark["type"] == "link"), "")
            if opened.pop() == len(found) and href:
                found.append(_text(href, marks))
            marks = [mark for mark in marks if mark["type"] != "link"]
        elif kind in MARKS:
            one = {"type": MARKS[kind]}
            if edge == "open":
                marks = [*marks, one]
            else:
                last = max(at for at, mark in enumerate(marks) if mark == one)
                marks = marks[:last] + marks[last + 1 :]
        elif token.content:
            found.append(_text(token.content, marks))
    return found


def _link(href: str, title: object) -> list[Node]:
    if not href:
        return []
    return [{"type": "link", "attrs": {"href": href, **({"title": str(title)} if title else {})}}]


def _text(value: str, marks: list[Node]) -> Node:
    kept = [mark for at, mark in enumerate(marks) if mark not in marks[:at]]
    links = [mark for mark in kept if mark["type"] == "link"]
    # A link inside a link is not possible; an image in a link leads where the link leads.
    kept = [mark for mark in kept if mark["type"] != "link"] + links[:1]
    return {"type": "text", "text": value, **({"marks": kept} if kept else {})}


def join(nodes: list[Node]) -> list[Node]:
    """Return nodes without empty texts, neighbours with the same marks joined, and no breaks at the edges."""
    found: list[Node] = []
    for node in nodes:
        if node["type"] == "text" and not node["text"]:
            continue
        if found and node["type"] == found[-1]["type"] == "text" and node.get("marks") == found[-1].get("marks"):
            found[-1] = {**found[-1], "text": found[-1]["text"] + node["text"]}
        else:
            found.append(node)
    while found and found[0]["type"] == "hardBreak":
        found.pop(0)
    while found and found[-1]["type"] == "hardBreak":
        found.pop()
    return found
