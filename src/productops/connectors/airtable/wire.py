"""Requests to Airtable under the library's policy, and its refusals in the library's words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from productops.errors import (
    AccessError,
    AuthError,
    ConfigError,
    GoneError,
    IncompleteListingError,
    ProductOpsError,
    RateLimitedError,
    RejectedError,
    StaleError,
)
from productops.sdk.transport import require_json, retold

if TYPE_CHECKING:
    from productops.sdk.transport.sender import Sender

SYSTEM = "airtable"
PENALTY = 30.0  # seconds for which a base refuses everything after it was asked too fast
LONGEST_URL = 16_000
TOKENS = "https://airtable.com/create/tokens"
READ, WRITE, SCHEMA = "data.records:read", "data.records:write", "schema.bases:read"
MISSING_MODEL = "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND"

_CODE = re.compile(r"[A-Z][A-Z_]{3,}")
_BASE = re.compile(r"/v0/(?:meta/bases/)?(app\w+)")
_FIELD_ID = re.compile(r"\bfld[A-Za-z0-9]{5,}\b")
_NAMED_FIELD = re.compile(r"[Ff]ield (?:name: )?\"([^\"]+)\"|[Ff]ield '([^']+)'")


def base_of(_method: str, url: str) -> str:
    """Return the base whose rate limit a request falls under."""
    found = _BASE.search(urlsplit(url).path)
    return found[1] if found else ""


class Wire:
    """Requests through the session of a ``pyairtable.Api``.

    Answers are parsed here and not by pyairtable, which decodes each body twice and knows neither string errors nor
    answers that are not JSON.
    """

    def __init__(self, sender: Sender, url: str) -> None:
        self.sender: Sender = sender
        self.url: str = url.rstrip("/")

    @property
    def host(self) -> str:
        """The host that is asked, part of what identifies a table."""
        return urlsplit(self.url).netloc

    def call(
        self,
        method: str,
        *path: str,
        operation: str,
        params: Mapping[str, Any] | str | None = None,
        body: Any = None,
        record: str | None = None,
        names: Callable[[], Mapping[str, str]] | None = None,
    ) -> Any:
        """Send one request and return the answer's JSON.

        ``names`` gives the table's field names by id, for the words of a refusal.

        Raises:
            ProductOpsError: what the answer, or its absence, means.

        """
        try:
            response = self.sender.send(method, path_of(path), params, body)
            return require_json(
                response, system=SYSTEM, operation=operation, safe=True if path[-1] == "listRecords" else None
            )
        except ProductOpsError as error:
            raise refined(error, operation, record, names() if names else {}) from None

    def read(self, *path: str, options: dict[str, Any], operation: str, **context: Any) -> Any:
        """List records: by GET, or by POST when the address would be too long for the service."""
        params = {
            f"{name}[]" if isinstance(value, list) else name: "true" if value is True else value
            for name, value in options.items()
        }
        query = urlencode(params, doseq=True)
        if len(self.url) + len(path_of(path)) + len(query) < LONGEST_URL:
            return self.call("GET", *path, params=query, operation=operation, **context)
        return self.call("POST", *path, "listRecords", body=options, operation=operation, **context)


def path_of(parts: Sequence[str]) -> str:
    """Return the path of an address, with names quoted."""
    return "/".join(["/v0", *(quote(part, safe="") for part in parts)])


def code(error: ProductOpsError) -> str:
    """Return the service's own name for a refusal (``INVALID_VALUE_FOR_COLUMN``), or nothing."""
    found = _CODE.match(error.service_message or "")
    return found[0] if found else ""


def refined(error: ProductOpsError, operation: str, record: str | None, names: Mapping[str, str]) -> ProductOpsError:
    """Return the error with what is known about Airtable: which field, what to do, and sometimes a better class."""
    error.operation, error.record = operation, record
    if error.service_message and names:
        error.service_message = _FIELD_ID.sub(lambda found: names.get(found[0], found[0]), error.service_message)
    if isinstance(error, AuthError):
        return retold(AuthError, error, "Airtable does not know this token.", f"Make a token at {TOKENS}.")
    if isinstance(error, RateLimitedError):
        return _limited(error)
    if isinstance(error, (AccessError, GoneError)):
        return _not_allowed(error)
    if isinstance(error, RejectedError):
        return _refused(error)
    return error


def _limited(error: RateLimitedError) -> ProductOpsError:
    # The service words both alike, and nobody has published what it answers once the month is used up.
    error.remedy = (
        "Another program may be asking the same base: run it again later, it goes on where it stopped. "
        "When it stays so, the workspace may have used up its calls for this month; its settings page shows that."
    )
    return error


def _not_allowed(error: ProductOpsError) -> ProductOpsError:
    """Tell a missing right from a thing that is not there, as far as the service does."""
    said = code(error)
    if said == "MODEL_ID_NOT_FOUND" and error.record:
        return retold(GoneError, error, "The record is no longer there, or not shown to this account.", None)
    if said == "INVALID_PERMISSIONS":
        return retold(
            AccessError,
            error,
            "Airtable does not allow this account to do that.",
            f"The token needs the scope {READ if error.operation in READS else WRITE}, and its user the same right "
            "in the base.",
        )
    return retold(
        AccessError,
        error,
        "Airtable has no such base or table, or does not show it to this token.",
        f"Check the ids, that both the token (at {TOKENS}) and its user have the base, and that the token has the "
        f"scope {READ if error.operation in READS else WRITE}.",
    )


READS = ("list records", "read records", "find records", "read the tables", "read the bases", "who am I")


def _refused(error: RejectedError) -> ProductOpsError:
    said = code(error)
    if error.operation in READS:
        if said == "LIST_RECORDS_ITERATOR_NOT_AVAILABLE" or said == "INVALID_OFFSET_VALUE":
            return retold(IncompleteListingError, error, "Airtable lost its place in the listing.", None)
        if said == "UNKNOWN_FIELD_NAME":
            return retold(StaleError, error, "A field was removed since the schema was read.", "Plan again.")
        if said == "INVALID_FILTER_BY_FORMULA":
            return retold(ConfigError, error, "Airtable does not accept the formula.", "Correct formula=.")
        if said.startswith("VIEW_"):
            return retold(ConfigError, error, "The table has no such view.", "Correct view=.")
    message = (error.service_message or "").partition(": ")[2] or error.service_message or ""
    for found in _NAMED_FIELD.finditer(message):
        error.fields.setdefault(found[1] or found[2], message)
    error.remedy = error.remedy or _REMEDIES.get(said)
    return error


_REMEDIES = {
    "INVALID_MULTIPLE_CHOICE_OPTIONS": "Add the option in Airtable, or write one that the field has.",
    "INVALID_VALUE_FOR_COLUMN": "Check the value against the field's type; computed fields take none.",
    "UNKNOWN_FIELD_NAME": "The field was removed or hidden; plan again.",
    "ROW_DOES_NOT_EXIST": "A linked record was deleted; plan again.",
}
