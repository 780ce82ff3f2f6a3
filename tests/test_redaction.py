import base64
import copy
import io
import json
import logging
import pickle
import sys
import time
from unittest.mock import patch
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from productops import redaction
from productops.redaction import MASK, RedactingFilter, Secret, install_log_redaction, redact

secrets = st.text(min_size=4, max_size=40).filter(lambda value: value.strip() == value and set(value) != {"*"})


def test_a_secret_shows_itself_only_when_asked() -> None:
    token = Secret("correct-horse-battery")
    assert "horse" not in f"{token} {token!r} {[token]} {token:}"
    assert token.reveal() == "correct-horse-battery"
    assert repr(Secret("")) == "Secret('')"
    assert not Secret("")


def test_secrets_compare_by_value_and_only_with_secrets() -> None:
    assert Secret("one-value") == Secret("one-value")
    assert Secret("one-value") != Secret("other-value")
    assert Secret("one-value") != "one-value"
    assert len({Secret("one-value"), Secret("one-value")}) == 1


def test_a_secret_is_never_pickled_and_does_not_change() -> None:
    token = Secret("never-pickled")
    with pytest.raises(TypeError, match="never pickled"):
        pickle.dumps(token)
    with pytest.raises(AttributeError):
        token._value = "x"
    with pytest.raises(TypeError):
        Secret(b"bytes")  # type: ignore[arg-type]
    assert copy.deepcopy([token])[0] is token


@settings(max_examples=40, deadline=None)
@given(value=secrets, before=st.text(max_size=10), after=st.text(max_size=10))
def test_a_secret_survives_in_no_form(value: str, before: str, after: str) -> None:
    # A registry of its own: a drawn "then" must not go from the texts of other tests.
    with patch.object(redaction, "_registry", redaction._Registry()):
        Secret(value)
        raw = value.encode("utf-8", "surrogatepass")
        for form in (value, quote(raw, safe=""), quote_plus(raw), json.dumps(value)[1:-1], repr(value)[1:-1]):
            assert form not in redact(f"{before}{form}{after}")


@pytest.mark.parametrize("user", ["", "a", "ab", "abc", "ann@example.com"])
def test_basic_credentials_are_found_at_every_offset(user: str) -> None:
    Secret("a-token-of-some-length")
    encoded = base64.b64encode(f"{user}:a-token-of-some-length".encode()).decode()
    cleaned = redact(f"sent {encoded} to the proxy")
    left = cleaned.removeprefix("sent ").removesuffix(" to the proxy")
    # At most a character on each side, which also carries bits of the neighbours, and the padding stay.
    assert MASK in left
    assert len(left.replace(MASK, "")) <= len(base64.b64encode(f"{user}:".encode())) + 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Authorization: Bearer abc.def\nAccept: */*", "Authorization: ***\nAccept: */*"),
        ("Cookie: a=b; c=d", "Cookie: ***"),
        ("{'Authorization': 'Bearer q', 'n': 1}", "{'Authorization': '***', 'n': 1}"),
        (r'"{\"Authorization\": \"Basic q\", \"n\": 1}"', r'"{\"Authorization\": \"***\", \"n\": 1}"'),
        ("[(b'Authorization', b'Bearer q')]", "[(b'Authorization', b'***')]"),
        ("/x?access_token=abc&n=1", "/x?access_token=***&n=1"),
        ("/x?sig=a%2Fb&n=1", "/x?sig=***&n=1"),
        ('{"api_key": "abc"}', '{"api_key": "***"}'),
        ("key patAbCdEfGhIjKlMn.0123456789abcdef rejected", "key *** rejected"),
        ("postgresql://ann:p@ss@db.example.com/x", "postgresql://***@db.example.com/x"),
        ("use Bearer abc123def456 here", "use Bearer *** here"),
        ("Basic authentication failed", "Basic authentication failed"),
        ("nextPageToken=abc", "nextPageToken=abc"),
        ("ann@example.com wrote https://example.com/a?b=c", "ann@example.com wrote https://example.com/a?b=c"),
    ],
)
def test_what_looks_like_a_secret_goes_and_the_rest_stays(text: str, expected: str) -> None:
    assert redact(text) == expected


@pytest.mark.parametrize("part", ["a", "://", "token ", "cookie:'", "token=\\", "bearer ", "cookie ", "*"])
def test_long_texts_take_linear_time(part: str) -> None:
    Secret("wholly-unrelated")
    started = time.perf_counter()
    redact(part * (200_000 // len(part)))
    assert time.perf_counter() - started < 2


def test_logs_are_clean_in_message_traceback_and_extras() -> None:
    stream, logger = io.StringIO(), logging.getLogger("productops.test_redaction")
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(message)s %(address)s"))
    logger.addHandler(handler)
    try:
        assert install_log_redaction(logger) is install_log_redaction(logger)
        assert sum(isinstance(each, RedactingFilter) for each in handler.filters) == 1
        token = Secret("logged-by-mistake").reveal()
        try:
            raise RuntimeError(f"failed with {token}")
        except RuntimeError:
            logger.exception("sent %s", token, extra={"address": f"https://x.example.com/?q={token}"})
        logger.warning(f"%d {token}", "not a number", extra={"address": ""})  # noqa: G004 - the malformed call is the case
    finally:
        logger.removeHandler(handler)
    written = stream.getvalue()
    assert "logged-by-mistake" not in written
    assert "RuntimeError: failed with ***" in written
    assert "sent *** https://x.example.com/?q=***" in written


def test_it_is_a_leaf() -> None:
    module = sys.modules["productops.redaction"]
    assert not [
        v
        for v in vars(module).values()
        if getattr(v, "__module__", "").startswith("productops.") and v.__module__ != module.__name__
    ]
