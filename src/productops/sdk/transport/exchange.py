"""What the policy and its plugs say to each other: a call, a reply, a trouble, and the event others may watch."""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

_PROCESS_KEY = secrets.token_bytes(16)


class Settle(NamedTuple):
    """How long a service may take, in seconds: to commit a late write (D), and to show it in searches (V)."""

    commit: float
    visible: float


@dataclass(frozen=True, slots=True)
class RequestEvent:
    """One request as it went out, for progress and logs. Never holds a query, a header or a body."""

    system: str
    method: str
    path: str
    status: int | None  # None when there was no usable answer
    seconds: float
    request_id: str | None
    attempt: int


class Call(NamedTuple):
    """One thing a client wants done; it may take several attempts."""

    method: str
    url: str
    host: str  # with the port, when it is not the scheme's own
    path: str
    scope: Hashable
    credential: str
    safe: bool  # only reads, so it may be repeated
    repeatable: bool  # the body can be sent a second time
    loopback: bool
    parse: Callable[[bytes], Any]  # makes of a body what the client wants to see of it; ValueError: it is no JSON


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer. ``headers`` has names in lower case, ``body`` is decompressed, ``native`` is the client's own."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    native: Any


class Kind(Enum):
    """What went wrong with one attempt."""

    NOT_SENT = "could not be reached"
    UNTRUSTED = "has a certificate that could not be verified"
    LOST = "did not answer"
    GARBLED = "gave a broken answer"
    TOO_BIG = "gave a larger answer than is allowed"
    FAILED = "failed"


class Trouble(Exception):  # noqa: N818 - never leaves the transport, and is no error yet: the policy judges it
    """One attempt went wrong. ``reply`` is there when an answer was read."""

    def __init__(self, kind: Kind, why: str = "", reply: Reply | None = None) -> None:
        super().__init__(kind.value)
        self.kind: Kind = kind
        self.why: str = why
        self.reply: Reply | None = reply


@lru_cache(maxsize=256)
def place_of(scheme: str, netloc: str) -> tuple[str, bool]:
    """Return the host as :func:`host_of` does, and whether it is this machine. Kept: every request asks."""
    url = f"{scheme}://{netloc}"
    return host_of(url), is_loopback(url)


def credential_key(header: str | bytes | None) -> str:
    """Return a short key for a credential; it differs in each process and cannot be turned back."""
    raw = header.encode("utf-8", "replace") if isinstance(header, str) else header or b""
    return hashlib.blake2b(raw, key=_PROCESS_KEY, digest_size=8).hexdigest() if raw else ""


def host_of(url: str) -> str:
    """Return host, and port unless it is the scheme's own, in lower case."""
    parts = urlsplit(url)
    usual = {"http": 80, "https": 443}.get(parts.scheme.lower())
    return f"{parts.hostname or ''}" + (f":{parts.port}" if parts.port not in (None, usual) else "")


def is_loopback(url: str) -> bool:
    """Tell whether a URL points at this machine."""
    name = (urlsplit(url).hostname or "").rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def collect(chunks: Iterable[bytes], *, max_bytes: int, deadline: float, monotonic: Callable[[], float]) -> bytes:
    """Join decompressed chunks, and stop as soon as they are too many or trickle for too long."""
    read, size = [], 0
    for chunk in chunks:
        read.append(chunk)
        size += len(chunk)
        if size > max_bytes:
            raise Trouble(Kind.TOO_BIG, f"more than {max_bytes} bytes")
        if monotonic() > deadline:
            raise Trouble(Kind.LOST, "the answer trickled in for too long")
    return b"".join(read)


def check_length(method: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Raise ``Trouble`` when a body is shorter or longer than announced. A compressed body's length says nothing."""
    announced = headers.get("content-length", "")
    bodiless = method == "HEAD" or status in (204, 304)
    if bodiless or not announced.isdecimal() or headers.get("content-encoding", "identity") != "identity":
        return
    if int(announced) != len(body):
        raise Trouble(Kind.GARBLED, f"{len(body)} of {announced} bytes arrived")
