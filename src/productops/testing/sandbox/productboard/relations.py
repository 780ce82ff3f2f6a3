"""Relationships: who stands below whom, what is linked, and who a note is from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from productops.testing.sandbox.productboard.refusal import RefusedError, invalid, missing
from productops.testing.sandbox.productboard.world import NEED_PARENT, PARENTS, Thing, World

OTHER_END = {
    "parent": "child", "child": "parent", "link": "link", "isBlockedBy": "isBlocking", "isBlocking": "isBlockedBy",
}  # fmt: skip
OF_NOTES = ("customer", "link")
CUSTOMERS = ("user", "company")


def link(world: World, thing: Thing, data: Mapping[str, Any], now: datetime, *, replace: bool = False) -> None:
    """Add a relationship, seen from both ends where both are entities; one parent and one customer at most."""
    kind, asked = str(data.get("type")), data.get("target") or {}
    if kind not in (OF_NOTES if thing.is_note else OTHER_END):
        raise invalid(f"{kind!r} is no relationship of {thing.type}", "/data/type")
    if thing.is_note and kind == "link" and asked.get("type") != "link":
        raise invalid("the type of a link's target is 'link'", "/data/target/type")
    found = target(world, asked)
    _fits(thing, kind, found)
    if kind in ("parent", "customer"):
        if not replace and any(one[0] == kind for one in thing.links):
            raise RefusedError(409 if kind == "parent" else 422, f"There is a {kind} already.")
        _drop(world, thing, kind, None)
    if kind == "child" and found.parent() is not None:
        raise RefusedError(409, "The target has a parent already.")
    _add(thing, kind, found)
    if thing.id and not thing.is_note:
        found.keep(now)
        _add(found, OTHER_END[kind], thing)


def target(world: World, asked: Mapping[str, Any]) -> Thing:
    """Return what a relationship leads to; customers also by e-mail. Nobody is made on the way."""
    found = world.things.get(str(asked.get("id")))
    if found is None and (email := str(asked.get("email") or "").casefold()):
        users = (one for one in world.things.values() if one.type == "user")
        found = next((one for one in users if str(one.fields.get("email")).casefold() == email), None)
    if found is None or found.is_note:
        raise missing("The target of the relationship")
    return found


def _fits(thing: Thing, kind: str, found: Thing) -> None:
    fits = {
        "customer": found.type in CUSTOMERS,
        "parent": found.type in PARENTS.get(thing.type, ()),
        "child": thing.type in PARENTS.get(found.type, ()),
    }.get(kind, found.type not in CUSTOMERS)
    if not fits or found.id == thing.id:
        raise RefusedError(422, f"A {found.type} cannot be the {kind} of a {thing.type}.")


def _add(thing: Thing, kind: str, found: Thing) -> None:
    if (kind, found.type, found.id) not in thing.links:
        thing.links = [*thing.links, (kind, found.type, found.id)]


def unlink(world: World, thing: Thing, kind: str, id_: str, now: datetime) -> None:
    """Take a relationship away. A note has one customer, so there the id is not looked at."""
    if kind == "parent" and thing.type in NEED_PARENT:
        raise RefusedError(422, f"Entity of type {thing.type}s cannot be without a parent")
    if not any(one[0] == kind and (kind == "customer" or one[2] == id_) for one in thing.links):
        raise missing("The relationship")
    _drop(world, thing, kind, None if kind == "customer" else id_, now)


def _drop(world: World, thing: Thing, kind: str, id_: str | None, now: datetime | None = None) -> None:
    gone = [one for one in thing.links if one[0] == kind and id_ in (None, one[2])]
    thing.links = [one for one in thing.links if one not in gone]
    for _, _, other in gone:
        found = world.things.get(other)
        if found is not None and not thing.is_note:
            if now:
                found.keep(now)
            found.links = [one for one in found.links if (one[0], one[2]) != (OTHER_END[kind], thing.id)]


def remove(world: World, thing: Thing, now: datetime) -> None:
    """Delete a thing and, without a word, everything below it."""
    for one in list(world.below(thing)):
        one.gone = now
        world.deleted[one.id] = world.things.pop(one.id)
    for one in world.things.values():
        one.links = [each for each in one.links if each[2] in world.things]
