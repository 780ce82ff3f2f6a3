"""Links: to other issues, and to things outside of Jira."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from productops.testing.sandbox.jira import issue_json, render, writing
from productops.testing.sandbox.jira.call import Call, reference
from productops.testing.sandbox.jira.errors import RefusedError
from productops.testing.sandbox.jira.extras import comment_body
from productops.testing.sandbox.jira.state import Issue, Link, RemoteLink
from productops.testing.sandbox.wire import Answer

KEY_LIMIT = 255


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
    named = {"globalId": link.global_id} if link.global_id else {}
    return {**shown, **named, **link.body}


def put_remote_link(call: Call, key: str) -> Answer:
    """``POST /issue/{key}/remotelink``: an upsert by ``globalId`` that forgets what is not sent."""
    issue, sent = call.issue(key), call.body()
    thing = sent.get("object")
    if not isinstance(thing, dict) or not thing.get("url") or not thing.get("title"):
        missing = [one for one in ("title", "url") if not isinstance(thing, dict) or not thing.get(one)]
        raise RefusedError(400, errors={one: f"'{one}' is required." for one in missing})
    name = sent.get("globalId")
    if name is not None and (not isinstance(name, str) or len(name) > KEY_LIMIT):
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
    asked = reference(sent.get("type"))
    kind = next((one for one in call.site.link_types.values() if asked.get("id") == one.id), None) or next(
        (one for one in call.site.link_types.values() if asked.get("name") == one.name), None
    )
    if kind is None:
        raise RefusedError(404, f"No issue link type with name '{asked.get('name')}' found.")
    named = [reference(sent.get(end)) for end in _ENDS]
    ends = [call.issue(str(one.get("key") or one.get("id"))) for one in named]
    if ends[0].id == ends[1].id:
        raise RefusedError(400, "You cannot link an issue to itself.")
    have = {(one.type, one.inward, one.outward) for one in call.site.links.values()}
    if (kind.id, ends[0].id, ends[1].id) not in have:
        _tie(call, Link(str(call.site.next_id("link")), kind.id, ends[0].id, ends[1].id))
    if isinstance(sent.get("comment"), dict):
        target = call.issue(ends[0].key)
        new = writing.comment(call, target, comment_body(call, sent["comment"]))
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
