"""Columns and such, whose blocks show side by side with their neighbours: taken apart, and put together again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from productops.connectors.jira.adf.hidden import leaves
from productops.connectors.jira.adf.write import Node

Path = tuple[int, ...]


def flat(nodes: Sequence[Node], home: Path = ()) -> Iterator[tuple[Path, Node]]:
    """Yield blocks with the places of the columns and such that they are in, outermost first."""
    for at, node in enumerate(nodes):
        if next(leaves(node), node) is node:
            yield home, node
        else:
            yield from flat(node.get("content") or [], (*home, at))


def homes(result: Sequence[tuple[Path, Node, int]]) -> list[tuple[Path, Node]]:
    """Give new blocks a home: that of a neighbour, and of two neighbours the outer one."""
    found: list[tuple[Path, Node]] = []
    for at, (home, node, there) in enumerate(result):
        if there < 0:
            before = found[-1][0] if found else ()
            after = next((later[0] for later in result[at + 1 :] if later[2] >= 0), ())
            home = after if len(after) < len(before) else before
        found.append((home, node))
    return found


def rebuilt(old: Sequence[Node], result: Sequence[tuple[Path, Node]], home: Path) -> list[Node]:
    """Put blocks back into the columns and such that they belong to."""
    content: list[Node] = []
    done: set[int] = set()
    for where, node in result:
        if where == home:
            content.append(node)
        elif where[: len(home)] == home and (at := where[len(home)]) not in done:
            done.add(at)
            content.append(_holder(old[at], result, (*home, at)))
    return content


def _holder(old: Node, result: Sequence[tuple[Path, Node]], home: Path) -> Node:
    inner = old.get("content") or []
    if old["type"] != "layoutSection":
        return {**old, "content": rebuilt(inner, result, home)}
    columns = []
    for at, column in enumerate(inner):
        content = rebuilt(column.get("content") or [], result, (*home, at))
        columns.append({**column, "content": content or [{"type": "paragraph"}]})
    return {**old, "content": columns}
