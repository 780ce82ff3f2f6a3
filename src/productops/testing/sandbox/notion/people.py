"""Users: everybody in the workspace but its guests, one by one, and the token's own bot."""

from __future__ import annotations

from typing import Any

from productops.testing.sandbox.notion.call import Call, user_shown
from productops.testing.sandbox.notion.refusal import by_status
from productops.testing.sandbox.notion.world import User

UPLOAD_LIMIT = 5_242_880  # bytes
Answered = dict[str, Any]


def listing(call: Call) -> Answered:
    """GET /users."""
    if call.token.users == "none":
        raise by_status(403)
    found = [one for one in call.world.users.values() if not one.guest]
    return call.listed("user", found, lambda one: one.id, lambda one: whole(call, one))


def retrieve(call: Call, user_id: str) -> Answered:
    """GET /users/{id}."""
    found = call.world.users.get(call.id(user_id, "path.user_id"))
    if found is None or (call.token.users == "none" and found.id != call.token.bot):
        raise call.missing("user", user_id)
    return whole(call, found)


def me(call: Call) -> Answered:
    """GET /users/me."""
    return whole(call, call.bot)


def whole(call: Call, user: User) -> Answered:
    """Return a user as the users' own paths show one: the token's own bot says where it belongs."""
    shown = user_shown(user, user.id, call.token.users if user.id != call.token.bot else "email")
    if user.id == call.token.bot:
        shown["bot"] = {
            "owner": {"type": "workspace", "workspace": True},
            "workspace_name": call.world.name,
            "workspace_id": call.world.id,
            "workspace_limits": {"max_file_upload_size_in_bytes": UPLOAD_LIMIT},
        }
    return shown
