"""What requests do to things: how they are shown, listed, made, changed, linked and deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from productops.testing.sandbox.productboard.refusal import RefusedError, invalid, missing
from productops.testing.sandbox.productboard.values import LISTS, stored
from productops.testing.sandbox.productboard.world import NEED_PARENT, NOTES, Thing, World, stamp

REDACTED = "[redacted]"
EMPTY: tuple[Any, ...] = (None, "", [])
ALIASES = {"simple": "textNote", "conversation": "conversationNote", "opportunity": "opportunityNote"}


def home(thing: Thing) -> str:
    """Return the first part of a thing's address."""
    return "notes" if thing.is_note else "entities"


def reference(thing: Thing, base: str) -> dict[str, Any]:
    """Return all that a create or a change answers with."""
    return {"id": thing.id, "type": thing.type, "links": {"self": f"{base}/v2/{home(thing)}/{thing.id}"}}


def shown(world: World, thing: Thing, base: str, *, whole: bool, pii: bool) -> dict[str, Any]:
    """Return a thing as reads show it: without empty fields unless all are asked for, e-mails hidden without scope."""
    fields = {name: hidden(thing.fields.get(name), name, pii=pii) for name in world.columns[thing.type]}
    if not whole:
        fields = {name: value for name, value in fields.items() if value not in EMPTY}
    links = [
        {"type": kind, "target": {"id": target, "type": what, "links": {"self": f"{base}/v2/entities/{target}"}}}
        for kind, what, target in thing.links
    ]
    return {
        "id": thing.id,
        "type": thing.type,
        "fields": fields,
        "relationships": {"data": links, "links": {"next": None}},
        "metadata": {"source": dict(thing.source)} if thing.source else {},
        "links": {"self": f"{base}/v2/{home(thing)}/{thing.id}", "html": f"https://example.com/{thing.id}"},
        "createdAt": stamp(thing.created),
        "updatedAt": stamp(thing.updated),
    }


def hidden(value: Any, name: str, *, pii: bool) -> Any:
    """Return a value without the addresses in it, where the token may not see them."""
    if pii or value is None:
        return value
    if name == "email":
        return REDACTED
    return {**value, "email": REDACTED} if isinstance(value, dict) and "email" in value else value


def make(world: World, data: Mapping[str, Any], now: datetime, *, notes: bool) -> Thing:
    """Make a thing, with its relationships, or nothing at all."""
    kind = str(data.get("type"))
    kind = ALIASES.get(kind, kind) if notes else kind
    if kind not in world.columns or (kind in NOTES) != notes or kind == "opportunityNote":
        raise invalid(f"type {kind!r} cannot be created here", "/data/type")
    thing = Thing("", kind, {}, now, now, source=dict((data.get("metadata") or {}).get("source") or {}))
    put(world, thing, data.get("fields") or {})
    if not thing.fields.get("name"):
        raise invalid("name is required", "/data/fields/name")
    for one in data.get("relationships") or []:
        link(world, thing, one)
    if kind in NEED_PARENT and thing.parent() is None:
        raise RefusedError(422, f"Entity of type {kind}s cannot be without a parent")
    thing.id = world.new_id()
    world.things[thing.id] = thing
    return thing


def put(world: World, thing: Thing, fields: Mapping[str, Any]) -> None:
    """Set fields; a list replaces the whole list."""
    columns = world.columns[thing.type]
    if unknown := [name for name in fields if name not in columns]:
        raise invalid(f"unknown field {unknown[0]!r}", f"/data/fields/{unknown[0]}")
    fresh = {name: stored(world, columns[name], value, note=thing.is_note) for name, value in fields.items()}
    thing.fields = {**thing.fields, **fresh}


def change(world: World, thing: Thing, data: Mapping[str, Any], now: datetime) -> None:
    """Carry out a PATCH."""
    if "fields" in data and "patch" in data:
        raise invalid("fields and patch cannot be combined", "/data")
    if "metadata" in data:
        if thing.is_note:
            raise invalid("metadata cannot be changed", "/data/metadata")
        merged = {**thing.source, **((data["metadata"] or {}).get("source") or {})}
        thing.source = {name: value for name, value in merged.items() if value is not None}
    fields = dict(data.get("fields") or {})
    for number, step in enumerate(data.get("patch") or []):
        fields[step.get("path")] = _step(world, thing, step, fields, f"/data/patch/{number}")
    put(world, thing, fields)
    thing.updated = now


def _step(world: World, thing: Thing, step: Mapping[str, Any], so_far: Mapping[str, Any], at: str) -> Any:
    path, op, value = step.get("path"), step.get("op"), step.get("value")
    column = world.columns[thing.type].get(str(path))
    if column is None:
        raise invalid(f"unknown field {path!r}", at)
    if op == "set":
        return value
    if op == "clear":
        return None
    if op not in ("addItems", "removeItems") or column.schema not in LISTS:
        raise invalid(f"{op!r} does not fit {path!r}", at)
    kept = list(so_far[column.id] if column.id in so_far else thing.fields.get(column.id) or [])
    items = [stored(world, column, [one], note=thing.is_note)[0] for one in value or []]
    if op == "removeItems":
        return [one for one in kept if one not in items]
    return kept + [one for one in items if one not in kept]


def link(world: World, thing: Thing, data: Mapping[str, Any], *, replace: bool = False) -> None:
    """Add a relationship; one parent and one customer at most."""
    kind, target = str(data.get("type")), data.get("target") or {}
    found = world.things.get(str(target.get("id")))
    if found is None and target.get("email"):
        found = next((one for one in world.things.values() if one.fields.get("email") == target["email"]), None)
    if found is None:
        raise missing("The target of the relationship")
    if thing.is_note and kind == "link" and target.get("type") != "link":
        raise invalid("the type of a link's target is 'link'", "/data/target/type")
    if kind in ("parent", "customer"):
        if not replace and any(one[0] == kind for one in thing.links):
            raise RefusedError(409 if kind == "parent" else 422, f"There is a {kind} already.")
        thing.links = [one for one in thing.links if one[0] != kind]
    if (kind, found.type, found.id) not in thing.links:
        thing.links = [*thing.links, (kind, found.type, found.id)]


def remove(world: World, thing: Thing) -> None:
    """Delete a thing and, without a word, everything below it."""
    for one in list(world.below(thing)):
        world.things.pop(one.id, None)
    for one in world.things.values():
        one.links = [each for each in one.links if each[2] in world.things]


def chosen(things: Iterable[Thing], tests: Iterable[Callable[[Thing], bool]]) -> list[Thing]:
    """Return the things that pass all tests."""
    wanted = list(tests)
    return [one for one in things if all(test(one) for test in wanted)]
