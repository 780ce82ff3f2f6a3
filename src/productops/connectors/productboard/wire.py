"""Requests to Productboard under the library's policy, and its refusals in the library's words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from productops.connectors.productboard.dialect import Dialect
from productops.errors import (
    AccessError,
    AuthError,
    IncompleteListingError,
    ProductOpsError,
    RejectedError,
    UnknownOutcomeError,
)
from productops.redaction import Secret
from productops.sdk.transport import Policy, require_json, translate
from productops.sdk.transport.httpx_plug import HttpxPlug

SYSTEM = "productboard"
Json = Any
CONTENT = "content"
KEPT = "validation.forbidden"  # the content of a note whose pieces are linked
Query = Sequence[tuple[str, str]]


class Wire:
    """A client of one workspace. The token goes to the given address only, wherever links of answers lead."""

    def __init__(
        self, token: Secret, url: str, dialect: Dialect, policy: Policy, transport: httpx.BaseTransport | None
    ) -> None:
        self.url: str = url.rstrip("/")
        self.dialect: Dialect = dialect
        self.policy: Policy = policy
        self._token = token
        self.client: httpx.Client = httpx.Client(
            transport=HttpxPlug(policy, transport), trust_env=False, follow_redirects=False
        )

    @property
    def host(self) -> str:
        """The host that is asked, part of what identifies a collection."""
        return urlsplit(self.url).netloc

    def call(
        self,
        method: str,
        *parts: str,
        operation: str,
        query: Query = (),
        body: Mapping[str, Any] | None = None,
        record: str | None = None,
    ) -> Json:
        """Send one request and return the answer's JSON, or None where it has no body.

        Raises:
            ProductOpsError: what the answer, or its absence, means.

        """
        reads = method == "GET" or parts[-1] == "search"
        try:
            answer = self.client.request(
                method,
                self.url + self.dialect.path(*parts),
                params=list(query),
                json=None if body is None else {"data": body},
                headers={"Authorization": f"Bearer {self._token.reveal()}", "Accept": "application/json"},
            )
            if answer.status_code >= 300:
                error = translate(
                    answer.status_code,
                    dict(answer.headers),
                    answer.content,
                    system=SYSTEM,
                    record=record,
                    method=method,
                    safe=reads,
                )
                if isinstance(error, RejectedError):
                    error.fields |= refused_fields(answer.content)
                raise error
            if answer.status_code == 204:
                return None
            return require_json(answer, system=SYSTEM, operation=operation, safe=reads)
        except ProductOpsError as error:
            error.operation, error.record = error.operation or operation, error.record or record
            self._advise(error)
            raise

    def _advise(self, error: ProductOpsError) -> None:
        if isinstance(error, AuthError):
            error.remedy = f"Make a new access token in {self.dialect.name}: Workspace settings, Integrations."
        elif isinstance(error, AccessError) and error.remedy is None:
            error.remedy = f"Give the token the scopes to read and write entities and notes in {self.dialect.name}."

    def pages(
        self, method: str, *parts: str, operation: str, query: Query = (), body: Mapping[str, Any] | None = None
    ) -> Iterator[list[Json]]:
        """Yield the pages of a listing. Of the link to the next one only the cursor is used.

        Raises:
            IncompleteListingError: a page led back to an earlier one, or was no list.

        """
        seen: set[str] = set()
        cursor = ""
        while True:
            paging = [(self.dialect.cursor, cursor)] if cursor else []
            page = self.call(method, *parts, operation=operation, query=[*query, *paging], body=body)
            data = page.get("data") if isinstance(page, dict) else None
            if not isinstance(data, list):
                raise _incomplete("a page held something else than a list", operation)
            yield data
            following = (page.get("links") or {}).get("next")
            if not following:
                return
            cursor = parse_qs(urlsplit(str(following)).query).get(self.dialect.cursor, [""])[0]
            if not cursor or cursor in seen:
                raise _incomplete("a page led back to an earlier one", operation)
            seen.add(cursor)


def _incomplete(why: str, operation: str) -> IncompleteListingError:
    return IncompleteListingError(
        f"The listing did not end properly: {why}.", system=SYSTEM, operation=operation, remedy="Run it again."
    )


def refused_fields(body: bytes) -> dict[str, str]:
    """Return which fields a refusal points at, and why.

    >>> refused_fields(b'{"errors": [{"detail": "too long", "source": {"pointer": "/data/fields/name"}}]}')
    {'name': 'too long'}
    """
    try:
        errors = json.loads(body).get("errors") or []
    except (ValueError, AttributeError):
        return {}
    found: dict[str, str] = {}
    for one in errors if isinstance(errors, list) else []:
        before, _, field = str((one.get("source") or {}).get("pointer") or "").rpartition("/")
        if before == "/data/fields":
            found[field] = str(one.get("detail") or one.get("title"))
        elif one.get("code") == KEPT:
            found[CONTENT] = str(one.get("detail") or one.get("title"))
    return found


def made_id(answer: Json) -> str:
    """Return the id of what was made.

    Raises:
        UnknownOutcomeError: the answer does not tell.

    """
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, dict) or not data.get("id"):
        raise UnknownOutcomeError("The answer does not tell what was made.", system=SYSTEM)
    return str(data["id"])
