"""Pages, databases, sources, blocks and comments as answers show them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from productops.testing.sandbox.notion import columns, kinds, text
from productops.testing.sandbox.notion.call import Call
from productops.testing.sandbox.notion.world import Block, Comment, Database, Node, Page, Source, exact, minute

SITE = "https://www.notion.so"


def person(found: str) -> dict[str, Any]:
    """Return a user as objects name whoever made or edited them."""
    return {"object": "user", "id": found}


def parent(node: Node, call: Call) -> dict[str, Any]:
    """Return where something stands."""
    kind, place = node.parent
    if kind == "workspace":
        return {"type": kind, kind: True}
    if kind == "data_source_id":
        return {"type": kind, kind: place, "database_id": call.world.sources[place].database}
    return {"type": kind, kind: place}


def address(found: str, title: str = "") -> str:
    """Return the address of a page or database."""
    slug = "-".join(re.findall(r"\w+", title))
    return f"{SITE}/{slug + '-' if slug else ''}{found.replace('-', '')}"


def page(
    call: Call,
    found: Page,
    values: Mapping[str, Any] | None = None,
    only: frozenset[str] | None = None,
    look: Any = None,
) -> dict[str, Any]:
    """Return a page; ``look`` shows it as it was then, ``only`` some of its properties."""
    values = found.values if values is None else values
    now = look or found
    trashed = now.trashed if look else call.world.in_trash(found)
    title = text.words_of(values.get("title") or [], call.world)
    shown = {
        "object": "page",
        "id": found.id,
        "created_time": minute(found.created),
        "last_edited_time": minute(now.edited),
        "created_by": person(found.creator),
        "last_edited_by": person(now.editor),
        "cover": found.cover,
        "icon": found.icon,
        "parent": parent(found, call),
        "in_trash": trashed,
        "is_archived": trashed,
        "is_locked": found.locked,
        "properties": call.reader().properties(found, values, only),
        "url": address(found.id, title),
        "public_url": None,
    }
    return {**shown, "archived": trashed} if call.old else shown


def source(call: Call, found: Source) -> dict[str, Any]:
    """Return a source with its columns."""
    holder = call.world.holder(found)
    trashed = found.trashed or call.world.in_trash(holder)
    ordered = sorted(found.properties.values(), key=lambda one: one.id)
    shown = {
        "object": "data_source",
        "id": found.id,
        "cover": None,
        "icon": found.icon,
        "created_time": minute(found.created),
        "created_by": person(found.creator),
        "last_edited_by": person(found.editor),
        "last_edited_time": minute(found.edited),
        "title": text.shown(found.title, call.world, call.user),
        "description": text.shown(found.description, call.world, call.user),
        "is_inline": holder.inline,
        "properties": {one.name: columns.shown(one, found, call.world) for one in ordered},
        "parent": {"type": "database_id", "database_id": found.database},
        "database_parent": parent(holder, call),
        "url": address(found.database),
        "public_url": None,
        "in_trash": trashed,
    }
    return {**shown, "archived": trashed} if call.old else shown


def database(call: Call, found: Database) -> dict[str, Any]:
    """Return a database and the names of its sources."""
    trashed = call.world.in_trash(found)
    sources = [call.world.sources[one] for one in found.sources]
    shown = {
        "object": "database",
        "id": found.id,
        "title": text.shown(found.title, call.world, call.user),
        "description": text.shown(found.description, call.world, call.user),
        "parent": parent(found, call),
        "is_inline": found.inline,
        "in_trash": trashed,
        "is_locked": found.locked,
        "created_time": exact(found.created),
        "last_edited_time": exact(found.edited),
        "data_sources": [
            {"id": one.id, "name": text.words_of(one.title, call.world) or title_of(call, found)}
            for one in sources
            if not one.trashed
        ],
        "icon": found.icon,
        "cover": found.cover,
        "url": address(found.id),
        "public_url": None,
    }
    return {**shown, "archived": trashed} if call.old else shown


def title_of(call: Call, found: Database) -> str:
    """Return a database's title in plain words."""
    return text.words_of(found.title, call.world)


def block(call: Call, found: Node) -> dict[str, Any]:
    """Return a block; pages and databases are blocks where they stand on a page."""
    kind, content = "child_page", {}
    if isinstance(found, Block):
        kind, content = kinds.name(found.type, call.version), kinds.shown(found, call)
    elif isinstance(found, Database):
        kind, content = "child_database", {"title": title_of(call, found)}
    elif isinstance(found, Page):
        content = {"title": text.words_of(found.values.get("title") or [], call.world)}
    trashed = call.world.in_trash(found)
    shown = {
        "object": "block",
        "id": found.id,
        "parent": parent(found, call),
        "created_time": minute(found.created),
        "last_edited_time": minute(found.edited),
        "created_by": person(found.creator),
        "last_edited_by": person(found.editor),
        "has_children": has_children(call, found),
        "in_trash": trashed,
        "type": kind,
        kind: content,
    }
    return {**shown, "archived": trashed} if call.old else shown


def has_children(call: Call, found: Node) -> bool:
    """Return whether a block holds blocks; a copy of a synced block holds those of its original."""
    return any(not call.world.nodes[one].trashed for one in kinds.body_of(found, call.world).children)


def comment(call: Call, found: Comment) -> dict[str, Any]:
    """Return a comment."""
    author = call.world.users.get(found.author)
    return {
        "object": "comment",
        "id": found.id,
        "parent": {"type": found.parent[0], found.parent[0]: found.parent[1]},
        "discussion_id": found.discussion,
        "created_time": minute(found.created),
        "last_edited_time": minute(found.edited),
        "created_by": person(found.author),
        "rich_text": text.shown(found.text, call.world, call.user),
        "display_name": {
            "type": "integration" if author is not None and author.bot else "user",
            "resolved_name": author.name if author else None,
        },
    }
