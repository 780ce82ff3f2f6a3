"""What requests do to things: how they are made and changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from productops.testing.sandbox.productboard.refusal import RefusedError, invalid
from productops.testing.sandbox.productboard.relations import link
from productops.testing.sandbox.productboard.values import LISTS, key_of, stored
from productops.testing.sandbox.productboard.world import NEED_PARENT, NOTES, Column, Thing, World

ALIASES = {"simple": "textNote", "conversation": "conversationNote", "opportunity": "opportunityNote"}
CLEARED = ("owner", "tags")  # all that may be cleared in a note
OPERATIONS = ("set", "clear", "addItems", "removeItems")


def make(world: World, data: Mapping[str, Any], now: datetime, *, notes: bool) -> Thing:
    """Make a thing, with its relationships, or nothing at all."""
    kind = str(data.get("type"))
    kind = ALIASES.get(kind, kind) if notes else kind
    if kind not in world.columns or (kind in NOTES) != notes or kind == "opportunityNote":
        raise invalid(f"type {kind!r} cannot be created here", "/data/type")
    thing = Thing("", kind, {}, now, now, source=_source((data.get("metadata") or {}).get("source")))
    defaults = {one.id: {"name": one.default} for one in world.columns[kind].values() if one.default}
    put(world, thing, {**defaults, **(data.get("fields") or {})})
    if not thing.fields.get("name") and world.columns[kind]["name"].required:
        raise invalid("name is required", "/data/fields/name")
    given = data.get("relationships") or []
    for one in given:
        link(world, thing, one, now)
    if kind in NEED_PARENT and thing.parent() is None:
        raise RefusedError(422, f"Entity of type {kind}s cannot be without a parent")
    thing.id, thing.links = world.new_id(), []
    world.things[thing.id] = thing
    for one in given:  # once more, as the other ends can tell of it now
        link(world, thing, one, now)
    return thing


def _source(given: Any) -> dict[str, Any]:
    if given is None:
        return {}
    if not isinstance(given, dict) or set(given) - {"system", "recordId", "url"}:
        raise invalid("a source has system, recordId and url", "/data/metadata/source")
    return dict(given)


def put(world: World, thing: Thing, fields: Mapping[str, Any]) -> None:
    """Set fields; a list replaces the whole list."""
    columns = world.columns[thing.type]
    if unknown := [name for name in fields if name not in columns]:
        raise invalid(f"unknown field {unknown[0]!r}", f"/data/fields/{unknown[0]}")
    if fixed := [name for name in fields if columns[name].fixed]:
        raise invalid(f"{fixed[0]!r} cannot be changed", f"/data/fields/{fixed[0]}")
    fresh = {name: stored(world, columns[name], value, note=thing.is_note) for name, value in fields.items()}
    if thing.is_note and fresh.get("archived") is False and thing.fields.get("archived"):
        fresh["processed"] = True
    thing.fields = {**thing.fields, **fresh}


def change(world: World, thing: Thing, data: Mapping[str, Any], now: datetime, *, by_hand: bool = False) -> None:
    """Carry out a PATCH."""
    if "fields" in data and "patch" in data:
        raise invalid("fields and patch cannot be combined", "/data")
    if unknown := set(data) - {"type", "fields", "patch", "metadata"}:
        raise invalid(f"unknown key {min(unknown)!r}", "/data")
    fields = dict(data.get("fields") or {})
    changed: dict[str, set[str]] = {}
    for number, step in enumerate(data.get("patch") or []):
        at = f"/data/patch/{number}"
        column = _named(world, thing, step, at)
        changed.setdefault(column.id, set()).add(str(step.get("op")))
        fields[column.id] = _step(world, thing, column, step, fields, at)
    if any(len(ops & {"set", "clear"}) and len(ops & {"addItems", "removeItems"}) for ops in changed.values()):
        raise invalid("set and clear cannot be mixed with addItems and removeItems", "/data/patch")
    if thing.locked and "content" in fields and not by_hand:
        raise RefusedError(422, "The content has links and cannot be changed.", code="validation.forbidden")
    thing.keep(now)
    if "metadata" in data:
        if thing.is_note:
            raise invalid("metadata cannot be changed", "/data/metadata")
        merged = {**thing.source, **_source((data["metadata"] or {}).get("source"))}
        thing.source = {name: value for name, value in merged.items() if value is not None}
    put(world, thing, fields)
    thing.updated = now


def _named(world: World, thing: Thing, step: Mapping[str, Any], at: str) -> Column:
    column = world.columns[thing.type].get(str(step.get("path")))
    if column is None:
        raise invalid(f"unknown field {step.get('path')!r}", at)
    if step.get("op") not in OPERATIONS:
        raise invalid(f"unknown operation {step.get('op')!r}", at)
    return column


def _step(
    world: World, thing: Thing, column: Column, step: Mapping[str, Any], so_far: Mapping[str, Any], at: str
) -> Any:
    op, value = step["op"], step.get("value")
    if op == "set":
        return value
    if op == "clear":
        if thing.is_note and column.id not in CLEARED:
            raise invalid(f"{column.id!r} cannot be cleared", at)
        return None
    if column.schema not in LISTS or not isinstance(value, list):
        raise invalid(f"{op!r} does not fit {column.id!r}", at)
    kept = list(so_far[column.id] if column.id in so_far else thing.fields.get(column.id) or [])
    items = stored(world, column, value, note=thing.is_note)
    keys = {key_of(one) for one in items}
    if op == "removeItems":
        return [one for one in kept if key_of(one) not in keys]
    return [*(one for one in kept if key_of(one) not in keys), *items]
