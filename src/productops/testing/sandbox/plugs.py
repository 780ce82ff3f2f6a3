"""The plugs without sockets: a requests adapter and an httpx transport, in the caller's thread.

Time passes on the endpoint's clock, so under a ``VirtualClock`` nothing ever waits. A fault shows the
way the library itself would show it. Retries that a client leaves to urllib3 (pyairtable's are such)
live in requests' own adapter, which this one replaces: they only happen against the loopback server.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from http.client import RemoteDisconnected, responses
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers
from urllib3 import HTTPResponse

from productops.testing.sandbox.endpoint import Endpoint
from productops.testing.sandbox.wire import Answer, Request

GONE = "Remote end closed connection without response"


class RequestsPlug(BaseAdapter):
    """A requests adapter that answers from a sandbox endpoint instead of the network.

    Example: ``session.mount("https://", RequestsPlug(Endpoint(service, clock=VirtualClock())))``. Raises what requests
    raises: ``ConnectionError`` on a dropped connection, ``ReadTimeout`` when the answer is slower than the timeout.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__()
        self.endpoint = endpoint

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float | None, float | None] | None = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Answer one prepared request."""
        outcome = self.endpoint.exchange(as_wire(request))
        patience = timeout[1] if isinstance(timeout, tuple) else timeout
        if patience is not None and outcome.delay > patience:
            self.endpoint.clock.sleep(patience)
            raise requests.ReadTimeout(f"Read timed out. (read timeout={patience})", request=request)
        self.endpoint.clock.sleep(outcome.delay)
        if outcome.answer is None:
            raise requests.ConnectionError(("Connection aborted.", RemoteDisconnected(GONE)), request=request)
        return self._response(request, outcome.answer, outcome.cut)

    def close(self) -> None:
        """Nothing to close."""

    def _response(self, request: requests.PreparedRequest, answer: Answer, cut: int | None) -> requests.Response:
        response = requests.Response()
        response.status_code = answer.status
        response.reason = responses.get(answer.status, "")
        response.headers = CaseInsensitiveDict({**answer.headers, "Content-Length": str(len(answer.body))})
        response.encoding = get_encoding_from_headers(response.headers)
        # urllib3 compares the length with what it reads, and so notices a body cut short.
        response.raw = HTTPResponse(
            body=io.BytesIO(answer.body[:cut]),
            headers=dict(response.headers),
            status=answer.status,
            reason=response.reason,
            preload_content=False,
            request_method=request.method,
        )
        response.url = request.url or ""
        response.request = request
        return response


def as_wire(request: requests.PreparedRequest) -> Request:
    """Translate a prepared request of the requests library."""
    parts = urlsplit(request.url or "")
    headers = {name.lower(): _text(value) for name, value in request.headers.items()}
    return Request(
        (request.method or "GET").upper(),
        parts.path or "/",
        tuple(parse_qsl(parts.query, keep_blank_values=True)),
        headers,
        _bytes(request.body),
    )


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _bytes(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes | bytearray):
        return bytes(body)
    if hasattr(body, "read"):
        return _bytes(body.read())
    return b"".join(_bytes(part) for part in body)


class _CutStream(httpx.SyncByteStream):
    """A body that breaks off, as httpx tells of it."""

    def __init__(self, part: bytes) -> None:
        self.part = part

    def __iter__(self) -> Iterator[bytes]:
        yield self.part
        raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")


class HttpxPlug(httpx.BaseTransport):
    """An httpx transport that answers from a sandbox endpoint instead of the network.

    Example: ``httpx.Client(transport=HttpxPlug(Endpoint(service, clock=VirtualClock())))``. Raises what httpx raises:
    ``RemoteProtocolError`` on a dropped connection, ``ReadTimeout`` when the answer is slower than the timeout.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        raw_path, _, query = request.url.raw_path.decode("ascii").partition("?")
        headers = {name.lower(): value for name, value in request.headers.items()}
        wire = Request(
            request.method.upper(), raw_path, tuple(parse_qsl(query, keep_blank_values=True)), headers, request.read()
        )
        outcome = self.endpoint.exchange(wire)
        patience = request.extensions.get("timeout", {}).get("read")
        if patience is not None and outcome.delay > patience:
            self.endpoint.clock.sleep(patience)
            raise httpx.ReadTimeout("The read operation timed out", request=request)
        self.endpoint.clock.sleep(outcome.delay)
        if outcome.answer is None:
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.", request=request)
        answer = outcome.answer
        headers_out = {**answer.headers, "Content-Length": str(len(answer.body))}
        if outcome.cut is None:
            return httpx.Response(answer.status, headers=headers_out, content=answer.body)
        return httpx.Response(answer.status, headers=headers_out, stream=_CutStream(answer.body[: outcome.cut]))
