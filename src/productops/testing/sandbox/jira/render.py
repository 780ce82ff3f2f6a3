"""How the things of a site look in JSON, to one caller."""

from __future__ import annotations

from typing import Any

from productops.testing.sandbox.jira.adf import from_text, to_wiki
from productops.testing.sandbox.jira.call import Call
from productops.testing.sandbox.jira.fields import Field, Option
from productops.testing.sandbox.jira.state import Attachment, Change, Comment, Component, Issue, IssueType, Version
from productops.testing.sandbox.jira.state import Project as ProjectState

Json = dict[str, Any]

CATEGORIES: dict[str, tuple[int, str, str]] = {
    "undefined": (1, "medium-gray", "No Category"),
    "new": (2, "blue-gray", "To Do"),
    "done": (3, "green", "Done"),
    "indeterminate": (4, "yellow", "In Progress"),
}


def avatars(call: Call, tail: str) -> Json:
    """Return the four picture addresses Jira gives everything."""
    return {f"{size}x{size}": f"{call.base}/secure/{tail}?size={size}" for size in (48, 24, 16, 32)}


def user(call: Call, account: str | None, *, full: bool = False) -> Json | None:
    """Return a person; the e-mail only when the person shows it. ``full`` adds the locale."""
    person = call.site.users.get(account or "")
    if person is None:
        return None
    if not call.site.cloud:
        link = call.url(f"user?username={person.username}")
        found: Json = {"self": link, "key": person.account_id, "name": person.username, "emailAddress": person.email}
    else:
        link = call.url(f"user?accountId={person.account_id}")
        found = {"self": link, "accountId": person.account_id, "accountType": "atlassian"}
        if not person.email_hidden or call.caller == person:
            found["emailAddress"] = person.email
    found |= {
        "avatarUrls": avatars(call, "useravatar"),
        "displayName": person.name,
        "active": person.active,
        "timeZone": person.zone,
    }
    return {**found, "locale": "en_US"} if full else found


def category(call: Call, key: str) -> Json:
    """Return a status category."""
    number, colour, name = CATEGORIES[key]
    link = call.url(f"statuscategory/{number}")
    return {"self": link, "id": number, "key": key, "colorName": colour, "name": name}


def status(call: Call, identity: str) -> Json:
    """Return a status with its category."""
    found = call.site.statuses[identity]
    return {
        "self": call.url(f"status/{identity}"),
        "description": "",
        "iconUrl": f"{call.base}/images/icons/statuses/generic.png",
        "name": found.name,
        "id": identity,
        "statusCategory": category(call, found.category),
    }


def issue_type(call: Call, kind: IssueType) -> Json:
    """Return an issue type."""
    found: Json = {
        "self": call.url(f"issuetype/{kind.id}"),
        "id": kind.id,
        "description": "",
        "iconUrl": f"{call.base}/images/icons/issuetypes/{kind.id}.svg",
        "name": kind.name,
        "subtask": kind.subtask,
        "avatarId": 10300,
    }
    return {**found, "hierarchyLevel": kind.level} if call.site.cloud else found


def priority(call: Call, identity: str) -> Json:
    """Return a priority."""
    return {
        "self": call.url(f"priority/{identity}"),
        "iconUrl": f"{call.base}/images/icons/priorities/{identity}.svg",
        "name": call.site.priorities[identity].name,
        "id": identity,
    }


def resolution(call: Call, identity: str) -> Json:
    """Return a resolution."""
    name = call.site.resolutions[identity].name
    return {"self": call.url(f"resolution/{identity}"), "id": identity, "description": "", "name": name}


def version(call: Call, found: Version, *, full: bool = False) -> Json:
    """Return a version; ``full`` adds its project, which issues do not show."""
    shown: Json = {"self": call.url(f"version/{found.id}"), "id": found.id, "name": found.name}
    shown |= {"archived": found.archived, "released": found.released}
    if found.description is not None:
        shown["description"] = found.description
    if found.release_date is not None:
        shown["releaseDate"] = found.release_date
    return {**shown, "projectId": int(found.project)} if full else shown


def component(call: Call, found: Component, *, full: bool = False) -> Json:
    """Return a component; ``full`` adds its project, which issues do not show."""
    shown: Json = {"self": call.url(f"component/{found.id}"), "id": found.id, "name": found.name}
    if not full:
        return shown
    key = call.site.projects[found.project].key
    rest: Json = {"assigneeType": "PROJECT_DEFAULT", "realAssigneeType": "PROJECT_DEFAULT", "project": key}
    return {**shown, **rest, "isAssigneeTypeValid": False, "projectId": int(found.project)}


def project(call: Call, found: ProjectState) -> Json:
    """Return a project as issues and lists show it."""
    return {
        "self": call.url(f"project/{found.id}"),
        "id": found.id,
        "key": found.key,
        "name": found.name,
        "projectTypeKey": "software",
        **({"simplified": False} if call.site.cloud else {}),
        "avatarUrls": avatars(call, "projectavatar"),
    }


def option(call: Call, found: Option) -> Json:
    """Return a choice."""
    return {"self": call.url(f"customFieldOption/{found.id}"), "value": found.value, "id": found.id}


def rich(call: Call, value: Any) -> Any:
    """Return rich text: a document in version 3, a string in version 2."""
    if value is None:
        return None
    if call.version == "2":
        return to_wiki(value)
    return from_text(value) if isinstance(value, str) else value


def linked(call: Call, issue: Issue) -> Json:
    """Return an issue as its neighbours show it."""
    chosen = issue.fields.get("priority")
    return {
        "id": str(issue.id),
        "key": issue.key,
        "self": call.url(f"issue/{issue.id}"),
        "fields": {
            "summary": issue.summary,
            "status": status(call, issue.status),
            **({"priority": priority(call, chosen)} if chosen else {}),
            "issuetype": issue_type(call, call.site.types[issue.type]),
        },
    }


def comment(call: Call, issue: Issue, found: Comment) -> Json:
    """Return a comment."""
    return {
        "self": call.url(f"issue/{issue.id}/comment/{found.id}"),
        "id": found.id,
        "author": user(call, found.author),
        "body": rich(call, found.body),
        "updateAuthor": user(call, found.author),
        "created": call.stamp(found.created),
        "updated": call.stamp(found.updated),
        **({"jsdPublic": True} if call.site.cloud else {}),
    }


def attachment(call: Call, found: Attachment) -> Json:
    """Return what is known of a file."""
    return {
        "self": call.url(f"attachment/{found.id}"),
        "id": found.id,
        "filename": found.filename,
        "author": user(call, found.author),
        "created": call.stamp(found.created),
        "size": len(found.content),
        "mimeType": found.mime,
        "content": call.url(f"attachment/content/{found.id}"),
    }


def change(call: Call, found: Change) -> Json:
    """Return an entry of the history."""
    return {
        "id": found.id,
        "author": user(call, found.author),
        "created": call.stamp(found.created),
        "items": [dict(item) for item in found.items],
    }


def field(call: Call, found: Field) -> Json:
    """Return a field as ``/field`` lists it."""
    orderable, navigable, searchable = found.flags
    shown: Json = {
        "id": found.id,
        "key": found.id,
        "name": found.name,
        **({"untranslatedName": found.name} if found.custom and call.site.cloud else {}),
        "custom": found.custom,
        "orderable": orderable,
        "navigable": navigable,
        "searchable": searchable,
        "clauseNames": list(found.clauses),
    }
    return {**shown, "schema": found.schema} if found.schema else shown
