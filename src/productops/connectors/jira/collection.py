"""The issues of a Jira project as a collection."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from productops.connectors.jira import write
from productops.connectors.jira.adf import UNSHOWN, same_text
from productops.connectors.jira.api import SYSTEM, Api, as_user
from productops.connectors.jira.changelog import Traces
from productops.connectors.jira.editors import editors
from productops.connectors.jira.rows import Sight, marker_of, sight_of
from productops.connectors.jira.schema import KEY, PERMISSIONS, Layout, Told, ask
from productops.connectors.jira.search import BODIES_A_PAGE, IDS_A_PAGE, MARKER, Issue, check_jql, since_clause, walk
from productops.connectors.jira.status import Workflow
from productops.errors import AccessError, GoneError, IncompleteListingError, ProductOpsError, RejectedError
from productops.sdk.collection import Check, Collection, Features, Field, Outcome, Schema, Settle
from productops.sdk.record import Draft, Patch, Record, RichText, User
from productops.sdk.richtext import unshown
from productops.sdk.rows import Page
from productops.sdk.transport import Parse

ALL = ("*all", "-comment", "-worklog", "-attachment")
NEEDED = ("created", "updated")
LATE_CLOCK = timedelta(minutes=5)  # the service's clock may be behind the one that ``find`` was asked by


class JiraIssues(Collection):
    """Issues of one project, of some types, that a query finds. Made by :meth:`Jira.issues`."""

    system = SYSTEM
    features: Features = Features(
        get=True,
        create=True,
        update=True,
        find=True,
        delete="hard",
        get_batch=100,
        create_batch=50,
        # Each change is a request of its own: a longer batch would let more time pass between read and write.
        update_batch=20,
        delete_batch=20,
        marker="property",
        cursor=timedelta(minutes=1),
        echo=True,
        rereads=True,
        follows=frozenset({"status"}),
        lists_people=True,
        updated=timedelta(milliseconds=1),
        server_clock=True,
    )

    def __init__(self, api: Api, project: str, types: Sequence[str] = (), jql: str | None = None) -> None:
        self.api: Api = api
        self.project: str = project.strip()
        self.types: tuple[str, ...] = tuple(types)
        self.jql: str | None = check_jql(jql)
        kind = f" {', '.join(self.types)}" if self.types else ""
        self.name: str = f"{self.project}{kind} issues"
        parts = urlsplit(api.url)
        scope = [f"project={self.project.upper()}", f"type={'|'.join(sorted(self.types))}", f"jql={self.jql or ''}"]
        self.container: str = f"jira:{parts.netloc.lower()}{parts.path}:{':'.join(scope)}"
        self.workflow: Workflow = Workflow(self)
        self._layout: Layout | None = None
        self._told: Told | None = None
        self._sights: tuple[Layout | None, dict[tuple[str, ...] | None, Sight]] = None, {}
        self._asked: set[str] = set()  # fields that somebody reads here
        self.traces: Traces = Traces(api)
        self.features = replace(self.features, history=api.cloud)

    # --- what there is

    def layout(self, *, refresh: bool = False) -> Layout:
        """Return what the project's issues consist of; asked once, about five requests and one for each type."""
        if self._layout is None or refresh:
            self._told = ask(self.api.afresh(), self.project, self.types)
            self._layout = self._told.layout(self.types, cloud=self.api.cloud)
            self.workflow = Workflow(self)
        return self._layout

    def remember(self) -> str | None:
        """Return what Jira told of the account and the project."""
        return self._told.to_json(self.container) if self._told is not None else None

    def recall(self, told: str) -> bool:
        """Take what another process was told."""
        if self._told is None and (found := Told.from_json(told, self.container)):
            self._told, self._layout = found, found.layout(self.types, cloud=self.api.cloud)
            self.api.recall(found.me)
        return self._told is not None

    def schema(self, *, refresh: bool = False) -> Schema:
        """Return the fields.

        Raises:
            AuthError: the token is not accepted.
            ConfigError: there is no such project or type; the error names those that are there.

        """
        return self.layout(refresh=refresh).schema

    def subject(self) -> str:
        """Return the account that asks: another one may see less."""
        me = self.api.me()
        return str(me.get("accountId") or me.get("key") or me.get("name") or "")

    def check(self) -> Check:
        """Tell who is asking and what they may do in the project.

        Raises:
            AuthError: the token is not accepted.
            ConfigError: the project or a type does not exist.

        """
        me = self.api.me()
        layout = self.layout(refresh=True)
        params = {"projectKey": layout.project_key, "permissions": ",".join(PERMISSIONS)}
        details = [f"project {layout.project_key}: {', '.join(one.name for one in layout.types)}"]
        ok, lacks = True, []
        try:
            found = self.api.call("GET", "mypermissions", params=params, operation="read the permissions")
        except (AccessError, RejectedError) as error:
            details.append(f"permissions could not be read: {error.message}")
        else:
            held = found.get("permissions") or {}
            missing = [name for name in PERMISSIONS if not (held.get(name) or {}).get("havePermission")]
            ok = "BROWSE_PROJECTS" not in missing
            lacks = [f"may not {PERMISSIONS[name]}: needs the permission {name}" for name in missing]
        who = str(me.get("displayName") or me.get("name") or "")
        return Check(ok=ok, who=who, details=(*details, *lacks), lacks=tuple(lacks))

    # --- reading

    def scan(self, since: datetime | None = None, fields: Sequence[str] | None = None) -> Iterator[Record]:
        """Yield issues: all of them in the order of their keys, or those changed at or after ``since``.

        Raises:
            IncompleteListingError: a page token came twice, or some issues could not be read.
            ConfigError: Jira does not understand the query.

        """
        for page in self.scan_rows(since, fields):
            yield from map(page.form.record, page.rows)

    def scan_rows(self, since: datetime | None = None, fields: Sequence[str] | None = None) -> Iterator[Page]:
        """Yield the issues of a scan as Jira sends them, as far as their fields are looked at."""
        wanted = self._wanted(fields)
        form = self._sight(wanted).form
        if since is None and self.api.cloud:
            for issues in self._bodies(wanted):
                yield Page(form, issues)
        else:
            yield Page(form, self._walked(since, wanted))

    def _walked(self, since: datetime | None, wanted: Sequence[str] | None) -> Iterator[Issue]:
        clauses = [*self._scope()]
        order = "key ASC"
        if since is not None:
            clauses.append(since_clause("updated", since, self.api.zone(), self.server_time()))
            order = "updated ASC, key ASC"
        seen: set[str] = set()
        jql = f"{' AND '.join(clauses)} ORDER BY {order}"
        what = f"list {self.project}" if since is None else f"list changes in {self.project}"
        for issue in walk(
            self.api, jql, self._wire(wanted), size=BODIES_A_PAGE, operation=what, parse=self._sight(wanted).parse
        ):
            if since is None or issue["id"] not in seen:
                yield issue
            if since is not None:
                seen.add(issue["id"])

    def _bodies(self, wanted: Sequence[str] | None) -> Iterator[list[Issue]]:
        """Walk ids only, five thousand a page, and read the issues by a hundred."""
        jql = f"{' AND '.join(self._scope())} ORDER BY key ASC"
        operation, parse = f"list {self.project}", self._sight(wanted).parse
        ids = (
            str(one["id"]) for one in walk(self.api, jql, ["id"], size=IDS_A_PAGE, operation=operation, markers=False)
        )
        return (self._fetch(part, wanted, operation, parse) for part in batched(ids, BODIES_A_PAGE))

    def _scope(self) -> list[str]:
        layout = self.layout()
        clauses = [f"project = {layout.project_id}"]
        if self.types:
            clauses.append(f"issuetype in ({', '.join(one.id for one in layout.types)})")
        if self.jql:
            clauses.append(f"({self.jql})")
        return clauses

    def get(self, ids: Sequence[str], fields: Sequence[str] | None = None) -> Mapping[str, Record]:
        """Return the issues that exist and are shown to this account; one that was moved keeps its id.

        On Data Center, which cannot read many at once from the database, this is one request for each issue.
        """
        found = self.read(ids, self._wanted(fields))
        self.traces.looked = {record.id: record.updated for record in found.values() if record.updated is not None}
        return found

    def read(self, ids: Sequence[str], wanted: Sequence[str] | None) -> dict[str, Record]:
        """Return issues as ``get`` does, without taking note that somebody reads these fields."""
        sight = self._sight(wanted)
        parts = batched(dict.fromkeys(ids), BODIES_A_PAGE)
        issues = (issue for part in parts for issue in self._fetch(part, wanted, "read issues", sight.parse))
        records = map(sight.form.record, issues)
        return {record.id: record for record in records}

    def fetch(self, ids: Sequence[str], fields: Sequence[str]) -> list[Issue]:
        """Return issues as Jira sends them, read for a write."""
        return [issue for part in batched(ids, BODIES_A_PAGE) for issue in self._fetch(part, fields, "read the texts")]

    def _fetch(
        self, ids: Iterable[str], wanted: Sequence[str] | None, operation: str, parse: Parse | None = None
    ) -> list[Issue]:
        """Read issues from the database, not from the search index."""
        if not self.api.cloud:
            return [issue for id_ in ids if (issue := self._fetch_one(id_, wanted, operation)) is not None]
        body = {"issueIdsOrKeys": list(ids), "fields": self._wire(wanted), "properties": [MARKER]}
        issues: list[Issue] = []
        for _attempt in range(2):
            page = self.api.call("POST", "issue/bulkfetch", json=body, operation=operation, parse=parse)
            issues += page.get("issues") or []
            failed = [str(one.get("id") or one.get("issueIdOrKey") or "") for one in page.get("issueErrors") or []]
            if not failed:
                return issues
            body["issueIdsOrKeys"] = [one for one in failed if one] or body["issueIdsOrKeys"]
            issues = issues if all(failed) else []
        raise IncompleteListingError(
            f"Jira could not read {len(failed)} issues.", system=SYSTEM, operation=operation, record=failed[0] or None
        )

    def _fetch_one(self, id_: str, wanted: Sequence[str] | None, operation: str) -> Issue | None:
        params = {"fields": ",".join(self._wire(wanted)), "properties": MARKER}
        try:
            found: Issue = self.api.call("GET", f"issue/{id_}", params=params, operation=operation, record=id_)
        except GoneError:
            return None
        return found

    def find(self, markers: Sequence[str], since: datetime) -> Mapping[str, list[Record]]:
        """Return issues by marker, among those that this account created at or after ``since``.

        Markers cannot be searched for, so the listing is read; what was created less than V ago may be missing. All
        projects are looked at: somebody may have moved the issue before anybody knew of it.
        """
        wanted: dict[str, list[Record]] = {marker: [] for marker in markers}
        recent = since_clause("created", since - LATE_CLOCK, self.api.zone(), self.server_time())
        clauses = ["creator = currentUser()", recent]
        jql = f"{' AND '.join(clauses)} ORDER BY key ASC"
        hits = [
            str(issue["id"])
            for issue in walk(self.api, jql, ["id"], size=IDS_A_PAGE, operation="find issues by marker")
            if self._marker(issue) in wanted
        ]
        for record in self.read(hits, None).values():
            if record.marker in wanted:
                wanted[record.marker].append(record)
        return wanted

    def _marker(self, issue: Issue) -> str | None:
        if "properties" in issue or self.api.cloud:
            return marker_of(issue)
        # A Data Center that does not list properties is asked for each.
        path = f"issue/{issue['id']}/properties/{MARKER}"
        try:
            found = self.api.call("GET", path, operation="read a marker", record=str(issue["id"]))
        except GoneError:
            return None
        return marker_of({"properties": {MARKER: (found or {}).get("value")}})

    def sample(self, type_id: str, status_id: str) -> str | None:
        """Return the id of some issue of a type in a status."""
        jql = f"project = {self.layout().project_id} AND issuetype = {type_id} AND status = {status_id}"
        found = walk(self.api, jql, ["id"], size=1, operation="learn the workflow", markers=False)
        return next((str(issue["id"]) for issue in found), None)

    # --- writing

    def create(self, drafts: Sequence[Draft]) -> list[Outcome]:
        """Create up to 50 issues; the records show the status that was really reached."""
        return write.create(self, drafts)

    def update(self, patches: Sequence[Patch]) -> list[Outcome]:
        """Change up to 20 issues: fields first, then the status."""
        return write.update(self, patches)

    def replaced(
        self, patches: Sequence[Patch], looked: Mapping[str, datetime] | None = None
    ) -> Mapping[str, Mapping[str, object]]:
        """Return what others wrote into these fields after the last :meth:`get` and before our own write."""
        return self.traces.replaced(self.layout().specs, patches, looked or {})

    def unfinished(self, patches: Sequence[Patch], since: Mapping[str, datetime]) -> Mapping[str, Iterable[str]]:
        """Tell where an issue stands on our own way to a status."""
        return self.traces.unfinished(patches, since)

    def delete(self, ids: Sequence[str]) -> list[ProductOpsError | None]:
        """Delete issues for good; an issue that has sub-tasks is refused."""
        outcomes: list[ProductOpsError | None] = []
        for id_ in ids:
            try:
                self.api.call("DELETE", f"issue/{id_}", operation="delete an issue", record=id_)
            except RejectedError as error:
                error.remedy = "Delete or move its sub-tasks first."
                outcomes.append(error)
            except ProductOpsError as error:
                outcomes.append(error)
            else:
                outcomes.append(None)
        return outcomes

    def people(self) -> Iterator[User]:
        """Yield the people who can be assigned in the project, at most the first thousand that Jira looks at."""
        seen: set[str] = set()
        params: dict[str, Any] = {"project": self.layout().project_key, "maxResults": 1000, "startAt": 0}
        while params["startAt"] < 1000:
            page = self.api.call("GET", "user/assignable/search", params=params, operation="list people")
            fresh = [user for user in map(as_user, page or []) if user.id not in seen]
            yield from fresh
            seen |= {user.id for user in fresh}
            if not fresh:
                return
            params["startAt"] += len(page)

    def editors(self, wanted: Mapping[str, Sequence[str]]) -> Mapping[str, Mapping[str, User]]:
        """Return who changed these fields last, by the history of the issues; nobody on Data Center."""
        return editors(self.api, wanted)

    def same(self, field: Field, sent: object, shown: object) -> bool:
        """Tell whether Jira would show ``shown`` after it was sent ``sent``."""
        if isinstance(shown, RichText):
            return same_text(sent.markdown if isinstance(sent, RichText) else str(sent or ""), shown)
        if isinstance(sent, str) and isinstance(shown, str):
            return " ".join(sent.split()) == " ".join(shown.split())
        if isinstance(sent, datetime) and isinstance(shown, datetime):
            return abs(sent - shown) < timedelta(milliseconds=1)
        if field.kind == "markdown" and not sent and not shown:
            return True
        return super().same(field, sent, shown)

    def losses(self, field: Field, value: str) -> list[str]:
        """Return what a document cannot hold of a text."""
        return unshown(value, UNSHOWN) if self.layout().specs[field.id].rich else []

    # --- time

    def settle(self) -> Settle:
        """Return the account's D and V."""
        commit, visible = self.api.policy.settle
        return Settle(timedelta(seconds=commit), timedelta(seconds=visible))

    def server_time(self) -> datetime:
        """Return Jira's own time, from its last answer."""
        return self.api.policy.server_time()

    # --- records

    def link(self, key: str | None) -> str | None:
        """Return the address of an issue for people."""
        return f"{self.api.site()}/browse/{key}" if key else None

    def echoed(self, fields: set[str]) -> Sequence[str] | None:
        """Return the fields to read back after a write: those written, and all that anybody reads here."""
        return None if not self._asked else sorted(self._asked | fields)

    def _wanted(self, fields: Sequence[str] | None) -> Sequence[str] | None:
        schema = self.schema()
        if fields is None:
            return None
        wanted = [schema.field(name).id for name in fields]
        self._asked |= set(wanted)
        return wanted

    def _wire(self, wanted: Sequence[str] | None) -> list[str]:
        if wanted is None:
            return list(ALL)
        return list(dict.fromkeys([*NEEDED, *(id_ for id_ in wanted if id_ != KEY)]))

    def _sight(self, wanted: Sequence[str] | None) -> Sight:
        """Return how issues with these fields are read; kept, since a parser takes a while to make."""
        layout, key = self.layout(), None if wanted is None else tuple(wanted)
        if self._sights[0] is not layout:
            self._sights = layout, {}
        known = self._sights[1]
        if key not in known:
            known[key] = sight_of(layout, wanted, self.link)
        return known[key]


def batched(items: Iterable[str], size: int) -> Iterator[list[str]]:
    """Yield items in lists of at most ``size``."""
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part
