"""Files being sent: announced, sent in one piece, then named by pages and blocks."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from productops.testing.sandbox.notion.call import Call
from productops.testing.sandbox.notion.refusal import invalid, misfit
from productops.testing.sandbox.notion.world import Upload, minute

Answered = dict[str, Any]


def create(call: Call) -> Answered:
    """POST /file_uploads."""
    call.need(insert=True)
    body = call.body()
    mode = body.get("mode", "single_part")
    if mode != "single_part":
        raise invalid(f"The sandbox takes files in one piece, not by {mode}.")
    if not isinstance(body.get("filename"), str):
        raise misfit("body.filename", "defined", body.get("filename", ...))
    kind = body.get("content_type") or "application/octet-stream"
    made = Upload(call.world.ids.new(), body["filename"], kind, call.now, call.token.bot)
    call.world.uploads[made.id] = made
    return shown(call, made)


def send(call: Call, upload_id: str) -> Answered:
    """POST /file_uploads/{id}/send: one form with the file in it."""
    call.need(insert=True)
    found = _upload(call, upload_id)
    if found.status != "pending":
        raise invalid(f"File upload {found.id} is {found.status}.")
    kind = call.request.headers.get("content-type", "")
    boundary = re.search(r'boundary="?([^";]+)', kind)
    if "multipart/form-data" not in kind or boundary is None:
        raise invalid("body failed validation: a multipart form with the field file is needed.")
    for part in call.request.body.split(b"--" + boundary[1].encode()):
        head, _, content = part.partition(b"\r\n\r\n")
        if b'name="file"' in head:
            found.length, found.status = len(content.removesuffix(b"\r\n")), "uploaded"
            return shown(call, found)
    raise misfit("body.file", "defined", ...)


def retrieve(call: Call, upload_id: str) -> Answered:
    """GET /file_uploads/{id}."""
    return shown(call, _upload(call, upload_id))


def listing(call: Call) -> Answered:
    """GET /file_uploads."""
    status = call.request.param("status")
    found = [one for one in call.world.uploads.values() if status in (None, one.status)]
    return call.listed("file_upload", found, lambda one: one.id, lambda one: shown(call, one))


def _upload(call: Call, upload_id: str) -> Upload:
    found = call.world.uploads.get(call.id(upload_id, "path.file_upload_id"))
    if found is None:
        raise call.missing("file upload", upload_id)
    return found


def shown(call: Call, found: Upload) -> Answered:
    """Return a file upload."""
    answer = {
        "object": "file_upload",
        "id": found.id,
        "created_time": minute(found.created),
        "created_by": {"id": found.creator, "type": "bot"},
        "last_edited_time": minute(found.created),
        "expiry_time": minute(found.created + timedelta(hours=1)),
        "in_trash": False,
        "status": found.status,
        "filename": found.name,
        "content_type": found.type,
        "content_length": found.length,
    }
    if found.status == "pending":
        answer["upload_url"] = f"https://api.notion.com/v1/file_uploads/{found.id}/send"
    return {**answer, "archived": False} if call.old else answer
