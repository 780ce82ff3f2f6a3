"""The issues of a repository as a collection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from productops.errors import GoneError, IncompleteListingError, ProductOpsError, RejectedError, UnknownOutcomeError
from productops.sdk import Check, Collection, Draft, Features, Outcome, Patch, Record, Schema, Settle
from productops.sdk.transport import require_json
from productops_tracker import rows
from productops_tracker.rows import FIELDS, LATE, SYSTEM

if TYPE_CHECKING:
    from productops_tracker.account import Tracker

SECOND = timedelta(seconds=1)


class Issues(Collection):
    """The issues of one repository."""

    system = SYSTEM
    features = Features(
        get=True, create=True, update=True, find=True, get_batch=30, marker="property", cursor=SECOND, updated=SECOND,
        echo=True, server_clock=True, follows=frozenset({"state"}),
    )  # fmt: skip

    def __init__(self, account: Tracker, repository: str) -> None:
        self.account = account
        self.name = f"{repository} issues"
        self.container = f"{SYSTEM}:{account.host}/{repository}"
        self.path = f"/repos/{repository}/issues"

    def schema(self, *, refresh: bool = False) -> Schema:
        """Return the fields, which every repository has."""
        return Schema(FIELDS, self.name)

    def check(self) -> Check:
        """Tell whose token it is, and that the repository's issues can be listed."""
        self.account.send("GET", self.path, query={"per_page": "1"})
        return self.account.check()

    def scan(self, since: datetime | None = None, fields: Sequence[str] | None = None) -> Iterator[Record]:
        """Yield every issue, oldest first, or what changed since. A page's link says whether there is another."""
        query = {"state": "all", "direction": "asc", "sort": "updated" if since else "created", "per_page": "100"}
        if since is not None:
            query["since"] = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        seen: set[str] = set()
        page: str | None = "1"
        while page is not None:
            answer = self.account.send("GET", self.path, query={**query, "page": page})
            for row in self._rows(require_json(answer, system=SYSTEM)):
                found = rows.record(row)
                if found.id not in seen and "pull_request" not in row:
                    seen.add(found.id)
                    yield _only(found, fields)
            link = answer.links.get("next")
            following = dict(answer.url.copy_with(query=link["url"].partition("?")[2].encode()).params) if link else {}
            if link and int(following.get("page", 0)) <= int(page):
                raise IncompleteListingError("A page led back to an earlier one.", system=SYSTEM)
            page = following.get("page") if link else None

    def _rows(self, data: Any) -> list[Any]:
        if not isinstance(data, list):
            raise IncompleteListingError("A page was no list.", system=SYSTEM, remedy="Run it again.")
        return data

    def get(self, ids: Sequence[str], fields: Sequence[str] | None = None) -> Mapping[str, Record]:
        """Return the issues that exist, read one by one."""
        found = {}
        for id_ in ids:
            try:
                found[id_] = _only(self._read(id_), fields)
            except GoneError:
                continue
        return found

    def _read(self, id_: str) -> Record:
        answer = self.account.send("GET", f"{self.path}/{id_}", record=id_)
        return rows.record(require_json(answer, system=SYSTEM))

    def find(self, markers: Sequence[str], since: datetime) -> Mapping[str, list[Record]]:
        """Return the issues that carry these markers, from the listing of what was made or changed since."""
        found: dict[str, list[Record]] = {marker: [] for marker in markers}
        for record in self.scan(since):
            if record.marker in found:
                found[record.marker].append(record)
        return found

    def create(self, drafts: Sequence[Draft]) -> list[Outcome]:
        """Open issues, one a request, and close those that are to be closed."""
        return [self._open(draft) for draft in drafts]

    def _open(self, draft: Draft) -> Outcome:
        fields = {name: value for name, value in draft.fields.items() if name != "state"}
        made = self._write("POST", self.path, rows.body(fields, draft.marker), draft.fields)
        state = draft.fields.get("state")
        if isinstance(made, Record) and state is not None and state.id == "closed":
            closed = self.update([Patch(made.id, {"state": state})])[0]
            return closed if isinstance(closed, Record) else made  # it exists: what is missing is written later
        return made

    def update(self, patches: Sequence[Patch]) -> list[Outcome]:
        """Change the named fields of issues, one a request."""
        return [self._change(patch) for patch in patches]

    def _change(self, patch: Patch) -> Outcome:
        fields = dict(patch.fields)
        try:
            marker = patch.marker
            if "body" in fields or marker:  # the text holds the marker, which must outlive a new text
                now = self._read(patch.id)
                marker, fields["body"] = marker or now.marker, fields.get("body", now.fields["body"])
        except ProductOpsError as error:
            return error
        return self._write("PATCH", f"{self.path}/{patch.id}", rows.body(fields, marker), patch.fields, patch.id)

    def _write(
        self, method: str, path: str, body: Mapping[str, Any], fields: Mapping[str, Any], record: str | None = None
    ) -> Outcome:
        known = {field.id: field for field in FIELDS}
        wrong = {name: "is not a field" for name in fields if name not in known}
        wrong |= {
            name: f"takes {field.max_length:,} characters"
            for name, field in known.items()
            if field.max_length and isinstance(fields.get(name), str) and len(fields[name]) > field.max_length
        }
        if wrong:
            return RejectedError("The issue does not fit.", system=SYSTEM, fields=wrong, record=record)
        try:
            answer = require_json(self.account.send(method, path, body=body, record=record), system=SYSTEM)
            return rows.record(answer)
        except ProductOpsError as error:
            return error
        except (KeyError, TypeError, ValueError):
            return UnknownOutcomeError("The answer does not show the issue.", system=SYSTEM, record=record)

    def settle(self) -> Settle:
        """Return how long the service may hide what happened."""
        return Settle(late=timedelta(seconds=LATE))

    def server_time(self) -> datetime:
        """Return the service's own time."""
        return self.account.policy.server_time()


def _only(record: Record, fields: Sequence[str] | None) -> Record:
    return record if fields is None else replace(record, fields={name: record.fields.get(name) for name in fields})
