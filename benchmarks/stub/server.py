"""A loopback server of the three services, in a process of its own, so that only the clients' CPU is measured.

``python -m benchmarks.stub.server --latency 0.05`` prints its port and serves until its standard input closes. Beyond
the services it answers ``GET /counts`` (requests so far), ``POST /reset?place=`` and ``POST /change?place=&count=``.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from email.utils import formatdate
from urllib.parse import parse_qs, unquote, urlsplit

import orjson

from benchmarks.stub.airtable import Airtable
from benchmarks.stub.jira import Jira
from benchmarks.stub.notion import Notion


class Stub:
    """The services, the number of requests they saw, and the seconds they let each of them wait."""

    def __init__(self, latency: float = 0.0) -> None:
        self.jira, self.airtable, self.notion, self.latency = Jira(), Airtable(), Notion(), latency
        self.counts = {"jira": 0, "airtable": 0, "notion": 0}

    def handle(self, method: str, target: str, body: bytes) -> bytes:
        """Return the answer's body."""
        parts = urlsplit(target)
        path, query = unquote(parts.path), parse_qs(parts.query)
        if path == "/counts":
            return orjson.dumps(self.counts)
        if path in ("/reset", "/change"):
            place = int(query["place"][0])
            if path == "/reset":
                self.jira.reset(place)
                self.airtable.reset(place)
            else:
                self.jira.change(place, int(query["count"][0]))
            return b"{}"
        if path.startswith("/rest/"):
            self.counts["jira"] += 1
            return self.jira.handle(method, path, {name: values[0] for name, values in query.items()}, body)
        if path.startswith("/v1/"):
            self.counts["notion"] += 1
            return self.notion.handle(method, path, query, body)
        self.counts["airtable"] += 1
        return self.airtable.handle(method, path, query, body)


class Connection(asyncio.Protocol):
    """One keep-alive connection; requests come with a Content-Length or without a body."""

    def __init__(self, stub: Stub) -> None:
        self.stub, self.buffer = stub, b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            first, *lines = self.buffer[:end].split(b"\r\n")
            headers = dict(line.lower().split(b": ", 1) for line in lines if b": " in line)
            size = end + 4 + int(headers.get(b"content-length", 0))
            if len(self.buffer) < size:
                return
            body, self.buffer = self.buffer[end + 4 : size], self.buffer[size:]
            method, target, _version = first.decode().split(" ")
            answer = self._answer(method, target, body)
            asyncio.get_running_loop().call_later(self.stub.latency, self._write, answer)

    def _answer(self, method: str, target: str, body: bytes) -> bytes:
        try:
            status, shown = b"200 OK", self.stub.handle(method, target, body)
        except Exception as error:  # a request the stub does not know must be seen by who sent it
            status, shown = b"404 Not Found", orjson.dumps({"message": f"{method} {target[:200]}: {error!r}"})
        head = b"HTTP/1.1 %b\r\nContent-Type: application/json;charset=UTF-8\r\nDate: %b\r\nContent-Length: %d\r\n\r\n"
        return head % (status, formatdate(usegmt=True).encode(), len(shown)) + shown

    def _write(self, answer: bytes) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(answer)


async def serve(latency: float) -> None:
    """Serve until standard input ends."""
    loop, stub = asyncio.get_running_loop(), Stub(latency)
    server = await loop.create_server(lambda: Connection(stub), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that every answer waits")
    asyncio.run(serve(parser.parse_args().latency))
