"""What an answer means: a service's error in our tree, and JSON that is really JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from productops.errors import (
    AccessError,
    AuthError,
    ConfigError,
    GoneError,
    ProductOpsError,
    RateLimitedError,
    RejectedError,
    StaleError,
    UnavailableError,
    UnknownOutcomeError,
)
from productops.sdk.transport.parsing import parse_json
from productops.sdk.transport.waiting import parse_http_date, parse_retry_after

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
LOGIN_PAGE = "the answer is a web page, not JSON: a login page or a proxy?"
REQUEST_ID_HEADERS = (
    "x-request-id",
    "x-notion-request-id",
    "x-arequestid",
    "atl-traceid",
    "x-amzn-requestid",
    "x-trace-id",
)
LONGEST_LINE = 500


class Response(Protocol):
    """What a requests response and an httpx response have in common."""

    @property
    def status_code(self) -> int:
        """The HTTP status."""
        ...

    @property
    def content(self) -> Any:
        """The whole body, decompressed."""
        ...

    @property
    def headers(self) -> Any:
        """The headers; a mapping that ignores case."""
        ...

    @property
    def request(self) -> Any:
        """The request that led here."""
        ...


def translate(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    system: str | None = None,
    operation: str | None = None,
    record: str | None = None,
    method: str = "GET",
    safe: bool | None = None,
    remedies: Mapping[int, str] | None = None,
    now: datetime | None = None,
) -> ProductOpsError:
    """Return (not raise) the error that an answer means, with the service's own words.

    ``safe`` says that the request only reads; without it the method decides. ``remedies`` gives one sentence per
    status on what to do next. ``record`` is the id of the thing asked for: with it a 404 is a ``GoneError``, without
    it an ``AccessError``, since then a whole container is missing or hidden. Connectors refine the result.
    """
    small = {name.lower(): value for name, value in headers.items()}
    said, fields = service_message(small, body)
    name = system or "the service"
    context: dict[str, Any] = {
        "system": system,
        "operation": operation,
        "record": record,
        "status": status,
        "request_id": request_id(small),
        "service_message": said,
        "remedy": (remedies or {}).get(status),
    }
    doing = f" ({operation})" if operation else ""
    if status == 429:
        wait = parse_retry_after(
            small.get("retry-after"), now or parse_http_date(small.get("date")) or datetime.now(UTC)
        )
        return RateLimitedError(f"{name} asks to wait: too many requests{doing}", retry_after=wait, **context)
    if status < 300 or status == 408 or status >= 500:
        reads = method.upper() in SAFE_METHODS if safe is None else safe
        return _unclear(reads, f"{name} answered {status}{doing}", context)
    if status in (400, 413, 422) or (cls := _BY_STATUS.get(status)) is None:
        return RejectedError(f"{name} refused the request with {status}{doing}", fields=fields, **context)
    if cls is GoneError and record is None:
        return AccessError(f"{name} has nothing at this address, or does not show it to this account{doing}", **context)
    return cls(f"{name} {_MESSAGES[cls]}{doing}", **context)


_BY_STATUS: dict[int, type[ProductOpsError]] = {
    **dict.fromkeys((301, 302, 303, 304, 307, 308, 407), ConfigError),
    401: AuthError,
    402: AccessError,
    403: AccessError,
    404: GoneError,
    409: StaleError,
    410: GoneError,
    412: StaleError,
    423: StaleError,
}
_MESSAGES: dict[type[ProductOpsError], str] = {
    ConfigError: "is not at this address",
    AuthError: "did not accept the credentials",
    AccessError: "does not allow this account to do that",
    GoneError: "no longer has this, or does not show it to this account",
    StaleError: "says that the thing changed meanwhile",
}


def _unclear(reads: bool, message: str, context: dict[str, Any]) -> ProductOpsError:
    if reads:
        return UnavailableError(f"{message}; nothing was changed", **context)
    context["remedy"] = context["remedy"] or "Look whether the change arrived before sending it again."
    return UnknownOutcomeError(f"{message}; the change may or may not have been made", **context)


def request_id(headers: Mapping[str, str]) -> str | None:
    """Return the service's own reference for a request, for its support. Header names in lower case."""
    return next((headers[name] for name in REQUEST_ID_HEADERS if headers.get(name)), None)


def service_message(headers: Mapping[str, str], body: bytes) -> tuple[str | None, dict[str, str]]:
    """Return the service's own words and its messages per field. Header names in lower case.

    Knows ``{"errorMessages": [], "errors": {}}``, ``message`` and ``errorMessage`` (Jira), ``{"error": {"type",
    "message"}}`` and ``{"error": "NOT_FOUND"}`` (Airtable), ``{"code", "message"}`` (Notion), ``{"errors": [{"title",
    "detail"}]}`` (JSON:API style); else the first line of text, and of a web page only that it is one.
    """
    if is_html(headers, body):
        return LOGIN_PAGE, {}
    text = body[:100_000].decode("utf-8", "replace")
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return next((line.strip()[:LONGEST_LINE] for line in text.splitlines() if line.strip()), None), {}
    if not isinstance(data, dict):
        return (str(data)[:LONGEST_LINE] if data else None), {}
    errors = data.get("errors")
    fields = {str(key): _words(value) for key, value in errors.items()} if isinstance(errors, dict) else {}
    parts = [_words(data.get(key)) for key in ("errorMessages", "errorMessage", "error", "message", "detail")]
    if isinstance(errors, list):
        parts.append(_words(errors))
    parts += [f"{field}: {words}" for field, words in fields.items()]
    if data.get("code") and data.get("message"):
        parts.append(f"({data['code']})")
    words = " ".join(dict.fromkeys(part for part in parts if part))
    return (words[: 4 * LONGEST_LINE] or None), fields


def _words(value: Any) -> str:
    """Flatten what services put where a message is expected."""
    if isinstance(value, list):
        return "; ".join(filter(None, map(_words, value)))
    if isinstance(value, dict):
        title = value.get("type") or value.get("title") or value.get("code")
        said = value.get("message") or value.get("detail")
        return ": ".join(str(part) for part in (title, said) if part)
    return "" if value is None or isinstance(value, bool) else str(value)


def is_html(headers: Mapping[str, str], body: bytes) -> bool:
    """Tell whether an answer is a web page. Header names in lower case."""
    kind = headers.get("content-type", "").lower()
    if "json" in kind:
        return False
    return "html" in kind or re.match(rb"\s*<(!doctype html|html)\b", body[:200], re.IGNORECASE) is not None


_PARSED = "_productops_parsed"


def hand_over(response: Any, parsed: Any) -> None:
    """Leave with a client's own response what the policy parsed of its body, so that nobody parses it again."""
    if (kept := getattr(response, "__dict__", None)) is not None:
        kept[_PARSED] = parsed


def require_json(
    response: Response, *, system: str | None = None, operation: str | None = None, safe: bool | None = None
) -> Any:
    """Return the body of a requests or httpx response as JSON, or raise what the answer means.

    Raises the translated error for a status that is not 2xx. A 2xx that is not JSON means ``UnavailableError`` after
    a read and ``UnknownOutcomeError`` after a write (``safe`` or the request's method says which). An empty 2xx, as
    after many writes, gives None.
    """
    # Taken away, so that whoever asks a second time gets what was sent and not what somebody made of it.
    kept: dict[str, Any] = getattr(response, "__dict__", {})
    if _PARSED in kept:
        return kept.pop(_PARSED)
    headers = {name.lower(): value for name, value in response.headers.items()}
    body: bytes = response.content or b""
    method = str(response.request.method)
    if not 200 <= response.status_code < 300:
        raise translate(
            response.status_code, headers, body, system=system, operation=operation, method=method, safe=safe
        )
    if not body.strip():
        return None
    try:
        return parse_json(body)
    except ValueError as cause:
        raise unreadable(response.status_code, headers, body, system=system, method=method, safe=safe) from cause


def unreadable(
    status: int, headers: Mapping[str, str], body: bytes, *, system: str | None, method: str, safe: bool | None
) -> ProductOpsError:
    """Return the error for a 2xx answer that should have been JSON and is not. Header names in lower case."""
    reads = method.upper() in SAFE_METHODS if safe is None else safe
    why = LOGIN_PAGE if is_html(headers, body) else "the answer is not JSON"
    context: dict[str, Any] = {"system": system, "status": status, "request_id": request_id(headers), "remedy": None}
    return _unclear(reads, f"{system or 'the service'} answered {status}, but {why}", context)


def retold(cls: type[ProductOpsError], error: ProductOpsError, message: str, remedy: str | None) -> ProductOpsError:
    """Return an error of another class, or with other words, about the same answer."""
    return cls(
        message,
        system=error.system,
        operation=error.operation,
        record=error.record,
        request_id=error.request_id,
        status=error.status,
        service_message=error.service_message,
        remedy=remedy,
    )
