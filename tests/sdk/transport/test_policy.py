"""What is sent how often, and when: the policy through the requests plug, under a virtual clock."""

import itertools
import logging

import pytest
import requests
import urllib3.exceptions

from productops.errors import (
    ConfigError,
    GuardError,
    ProductOpsError,
    RateLimitedError,
    UnavailableError,
    UnknownOutcomeError,
)
from productops.redaction import Secret
from productops.sdk.transport import Limits, Policy, Settle
from productops.sdk.transport.limits import CALM
from productops.sdk.transport.requests_plug import RequestsPlug

URL = "https://api.example.com/rest/items"
OK = (200, {}, {"ok": True})
DROP = requests.ConnectionError(urllib3.exceptions.ProtocolError("Connection aborted.", ConnectionResetError(104)))
REFUSED = requests.ConnectionError(
    urllib3.exceptions.MaxRetryError(None, "/", urllib3.exceptions.NewConnectionError(None, "refused"))
)
LOST = [
    DROP,
    requests.ReadTimeout("slow"),
    ConnectionResetError(104, "reset"),
    (500, {}, b""),
    (502, {}, b"<html>bad gateway</html>"),
    (503, {"Retry-After": "1"}, b""),
    (504, {}, b""),
    (408, {}, b""),
    (200, {}, b'{"half": '),
    (200, {"Content-Length": "999"}, b'{"half": 1}'),
    (200, {"Content-Type": "text/html"}, b"<html>sign in</html>"),
    (201, {}, b"NaN"),
]


def session(policy, inner):
    made = requests.Session()
    made.trust_env = False
    made.mount("https://", RequestsPlug(policy, inner))
    made.mount("http://", RequestsPlug(policy, inner))
    return made


@pytest.mark.parametrize("step", LOST)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_write_whose_answer_is_lost_goes_out_once(make_policy, script, step, method) -> None:
    inner = script(step, OK)
    with pytest.raises(UnknownOutcomeError) as caught:
        session(make_policy(), inner).request(method, URL, json={})
    assert len(inner.sent) == 1
    assert "may or may not" in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize("step", LOST)
@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("HEAD", ""), ("POST", "/search")])
def test_a_read_is_repeated(make_policy, script, clock, step, method, path) -> None:
    inner = script(step, step, OK)
    if method == "HEAD" and isinstance(step, tuple) and step[0] < 300:
        pytest.skip("a HEAD has no body to be broken")
    answer = session(make_policy(safe_posts=("/search$",)), inner).request(method, URL + path)
    assert answer.json() == {"ok": True}
    assert len(inner.sent) == 3
    first, second = clock.slept
    assert 1 <= first <= 1.25
    assert 2 <= second <= 2.5


@pytest.mark.parametrize("step", LOST)
def test_a_read_is_not_repeated_for_ever(make_policy, script, step) -> None:
    inner = script(step)
    with pytest.raises(UnavailableError):
        session(make_policy(max_tries=3), inner).get(URL)
    assert len(inner.sent) == 3


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("step", [REFUSED, requests.ConnectTimeout("no route"), ConnectionRefusedError(111, "refused")])
def test_what_was_never_sent_is_repeated_for_every_method(make_policy, script, step, method) -> None:
    inner = script(step, OK)
    assert session(make_policy(), inner).request(method, URL).ok
    assert len(inner.sent) == 2
    with pytest.raises(UnavailableError, match="nothing was sent"):
        session(make_policy(), script(step)).request(method, URL)


def test_what_cannot_be_sent_twice_is_not(make_policy, script) -> None:
    inner = script(REFUSED, OK)
    with pytest.raises(UnavailableError):
        session(make_policy(), inner).post(URL, data=iter([b"one", b"time"]))
    assert len(inner.sent) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 413, 422])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_definite_refusal_is_the_clients(make_policy, script, status, method) -> None:
    inner = script((status, {}, {"message": "no"}))
    answer = session(make_policy(), inner).request(method, URL)
    assert (answer.status_code, answer.json(), len(inner.sent)) == (status, {"message": "no"}, 1)


# --- 429


@pytest.mark.parametrize("header", ["7", "7.0", "date"])
def test_after_a_429_even_a_write_waits_what_was_asked_and_a_little_more(make_policy, script, clock, header) -> None:
    if header == "date":
        header = clock.http_date(ahead=7)
    inner = script((429, {"Retry-After": header, "Date": clock.http_date()}, b""), OK)
    assert session(make_policy(), inner).post(URL, json={}).ok
    assert len(inner.sent) == 2
    assert 7 <= clock.passed <= 7 * 1.25


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "0"}, {"Retry-After": "soon"}, {"Retry-After": "-5"}])
def test_a_429_that_does_not_say(make_policy, script, clock, headers) -> None:
    session(make_policy(), script((429, headers, b""), OK)).get(URL)
    assert 1 <= clock.passed <= 1.25
    session(make_policy(default_429_wait=30), script((429, headers, b""), OK)).get(URL)
    assert 31 <= clock.passed <= 1.25 * 31


def test_a_wait_that_is_too_long_is_told_instead(make_policy, script, clock) -> None:
    inner = script((429, {"Retry-After": "1847"}, {"errorMessages": ["Quota used up."]}), OK)
    client = session(make_policy(), inner)
    with pytest.raises(RateLimitedError, match=r"Quota used up\.") as caught:
        client.get(URL)
    assert caught.value.retry_after == 1847
    with pytest.raises(RateLimitedError) as caught:
        client.get(URL)  # known without asking
    assert caught.value.retry_after >= 1847
    assert (len(inner.sent), clock.passed) == (1, 0)
    clock.sleep(1847 * 1.25)
    assert client.get(URL).ok


def test_the_whole_scope_waits_and_no_other(make_policy, script, clock) -> None:
    policy = make_policy(scope=lambda method, url: url.split("/")[4], max_wait=10)
    inner = script((429, {"Retry-After": "100"}, b""), OK)
    client = session(policy, inner)
    with pytest.raises(RateLimitedError):
        client.get(URL + "/1")
    assert client.get("https://api.example.com/rest/others").ok
    with pytest.raises(RateLimitedError):
        client.get(URL + "/2")
    assert client.get(URL, headers={"Authorization": "Bearer another"}).ok
    assert len(inner.sent) == 3


def test_a_lasting_429_sees_one_request_a_minute(make_policy, script, clock) -> None:
    inner = script((429, {}, b""))
    client = session(make_policy(), inner)
    while clock.passed < 3600:
        with pytest.raises(RateLimitedError) as caught:
            client.get(URL)
        clock.sleep(min(5, caught.value.retry_after or 5))
    times = [at for at, _, _ in inner.sent]
    assert len(times) <= 3 + clock.passed / 60 + 1
    assert all(later - sooner > 59.999 for sooner, later in itertools.pairwise(times[2:]))
    inner.steps = [OK]
    assert client.get(URL).ok
    before = clock.passed
    assert client.get(URL).ok
    assert clock.passed == before


# --- politeness


def test_requests_are_spaced_by_the_rate(make_policy, script, clock) -> None:
    inner = script(OK)
    client = session(make_policy(rate=5), inner)
    for _ in range(11):
        client.get(URL)
    assert clock.passed == pytest.approx(2.0 / CALM)


def test_the_bucket_is_shared_by_account_and_not_by_object(clock, script) -> None:
    limits = Limits(clock)
    inner = script(OK)
    for _ in range(5):
        policy = Policy(system="airtable", limits=limits, rate=1)
        session(policy, inner).get(URL, headers={"Authorization": "Bearer same"})
    assert clock.passed == pytest.approx(4 / CALM)


def test_retries_have_a_budget(make_policy, script) -> None:
    inner = script((503, {}, b""))
    client = session(make_policy(), inner)
    for _ in range(100):
        with pytest.raises(UnavailableError):
            client.get(URL)
    assert 100 < len(inner.sent) <= 100 + 10 + 10


# --- what is refused


def test_a_large_answer_stops_early(make_policy, script) -> None:
    client = session(make_policy(max_bytes=1000), script((200, {}, b'"' + b"x" * 2000 + b'"')))
    with pytest.raises(GuardError, match="1000 bytes"):
        client.get(URL)
    with pytest.raises(UnknownOutcomeError):
        client.post(URL)


@pytest.mark.parametrize(
    ("method", "status", "target"),
    [
        ("GET", 302, "https://evil.example.net/rest/items?token=abc"),
        ("GET", 302, "http://api.example.com/rest/items"),
        ("GET", 302, "https://api.example.com:8443/rest/items"),
        ("POST", 307, "https://evil.example.net/rest/items"),
        ("POST", 302, "/rest/other"),
    ],
)
def test_a_redirect_elsewhere_is_not_followed(make_policy, script, method, status, target) -> None:
    inner = script((status, {"Location": target}, b""), OK)
    with pytest.raises(ConfigError) as caught:
        session(make_policy(), inner).request(method, URL, headers={"Authorization": "Bearer q"})
    assert len(inner.sent) == 1
    assert "abc" not in str(caught.value)


def test_a_redirect_on_the_same_host_is(make_policy, script) -> None:
    inner = script((302, {"Location": "/rest/other"}, b""), OK)
    assert session(make_policy(), inner).get(URL).json() == {"ok": True}
    assert inner.sent[1][1].url == "https://api.example.com/rest/other"


# --- what is learned and told


def test_server_time_follows_the_date_header(make_policy, script, clock) -> None:
    policy = make_policy()
    assert policy.server_time() == clock.now()
    session(policy, script((200, {"Date": clock.http_date(ahead=90)}, b"{}"))).get(URL)
    clock.sleep(10)
    assert (policy.server_time() - clock.now()).total_seconds() == 90


def test_only_this_machine_may_declare_small_times(make_policy, script, clock) -> None:
    step = (200, {"X-Sandbox-Settle": "0.5,1.5", "X-Sandbox-Rate": "1000"}, b"{}")
    policy = make_policy(rate=1)
    client = session(policy, script(step))
    client.get(URL)
    client.get("https://127.0.0.1.example.com/x")
    assert policy.settle == Settle(120, 120)
    for host in ("127.0.0.1:8080", "localhost", "[::1]"):
        local = make_policy(rate=1)
        client = session(local, script(step))
        started = clock.passed
        for _ in range(101):
            client.get(f"http://{host}/x")
        assert local.settle == Settle(0.5, 1.5)
        assert clock.passed - started == pytest.approx(0.1 / CALM, abs=0.001)


@pytest.mark.parametrize("header", ["", "1", "a,b", "-1,2", "nan,1", "inf,inf", "1,2,3"])
def test_nonsense_is_not_learned(make_policy, script, header) -> None:
    policy = make_policy()
    session(policy, script((200, {"X-Sandbox-Settle": header, "X-Sandbox-Rate": header}, b"{}"))).get(
        "http://localhost/"
    )
    assert policy.settle == Settle(120, 120)


def test_every_attempt_is_counted_and_told_without_its_query(make_policy, script, caplog) -> None:
    caplog.set_level(logging.DEBUG, "productops.transport")
    events = []
    policy = make_policy(on_request=events.append)
    client = session(policy, script(DROP, (200, {"X-Request-Id": "r-1"}, {"text": "body-text"})))
    client.get(URL + "?q=query-text", headers={"Authorization": "Bearer header-text"})
    assert policy.requests == 2
    assert [(event.method, event.path, event.status, event.request_id, event.attempt) for event in events] == [
        ("GET", "/rest/items", None, None, 1),
        ("GET", "/rest/items", 200, "r-1", 2),
    ]
    assert "r-1" in caplog.text
    assert not [text for text in ("query-text", "body-text", "header-text") if text in caplog.text]


def test_a_broken_callback_does_not_lose_the_answer(make_policy, script) -> None:
    policy = make_policy(on_request=lambda event: 1 / 0)
    assert session(policy, script(OK)).post(URL).ok


def test_there_is_always_a_timeout(make_policy, script) -> None:
    inner = script(OK)
    client = session(make_policy(timeout=(3, 7)), inner)
    client.get(URL)
    client.get(URL, timeout=(None, 2))
    client.get(URL, timeout=1)
    assert [timeout for _, _, timeout in inner.sent] == [(3, 7), (3, 2), 1]


def test_raw_paths_need_not_be_json(make_policy, script) -> None:
    client = session(make_policy(raw_paths=("^/files/",)), script((200, {}, b"%PDF")))
    assert client.get("https://api.example.com/files/1").content == b"%PDF"


def test_our_own_errors_pass_through_the_machinery(make_policy, script) -> None:
    error = ProductOpsError("from below")
    with pytest.raises(ProductOpsError) as caught:
        session(make_policy(), script(error)).get(URL)
    assert caught.value is error
    denied = UnavailableError("an OSError too")
    with pytest.raises(UnavailableError, match="an OSError too"):
        session(make_policy(max_tries=1), script(denied)).post(URL)


def test_a_secret_in_a_path_or_an_answer_is_not_told(make_policy, script) -> None:
    value = Secret("path-secret-value").reveal()
    inner = script((500, {"X-Request-Id": value}, {"message": f"bad {value}"}))
    with pytest.raises(UnavailableError) as caught:
        session(make_policy(max_tries=1), inner).get(f"{URL}/{value}?access_token={value}")
    assert value not in f"{caught.value} {caught.value!r} {caught.value.to_dict()}"
