"""What the caller may do: everything in a project they may see, but for what takes an administrator."""

from __future__ import annotations

from productops.testing.sandbox.jira.call import Call
from productops.testing.sandbox.jira.errors import RefusedError
from productops.testing.sandbox.wire import Answer

# key → (id, name, whether it is about a project)
KNOWN: dict[str, tuple[int, str, bool]] = {
    "ADMINISTER": (0, "Administer Jira", False),
    "BROWSE_PROJECTS": (10, "Browse Projects", True),
    "CREATE_ISSUES": (11, "Create Issues", True),
    "EDIT_ISSUES": (12, "Edit Issues", True),
    "ASSIGN_ISSUES": (13, "Assign Issues", True),
    "RESOLVE_ISSUES": (14, "Resolve Issues", True),
    "ADD_COMMENTS": (15, "Add Comments", True),
    "DELETE_ISSUES": (16, "Delete Issues", True),
    "ASSIGNABLE_USER": (17, "Assignable User", True),
    "CLOSE_ISSUES": (18, "Close Issues", True),
    "CREATE_ATTACHMENTS": (19, "Create Attachments", True),
    "LINK_ISSUES": (21, "Link Issues", True),
    "ADMINISTER_PROJECTS": (23, "Administer Projects", True),
    "MOVE_ISSUES": (25, "Move Issues", True),
    "SCHEDULE_ISSUES": (28, "Schedule Issues", True),
    "MODIFY_REPORTER": (30, "Modify Reporter", True),
    "USER_PICKER": (27, "Browse Users", False),
    "TRANSITION_ISSUES": (46, "Transition Issues", True),
}
OF_ADMINISTRATORS = frozenset({"ADMINISTER", "ADMINISTER_PROJECTS"})


def mine(call: Call) -> Answer:
    """``GET /mypermissions``: which of these the caller has, in a project, for an issue, or anywhere."""
    asked = [one for part in call.request.params("permissions") for one in part.split(",") if one]
    if not asked and call.site.cloud:
        raise RefusedError(400, "The 'permissions' query parameter is required.")
    if unknown := [one for one in asked if one not in KNOWN]:
        raise RefusedError(400, f"Unrecognized permission: {', '.join(unknown)}")
    inside = _inside(call)
    return Answer.of({"permissions": {key: _told(call, key, inside=inside) for key in asked or KNOWN}})


def _inside(call: Call) -> bool:
    """Whether the caller may see what is asked about. Raises the 404 of Jira where a project or issue is not shown."""
    for name in ("projectKey", "projectId"):
        if key := call.request.param(name):
            return bool(call.project(key))
    for name in ("issueKey", "issueId"):
        if key := call.request.param(name):
            return bool(call.issue(key))
    return any(call.site.may_see(one, call.caller) for one in call.site.projects.values())


def _told(call: Call, key: str, *, inside: bool) -> dict[str, object]:
    number, name, of_project = KNOWN[key]
    able = inside and call.caller is not None and (call.caller.admin or key not in OF_ADMINISTRATORS)
    return {
        "id": str(number),
        "key": key,
        "name": name,
        "type": "PROJECT" if of_project else "GLOBAL",
        "description": name,
        "havePermission": able or (inside and key == "BROWSE_PROJECTS"),
    }
