"""Laying an edited text over the blocks of a page: what did not change stays the block that it is.

Each block there is compared by what Markdown shows of it. Blocks that show the same stay, with everything in them
that Markdown cannot show; of blocks that show something else only the words between the unchanged ones are rewritten,
in place; what Markdown cannot show at all is neither changed nor deleted. New text goes in before old text goes out,
so that a run that is cut off leaves too much and never too little.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from productops.connectors.notion import runs
from productops.connectors.notion.blocks_read import Block, children, content, one, opaque, tail
from productops.connectors.notion.blocks_write import to_blocks
from productops.connectors.notion.body import WRITING, Text, append
from productops.connectors.notion.inline import joined
from productops.connectors.notion.wire import Wire
from productops.errors import RejectedError
from productops.sdk.richtext import Placeholder, align, likeness

SLOTS = {"callout": "quote"}  # what looks like another type in Markdown and can be written like it
FIXED = ("image", "divider")  # have no words that could be rewritten in place


def key(block: Block) -> Hashable:
    """Return what makes two blocks say the same."""
    return block["type"], _own(block), tuple(key(child) for child in children(block))


def _own(block: Block) -> Hashable:
    """Return what a block says itself."""
    kind, held = block["type"], content(block)
    if "cells" in held:
        return tuple(_words(cell) for cell in held["cells"])
    if kind == "image":
        return held["external"]["url"], "".join(map(runs.words, held.get("caption") or ()))
    if kind == "code":
        return "".join(map(runs.words, held["rich_text"])), held.get("language")
    return _words(held.get("rich_text") or ()), held.get("checked"), held.get("expression")


def _words(of: Sequence[runs.Run]) -> Hashable:
    return tuple(joined([runs.visible(each) for each in of]))


def keys(block: Block) -> list[Hashable]:
    """Return what a block there looks like after a way through Markdown: one key, or none where it shows nothing."""
    if opaque(block):
        return [("hint", tail(block))]
    if block["type"] == "table_row":
        return [key(block)]
    shown = one(block)
    return [_hinted(each) for each in to_blocks(shown)] if shown else []


def _hinted(block: Block) -> Hashable:
    """Return the key of a new block, and of a line that stands for a block the key of that block."""
    found = stands_for(block)
    if found:
        return "hint", found
    return block["type"], _own(block), tuple(_hinted(child) for child in children(block))


def stands_for(block: Block) -> str | None:
    """Return the end of the id of the block that a line stands for."""
    if block["type"] != "paragraph":
        return None
    found = Placeholder.only("".join(map(runs.words, content(block)["rich_text"])))
    return found.id if found else None


@dataclass(slots=True)
class Step:
    """One place of the result: a block that is there (``old``), a new one, or one that takes the words of another."""

    old: Block | None = None
    new: Block | None = None
    gone: bool = False


@dataclass(slots=True)
class Rewrite:
    """What is done to the blocks under one parent."""

    steps: list[Step] = field(default_factory=list)

    @classmethod
    def of(cls, there: Sequence[Block], wanted: Sequence[Block]) -> Rewrite:
        """Compare what is there with what is wanted."""
        owners = [(each, at) for at, block in enumerate(there) for each in keys(block)]
        known = {tail(block) for block in there if opaque(block)}
        new = [(_hinted(block), block) for block in wanted]
        pairs = _matched([each for each, _ in owners], [each for each, _ in new])
        full: dict[int, list[int]] = {}
        for mine, theirs in pairs:
            full.setdefault(owners[mine][1], []).append(theirs)
        shown = {at: sum(1 for _, owner in owners if owner == at) for at in full}
        kept = {at: found for at, found in full.items() if len(found) == shown[at]}
        made, position = cls(), 0
        gap: list[Block] = []
        for at, block in enumerate(there):
            if at not in kept:
                gap.append(block)
                continue
            made.steps += _fill(gap, [each for _, each in new[position : kept[at][0]]], known)
            made.steps.append(Step(old=block))
            gap, position = [], kept[at][-1] + 1
        made.steps += _fill(gap, [each for _, each in new[position:]], known)
        return made

    def result(self) -> list[Block]:
        """Return the blocks as they are afterwards."""
        return [_merged(step) for step in self.steps if not step.gone]


def _matched(there: Sequence[Hashable], wanted: Sequence[Hashable]) -> Iterator[tuple[int, int]]:
    for block in SequenceMatcher(None, there, wanted, autojunk=False).get_matching_blocks():
        yield from ((block.a + step, block.b + step) for step in range(block.size))


def _fill(there: list[Block], wanted: list[Block], known: set[str]) -> list[Step]:
    """Decide what happens between two blocks that stay."""
    # A line that stands for a block of this page moves nothing: blocks cannot be moved, only made anew and lost.
    wanted = [block for block in wanted if stands_for(block) not in known]
    movable = [block for block in there if not _stays(block)]
    slots = [_slot(block) for block in movable], [_slot(block) for block in wanted]
    said = [_said(block) for block in movable], [_said(block) for block in wanted]
    origin = align(
        range(len(movable)),
        ["new"] * len(wanted),
        lambda i, j: likeness(said[0][i], said[1][j]) if slots[0][i] == slots[1][j] else 0.0,
    )
    partner = {id(movable[mine]): theirs for theirs, mine in enumerate(origin) if mine is not None}
    steps: list[Step] = []
    position = 0
    for block in there:
        theirs = partner.get(id(block))
        if theirs is None:
            steps.append(Step(old=block, gone=not _stays(block) and not _holds(block)))
            continue
        steps += [Step(new=each) for each in wanted[position:theirs]]
        steps.append(Step(old=block, new=wanted[theirs]))
        position = theirs + 1
    return steps + [Step(new=each) for each in wanted[position:]]


def _said(block: Block) -> str:
    """Return all the words of a block."""
    held = content(block)
    lists = [held.get("rich_text") or [], held.get("caption") or [], *(held.get("cells") or [])]
    own = " ".join("".join(map(runs.words, each)) for each in lists)
    return " ".join([own, str(held.get("expression") or ""), *map(_said, children(block))])


def _stays(block: Block) -> bool:
    """Tell whether a block is never touched: Markdown shows nothing of it, or only a line."""
    return opaque(block) or (block["type"] != "table_row" and not one(block))


def _holds(block: Block) -> bool:
    """Tell whether something that Markdown cannot show would be deleted with a block."""
    return any(opaque(child) or _holds(child) for child in children(block))


def _slot(block: Block) -> Hashable:
    kind = SLOTS.get(block["type"], block["type"])
    if kind == "table":
        return kind, content(block).get("table_width")
    return (kind, key(block)) if kind in FIXED else kind


def _merged(step: Step) -> Block:
    """Return a block with the words of another."""
    if step.old is None or step.new is None:
        return step.new if step.old is None else step.old  # type: ignore[return-value] # one of the two is there
    kind = step.old["type"]
    under = Rewrite.of(children(step.old), children(step.new)).result()
    return {**step.old, kind: {**content(step.old), **changes(step.old, step.new), "children": under}}


def changes(old: Block, new: Block) -> Block:
    """Return what of a block's own content has to be sent."""
    held, wanted = content(old), content(new)
    found: Block = {}
    if "cells" in wanted:
        if key(old) != key(new):
            both = zip(held["cells"], wanted["cells"], strict=True)
            found["cells"] = [runs.patch(mine, theirs, visible=runs.visible) for mine, theirs in both]
        return found
    if old["type"] == "equation":
        return {} if held.get("expression") == wanted["expression"] else {"expression": wanted["expression"]}
    if "rich_text" in wanted:
        seen = runs.bare if old["type"] == "code" else runs.visible
        mine = held.get("rich_text") or []
        if joined([seen(each) for each in mine]) != joined([seen(each) for each in wanted["rich_text"]]):
            found["rich_text"] = runs.patch(mine, wanted["rich_text"], visible=seen)
    for name in ("checked", "language"):
        if name in wanted and held.get(name) != wanted[name]:
            found[name] = wanted[name]
    return found


# --- doing it


def rewrite(wire: Wire, page: str, text: Text, markdown: str) -> Text:
    """Make a page's text say something else, with as few changed blocks as that takes; return it as it is then.

    Raises:
        ProductOpsError: as the service answers. What was done until then stays; reading the text again shows it.

    """
    plan = Rewrite.of(text.blocks, to_blocks(markdown))
    _carry_out(wire, page, page, text.blocks, plan)
    return Text(plan.result())


def _carry_out(wire: Wire, page: str, parent: str, there: Sequence[Block], plan: Rewrite) -> None:
    last = there[-1]["id"] if there else None
    anchor: str | None = None
    waiting: list[Block] = []
    for step in [*plan.steps, Step(old={})]:
        if step.old is None and step.new is not None:
            waiting.append(step.new)
            continue
        if waiting:
            behind = anchor if anchor != last else None
            append(wire, page, parent, waiting, behind, start=anchor is None and bool(there))
            waiting = []
        if step.old:
            anchor = step.old["id"]
            if step.new is not None:
                _change(wire, page, step.old, step.new)
    for step in plan.steps:
        if step.gone and step.old is not None:
            wire.call("DELETE", f"blocks/{step.old['id']}", operation=WRITING, record=page, repeatable=True)


def _change(wire: Wire, page: str, old: Block, new: Block) -> None:
    found = changes(old, new)
    if len(found.get("rich_text") or ()) > runs.MOST:
        raise RejectedError(
            f"A paragraph has more than {runs.MOST} pieces of formatting.",
            system="notion",
            record=page,
            remedy="Divide it in two.",
        )
    if found:
        body = {old["type"]: found}
        wire.call("PATCH", f"blocks/{old['id']}", operation=WRITING, body=body, record=page, repeatable=True)
    if children(old) or children(new):
        plan = Rewrite.of(children(old), children(new))
        _carry_out(wire, page, old["id"], children(old), plan)
