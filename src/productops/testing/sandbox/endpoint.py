"""What all plugs share: a service on a clock, its faults, its request counts and its log."""

from __future__ import annotations

import re
import threading
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Protocol, runtime_checkable

from productops.testing.sandbox.clock import Clock, SystemClock, VirtualClock
from productops.testing.sandbox.faults import PAGE_KINDS, SERVICE_KINDS, Fault, Misbehaves, Refuses, Script
from productops.testing.sandbox.pages import spoil
from productops.testing.sandbox.wire import Answer, Request, Service

HIDDEN = "[hidden]"
SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization", "x-api-key"})
SECRET_PARAMS = frozenset({"access_token", "api_key", "client_secret", "refresh_token", "token"})
LOGIN_PAGE = b"<!doctype html><html><head><title>Sign in</title></head><body><form>Sign in</form></body></html>"
PLAIN_STATUS = {"rate_limited": 429, "error_500": 500, "bad_gateway_before": 502, "unavailable": 503}
PLAIN_STATUS |= {
    "unauthorized": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "gateway_timeout_before": 504,
    "overloaded": 529,
}
GATEWAY_PAGE = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


@runtime_checkable
class Routes(Protocol):
    """A service that names the route of a path itself."""

    def route(self, path: str) -> str:
        """Return the path with ids and names replaced by ``*``."""
        ...


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request as it was met. ``answer`` is None where the client got none; credentials are left out."""

    request: Request
    answer: Answer | None
    at: datetime
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a plug has to show its client.

    ``answer`` None means: close the connection without an answer. ``delay`` is in seconds, before the
    answer. ``cut`` is how many bytes of the body to send before closing the connection. ``late`` is in how
    many seconds the endpoint has a late commit to carry out.
    """

    answer: Answer | None
    delay: float = 0.0
    cut: int | None = None
    late: float | None = None


class Endpoint:
    """A service on a clock, with its faults, counts and log; the plugs stand on this.

    ``faults`` may be added to at any time. ``counts`` holds the number of requests per (method, route).
    ``log`` holds the last ``log_size`` exchanges. ``latency`` is what every answer takes, in seconds.
    ``side`` names the endpoint for seeded faults, whose operation is "METHOD route" and whose attempt is the
    number of such requests met before.
    """

    def __init__(
        self,
        service: Service,
        *,
        clock: Clock | None = None,
        faults: Script | None = None,
        side: str = "",
        latency: float = 0.0,
        log_size: int = 1000,
    ) -> None:
        self.service = service
        self._routes = service if isinstance(service, Routes) else None  # asked once: it is a slow question
        self.clock: Clock = clock or SystemClock()
        self.faults: Script = faults if faults is not None else Script()
        self.side = side
        self.latency = latency
        self.counts: Counter[tuple[str, str]] = Counter()
        self.log: deque[Exchange] = deque(maxlen=log_size)
        self.lock: threading.RLock = threading.RLock()
        self._late: list[tuple[datetime, Request]] = []
        if isinstance(self.clock, VirtualClock):
            self.clock.watch(self.settle)

    def exchange(self, request: Request) -> Outcome:
        """Take one request through faults and service; one at a time, whatever the number of threads."""
        with self.lock:
            self.settle()
            now = self.clock.now()
            operation = (request.method, self._route(request.path))
            attempt = self.counts[operation]
            self.counts[operation] += 1
            fault = self.faults.pick(request, self.side, " ".join(operation), attempt)
            outcome, fault = self._meet(request, now, fault)
            if outcome.answer is not None:
                outcome = replace(outcome, answer=self._labelled(outcome.answer, now))
            self.log.append(Exchange(without_credentials(request), outcome.answer, now, fault))
            return replace(outcome, delay=outcome.delay + self.latency)

    def settle(self) -> None:
        """Carry out the late commits whose time has come; runs by itself before every request."""
        with self.lock:
            now = self.clock.now()
            due = sorted((item for item in self._late if item[0] <= now), key=lambda item: item[0])
            self._late = [item for item in self._late if item[0] > now]
            for at, request in due:
                self.service.handle(request, at)

    def requests(self, method: str = "*", path: str = ".*") -> int:
        """Return how many requests of a method (``"*"``: any) were met whose route matches the pattern."""
        found = ((m, r) for m, r in self.counts if method in ("*", m) and re.fullmatch(path, r))
        return sum(self.counts[key] for key in found)

    def _meet(self, request: Request, now: datetime, fault: Fault | None) -> tuple[Outcome, Fault | None]:
        if fault is None:
            return Outcome(self.service.handle(request, now)), None
        if fault.kind in SERVICE_KINDS:
            service = self.service
            bad = service.misbehave(fault, request, now) if isinstance(service, Misbehaves) else None
            return (Outcome(bad), fault) if bad else (Outcome(service.handle(request, now)), None)
        if fault.kind in PAGE_KINDS:
            whole = self.service.handle(request, now)
            spoilt = spoil(fault.kind, whole)
            return (Outcome(spoilt), fault) if spoilt else (Outcome(whole), None)
        if fault.kind in PLAIN_STATUS:
            return Outcome(self._refusal(PLAIN_STATUS[fault.kind], fault, now)), fault
        return self._disturb(request, now, fault), fault

    def _disturb(self, request: Request, now: datetime, fault: Fault) -> Outcome:
        if fault.kind == "drop_before_commit":
            return Outcome(None)
        if fault.kind == "late_commit":
            self._late.append((now + timedelta(seconds=fault.span), request))
            return Outcome(None, late=fault.span)
        if fault.kind == "login_page":
            return Outcome(Answer(200, {"Content-Type": "text/html; charset=utf-8"}, LOGIN_PAGE))
        if fault.kind == "html_502":
            return Outcome(Answer(502, {"Content-Type": "text/html"}, GATEWAY_PAGE))
        answer = self.service.handle(request, now)
        half = len(answer.body) // 2
        match fault.kind:
            case "drop_after_commit":
                return Outcome(None)
            case "bad_gateway_after" | "gateway_timeout_after":
                return Outcome(self._refusal(502 if fault.kind == "bad_gateway_after" else 504, fault, now))
            case "malformed":
                return Outcome(replace(answer, body=answer.body[:half]))
            case "truncated":
                return Outcome(answer, cut=half)
            case _:
                return Outcome(answer, delay=fault.span)

    def _refusal(self, status: int, fault: Fault, now: datetime) -> Answer:
        service = self.service
        plain = Answer.of({"error": {"type": f"HTTP_{status}", "message": "The sandbox was told to fail"}}, status)
        answer = service.refusal(status) if isinstance(service, Refuses) else plain
        if fault.retry_after is None:
            return answer
        later = format_datetime(now + timedelta(seconds=fault.span), usegmt=True)
        value = later if fault.retry_after == "date" else f"{fault.retry_after:g}"
        return replace(answer, headers={**answer.headers, "Retry-After": value})

    def _labelled(self, answer: Answer, now: datetime) -> Answer:
        """Add the date, and what a client on loopback may learn: settle times and the allowed rate."""
        labels = {"Date": format_datetime(now, usegmt=True)}
        if settle := getattr(self.service, "settle", None):
            labels["X-Sandbox-Settle"] = ",".join(f"{seconds:g}" for seconds in settle)
        if rate := getattr(self.service, "requests_per_second", None):
            labels["X-Sandbox-Rate"] = f"{rate:g}"
        return replace(answer, headers={**labels, **answer.headers})

    def _route(self, path: str) -> str:
        if self._routes is not None:
            return self._routes.route(path)
        return "/".join("*" if len(part) > 3 and re.search(r"\d", part) else part for part in path.split("/"))


def without_credentials(request: Request) -> Request:
    """Return the request with every credential replaced."""
    headers = {name: HIDDEN if name in SECRET_HEADERS else value for name, value in request.headers.items()}
    return replace(request, headers=headers, query=_without_secrets(request.query))


def _without_secrets(query: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, HIDDEN if name.lower() in SECRET_PARAMS else value) for name, value in query)
