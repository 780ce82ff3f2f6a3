"""The plug with a socket: one service behind a real HTTP server on loopback."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections import Counter, deque
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl

from productops.testing.sandbox.clock import Clock, VirtualClock
from productops.testing.sandbox.endpoint import Endpoint, Exchange, Outcome
from productops.testing.sandbox.faults import Script
from productops.testing.sandbox.wire import Request, Service

if TYPE_CHECKING:
    import uvicorn
    from starlette.types import Receive, Scope, Send

START_LIMIT = 10.0  # seconds
REMEDY = 'the loopback sandbox needs starlette and uvicorn: pip install "productops[sandbox]"'
Peer = tuple[str, int]


class Server:
    """A service on a loopback HTTP server, in a daemon thread; a context manager.

    ``url`` is where it listens; ``faults``, ``counts`` and ``log`` are those of its endpoint. Takes a service or a
    ready ``Endpoint``. Raises ``ImportError`` with a remedy when the extra ``sandbox`` is not installed.

    Example::

        with Server(Airtable.from_json(seed)) as airtable:
            api = pyairtable.Api("patSandbox", endpoint_url=airtable.url)
            airtable.faults.add("POST", r"/v0/.*", "drop_after_commit", times=1)
    """

    def __init__(self, service: Service | Endpoint, *, clock: Clock | None = None, port: int = 0) -> None:
        self.endpoint: Endpoint = service if isinstance(service, Endpoint) else Endpoint(service, clock=clock)
        self.port: int = port
        self._transports: dict[Peer, asyncio.Transport] = {}
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def service(self) -> Service:
        """The service behind the server."""
        return self.endpoint.service

    @property
    def faults(self) -> Script:
        """The faults to come; add to them at any time."""
        return self.endpoint.faults

    @property
    def counts(self) -> Counter[tuple[str, str]]:
        """Requests met so far, per (method, route)."""
        return self.endpoint.counts

    @property
    def log(self) -> deque[Exchange]:
        """The last exchanges, without credentials."""
        return self.endpoint.log

    @property
    def url(self) -> str:
        """Where the server listens, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Self:
        """Start listening and return when requests are answered.

        Raises ``OSError`` when the port is taken, ``RuntimeError`` when the server does not start.
        """
        try:
            import uvicorn
        except ImportError as error:
            raise ImportError(REMEDY) from error
        # With the protocol named asyncio sends small packets at once; otherwise each answer waits 40 ms for the client.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", self.port))
        except OSError:
            listener.close()
            raise
        self.port = listener.getsockname()[1]
        config = uvicorn.Config(
            self._app,
            http=watching_protocol(self._transports),
            ws="none",
            interface="asgi3",
            lifespan="off",
            proxy_headers=False,  # the client must stay the socket's own peer
            log_config=None,
            access_log=False,
            date_header=False,  # the endpoint's clock dates the answers
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, args=(listener,), name="sandbox", daemon=True)
        self._thread.start()
        deadline = time.monotonic() + START_LIMIT
        while not self._server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                raise RuntimeError(f"the sandbox did not start on port {self.port}")
            time.sleep(0.002)
        return self

    def stop(self) -> None:
        """Stop listening and wait for the thread to end."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(START_LIMIT)
        self._server = self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self, listener: socket.socket) -> None:
        server = self._server
        if server is not None:
            with listener:
                asyncio.run(server.serve(sockets=[listener]))

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = await read_request(scope, receive)
        outcome = self.endpoint.exchange(request)
        if outcome.late is not None:
            asyncio.get_running_loop().call_later(outcome.late + 0.01, self.endpoint.settle)
        if isinstance(self.endpoint.clock, VirtualClock):
            self.endpoint.clock.sleep(outcome.delay)
        else:
            await asyncio.sleep(outcome.delay)
        if outcome.answer is None or outcome.cut is not None:
            await self._break_off(outcome, scope, receive, send)
            return
        await send(head(outcome.answer.status, outcome.answer.headers, len(outcome.answer.body)))
        await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else outcome.answer.body})

    async def _break_off(self, outcome: Outcome, scope: Scope, receive: Receive, send: Send) -> None:
        """Close the client's connection before the answer is whole, which ASGI itself has no word for."""
        transport = self._transports[tuple(scope["client"])]
        if outcome.answer is not None:
            await send(head(outcome.answer.status, outcome.answer.headers, len(outcome.answer.body)))
            part = outcome.answer.body[: outcome.cut]
            await send({"type": "http.response.body", "body": part, "more_body": True})
        transport.close()
        while (await receive())["type"] != "http.disconnect":
            pass


def head(status: int, headers: Any, length: int) -> dict[str, Any]:
    """Return the ASGI message that starts an answer of ``length`` bytes."""
    pairs = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    pairs.append((b"content-length", str(length).encode()))
    return {"type": "http.response.start", "status": status, "headers": pairs}


async def read_request(scope: Scope, receive: Receive) -> Request:
    """Read one ASGI request to its end."""
    try:
        from starlette.requests import Request as StarletteRequest
    except ImportError as error:
        raise ImportError(REMEDY) from error
    incoming = StarletteRequest(scope, receive)
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    path = scope["raw_path"].decode("latin-1")
    return Request(incoming.method, path, tuple(query), dict(incoming.headers), await incoming.body())


def watching_protocol(transports: dict[Peer, asyncio.Transport]) -> type[asyncio.Protocol]:
    """Return uvicorn's HTTP protocol, noting the transport of every client while it is connected."""
    from uvicorn.protocols.http.h11_impl import H11Protocol

    class Watching(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
            transports[transport.get_extra_info("peername")] = transport
            super().connection_made(transport)

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            for peer in [peer for peer, known in transports.items() if known is self.transport]:
                del transports[peer]

    return Watching
