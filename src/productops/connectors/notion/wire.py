"""Requests to Notion under the library's policy, and its refusals in the library's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from productops.errors import (
    AccessError,
    AuthError,
    ConfigError,
    GoneError,
    IncompleteListingError,
    ProductOpsError,
    RejectedError,
    StaleError,
    UnknownOutcomeError,
)
from productops.sdk.transport import Policy, require_json, retold, translate
from productops.sdk.transport.waiting import backoff

SYSTEM = "notion"
VERSIONS = ("2025-09-03", "2026-03-11")
INTEGRATIONS = "https://www.notion.so/my-integrations"
SHARE = "In Notion open the database, choose ··· → Connections, and add the integration there."
PAGE = 100
TRIES = 3  # of a write that Notion says collided with another one
OVERLOADED = 529  # "service_overload": nothing was done, ask later

Json = dict[str, Any]


class Wire:
    """A Notion client under a policy. Asked by path, since the client's own methods drop arguments they do not know."""

    def __init__(self, client: Any, url: str, version: str, policy: Policy) -> None:
        self.client: Any = client
        self.url: str = url
        self.version: str = version
        self.policy: Policy = policy

    @property
    def host(self) -> str:
        """The host that is asked, part of what identifies a data source."""
        return urlsplit(self.url).netloc

    def call(
        self,
        method: str,
        path: str,
        *,
        operation: str,
        query: Mapping[str, Any] | None = None,
        body: Json | None = None,
        record: str | None = None,
        repeatable: bool = False,
    ) -> Any:
        """Send one request and return the answer's JSON.

        ``repeatable`` says that sending it twice leaves what sending it once does: whole values, a deletion. Only
        such a request is repeated after a 409, "conflict occurred while saving"; of others the outcome is unknown.

        Raises:
            ProductOpsError: what the answer, or its absence, means.

        """
        for attempt in range(1, TRIES + 1):
            try:
                return self._send(method, path, query, body)
            except ProductOpsError as error:
                if error.status != 409 or not repeatable or attempt == TRIES:
                    raise refined(error, operation, record, method=method, repeatable=repeatable) from None
                self.policy.clock.sleep(backoff(attempt))
        raise AssertionError("unreachable")

    def _send(self, method: str, path: str, query: Mapping[str, Any] | None, body: Json | None) -> Any:
        from notion_client.errors import validate_request_path

        # Through the client's own connection, but not its request(), which parses each answer a second time.
        validate_request_path(path)
        response = self.client.client.request(method, path, params=dict(query or {}), json=body)
        reads = method == "GET" or path == "search" or path.endswith("/query")
        if response.is_success:
            return require_json(response, system=SYSTEM, safe=reads)
        raise translate(
            response.status_code,
            response.headers,
            response.content,
            system=SYSTEM,
            record=path if method != "POST" else None,
            method=method,
            safe=reads,
        )

    def pages(
        self,
        method: str,
        path: str,
        *,
        operation: str,
        query: Mapping[str, Any] | None = None,
        body: Json | None = None,
        record: str | None = None,
        size: int = PAGE,
    ) -> Iterator[Json]:
        """Yield the pages of a listing until Notion says that there is no more.

        Raises:
            IncompleteListingError: a page led back to an earlier one, or was no list.

        """
        seen: set[str] = set()
        paging: Json = {"page_size": size}
        while True:
            arguments = {"query": {**(query or {}), **paging}} if method == "GET" else {"query": query}
            sent = None if method == "GET" else {**(body or {}), **paging}
            page = self.call(method, path, operation=operation, body=sent, record=record, **arguments)
            if not isinstance(page, dict) or not isinstance(page.get("results"), list):
                raise _incomplete("a page held something else than a list", operation)
            yield page
            if not page.get("has_more"):
                return
            cursor = page.get("next_cursor")
            if not cursor or cursor in seen:
                raise _incomplete("a page led back to an earlier one", operation)
            seen.add(cursor)
            paging["start_cursor"] = cursor


def _incomplete(why: str, operation: str) -> IncompleteListingError:
    return IncompleteListingError(f"Notion's listing did not end properly: {why}.", system=SYSTEM, operation=operation)


def code(error: ProductOpsError) -> str:
    """Return Notion's own name for a refusal (``validation_error``), or nothing."""
    said = error.service_message or ""
    return said.rpartition("(")[2].rstrip(")") if said.endswith(")") else ""


def refined(
    error: ProductOpsError, operation: str, record: str | None, *, method: str = "GET", repeatable: bool = False
) -> ProductOpsError:
    """Return the error with what is known about Notion: what to do, and sometimes a better class."""
    error.operation, error.record = operation, record
    if isinstance(error, AuthError):
        return retold(
            AuthError, error, "Notion does not know this token.", f"Copy the integration's secret at {INTEGRATIONS}."
        )
    if isinstance(error, StaleError) and error.status == 409:
        return _collided(error, method, repeatable=repeatable)
    if isinstance(error, (AccessError, GoneError)):
        return _hidden(error)
    if isinstance(error, RejectedError):
        return _refused(error)
    return error


def _collided(error: StaleError, method: str, *, repeatable: bool) -> ProductOpsError:
    if repeatable or method == "GET":
        return retold(StaleError, error, "Notion could not save this because of another edit.", "Run it again later.")
    return retold(
        UnknownOutcomeError,
        error,
        "Notion reports a conflict while saving; what was to be added may or may not be there.",
        "Look whether it arrived before sending it again.",
    )


def _hidden(error: ProductOpsError) -> ProductOpsError:
    """Tell a missing right from a thing that is not there; Notion answers 404 for what is not shared, too."""
    if error.status == 403:
        return retold(
            AccessError,
            error,
            "Notion does not allow this integration to do that.",
            f"Give it the capability to read, insert and update content at {INTEGRATIONS}.",
        )
    if error.record:
        return retold(GoneError, error, "It is no longer there, or no longer shared with this integration.", None)
    return retold(AccessError, error, "There is no such thing, or it is not shared with this integration.", SHARE)


READS = ("list pages", "find pages", "read a page", "read the data source", "read the text of a page")


def _refused(error: RejectedError) -> ProductOpsError:
    said = error.service_message or ""
    if "archived" in said and error.record:
        return retold(GoneError, error, "It lies in Notion's trash.", "Restore it in Notion, or leave it there.")
    if "missing_version" in said:
        return retold(ConfigError, error, "Notion does not know this version.", f"Use one of {', '.join(VERSIONS)}.")
    if error.operation in READS and "filter" in said:
        return retold(ConfigError, error, "Notion does not accept the filter.", "Correct filter=.")
    if error.status == 413:
        error.remedy = "It is larger than the 500 KB that Notion takes at once; shorten it."
    return error
