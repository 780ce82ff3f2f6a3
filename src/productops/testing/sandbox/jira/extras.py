"""What hangs on an issue: comments, properties and the history."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from productops.testing.sandbox.jira import render, values, writing
from productops.testing.sandbox.jira.call import Call, last, page, texts, whole
from productops.testing.sandbox.jira.errors import FieldError, RefusedError
from productops.testing.sandbox.jira.state import Comment, Issue
from productops.testing.sandbox.wire import Answer

PROPERTY_LIMIT = 32_768
KEY_LIMIT = 255


def comment_body(call: Call, sent: dict[str, Any]) -> Any:
    """Return the body of a comment to keep. Raises the 400 of Jira."""
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
    new = writing.comment(call, issue, comment_body(call, call.body()))
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
    new = replace(old, body=comment_body(call, call.body()), updated=call.now)
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


def changelog(call: Call, key: str) -> Answer:
    """``GET /issue/{key}/changelog``: oldest first, a hundred a page."""
    issue = call.issue(key)
    rows = [render.change(call, one) for one in call.site.changes.get(issue.id, [])]
    shown = last(call, rows, default=100, most=100)
    return Answer.of({"self": call.url(f"issue/{issue.id}/changelog"), **shown})


def changelogs(call: Call) -> Answer:
    """``POST /changelog/bulkfetch``: the histories of many issues, by issue and then by time."""
    sent = call.body()
    keys, only = texts(sent.get("issueIdsOrKeys")), set(texts(sent.get("fieldIds")))
    if not 0 < len(keys) <= 1000 or len(only) > 10:
        raise RefusedError(400, "Between 1 and 1000 issues and at most 10 fields may be asked for.")
    found = {one.id: one for key in keys if (one := call.site.find(str(key))) is not None and call.sees(one.project)}
    size = min(max(whole(sent.get("maxResults"), 1000), 1), 10_000)
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
    if token is None or token == "":
        return 0
    try:
        return int(str(token).removeprefix("c"), 16)
    except ValueError:
        raise RefusedError(400, "The provided next page token is invalid or has expired.") from None
