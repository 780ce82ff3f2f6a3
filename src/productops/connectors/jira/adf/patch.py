"""An edited text laid over the document that is there: what nobody touched stays, byte for byte.

Each block of the document is compared by what Markdown shows of it. Blocks that show the same stay with everything in
them: panels, colours, local ids, attributes of tables, nodes that are not known. Of a block that shows something else
only what differs is rewritten, inside of it. What shows as a placeholder stays while its placeholder stays, moves with
it, and goes when a person took it out of a text that otherwise stands.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from productops.connectors.jira.adf.columns import Path, flat, homes, rebuilt
from productops.connectors.jira.adf.hidden import INLINE, opaque, placeholder
from productops.connectors.jira.adf.inline import patched, placed
from productops.connectors.jira.adf.items import decisions, listed, tasks
from productops.connectors.jira.adf.keys import key, slot, words
from productops.connectors.jira.adf.read import block, blocks, titled, to_markdown
from productops.connectors.jira.adf.rows import table
from productops.connectors.jira.adf.words import leaf
from productops.connectors.jira.adf.write import Node, to_nodes
from productops.connectors.jira.api import rejected
from productops.sdk.richtext import Placeholder, align, likeness, placeholders

# Where new text must do without headings, tables and quotes.
PLACES = {"panel": "blockquote", "blockquote": "blockquote", "listItem": "listItem", "nestedExpand": "listItem"}
TAKES = {
    "listItem": {"mediaSingle", "extension"},
    "panel": {"mediaSingle", "mediaGroup", "extension", "blockCard"},
    "blockquote": {"mediaSingle", "mediaGroup", "extension"},
    "tableCell": {"mediaSingle", "mediaGroup", "extension", "blockCard", "embedCard"},
}
TAKES["tableHeader"] = TAKES["nestedExpand"] = TAKES["tableCell"]


def patch(document: Node, markdown: str) -> Node:
    """Return a document with the text of ``markdown``; the very same object when it says that already.

    Raises:
        RejectedError: a placeholder was moved to where Jira cannot have what it stands for.

    """
    if to_markdown(document) == markdown.rstrip():
        return document
    content = Patch(document, markdown).blocks(document.get("content") or [], to_nodes(markdown, "doc", free=True))
    return document if content == (document.get("content") or []) else {**document, "content": content}


class Patch:
    """One edit of one document."""

    def __init__(self, document: Node, markdown: str) -> None:
        self.hidden: dict[str, Node] = {str(placeholder(one)): one for one in _hidden(document)}
        self.wanted: Counter[str] = Counter(str(one) for one in placeholders(markdown))

    def lost(self, text: str, kinds: frozenset[str] | None = None) -> Node | None:
        """Return what a placeholder stands for, where it is told only once; of inline things by default."""
        node = self.hidden.get(text)
        if node is None or self.wanted[text] != 1 or (node["type"] in INLINE) != (kinds is None):
            return None
        return node

    # --- blocks

    def blocks(self, old: Sequence[Node], new: Sequence[Node], parent: str = "doc") -> list[Node]:
        """Return the blocks of ``old`` with the text of ``new``."""
        laid = list(flat(old))
        seen = [to_nodes(block(node), "doc", free=True) for _, node in laid]
        told = [at for at, each in enumerate(seen) if len(each) == 1]  # others show nothing, and stay
        mine, theirs = [key(seen[at][0]) for at in told], [key(each) for each in new]
        alike = [(slot(laid[at][1]), words(seen[at][0])) for at in told], [(slot(each), words(each)) for each in new]
        origin = align(mine, theirs, lambda i, j: _alike(alike[0][i], alike[1][j]))
        result: list[tuple[Path, Node, int]] = []
        for at, (there, each) in enumerate(zip(origin, new, strict=True)):
            if there is None:
                result += [((), node, -1) for node in self.fresh(each, parent)]
                continue
            home, node = laid[told[there]]
            same = mine[there] == theirs[at]
            result.append((home, node if same else self.merged(node, seen[told[there]][0], each), told[there]))
        exact = {told[there] for at, there in enumerate(origin) if there is not None and mine[there] == theirs[at]}
        self._put_back(result, laid, told, exact, parent)
        return rebuilt(list(old), homes(result), ())

    def _put_back(
        self,
        result: list[tuple[Path, Node, int]],
        laid: Sequence[tuple[Path, Node]],
        told: Sequence[int],
        exact: set[int],
        parent: str,
    ) -> None:
        """Put what shows nothing, and what nobody clearly took out, behind what it stood behind."""
        used = {at for _, _, at in result}
        for at, (home, node) in enumerate(laid):
            if at in used or (at in told and not self._stays(at, node, told, exact)):
                continue
            before = [(there, place) for place, (_, _, there) in enumerate(result) if 0 <= there < at]
            result.insert(max(before)[1] + 1 if before else 0, (home, node, at))

    def _stays(self, at: int, node: Node, told: Sequence[int], exact: set[int]) -> bool:
        """Tell whether something hidden is still there although its placeholder is not."""
        if not opaque(node) or self.wanted[str(placeholder(node))]:
            return False
        place = told.index(at)
        beside = [told[one] for one in (place - 1, place + 1) if 0 <= one < len(told)]
        return not any(one in exact for one in beside)

    def fresh(self, new: Node, parent: str) -> list[Node]:
        """Return a new block as it may stand here, with the hidden things that were moved into it."""
        fitting = to_nodes(blocks([new]), PLACES.get(parent, "doc"))
        return [self.filled(node, parent) for node in fitting]

    def filled(self, node: Node, parent: str) -> Node:
        """Return a new node with the hidden things whose placeholders it holds."""
        content = node.get("content") or []
        if node["type"] == "codeBlock" or not content:
            return node
        if node["type"] == "paragraph" and len(content) == 1 and (only := Placeholder.only(words(content[0]))):
            found = self.lost(str(only), frozenset())
            if found is not None:
                if parent in TAKES and found["type"] not in TAKES[parent]:
                    why = f"cannot have the placeholder {only} in a {parent}"
                    raise rejected(f"A text {why}; leave it between paragraphs.", "description", why)
                return found
        if content[0]["type"] in INLINE:
            return {**node, "content": placed(content, self.lost)}
        return {**node, "content": [self.filled(one, node["type"]) for one in content]}

    # --- inside one block

    def merged(self, old: Node, seen: Node, new: Node) -> Node:
        """Return a block with the text of another that takes its place."""
        kind = slot(old)
        if kind == "words":
            return self._words(old, new)
        if kind == "quote":
            return self._quote(old, new)
        if old["type"] == "decisionList":
            if new["type"] != "bulletList":
                return self.fresh(new, "doc")[0]
            return {**old, "content": decisions(self, old.get("content") or [], new)}
        if kind == "list":
            return listed(self, old, seen, new)
        if kind == "taskList":
            return {**old, "content": tasks(self, old.get("content") or [], new.get("content") or [])}
        if kind == "table":
            return table(self, old, seen, new)
        if kind == "codeBlock":
            return _code(old, seen, new)
        return self.fresh(new, "doc")[0]

    def _words(self, old: Node, new: Node) -> Node:
        content = patched(old.get("content") or [], new.get("content") or [], self.lost)
        base = old
        if new["type"] in ("paragraph", "heading") and old["type"] in ("paragraph", "heading"):
            kept = {name: part for name, part in (old.get("attrs") or {}).items() if name != "level"}
            attrs = kept | (new.get("attrs") or {})
            base = {name: part for name, part in old.items() if name != "attrs"} | {"type": new["type"]}
            base |= {"attrs": attrs} if attrs else {}
        return {**base, "content": content}

    def _quote(self, old: Node, new: Node) -> Node:
        wanted, attrs = list(new.get("content") or []), dict(old.get("attrs") or {})
        if old["type"] in ("expand", "nestedExpand"):
            first = wanted[0] if wanted else None
            if first is not None and first["type"] == "paragraph" and _bold(first.get("content") or []):
                attrs["title"] = words(first).strip()
                wanted = wanted[1:]
            elif titled(old):
                attrs["title"] = ""
        content = self.blocks(old.get("content") or [], wanted, old["type"])
        return {**old, **({"attrs": attrs} if attrs else {}), "content": content or [{"type": "paragraph"}]}


def _code(old: Node, seen: Node, new: Node) -> Node:
    made = dict(old)
    language = (new.get("attrs") or {}).get("language")
    if language != (seen.get("attrs") or {}).get("language"):
        attrs = {name: part for name, part in (old.get("attrs") or {}).items() if name != "language"}
        attrs |= {"language": language} if language else {}
        made = {name: part for name, part in old.items() if name != "attrs"} | ({"attrs": attrs} if attrs else {})
    if "content" in new:
        return {**made, "content": new["content"]}
    return {name: part for name, part in made.items() if name != "content"}


def _bold(nodes: Sequence[Node]) -> bool:
    marks = [{one["type"] for one in node.get("marks") or []} for node in nodes if node["type"] == "text"]
    return bool(marks) and all(each & {"strong", "code"} for each in marks)


def _alike(one: tuple[str, str], other: tuple[str, str]) -> float:
    return likeness(one[1], other[1]) if one[0] == other[0] else 0.0


def _hidden(node: Node) -> Iterator[Node]:
    """Yield everything in a document that shows as a placeholder."""
    for one in node.get("content") or []:
        if one["type"] in INLINE:
            if one["type"] not in ("text", "hardBreak") and Placeholder.only(str(leaf(one).get("text"))):
                yield one
        elif opaque(one):
            yield one
        else:
            yield from _hidden(one)
