"""Changing an issue: fields through a screen, update operations, history, status."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from productops.testing.sandbox.jira import values
from productops.testing.sandbox.jira.call import Call
from productops.testing.sandbox.jira.errors import NOT_ON_SCREEN, FieldError, RefusedError
from productops.testing.sandbox.jira.fields import Field
from productops.testing.sandbox.jira.state import Comment, Issue, Project

LIST_KINDS = frozenset({"labels", "versions", "components", "options", "users"})
IGNORED_ON_EDIT = frozenset({"status"})
HISTORY_NAMES = {"fixVersions": "Fix Version", "versions": "Version", "components": "Component"}
COMMENT_LIMIT = 5000


@dataclass(slots=True)
class Draft:
    """Fields on their way in, with every objection met so far."""

    fields: dict[str, Any]
    errors: dict[str, str] = field(default_factory=dict)
    comments: list[Any] = field(default_factory=list)

    def refuse_if_wrong(self) -> None:
        """Raise the 400 that lists the objections, if there are any."""
        if self.errors:
            raise RefusedError(400, errors=self.errors)


def take(call: Call, draft: Draft, body: Mapping[str, Any], screen: Collection[str], project: Project) -> None:
    """Bring ``fields`` and ``update`` of a request into the draft."""
    sent, update = mapping(body, "fields"), mapping(body, "update")
    for name, raw in sent.items():
        if name in update:
            text = f"Field '{name}' cannot appear in both 'fields' and 'update'"
            draft.errors[name] = text
        elif (known := _on_screen(call, name, screen)) is None:
            draft.errors[name] = NOT_ON_SCREEN.format(name)
        else:
            _set(call, draft, known, raw, project)
    for name, operations in update.items():
        if name == "comment":
            _comments(call, draft, operations)
        elif (known := _on_screen(call, name, screen)) is None:
            draft.errors[name] = NOT_ON_SCREEN.format(name)
        else:
            _operate(call, draft, known, operations, project)


def mapping(body: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return ``fields`` or ``update`` of a body. Raises the 400 of Jira when it is no object."""
    found = body.get(key) or {}
    if not isinstance(found, dict):
        raise RefusedError(400, "Invalid request payload. Refer to the REST API documentation and try again.")
    return found


def _on_screen(call: Call, name: str, screen: Collection[str]) -> Field | None:
    known = call.site.fields.get(name)
    return known if known is not None and name in screen else None


def _set(call: Call, draft: Draft, known: Field, raw: Any, project: Project) -> None:
    try:
        draft.fields[known.id] = values.store(call, known, raw, project)
    except FieldError as wrong:
        draft.errors[known.id] = str(wrong)


def _operate(call: Call, draft: Draft, known: Field, operations: Any, project: Project) -> None:
    for operation in operations if isinstance(operations, list) else [operations]:
        if not isinstance(operation, dict) or len(operation) != 1:
            draft.errors[known.id] = "Operation must be an object with one operation"
            return
        verb, raw = next(iter(operation.items()))
        if verb == "set":
            _set(call, draft, known, raw, project)
        elif verb in {"add", "remove"} and known.kind in LIST_KINDS:
            _merge(call, draft, known, verb, raw, project)
        else:
            draft.errors[known.id] = f"Field with id '{known.id}' does not support operation '{verb}'"


def _merge(call: Call, draft: Draft, known: Field, verb: str, raw: Any, project: Project) -> None:
    try:
        part = values.store(call, known, [raw], project) or ()
    except FieldError as wrong:
        draft.errors[known.id] = str(wrong)
        return
    have = tuple(draft.fields.get(known.id) or ())
    if verb == "add":
        draft.fields[known.id] = have + tuple(one for one in part if one not in have)
    else:
        draft.fields[known.id] = tuple(one for one in have if one not in part)


def _comments(call: Call, draft: Draft, operations: Any) -> None:
    for operation in operations if isinstance(operations, list) else [operations]:
        added = operation.get("add") if isinstance(operation, dict) else None
        if not isinstance(added, dict):
            draft.errors["comment"] = "Only 'add' is supported for comments here"
            return
        try:
            draft.comments.append(values.rich_text(call, added.get("body")))
        except FieldError as wrong:
            draft.errors["comment"] = str(wrong)


def require(call: Call, draft: Draft, names: Iterable[str]) -> None:
    """Object to every required field that is empty."""
    for name in names:
        if draft.fields.get(name) in (None, ()) and name not in draft.errors:
            known = call.site.fields[name]
            text = f"{known.name} is required."
            draft.errors[name] = "You must specify a summary of the issue." if name == "summary" else text


def history_item(call: Call, known: Field, old: Any, new: Any) -> dict[str, Any]:
    """Return one line of the history."""
    before, before_text = values.history(call, known, old)
    after, after_text = values.history(call, known, new)
    return {
        "field": known.name if known.custom else HISTORY_NAMES.get(known.id, known.id),
        "fieldtype": "custom" if known.custom else "jira",
        "fieldId": known.id,
        "from": before,
        "fromString": before_text,
        "to": after,
        "toString": after_text,
    }


def differences(call: Call, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the history lines between two states of the fields."""
    names = [name for name in {**old, **new} if (old.get(name) or None) != (new.get(name) or None)]
    return [history_item(call, call.site.fields[name], old.get(name), new.get(name)) for name in names]


def comment(call: Call, issue: Issue, body: Any) -> Comment:
    """Return a new comment by the caller."""
    if len(issue.comments) >= COMMENT_LIMIT:
        raise RefusedError(413, f"The issue exceeds the limit of {COMMENT_LIMIT} comments.")
    return Comment(str(call.site.next_id("comment")), call.me.account_id, body, call.now, call.now)


def commit(call: Call, issue: Issue, draft: Draft, **changed: Any) -> Issue:
    """Store the changed issue with its history; ``updated`` moves even when no value did."""
    items = differences(call, issue.fields, draft.fields)
    if changed.get("status", issue.status) != issue.status:
        items.append(_status_item(call, issue.status, changed["status"]))
    if changed.get("type", issue.type) != issue.type:
        items.append(_type_item(call, issue.type, changed["type"]))
    fields = {name: value for name, value in draft.fields.items() if value is not None and value != ()}
    added = tuple(comment(call, issue, body) for body in draft.comments)
    new = replace(issue, fields=fields, updated=call.now, comments=issue.comments + added, **changed)
    _adopt(call, issue, new)
    call.site.note(new, call.me.account_id, call.now, items)
    return call.site.put(new, call.now)


def _adopt(call: Call, old: Issue | None, new: Issue) -> None:
    before, after = old.fields.get("parent") if old else None, new.fields.get("parent")
    if before != after:
        if before is not None:
            call.site.children.get(before, set()).discard(new.id)
        if after is not None:
            call.site.children.setdefault(after, set()).add(new.id)


def plant(call: Call, issue: Issue) -> Issue:
    """Store a new issue."""
    _adopt(call, None, issue)
    return call.site.put(issue, call.now)


def _status_item(call: Call, old: str, new: str) -> dict[str, Any]:
    names = call.site.statuses
    item = {"field": "status", "fieldtype": "jira", "fieldId": "status"}
    return {**item, "from": old, "fromString": names[old].name, "to": new, "toString": names[new].name}


def _type_item(call: Call, old: str, new: str) -> dict[str, Any]:
    names = call.site.types
    item = {"field": "issuetype", "fieldtype": "jira", "fieldId": "issuetype"}
    return {**item, "from": old, "fromString": names[old].name, "to": new, "toString": names[new].name}


def enter(call: Call, issue: Issue, draft: Draft, status: str) -> Issue:
    """Move an issue to a status: resolution and resolution date follow its category."""
    target, now = call.site.statuses[status], call.now
    source = call.site.statuses[issue.status]
    changed: dict[str, Any] = {"status": status}
    if target.category != source.category:
        changed["status_changed"] = now
    if target.category != "done":
        draft.fields.pop("resolution", None)
        changed["resolved"] = None
    elif source.category != "done" or issue.resolved is None:
        if draft.fields.get("resolution") is None and call.site.resolutions:
            draft.fields["resolution"] = next(iter(call.site.resolutions))
        changed["resolved"] = now
    return commit(call, issue, draft, **changed)
