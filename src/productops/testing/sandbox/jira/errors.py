"""How the imitated Jira refuses, and how a seed says what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class RefusedError(Exception):
    """A request Jira refuses: its status, its messages and the messages per field."""

    def __init__(
        self,
        status: int,
        *messages: str,
        errors: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, messages, errors)
        self.status = status
        self.messages: Sequence[str] = messages
        self.errors: dict[str, str] = dict(errors or {})
        self.headers: dict[str, str] = dict(headers or {})

    @property
    def body(self) -> dict[str, object]:
        """The body Jira sends with nearly every refusal."""
        return {"errorMessages": list(self.messages), "errors": self.errors}


class FieldError(ValueError):
    """A value one field does not take; the caller gathers these by field."""


class SeedError(ValueError):
    """A seed that cannot be planted; the message names the place in the JSON."""


MISSING_ISSUE = "Issue does not exist or you do not have permission to see it."
NOT_ON_SCREEN = "Field '{}' cannot be set. It is not on the appropriate screen, or unknown."


def missing() -> RefusedError:
    """Return the 404 that means "absent or not for you"."""
    return RefusedError(404, MISSING_ISSUE)
