"""A loopback server of three services, in a process of its own, so that only the clients' CPU is measured."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.request import Request, urlopen


@contextmanager
def serving(latency: float = 0.0) -> Iterator[str]:
    """Serve in a process of its own and give the address; ``latency`` is what every answer waits, in seconds."""
    command = [sys.executable, "-m", "benchmarks.stub.server", "--latency", str(latency)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.communicate()  # its standard input ends, and so does it


def ask(url: str, path: str, method: str = "GET") -> Any:
    """Ask the stub itself."""
    with urlopen(Request(url + path, method=method)) as answer:
        return json.load(answer)


def requests(url: str) -> int:
    """Return how many requests all services saw so far."""
    return sum(ask(url, "/counts").values())


def reset(url: str, place: int) -> None:
    """Empty the table of a place and forget its changes."""
    ask(url, f"/reset?place={place}", "POST")


def change(url: str, place: int, count: int) -> None:
    """Let people edit the titles of so many issues of a place; the last call's issues are what changed lately."""
    ask(url, f"/change?place={place}&count={count}", "POST")
