"""The service's refusals, as bodies it is known to send."""

from __future__ import annotations

from productops.testing.sandbox.wire import Answer

NOT_ALLOWED = (
    "Invalid permissions, or the requested model was not found. Check that both your user and your token have the "
    "required permissions, and that the model names and/or ids are correct."
)
BAD_REQUEST = "Invalid request: parameter validation failed. Check your request data."
STATUS_ERRORS = {
    401: ("AUTHENTICATION_REQUIRED", "Authentication required"),
    403: ("INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND", NOT_ALLOWED),
    413: ("REQUEST_TOO_LARGE", "Request body is too large"),
    429: ("RATE_LIMIT_REACHED", "Rate limit exceeded. Please try again later"),
    500: ("SERVER_ERROR", "Unexpected error"),
    502: ("RETRIABLE_ERROR", "Server encountered an error while processing your request, and it is safe to retry it"),
    503: (
        "RETRIABLE_ERROR",
        "Server encountered an error while processing your request, and it is safe to retry the request",
    ),
}


class RefusedError(Exception):
    """A request the service refuses; carries the status and the error body."""

    def __init__(self, status: int, kind: str, message: str | None = None) -> None:
        super().__init__(f"{status} {kind}: {message}")
        self.status = status
        self.kind = kind
        self.message = message

    def answer(self) -> Answer:
        """Return the refusal as an answer."""
        error = {"type": self.kind} if self.message is None else {"type": self.kind, "message": self.message}
        return Answer.of({"error": error}, self.status)


class NoRouteError(RefusedError):
    """A path or an id of the wrong shape: the error is a bare string."""

    def __init__(self) -> None:
        super().__init__(404, "NOT_FOUND")

    def answer(self) -> Answer:
        """Return the refusal as an answer."""
        return Answer.of({"error": self.kind}, self.status)


def by_status(status: int) -> RefusedError:
    """Return the usual refusal of a status."""
    kind, message = STATUS_ERRORS.get(status, (f"HTTP_{status}", None))
    return RefusedError(status, kind, message)


def bad_request(message: str = BAD_REQUEST) -> RefusedError:
    """422 INVALID_REQUEST_UNKNOWN, for whatever has no error of its own."""
    return RefusedError(422, "INVALID_REQUEST_UNKNOWN", message)


def bad_cell(field: str, reason: str = "the provided value") -> RefusedError:
    """422 for a value that a field cannot hold."""
    return RefusedError(422, "INVALID_VALUE_FOR_COLUMN", f'Field "{field}" cannot accept {reason}')


def unknown_field(name: str) -> RefusedError:
    """422 for a field that the table does not have."""
    return RefusedError(422, "UNKNOWN_FIELD_NAME", f'Unknown field name: "{name}"')


def unknown_option(name: str) -> RefusedError:
    """422 for an option that a select does not have; the doubled quotes are the service's."""
    return RefusedError(
        422, "INVALID_MULTIPLE_CHOICE_OPTIONS", f'Insufficient permissions to create new select option ""{name}""'
    )


def unknown_row(record_id: str) -> RefusedError:
    """422 for a record id, in a batch or a link cell, that no record has."""
    return RefusedError(422, "ROW_DOES_NOT_EXIST", f"Record ID {record_id} does not exist")


def record_not_found() -> RefusedError:
    """404 for a record asked for by its path."""
    return RefusedError(404, "MODEL_ID_NOT_FOUND", "Record not found")
