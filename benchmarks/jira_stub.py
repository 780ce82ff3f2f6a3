"""Just enough of Jira Cloud for the measured clients. Issues are serialised once, before anything is measured.

The project ``R3500`` has 3,500 issues, ``R100`` a hundred, and so on; its id is the number.
"""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import Any

from benchmarks.texts import document, texts

TYPE = {"id": "10001", "name": "Story", "subtask": False}
STATUSES = (("10000", "To Do"), ("3", "In Progress"), ("10002", "In Review"), ("10003", "QA"), ("10004", "Done"))
PEOPLE = 12
NOTHING = "updated >="  # nothing changed since: what an incremental reading asks finds no issue


def person(number: int) -> dict[str, Any]:
    """Return an invented account."""
    return {
        "self": f"https://jira.example.com/rest/api/3/user?accountId=5b{number:022d}",
        "accountId": f"5b{number:022d}",
        "emailAddress": f"person{number}@example.com",
        "avatarUrls": {
            size: f"https://avatars.example.com/{number}/{size}" for size in ("48x48", "24x24", "16x16", "32x32")
        },
        "displayName": f"Person {number}",
        "active": True,
        "timeZone": "Europe/Berlin",
        "accountType": "atlassian",
    }


def _status(number: int) -> dict[str, Any]:
    id_, name = STATUSES[number % len(STATUSES)]
    return {
        "self": f"https://jira.example.com/rest/api/3/status/{id_}",
        "description": "",
        "iconUrl": "https://jira.example.com/images/icons/status.png",
        "name": name,
        "id": id_,
        "statusCategory": {
            "self": "https://jira.example.com/rest/api/3/statuscategory/2",
            "id": 2,
            "key": "new",
            "colorName": "blue-gray",
            "name": "To Do",
        },
    }


def _issue(project: int, number: int, title: str, text: str, *, rich: bool) -> bytes:
    fields = {
        "summary": title,
        "assignee": person(number % PEOPLE) if number % 3 else None,
        "duedate": f"2026-{number % 12 + 1:02d}-15" if number % 2 else None,
        "status": _status(number),
        "created": f"2025-03-04T09:{number % 60:02d}:00.000+0100",
        "updated": f"2025-06-04T09:{number % 60:02d}:00.000+0200",
    }
    if rich:
        fields["description"] = document(text)
    id_ = f"{project}{number:06d}"
    shown = {
        "expand": "renderedFields,names,schema",
        "id": id_,
        "self": f"https://jira.example.com/rest/api/3/issue/{id_}",
        "key": f"R{project}-{number + 1}",
        "properties": {},
        "fields": fields,
    }
    return json.dumps(shown, ensure_ascii=False, separators=(",", ":")).encode()


class Jira:
    """Answers Jira's requests from memory."""

    def __init__(self) -> None:
        self._bodies: dict[tuple[int, bool], list[bytes]] = {}

    def bodies(self, project: int, *, rich: bool) -> list[bytes]:
        """Return the issues of a project, serialised; made when they are first asked for."""
        if (project, rich) not in self._bodies:
            rows = enumerate(islice(texts(), project))
            self._bodies[project, rich] = [_issue(project, at, *row, rich=rich) for at, row in rows]
        return self._bodies[project, rich]

    def handle(self, method: str, path: str, query: dict[str, str], body: bytes) -> bytes:
        """Return the answer's body."""
        what = re.sub(r"^/rest/api/\d+/", "", path)
        if method == "POST" and what == "search/jql":
            return self._search(json.loads(body))
        if method == "POST" and what == "issue/bulkfetch":
            return self._fetch(json.loads(body))
        return json.dumps(self._meta(what, query)).encode()

    def _search(self, asked: dict[str, Any]) -> bytes:
        found = re.search(r"project = R?(\d+)", asked["jql"])
        project = 0 if found is None or NOTHING in asked["jql"] else int(found[1])
        start, ids_only = int(asked.get("nextPageToken") or 0), asked["fields"] == ["id"]
        size = min(int(asked["maxResults"]), 5000 if ids_only else 100)
        if ids_only:
            rows = [b'{"id":"%d%06d"}' % (project, at) for at in range(start, min(project, start + size))]
        else:
            rows = self.bodies(project, rich="description" in asked["fields"])[start : start + size]
        end = start + size
        tail = b',"nextPageToken":"%d","isLast":false}' % end if end < project else b',"isLast":true}'
        return b'{"issues":[' + b",".join(rows) + b"]" + tail

    def _fetch(self, asked: dict[str, Any]) -> bytes:
        rich = "description" in asked["fields"]
        rows = [self.bodies(int(id_[:-6]), rich=rich)[int(id_[-6:])] for id_ in asked["issueIdsOrKeys"]]
        return b'{"expand":"schema,names","issues":[' + b",".join(rows) + b'],"issueErrors":[]}'

    def _meta(self, what: str, query: dict[str, str]) -> Any:
        if what == "myself":
            return person(0)
        if what == "serverInfo":
            return {"baseUrl": "https://jira.example.com", "deploymentType": "Cloud", "versionNumbers": [1001, 0, 0]}
        if what == "field":
            return [
                {"id": id_, "key": id_, "name": name, "custom": False, "clauseNames": [id_], "schema": schema}
                for id_, (name, schema) in FIELDS.items()
            ]
        if what == "user/assignable/search":
            return [] if int(query.get("startAt", 0)) else [person(number) for number in range(PEOPLE)]
        if what.startswith("issue/createmeta/"):
            rows = [
                {"fieldId": id_, "key": id_, "name": name, "required": id_ == "summary", "schema": schema}
                for id_, (name, schema) in FIELDS.items()
                if id_ not in ("created", "updated", "status")
            ]
            return {"fields": rows, "startAt": 0, "maxResults": 200, "total": len(rows)}
        if what.endswith("/statuses"):
            return [{**TYPE, "statuses": [{"id": id_, "name": name} for id_, name in STATUSES]}]
        number = what.removeprefix("project/").removeprefix("R")
        return {"id": number, "key": f"R{number}", "name": f"Project {number}", "issueTypes": [TYPE]}


FIELDS: dict[str, tuple[str, dict[str, str]]] = {
    "summary": ("Summary", {"type": "string", "system": "summary"}),
    "description": ("Description", {"type": "string", "system": "description"}),
    "assignee": ("Assignee", {"type": "user", "system": "assignee"}),
    "duedate": ("Due date", {"type": "date", "system": "duedate"}),
    "status": ("Status", {"type": "status", "system": "status"}),
    "created": ("Created", {"type": "datetime", "system": "created"}),
    "updated": ("Updated", {"type": "datetime", "system": "updated"}),
}
