"""Files attached to issues: little more than what is known of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from email import message_from_bytes
from email.message import Message
from typing import Any

from productops.testing.sandbox.jira import render
from productops.testing.sandbox.jira.call import Call
from productops.testing.sandbox.jira.errors import RefusedError
from productops.testing.sandbox.jira.state import Attachment, Issue
from productops.testing.sandbox.wire import Answer

FILES = 60


def attach(call: Call, key: str) -> Answer:
    """``POST /issue/{key}/attachments``: multipart parts named ``file``, with the header against forgery."""
    issue = call.issue(key)
    if call.request.headers.get("x-atlassian-token", "").lower() not in {"no-check", "nocheck"}:
        raise RefusedError(403, "XSRF check failed")
    kind = call.request.headers.get("content-type", "")
    whole = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + call.request.body)
    files = [part for part in _parts(whole) if part.get_param("name", header="content-disposition") == "file"]
    if not files or len(files) > FILES:
        raise RefusedError(400, f"Between 1 and {FILES} files are expected.")
    new = tuple(_file(call, part) for part in files)
    call.site.put(replace(issue, attachments=issue.attachments + new, updated=call.now), call.now)
    return Answer.of([render.attachment(call, one) for one in new])


def _parts(whole: Message) -> Sequence[Message]:
    payload = whole.get_payload()
    return [part for part in payload if isinstance(part, Message)] if isinstance(payload, list) else []


def _file(call: Call, part: Message) -> Attachment:
    content = part.get_payload(decode=True)
    data = content if isinstance(content, bytes) else b""
    identity, name = str(call.site.next_id("attachment")), part.get_filename() or "file"
    return Attachment(identity, name, part.get_content_type(), data, call.me.account_id, call.now)


def _found_file(call: Call, identity: str) -> tuple[Issue, Attachment]:
    for issue in call.site.issues.values():
        for one in issue.attachments:
            if one.id == identity and call.sees(issue.project):
                return issue, one
    raise RefusedError(404, f"The attachment with id '{identity}' does not exist")


def attachment(call: Call, identity: str) -> Answer:
    """``GET`` (what is known of it) and ``DELETE`` of a file."""
    issue, found = _found_file(call, identity)
    if call.request.method == "GET":
        number: Any = int(identity) if call.site.cloud else identity
        return Answer.of({**render.attachment(call, found), "id": number})
    rest = tuple(one for one in issue.attachments if one.id != identity)
    call.site.put(replace(issue, attachments=rest, updated=call.now), call.now)
    return Answer(204)


def attachment_content(call: Call, identity: str) -> Answer:
    """``GET /attachment/content/{id}``: the bytes."""
    _, found = _found_file(call, identity)
    return Answer(200, {"Content-Type": found.mime}, found.content)
