"""Databases and their sources: made, read and changed."""

from __future__ import annotations

from typing import Any

from productops.testing.sandbox.notion import blocks, kinds, shown, text
from productops.testing.sandbox.notion.call import Call
from productops.testing.sandbox.notion.pages import known
from productops.testing.sandbox.notion.refusal import invalid, misfit
from productops.testing.sandbox.notion.schema import Columns
from productops.testing.sandbox.notion.world import Database, Source

DATABASE = ("parent", "title", "description", "is_inline", "initial_data_source", "icon", "cover")
DATABASE_CHANGES = ("parent", "title", "description", "is_inline", "icon", "cover", "in_trash", "archived", "is_locked")
SOURCE = ("parent", "properties", "title", "icon", "description")
SOURCE_CHANGES = ("title", "icon", "properties", "in_trash", "archived", "parent", "description")
UNNAMED = "New database"
Answered = dict[str, Any]


def retrieve_database(call: Call, database_id: str) -> Answered:
    """GET /databases/{id}."""
    call.need(read=True)
    return shown.database(call, call.database(database_id))


def create_database(call: Call) -> Answered:
    """POST /databases."""
    call.need(insert=True)
    body = call.body()
    known(body, DATABASE)
    given = body.get("parent", ...)
    if not isinstance(given, dict) or not ("page_id" in given or given.get("workspace")):
        raise misfit("body.parent.page_id", "defined", ...)
    parent = ("workspace", "")
    if "page_id" in given:
        parent = ("page_id", call.page(given["page_id"], "body.parent.page_id").id)
    bot = call.token.bot
    made = Database(call.world.ids.new(), "database", parent, call.now, bot, call.now, bot)
    made.title = text.normalised(body.get("title") or text.plain(UNNAMED), "body.title")
    made.description = text.normalised(body.get("description") or [], "body.description")
    made.inline = bool(body.get("is_inline"))
    made.icon = kinds.icon(body.get("icon"), "body.icon")
    made.cover = body.get("cover")
    first = call.part("initial_data_source")
    title = made.title if body.get("title") else []
    new_source(call, made, first.get("properties"), "body.initial_data_source.properties", title, made.description)
    call.world.put(made)
    return shown.database(call, made)


def new_source(
    call: Call, database: Database, properties: Any, place: str, title: list[Any], description: list[Any]
) -> Source:
    """Add a source to a database; without columns it has the title alone."""
    bot = call.token.bot
    made = Source(call.world.ids.new(), database.id, call.now, bot, call.now, bot, title, description)
    columns = Columns(call.world, made, place)
    given = {"Name": {"title": {}}} if properties is None else properties
    if not isinstance(given, dict):
        raise misfit(place, "an object", given)
    call.world.sources[made.id] = made
    call.world.nodes.setdefault(database.id, database)
    try:
        for name, wanted in sorted(given.items(), key=lambda one: _late(one[1])):
            columns.add(name, wanted)
        if "title" not in made.properties:
            raise invalid("Title is not provided")
    except Exception:
        del call.world.sources[made.id]
        if not database.sources:
            del call.world.nodes[database.id]
        raise
    database.sources.append(made.id)
    call.world.changes += 1
    return made


def _late(given: Any) -> int:
    """Formulas and rollups speak of other columns, so they are made after them."""
    kind = next((one for one in ("formula", "rollup") if isinstance(given, dict) and one in given), "")
    return ("", "rollup", "formula").index(kind)


def update_database(call: Call, database_id: str) -> Answered:
    """PATCH /databases/{id}."""
    call.need(update=True)
    found = call.database(database_id)
    body = dict(call.body())
    known(body, DATABASE_CHANGES)
    trashed = blocks.taken_trash(call, body)
    told = {word: text.normalised(body[word], f"body.{word}") for word in ("title", "description") if word in body}
    icon = kinds.icon(body["icon"], "body.icon") if "icon" in body else found.icon
    page = call.page(call.part("parent").get("page_id"), "body.parent.page_id") if "parent" in body else None
    if page is not None and found in call.world.above(page):
        raise invalid("A database cannot be moved into itself.")
    if trashed is not None:
        blocks.put_in_trash(call, found, trashed)
    only = [call.world.sources[found.sources[0]]] if len(found.sources) == 1 else []
    for word, value in told.items():  # recorded: a database and its only source have one name
        for one in (found, *only):
            setattr(one, word, value)
    found.icon = icon
    found.cover = body.get("cover", found.cover)
    found.inline = bool(body.get("is_inline", found.inline))
    found.locked = bool(body.get("is_locked", found.locked))
    if page is not None:
        call.world.take_out(found)
        found.parent = ("page_id", page.id)
        call.world.put(found)
    if body:
        call.world.touch(found, call.now, call.token.bot)
    return shown.database(call, found)


def retrieve(call: Call, source_id: str) -> Answered:
    """GET /data_sources/{id}."""
    call.need(read=True)
    return shown.source(call, call.source(source_id))


def create(call: Call) -> Answered:
    """POST /data_sources: one more source for a database."""
    call.need(insert=True)
    body = call.body()
    known(body, SOURCE)
    given = body.get("parent", ...)
    if not isinstance(given, dict) or "database_id" not in given:
        raise misfit("body.parent.database_id", "defined", ...)
    database = call.database(given["database_id"], "body.parent.database_id")
    title = text.normalised(body.get("title") or [], "body.title")
    icon = kinds.icon(body.get("icon"), "body.icon")
    description = text.normalised(body.get("description") or [], "body.description")
    made = new_source(call, database, body.get("properties", ...), "body.properties", title, description)
    made.icon = icon
    return shown.source(call, made)


def update(call: Call, source_id: str) -> Answered:
    """PATCH /data_sources/{id}: its name, its columns, or into the trash and out again."""
    call.need(update=True)
    found = call.source(source_id)
    body = dict(call.body())
    known(body, SOURCE_CHANGES)
    trashed = blocks.taken_trash(call, body)
    holder = call.world.holder(found)
    if trashed is None and (found.trashed or call.world.in_trash(holder)):
        raise invalid(blocks.ARCHIVED)
    title = text.normalised(body["title"], "body.title") if "title" in body else found.title
    description = found.description
    if "description" in body:
        description = text.normalised(body["description"], "body.description")
    icon = kinds.icon(body["icon"], "body.icon") if "icon" in body else found.icon
    target = holder
    if "parent" in body:
        target = call.database(call.part("parent").get("database_id"), "body.parent.database_id")
    if "properties" in body:
        Columns(call.world, found).change(body["properties"])
    found.title, found.description, found.icon = title, description, icon
    if "title" in body and len(holder.sources) == 1:  # recorded: then both have the one name
        holder.title = title
    found.trashed = found.trashed if trashed is None else trashed
    if target is not holder:
        holder.sources.remove(found.id)
        target.sources.append(found.id)
        found.database = target.id
    found.edited, found.editor = call.now, call.token.bot
    call.world.changes += 1
    return shown.source(call, found)


def templates(call: Call, source_id: str) -> Answered:
    """GET /data_sources/{id}/templates: there are none here."""
    call.need(read=True)
    call.source(source_id)
    call.size()
    return {"templates": [], "has_more": False, "next_cursor": None}
