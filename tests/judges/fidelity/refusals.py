"""Recorded refusals: each becomes an error of ours that says who must act."""

from __future__ import annotations

import json
from typing import Any

from judges.fidelity.pieces import Piece
from judges.fidelity.tally import Tally
from productops.connectors.airtable.wire import refined as refined_airtable
from productops.connectors.notion.wire import refined as refined_notion
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
    UnavailableError,
    UnknownOutcomeError,
)
from productops.sdk.transport import translate

Classes = tuple[type[ProductOpsError], ...]
# The classes that a status may mean; connectors choose among them by the service's words.
REFUSED: Classes = (RejectedError, ConfigError, StaleError, IncompleteListingError, GoneError)
PLACES: dict[int, Classes] = {
    **dict.fromkeys((400, 413, 422), REFUSED), 401: (AuthError,), 402: (AccessError,), 403: (AccessError,),
    404: (GoneError, AccessError), 409: (StaleError, UnknownOutcomeError), 410: (GoneError, AccessError),
    412: (StaleError,), 423: (StaleError,), 429: (RateLimitedError,),
}  # fmt: skip
READ, WRITE = {"airtable": "list records", "notion": "list pages", "jira": "read issues"}, "change a record"


def judge(piece: Piece, tally: Tally) -> None:
    """Send a refusal through the library's eyes and look where it lands."""
    tally.add("errors")
    error = _translated(piece)
    where = f"{piece.method} {piece.status}"
    if not isinstance(error, _allowed(piece)):
        tally.fail(f"{where} became a {type(error).__name__}", undecoded=True)
    elif error.system != piece.service:
        tally.fail(f"{where} does not name the service", undecoded=True)
    elif missing := [word for word in _words(piece.value) if word[:30] not in _told(error)]:
        tally.fail(f"{where} lost the service's words {missing[0]!r}", undecoded=True)
    else:
        tally.add("errors_mapped")


def _translated(piece: Piece) -> ProductOpsError:
    reads = piece.method == "GET"
    headers = {str(name).lower(): _flat(value) for name, value in (piece.headers or {}).items()}
    body = piece.value if isinstance(piece.value, str) else json.dumps(piece.value)
    headers.setdefault("content-type", "text/html" if body.lstrip().startswith("<") else "application/json")
    operation = READ[piece.service] if reads else WRITE
    record = None if reads else "the record"
    error = translate(
        piece.status, headers, body.encode(), system=piece.service, operation=operation, record=record,
        method=piece.method,
    )  # fmt: skip
    if piece.service == "airtable":
        return refined_airtable(error, operation, record, {})
    return refined_notion(error, operation, record, method=piece.method) if piece.service == "notion" else error


def _flat(value: Any) -> str:
    return str(value[0] if isinstance(value, list) and value else value)


def _allowed(piece: Piece) -> Classes:
    if piece.status >= 500 or piece.status == 408:
        return (UnavailableError,) if piece.method == "GET" else (UnknownOutcomeError, UnavailableError)
    return PLACES.get(piece.status, (RejectedError,))


def _words(body: Any) -> list[str]:
    """Return what the service said that a person can use."""
    if not isinstance(body, dict):
        return []
    error = body.get("error")
    found = [body.get("message"), error if isinstance(error, str) else (error or {}).get("type")]
    found += body.get("errorMessages") or []
    errors = body.get("errors")
    found += list(errors.values()) if isinstance(errors, dict) else []
    return [" ".join(one.split()) for one in found if isinstance(one, str) and one.strip()]


def _told(error: ProductOpsError) -> str:
    fields = " ".join(f"{name} {text}" for name, text in getattr(error, "fields", {}).items())
    return " ".join(f"{error.service_message} {fields}".split())
