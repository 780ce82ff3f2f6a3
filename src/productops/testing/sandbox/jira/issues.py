"""Issues over the API: create, read, edit, delete, the bulk forms and the archive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from productops.testing.sandbox.jira import issue_json, workflow, writing
from productops.testing.sandbox.jira.call import Call, texts
from productops.testing.sandbox.jira.errors import MISSING_ISSUE, RefusedError
from productops.testing.sandbox.jira.extras import check_property
from productops.testing.sandbox.jira.state import Issue, Project
from productops.testing.sandbox.wire import Answer

BULK_CREATE = 50
BULK_FETCH = 100
ARCHIVE = 1000
TYPE_REQUIRED = "issue type is required"


def create(call: Call) -> Answer:
    """``POST /issue``: id, key and address of the new issue, nothing else."""
    return Answer.of(_created(call, make(call, call.body())), 201)


def _created(call: Call, issue: Issue) -> dict[str, str]:
    return {"id": str(issue.id), "key": issue.key, "self": call.url(f"issue/{issue.id}")}


def make(call: Call, body: Mapping[str, Any], screen: bool = True) -> Issue:
    """Create one issue from a create body. Raises the refusal Jira would send."""
    fields = body.get("fields")
    fields = dict(fields) if isinstance(fields, dict) else {}
    project = _project(call, fields.pop("project", None))
    kind = _type(call, project, fields.pop("issuetype", None))
    scheme = project.schemes[kind]
    draft = writing.Draft({})
    allowed = scheme.create if screen else tuple(call.site.fields)
    writing.take(call, draft, {"fields": fields, "update": body.get("update")}, allowed, project)
    writing.require(call, draft, ["summary", *(sorted(scheme.required) if screen else ())])
    _check_parent(call, kind, draft)
    properties = _properties(body)
    draft.refuse_if_wrong()
    if project.priorities:
        middle = project.priorities[len(project.priorities) // 2]
        draft.fields.setdefault("priority", middle)
    draft.fields.setdefault("reporter", call.me.account_id)
    project.last_number += 1
    issue = Issue(
        id=call.site.next_id("issue"),
        key=f"{project.key}-{project.last_number}",
        project=project.id,
        type=kind,
        status=scheme.workflow.initial,
        creator=call.me.account_id,
        created=call.now,
        updated=call.now,
        fields={name: value for name, value in draft.fields.items() if value is not None and value != ()},
        status_changed=call.now,
        properties=properties,
    )
    issue = replace(issue, comments=tuple(writing.comment(call, issue, one) for one in draft.comments))
    return _first_step(call, writing.plant(call, issue), body)


def _first_step(call: Call, issue: Issue, body: Mapping[str, Any]) -> Issue:
    asked = body.get("transition")
    if not isinstance(asked, dict) or not asked.get("id"):
        return issue
    try:
        return workflow.walk(call, issue, str(asked["id"]), {})
    except RefusedError:
        call.site.drop(issue, call.now)
        raise


def _project(call: Call, raw: Any) -> Project:
    wanted = str(raw.get("id") or raw.get("key") or "") if isinstance(raw, dict) else ""
    found = call.site.project(wanted) if wanted else None
    if found is None or not call.sees(found.id):
        raise RefusedError(400, errors={"project": "valid project is required"})
    return found


def _type(call: Call, project: Project, raw: Any) -> str:
    if isinstance(raw, dict):
        for identity in project.schemes:
            if str(raw.get("id")) == identity or (
                not raw.get("id") and raw.get("name") == call.site.types[identity].name
            ):
                return identity
    raise RefusedError(400, errors={"issuetype": TYPE_REQUIRED})


def _check_parent(call: Call, kind: str, draft: writing.Draft) -> None:
    parent, level = draft.fields.get("parent"), call.site.types[kind].level
    if parent is None:
        if level < 0 and "parent" not in draft.errors:
            draft.errors["parent"] = "Issue type is a sub-task but parent issue key or id not specified."
    elif call.site.types[call.site.issues[parent].type].level != level + 1:
        draft.errors["parent"] = "Given parent work item does not belong to appropriate hierarchy."


def _properties(body: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    sent = body.get("properties") or []
    if not isinstance(sent, list) or not all(isinstance(one, dict) for one in sent):
        raise RefusedError(400, "Invalid request payload. Refer to the REST API documentation and try again.")
    for one in sent:
        check_property(str(one.get("key", "")), one.get("value"))
        found[str(one["key"])] = one.get("value")
    return found


def create_bulk(call: Call) -> Answer:
    """``POST /issue/bulk``: 201 when at least one was created; failures name their place in the request."""
    updates = call.body().get("issueUpdates")
    if not isinstance(updates, list) or not updates:
        raise RefusedError(400, "No issue updates were specified.")
    if len(updates) > BULK_CREATE:
        raise RefusedError(400, f"The number of issues to create exceeds the limit of {BULK_CREATE}.")
    made, errors = [], []
    for number, one in enumerate(updates):
        try:
            made.append(_created(call, make(call, one if isinstance(one, dict) else {})))
        except RefusedError as refused:
            error = {"status": refused.status, "elementErrors": refused.body, "failedElementNumber": number}
            errors.append(error)
    return Answer.of({"issues": made, "errors": errors}, 201 if made else 400)


def get(call: Call, key: str) -> Answer:
    """``GET /issue/{key}``: consistent at once; an old key of a moved issue finds it too."""
    found = call.issue(key)
    expand = issue_json.expansions(call.request.param("expand"))
    properties = call.request.params("properties")
    wanted = issue_json.chosen(call, call.request.params("fields"), "*all")
    names = [part for one in properties for part in one.split(",")] if properties else None
    shown = issue_json.issue(call, found, wanted, expand, names)
    if "transitions" in expand:
        shown["transitions"] = _transitions(call, found)
    return Answer.of(shown)


def _transitions(call: Call, found: Issue) -> Any:
    return workflow.rows(call, found, fields=False)


def fetch_bulk(call: Call) -> Answer:
    """``POST /issue/bulkfetch``: ascending by id; what is missing is simply absent."""
    body = call.body()
    keys = body.get("issueIdsOrKeys")
    if not isinstance(keys, list) or not keys:
        raise RefusedError(400, "issueIdsOrKeys must not be empty.")
    if len(keys) > BULK_FETCH:
        raise RefusedError(400, f"The number of issues requested exceeds the limit of {BULK_FETCH}.")
    found: dict[int, Issue] = {}
    for key in keys:
        one = call.site.find(str(key))
        if one is not None and call.sees(one.project):
            found[one.id] = one
    fields = issue_json.chosen(call, texts(body.get("fields")), "*navigable")
    expand = issue_json.expansions(body.get("expand"))
    properties = texts(body["properties"]) if body.get("properties") is not None else None
    rows = [issue_json.issue(call, found[one], fields, expand, properties) for one in sorted(found)]
    return Answer.of({"issues": rows, "issueErrors": []})


def edit(call: Call, key: str) -> Answer:
    """``PUT /issue/{key}``: 204, or 200 with the issue when ``returnIssue`` asks for it."""
    issue = call.issue(key)
    body = call.body()
    if not isinstance(body.get("fields"), dict) and not isinstance(body.get("update"), dict):
        raise RefusedError(400, "one of 'fields' or 'update' required")
    changed = change(call, issue, body, call.site.projects[issue.project].schemes[issue.type].edit)
    for name, value in _properties(body).items():
        changed = call.site.put(replace(changed, properties={**changed.properties, name: value}), call.now)
    if not call.truth("returnIssue"):
        return Answer(204)
    expand = issue_json.expansions(call.request.param("expand"))
    return Answer.of(issue_json.issue(call, changed, issue_json.chosen(call, None, "*all"), expand))


def change(call: Call, issue: Issue, body: Mapping[str, Any], screen: Any) -> Issue:
    """Edit one issue through a screen. Raises the refusal Jira would send."""
    project = call.site.projects[issue.project]
    fields = {name: raw for name, raw in writing.mapping(body, "fields").items() if name not in writing.IGNORED_ON_EDIT}
    kind = issue.type
    if "issuetype" in fields and "issuetype" in screen:
        kind = _new_type(call, project, issue, fields.pop("issuetype"))
    draft = writing.Draft(dict(issue.fields))
    writing.take(call, draft, {"fields": fields, "update": body.get("update")}, screen, project)
    touched = {*fields, *writing.mapping(body, "update")}
    writing.require(call, draft, [one for one in project.schemes[kind].required if one in touched])
    draft.refuse_if_wrong()
    return writing.commit(call, issue, draft, **({"type": kind} if kind != issue.type else {}))


def _new_type(call: Call, project: Project, issue: Issue, raw: Any) -> str:
    try:
        kind = _type(call, project, raw)
    except RefusedError:
        raise RefusedError(400, errors={"issuetype": "The issue type selected is invalid."}) from None
    if issue.status not in project.schemes[kind].workflow.statuses:
        raise RefusedError(400, errors={"issuetype": "The issue type selected is invalid."})
    return kind


def assign(call: Call, key: str) -> Answer:
    """``PUT /issue/{key}/assignee``."""
    issue = call.issue(key)
    body = call.body()
    person = None if all(one is None for one in body.values()) else body
    change(call, issue, {"fields": {"assignee": person}}, {"assignee"})
    return Answer(204)


def delete(call: Call, key: str) -> Answer:
    """``DELETE /issue/{key}``: refused while there are sub-tasks, unless ``deleteSubtasks`` says so."""
    issue = call.issue(key)
    below = [call.site.issues[one] for one in call.site.children.get(issue.id, ())]
    subtasks = [one for one in below if call.site.types[one.type].subtask]
    if subtasks and not call.truth("deleteSubtasks"):
        text = "You must specify the 'deleteSubtasks' parameter to delete this issue and all its subtasks."
        raise RefusedError(400, f"The issue '{issue.key}' has subtasks.  {text}")
    for one in subtasks:
        call.site.drop(one, call.now)
    call.site.drop(issue, call.now)
    return Answer(204)


def archive(call: Call, *, undo: bool = False) -> Answer:
    """``PUT /issue/archive`` and ``/unarchive``: for administrators; sub-tasks follow their parents."""
    if not call.me.admin:
        raise RefusedError(403, "You do not have permission to archive issues.")
    keys = call.body().get("issueIdsOrKeys")
    if not isinstance(keys, list):
        raise RefusedError(400, "issueIdsOrKeys must not be empty.")
    if len(keys) > ARCHIVE:
        raise RefusedError(412, f"The number of issues exceeds the limit of {ARCHIVE}.")
    done, absent, subtasks = 0, [], []
    for key in keys:
        found = call.site.find(str(key))
        if found is None or not call.sees(found.project):
            absent.append(str(key))
        elif call.site.types[found.type].subtask:
            subtasks.append(found.key)
        else:
            done += _set_archived(call, found, archived=not undo)
    errors: dict[str, Any] = {}
    if absent:
        errors["issuesNotFound"] = {"count": len(absent), "issueIdsOrKeys": absent, "message": MISSING_ISSUE}
    if subtasks:
        text = "Sub-tasks can only be archived through their parents."
        errors["issueIsSubtask"] = {"count": len(subtasks), "issueIdsOrKeys": subtasks, "message": text}
    return Answer.of({"errors": errors, "numberOfIssuesUpdated": done})


def _set_archived(call: Call, found: Issue, *, archived: bool) -> int:
    below = [call.site.issues[one] for one in call.site.children.get(found.id, ())]
    every = [found, *(one for one in below if call.site.types[one.type].subtask)]
    for one in every:
        call.site.put(replace(one, archived=archived), call.now)
    return len(every)


def unarchive(call: Call) -> Answer:
    """``PUT /issue/unarchive``."""
    return archive(call, undo=True)
