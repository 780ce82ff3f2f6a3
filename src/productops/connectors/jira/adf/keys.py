"""When two blocks are the same, and when one may take the place of another."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from productops.connectors.jira.adf.hidden import INLINE, normal, worded
from productops.connectors.jira.adf.words import leaf
from productops.connectors.jira.adf.write import Node
from productops.sdk.richtext import align, likeness

QUOTES = ("blockquote", "panel", "expand", "nestedExpand")
LISTS = ("bulletList", "orderedList")


def key(node: Node) -> str:
    """Return what is equal for nodes that look the same."""
    return json.dumps(normal(node), ensure_ascii=False, sort_keys=True)


def words(node: Node) -> str:
    """Return all the text of a node."""
    if node["type"] in INLINE:
        return str(leaf(node).get("text", " "))
    return "".join(map(words, node.get("content") or [])) + " "


def slot(node: Node) -> str:
    """Return what a block has to be for taking the place of another."""
    kind = node["type"]
    if kind in ("paragraph", "heading") or worded(node):
        return "words"
    return "quote" if kind in QUOTES else "list" if kind in (*LISTS, "decisionList") else kind


def origin(seen: Sequence[Node], new: Sequence[Node]) -> list[int | None]:
    """Return for each new part the old one that it is, or that it takes the place of."""
    texts = [words(each) for each in seen], [words(each) for each in new]
    keys = [key(each) for each in seen], [key(each) for each in new]
    return align(*keys, lambda i, j: likeness(texts[0][i], texts[1][j]))


def inlines(node: Node) -> Iterator[Node]:
    """Yield the inline nodes in a block."""
    if node["type"] in INLINE:
        yield node
    for one in node.get("content") or []:
        yield from inlines(one)
