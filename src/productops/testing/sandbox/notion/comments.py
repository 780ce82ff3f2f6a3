"""Comments: discussions under pages and blocks."""

from __future__ import annotations

from typing import Any

from productops.testing.sandbox.notion import shown, text
from productops.testing.sandbox.notion.call import Call
from productops.testing.sandbox.notion.pages import known
from productops.testing.sandbox.notion.refusal import by_status, invalid, misfit
from productops.testing.sandbox.notion.world import Comment, Node, Page

Answered = dict[str, Any]


def listing(call: Call) -> Answered:
    """GET /comments: the discussions of a page or block that are not resolved."""
    call.need(comments=True)
    block = call.request.param("block_id")
    if block is None:
        raise misfit("query.block_id", "defined", ...)
    node = call.node(Node, block, "block", "query.block_id")
    found = [one for one in call.world.comments.values() if one.parent[1] == node.id and not one.resolved]
    return call.listed("comment", found, lambda one: one.id, lambda one: shown.comment(call, one))


def create(call: Call) -> Answered:
    """POST /comments: a new discussion, or a word more in one."""
    call.need(comments=True)
    body = call.body()
    known(body, ("parent", "discussion_id", "rich_text", "markdown", "attachments", "display_name"))
    words = _words(body)
    parent, discussion = _place(call, body)
    made = Comment(call.world.ids.new(), parent, discussion, call.now, call.now, call.token.bot, words)
    call.world.comments[made.id] = made
    return shown.comment(call, made)


def _words(body: dict[str, Any]) -> list[dict[str, Any]]:
    if "markdown" in body and "rich_text" not in body:
        return text.plain(str(body["markdown"]))
    return text.normalised(body.get("rich_text", ...), "body.rich_text")


def _place(call: Call, body: dict[str, Any]) -> tuple[tuple[str, str], str]:
    if (discussion := body.get("discussion_id")) is not None:
        wanted = call.id(discussion, "body.discussion_id")
        first = next((one for one in call.world.comments.values() if one.discussion == wanted), None)
        if first is None or not call.world.shared(call.world.nodes[first.parent[1]]):
            raise call.missing("discussion", wanted)
        return first.parent, wanted
    given = body.get("parent", ...)
    key = next((one for one in ("page_id", "block_id") if isinstance(given, dict) and one in given), None)
    if key is None:
        raise misfit("body.parent.page_id", "defined", ...)
    kind = Page if key == "page_id" else Node
    node = call.node(kind, given[key], key.removesuffix("_id"), f"body.parent.{key}")
    if call.world.in_trash(node):
        raise invalid("Can't comment on a block that is archived.")
    return (key, node.id), call.world.ids.new()


def retrieve(call: Call, comment_id: str) -> Answered:
    """GET /comments/{id}."""
    call.need(comments=True)
    return shown.comment(call, call.comment(comment_id))


def update(call: Call, comment_id: str) -> Answered:
    """PATCH /comments/{id}; only of the bot's own."""
    found = _own(call, comment_id)
    found.text = _words(call.body())
    found.edited = call.now
    return shown.comment(call, found)


def delete(call: Call, comment_id: str) -> Answered:
    """DELETE /comments/{id}; only of the bot's own."""
    found = _own(call, comment_id)
    del call.world.comments[found.id]
    return shown.comment(call, found)


def _own(call: Call, comment_id: str) -> Comment:
    call.need(comments=True)
    found = call.comment(comment_id)
    if found.author != call.token.bot:
        raise by_status(403)
    return found
