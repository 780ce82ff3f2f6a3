"""Members and teams: the workspace's own people, who are not its customers."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from productops.testing.sandbox.productboard.refusal import RefusedError, invalid, missing, no_route
from productops.testing.sandbox.productboard.shown import REDACTED
from productops.testing.sandbox.productboard.world import World
from productops.testing.sandbox.wire import Request


def answer(world: World, request: Request, parts: list[str], body: Any, scopes: Collection[str]) -> Any:
    """Return the list or the single one that a request about members or teams asks for."""
    where, rest = parts[0], parts[1:]
    held: dict[str, dict[str, Any]] = getattr(world, where)
    match request.method, *rest:
        case ["GET"]:
            return [_seen(one, scopes) for one in held.values() if _wanted(one, request)]
        case "POST", "search" if where == "members":
            asked = body.get("filter") or body
            ids, emails = set(asked.get("ids") or ()), {each.casefold() for each in asked.get("emails") or ()}
            found = (one for one in held.values() if one["id"] in ids or one["email"].casefold() in emails)
            return [_seen(one, scopes) for one in found]
        case "GET", id_:
            if id_ not in held:
                raise missing(f"The {where[:-1]} {id_}")
            return _seen(held[id_], scopes)
        case ["POST"] if where == "teams":
            return add_team(world, dict(body.get("fields") or {}))
    raise no_route()


def add_team(world: World, fields: dict[str, Any]) -> dict[str, Any]:
    """Add a team. Names and handles are unique."""
    name = fields.get("name")
    if not name:
        raise invalid("name is required", "/data/fields/name")
    handle = fields.get("handle") or "-".join(str(name).casefold().split())
    if any(name == one["name"] or handle == one["handle"] for one in world.teams.values()):
        raise RefusedError(409, "There is a team of this name.")
    id_ = world.new_id()
    world.teams[id_] = {"id": id_, "name": name, "handle": handle}
    return world.teams[id_]


def _wanted(one: dict[str, Any], request: Request) -> bool:
    if one.get("disabled") and request.param("includeDisabled") != "true":
        return False
    if (roles := request.params("roles[]")) and one.get("role") not in roles:
        return False
    return (request.param("query") or "").casefold() in f"{one.get('name')} {one.get('email', '')}".casefold()


def _seen(one: dict[str, Any], scopes: Collection[str]) -> dict[str, Any]:
    return {**one, "email": REDACTED} if "email" in one and "members:pii:read" not in scopes else dict(one)
