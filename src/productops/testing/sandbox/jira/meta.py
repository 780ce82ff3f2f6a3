"""What describes the site: fields, projects, schemes, people, the server itself."""

from __future__ import annotations

from typing import Any

from productops.testing.sandbox.jira import render
from productops.testing.sandbox.jira.call import Call, last, page
from productops.testing.sandbox.jira.errors import RefusedError
from productops.testing.sandbox.jira.state import Project, User
from productops.testing.sandbox.wire import Answer


def fields(call: Call) -> Answer:
    """``GET /field``: every field, system and custom; names are not unique."""
    return Answer.of([render.field(call, one) for one in call.site.fields.values()])


def field_search(call: Call) -> Answer:
    """``GET /field/search``: paged; only fields that live on screens, so not the same set as ``/field``."""
    kinds = {part for one in call.request.params("type") for part in one.split(",")}
    wanted = {part for one in call.request.params("id") for part in one.split(",")}
    text = (call.request.param("query") or "").lower()
    rows = [
        {"id": one.id, "key": one.id, "name": one.name, "schema": one.schema, "isLocked": False}
        for one in call.site.fields.values()
        if one.schema
        and (one.custom or one.settable)
        and (not kinds or ("custom" if one.custom else "system") in kinds)
        and (not wanted or one.id in wanted)
        and text in one.name.lower()
    ]
    return Answer.of(last(call, rows))


def _visible(call: Call) -> list[Project]:
    return [one for one in call.site.projects.values() if call.site.may_see(one, call.caller)]


def projects(call: Call) -> Answer:
    """``GET /project``."""
    return Answer.of([render.project(call, one) for one in _visible(call)])


def project_search(call: Call) -> Answer:
    """``GET /project/search``."""
    keys = {part for one in call.request.params("keys") for part in one.split(",")}
    text = (call.request.param("query") or "").lower()
    rows = [
        render.project(call, one)
        for one in _visible(call)
        if (not keys or one.key in keys) and (text in one.key.lower() or text in one.name.lower())
    ]
    return Answer.of(last(call, rows))


def project(call: Call, key: str) -> Answer:
    """``GET /project/{key}``."""
    found = call.project(key)
    return Answer.of(
        {
            **render.project(call, found),
            "description": "",
            "lead": render.user(call, found.lead),
            "assigneeType": "UNASSIGNED",
            "issueTypes": [render.issue_type(call, call.site.types[one]) for one in found.schemes],
            "versions": [render.version(call, one, full=True) for one in found.versions.values()],
            "components": [render.component(call, one) for one in found.components.values()],
            "roles": {},
        }
    )


def project_statuses(call: Call, key: str) -> Answer:
    """``GET /project/{key}/statuses``: the statuses of each issue type."""
    found = call.project(key)
    rows = []
    for identity, scheme in found.schemes.items():
        kind = call.site.types[identity]
        shown = {"self": call.url(f"issuetype/{identity}"), "id": identity, "name": kind.name, "subtask": kind.subtask}
        rows.append({**shown, "statuses": [render.status(call, one) for one in scheme.workflow.statuses]})
    return Answer.of(rows)


def versions(call: Call, key: str) -> Answer:
    """``GET /project/{key}/versions``."""
    return Answer.of([render.version(call, one, full=True) for one in call.project(key).versions.values()])


def version_page(call: Call, key: str) -> Answer:
    """``GET /project/{key}/version``: the same, paged."""
    found = call.project(key).versions.values()
    return Answer.of(last(call, [render.version(call, one, full=True) for one in found]))


def components(call: Call, key: str) -> Answer:
    """``GET /project/{key}/components``."""
    return Answer.of([render.component(call, one, full=True) for one in call.project(key).components.values()])


def issue_types(call: Call) -> Answer:
    """``GET /issuetype``."""
    return Answer.of([render.issue_type(call, one) for one in call.site.types.values()])


def statuses(call: Call) -> Answer:
    """``GET /status``."""
    return Answer.of([render.status(call, one) for one in call.site.statuses])


def status(call: Call, wanted: str) -> Answer:
    """``GET /status/{idOrName}``."""
    for one in call.site.statuses.values():
        if wanted in {one.id, one.name}:
            return Answer.of(render.status(call, one.id))
    raise RefusedError(404, f"Status with id or name '{wanted}' does not exist.")


def status_categories(call: Call) -> Answer:
    """``GET /statuscategory``."""
    return Answer.of([render.category(call, one) for one in render.CATEGORIES])


def priorities(call: Call) -> Answer:
    """``GET /priority``."""
    return Answer.of([_priority(call, one) for one in call.site.priorities])


def _priority(call: Call, identity: str) -> dict[str, Any]:
    return {**render.priority(call, identity), "statusColor": "#999999", "description": ""}


def priority_search(call: Call) -> Answer:
    """``GET /priority/search``."""
    return Answer.of(last(call, [{**_priority(call, one), "isDefault": False} for one in call.site.priorities]))


def resolutions(call: Call) -> Answer:
    """``GET /resolution``."""
    return Answer.of([render.resolution(call, one) for one in call.site.resolutions])


def labels(call: Call) -> Answer:
    """``GET /label``: every label in use."""
    every = {one for issue in call.site.issues.values() for one in issue.fields.get("labels", ())}
    return Answer.of(last(call, sorted(every), default=1000, most=1000))


def myself(call: Call) -> Answer:
    """``GET /myself``: who the credentials belong to; 401 when they belong to nobody."""
    return Answer.of(render.user(call, call.me.account_id, full=True))


def user(call: Call) -> Answer:
    """``GET /user``."""
    wanted = call.request.param("accountId" if call.site.cloud else "username")
    for one in call.site.users.values():
        if wanted == (one.account_id if call.site.cloud else one.username):
            return Answer.of(render.user(call, one.account_id))
    raise RefusedError(404, "Specified user does not exist or you do not have required permissions")


def _matches(call: Call, one: User, text: str) -> bool:
    reach = [one.name, *(word for word in one.name.split())]
    if not one.email_hidden:
        reach.append(one.email)
    if not call.site.cloud:
        reach.append(one.username)
    return any(word.lower().startswith(text.lower()) for word in reach)


def _people(call: Call, people: list[User]) -> Answer:
    account = call.request.param("accountId")
    text = call.request.param("query" if call.site.cloud else "username") or ""
    if account is not None:
        people = [one for one in people if one.account_id == account]
    elif text and text != ".":
        people = [one for one in people if _matches(call, one, text)]
    rows = [render.user(call, one.account_id) for one in people]
    found: list[Any] = page(call, rows, "values", most=1000)["values"]
    return Answer.of(found)


def user_search(call: Call) -> Answer:
    """``GET /user/search``: the start of a name or of a visible e-mail; anonymous callers find nobody."""
    if call.site.cloud and not {"query", "accountId"} & {name for name, _ in call.request.query}:
        raise RefusedError(400, "The query parameters 'query', 'accountId' and 'property' are missing.")
    return _people(call, [one for one in call.site.users.values() if call.caller and one.active])


def users(call: Call) -> Answer:
    """``GET /users/search``: everybody, the deactivated too."""
    return _people(call, [one for one in call.site.users.values() if call.caller])


def user_bulk(call: Call) -> Answer:
    """``GET /user/bulk?accountId=…``."""
    wanted = call.request.params("accountId")
    rows = [render.user(call, one) for one in wanted if one in call.site.users]
    return Answer.of(last(call, rows, default=10, most=200))


def assignable(call: Call) -> Answer:
    """``GET /user/assignable/search``: who may be assigned in a project or to an issue."""
    key, project_key = call.request.param("issueKey"), call.request.param("project")
    if key is None and project_key is None:
        raise RefusedError(400, "The project or issueKey parameter is required.")
    identity = call.issue(key).project if key is not None else call.project(project_key or "").id
    found = call.site.projects[identity]
    able = [one for one in call.site.users.values() if one.active and one.assignable and call.caller]
    return _people(call, [one for one in able if call.site.may_see(found, one)])


def server_info(call: Call) -> Answer:
    """``GET /serverInfo``: tells Cloud from Data Center."""
    cloud = call.site.cloud
    return Answer.of(
        {
            "baseUrl": call.base,
            "version": "1001.0.0-SNAPSHOT" if cloud else "10.3.2",
            "versionNumbers": [1001, 0, 0] if cloud else [10, 3, 2],
            "deploymentType": "Cloud" if cloud else "Server",
            "buildNumber": 100290,
            "buildDate": call.stamp(call.now.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)),
            "serverTime": call.stamp(call.now),
            "scmInfo": "0",
            "serverTitle": "Jira",
        }
    )


def configuration(call: Call) -> Answer:
    """``GET /configuration`` (Data Center clients look at it)."""
    return Answer.of({"votingEnabled": True, "watchingEnabled": True, "subTasksEnabled": True})
