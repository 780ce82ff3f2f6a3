"""Who changed a field of an issue last, by Jira's own history. Cloud only: elsewhere it is a request for each issue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from productops.connectors.jira.api import Api, as_user
from productops.errors import IncompleteListingError
from productops.sdk.record import User

ISSUES = 1_000  # of one request
FIELDS = 10  # of one request


def editors(api: Api, wanted: Mapping[str, Sequence[str]]) -> dict[str, dict[str, User]]:
    """Return issue → field → who changed it last; a field that was never changed is its creator's.

    Raises:
        IncompleteListingError: Jira gave one page of the history twice.

    """
    if not api.cloud or not wanted:
        return {}
    found = _creators(api, wanted)
    fields = sorted({name for names in wanted.values() for name in names})
    ids = list(wanted)
    for at in range(0, len(ids), ISSUES):
        for first in range(0, len(fields), FIELDS):
            body = {"issueIdsOrKeys": ids[at : at + ISSUES], "fieldIds": fields[first : first + FIELDS]}
            for issue, change in _changes(api, body):
                for item in change.get("items", ()):
                    name = str(item.get("fieldId") or "")
                    if name in wanted.get(issue, ()) and change.get("author"):
                        found.setdefault(issue, {})[name] = as_user(change["author"])  # later ones come later
    return found


def _creators(api: Api, wanted: Mapping[str, Sequence[str]]) -> dict[str, dict[str, User]]:
    ids = list(wanted)
    found: dict[str, dict[str, User]] = {}
    for at in range(0, len(ids), 100):
        body = {"issueIdsOrKeys": ids[at : at + 100], "fields": ["creator"]}
        shown = api.call("POST", "issue/bulkfetch", json=body, operation="read who made issues")
        for issue in shown.get("issues", ()):
            if creator := (issue.get("fields") or {}).get("creator"):
                found[str(issue["id"])] = dict.fromkeys(wanted.get(str(issue["id"]), ()), as_user(creator))
    return found


def _changes(api: Api, body: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield issue and change, oldest first within an issue."""
    token, seen = None, set()
    while True:
        sent = {**body, **({"nextPageToken": token} if token else {})}
        shown = api.call("POST", "changelog/bulkfetch", json=sent, operation="read who changed issues")
        for log in shown.get("issueChangeLogs", ()):
            for change in log.get("changeHistories", ()):
                yield str(log.get("issueId")), change
        token = shown.get("nextPageToken")
        if not token:
            return
        if token in seen:
            raise IncompleteListingError("Jira gave one page of the history twice.", system="jira")
        seen.add(token)
