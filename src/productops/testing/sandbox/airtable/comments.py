"""Comments on records; only their author may change or delete them."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from productops.testing.sandbox.airtable.refusal import RefusedError, bad_request, by_status
from productops.testing.sandbox.airtable.store import Comment, Row, World
from productops.testing.sandbox.airtable.values import iso

PAGE = 100
MENTION = re.compile(r"@\[(usr[A-Za-z0-9]+)\]")


def page(world: World, row: Row, page_size: str | None, offset: str | None) -> dict[str, Any]:
    """Return a page of comments, the newest first."""
    size = min(int(page_size), PAGE) if page_size and page_size.isdigit() else PAGE
    start = int(offset) if offset and offset.isdigit() else 0
    newest = row.comments[::-1]
    more = str(start + size) if start + size < len(newest) else None
    return {"comments": [shown(world, comment) for comment in newest[start : start + size]], "offset": more}


def shown(world: World, comment: Comment) -> dict[str, Any]:
    """Return a comment as JSON."""
    known: dict[str, Any] = {
        "id": comment.id,
        "author": world.users[comment.author].shown(),
        "createdTime": iso(comment.created),
        "lastUpdatedTime": iso(comment.updated) if comment.updated else None,
        "text": comment.text,
    }
    people = [world.users[user] for user in MENTION.findall(comment.text) if user in world.users]
    if people:
        known["mentioned"] = {
            user.id: {"id": user.id, "type": "user", "displayName": user.name or user.email, "email": user.email}
            for user in people
        }
    return known if comment.parent is None else {**known, "parentCommentId": comment.parent}


def add(world: World, row: Row, body: dict[str, Any], now: datetime, user: str) -> Comment:
    """Write a comment. Raises ``RefusedError``."""
    parent = body.get("parentCommentId")
    if parent is not None and all(comment.id != parent for comment in row.comments):
        raise bad_request()
    comment = Comment(world.ids.mint("com"), user, now, _text(body), parent=parent)
    row.comments.append(comment)
    return comment


def change(row: Row, comment_id: str, body: dict[str, Any], now: datetime, user: str) -> Comment:
    """Rewrite an own comment. Raises ``RefusedError``."""
    comment = _own(row, comment_id, user)
    comment.text, comment.updated = _text(body), now
    return comment


def delete(row: Row, comment_id: str, user: str) -> dict[str, Any]:
    """Delete an own comment. Raises ``RefusedError``."""
    row.comments.remove(_own(row, comment_id, user))
    return {"id": comment_id, "deleted": True}


def _own(row: Row, comment_id: str, user: str) -> Comment:
    comment = next((comment for comment in row.comments if comment.id == comment_id), None)
    if comment is None:
        raise by_status(403)
    if comment.author != user:
        raise RefusedError(403, "INVALID_PERMISSIONS", "You are not permitted to change this comment")
    return comment


def _text(body: dict[str, Any]) -> str:
    text = body.get("text")
    if not isinstance(text, str) or not text:
        raise bad_request()
    return text
