"""The Notion service: who may ask, how often, and what each path means."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal, Self

from productops.testing.sandbox.clock import Clock, SystemClock
from productops.testing.sandbox.faults import Fault
from productops.testing.sandbox.notion import routes
from productops.testing.sandbox.notion.call import Call, Mood
from productops.testing.sandbox.notion.hands import WorkspaceHand
from productops.testing.sandbox.notion.limits import Limits
from productops.testing.sandbox.notion.query import CAP, Queries
from productops.testing.sandbox.notion.refusal import RefusedError, by_status, invalid, limited
from productops.testing.sandbox.notion.seed import plant
from productops.testing.sandbox.notion.source_hand import SourceHand
from productops.testing.sandbox.notion.world import VERSIONS, Ids, Token, World
from productops.testing.sandbox.wire import Answer, Request

BODY_LIMIT = 500_000  # bytes
FORM_LIMIT = 20_000_000  # bytes of a file sent in one piece
CALM = Mood()


class Notion:
    """An imitated Notion workspace, versions 2025-09-03 and 2026-03-11.

    ``limits`` is ``"real"`` (three requests a second on average and token, with a burst), a factor that makes them
    milder, or None for none. ``search_lag`` is how many seconds ``/search`` is behind; ``unfound`` holds ids that it
    never finds. ``cap`` is how many rows one query yields. With ``bodies_touch_pages`` False an edit of a block through
    the interface leaves the times of its page alone, which users report. ``clock`` only dates what a person does.
    ``settle`` is (D, V): the latest late commit and the lag of queries to reckon with, in seconds.

    >>> notion = Notion.from_json({"databases": [{"title": "Work", "sources": [
    ...     {"properties": {"Name": "title"}, "rows": [{"Name": "Dark mode"}]}]}]})
    >>> [row["Name"] for row in notion.source("Work").rows()]
    ['Dark mode']
    """

    settle: tuple[float, float] = (1.0, 0.0)

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        limits: Literal["real"] | float | None = "real",
        seed: int = 0,
        search_lag: float = 5.0,
        cap: int = CAP,
        bodies_touch_pages: bool = True,
    ) -> None:
        self.world: World = World(Ids(seed))
        self.numbers: Ids = Ids(seed + 1)
        self.tokens: dict[str, Token] = {}
        self.clock: Clock = clock or SystemClock()
        self.limits: Limits = Limits(limits)
        self.queries: Queries = Queries(cap)
        self.search_lag = search_lag
        self.bodies_touch_pages = bodies_touch_pages
        self.unfound: set[str] = set()
        self.lock: threading.RLock = threading.RLock()

    @classmethod
    def from_json(cls, data: dict[str, Any], **options: Any) -> Self:
        """Build a workspace from a seed; ``options`` are those of the class. Raises ``SeedError`` naming the place."""
        made = cls(**options)
        plant(data, made)
        return made

    @property
    def requests_per_second(self) -> float | None:
        """Requests a second and token, or None without limits."""
        return self.limits.rate

    @property
    def hands(self) -> WorkspaceHand:
        """The workspace, for acting as a person in it."""
        return WorkspaceHand(self)

    def source(self, key: str) -> SourceHand:
        """Return a source by its id or name, or that of its database, for acting as a person. Raises ``KeyError``."""
        return self.hands.source(key)

    def handle(self, request: Request, now: datetime) -> Answer:
        """Answer one request."""
        return self._handle(request, now, CALM)

    def misbehave(self, fault: Fault, request: Request, now: datetime) -> Answer | None:
        """Answer badly: a part of the blocks sent, an old page, a cursor that leads nowhere new."""
        if fault.kind == "partial_batch":
            part = first_of_batch(request, fault.keep)
            if part is None or self._handle(part, now, CALM).status != 200:
                return None
            return self.refusal(500)
        found = routes.find(request.method, request.path)
        if found is None or (request.method, found[0]) not in routes.LISTS:
            return None
        if fault.kind != "repeated_token" and request.method != "POST":
            return None
        mood = Mood(
            lag=fault.span if fault.kind == "search_lag" else 0.0,
            stale=fault.span if fault.kind == "stale_page" else 0.0,
            repeat=fault.kind == "repeated_token",
        )
        return self._handle(request, now, mood)

    def refusal(self, status: int) -> Answer:
        """Return the service's own body for a status."""
        return by_status(status).answer(self.numbers.new())

    def route(self, path: str) -> str:
        """Return the path with ids replaced by ``*``."""
        return routes.named(path)

    def __getstate__(self) -> dict[str, Any]:
        """Copy everything but the lock, so that campaigns can keep copies of a workspace."""
        return {name: value for name, value in self.__dict__.items() if name != "lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.lock = threading.RLock()

    def _handle(self, request: Request, now: datetime, mood: Mood) -> Answer:
        with self.lock:
            number = self.numbers.new()
            try:
                value = self._answer(request, now, mood)
            except RefusedError as refused:
                return refused.answer(number)
            return Answer.of({**value, "request_id": number}, headers={"x-notion-request-id": number})

    def _answer(self, request: Request, now: datetime, mood: Mood) -> dict[str, Any]:
        found = routes.find(request.method, request.path) if request.path.startswith("/v1/") else None
        token = self._token(request)
        if found is None:
            raise RefusedError(400, "invalid_request_url", "Invalid request URL.")
        version = self._version(request)
        if wait := self.limits.wait(token.secret, now):
            raise limited(wait)
        if len(request.body) > (FORM_LIMIT if found[0].endswith("/send") else BODY_LIMIT):
            raise invalid(f"body failed validation: the size of the body should be ≤ `{BODY_LIMIT}` bytes.")
        _, function, values = found
        return function(Call(self.world, request, token, now, version, mood, self), *values)

    def _token(self, request: Request) -> Token:
        kind, _, secret = request.headers.get("authorization", "").partition(" ")
        token = self.tokens.get(secret.strip())
        if kind.lower() != "bearer" or token is None:
            raise by_status(401)
        return token

    def _version(self, request: Request) -> str:
        version = request.headers.get("notion-version")
        head = "Notion-Version header failed validation: Notion-Version header should be"
        if version is None:
            raise RefusedError(400, "missing_version", f"{head} defined, instead was `undefined`.")
        if version not in VERSIONS:
            known = " or ".join(f'`"{one}"`' for one in VERSIONS)
            raise RefusedError(400, "validation_error", f'{head} {known}, instead was `"{version}"`.')
        return version


def first_of_batch(request: Request, keep: int) -> Request | None:
    """Return a write of only the first blocks of several, or None where there are none to cut."""
    if request.method not in ("POST", "PATCH"):
        return None
    try:
        body = request.json()
    except ValueError:
        return None
    children = body.get("children") if isinstance(body, dict) else None
    if not isinstance(children, list) or len(children) < 2:
        return None
    return replace(request, body=json.dumps({**body, "children": children[: min(keep, len(children) - 1)]}).encode())
