"""Transitions: which are open from here, what their screens ask for, and walking one."""

from __future__ import annotations

from typing import Any

from productops.testing.sandbox.jira import render, screens, writing
from productops.testing.sandbox.jira.call import Call
from productops.testing.sandbox.jira.errors import RefusedError
from productops.testing.sandbox.jira.issue_json import expansions
from productops.testing.sandbox.jira.state import Issue, Transition
from productops.testing.sandbox.wire import Answer


def open_transitions(call: Call, issue: Issue) -> list[Transition]:
    """Return the transitions of the issue's workflow that start at its status."""
    workflow = call.site.projects[issue.project].schemes[issue.type].workflow
    return [one for one in workflow.transitions if not one.sources or issue.status in one.sources]


def listing(call: Call, key: str) -> Answer:
    """``GET /issue/{key}/transitions``: an unknown id is an empty list."""
    issue = call.issue(key)
    wanted = call.request.param("transitionId")
    fields = "transitions.fields" in expansions(call.request.param("expand"))
    found = [one for one in rows(call, issue, fields=fields) if wanted in {None, one["id"]}]
    return Answer.of({"expand": "transitions", "transitions": found})


def rows(call: Call, issue: Issue, *, fields: bool) -> list[dict[str, Any]]:
    """Return the transitions the caller may take; nobody anonymous takes any."""
    if call.caller is None:
        return []
    return [_transition(call, issue, one, fields=fields) for one in open_transitions(call, issue)]


def _transition(call: Call, issue: Issue, one: Transition, *, fields: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": one.id, "name": one.name, "to": render.status(call, one.target)}
    if call.site.cloud:
        shown |= {
            "hasScreen": bool(one.screen),
            "isGlobal": not one.sources,
            "isInitial": False,
            "isAvailable": True,
            "isConditional": False,
            "isLooped": one.target == issue.status,
        }
    if fields:
        project = call.site.projects[issue.project]
        shown["fields"] = {
            name: screens.field_meta(call, project, issue.type, name, required=name in one.required)
            for name in one.screen
        }
    return shown


def perform(call: Call, key: str) -> Answer:
    """``POST /issue/{key}/transitions``."""
    issue = call.issue(key)
    body = call.body()
    asked = body.get("transition")
    identity = str(asked.get("id") or "") if isinstance(asked, dict) else ""
    if not identity:
        raise RefusedError(400, "Missing 'transition' identifier")
    walk(call, issue, identity, body)
    return Answer(204)


def walk(call: Call, issue: Issue, identity: str, body: dict[str, Any]) -> Issue:
    """Take one transition with the values its screen wants. Raises the 400 of Jira."""
    found = next((one for one in open_transitions(call, issue) if one.id == identity), None)
    if found is None:
        raise RefusedError(400, f"Transition id '{identity}' is not valid for this issue.")
    draft = writing.Draft(dict(issue.fields))
    writing.take(call, draft, body, found.screen, call.site.projects[issue.project])
    writing.require(call, draft, found.required)
    draft.refuse_if_wrong()
    return writing.enter(call, issue, draft, found.target)
