"""What answers mean, how long to wait, and the limits by themselves."""

import json
import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from productops import errors
from productops.sdk.transport import parse_retry_after, require_json, translate
from productops.sdk.transport.waiting import backoff, jittered

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "method", "record", "expected"),
    [
        (400, "POST", None, errors.RejectedError),
        (401, "GET", None, errors.AuthError),
        (402, "POST", None, errors.AccessError),
        (403, "GET", None, errors.AccessError),
        (404, "GET", "P-1", errors.GoneError),
        (404, "GET", None, errors.AccessError),
        (408, "GET", None, errors.UnavailableError),
        (408, "POST", None, errors.UnknownOutcomeError),
        (409, "PATCH", "P-1", errors.StaleError),
        (410, "GET", "P-1", errors.GoneError),
        (412, "PUT", None, errors.StaleError),
        (413, "POST", None, errors.RejectedError),
        (418, "POST", None, errors.RejectedError),
        (422, "PATCH", None, errors.RejectedError),
        (429, "POST", None, errors.RateLimitedError),
        (302, "GET", None, errors.ConfigError),
        (200, "GET", None, errors.UnavailableError),
        (500, "GET", None, errors.UnavailableError),
        (500, "POST", None, errors.UnknownOutcomeError),
        (503, "DELETE", None, errors.UnknownOutcomeError),
    ],
)
def test_statuses(status, method, record, expected) -> None:
    error = translate(status, {}, b"", system="jira", method=method, record=record)
    assert type(error) is expected
    assert error.status == status


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"errorMessages": ["No project.", "No type."], "errors": {}}, "No project.; No type."),
        ({"errorMessages": [], "errors": {"summary": "is required"}}, "summary: is required"),
        ({"message": "plain"}, "plain"),
        ({"errorMessage": "single"}, "single"),
        ({"error": {"type": "UNKNOWN_FIELD_NAME", "message": "Unknown field"}}, "UNKNOWN_FIELD_NAME: Unknown field"),
        ({"error": "NOT_FOUND"}, "NOT_FOUND"),
        ({"object": "error", "code": "validation_error", "message": "title"}, "title (validation_error)"),
        ({"errors": [{"title": "Invalid", "detail": "name is missing"}]}, "Invalid: name is missing"),
        ([1], "[1]"),
        ({}, None),
        (b"\n  first line  \nsecond", "first line"),
        (b"", None),
        (b"<!DOCTYPE html><html>", "the answer is a web page, not JSON: a login page or a proxy?"),
        (b"[" * 100_000, "[" * 500),
    ],
)
def test_the_services_own_words(body, said) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    assert translate(422, {}, raw).service_message == said


def test_fields_remedies_and_references() -> None:
    body = json.dumps({"errorMessages": [], "errors": {"summary": "is required", "n": ["a", "b"]}}).encode()
    error = translate(400, {"X-AREQUESTID": "abc"}, body, remedies={400: "Fill it in."}, operation="create")
    assert isinstance(error, errors.RejectedError)
    assert error.fields == {"summary": "is required", "n": "a; b"}
    assert (error.request_id, error.remedy) == ("abc", "Fill it in.")
    page = translate(401, {"Content-Type": "text/html; charset=UTF-8"}, b"<p>Sign in</p>")
    assert "web page" in str(page)


def test_safe_overrules_the_method() -> None:
    assert isinstance(translate(503, {}, b"", method="POST", safe=True), errors.UnavailableError)
    limited = translate(429, {"Retry-After": format_datetime(NOW + timedelta(seconds=9), usegmt=True)}, b"", now=NOW)
    assert limited.retry_after == 9


def answer(status, content, method="GET", **headers) -> httpx.Response:
    return httpx.Response(
        status, content=content, headers=headers, request=httpx.Request(method, "https://example.com")
    )


def test_require_json() -> None:
    assert require_json(answer(200, b'{"a": 1}')) == {"a": 1}
    assert require_json(answer(204, b"", "DELETE")) is None
    with pytest.raises(errors.UnavailableError, match="not JSON"):
        require_json(answer(200, b"{", "GET"))
    with pytest.raises(errors.UnavailableError):
        require_json(answer(200, b"[" * 100_000 + b"]" * 100_000))
    with pytest.raises(errors.UnknownOutcomeError, match="web page"):
        require_json(answer(200, b"<html>", "POST"))
    with pytest.raises(errors.UnavailableError):
        require_json(answer(200, b"NaN", "POST"), safe=True)
    with pytest.raises(errors.AuthError):
        require_json(answer(401, b"{}"))


# --- waiting


@given(st.text() | st.none() | st.from_regex(r"[-+0-9.eE_ ]{0,12}"))
def test_retry_after_never_fails_and_is_never_nonsense(value) -> None:
    seconds = parse_retry_after(value, NOW)
    assert seconds is None or 0 < seconds < 1e16


@given(st.integers(1, 10**9))
def test_retry_after_in_seconds(seconds: int) -> None:
    assert parse_retry_after(str(seconds), NOW) == seconds
    assert parse_retry_after(f" {seconds}.5 ", NOW) == seconds + 0.5


@given(st.integers(-(10**6), 10**6))
def test_retry_after_as_a_date(seconds: int) -> None:
    header = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    assert parse_retry_after(header, NOW) == (seconds if seconds > 0 else None)


@given(st.integers(1, 2000), st.integers())
def test_pauses_grow_to_a_bound_and_jitter_only_adds(attempt: int, seed: int) -> None:
    assert backoff(attempt) <= backoff(attempt + 1) <= 60
    assert backoff(attempt) <= jittered(backoff(attempt), random.Random(seed)) <= 1.25 * backoff(attempt)
