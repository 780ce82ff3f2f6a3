"""Everything that can go wrong, sorted by who must act.

::

    ProductOpsError
    │
    ├── the user acts: settings, tokens, permissions, installation
    │   ├── ConfigError (ValueError)            a setting is missing or makes no sense
    │   │   └── MappingError                    a mapping does not fit the model or the collection
    │   ├── AuthError (PermissionError)         401: the service does not know who is asking
    │   ├── AccessError (PermissionError)       403: it knows, and does not let them do this here
    │   └── MissingExtraError (ImportError)     an optional package is not installed; names the command
    │
    ├── RetryableError                          nobody acts: waiting is enough
    │   ├── RateLimitedError                    429; `retry_after` seconds when the service said so
    │   ├── UnavailableError (ConnectionError)  not sent, or a read that failed: known to have changed nothing
    │   ├── UnknownOutcomeError                 a write that may or may not have happened: look first, do not repeat
    │   └── IncompleteListingError              a listing that did not end by the server's own signal
    │
    ├── the next plan acts: the world moved on
    │   ├── StaleError                          the thing changed since it was read, or the plan is out of date
    │   └── GoneError (LookupError)             the thing is no longer there, or no longer shown to us
    │
    ├── the data's owner acts
    │   └── RejectedError (ValueError)          the service refused this record; `fields` says which fields and why
    │
    └── a human acts now
        ├── GuardError                          a safety limit stopped the run before it did harm
        └── ConflictError                       both sides say different things and no rule decides

The class says who acts; the keyword context says what happened where. All texts are redacted on construction.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from productops.redaction import redact

LONGEST_TEXT = 2_000  # a service may answer with a whole page; nobody reads more than this in an error


class ProductOpsError(Exception):
    """The root of the tree. ``str()`` reads as one or two sentences: what happened, the service's words, the remedy.

    ``system`` is the service or part ("jira"), ``operation`` what was being done ("create issue"), ``record`` the id
    of the thing, ``request_id`` the service's own reference, ``status`` the HTTP status, ``service_message`` the
    service's own words and ``remedy`` what to do next, as a full sentence.

    >>> print(AuthError("Jira did not accept the token.", service_message="Unauthorized", remedy="Make a new token."))
    Jira did not accept the token. The service says: Unauthorized. Make a new token.
    """

    who: ClassVar[str] = "user"

    def __init__(
        self,
        message: str,
        *,
        system: str | None = None,
        operation: str | None = None,
        record: str | None = None,
        request_id: str | None = None,
        status: int | None = None,
        service_message: str | None = None,
        remedy: str | None = None,
    ) -> None:
        self.message: str = _clean(message) or type(self).__name__
        self.system: str | None = _clean(system)
        self.operation: str | None = _clean(operation)
        self.record: str | None = _clean(record)
        self.request_id: str | None = _clean(request_id)
        self.status = status
        self.service_message: str | None = _clean(service_message)
        self.remedy: str | None = _clean(remedy)
        # Not super(): OSError and ImportError, which some leaves also are, read their arguments in ways of their own.
        Exception.__init__(self, self.message)

    def __str__(self) -> str:
        parts = [_sentence(self.message)]
        if self.service_message and self.service_message not in self.message:
            parts.append(_sentence(f"The service says: {self.service_message}"))
        if self.remedy:
            parts.append(_sentence(self.remedy))
        return redact(" ".join(parts))

    def __repr__(self) -> str:
        context = "".join(
            f", {name}={value!r}" for name, value in self.to_dict().items() if name not in _IN_REPR_ALREADY
        )
        return redact(f"{type(self).__name__}({self.message!r}{context})")

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.__dict__)

    def to_dict(self) -> dict[str, Any]:
        """Return everything known as values that go into JSON; what is not known is left out."""
        return {
            "error": type(self).__name__,
            "who": self.who,
            **{name: value for name, value in self.__dict__.items() if name in _IN_DICT and value not in (None, {})},
        }


_IN_REPR_ALREADY = ("error", "who", "message")
_IN_DICT = (
    *("message", "system", "operation", "record", "request_id", "status", "service_message", "remedy"),
    *("retry_after", "fields", "extra"),
)


# --- the user acts


class ConfigError(ProductOpsError, ValueError):
    """A setting is missing, unreadable or makes no sense."""


class MappingError(ConfigError):
    """A mapping does not fit its model or its collection."""


class AuthError(ProductOpsError, PermissionError):
    """The service does not know who is asking (401): the token is wrong, expired or revoked."""


class AccessError(ProductOpsError, PermissionError):
    """The service knows who is asking and does not let them do this here (403)."""


class MissingExtraError(ProductOpsError, ImportError):
    """An optional part is not installed. ``extra`` names it and the message gives the exact command.

    >>> print(MissingExtraError("excel", purpose="reading spreadsheets"))
    reading spreadsheets needs an optional package. Run: pip install "productops[excel]"
    """

    def __init__(self, extra: str, *, purpose: str = "this", **context: Any) -> None:
        super().__init__(
            f"{purpose} needs an optional package.", remedy=f'Run: pip install "productops[{extra}]"', **context
        )
        self.extra = extra


# --- nobody acts: waiting is enough


class RetryableError(ProductOpsError):
    """Waiting is enough; the next run goes on from here. Only an unknown outcome must be looked at first."""

    who = "nobody"


class RateLimitedError(RetryableError):
    """The service refused because of its rate limit (429). ``retry_after`` is in seconds, None when it did not say."""

    def __init__(self, message: str, *, retry_after: float | None = None, **context: Any) -> None:
        super().__init__(message, **context)
        self.retry_after = retry_after


class UnavailableError(RetryableError, ConnectionError):
    """The request was not sent, or was a read that failed: it is known that nothing changed."""


class UnknownOutcomeError(RetryableError):
    """A write whose answer was lost: it may or may not have happened. Look first; never repeat it blindly."""


class IncompleteListingError(RetryableError):
    """A listing that did not end by the server's own signal, so absence from it proves nothing."""


# --- the next plan acts


class StaleError(ProductOpsError):
    """The thing changed since it was read, or the plan is out of date. Plan again."""

    who = "plan"


class GoneError(ProductOpsError, LookupError):
    """The thing is no longer there, or is no longer shown to us. Plan again."""

    who = "plan"


# --- the data's owner acts


class RejectedError(ProductOpsError, ValueError):
    """The service refused this record. ``fields`` holds its message per field, as far as it named fields."""

    who = "owner"

    def __init__(self, message: str, *, fields: Mapping[str, str] | None = None, **context: Any) -> None:
        super().__init__(message, **context)
        self.fields: dict[str, str] = {_clean(name) or "": _clean(text) or "" for name, text in (fields or {}).items()}


# --- a human acts now


class GuardError(ProductOpsError):
    """A safety limit stopped the run before it did harm."""

    who = "human"


class ConflictError(ProductOpsError):
    """Both sides say different things and no rule decides."""

    who = "human"


def _clean(value: object) -> str | None:
    if value is None:
        return None
    # Redacted before it is cut: half a secret would no longer be recognised.
    text = redact(str(value)).strip()
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}…"


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…", '"')) else f"{text}."


def _rebuild(cls: type[ProductOpsError], state: dict[str, Any]) -> ProductOpsError:
    error = cls.__new__(cls)
    error.__dict__.update(state)
    error.args = (error.message,)
    return error
