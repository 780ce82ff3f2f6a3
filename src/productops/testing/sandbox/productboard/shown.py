"""How things and fields are shown."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from productops.testing.sandbox.productboard.world import PARENTS, Column, Thing, World, stamp

REDACTED = "[redacted]"
EMPTY: tuple[Any, ...] = (None, "", [])
PAGE = 100


def home(thing: Thing) -> str:
    """Return the first part of a thing's address."""
    return "notes" if thing.is_note else "entities"


def reference(thing: Thing, base: str) -> dict[str, Any]:
    """Return all that a create or a change answers with."""
    return {"id": thing.id, "type": thing.type, "links": {"self": f"{base}/v2/{home(thing)}/{thing.id}"}}


def shown(world: World, thing: Thing, base: str, *, wanted: Collection[str], scopes: Collection[str]) -> dict[str, Any]:
    """Return a thing as reads show it: without empty fields unless ``all`` are wanted, e-mails hidden without scope."""
    fields = {name: _hidden(thing, name, scopes) for name in world.columns[thing.type]}
    if "all" not in wanted:
        named = {name: value for name, value in fields.items() if not wanted or name in wanted}
        fields = {name: value for name, value in named.items() if value not in EMPTY}
    links = relationships(thing, base)
    more = f"{base}/v2/{home(thing)}/{thing.id}/relationships?pageCursor={PAGE}" if len(links) > PAGE else None
    return {
        "id": thing.id,
        "type": thing.type,
        "fields": fields,
        "relationships": {"data": links[:PAGE], "links": {"next": more}},
        "metadata": {"source": dict(thing.source)} if thing.source else {},
        "links": {"self": f"{base}/v2/{home(thing)}/{thing.id}", "html": f"https://example.com/{thing.id}"},
        "createdAt": stamp(thing.created),
        "updatedAt": stamp(thing.updated),
    }


def relationships(thing: Thing, base: str) -> list[dict[str, Any]]:
    """Return the relationships of a thing."""
    return [
        {"type": kind, "target": {"id": target, "type": what, "links": {"self": f"{base}/v2/entities/{target}"}}}
        for kind, what, target in thing.links
    ]


def _hidden(thing: Thing, name: str, scopes: Collection[str]) -> Any:
    """Return a value without the addresses in it, where the token may not see them."""
    value = thing.fields.get(name)
    if name == "processed" and thing.fields.get("archived"):
        return False  # whatever it was before it went into the archive
    if thing.type == "user" and "users:pii:read" not in scopes and name in ("email", "name") and value:
        return REDACTED
    if isinstance(value, dict) and "email" in value and "members:pii:read" not in scopes:
        return {**value, "email": REDACTED}
    return value


def configuration(world: World, kind: str, base: str) -> dict[str, Any]:
    """Return what a type of things is made of."""
    columns = world.columns[kind].values()
    parents = [{"type": "parent", "targets": list(PARENTS[kind])}] if kind in PARENTS else []
    return {
        "type": kind,
        "fields": {one.id: _field(one, base) for one in columns},
        "relationships": [*parents, {"type": "link"}],
    }


def _field(one: Column, base: str) -> dict[str, Any]:
    able = not one.fixed
    told: dict[str, Any] = {
        "id": one.id,
        "name": one.name,
        "path": f"fields.{one.id}",
        "schema": one.schema,
        "lifecycle": {"create": able, "update": able, "patch": able},
        "constraints": {"required": one.required},
    }
    if one.default:
        told["default"] = option((one.default, one.options[one.default]))
    if one.options:
        values = [option(each) for each in one.options.items()]
        more = f"{base}/v2/entities/fields/{one.id}/values" if len(values) > 1000 else None
        told["values"] = {"data": values[:1000], "links": {"next": more}}
    return told


def option(item: tuple[str, str]) -> dict[str, str]:
    """Return an option of a select field."""
    return {"id": item[1], "name": item[0]}


def score(world: World, thing: Thing) -> float:
    """Return the customer score: here one for each note that is linked to a thing or to something below it."""
    ids = {one.id for one in world.below(thing)}
    notes = (one for one in world.things.values() if one.is_note)
    return float(sum(1 for note in notes for kind, _, id_ in note.links if kind == "link" and id_ in ids))
