"""Our own requests through somebody's session: what the session says is asked once, and again when it changed."""

import gzip
import json
from typing import ClassVar

import pytest
import requests

from productops.errors import GuardError, UnavailableError, UnknownOutcomeError
from productops.sdk.transport import answers, parse_json, policy, require_json
from productops.sdk.transport.requests_plug import RequestsPlug
from productops.sdk.transport.sender import Sender

URL = "https://api.example.com/rest"
OK = (200, {}, {"ok": True})


class Watched(requests.Session):
    """A session that counts how often it is asked for the environment's settings."""

    asked = 0

    def merge_environment_settings(self, *arguments):
        self.asked += 1
        return super().merge_environment_settings(*arguments)


class Proxied:
    """Sees with which settings a request goes out."""

    def __init__(self, inner):
        self.inner, self.settings = inner, []

    def send(self, request, **settings):
        self.settings.append(settings)
        return self.inner.send(request, **settings)


@pytest.fixture
def world(script, make_policy, monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    session, inner = Watched(), script(OK)
    session.headers["Authorization"] = "Bearer example"
    return session, inner, Sender(session, URL, make_policy(), Proxied(inner))


def sent(inner):
    return inner.sent[-1][1]


def test_a_request_as_the_session_would_send_it(world):
    session, inner, sender = world
    params = {"q": "a b&ü", "fields[]": ["x", "y"], "none": None}
    plain = session.prepare_request(requests.Request("GET", f"{URL}/things/1 2", params=params))
    sender.send("GET", "/things/1 2", params)
    assert (sent(inner).url, sent(inner).headers, sent(inner).body) == (plain.url, plain.headers, plain.body)
    body = {"text": "é", "number": 1.5}
    plain = session.prepare_request(requests.Request("POST", f"{URL}/things", json=body))
    sender.send("POST", "/things", body=body)
    assert json.loads(sent(inner).body) == json.loads(plain.body)
    assert {**sent(inner).headers, "Content-Length": ""} == {**plain.headers, "Content-Length": ""}
    assert int(sent(inner).headers["Content-Length"]) == len(sent(inner).body)
    sender.send("DELETE", "/things/1")
    assert sent(inner).headers == session.prepare_request(requests.Request("DELETE", f"{URL}/things/1")).headers


def test_the_environment_is_read_once_and_its_proxy_used(world, monkeypatch):
    session, _inner, sender = world
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.com:3128")
    for _ in range(3):
        sender.send("GET", "/things")
    assert session.asked == 1
    assert all(each["proxies"]["https"] == "http://proxy.example.com:3128" for each in sender.inner.settings)


def test_a_session_that_was_changed_is_asked_again(world):
    session, inner, sender = world
    sender.send("GET", "/things")
    session.headers["Authorization"] = "Bearer renewed"
    sender.send("GET", "/things")
    assert sent(inner).headers["Authorization"] == "Bearer renewed"
    session.auth = ("ada@example.com", "secret")
    sender.send("GET", "/things")
    assert sent(inner).headers["Authorization"].startswith("Basic ")
    session.params = {"key": "7"}
    sender.send("GET", "/things")
    assert sent(inner).url == f"{URL}/things?key=7"
    assert session.asked == 4


def test_what_signs_the_request_itself_signs_each(world):
    session, inner, sender = world

    def sign(request):
        request.headers["Authorization"] = f"Signed {request.method} {request.url} {request.body!r}"
        return request

    session.auth = sign
    sender.send("POST", "/things", body={"a": 1})
    assert sent(inner).headers["Authorization"] == f"""Signed POST {URL}/things b'{{"a":1}}'"""
    sender.send("GET", "/others")
    assert sent(inner).headers["Authorization"] == f"Signed GET {URL}/others None"


def test_cookies_of_the_session_go_along_as_they_are_now(world):
    session, inner, sender = world
    sender.send("GET", "/things")
    assert "Cookie" not in sent(inner).headers
    session.cookies.set("seat", "7", domain="api.example.com")
    sender.send("GET", "/things")
    assert sent(inner).headers["Cookie"] == "seat=7"
    session.cookies.clear()
    sender.send("GET", "/things")
    assert "Cookie" not in sent(inner).headers


def test_what_is_no_json_is_not_sent(world):
    _session, inner, sender = world
    with pytest.raises(ValueError, match="JSON"):
        sender.send("POST", "/things", body={"a": float("nan")})
    assert inner.sent == []


def test_the_policy_holds(world, script):
    _session, _inner, sender = world
    sender.inner.inner = script((500, {}, b""), OK)
    with pytest.raises(UnknownOutcomeError):
        sender.send("POST", "/things", body={})
    assert sender.send("GET", "/things").status_code == 200


def test_an_answer_is_parsed_once(make_policy, script, monkeypatch):
    parsed = []

    def counting(body):
        parsed.append(body)
        return parse_json(body)

    monkeypatch.setattr(policy, "parse_json", counting)
    monkeypatch.setattr(answers, "parse_json", counting)
    session = requests.Session()
    session.mount("https://", RequestsPlug(make_policy(), script(OK)))
    response = session.get(URL)
    found = require_json(response)
    assert (found, len(parsed)) == ({"ok": True}, 1)
    found["ok"] = "changed by its reader"
    assert require_json(response) == {"ok": True}


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b"123456789012345678901234567890", 123456789012345678901234567890),
        (b"-9223372036854775809", -9223372036854775809),
        (b"[0.1, 1e23, 5e-324, 1.0, -0]", [0.1, 1e23, 5e-324, 1.0, 0]),
        (b'"\\ud800"', "\ud800"),
        ('{"é": "ü"}'.encode("utf-16"), {"é": "ü"}),
        ("\ufeff[]".encode(), []),
        (b"[" * 300 + b"]" * 300, None),
    ],
)
def test_numbers_are_exact_and_odd_json_is_read(body, value):
    found = parse_json(body)
    assert value is None or (found == value and type(found) is type(value))


@pytest.mark.parametrize(
    "body", [b"", b"NaN", b"[Infinity]", b"-Infinity", b"[1,]", b"{'a': 1}", b"01", b"[1] 2", b'"\xff"']
)
def test_what_is_not_json_is_refused(body):
    with pytest.raises(ValueError, match=r"."):
        parse_json(body)


@pytest.fixture
def served():
    """A server on loopback that answers each path in its own way, and tells what it was sent."""
    import http.server
    import threading

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        seen: ClassVar[list[tuple[str, str, str | None, bytes]]] = []

        def do_GET(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.seen.append((self.command, self.path, self.headers.get("Authorization"), body))
            if "/drop" in self.path:
                self.close_connection = True
                return
            if "/cut" in self.path:
                self.send_response(200)
                self.send_header("Content-Length", "100")
                self.end_headers()
                self.wfile.write(b"[1")
                self.close_connection = True
                return
            data = gzip.compress(b'["zipped"]') if "/zip" in self.path else b"[" + b"0," * 200_000 + b"1]"
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            if "/zip" in self.path:
                self.send_header("Content-Encoding", "gzip")
            self.end_headers()
            self.wfile.write(data)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", Handler.seen
    server.shutdown()
    server.server_close()
    Handler.seen.clear()


@pytest.fixture
def straight(served, make_policy):
    """A sender that goes straight to the pool of its session's plain adapter."""
    url, seen = served
    session = requests.Session()
    session.trust_env = False
    session.auth = ("ada@example.com", "secret")
    policy = make_policy(max_bytes=100_000, timeout=(5, 5))
    session.mount("http://", RequestsPlug(policy))
    yield Sender(session, f"{url}/v1", policy), seen, url
    session.close()


def test_straight_to_the_pool_an_answer_is_read_whole_and_unpacked(straight):
    sender, seen, _url = straight
    sender.session.get_adapter("http://x").inner.send = None  # not asked
    answer = sender.send("POST", "/zip", {"a": [1, 2]}, {"x": "é"})
    assert require_json(answer) == ["zipped"]
    assert (answer.status_code, answer.request.method) == (200, "POST")
    assert seen == [("POST", "/v1/zip?a=1&a=2", "Basic YWRhQGV4YW1wbGUuY29tOnNlY3JldA==", b'{"x":"\\u00e9"}')]


@pytest.mark.parametrize("path", ["/drop", "/cut"])
def test_straight_to_the_pool_a_write_goes_out_once_and_a_read_again(straight, path):
    sender, seen, _url = straight
    with pytest.raises(UnknownOutcomeError):
        sender.send("POST", path, body={})
    assert len(seen) == 1
    with pytest.raises(UnavailableError):
        sender.send("GET", path)
    assert len(seen) > 2


def test_straight_to_the_pool_a_closed_port_means_not_sent(straight, make_policy):
    sender, _seen, _url = straight
    away = Sender(sender.session, "http://127.0.0.1:9/v1", sender.policy)
    with pytest.raises(UnavailableError, match="nothing was sent"):
        away.send("POST", "/things", body={})


def test_straight_to_the_pool_a_large_answer_stops_early(straight):
    sender, _seen, _url = straight
    with pytest.raises(GuardError, match="larger"):
        sender.send("GET", "/large")


def test_a_proxy_or_an_adapter_of_somebodys_own_is_not_gone_around(make_policy, script):
    for setting in ("proxies", "adapter"):
        session = requests.Session()
        session.trust_env = False
        if setting == "proxies":
            session.proxies = {"https": "http://proxy.example.com:3128"}
        else:
            session.mount("https://", script(OK))
        sender = Sender(session, URL, make_policy())
        sender.prepared("GET", "/things")
        assert sender._pool is None
