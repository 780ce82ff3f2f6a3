"""Edits in the gap, found in Jira's changelog: what others wrote after our last look and before our own write.

Jira Cloud keeps who changed a field, when, and both values as text. An entry that is younger than the look and older
than our own was overwritten without having been read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from productops.connectors.jira.adf.write import to_adf
from productops.connectors.jira.api import SYSTEM, Api
from productops.connectors.jira.fields import Spec, moment
from productops.errors import IncompleteListingError
from productops.sdk.record import Patch, Unreadable, Value, canonical

ISSUES = 1_000  # a request
FIELDS_A_REQUEST = 10
READ = "read what the last writes replaced"


def overwritten(
    api: Api, specs: Mapping[str, Spec], patches: Sequence[Patch], looked: Mapping[str, datetime]
) -> dict[str, dict[str, Value]]:
    """Return issue → field → the last value that somebody else wrote between a look and our own write.

    Args:
        api: the account.
        specs: the fields of the project.
        patches: what was written.
        looked: issue → when it had last changed, at the last look.

    """
    sent = {patch.id: patch.fields for patch in patches if patch.id in looked}
    if not sent:
        return {}
    me, found = str(api.me().get("accountId")), {}
    for issue, entries in _entries(api, sent).items():
        lost = _lost(entries, me, looked[issue], sent[issue], specs)
        values = {id_: value for id_, item in lost.items() if not _unknown(value := _value(specs[id_], item))}
        if values:
            found[issue] = values
    return found


def _entries(api: Api, sent: Mapping[str, Mapping[str, Value]]) -> dict[str, list[Mapping[str, Any]]]:
    """Return issue → its changelog of these fields, oldest first."""
    fields = sorted({id_ for values in sent.values() for id_ in values})
    body: dict[str, Any] = {"issueIdsOrKeys": sorted(sent), "maxResults": 1000}
    if len(fields) <= FIELDS_A_REQUEST:
        body["fieldIds"] = fields
    entries: dict[str, list[Mapping[str, Any]]] = {issue: [] for issue in sent}
    for issue, entry in changes(api, body, READ):
        entries[issue].append(entry)
    return {issue: sorted(found, key=_when) for issue, found in entries.items()}


def changes(api: Api, body: Mapping[str, Any], operation: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield issue and changelog entry of what a request asks for, oldest first within an issue.

    Raises:
        IncompleteListingError: Jira gave one page of the history twice.

    """
    token, seen = None, set()
    while True:
        sent = {**body, **({"nextPageToken": token} if token else {})}
        page = api.call("POST", "changelog/bulkfetch", json=sent, operation=operation)
        for log in page.get("issueChangeLogs") or []:
            yield from ((str(log["issueId"]), entry) for entry in log.get("changeHistories") or [])
        token = page.get("nextPageToken")
        if not token:
            return
        if token in seen:
            raise IncompleteListingError("Jira gave one page of the history twice.", system=SYSTEM, operation=operation)
        seen.add(token)


def _when(entry: Mapping[str, Any]) -> datetime:
    """Return when something changed: a text, or milliseconds since 1970 as in the bulk answer's example."""
    created = entry["created"]
    if isinstance(created, str):
        return moment(created)
    return datetime.fromtimestamp(created / (1000 if created > 1e11 else 1), UTC)


def _lost(
    entries: Sequence[Mapping[str, Any]],
    me: str,
    looked: datetime,
    sent: Mapping[str, Value],
    specs: Mapping[str, Spec],
) -> dict[str, Mapping[str, Any]]:
    """Return field → the entry's item that our own write replaced.

    Ours is the account's last one that says what was sent, or its last one where the history spells it otherwise:
    somebody may work by hand with the very account of the token.
    """
    lost = {}
    for id_, value in sent.items():
        since = [
            (entry, item)
            for entry in entries
            for item in entry.get("items") or []
            if item.get("fieldId") == id_ and _when(entry) > looked
        ]
        ours = [at for at, (entry, _) in enumerate(since) if (entry.get("author") or {}).get("accountId") == me]
        told = [at for at in ours if canonical(_value(specs[id_], since[at][1])) == canonical(value)]
        if ours and (at := (told or ours)[-1]) > 0:
            lost[id_] = since[at - 1][1]
    return lost


def _value(spec: Spec, item: Mapping[str, Any]) -> Value:
    """Return the value that a changelog item set, as the issue would have shown it."""
    id_, text = item.get("to"), item.get("toString")
    match spec.field.kind:
        case "markdown":
            return spec.decode(to_adf(text)) if text else None
        case "number":
            return spec.decode(float(text)) if text else None
        case "labels":
            return (text or "").split()
        case "choice" | "person":
            named = {"id": id_, "accountId": id_, "name": text, "value": text, "displayName": text}
            return spec.decode(named) if id_ else None
        case "text" | "url":
            return spec.decode(text)
        case "date" | "datetime":
            return spec.decode(id_ or None)
        case kind:
            return Unreadable(f"the changelog shows no {kind} as such")


def _unknown(value: Value) -> bool:
    return isinstance(value, Unreadable)
