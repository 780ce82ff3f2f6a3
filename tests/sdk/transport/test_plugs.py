"""The plugs on real clients and a real socket: what goes over the wire, counted by the server."""

import gzip
import http.server
import json
import subprocess
import sys
import threading

import httpx
import jira
import notion_client
import pyairtable
import pytest
import requests

from productops.errors import GuardError, RateLimitedError, UnavailableError, UnknownOutcomeError
from productops.sdk.transport import SystemClock, require_json
from productops.sdk.transport.httpx_plug import HttpxPlug
from productops.sdk.transport.requests_plug import RequestsPlug


class Wire(http.server.ThreadingHTTPServer):
    """A loopback server that does one thing with every request, and remembers the requests."""

    daemon_threads = True

    def __init__(self, behaviour):
        self.seen, self.behaviour = [], behaviour
        super().__init__(("127.0.0.1", 0), Answering)
        self.url = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request, client_address):
        pass  # clients that hang up early are part of the tests


class Answering(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.seen.append((self.command, self.path))
        self.server.behaviour(self)

    do_GET = do_POST = answer  # noqa: N815 - the names http.server looks for

    def reply(self, body, status=200, length=None, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def drop(handler):
    handler.close_connection = True


def cut(handler):
    handler.reply(b'{"id": "1"', length=500)
    handler.close_connection = True


def bomb(handler):
    handler.reply(gzip.compress(b'"' + b"0" * 5_000_000 + b'"'), Content_Encoding="gzip")


def zipped(handler):
    handler.reply(gzip.compress(b'{"n": "zipped"}'), Content_Encoding="gzip", Content_Type="application/json")


@pytest.fixture
def wire():
    servers = []

    def start(behaviour):
        server = Wire(behaviour)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(params=["requests", "httpx"])
def client(request, make_policy):
    """Return a function (method, url) → response of either library, and the policy below it."""
    policy = make_policy(max_bytes=1_000_000, timeout=(5, 5))
    if request.param == "httpx":
        made = httpx.Client(transport=HttpxPlug(policy), trust_env=False)
    else:
        made = requests.Session()
        made.trust_env = False
        made.mount("http://", RequestsPlug(policy))
    made.policy = policy
    yield made
    made.close()


@pytest.mark.parametrize("behaviour", [drop, cut])
def test_on_a_real_socket_a_write_goes_out_once_and_a_read_again(wire, client, behaviour):
    server = wire(behaviour)
    with pytest.raises(UnknownOutcomeError):
        client.request("POST", server.url + "/things", json={"a": 1})
    assert server.seen == [("POST", "/things")]
    with pytest.raises(UnavailableError):
        client.request("GET", server.url + "/things")
    assert server.seen[1:] == [("GET", "/things")] * 5


def test_a_closed_port_means_not_sent(wire, client):
    server = wire(drop)
    server.shutdown()
    server.server_close()
    with pytest.raises(UnavailableError, match="nothing was sent"):
        client.request("POST", server.url)
    assert client.policy.requests == 5


def test_a_bomb_stops_early(wire, client):
    with pytest.raises(GuardError):
        client.request("GET", wire(bomb).url)


def test_a_compressed_answer_is_read_once(wire, client):
    assert require_json(client.request("GET", wire(zipped).url)) == {"n": "zipped"}


def test_a_slow_trickle_is_cut_off(wire, client, clock):
    client.policy.max_seconds = 10
    clock.monotonic = lambda: clock.sleep(6) or clock.passed
    with pytest.raises(UnavailableError, match="trickled"):
        client.request("GET", wire(lambda handler: handler.reply(b'"' + b"0" * 300_000 + b'"')).url)


def test_a_server_that_says_nothing_runs_into_the_timeout(wire, make_policy):
    done = threading.Event()
    server = wire(lambda handler: done.wait(5))
    policy = make_policy(timeout=(1, 0.05))
    for made, error in ((httpx.Client(transport=HttpxPlug(policy), timeout=None), UnknownOutcomeError),):
        with made, pytest.raises(error):
            made.post(server.url)
    session = requests.Session()
    session.mount("http://", RequestsPlug(policy))
    with session, pytest.raises(UnknownOutcomeError):
        session.post(server.url)
    done.set()
    assert len(server.seen) == 2


def test_pyairtable_sends_one_post_on_a_dropped_connection(wire, make_policy):
    server = wire(drop)
    api = pyairtable.Api("patX.y", endpoint_url=server.url, retry_strategy=None)
    api.session.mount("http://", RequestsPlug(make_policy()))
    with pytest.raises(UnknownOutcomeError):
        api.table("appAAAAAAAAAAAAAA", "tblAAAAAAAAAAAAAA").create({"Name": "x"})
    assert [method for method, _ in server.seen] == ["POST"]
    api.session.close()


def test_jira_sends_one_post_on_a_dropped_connection(wire, make_policy):
    server = wire(drop)
    client = jira.JIRA(server=server.url, basic_auth=("a", "b"), max_retries=0, timeout=5, get_server_info=False)
    client._session.mount("http://", RequestsPlug(make_policy()))
    with pytest.raises(UnknownOutcomeError):
        client.create_issue(project={"id": "1"}, summary="x", issuetype={"id": "2"})
    assert [method for method, _ in server.seen] == ["POST"]
    client.close()


def test_notion_client_goes_through_the_plug_and_keeps_its_own_errors(wire, make_policy):
    refusal = json.dumps({"object": "error", "status": 400, "code": "validation_error", "message": "no title"}).encode()
    server = wire(lambda handler: handler.reply(refusal, status=400, Content_Type="application/json"))
    with httpx.Client(transport=HttpxPlug(make_policy())) as inner:
        client = notion_client.Client(client=inner, auth="secret", base_url=server.url)
        with pytest.raises(notion_client.APIResponseError, match="no title"):
            client.pages.create(parent={}, properties={})
    assert len(server.seen) == 1


def test_httpx_repeats_and_gives_up_like_requests(respx_mock, make_policy, clock):
    respx_mock.get("https://api.example.com/a").mock(
        side_effect=[httpx.ConnectError("x"), httpx.ReadTimeout("x"), httpx.Response(200, json={"a": 1})]
    )
    writes = respx_mock.post("https://api.example.com/a").mock(side_effect=httpx.ReadError("x"))
    limited = respx_mock.get("https://api.example.com/b").mock(httpx.Response(429, headers={"Retry-After": "500"}))
    # respx replaces the transport below the plug, where the network would be.
    with httpx.Client(transport=HttpxPlug(make_policy())) as client:
        assert client.get("https://api.example.com/a").json() == {"a": 1}
        assert 3 <= clock.passed <= 3.75
        with pytest.raises(UnknownOutcomeError):
            client.post("https://api.example.com/a", content=iter([b"x"]))
        with pytest.raises(RateLimitedError) as caught:
            client.get("https://api.example.com/b")
    assert (writes.call_count, limited.call_count, caught.value.retry_after) == (1, 1, 500)


def test_httpx_holes_in_the_timeout_are_filled(make_policy):
    asked = []

    def answer(request):
        asked.append(request.extensions["timeout"])
        return httpx.Response(200, json={})

    policy = make_policy(timeout=(3, 7))
    with httpx.Client(transport=HttpxPlug(policy, httpx.MockTransport(answer)), timeout=None) as client:
        client.get("https://api.example.com/")
        client.get("https://api.example.com/", timeout=1)
    assert asked == [
        {"connect": 3, "read": 7, "write": 7, "pool": 3},
        dict.fromkeys(("connect", "read", "write", "pool"), 1),
    ]


def test_the_package_loads_no_http_library():
    code = "import sys, productops.sdk.transport; print({'requests', 'httpx', 'urllib3'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


def test_the_machines_own_clock():
    clock = SystemClock()
    before = clock.monotonic()
    clock.sleep(-1)
    clock.sleep(0.001)
    assert clock.monotonic() - before >= 0.001
    assert clock.now().utcoffset().total_seconds() == 0
