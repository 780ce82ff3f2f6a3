"""An edited list laid over the one that is there, item by item."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import uuid4

from productops.connectors.jira.adf.inline import patched, placed
from productops.connectors.jira.adf.keys import inlines, key, origin, words
from productops.connectors.jira.adf.read import block
from productops.connectors.jira.adf.words import inline
from productops.connectors.jira.adf.write import Node, to_nodes
from productops.sdk.richtext import align, likeness

if TYPE_CHECKING:
    from productops.connectors.jira.adf.patch import Patch


def listed(patch: Patch, old: Node, seen: Node, new: Node) -> Node:
    """Return a list with the text of another; ``seen`` is what Markdown shows of it."""
    items, shown_, wanted = (each.get("content") or [] for each in (old, seen, new))
    if len(items) != len(shown_):
        return patch.fresh(new, "doc")[0]
    content = []
    for item, at in zip(wanted, origin(shown_, wanted), strict=True):
        if at is None:
            fresh = {"type": new["type"], "content": [item]}
            content += [one for node in patch.fresh(fresh, "doc") for one in node.get("content") or []]
        elif key(shown_[at]) == key(item):
            content.append(items[at])
        else:
            inner = patch.blocks(items[at].get("content") or [], item.get("content") or [], "listItem")
            content.append({**items[at], "content": inner or [{"type": "paragraph"}]})
    attrs = dict(old.get("attrs") or {})
    before, after = ((each.get("attrs") or {}).get("order", 1) for each in (seen, new))
    if before != after:
        attrs["order"] = after
    if new["type"] == "bulletList":
        attrs.pop("order", None)
    base = {name: part for name, part in old.items() if name != "attrs"}
    return {**base, "type": new["type"], **({"attrs": attrs} if attrs else {}), "content": content}


def decisions(patch: Patch, old: Sequence[Node], new: Node) -> list[Node]:
    """Return decisions with the text of the items of a list."""
    seen = [{"type": "listItem", "content": to_nodes(inline(one.get("content") or []), "doc")} for one in old]
    found = []
    wanted = new.get("content") or []
    for item, at in zip(wanted, origin(seen, wanted), strict=True):
        words_ = [one for each in item.get("content") or [] for one in inlines(each)]
        if at is not None and key(seen[at]) == key(item):
            found.append(old[at])
        elif at is not None:
            found.append({**old[at], "content": patched(old[at].get("content") or [], words_, patch.lost)})
        else:
            attrs = {"localId": str(uuid4()), "state": "DECIDED"}
            found.append({"type": "decisionItem", "attrs": attrs, "content": placed(words_, patch.lost)})
    return found


def tasks(patch: Patch, old: Sequence[Node], new: Sequence[Node]) -> list[Node]:
    """Return tasks, and lists of tasks among them, with the text and the ticks of others."""
    wrapped = [to_nodes(block({"type": "taskList", "content": [one]}), "doc") for one in old]
    seen = [(each[0].get("content") or [{}])[0] if len(each) == 1 else {"type": "?"} for each in wrapped]
    kinds = [each.get("type") for each in seen], [each.get("type") for each in new]
    texts = [words(each) if "type" in each else "" for each in seen], [words(each) for each in new]
    origin = align(
        [key(each) for each in seen],
        [key(each) for each in new],
        lambda i, j: likeness(texts[0][i], texts[1][j]) if kinds[0][i] == kinds[1][j] else 0.0,
    )
    found = []
    for item, at in zip(new, origin, strict=True):
        if at is None:
            found += _fresh_tasks(patch, item)
        elif key(seen[at]) == key(item):
            found.append(old[at])
        else:
            found.append(_task(patch, old[at], item))
    return found


def _fresh_tasks(patch: Patch, item: Node) -> list[Node]:
    return [patch.filled(item, "taskList")] if item["type"] == "taskItem" else [{**item, "content": [
        one for each in item.get("content") or [] for one in _fresh_tasks(patch, each)]}]  # fmt: skip


def _task(patch: Patch, old: Node, new: Node) -> Node:
    if old["type"] == "taskList":
        return {**old, "content": tasks(patch, old.get("content") or [], new.get("content") or [])}
    attrs = {**(old.get("attrs") or {}), "state": new["attrs"]["state"]}
    content, wanted = old.get("content") or [], new.get("content") or []
    if old["type"] == "blockTaskItem":
        return {**old, "attrs": attrs, "content": patch.blocks(content, [{"type": "paragraph", "content": wanted}])}
    return {**old, "attrs": attrs, "content": patched(content, wanted, patch.lost)}
