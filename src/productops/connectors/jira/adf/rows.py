"""An edited table laid over the one that is there, row by row and cell by cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from productops.connectors.jira.adf.hidden import opaque, placeholder
from productops.connectors.jira.adf.inline import patched, placed
from productops.connectors.jira.adf.keys import key, origin, words
from productops.connectors.jira.adf.table import divided, grid, spanned
from productops.connectors.jira.adf.write import Node
from productops.sdk.richtext import align, likeness

if TYPE_CHECKING:
    from productops.connectors.jira.adf.patch import Patch


def table(patch: Patch, old: Node, seen: Node, new: Node) -> Node:
    """Return a table with the text of another; ``seen`` is what Markdown shows of it."""
    rows, shown_, wanted = (each.get("content") or [] for each in (old, seen, new))
    if len(rows) != len(shown_):
        return patch.fresh(new, "doc")[0]
    columns = _columns(shown_, wanted)
    came = origin(shown_, wanted)
    straight = columns is None and came == list(range(len(rows)))
    if not straight and spanned(rows):
        rows = divided(rows)  # rows or columns come or go: a merged cell would reach into others
    laid = grid(rows)
    content = []
    for row, at in zip(wanted, came, strict=True):
        if at is None:
            content.append(patch.filled(row, "table"))
        elif columns is None and key(shown_[at]) == key(row):
            content.append(rows[at])
        else:
            content.append(_row(patch, rows[at], laid[at], shown_[at], row, columns))
    return {**old, "content": content}


def _row(
    patch: Patch, old: Node, laid: Sequence[Node | None], seen: Node, new: Node, columns: Sequence[int | None] | None
) -> Node:
    shown_, wanted = seen.get("content") or [], new.get("content") or []
    places: Sequence[int | None] = columns if columns is not None else range(len(wanted))
    cells: list[Node] = []
    for cell, at in zip(wanted, places, strict=True):
        mine = None if at is None or at >= len(laid) else laid[at]
        if mine is not None and at is not None:
            same = key(shown_[at]) == key(cell)
            cells.append(mine if same else {**mine, "content": _cell(patch, mine, cell)})
        elif at is None or not laid:
            cells.append(patch.filled(cell, "tableRow"))
        elif (text := cell["content"][0].get("content")) and cells:
            # Typed into what a merged cell covers: it goes into that cell.
            extra = {"type": "paragraph", "content": placed(text, patch.lost)}
            cells[-1] = {**cells[-1], "content": [*cells[-1]["content"], extra]}
    return {**old, "content": cells}


def _cell(patch: Patch, old: Node, new: Node) -> list[Node]:
    """Return the blocks of a cell whose text was changed."""
    content, wanted = old.get("content") or [], new["content"][0].get("content") or []
    if len(content) == 1 and content[0]["type"] == "paragraph":
        paragraph = {**content[0], "content": patched(content[0].get("content") or [], wanted, patch.lost)}
        return [paragraph]
    # Several blocks show as one line; hidden ones among them stay behind it.
    kept = [one for one in content if opaque(one)]
    for one in kept:
        wanted = [_without(node, str(placeholder(one))) for node in wanted]
    wanted = [node for node in wanted if node["type"] != "text" or node["text"]]
    return [{"type": "paragraph", "content": placed(wanted, patch.lost)}, *kept]


def _columns(seen: Sequence[Node], new: Sequence[Node]) -> list[int | None] | None:
    """Return which column each column was; ``None`` when there are as many as before."""
    before, after = ((each[0].get("content") or []) for each in (seen, new))
    if len(before) == len(after):
        return None
    heads = [words(each) for each in before], [words(each) for each in after]
    return align(*heads, lambda i, j: likeness(heads[0][i], heads[1][j]))


def _without(node: Node, text: str) -> Node:
    return {**node, "text": node["text"].replace(text, "").strip()} if node["type"] == "text" else node
