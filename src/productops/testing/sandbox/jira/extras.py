"""What hangs on an issue: comments, properties, links, remote links, files and the history."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from email import message_from_bytes
from email.message import Message
from typing import Any

from productops.testing.sandbox.jira import issue_json, render, values, writing
from productops.testing.sandbox.jira.call import Call, last, page
from productops.testing.sandbox.jira.errors import FieldError, RefusedError
from productops.testing.sandbox.jira.state import Attachment, Comment, Issue, Link, RemoteLink
from productops.testing.sandbox.wire import Answer

PROPERTY_LIMIT = 32_768
KEY_LIMIT = 255
FILES = 60


def _body(call: Call, sent: dict[str, Any]) -> Any:
    try:
        found = values.rich_text(call, sent.get("body"))
    except FieldError as wrong:
        raise RefusedError(400, errors={"comment": str(wrong)}) from None
    if found is None:
        raise RefusedError(400, errors={"comment": "Comment body can not be empty!"})
    return found


def comments(call: Call, key: str) -> Answer:
    """``GET /issue/{key}/comment``: oldest first, or newest first with ``orderBy=-created``."""
    issue = call.issue(key)
    rows = [render.comment(call, issue, one) for one in issue.comments]
    if (call.request.param("orderBy") or "").startswith("-"):
        rows.reverse()
    most = 100 if call.site.cloud else 1000
    return Answer.of(page(call, rows, "comments", default=most, most=most))


def add_comment(call: Call, key: str) -> Answer:
    """``POST /issue/{key}/comment``."""
    issue = call.issue(key)
    new = writing.comment(call, issue, _body(call, call.body()))
    issue = call.site.put(replace(issue, comments=(*issue.comments, new), updated=call.now), call.now)
    shown = render.comment(call, issue, new)
    return Answer.of(shown, 201, {"Location": shown["self"]})


def _comment(issue: Issue, identity: str) -> Comment:
    found = next((one for one in issue.comments if one.id == identity), None)
    if found is None:
        raise RefusedError(404, f"Can not find a comment for the id: {identity}.")
    return found


def comment(call: Call, key: str, identity: str) -> Answer:
    """``GET``, ``PUT`` and ``DELETE`` of one comment."""
    issue = call.issue(key)
    old = _comment(issue, identity)
    if call.request.method == "GET":
        return Answer.of(render.comment(call, issue, old))
    if call.request.method == "DELETE":
        rest = tuple(one for one in issue.comments if one.id != identity)
        call.site.put(replace(issue, comments=rest, updated=call.now), call.now)
        return Answer(204)
    new = replace(old, body=_body(call, call.body()), updated=call.now)
    rest = tuple(new if one.id == identity else one for one in issue.comments)
    issue = call.site.put(replace(issue, comments=rest, updated=call.now), call.now)
    return Answer.of(render.comment(call, issue, new))


def check_property(key: str, value: Any) -> None:
    """Refuse a property whose key or value is too long."""
    if not 0 < len(key) <= KEY_LIMIT:
        raise RefusedError(400, f"The property key must be between 1 and {KEY_LIMIT} characters.")
    if len(json.dumps(value, ensure_ascii=False)) > PROPERTY_LIMIT:
        raise RefusedError(400, f"The property value exceeds the limit of {PROPERTY_LIMIT} characters.")


def properties(call: Call, key: str) -> Answer:
    """``GET /issue/{key}/properties``."""
    issue = call.issue(key)
    rows = [{"key": one, "self": call.url(f"issue/{issue.id}/properties/{one}")} for one in issue.properties]
    return Answer.of({"keys": rows})


def property_(call: Call, key: str, name: str) -> Answer:
    """``GET``, ``PUT`` and ``DELETE`` of one property; ``updated`` does not move."""
    issue = call.issue(key)
    if call.request.method == "PUT":
        try:
            value = call.request.json()
        except ValueError:
            raise RefusedError(400, "Property value must be a valid JSON.") from None
        check_property(name, value)
        call.site.put(replace(issue, properties={**issue.properties, name: value}), call.now)
        return Answer.of({}, 200 if name in issue.properties else 201)
    if name not in issue.properties:
        raise RefusedError(404, f"The property with key '{name}' does not exist.")
    if call.request.method == "GET":
        return Answer.of({"key": name, "value": issue.properties[name]})
    rest = {one: value for one, value in issue.properties.items() if one != name}
    call.site.put(replace(issue, properties=rest), call.now)
    return Answer(204)


def remote_links(call: Call, key: str) -> Answer:
    """``GET /issue/{key}/remotelink``: a list, or one link when ``globalId`` is asked."""
    issue = call.issue(key)
    wanted = call.request.param("globalId")
    if wanted is None:
        return Answer.of([_remote(call, issue, one) for one in issue.remote])
    found = next((one for one in issue.remote if one.global_id == wanted), None)
    if found is None:
        raise RefusedError(404, "A remote issue link with the given globalId does not exist.")
    return Answer.of(_remote(call, issue, found))


def _remote(call: Call, issue: Issue, link: RemoteLink) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": link.id, "self": call.url(f"issue/{issue.key}/remotelink/{link.id}")}
    return shown | ({"globalId": link.global_id} if link.global_id else {}) | link.body


def put_remote_link(call: Call, key: str) -> Answer:
    """``POST /issue/{key}/remotelink``: an upsert by ``globalId`` that forgets what is not sent."""
    issue, sent = call.issue(key), call.body()
    thing = sent.get("object")
    if not isinstance(thing, dict) or not thing.get("url") or not thing.get("title"):
        missing = [one for one in ("title", "url") if not isinstance(thing, dict) or not thing.get(one)]
        raise RefusedError(400, errors={one: f"'{one}' is required." for one in missing})
    name = sent.get("globalId")
    if name is not None and len(str(name)) > KEY_LIMIT:
        raise RefusedError(400, errors={"globalId": f"'globalId' must be at most {KEY_LIMIT} characters."})
    old = next((one for one in issue.remote if name is not None and one.global_id == name), None)
    body = {one: sent[one] for one in ("application", "relationship", "object") if sent.get(one) is not None}
    body.setdefault("application", {})
    new = RemoteLink(old.id if old else call.site.next_id("remote"), name, body)
    rest = tuple(new if one is old else one for one in issue.remote) if old else (*issue.remote, new)
    call.site.put(replace(issue, remote=rest, updated=call.now), call.now)
    shown = {"id": new.id, "self": call.url(f"issue/{issue.key}/remotelink/{new.id}")}
    return Answer.of(shown, 200 if old else 201)


def drop_remote_link(call: Call, key: str, identity: str | None = None) -> Answer:
    """``DELETE`` of a remote link, by its id or by ``globalId``."""
    issue, name = call.issue(key), call.request.param("globalId")
    gone = [one for one in issue.remote if str(one.id) == identity or (identity is None and one.global_id == name)]
    if not gone:
        raise RefusedError(404, "The remote issue link does not exist.")
    rest = tuple(one for one in issue.remote if one not in gone)
    call.site.put(replace(issue, remote=rest, updated=call.now), call.now)
    return Answer(204)


def remote_link(call: Call, key: str, identity: str) -> Answer:
    """``GET /issue/{key}/remotelink/{id}``."""
    issue = call.issue(key)
    found = next((one for one in issue.remote if str(one.id) == identity), None)
    if found is None:
        raise RefusedError(404, "The remote issue link does not exist.")
    return Answer.of(_remote(call, issue, found))


def link_types(call: Call) -> Answer:
    """``GET /issueLinkType``."""
    return Answer.of({"issueLinkTypes": [issue_json.link_type(call, one) for one in call.site.link_types]})


def link(call: Call) -> Answer:
    """``POST /issueLink``: 201 without a body; a duplicate does nothing but add its comment again."""
    sent = call.body()
    asked = sent.get("type") or {}
    kind = next((one for one in call.site.link_types.values() if asked.get("id") == one.id), None) or next(
        (one for one in call.site.link_types.values() if asked.get("name") == one.name), None
    )
    if kind is None:
        raise RefusedError(404, f"No issue link type with name '{asked.get('name')}' found.")
    ends = [call.issue(str((sent.get(end) or {}).get("key") or (sent.get(end) or {}).get("id"))) for end in _ENDS]
    if ends[0].id == ends[1].id:
        raise RefusedError(400, "You cannot link an issue to itself.")
    have = {(one.type, one.inward, one.outward) for one in call.site.links.values()}
    if (kind.id, ends[0].id, ends[1].id) not in have:
        _tie(call, Link(str(call.site.next_id("link")), kind.id, ends[0].id, ends[1].id))
    if isinstance(sent.get("comment"), dict):
        target = call.issue(ends[0].key)
        new = writing.comment(call, target, _body(call, sent["comment"]))
        call.site.put(replace(target, comments=(*target.comments, new), updated=call.now), call.now)
    return Answer(201)


_ENDS = ("inwardIssue", "outwardIssue")


def _tie(call: Call, new: Link) -> None:
    call.site.links[new.id] = new
    kind = call.site.link_types[new.type]
    for end, other, phrase in ((new.inward, new.outward, kind.outward), (new.outward, new.inward, kind.inward)):
        call.site.links_of.setdefault(end, set()).add(new.id)
        key = call.site.issues[other].key
        text = f"This issue {phrase} {key}"
        item = {"field": "Link", "fieldtype": "jira", "from": None, "fromString": None, "to": key, "toString": text}
        issue = call.site.issues[end]
        call.site.note(issue, call.me.account_id, call.now, [item])
        call.site.put(replace(issue, updated=call.now), call.now)


def issue_link(call: Call, identity: str) -> Answer:
    """``GET`` and ``DELETE`` of one link."""
    found = call.site.links.get(identity)
    if found is None or not all(call.sees(call.site.issues[one].project) for one in (found.inward, found.outward)):
        raise RefusedError(404, f"No issue link with id '{identity}' exists.")
    if call.request.method == "DELETE":
        call.site.unlink(identity)
        return Answer(204)
    ends = {name: call.site.issues[one] for name, one in zip(_ENDS, (found.inward, found.outward), strict=True)}
    shown = {"id": identity, "self": call.url(f"issueLink/{identity}"), "type": issue_json.link_type(call, found.type)}
    return Answer.of(shown | {name: render.linked(call, one) for name, one in ends.items()})


def changelog(call: Call, key: str) -> Answer:
    """``GET /issue/{key}/changelog``: oldest first, a hundred a page."""
    issue = call.issue(key)
    rows = [render.change(call, one) for one in call.site.changes.get(issue.id, [])]
    shown = last(call, rows, default=100, most=100)
    return Answer.of({"self": call.url(f"issue/{issue.id}/changelog"), **shown})


def changelogs(call: Call) -> Answer:
    """``POST /changelog/bulkfetch``: the histories of many issues, by issue and then by time."""
    sent = call.body()
    keys, only = sent.get("issueIdsOrKeys") or [], set(sent.get("fieldIds") or ())
    if not 0 < len(keys) <= 1000 or len(only) > 10:
        raise RefusedError(400, "Between 1 and 1000 issues and at most 10 fields may be asked for.")
    found = {one.id: one for key in keys if (one := call.site.find(str(key))) is not None and call.sees(one.project)}
    size = min(int(sent.get("maxResults") or 1000), 10_000)
    start = _offset(sent.get("nextPageToken"))
    every = [
        (identity, change)
        for identity in sorted(found)
        for change in call.site.changes.get(identity, [])
        if not only or any(item.get("fieldId") in only for item in change.items)
    ]
    grouped: dict[int, list[dict[str, Any]]] = {}
    for identity, change in every[start : start + size]:
        grouped.setdefault(identity, []).append(render.change(call, change))
    shown: dict[str, Any] = {
        "issueChangeLogs": [{"issueId": str(one), "changeHistories": rows} for one, rows in grouped.items()]
    }
    if start + size < len(every):
        shown["nextPageToken"] = f"c{start + size:x}"
    return Answer.of(shown)


def _offset(token: Any) -> int:
    if token in {None, ""}:
        return 0
    try:
        return int(str(token).removeprefix("c"), 16)
    except ValueError:
        raise RefusedError(400, "The provided next page token is invalid or has expired.") from None


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
