"""The text of a page: read block by block, sent in requests of the size that Notion takes.

A request takes 100 blocks in one list, 1,000 in all, two levels under the first, and 500 KB.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from productops.connectors.notion.blocks_hidden import hidden
from productops.connectors.notion.blocks_read import OPEN, Block, children, content, to_text
from productops.connectors.notion.blocks_write import sent
from productops.connectors.notion.wire import Json, Wire
from productops.sdk.record import RichText, fingerprint

SIDE_BY_SIDE = 100
IN_ALL = 1_000
NESTED = 2
BYTES = 450_000  # of 500 KB; the rest is for what stands around the blocks
READING = "read the text of a page"
WRITING = "write the text of a page"


@dataclass
class Text:
    """The blocks of a page, with their children in their places."""

    blocks: list[Block] = field(default_factory=list)

    @cached_property
    def markdown(self) -> str:
        """The text as Markdown."""
        return to_text(self.blocks)

    @property
    def value(self) -> RichText | None:
        """The text as a value; ``None`` when there is none. Not protected: see ``blocks_patch``."""
        shown = self.markdown
        return RichText(fingerprint(shown), lambda: shown, kept=hidden(self.blocks)) if shown else None


def read_text(wire: Wire, page: str) -> Text:
    """Return the text of a page."""
    return Text(_below(wire, page, page))


def _below(wire: Wire, parent: str, page: str) -> list[Block]:
    path = f"blocks/{parent}/children"
    found = [
        block
        for answer in wire.pages("GET", path, operation=READING, record=page)
        for block in answer["results"]
        if not block.get("in_trash")
    ]
    for block in found:
        if block.get("has_children") and block["type"] in OPEN:
            block[block["type"]] = {**content(block), "children": _below(wire, block["id"], page)}
    return found


# --- how much goes into one request


def weight(block: Block) -> tuple[int, int, int]:
    """Return how many blocks a block is with all under it, how many bytes, and how many levels are under it."""
    count, depth = 1, 0
    for child in children(block):
        more, _, levels = weight(child)
        count, depth = count + more, max(depth, levels + 1)
    return count, len(json.dumps(block, ensure_ascii=False).encode("utf-8", "surrogatepass")) + 2, depth


def _narrow(block: Block) -> bool:
    """Tell whether no list in a block is longer than a request takes."""
    below = children(block)
    return len(below) <= SIDE_BY_SIDE and all(map(_narrow, below))


def first_part(blocks: Sequence[Block], spent: int = 0) -> int:
    """Return how many blocks from the beginning fit into one request that holds ``spent`` bytes already."""
    count, size = 0, spent
    for at, block in enumerate(blocks[:SIDE_BY_SIDE]):
        more, wide, depth = weight(block)
        count, size = count + more, size + wide
        if depth > NESTED or count > IN_ALL or size > BYTES or not _narrow(block):
            return at
    return min(len(blocks), SIDE_BY_SIDE)


def append(
    wire: Wire, page: str, parent: str, blocks: Sequence[Block], after: str | None = None, *, start: bool = False
) -> None:
    """Add blocks under a parent, behind one of its children, at its start, or at its end.

    Nothing here is repeated: a lost answer leaves it open whether the blocks are there.
    """
    at = 0
    while at < len(blocks):
        size = first_part(blocks[at:])
        part = list(blocks[at : at + size]) if size else [_shell(blocks[at])]
        body: Json = {"children": sent(part), **_place(wire, after, start=start and at == 0)}
        path = f"blocks/{parent}/children"
        answer = wire.call("PATCH", path, operation=WRITING, body=body, record=page)
        made = answer["results"][: len(part)]  # after an insertion the answer goes on with what follows it
        if not size:
            append(wire, page, made[0]["id"], children(blocks[at])[len(children(part[0])) :])
        at += size or 1
        # Behind a place in the middle the next part goes behind this one; at the end it goes to the end.
        after = made[-1]["id"] if (after or start) else None


def _place(wire: Wire, after: str | None, *, start: bool) -> Json:
    if after is not None:
        old = wire.version < "2026"
        return {"after": after} if old else {"position": {"type": "after_block", "after_block": {"id": after}}}
    return {"position": {"type": "start"}} if start else {}


def _shell(block: Block) -> Block:
    """Return a block without what is under it; a table must come with rows."""
    kind = block["type"]
    held = {name: part for name, part in content(block).items() if name != "children"}
    if kind == "table":
        held["children"] = children(block)[:SIDE_BY_SIDE]
    return {"type": kind, kind: held}
