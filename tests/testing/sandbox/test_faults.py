"""Scripts and seeded faults, and how each plug shows them; over a service that only counts."""

import json
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
import pytest
import requests

from productops.testing.sandbox.clock import VirtualClock
from productops.testing.sandbox.endpoint import HIDDEN, Endpoint
from productops.testing.sandbox.faults import KINDS, SERVICE_KINDS, Fault, Script, SeededFaults
from productops.testing.sandbox.plugs import HttpxPlug, RequestsPlug
from productops.testing.sandbox.server import Server
from productops.testing.sandbox.wire import Answer, Request

START = datetime(2026, 1, 5, 9, tzinfo=UTC)


class Counting:
    """A service that counts what it was asked to do, and when."""

    settle = (2.0, 0.5)
    requests_per_second = 5.0

    def __init__(self):
        self.seen = []

    def handle(self, request, now):
        self.seen.append((request, now))
        return Answer.of({"n": len(self.seen), "padding": "x" * 1000})


@pytest.fixture
def endpoint():
    return Endpoint(Counting(), clock=VirtualClock(START))


class WithRequests:
    drop = (requests.ConnectionError,)
    cut = (requests.exceptions.ChunkedEncodingError,)
    timeout = requests.ReadTimeout

    def __init__(self, endpoint):
        self.session = requests.Session()
        self.session.mount("https://", RequestsPlug(endpoint))
        self.url = "https://service.example.com"

    def post(self, path, body=b"{}", **options):
        answer = self.session.post(self.url + path, data=body, **options)
        return answer.status_code, answer.headers, answer.content


class WithHttpx(WithRequests):
    drop = cut = (httpx.RemoteProtocolError,)
    timeout = httpx.ReadTimeout

    def __init__(self, endpoint):
        self.client = httpx.Client(transport=HttpxPlug(endpoint))
        self.url = "https://service.example.com"

    def post(self, path, body=b"{}", **options):
        answer = self.client.post(self.url + path, content=body, **options)
        return answer.status_code, answer.headers, answer.content


class OnSocket(WithRequests):
    def __init__(self, endpoint, url):
        self.session = requests.Session()
        self.url = url


class HttpxOnSocket(WithHttpx):
    def __init__(self, endpoint, url):
        self.client = httpx.Client()
        self.url = url


@pytest.fixture(scope="module")
def running():
    with Server(Counting()) as server:
        yield server


@pytest.fixture(params=[WithRequests, WithHttpx, OnSocket, HttpxOnSocket])
def plug(request, endpoint, running):
    running.endpoint = endpoint  # one server for all, a fresh endpoint for each
    client = request.param(endpoint, running.url) if "Socket" in request.param.__name__ else request.param(endpoint)
    yield client
    getattr(client, "session", getattr(client, "client", None)).close()


def test_a_request_arrives_as_it_was_sent(plug, endpoint):
    status, headers, body = plug.post("/a%2Fb/c?x=1&x=&y=%C3%A9", b"\x00body", headers={"X-Thing": "Value"})
    request, now = endpoint.service.seen[0]
    assert (request.method, request.path, request.body) == ("POST", "/a%2Fb/c", b"\x00body")
    assert list(request.query) == [("x", "1"), ("x", ""), ("y", "é")]
    assert request.headers["x-thing"] == "Value"
    assert now == START
    assert status == 200
    assert json.loads(body)["n"] == 1
    assert headers["X-Sandbox-Settle"] == "2,0.5"
    assert headers["X-Sandbox-Rate"] == "5"
    assert parsedate_to_datetime(headers["Date"]) == START


@pytest.mark.parametrize(
    ("kind", "commits"), [("drop_before_commit", 0), ("drop_after_commit", 1), ("late_commit", 0), ("truncated", 1)]
)
def test_a_broken_connection(plug, endpoint, kind, commits):
    endpoint.faults.add("POST", "/.*", kind)
    with pytest.raises(plug.cut if kind == "truncated" else plug.drop):
        plug.post("/x")
    assert len(endpoint.service.seen) == commits
    assert plug.post("/x")[0] == 200  # the next one goes through
    assert len(endpoint.log) == 2


@pytest.mark.parametrize(
    ("kind", "status", "commits"),
    [
        ("rate_limited", 429, 0),
        ("error_500", 500, 0),
        ("bad_gateway_before", 502, 0),
        ("bad_gateway_after", 502, 1),
        ("unavailable", 503, 0),
        ("unauthorized", 401, 0),
        ("forbidden", 403, 0),
        ("malformed", 200, 1),
        ("login_page", 200, 0),
        ("slow", 200, 1),
    ],
)
def test_a_bad_answer(plug, endpoint, kind, status, commits):
    endpoint.faults.add("POST", "/.*", kind)
    got, headers, body = plug.post("/x")
    assert (got, len(endpoint.service.seen)) == (status, commits)
    if kind in ("malformed", "login_page"):
        with pytest.raises(json.JSONDecodeError):
            json.loads(body)
    assert headers["Content-Type"].startswith("text/html" if kind == "login_page" else "application/json")


@pytest.mark.parametrize(("retry_after", "header"), [(None, None), (0, "0"), (7, "7"), (0.5, "0.5")])
def test_retry_after_in_seconds(plug, endpoint, retry_after, header):
    endpoint.faults.add("POST", "/.*", "rate_limited", retry_after=retry_after)
    assert plug.post("/x")[1].get("Retry-After") == header


def test_retry_after_as_a_date(plug, endpoint):
    endpoint.faults.add("POST", "/.*", "unavailable", retry_after="date", seconds=12)
    assert parsedate_to_datetime(plug.post("/x")[1]["Retry-After"]) == START + timedelta(seconds=12)


def test_a_late_commit_happens_when_its_time_has_come(plug, endpoint):
    endpoint.faults.add("POST", "/.*", "late_commit", seconds=3)
    with pytest.raises(plug.drop):
        plug.post("/x")
    endpoint.clock.advance(2.9)
    assert endpoint.service.seen == []
    endpoint.clock.advance(5)
    ((request, at),) = endpoint.service.seen
    assert (request.path, at) == ("/x", START + timedelta(seconds=3))
    endpoint.clock.advance(5)
    assert len(endpoint.service.seen) == 1  # once and never again


def test_a_late_commit_on_the_machines_clock_needs_no_further_request():
    service = Counting()
    with Server(service) as server:
        server.faults.add("POST", "/.*", "late_commit", seconds=0.05)
        with pytest.raises(requests.ConnectionError):
            requests.post(server.url + "/x", timeout=5)
        deadline = time.monotonic() + 5
        while not service.seen and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(service.seen) == 1


@pytest.mark.parametrize("kind", [WithRequests, WithHttpx])
def test_a_slow_answer_meets_the_clients_timeout_after_the_work_is_done(kind, endpoint):
    plug = kind(endpoint)
    endpoint.faults.add("POST", "/.*", "slow", seconds=10)
    with pytest.raises(plug.timeout):
        plug.post("/x", timeout=4)
    assert len(endpoint.service.seen) == 1
    assert endpoint.clock.now() == START + timedelta(seconds=4)


def test_a_slow_answer_on_the_socket_meets_the_clients_timeout():
    service = Counting()
    with Server(service) as server:
        server.faults.add("POST", "/.*", "slow", seconds=0.5)
        with pytest.raises(requests.ReadTimeout):
            requests.post(server.url + "/x", timeout=0.05)
        assert len(service.seen) == 1


def test_the_log_holds_no_credentials_and_no_more_than_it_may():
    endpoint = Endpoint(Counting(), clock=VirtualClock(START), log_size=2)
    secret = {"Authorization": "Bearer canary", "Cookie": "s=canary", "X-Api-Key": "canary"}
    for _ in range(5):
        WithRequests(endpoint).post("/x?api_key=canary&page=2", headers=secret)
    assert len(endpoint.log) == 2
    assert "canary" not in repr(endpoint.log)
    assert list(endpoint.log[0].request.query) == [("api_key", HIDDEN), ("page", "2")]
    assert endpoint.requests("POST") == 5
    assert endpoint.service.seen[0][0].headers["authorization"] == "Bearer canary"


def test_rules_hit_the_nth_request_and_as_often_as_told():
    script = Script()
    script.add("POST", "/a/.*", "error_500", nth=2, times=2)
    script.add("*", "/b", "forbidden", times=None)
    post = Request("POST", "/a/1")
    kinds = [(fault := script.pick(post, "", "", n)) and fault.kind for n in range(5)]
    assert kinds == [None, "error_500", "error_500", None, None]
    assert script.pick(Request("GET", "/a/1"), "", "", 0) is None
    assert script.pick(Request("POST", "/z/a/1"), "", "", 0) is None
    assert [script.pick(Request("GET", "/b"), "", "", n).kind for n in range(3)] == ["forbidden"] * 3
    script.clear()
    assert script.pick(Request("GET", "/b"), "", "", 0) is None


def test_an_unknown_kind_is_an_error_where_it_is_written():
    with pytest.raises(ValueError, match="unknown fault 'explode'"):
        Script().add("POST", ".*", "explode")
    with pytest.raises(ValueError, match="unknown fault"):
        Fault("explode")


def test_seeded_faults_are_a_pure_function():
    first, second = SeededFaults(3, 0.3), SeededFaults(3, 0.3)
    calls = [(side, operation, n) for side in "ab" for operation in ("GET /x", "POST /x") for n in range(2_000)]
    picked = [first.pick(*call) for call in calls]
    assert picked == [second.pick(*call) for call in reversed(calls)][::-1]
    assert picked != [SeededFaults(4, 0.3).pick(*call) for call in calls]
    hit = [fault for fault in picked if fault]
    assert 0.25 < len(hit) / len(calls) < 0.35
    assert {fault.kind for fault in hit} == set(KINDS)
    assert all(fault.span <= 1.0 for fault in hit if fault.kind == "late_commit")
    assert {fault.retry_after for fault in hit if fault.kind == "rate_limited"} >= {None, 0, "date"}


def test_seeded_faults_keep_to_their_rate_kinds_and_operations():
    assert not any(SeededFaults(1, 0.0).pick("", "GET /", n) for n in range(200))
    assert all(SeededFaults(1, 1.0, kinds=("slow",)).pick("", "GET /", n) == Fault("slow") for n in range(200) if n)
    only_posts = SeededFaults(1, 1.0, operations="^POST")
    assert only_posts.pick("", "GET /", 0) is None
    assert only_posts.pick("", "POST /", 0) is not None


@pytest.mark.parametrize("kind", sorted(SERVICE_KINDS))
def test_a_fault_that_does_not_fit_the_service_is_no_fault(endpoint, kind):
    endpoint.faults.add("POST", ".*", kind)
    assert WithRequests(endpoint).post("/x")[0] == 200
    assert endpoint.log[0].fault is None


def test_counts_are_by_route(endpoint):
    plug = WithRequests(endpoint)
    for path in ("/rest/api/3/issue/PROD-1", "/rest/api/3/issue/PROD-2", "/rest/api/3/search"):
        plug.post(path)
    assert endpoint.counts == {("POST", "/rest/api/3/issue/*"): 2, ("POST", "/rest/api/3/search"): 1}


def test_the_server_starts_fast_stops_clean_and_starts_again():
    begun = time.monotonic()
    server = Server(Counting())
    with server:
        url = server.url
        assert requests.get(url, timeout=5).status_code == 200
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)
    with server:
        assert requests.get(server.url, timeout=5).json()["n"] == 2
    assert time.monotonic() - begun < 5


def test_the_server_says_what_is_missing(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "uvicorn", None)
    with pytest.raises(ImportError, match=r'pip install "productops\[sandbox\]"'):
        Server(Counting()).start()


def test_a_virtual_clock_moves_forward_only():
    clock = VirtualClock(START)
    clock.advance(timedelta(minutes=1))
    clock.sleep(-5)
    assert clock.now() == START + timedelta(minutes=1)
    with pytest.raises(ValueError, match="aware"):
        VirtualClock(datetime(2026, 1, 1))  # noqa: DTZ001 that is the point
