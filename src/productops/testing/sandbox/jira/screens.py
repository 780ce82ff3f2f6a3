"""Screens: what may and must be filled in, per project and issue type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from productops.testing.sandbox.jira import render
from productops.testing.sandbox.jira.call import Call, last, page
from productops.testing.sandbox.jira.errors import RefusedError
from productops.testing.sandbox.jira.fields import Field
from productops.testing.sandbox.jira.state import Project
from productops.testing.sandbox.wire import Answer

OPERATIONS = {
    "labels": ["add", "set", "remove"],
    "options": ["add", "set", "remove"],
    "versions": ["set", "add", "remove"],
    "components": ["add", "set", "remove"],
    "users": ["add", "set", "remove"],
}


def create_types(call: Call, key: str) -> Answer:
    """``GET /issue/createmeta/{project}/issuetypes``."""
    project = call.project(key)
    rows = [render.issue_type(call, call.site.types[one]) for one in project.schemes]
    if call.site.cloud:
        return Answer.of(page(call, rows, "issueTypes", most=200))
    return Answer.of(last(call, rows, most=200))


def create_fields(call: Call, key: str, kind: str) -> Answer:
    """``GET /issue/createmeta/{project}/issuetypes/{id}``: the create screen."""
    project = call.project(key)
    if kind not in project.schemes:
        raise RefusedError(404, "The issue type was not found in the project.")
    scheme = project.schemes[kind]
    names = dict.fromkeys(["project", "issuetype", "summary", *scheme.create])
    required = {"project", "issuetype", "summary", *scheme.required}
    rows = []
    for name in names:
        shown = field_meta(call, project, kind, name, required=name in required)
        rows.append({**shown, "fieldId": name})
    if call.site.cloud:
        return Answer.of(page(call, rows, "fields", most=200))
    return Answer.of(last(call, rows, most=200))


def edit_meta(call: Call, key: str) -> Answer:
    """``GET /issue/{key}/editmeta``: the edit screen of one issue."""
    issue = call.issue(key)
    if call.caller is None:
        return Answer.of({"fields": {}})
    project = call.site.projects[issue.project]
    scheme = project.schemes[issue.type]
    required = {"summary", "issuetype", *scheme.required}
    shown = {one: field_meta(call, project, issue.type, one, required=one in required) for one in scheme.edit}
    return Answer.of({"fields": shown})


def field_meta(call: Call, project: Project, kind: str, name: str, *, required: bool) -> dict[str, Any]:
    """Return what a screen says about one field."""
    found = call.site.fields[name]
    default = found.kind == "priority" or name == "reporter"
    shown: dict[str, Any] = {
        "required": required,
        "schema": found.schema,
        "name": found.name,
        "key": name,
        "hasDefaultValue": default,
        "operations": OPERATIONS.get(found.kind, ["set"]),
    }
    if found.kind in {"user", "users"}:
        shown["autoCompleteUrl"] = call.url("user/search?query=")
    if found.kind == "priority" and project.priorities:
        middle = project.priorities[len(project.priorities) // 2]
        shown["defaultValue"] = render.priority(call, middle)
    allowed = _ALLOWED.get(found.kind)
    return shown if allowed is None else {**shown, "allowedValues": allowed(call, project, kind, found)}


def _choices(call: Call, project: Project, kind: str, field: Field) -> list[Any]:
    rows = []
    for one in field.options:
        children = [render.option(call, child) for child in one.children]
        rows.append({**render.option(call, one), **({"children": children} if children else {})})
    return rows


_ALLOWED: dict[str, Callable[[Call, Project, str, Field], list[Any]]] = {
    "option": _choices,
    "options": _choices,
    "cascade": _choices,
    "project": lambda call, project, kind, field: [render.project(call, project)],
    "issuetype": lambda call, project, kind, field: [render.issue_type(call, call.site.types[kind])],
    "priority": lambda call, project, kind, field: [render.priority(call, one) for one in project.priorities],
    "resolution": lambda call, project, kind, field: [render.resolution(call, one) for one in call.site.resolutions],
    "versions": lambda call, project, kind, field: [render.version(call, one) for one in project.versions.values()],
    "components": lambda call, project, kind, field: [
        render.component(call, one) for one in project.components.values()
    ],
}
