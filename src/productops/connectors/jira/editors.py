"""Who changed a field of an issue last, by Jira's own history. Cloud only: elsewhere it is a request for each issue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from productops.connectors.jira.api import Api, as_user
from productops.connectors.jira.changelog import FIELDS_A_REQUEST as FIELDS
from productops.connectors.jira.changelog import ISSUES, changes
from productops.sdk.record import User


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
            for issue, change in changes(api, body, "read who changed issues"):
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
