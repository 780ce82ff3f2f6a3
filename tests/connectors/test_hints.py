"""Deliveries of webhooks: what is proven to come from a service, and what it hints at."""

import base64
import hashlib
import hmac
import json

import pytest

from productops.connectors.airtable import hints as airtable
from productops.connectors.jira import hints as jira
from productops.connectors.notion import hints as notion
from productops.connectors.productboard import hints as productboard
from productops.errors import AuthError, ConfigError, RejectedError
from productops.redaction import Secret

SECRET = "It's a Secret to Everybody"
AIRTABLE_SECRET = base64.b64encode(b"thirty-two bytes of a mac secret").decode()
EVENT = {
    "timestamp": 1_790_000_000_123,
    "webhookEvent": "jira:issue_updated",
    "issue": {"id": "10042", "key": "PROD-7"},
}
PAGE = "1a2b3c4d-0000-4000-8000-000000000001"
CHANGE = {
    "id": "ev-1", "timestamp": "2026-09-21T14:13:20.123Z", "type": "page.properties_updated", "attempt_number": 1,
    "entity": {"id": PAGE, "type": "page"}, "data": {"parent": {"id": "x", "type": "database"}},
}  # fmt: skip
PING = {"base": {"id": "app1"}, "webhook": {"id": "ach1"}, "timestamp": "2026-09-21T14:13:20.123Z"}
UPDATE = {
    "data": {"eventType": "feature.updated", "links": {"target": "https://api.productboard.example/features/f-1"}}
}


def signed(body: bytes, key: bytes | str = SECRET) -> str:
    raw = key.encode() if isinstance(key, str) else key
    return "sha256=" + hmac.new(raw, body, hashlib.sha256).hexdigest()


def raw(value: object) -> bytes:
    return json.dumps(value).encode()


def test_jiras_own_example_of_a_signature():
    told = "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"
    with pytest.raises(RejectedError):  # the signature is right; the body is no event
        jira.read_hint({"X-Hub-Signature": told}, b"Hello World!", SECRET)
    with pytest.raises(AuthError):
        jira.read_hint({"X-Hub-Signature": told}, b"Hello World", SECRET)


def test_what_deliveries_hint_at():
    body = raw(EVENT)
    hint = jira.read_hint({"x-hub-signature": signed(body)}, body, Secret(SECRET))
    assert (hint.system, hint.records, hint.at.isoformat()) == ("jira", ("10042",), "2026-09-21T14:13:20.123000+00:00")
    body = raw(CHANGE)
    hint = notion.read_hint({"X-Notion-Signature": signed(body)}, body, SECRET)
    assert (hint.records, hint.delivery, hint.at is not None) == ((PAGE,), "ev-1", True)
    body = raw(
        {**CHANGE, "type": "comment.created", "entity": {"id": "c", "type": "comment"}, "data": {"page_id": PAGE}}
    )
    assert notion.read_hint({"X-Notion-Signature": signed(body)}, body, SECRET).records == (PAGE,)
    body = raw(PING)
    mac = "hmac-" + signed(body, base64.b64decode(AIRTABLE_SECRET))
    assert airtable.read_hint({"X-Airtable-Content-MAC": mac}, body, AIRTABLE_SECRET).records == ()
    hint = productboard.read_hint({"Authorization": "agreed-word"}, raw(UPDATE), "agreed-word")
    assert (hint.records, hint.delivery) == (("f-1",), None)


def test_a_retry_is_known_by_what_is_signed():
    again = raw({**CHANGE, "attempt_number": 4})
    hints = [notion.read_hint({"X-Notion-Signature": signed(one)}, one, SECRET) for one in (raw(CHANGE), again)]
    assert hints[0].delivery == hints[1].delivery
    body = raw(EVENT)
    named = [{"X-Hub-Signature": signed(body), "X-Atlassian-Webhook-Identifier": name} for name in ("a", "b")]
    first, second = (jira.read_hint(headers, body, SECRET).delivery for headers in named)
    assert first == second  # a forger may name an old body anew


@pytest.mark.parametrize("given", ["", "sha256=", "sha1=abc", "é", "sha256=" + "0" * 64, signed(raw(EVENT), "other")])
def test_a_forged_delivery_is_refused_before_it_is_read(given):
    body = raw(EVENT)
    readers = [
        (jira.read_hint, "X-Hub-Signature", SECRET),
        (notion.read_hint, "X-Notion-Signature", SECRET),
        (airtable.read_hint, "X-Airtable-Content-MAC", AIRTABLE_SECRET),
        (productboard.read_hint, "Authorization", "agreed-word"),
    ]
    for read, name, secret in readers:
        with pytest.raises(AuthError) as raised:
            read({name: given}, body, secret)
        assert secret not in str(raised.value) + repr(raised.value)
        with pytest.raises(AuthError):
            read({}, body, secret)
        with pytest.raises(AuthError):
            read({name: given}, b"\xff not json", secret)


def test_an_empty_secret_opens_nothing():
    body = raw(EVENT)
    for read, headers in (
        (jira.read_hint, {"X-Hub-Signature": signed(body, "")}),
        (notion.read_hint, {"X-Notion-Signature": signed(body, "")}),
        (airtable.read_hint, {"X-Airtable-Content-MAC": "hmac-" + signed(body, "")}),
        (productboard.read_hint, {"Authorization": ""}),
    ):
        with pytest.raises(AuthError):
            read(headers, body, "")


def test_the_raw_body_counts_and_not_what_it_says():
    body = raw(EVENT)
    spaced = json.dumps(EVENT, indent=1).encode()
    with pytest.raises(AuthError):
        jira.read_hint({"X-Hub-Signature": signed(body)}, spaced, SECRET)


@pytest.mark.parametrize("body", [b"[]", b"nothing", b"", b'{"issue": NaN}', b" " * 1_000_001])
def test_what_cannot_be_read_is_told(body):
    with pytest.raises(RejectedError):
        jira.read_hint({"X-Hub-Signature": signed(body)}, body, SECRET)


@pytest.mark.parametrize("event", [{}, {"issue": None}, {"issue": []}, {"timestamp": "soon"}, {"timestamp": 10**30}])
def test_events_without_a_record_still_say_look(event):
    body = raw(event)
    hint = jira.read_hint({"X-Hub-Signature": signed(body)}, body, SECRET)
    assert (hint.records, hint.at) == ((), None)


def test_setting_up():
    assert notion.verification_token(raw({"verification_token": "secret_word"})) == "secret_word"
    assert notion.verification_token(raw(CHANGE)) is None
    assert productboard.validation({"validationToken": "word"}) == "word"
    with pytest.raises(ConfigError, match="base64"):
        airtable.read_hint({}, b"{}", "not base64 at all!")
