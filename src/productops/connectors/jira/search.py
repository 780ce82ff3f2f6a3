"""Queries in Jira's language (JQL), and walking what they find to the end.

A listing has ended when the service sends no token for a next page, and at no other sign: pages may be short or
empty before that. Data Center pages by offset; there a row of the page before is read again to notice rows that moved.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from productops.connectors.jira.api import SYSTEM, Api
from productops.errors import ConfigError, IncompleteListingError, RejectedError
from productops.sdk.transport import Parse

MARKER = "productops.sync"
Issue = Mapping[str, Any]
IDS_A_PAGE = 5000
BODIES_A_PAGE = 100
OFFSET_PAGE = 500
OVERLAP = 1
QUOTED = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'", re.DOTALL)


def check_jql(jql: str | None) -> str | None:
    """Return a user's query, stripped; None when there is none.

    Raises:
        ConfigError: it sorts, or its quotes or brackets do not match.

    """
    if jql is None or not jql.strip():
        return None
    bare = QUOTED.sub("x", jql)
    if re.search(r"\border\s+by\b", bare, re.IGNORECASE):
        raise ConfigError(
            "jql= must not sort: the listing has an order of its own, which finds every issue once.",
            system=SYSTEM,
            remedy="Leave out ORDER BY.",
        )
    depth = 0
    for sign in bare:
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if depth < 0:
            break
    if depth or '"' in bare or "'" in bare:
        raise ConfigError("The brackets or quotes of jql= do not match.", system=SYSTEM, remedy="Correct the query.")
    return jql.strip()


def quoted(text: str) -> str:
    r"""Return text as a JQL string.

    >>> quoted('say "hi"')
    '"say \\"hi\\""'
    """
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def since_clause(field: str, since: datetime, zone: ZoneInfo | None, now: datetime) -> str:
    """Return the clause for "at or after", never later than meant.

    JQL knows minutes, in the caller's time zone. Where clocks are set back an hour of local times occurs twice, and
    Jira does not say which one it means; the clause then starts before that hour. Without a known zone the clause
    counts minutes back from now.

    >>> now = datetime(2026, 1, 5, 9, 30, 59, tzinfo=UTC)
    >>> since_clause("updated", now, ZoneInfo("Europe/Berlin"), now)
    'updated >= "2026-01-05 10:30"'
    """
    if zone is None:
        minutes = max(1, math.ceil((now - since).total_seconds() / 60) + 1)
        return f'{field} >= "-{minutes}m"'
    moment = since.astimezone(UTC)
    while _ambiguous(moment, zone):
        moment -= timedelta(minutes=30)
    return f'{field} >= "{moment.astimezone(zone):%Y-%m-%d %H:%M}"'


def _ambiguous(moment: datetime, zone: ZoneInfo) -> bool:
    local = moment.astimezone(zone)
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


def walk(
    api: Api,
    jql: str,
    fields: Sequence[str],
    *,
    size: int,
    operation: str,
    markers: bool = True,
    parse: Parse | None = None,
) -> Iterator[Issue]:
    """Yield what a query finds, page by page, each issue once as far as neighbouring pages go.

    ``parse`` makes of a page's text what is wanted of it.

    Raises:
        IncompleteListingError: a page token came twice, or rows moved while a listing by offset was read.
        ConfigError: Jira does not understand the query.

    """
    try:
        asked = _body(jql, fields, markers=markers)
        yield from (_by_token if api.cloud else _by_offset)(api, asked, size, operation, parse)
    except RejectedError as error:
        raise ConfigError(
            "Jira does not understand the query.",
            system=SYSTEM,
            operation=error.operation,
            status=error.status,
            request_id=error.request_id,
            service_message=error.service_message,
            remedy=f"Check project, type and jql. The query was: {jql}",
        ) from error


def _body(jql: str, fields: Sequence[str], *, markers: bool) -> dict[str, Any]:
    return {"jql": jql, "fields": list(fields), **({"properties": [MARKER]} if markers else {})}


def _by_token(api: Api, asked: Mapping[str, Any], size: int, operation: str, parse: Parse | None) -> Iterator[Issue]:
    body = {**asked, "maxResults": size}
    tokens: set[str] = set()
    before: set[str] = set()
    while True:
        page = api.call("POST", "search/jql", json=body, operation=operation, parse=parse)
        issues = _issues(page, operation)
        ids = {str(issue["id"]) for issue in issues}
        fresh = before.isdisjoint(ids)  # so that a page of thousands is rarely looked through
        yield from issues if fresh else [issue for issue in issues if str(issue["id"]) not in before]
        before = ids or before
        token = page.get("nextPageToken")
        if not token:
            return
        if token in tokens:
            raise IncompleteListingError(
                "Jira sent the same page token twice, so this listing has no end.", system=SYSTEM, operation=operation
            )
        tokens.add(token)
        body["nextPageToken"] = token


def _by_offset(api: Api, asked: Mapping[str, Any], size: int, operation: str, parse: Parse | None) -> Iterator[Issue]:
    """Yield by offset, beginning each page with the last row of the one before.

    When that row is not there, rows moved: the listing starts again, twice at most.
    """
    seen: set[str] = set()
    for _attempt in range(3):
        start, last = 0, None
        while True:
            at = start - OVERLAP if last else start
            body = {**asked, "startAt": at, "maxResults": min(size, OFFSET_PAGE)}
            page = api.call("POST", "search", json=body, operation=operation, parse=parse)
            issues = _issues(page, operation)
            if last and last not in {str(issue["id"]) for issue in issues}:
                break
            for issue in issues:
                if str(issue["id"]) not in seen:
                    seen.add(str(issue["id"]))
                    yield issue
            end, before = at + len(issues), start
            if end >= int(page.get("total") or 0):
                return
            if end <= before and not last:
                break  # an empty page before the end, and nothing to hold on to
            # A page of one row is only the row read again; the next one must then go without it.
            start, last = end, str(issues[-1]["id"]) if end > before else None
    raise IncompleteListingError(
        "The issues moved about while they were listed, three times in a row.", system=SYSTEM, operation=operation
    )


def _issues(page: Any, operation: str) -> list[Issue]:
    issues = page.get("issues") if isinstance(page, dict) else None
    if not isinstance(issues, list) or any(not isinstance(one, dict) or not one.get("id") for one in issues):
        raise IncompleteListingError("Jira sent a page without issues.", system=SYSTEM, operation=operation)
    return issues
