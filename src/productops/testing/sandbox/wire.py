"""The request and the answer every imitated service speaks, and nothing of any transport.

A service is a pure state machine: ``handle(request, now) -> answer``. It never sleeps, never
reads the clock and never opens a socket; time arrives as ``now``. The three plugs (requests
adapter, httpx transport, loopback HTTP server) translate to and from these two values, so the
same service runs in one thread under a virtual clock and behind a real socket.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request as a service sees it. ``path`` is percent-decoded per segment by the service, not here."""

    method: str
    path: str
    query: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case
    body: bytes = b""

    def json(self) -> Any:
        """Return the body as JSON. Raises ``ValueError`` when it is not JSON."""
        return json.loads(self.body)

    def param(self, name: str, default: str | None = None) -> str | None:
        """Return the last value of a query parameter."""
        return next((value for key, value in reversed(self.query) if key == name), default)

    def params(self, name: str) -> list[str]:
        """Return every value of a repeated query parameter, in order."""
        return [value for key, value in self.query if key == name]


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer. ``headers`` names are as they go out on the wire."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @classmethod
    def of(cls, value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
        """Build a JSON answer."""
        content = {"Content-Type": "application/json;charset=UTF-8", **(headers or {})}
        return cls(status, content, json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


class Service(Protocol):
    """An imitated service: a pure state machine over requests and time."""

    def handle(self, request: Request, now: datetime) -> Answer:
        """Answer one request at the given (aware, UTC) time."""
        ...
