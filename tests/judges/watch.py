"""All traffic of the test suite is judged by the official documents, as it happens.

Every request that the Jira and the Notion connector send is judged where it leaves the library, and every answer of the
imitated services where it leaves them, before any fault spoils it. What looks like something that was judged before,
but for its words and numbers, is passed over. The documents lie beside the checkout; without them nothing is judged.
"""

from __future__ import annotations

import os
import re
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
import requests

from judges.judging import Judge
from judges.openapi import JiraJudge
from judges.openapi_notion import NotionJudge
from productops.sdk.transport.httpx_plug import HttpxPlug
from productops.sdk.transport.requests_plug import RequestsPlug
from productops.testing.sandbox.endpoint import Endpoint
from productops.testing.sandbox.jira import JiraSandbox
from productops.testing.sandbox.notion import Notion
from productops.testing.sandbox.plugs import as_wire
from productops.testing.sandbox.wire import Answer, Request
from shared import ROOT

# Version 2 of Jira has no document; what is no interface (attachments, a page to sign in) is in none.
IN_SCOPE = {"jira": re.compile(r"/rest/api/3/"), "notion": re.compile(r"/v1/")}
# No connector there: invented paths and bodies, sent on purpose.
ELSEWHERE = ("tests/sdk/transport/", "tests/test_benchmarks.py")
_IDS = re.compile(r"/(?:[A-Z][A-Z0-9_]*-\d+|\d+|[0-9a-f]{8}-?[0-9a-f-]{20,})(?=/|$)")
_TEXTS = re.compile(rb':\s*"(?:[^"\\]|\\.)*"')
_KINDS = re.compile(rb'"(type|object|operation)":\s*"(\w+)"')
_NUMBERS = re.compile(rb":\s*-?\d[\d.eE+-]*")


class Watch:
    """Judges what it is shown, once for each shape, and keeps the complaints."""

    def __init__(self, judges: dict[str, Judge]) -> None:
        self.judges = judges
        self.complaints: list[str] = []
        self.counts: Counter[str] = Counter()
        self._known: set[tuple[Any, ...]] = set()
        self._lock = threading.Lock()

    def request(self, system: str, request: Request) -> None:
        """Judge a request of a connector."""
        judge = self._judge(system, request)
        if judge is not None and not os.environ.get("PYTEST_CURRENT_TEST", "").startswith(ELSEWHERE):
            query = tuple(sorted(name for name, _ in request.query))
            version = request.headers.get("notion-version")
            shape = (
                "request",
                system,
                request.method,
                _IDS.sub("/*", request.path),
                query,
                version,
                _shape(request.body),
            )
            self._once(shape, lambda: judge.check_request(request))

    def answer(self, system: str, request: Request, answer: Answer) -> None:
        """Judge an answer of an imitated service."""
        judge = self._judge(system, request)
        if judge is not None and judge.knows(request):  # what it says of nonsense is its own affair
            version = request.headers.get("notion-version")
            path = _IDS.sub("/*", request.path)
            shape = ("answer", system, request.method, path, answer.status, version, _shape(answer.body))
            self._once(shape, lambda: judge.check_answer(request, answer))

    def tell(self) -> None:
        """Fail the test that is running when there is something to complain about."""
        complaints, self.complaints = self.complaints, []
        if complaints:
            pytest.fail("\n".join(["the official documents complain:", *complaints[:20]]), pytrace=False)

    def _judge(self, system: str, request: Request) -> Judge | None:
        scope = IN_SCOPE.get(system)
        return self.judges.get(system) if scope and scope.match(request.path) else None

    def _once(self, shape: tuple[Any, ...], judged: Callable[[], list[str]]) -> None:
        with self._lock:
            self.counts[f"{shape[1]} {shape[0]}s"] += 1
            key = (*shape[:-1], hash(shape[-1]))
            if key in self._known:
                return
            self._known.add(key)
            self.counts[f"{shape[1]} {shape[0]}s judged"] += 1
            self.complaints += [f"{shape[1]} {shape[0]}: {text}" for text in judged()]


def watch() -> Watch | None:
    """Return a watch with a judge for every document, or None where they are not beside the checkout."""
    judges: dict[str, type[Judge]] = {"jira": JiraJudge, "notion": NotionJudge}
    if not all((ROOT / "specs" / judge.spec).exists() for judge in judges.values()):
        return None
    return Watch({system: judge() for system, judge in judges.items()})


def _shape(body: bytes) -> bytes:
    """Return a body without its words and numbers; what tells kinds apart stays."""
    return _NUMBERS.sub(b":0", _TEXTS.sub(b':""', _KINDS.sub(rb'"\1":\2', body)))


def install(patch: pytest.MonkeyPatch, watch: Watch) -> None:
    """Show a watch everything that leaves the connectors and the imitated services."""
    meet, send, handle = Endpoint._meet, RequestsPlug.send, HttpxPlug.handle_request
    services = {JiraSandbox: "jira", Notion: "notion"}

    def met(self: Endpoint, request: Request, now: Any, fault: Any) -> Any:
        outcome, struck = meet(self, request, now, fault)
        if struck is None and outcome.answer is not None:
            watch.answer(services.get(type(self.service), ""), request, outcome.answer)
        return outcome, struck

    def sent(self: RequestsPlug, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        if self.policy.system in IN_SCOPE:
            watch.request(self.policy.system, as_wire(request))
        return send(self, request, *args, **options)

    def handled(self: HttpxPlug, request: httpx.Request) -> httpx.Response:
        if self.policy.system in IN_SCOPE:
            parts = urlsplit(str(request.url))
            query = tuple(parse_qsl(parts.query, keep_blank_values=True))
            headers = {name.lower(): value for name, value in request.headers.items()}
            watch.request(self.policy.system, Request(request.method, parts.path, query, headers, request.read()))
        return handle(self, request)

    patch.setattr(Endpoint, "_meet", met)
    patch.setattr(RequestsPlug, "send", sent)
    patch.setattr(HttpxPlug, "handle_request", handled)
