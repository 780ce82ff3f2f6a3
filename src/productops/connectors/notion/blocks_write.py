"""Markdown into Notion's blocks.

What Notion has no block for becomes the nearest thing that it has: headings below the third level turn into the
third, a numbered list begins at one. HTML is text. A line break inside a paragraph stays one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from productops.connectors.notion.inline import from_tokens, linkable
from productops.connectors.notion.runs import MOST, Run, plain, units, words, writable
from productops.sdk.richtext import constructs, parser

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode

Block = dict[str, Any]
TASK = re.compile(r"\[([ xX])\][ \t]+(?=\S)")
STRANGE = "languages of code that Notion does not know"
LONGEST_EQUATION = 1_000
LONGEST_BLOCK = 100_000  # units of text in one block, so that a request of 500 KB always holds it
LANGUAGES = frozenset({
    "abap", "abc", "ascii art", "hcl", "llvm ir", "smalltalk", "solidity", "visual basic",
    "agda", "arduino", "assembly", "bash", "basic", "bnf", "c", "c#", "c++", "clojure", "coffeescript",
    "coq", "css", "dart", "dhall", "diff", "docker", "ebnf", "elixir", "elm", "erlang", "f#", "flow", "fortran",
    "gherkin", "glsl", "go", "graphql", "groovy", "haskell", "html", "idris", "java", "javascript", "json", "julia",
    "kotlin", "latex", "less", "lisp", "livescript", "lua", "makefile", "markdown", "markup", "matlab",
    "mathematica", "mermaid", "nix", "objective-c", "ocaml", "pascal", "perl", "php", "powershell", "prolog",
    "protobuf", "purescript", "python", "r", "racket", "reason", "ruby", "rust", "sass", "scala", "scheme", "scss",
    "shell", "sql", "swift", "toml", "typescript", "vb.net", "verilog", "vhdl", "webassembly", "xml", "yaml",
})  # fmt: skip
ALIASES = {
    "cpp": "c++", "cs": "c#", "csharp": "c#", "dockerfile": "docker", "fs": "f#", "golang": "go", "js": "javascript",
    "jsx": "javascript", "md": "markdown", "objc": "objective-c", "ps1": "powershell", "py": "python", "rb": "ruby",
    "rs": "rust", "sh": "shell", "tex": "latex", "ts": "typescript", "tsx": "typescript", "yml": "yaml",
}  # fmt: skip


def to_blocks(markdown: str) -> list[Block]:
    """Return the blocks of a text, ready to be sent.

    >>> to_blocks("# Hi")
    [{'type': 'heading_1', 'heading_1': {'rich_text': [{'type': 'text', 'text': {'content': 'Hi'}}]}}]
    """
    from markdown_it.tree import SyntaxTreeNode

    text = markdown.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    return Writer(text).blocks(SyntaxTreeNode(parser().parse(text)).children)


def block(kind: str, **content: Any) -> Block:
    """Return a block; children that are empty are left out."""
    if not content.get("children", True):
        del content["children"]
    return {"type": kind, kind: content}


def language(info: str) -> str:
    """Return Notion's name for the language of a code block."""
    whole = " ".join(info.split()).casefold()
    name = ALIASES.get(first := whole.split(" ")[0], first)
    return whole if whole in LANGUAGES else name if name in LANGUAGES else "plain text"


def strange_languages(markdown: str) -> list[str]:
    """Return that a text has code in languages that Notion does not know, if it has."""
    if "```" not in markdown and "~~~" not in markdown:
        return []
    named = [name.removeprefix("language ") for name in constructs(markdown) if name.startswith("language ")]
    lost = any(language(name) == "plain text" and name not in ("math", "text", "plain") for name in named)
    return [STRANGE] if lost else []


class Writer:
    """Turns one parsed text into blocks."""

    def __init__(self, source: str) -> None:
        self.lines: list[str] = source.split("\n")

    def blocks(self, nodes: list[SyntaxTreeNode]) -> list[Block]:
        """Return the blocks for some tokens."""
        return [one for node in nodes for one in self.block(node)]

    def block(self, node: SyntaxTreeNode) -> list[Block]:
        """Return what one token becomes."""
        match node.type:
            case "paragraph":
                return self.paragraph(node)
            case "heading":
                return texts(f"heading_{min(int(node.tag[1]), 3)}", inlines(node))
            case "bullet_list" | "ordered_list":
                return [one for item in node.children for one in self.item(node.type, item)]
            case "blockquote":
                runs, children = self.led(node.children)
                return with_children(texts("quote", runs), children)
            case "fence" | "code_block":
                return code(node.content.removesuffix("\n"), node.info)
            case "table":
                return [self.table(node)]
            case "hr":
                return [block("divider")]
        first, last = node.map or (0, 0)  # a token that no rule above makes
        return texts("paragraph", plain("\n".join(self.lines[first:last]).strip("\n")))

    def paragraph(self, node: SyntaxTreeNode) -> list[Block]:
        """Return a paragraph; an image that stands alone becomes an image."""
        tokens = (node.children[0].token.children or []) if node.children and node.children[0].token else []
        if len(tokens) == 1 and tokens[0].type == "image":
            url = str(tokens[0].attrs.get("src", ""))
            if linkable(url) and url.startswith("http"):
                return [block("image", type="external", external={"url": url}, caption=plain(tokens[0].content))]
        runs = inlines(node)
        return texts("paragraph", runs) if runs else []

    def led(self, nodes: list[SyntaxTreeNode]) -> tuple[list[Run], list[Block]]:
        """Return the text that leads a block and the blocks under it."""
        if nodes and nodes[0].type == "paragraph":
            return inlines(nodes[0]), self.blocks(nodes[1:])
        return [], self.blocks(nodes)

    def item(self, of: str, node: SyntaxTreeNode) -> list[Block]:
        """Return the blocks of one item of a list."""
        runs, children = self.led(node.children)
        kind, more = "numbered_list_item" if of == "ordered_list" else "bulleted_list_item", {}
        mark = TASK.match(words(runs[0])) if runs and of == "bullet_list" and runs[0]["type"] == "text" else None
        if mark and not runs[0].get("annotations"):
            kind, more = "to_do", {"checked": mark[1] in "xX"}
            rest = runs[0]["text"]["content"][mark.end() :]
            runs = [{**runs[0], "text": {**runs[0]["text"], "content": rest}}, *runs[1:]]
        return with_children(texts(kind, runs, **more), children)

    def table(self, node: SyntaxTreeNode) -> Block:
        """Return a table with its rows."""
        rows = [[inlines(cell) for cell in row.children] for part in node.children for row in part.children]
        children = [block("table_row", cells=row) for row in rows]
        return block("table", table_width=len(rows[0]), has_column_header=True, has_row_header=False, children=children)


def inlines(node: SyntaxTreeNode) -> list[Run]:
    """Return the runs of a paragraph, heading or cell."""
    found: list[Run] = []
    for child in node.children:
        found += from_tokens((child.token.children if child.token else None) or [])
    return found


def texts(kind: str, runs: list[Run], **more: Any) -> list[Block]:
    """Return a block of text, or several where one would hold too much."""
    parts: list[list[Run]] = [[]]
    size = 0
    for one in runs:
        width = units(words(one))
        if len(parts[-1]) == MOST or (size + width > LONGEST_BLOCK and parts[-1]):
            parts.append([])
            size = 0
        parts[-1].append(one)
        size += width
    return [block(kind, rich_text=part, **more) for part in parts]


def with_children(blocks: list[Block], children: list[Block]) -> list[Block]:
    """Return blocks of which the last has children."""
    if children:
        last = blocks[-1]
        last[last["type"]]["children"] = children
    return blocks


def code(text: str, info: str) -> list[Block]:
    """Return a code block, or an equation where the fence says ``math``."""
    if info.strip() == "math" and 0 < units(text) <= LONGEST_EQUATION:
        return [block("equation", expression=text)]
    return texts("code", plain(text), language=language(info))


def sent(blocks: Sequence[Block]) -> list[Block]:
    """Return blocks as they are sent: new mentions without the words that Notion adds itself."""
    found = []
    for one in blocks:
        kind = one["type"]
        held = dict(one[kind])
        if "rich_text" in held:
            held["rich_text"] = _sent(held["rich_text"])
        if "cells" in held:
            held["cells"] = [_sent(cell) for cell in held["cells"]]
        if "children" in held:
            held["children"] = sent(held["children"])
        found.append({**one, kind: held})
    return found


def _sent(runs: Sequence[Run]) -> list[Run]:
    return [writable(one) if one["type"] == "mention" else one for one in runs]
