"""Refusals in Productboard's words; those of a bad token come from its gateway and look different."""

from __future__ import annotations

from typing import Any

from productops.testing.sandbox.wire import Answer

CODES = {
    400: ("request.invalid", "Invalid request"),
    403: ("auth.accessDenied", "Access denied"),
    404: ("resource.notFound", "Resource not found"),
    408: ("request.timeout", "Request timeout"),
    409: ("conflict.uniqueViolation", "Conflict"),
    422: ("validation.failed", "Validation failed"),
    429: ("rate.limitExceeded", "Rate limit exceeded"),
    500: ("internal.serverError", "Internal server error"),
}


class RefusedError(Exception):
    """A request that Productboard answers with an error."""

    def __init__(self, status: int, detail: str = "", *, code: str = "", pointer: str = "", wait: int = 0) -> None:
        super().__init__(detail)
        self.status: int = status
        self.code: str = code
        self.pointer: str = pointer
        self.wait: int = wait

    def answer(self, number: str) -> Answer:
        """Return the answer to the request with this number."""
        if self.status == 401:
            return Answer.of({"message": str(self) or "Unauthorized"}, 401)  # the gateway's own words
        code, title = CODES.get(self.status, CODES[500])
        error: dict[str, Any] = {"code": self.code or code, "title": title, "detail": str(self) or title}
        if self.pointer:
            error["source"] = {"pointer": self.pointer}
        headers = {"Retry-After": str(self.wait)} if self.wait else None
        return Answer.of({"id": number, "errors": [error]}, self.status, headers)


def missing(what: str) -> RefusedError:
    """Return the refusal of something that is not there."""
    return RefusedError(404, f"{what} was not found.")


def invalid(detail: str, pointer: str = "") -> RefusedError:
    """Return the refusal of a request that does not fit the schema."""
    return RefusedError(400, detail, pointer=pointer)


def no_route() -> RefusedError:
    """Return the refusal of a path that means nothing."""
    return RefusedError(404, "No such route.", code="route.notFound")
