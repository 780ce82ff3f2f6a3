"""Pages: made, read, changed, moved; and the values of their properties one by one."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from productops.testing.sandbox.notion import blocks, kinds, markdown, shown
from productops.testing.sandbox.notion.call import Call, as_list
from productops.testing.sandbox.notion.reads import LISTED
from productops.testing.sandbox.notion.refusal import invalid, misfit
from productops.testing.sandbox.notion.world import Page, Property, Source, encoded
from productops.testing.sandbox.notion.writes import Writer

MAKES = ("parent", "properties", "icon", "cover", "children", "content", "markdown", "template", "position")
CHANGES = ("properties", "icon", "cover", "is_locked", "template", "erase_content", "archived", "in_trash")
Answered = dict[str, Any]


def create(call: Call) -> Answered:
    """POST /pages."""
    call.need(insert=True)
    body = call.body()
    known(body, MAKES)
    parent, source = parent_of(call, body.get("parent", ...))
    bot = call.token.bot
    page = Page("", "page", parent, call.now, bot, call.now, bot)
    writer = Writer(call.world, page, source, call.missing)
    made = blocks.Planting(call).plan(body.get("children") or [], "body.children")
    if body.get("markdown") is not None:
        made = blocks.Planting(call).plan(markdown.read(str(body["markdown"])), "body.markdown")
    page.icon = kinds.icon(body.get("icon"), "body.icon")
    page.cover = body.get("cover")
    page.values = writer.take(body.get("properties", ...))
    page.id = call.world.ids.new()
    if source is not None:
        source.numbers += 1
        page.number = source.numbers
    call.world.put(page)
    page.note(call.now)
    writer.link_back()
    blocks.plant(call, page, made)
    return shown.page(call, page)


def parent_of(call: Call, given: Any) -> tuple[tuple[str, str], Source | None]:
    """Return where a page is to stand, and the source when it is to be a row."""
    if not isinstance(given, dict):
        raise misfit("body.parent", "defined" if given is ... else "an object", given)
    if "data_source_id" in given:
        source = call.source(given["data_source_id"], "body.parent.data_source_id")
    elif "database_id" in given:
        database = call.database(given["database_id"], "body.parent.database_id")
        if len(database.sources) != 1:
            raise invalid(
                f"Database with ID {database.id} has multiple data sources; name one of them with data_source_id."
            )
        source = call.world.sources[database.sources[0]]
    elif "page_id" in given:
        page = call.page(given["page_id"], "body.parent.page_id")
        if call.world.in_trash(page):
            raise invalid(blocks.ARCHIVED)
        return ("page_id", page.id), None
    elif given.get("workspace"):
        return ("workspace", ""), None
    else:
        raise misfit("body.parent.page_id", "defined", ...)
    if source.trashed or call.world.in_trash(call.world.nodes[source.database]):
        raise invalid(blocks.ARCHIVED)
    return ("data_source_id", source.id), source


def retrieve(call: Call, page_id: str) -> Answered:
    """GET /pages/{id}."""
    call.need(read=True)
    return shown.page(call, call.page(page_id), only=wanted(call))


def wanted(call: Call) -> frozenset[str] | None:
    """Return the ids of the properties that ``filter_properties`` asks for."""
    found = [*call.request.params("filter_properties"), *call.request.params("filter_properties[]")]
    return frozenset(one for each in found for one in (each, unquote(each))) or None


def update(call: Call, page_id: str) -> Answered:
    """PATCH /pages/{id}."""
    call.need(update=True)
    page = call.page(page_id)
    body = dict(call.body())
    known(body, CHANGES)
    trashed = blocks.taken_trash(call, body)
    if trashed is None and call.world.in_trash(page):
        raise invalid(blocks.ARCHIVED)
    icon = kinds.icon(body["icon"], "body.icon") if "icon" in body else page.icon
    writer = Writer(call.world, page, call.world.source_of(page), call.missing)
    values = writer.take(body.get("properties") or {})
    if trashed is not None:
        blocks.put_in_trash(call, page, trashed)
    page.values, page.icon, page.cover = values, icon, body.get("cover", page.cover)
    writer.link_back()
    if "is_locked" in body:
        page.locked = bool(body["is_locked"])
    if body.get("erase_content"):
        for child in page.children:
            call.world.nodes[child].trashed = True
    if body:
        call.world.touch(page, call.now, call.token.bot)
    return shown.page(call, page)


def move(call: Call, page_id: str) -> Answered:
    """POST /pages/{id}/move."""
    call.need(update=True)
    page = call.page(page_id)
    parent, source = parent_of(call, call.body().get("parent", ...))
    place = call.world.nodes[source.database] if source else call.world.nodes.get(parent[1])
    if place is not None and page in call.world.above(place):
        raise invalid("A page cannot be moved into itself.")
    call.world.take_out(page)
    page.parent = parent
    if source is not None and "title" in page.values:
        page.values = {"title": page.values["title"]}
    call.world.put(page)
    call.world.touch(page, call.now, call.token.bot)
    return shown.page(call, page)


def item(call: Call, page_id: str, property_id: str) -> Answered:
    """GET /pages/{id}/properties/{property}: a value of its own, or a list in pages."""
    call.need(read=True)
    page = call.page(page_id)
    source = call.world.source_of(page)
    found = source.named(property_id) if source else Property("title", "title", "title")
    if found is None or (source is None and property_id != "title"):
        raise invalid(f"Could not find property with name or id: {property_id}")
    value = call.reader().value(page, found, page.values)
    head = {"object": "property_item", "type": found.type, "id": encoded(found.id)}
    if found.type in LISTED:
        items = [{**head, found.type: one} for one in value]
        return _items(call, page, found, items, {})
    if found.type == "rollup" and value["type"] == "array":
        items = [{"object": "property_item", "id": encoded(found.id), **one} for one in value["array"]]
        return _items(call, page, found, items, {"rollup": {**value, "array": []}})
    return {**head, found.type: value}


def _items(
    call: Call, page: Page, found: Property, items: list[dict[str, Any]], more: dict[str, Any]
) -> dict[str, Any]:
    size = call.size()
    cursor = call.cursor()
    if cursor is not None and not (cursor.isdigit() and int(cursor) < len(items)):
        raise invalid(f"The start_cursor provided is invalid: {cursor}")
    start = int(cursor or 0)
    after = str(start + size) if start + size < len(items) else None
    if call.mood.repeat and after:
        after = str(start)
    answer = as_list("property_item", items[start : start + size], after)
    path = f"https://api.notion.com/v1/pages/{page.id}/properties/{encoded(found.id)}"
    address = f"{path}?page_size={size}&start_cursor={after}" if after else None
    answer["property_item"] = {"id": encoded(found.id), "next_url": address, "type": found.type, found.type: {}, **more}
    return answer


def known(body: dict[str, Any], names: tuple[str, ...]) -> None:
    """Refuse a body that has a key nobody asked for."""
    for key, value in body.items():
        if key not in names:
            raise misfit(f"body.{key}", "not present", value)
