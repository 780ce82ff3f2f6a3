"""Blocks: read, put in place, changed and thrown away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from productops.testing.sandbox.notion import kinds, shown
from productops.testing.sandbox.notion.call import Call, as_list
from productops.testing.sandbox.notion.refusal import invalid, misfit, too_long
from productops.testing.sandbox.notion.world import Block, Database, Node, Page

MOST = 100  # in one list
MOST_BLOCKS = 1000  # in one request
DEEPEST = 2  # lists inside the first one
ARCHIVED = "Can't edit block that is archived. You must unarchive the block before editing."
Answered = dict[str, Any]


def retrieve(call: Call, block_id: str) -> Answered:
    """GET /blocks/{id}."""
    call.need(read=True)
    return shown.block(call, _block(call, block_id))


def children(call: Call, block_id: str) -> Answered:
    """GET /blocks/{id}/children."""
    call.need(read=True)
    node = kinds.body_of(_block(call, block_id), call.world)
    found = [one for one in (call.world.nodes[child] for child in node.children) if not one.trashed]
    return call.listed("block", found, lambda one: one.id, lambda one: shown.block(call, one))


def append(call: Call, block_id: str) -> Answered:
    """PATCH /blocks/{id}/children."""
    call.need(insert=True)
    node = _block(call, block_id)
    body = call.body()
    _only(body, "children", "after", "position")
    if call.world.in_trash(node):
        raise invalid(ARCHIVED)
    if not kinds.may_hold(node):
        raise invalid("Block does not support children.")
    place, first = where(call, node, body)
    made = Planting(call).plan(body.get("children", ...), "body.children", node)
    roots = plant(call, node, made, place, first=first)
    edited(call, node)
    # Recorded: those that come after the new ones are answered, too.
    at = node.children.index(roots[0].id) if roots else len(node.children)
    found = [one for one in (call.world.nodes[child] for child in node.children[at:]) if not one.trashed]
    after = found[MOST].id if len(found) > MOST else None
    return as_list("block", [shown.block(call, one) for one in found[:MOST]], after)


def update(call: Call, block_id: str) -> Answered:
    """PATCH /blocks/{id}: its own content, or into the trash and out again."""
    call.need(update=True)
    node = _block(call, block_id)
    body = dict(call.body())
    trashed = taken_trash(call, body)
    body.pop("type", None)
    body.pop("object", None)
    if trashed is not None:
        put_in_trash(call, node, trashed)
    if body:
        change(call, node, body)
    return shown.block(call, node)


def delete(call: Call, block_id: str) -> Answered:
    """DELETE /blocks/{id}, which throws pages and databases away, too."""
    call.need(update=True)
    node = _block(call, block_id)
    put_in_trash(call, node, True)
    return shown.block(call, node)


def taken_trash(call: Call, body: dict[str, Any]) -> bool | None:
    """Take the word about the trash out of a body: ``in_trash``, or ``archived`` in versions that know it."""
    found = None
    for word in ("archived", "in_trash"):
        if word not in body:
            continue
        value = body.pop(word)
        if word == "archived" and not call.old:
            raise misfit("body.archived", "not present", value)
        if not isinstance(value, bool):
            raise misfit(f"body.{word}", "a boolean", value)
        found = value
    return found


def put_in_trash(call: Call, node: Node, trashed: bool) -> None:
    """Throw something away or take it back."""
    if not trashed and any(one.trashed for one in call.world.above(node) if one is not node):
        raise invalid("Can't unarchive a block whose ancestor is archived.")
    if node.trashed != trashed:
        node.trashed = trashed
        call.world.touch(node, call.now, call.token.bot)
        if node.kind == "block":
            edited(call, call.world.nodes[node.parent[1]])


def edited(call: Call, node: Node) -> None:
    """Note that a body was edited: on the block, and on the page it belongs to."""
    for one in call.world.above(node):
        if isinstance(one, Page) and not call.service.bodies_touch_pages:
            return
        call.world.touch(one, call.now, call.token.bot)
        if isinstance(one, Page | Database):
            return


def where(call: Call, node: Node, body: dict[str, Any]) -> tuple[str | None, bool]:
    """Return after which child new ones go, and whether they go first."""
    position = body.get("position")
    if "after" in body:
        if not call.old:
            raise misfit("body.after", "not present", body["after"])
        position = {"type": "after_block", "after_block": {"id": body["after"]}}
    if position is None:
        return None, False
    kind = position.get("type") if isinstance(position, dict) else None
    if kind in ("start", "end"):
        return None, kind == "start"
    if kind != "after_block" or not isinstance(position.get("after_block"), dict):
        raise misfit("body.position.type", '`"after_block"`, `"start"` or `"end"`', kind)
    sibling = call.id(position["after_block"].get("id"), "body.position.after_block.id")
    if sibling not in node.children or call.world.nodes[sibling].trashed:
        raise invalid(f"The block to append after, {sibling}, is not a child of {node.id}.")
    return sibling, False


class Planting:
    """Checks whole trees of new blocks before any of them is made."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.count: int = 0

    def plan(self, given: Any, place: str, above: Node | None = None) -> list[tuple[Block, list[Any]]]:
        """Return the blocks asked for, each with those inside it."""
        made = self._list(given, place, 0)
        if isinstance(above, Block) and above.type == "table":
            for number, (block, _) in enumerate(made):
                if block.type != "table_row":
                    raise misfit(f"{place}[{number}].table_row", "defined", ...)
                kinds.table_fits(above.content, block.content, f"{place}[{number}].table_row")
        elif any(block.type == "table_row" for block, _ in made):
            raise invalid("Table rows can only be put into tables.")
        return made

    def _list(self, given: Any, place: str, depth: int) -> list[tuple[Block, list[Any]]]:
        if not isinstance(given, list):
            raise misfit(place, "defined" if given is ... else "an array", given)
        if len(given) > MOST:
            raise too_long(place, MOST, len(given))
        return [self._one(one, f"{place}[{number}]", depth) for number, one in enumerate(given)]

    def _one(self, given: Any, place: str, depth: int) -> tuple[Block, list[Any]]:
        if not isinstance(given, dict):
            raise misfit(place, "an object", given)
        kind = given.get("type") or next((one for one in given if one in kinds.FIELDS), None)
        if not isinstance(kind, str) or kind not in kinds.FIELDS:
            raise misfit(f"{place}.type", "defined", ...)
        if not isinstance(given.get(kind), dict):
            raise misfit(f"{place}.{kind}", "defined", given.get(kind, ...))
        self.count += 1
        if self.count > MOST_BLOCKS:
            raise invalid(f"body failed validation: the number of blocks should be ≤ `{MOST_BLOCKS}`.")
        content = kinds.kept(kind, given[kind], f"{place}.{kind}", self.call.world)
        inside = given[kind].get("children") or given.get("children") or []
        below = self._inside(kind, content, inside, f"{place}.{kind}.children", depth)
        return self._block(kind, content), below

    def _inside(self, kind: str, content: dict[str, Any], given: Any, place: str, depth: int) -> list[Any]:
        wanted, least = kinds.NEEDS_CHILDREN.get(kind, ("", 0))
        if least and not given:
            raise misfit(place, "defined", ...)
        if not given:
            return []
        block = self._block(kind, content)
        if not kinds.may_hold(block):
            raise misfit(place, "not present", given)
        if depth >= DEEPEST and kind not in ("table", "column"):
            raise misfit(place, "not present", given)
        below = self._list(given, place, depth if kind == "column" else depth + 1)
        if len(below) < least:
            raise misfit(f"{place}.length", f"≥ `{least}`", len(below))
        for number, (one, _) in enumerate(below):
            if wanted and one.type != wanted:
                raise misfit(f"{place}[{number}].{wanted}", "defined", ...)
            if kind == "table":
                kinds.table_fits(content, one.content, f"{place}[{number}].table_row")
        return below

    def _block(self, kind: str, content: dict[str, Any]) -> Block:
        call = self.call
        return Block(
            "", "block", ("", ""), call.now, call.token.bot, call.now, call.token.bot, type=kind, content=content
        )


def plant(
    call: Call, node: Node, made: Sequence[tuple[Block, list[Any]]], after: str | None = None, *, first: bool = False
) -> list[Block]:
    """Put planned blocks into place; returns those of the first level."""
    parent = "page_id" if isinstance(node, Page) else "block_id"
    kept = after
    for number, (block, inside) in enumerate(made):
        block.id = call.world.ids.new()
        block.parent = (parent, node.id)
        call.world.put(block, kept, first=first and number == 0)
        if kept is not None or first:
            kept = block.id
        plant(call, block, inside)
    return [block for block, _ in made]


def change(call: Call, node: Node, body: dict[str, Any]) -> None:
    """Change a block's own content."""
    if not isinstance(node, Block):
        raise invalid(f"{node.kind.title()}s cannot be changed as blocks, but for the trash.")
    if call.world.in_trash(node):
        raise invalid(ARCHIVED)
    if node.type in kinds.ONLY_READ:
        raise invalid(f"Updating {node.type} blocks is not supported.")
    _only(body, node.type)
    if "children" in body[node.type]:
        raise misfit(f"body.{node.type}.children", "not present", body[node.type]["children"])
    content = kinds.kept(node.type, body[node.type], f"body.{node.type}", call.world, node.content)
    if node.type == "table_row":
        above = call.world.nodes[node.parent[1]]
        if isinstance(above, Block):
            kinds.table_fits(above.content, content, "body.table_row")
    if node.type == "table" and content["table_width"] != node.content["table_width"]:
        raise invalid("The width of a table cannot be changed.")
    node.content = content
    edited(call, node)


def _block(call: Call, block_id: str) -> Node:
    return call.node(Node, block_id, "block", "path.block_id")


def _only(body: dict[str, Any], *names: str) -> None:
    for key, value in body.items():
        if key not in names:
            raise misfit(f"body.{key}", "not present", value)
        if not isinstance(value, dict) and key not in ("children", "after", "position"):
            raise misfit(f"body.{key}", "an object", value)
