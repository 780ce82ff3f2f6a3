"""What Jira's changelog tells of our own writes: what others wrote right before them, and where they ended half way.

Jira Cloud keeps who changed a field, when, and both values as text. An entry that is younger than our last look and
older than our own write was overwritten without having been read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from productops.connectors.jira.adf.write import to_adf
from productops.connectors.jira.api import SYSTEM, Api
from productops.connectors.jira.fields import Spec, moment
from productops.errors import IncompleteListingError
from productops.sdk.record import Patch, RichText, Unreadable, Value, canonical

ISSUES = 1_000  # a request
FIELDS_A_REQUEST = 10
STATUS = "status"
WORD = re.compile(r"\w+")
READ = "read what the last writes replaced"


class Traces:
    """What was looked at and written last in one collection, and what the changelog says of it."""

    def __init__(self, api: Api) -> None:
        self.api: Api = api
        self.looked: dict[str, datetime] = {}  # issues that were read by id last → when they had changed
        self._ways: dict[str, Sequence[str]] = {}  # issues that were sent past other statuses, until that is judged

    def went(self, issue: str, statuses: Sequence[str]) -> None:
        """Remember the way that an issue is sent to its status: what stands on it is nobody's edit."""
        if len(statuses) > 1:
            self._ways[issue] = statuses

    def replaced(
        self, specs: Mapping[str, Spec], patches: Sequence[Patch], elsewhere: Mapping[str, datetime]
    ) -> dict[str, dict[str, Value]]:
        """Return issue → field → the last value that somebody else wrote between a look and our own write.

        Args:
            specs: the fields of the project.
            patches: what was written.
            elsewhere: issues of which nobody knows whether the write arrived → when they had changed, at the last look.

        """
        looked = {**self.looked, **elsewhere}
        ways = {patch.id: self._ways.pop(patch.id, ()) for patch in patches}
        sent = {patch.id: patch.fields for patch in patches if patch.id in looked}
        if not sent:
            return {}
        me, found = self._me(), {}
        for issue, entries in _entries(self.api, sent).items():
            since = [entry for entry in entries if _when(entry) > looked[issue]]
            gap = Gap(since, me, specs, exact=issue in elsewhere, way=ways[issue])
            lost = {id_: item for id_, value in sent[issue].items() if (item := gap.lost(id_, value)) is not None}
            values = {id_: value for id_, item in lost.items() if not _unknown(value := _value(specs[id_], item))}
            if values:
                found[issue] = values
        return found

    def unfinished(self, patches: Sequence[Patch], since: Mapping[str, datetime]) -> dict[str, set[str]]:
        """Return the issues that stand where our own steps to a status ended, the status being the field.

        The account's last step since then counts as ours. Who moves an issue by hand with the very account of the
        token, in the seconds in which its answer is lost, cannot be told from it.
        """
        sent = {patch.id: {STATUS: patch.fields[STATUS]} for patch in patches if STATUS in patch.fields}
        if not (sent and self.api.cloud):
            return {}
        me, found = self._me(), {}
        for issue, entries in _entries(self.api, sent).items():
            late = [entry for entry in entries if _when(entry) >= since[issue]]
            if late and _author(late[-1]) == me:
                found[issue] = {STATUS}
        return found

    def _me(self) -> str:
        return str(self.api.me().get("accountId"))


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


def _author(entry: Mapping[str, Any]) -> str | None:
    found: str | None = (entry.get("author") or {}).get("accountId")
    return found


def _when(entry: Mapping[str, Any]) -> datetime:
    """Return when something changed: a text, or milliseconds since 1970 as in the bulk answer's example."""
    created = entry["created"]
    if isinstance(created, str):
        return moment(created)
    return datetime.fromtimestamp(created / (1000 if created > 1e11 else 1), UTC)


@dataclass(frozen=True, slots=True)
class Gap:
    """What happened to an issue since a look: entries, oldest first, of which some are our own."""

    since: Sequence[Mapping[str, Any]]
    me: str
    specs: Mapping[str, Spec]
    exact: bool
    way: Sequence[str]

    def lost(self, id_: str, value: Value) -> Mapping[str, Any] | None:
        """Return the item that our own write of a field replaced.

        Ours is the account's last one that says what was sent. Where that is sure to have arrived, and the history
        spells it otherwise, it is the account's last one: somebody may work by hand with the very account of the token.
        """
        items = [
            (entry, item) for entry in self.since for item in entry.get("items") or [] if item.get("fieldId") == id_
        ]
        ours = [at for at, (entry, _) in enumerate(items) if _author(entry) == self.me]
        told = [at for at in ours if self._says(id_, items[at][1], value)]
        if not (told or (ours and not self.exact)):
            return None
        at = (told or ours)[-1]
        on_the_way = list(self.way[:-1]) if id_ == STATUS else []
        while on_the_way and at - 1 in ours and items[at - 1][1].get("to") == on_the_way[-1]:
            at, _ = at - 1, on_the_way.pop()
        return items[at - 1][1] if at > 0 else None

    def _says(self, id_: str, item: Mapping[str, Any], value: Value) -> bool:
        """Tell whether an item says what was sent; of formatted text only the words are compared."""
        said = _value(self.specs[id_], item)
        if isinstance(said, RichText):
            sent = value.markdown if isinstance(value, RichText) else str(value or "")
            return WORD.findall(said.markdown) == WORD.findall(sent)
        return bool(canonical(said) == canonical(value))


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
