"""Search: bounded queries, opaque tokens that expire, an index that lags, and the old paged form.

A token holds the place after the last row shown (its sort values), not a list: an issue that changes its
place between two pages is seen twice or not at all, as with any real index.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from productops.testing.sandbox.jira import clauses, issue_json
from productops.testing.sandbox.jira.call import Call, texts, whole
from productops.testing.sandbox.jira.errors import RefusedError
from productops.testing.sandbox.jira.fields import Field
from productops.testing.sandbox.jira.jql import Branch, Clause, Node, Query, parse
from productops.testing.sandbox.jira.state import Issue
from productops.testing.sandbox.wire import Answer

LIFE = timedelta(days=7)
PAGE, PAGE_OF_IDS = 100, 5000
UNBOUNDED = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
EXPIRED = "The provided next page token is invalid or has expired."
REMOVED = (
    "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. "
    "A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046"
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended, for whom and for what question."""

    asked: tuple[Any, ...]
    after: tuple[Any, ...] | None
    pages: int
    expires: datetime


@dataclass(frozen=True, slots=True)
class Wish:
    """The parameters of one search, from a query string or a body."""

    jql: str
    size: int
    token: str | None
    fields: list[str] | None
    expand: set[str]
    properties: Sequence[str] | None
    reconcile: tuple[int, ...]


def _listed(raw: Any) -> list[str] | None:
    return None if raw is None else texts(raw)


def _wish(call: Call) -> Wish:
    if call.request.method == "GET":
        many = {name: call.request.params(name) or None for name in ("fields", "properties", "reconcileIssues")}
        sent: dict[str, Any] = {**dict(call.request.query), **many}
    else:
        sent = call.body()
    properties = _listed(sent.get("properties"))
    if properties is not None and len(properties) > 5:
        raise RefusedError(400, "At most 5 properties may be requested.")
    reconcile = tuple(whole(one, 0) for one in _listed(sent.get("reconcileIssues")) or ())
    if len(reconcile) > 50:
        raise RefusedError(400, "At most 50 issues may be reconciled.")
    expand = issue_json.expansions(sent.get("expand"))
    token = str(sent["nextPageToken"]) if sent.get("nextPageToken") else None
    size = whole(sent.get("maxResults"), 50)
    return Wish(str(sent.get("jql") or ""), size, token, _listed(sent.get("fields")), expand, properties, reconcile)


def jql(call: Call) -> Answer:
    """``GET`` and ``POST /search/jql``."""
    wish = _wish(call)
    query = parse(wish.jql)
    if query.where is None:
        raise RefusedError(400, UNBOUNDED)
    asked = (wish.jql, call.caller, wish.reconcile)
    place = _place(call, wish.token, asked)
    rows = find(call, query, wish.reconcile)
    key = clauses.sort_key(call, query)
    if place is not None and place.after is not None:
        rows = rows[bisect_right(rows, place.after, key=key) :]
    size = _page_size(call, wish)
    pages = 1 if place is None else place.pages + 1
    if call.knobs.empty_page == pages:
        size = 0
    fields = issue_json.chosen(call, wish.fields, "id")
    part = rows[:size]
    shown: dict[str, Any] = {"issues": [_row(call, wish, one, fields) for one in part]}
    more = len(rows) > size
    if more:
        after = key(part[-1]) if part else (place.after if place else None)
        shown["nextPageToken"] = _token(call, wish.token, Place(asked, after, pages, call.now + LIFE))
    shown["isLast"] = not more
    if "names" in wish.expand:
        shown["names"] = issue_json.names_of(fields)
    if "schema" in wish.expand:
        shown["schema"] = issue_json.schemas_of(fields)
    return Answer.of(shown)


def _row(call: Call, wish: Wish, one: Issue, fields: list[Field]) -> dict[str, Any]:
    """Return one hit; who asks for nothing gets nothing but the id."""
    if set(wish.fields or ("id",)) == {"id"} and not wish.expand and wish.properties is None:
        return {"id": str(one.id)}
    return issue_json.issue(call, one, fields, wish.expand, wish.properties)


def _page_size(call: Call, wish: Wish) -> int:
    light = {name.lower() for name in wish.fields or ("id",)} <= {"id", "key", "issuekey"}
    size = min(max(wish.size, 0), PAGE_OF_IDS if light else PAGE)
    limit = call.knobs.short_pages
    return size if limit is None else min(size, limit)


def _place(call: Call, token: str | None, asked: tuple[Any, ...]) -> Place | None:
    if token is None:
        return None
    found = call.knobs.places.get(token)
    if found is None or found.asked != asked or found.expires < call.now:
        raise RefusedError(400, EXPIRED)
    return found  # type: ignore[no-any-return]  # the knobs are the service, typed Any to avoid a cycle


def _token(call: Call, old: str | None, place: Place) -> str:
    places = call.knobs.places
    if call.knobs.repeat_token and old is not None:
        return old
    for one in [one for one, held in places.items() if held.expires < call.now]:
        del places[one]
    token = "Ch" + hashlib.sha256(f"{call.site.next_id('token')}".encode()).hexdigest()[:40]
    places[token] = place
    return token


def find(call: Call, query: Query, reconcile: Iterable[int] = ()) -> list[Issue]:
    """Return what the index shows for a query, sorted; issues to reconcile are judged as they are now."""
    index = call.site.index
    index.catch_up(call.now, call.knobs.search_lag)
    if call.caller is None and not any(one.public for one in call.site.projects.values()):
        return []
    test = clauses.compile_where(call, query.where)
    seen = {one.id for one in call.site.projects.values() if call.site.may_see(one, call.caller)}
    projects = _projects(call, query.where)
    wanted = seen if projects is None else seen & projects
    documents = {one: index.documents[one] for project in wanted for one in index.by_project.get(project, ())}
    for one in reconcile:
        documents.pop(one, None)
        now = call.site.issues.get(one)
        if now is not None and now.project in seen and not now.archived:
            documents[one] = now
    return sorted((one for one in documents.values() if test(one)), key=clauses.sort_key(call, query))


def _projects(call: Call, node: Node | None) -> set[str] | None:
    """Return the projects a query is limited to by a clause every hit must meet; None means any."""
    if isinstance(node, Branch) and node.kind == "and":
        for one in node.nodes:
            if (found := _projects(call, one)) is not None:
                return found
    if isinstance(node, Clause) and node.field.lower() == "project" and node.operator in {"=", "in"}:
        names = {str(one).lower() for one in node.operands}
        projects = call.site.projects.values()
        return {one.id for one in projects if names & {one.id, one.key.lower(), one.name.lower()}}
    return None


def count(call: Call) -> Answer:
    """``POST /search/approximate-count``: what the index knows right now."""
    query = parse(str(call.body().get("jql") or ""))
    if query.where is None:
        raise RefusedError(400, UNBOUNDED)
    return Answer.of({"count": len(find(call, query))})


def removed(call: Call) -> Answer:
    """``/search`` on Cloud: gone."""
    raise RefusedError(410, REMOVED)


def offset(call: Call) -> Answer:
    """``GET`` and ``POST /rest/api/2/search`` of Data Center: startAt, maxResults and a total."""
    sent: dict[str, Any] = dict(call.request.query) if call.request.method == "GET" else call.body()
    query = parse(str(sent.get("jql") or ""))
    rows = find(call, query)
    start = max(whole(sent.get("startAt"), 0), 0)
    size = min(max(whole(sent.get("maxResults"), 50), 0), 1000)
    if call.knobs.short_pages is not None:
        size = min(size, call.knobs.short_pages)
    fields = issue_json.chosen(call, _listed(sent.get("fields")), "*navigable")
    expand, properties = issue_json.expansions(sent.get("expand")), _listed(sent.get("properties"))
    part = [issue_json.issue(call, one, fields, expand, properties) for one in rows[start : start + size]]
    shown: dict[str, Any] = {"expand": "names,schema", "startAt": start, "maxResults": size, "total": len(rows)}
    return Answer.of({**shown, "issues": part})
