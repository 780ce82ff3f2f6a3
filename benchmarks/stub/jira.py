"""Just enough of Jira Cloud for the measured clients. Issues are serialised once, before anything is measured.

The project ``R10000`` with the id 10000 has 1,000 issues: the last digit tells places of one size apart, so that what
changes for one client does not change for another.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import orjson

from benchmarks.stub import issues
from benchmarks.stub.texts import texts

SINCE = "updated >="  # what an incremental reading asks; it finds what was changed lately
NOT_ON_SCREEN = ("status", "created", "updated", "creator", "resolutiondate", "resolution", "timeoriginalestimate")


class Jira:
    """Answers Jira's requests from memory."""

    def __init__(self) -> None:
        self._texts: list[tuple[str, str]] = []
        self._pages: dict[tuple[int, frozenset[str]], list[bytes]] = {}
        self._edits: dict[tuple[int, int], int] = {}  # (place, issue) → how often its title was edited
        self._lately: dict[int, list[int]] = {}  # place → issues
        self._turns = 0

    # --- what people do there

    def reset(self, place: int) -> None:
        """Forget what was changed."""
        self._lately.pop(place, None)
        self._edits = {known: count for known, count in self._edits.items() if known[0] != place}

    def change(self, place: int, count: int) -> None:
        """Edit the titles of some issues, spread over the project, others each time."""
        records = place // 10
        self._turns += 1
        step = records // count if count else 1
        lately = self._lately[place] = [(self._turns + number * step) % records for number in range(count)]
        for at in lately:
            self._edits[place, at] = self._turns

    # --- issues

    def _fields(self, place: int, at: int) -> dict[str, Any]:
        while len(self._texts) <= at:
            self._texts = list(islice(texts(), max(1_000, 2 * at)))
        found = issues.fields(at, *self._texts[at])
        if edited := self._edits.get((place, at)):
            found["summary"] = f"{found['summary'][:200]} (edit {edited})"
            found["updated"] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
        return found

    def _dump(self, place: int, at: int, wanted: frozenset[str]) -> bytes:
        id_ = f"{place}{at:06d}"
        return orjson.dumps(
            {
                "expand": "renderedFields,names,schema",
                "id": id_,
                "self": f"{issues.SITE}/issue/{id_}",
                "key": f"R{place}-{at + 1}",
                "properties": {},
                "fields": {name: value for name, value in self._fields(place, at).items() if name in wanted},
            }
        )

    def dumped(self, place: int, wanted: frozenset[str]) -> list[bytes]:
        """Return the issues of a place as they were at first, serialised; made when they are first asked for."""
        if (place, wanted) not in self._pages:
            self._pages[place, wanted] = [self._dump(place, at, wanted) for at in range(place // 10)]
        return self._pages[place, wanted]

    def _one(self, place: int, at: int, wanted: frozenset[str]) -> bytes:
        if (place, at) in self._edits:
            return self._dump(place, at, wanted)
        return self.dumped(place, wanted)[at]

    # --- requests

    def handle(self, method: str, path: str, query: dict[str, str], body: bytes) -> bytes:
        """Return the answer's body."""
        what = re.sub(r"^/rest/api/\d+/", "", path)
        if method == "POST" and what == "search/jql":
            return self._search(orjson.loads(body))
        if method == "POST" and what == "issue/bulkfetch":
            return self._fetch(orjson.loads(body))
        return orjson.dumps(self._meta(what, query))

    def _search(self, asked: dict[str, Any]) -> bytes:
        found = re.search(r"project = R?(\d+)", asked["jql"])
        assert found, asked["jql"]
        place = int(found[1])
        lately = SINCE in asked["jql"]
        shown: Sequence[int] = self._lately.get(place, []) if lately else range(place // 10)
        start, ids_only = int(asked.get("nextPageToken") or 0), asked["fields"] == ["id"]
        end = start + min(int(asked["maxResults"]), 5000 if ids_only else 100)
        if ids_only:
            rows = [b'{"id":"%d%06d"}' % (place, at) for at in shown[start:end]]
        elif lately or self._edits:
            rows = [self._one(place, at, _wanted(asked)) for at in shown[start:end]]
        else:
            rows = self.dumped(place, _wanted(asked))[start:end]
        tail = b',"nextPageToken":"%d","isLast":false}' % end if end < len(shown) else b',"isLast":true}'
        return b'{"issues":[' + b",".join(rows) + b"]" + tail

    def _fetch(self, asked: dict[str, Any]) -> bytes:
        wanted = _wanted(asked)
        rows = [self._one(int(id_[:-6]), int(id_[-6:]), wanted) for id_ in asked["issueIdsOrKeys"]]
        return b'{"expand":"schema,names","issues":[' + b",".join(rows) + b'],"issueErrors":[]}'

    def _meta(self, what: str, query: dict[str, str]) -> Any:
        if what == "myself":
            return issues.person(0)
        if what == "serverInfo":
            return {"baseUrl": "https://jira.example.com", "deploymentType": "Cloud", "versionNumbers": [1001, 0, 0]}
        if what == "field":
            return [
                {
                    "id": id_,
                    "key": id_,
                    "name": name,
                    "custom": "custom" in schema,
                    "clauseNames": [id_],
                    "schema": schema,
                }
                for id_, (name, schema) in issues.FIELDS.items()
            ]
        if what == "user/assignable/search":
            return [] if int(query.get("startAt", 0)) else [issues.person(number) for number in range(issues.PEOPLE)]
        if what.startswith("issue/createmeta/"):
            rows = [_on_screen(id_) for id_ in issues.FIELDS if id_ not in NOT_ON_SCREEN]
            return {"fields": rows, "startAt": 0, "maxResults": 200, "total": len(rows)}
        if what.endswith("/statuses"):
            statuses = [{"id": id_, "name": name} for id_, name in issues.STATUSES]
            return [{**issues.issue_type(0), "statuses": statuses}]
        number = what.removeprefix("project/").removeprefix("R")
        things = {"components": issues.COMPONENTS, "versions": issues.VERSIONS}
        more = {name: [issues.named(name, one) for one in found] for name, found in things.items()}
        types = [issues.issue_type(0)]
        return {"id": number, "key": f"R{number}", "name": f"Project {number}", "issueTypes": types, **more}


def _wanted(asked: dict[str, Any]) -> frozenset[str]:
    fields = asked["fields"].split(",") if isinstance(asked["fields"], str) else asked["fields"]
    return frozenset(issues.FIELDS) if "*all" in fields else frozenset(fields)


def _on_screen(id_: str) -> dict[str, Any]:
    name, schema = issues.FIELDS[id_]
    row: dict[str, Any] = {"fieldId": id_, "key": id_, "name": name, "required": id_ == "summary", "schema": schema}
    if id_ in issues.CHOICES:
        custom = "custom" in schema
        row["allowedValues"] = [issues.option(one) if custom else issues.named(id_, one) for one in issues.CHOICES[id_]]
    return row
