"""Refusals in Notion's words: one object with a code, a message and the number of the request."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from productops.testing.sandbox.wire import Answer

# The words of the reference's page on status codes; those of 401 and of the address are recorded.
WORDS: Mapping[int, tuple[str, str]] = {
    400: ("validation_error", "The request body does not match the schema for the expected parameters."),
    401: ("unauthorized", "API token is invalid."),
    403: ("restricted_resource", "API token does not have access to this resource."),
    404: ("object_not_found", "Could not find the object. Make sure it is shared with your integration."),
    409: ("conflict_error", "Conflict occurred while saving. Please try again."),
    413: ("validation_error", "The request body is too large."),
    429: ("rate_limited", "You have been rate limited. Please try again in a few minutes."),
    500: ("internal_server_error", "Unexpected error occurred."),
    502: ("bad_gateway", "Bad Gateway"),
    503: ("service_unavailable", "Notion is unavailable, please try again later."),
    504: ("gateway_timeout", "Gateway Timeout"),
    529: ("service_overload", "Notion is temporarily overloaded. Please try again later."),
}


class RefusedError(Exception):
    """A request that Notion answers with an error."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        more: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.more = more
        self.headers: dict[str, str] = dict(headers or {})

    def answer(self, number: str) -> Answer:
        """Return the answer to the request with this number."""
        body: dict[str, Any] = {"object": "error", "status": self.status, "code": self.code, "message": str(self)}
        if self.more is not None:
            body["additional_data"] = dict(self.more)
        headers = {"x-notion-request-id": number, **self.headers}
        return Answer.of({**body, "request_id": number}, self.status, headers)


def by_status(status: int) -> RefusedError:
    """Return the usual refusal with this status."""
    code, words = WORDS.get(status, ("internal_server_error", "Unexpected error occurred."))
    return RefusedError(status, code, words)


def invalid(message: str) -> RefusedError:
    """Return the refusal of a request that makes no sense."""
    return RefusedError(400, "validation_error", message)


def misfit(place: str, wanted: str, value: Any) -> RefusedError:
    """Return the refusal of one value, worded as Notion words it."""
    shown = "undefined" if value is ... else json.dumps(value, ensure_ascii=False)
    return invalid(f"{place.partition('.')[0]} failed validation: {place} should be {wanted}, instead was `{shown}`.")


def too_long(place: str, most: int, length: int) -> RefusedError:
    """Return the refusal of a value that is longer than it may be."""
    return misfit(f"{place}.length", f"≤ `{most}`", length)


def limited(seconds: int, reason: str = "public_api_request_rate_limit") -> RefusedError:
    """Return the refusal of a connection that asks too often."""
    code, words = WORDS[429]
    return RefusedError(
        429, code, words, more={"rate_limit_reason": reason}, headers={"Retry-After": str(max(1, seconds))}
    )
