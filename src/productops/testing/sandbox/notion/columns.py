"""The columns of a source as answers show them."""

from __future__ import annotations

from typing import Any

from productops.testing.sandbox.notion.schema import CHOICES
from productops.testing.sandbox.notion.world import Property, Source, World, encoded


def shown(found: Property, source: Source, world: World) -> dict[str, Any]:
    """Return a column as a source's ``properties`` show it."""
    more: dict[str, Any] = {}
    if found.type in CHOICES:
        more["options"] = [
            {"id": one.id, "name": one.name, "color": one.color, "description": one.description}
            for one in found.options
        ]
    if found.type == "status":
        more["groups"] = found.more["groups"]
    if found.type == "number":
        more["format"] = found.more["format"]
    if found.type == "unique_id":
        more["prefix"] = found.more["prefix"]
    if found.type == "formula":
        more["expression"] = found.more["expression"]
    if found.type == "relation":
        more = _relation_shown(found, world)
    if found.type == "rollup":
        more = _rollup_shown(found, source, world)
    head = {"id": encoded(found.id), "name": found.name, "description": found.description}
    return {**head, "type": found.type, found.type: more}


def _relation_shown(found: Property, world: World) -> dict[str, Any]:
    target = world.sources[found.more["source"]]
    head = {"database_id": target.database, "data_source_id": target.id}
    twin = target.properties.get(found.more["twin"] or "")
    if twin is None:
        return {**head, "type": "single_property", "single_property": {}}
    names = {"synced_property_name": twin.name, "synced_property_id": encoded(twin.id)}
    return {**head, "type": "dual_property", "dual_property": names}


def _rollup_shown(found: Property, source: Source, world: World) -> dict[str, Any]:
    link = source.properties.get(found.more["link"])
    column = world.sources[link.more["source"]].properties.get(found.more["column"]) if link else None
    return {
        "rollup_property_name": column.name if column else "",
        "relation_property_name": link.name if link else "",
        "rollup_property_id": found.more["column"],
        "relation_property_id": found.more["link"],
        "function": found.more["function"],
    }
