"""One whole issue in JSON: the chosen fields, and what ``expand`` and ``properties`` add."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from productops.testing.sandbox.jira import render, values
from productops.testing.sandbox.jira.call import Call, texts
from productops.testing.sandbox.jira.fields import Field
from productops.testing.sandbox.jira.state import Issue

Json = dict[str, Any]

NAVIGABLE_ONLY_BY_NAME = frozenset({"issuekey", "project_key"})
COMMENTS_SHOWN = 20
HISTORY_SHOWN = 40


def chosen(call: Call, wanted: list[str] | None, default: str) -> list[Field]:
    """Return the fields named by ``*all``, ``*navigable``, ids and ``-id``; ``default`` when none is."""
    names = texts(wanted) or [default]
    if all(name.startswith("-") for name in names):
        names = [default, *names]
    picked: dict[str, Field] = {}
    for name in names:
        if name in {"*all", "*navigable"}:
            picked |= {one.id: one for one in call.site.fields.values() if name == "*all" or one.flags[1]}
        elif name.startswith("-"):
            picked.pop(name[1:], None)
        elif name in call.site.fields:
            picked[name] = call.site.fields[name]
    return [one for one in picked.values() if one.id not in NAVIGABLE_ONLY_BY_NAME]


def expansions(raw: Any) -> set[str]:
    """Return what to expand, from a comma string or a list."""
    return set(texts(raw))


def issue(
    call: Call,
    found: Issue,
    fields: Iterable[Field],
    expand: Collection[str] = (),
    properties: Sequence[str] | None = None,
    *,
    newest: bool = True,
) -> Json:
    """Return an issue. ``newest`` puts the latest history first and cuts it, as lists of issues do."""
    fields = list(fields)
    shown: Json = {
        "expand": "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations",
        "id": str(found.id),
        "self": call.url(f"issue/{found.id}"),
        "key": found.key,
    }
    if fields:
        shown["fields"] = {one.id: value(call, found, one) for one in fields}
    if properties is not None:
        names = found.properties if "*all" in properties else properties
        shown["properties"] = {name: found.properties[name] for name in names if name in found.properties}
    if "names" in expand:
        shown["names"] = names_of(fields)
    if "schema" in expand:
        shown["schema"] = schemas_of(fields)
    if "renderedFields" in expand:
        shown["renderedFields"] = {one.id: None for one in fields}
    if "changelog" in expand:
        entries = call.site.changes.get(found.id, [])
        part = entries[::-1][:HISTORY_SHOWN] if newest else entries[::-1]
        rows = [render.change(call, one) for one in part]
        shown["changelog"] = {"startAt": 0, "maxResults": len(rows), "total": len(entries), "histories": rows}
    return shown


def names_of(fields: Iterable[Field]) -> Json:
    """Return the display name of each field."""
    return {one.id: one.name for one in fields}


def schemas_of(fields: Iterable[Field]) -> Json:
    """Return the schema of each field that has one."""
    return {one.id: one.schema for one in fields if one.schema}


def value(call: Call, found: Issue, field: Field) -> Any:
    """Return what one field of an issue shows."""
    computed = _COMPUTED.get(field.id)
    if computed is not None:
        return computed(call, found)
    return values.show(call, field, found.fields.get(field.id))


def _comments(call: Call, found: Issue) -> Json:
    rows = [render.comment(call, found, one) for one in found.comments[:COMMENTS_SHOWN]]
    link = call.url(f"issue/{found.id}/comment")
    return {"comments": rows, "self": link, "maxResults": len(rows), "total": len(found.comments), "startAt": 0}


def links(call: Call, found: Issue) -> list[Json]:
    """Return the links of an issue, each with the issue at its other end."""
    rows = []
    for identity in sorted(call.site.links_of.get(found.id, ()), key=int):
        link = call.site.links[identity]
        end = "inwardIssue" if link.outward == found.id else "outwardIssue"
        other = link.inward if link.outward == found.id else link.outward
        kind = link_type(call, link.type)
        row = {"id": identity, "self": call.url(f"issueLink/{identity}"), "type": kind}
        rows.append({**row, end: render.linked(call, call.site.issues[other])})
    return rows


def link_type(call: Call, identity: str) -> Json:
    """Return a kind of link."""
    found = call.site.link_types[identity]
    shown = {"id": found.id, "name": found.name, "inward": found.inward, "outward": found.outward}
    return {**shown, "self": call.url(f"issueLinkType/{found.id}")}


def _subtasks(call: Call, found: Issue) -> list[Json]:
    children = (call.site.issues[one] for one in sorted(call.site.children.get(found.id, ())))
    return [render.linked(call, one) for one in children if call.site.types[one.type].subtask]


_COMPUTED: dict[str, Callable[[Call, Issue], Any]] = {
    "issuetype": lambda call, found: render.issue_type(call, call.site.types[found.type]),
    "project": lambda call, found: render.project(call, call.site.projects[found.project]),
    "status": lambda call, found: render.status(call, found.status),
    "statusCategory": lambda call, found: render.category(call, call.site.statuses[found.status].category),
    "creator": lambda call, found: render.user(call, found.creator),
    "created": lambda call, found: call.stamp(found.created),
    "updated": lambda call, found: call.stamp(found.updated),
    "resolutiondate": lambda call, found: None if found.resolved is None else call.stamp(found.resolved),
    "statuscategorychangedate": lambda call, found: call.stamp(found.status_changed),
    "issuelinks": links,
    "subtasks": _subtasks,
    "attachment": lambda call, found: [render.attachment(call, one) for one in found.attachments],
    "comment": _comments,
    "votes": lambda call, found: {"self": call.url(f"issue/{found.key}/votes"), "votes": 0, "hasVoted": False},
    "watches": lambda call, found: {
        "self": call.url(f"issue/{found.key}/watchers"),
        "watchCount": 1,
        "isWatching": False,
    },
    "workratio": lambda call, found: -1,
}
