"""The Productboard service: who may ask, how often, and what each path means."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Literal, Self

from productops.testing.sandbox.clock import Clock, SystemClock
from productops.testing.sandbox.faults import Fault
from productops.testing.sandbox.productboard import acts, relations, shown, staff
from productops.testing.sandbox.productboard.filters import Test, queried, searched
from productops.testing.sandbox.productboard.hands import Hands
from productops.testing.sandbox.productboard.refusal import RefusedError, invalid, missing, no_route
from productops.testing.sandbox.productboard.seed import STANDARD_TOKEN, plant
from productops.testing.sandbox.productboard.world import ENTITIES, NOTES, SCOPES, Column, Thing, World
from productops.testing.sandbox.wire import Answer, Request

PER_SECOND = 50.0
VERBS = {"GET": "read", "DELETE": "delete"}
_ID = re.compile(r"/[0-9a-f]{8}-[0-9a-f-]{27}")
Found = tuple[int, Any]


class Productboard(Hands):
    """An imitated workspace.

    Args:
        clock: what time it is for what people do and for the seed; requests bring their own time.
        limits: "real" (50 requests a second and token), a factor that makes it as many times as mild, None for none.
        search_lag: seconds until searches and filters find what was written.
        base: the address that links in answers begin with.

    >>> Productboard.from_json({"features": [{"name": "Dark mode"}]}).named("Dark mode").type
    'feature'

    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        limits: Literal["real"] | float | None = "real",
        search_lag: float = 0.0,
        base: str = "https://api.productboard.com",
    ) -> None:
        factor = 1.0 if limits == "real" else limits
        if factor is not None and not factor > 0:
            raise ValueError("limits are a factor above 0, 'real' or None")
        self.clock: Clock = clock or SystemClock()
        self.requests_per_second: float | None = None if factor is None else PER_SECOND * factor
        self.search_lag: float = search_lag
        self.base: str = base
        self.late_commit: float = 1.0
        self.world: World = World()
        self.tokens: dict[str, frozenset[str]] = {STANDARD_TOKEN: SCOPES}
        self.lock: threading.RLock = threading.RLock()
        self._spent: dict[str, tuple[float, datetime]] = {}
        self._mood: Fault | None = None

    @classmethod
    def from_json(cls, data: dict[str, Any], **options: Any) -> Self:
        """Build a workspace from a seed; ``options`` are those of the class. Raises ``SeedError`` naming the place."""
        made = cls(**options)
        plant(data, made)
        return made

    @property
    def settle(self) -> tuple[float, float]:
        """The longest late commit and the search lag, in seconds."""
        return self.late_commit, self.search_lag

    @settle.setter
    def settle(self, value: tuple[float, float]) -> None:
        self.late_commit, self.search_lag = value

    def __getstate__(self) -> dict[str, Any]:
        """Copy everything but the lock, so that campaigns can keep copies of a workspace."""
        return {name: value for name, value in self.__dict__.items() if name != "lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.lock = threading.RLock()

    # --- what a program asks

    def handle(self, request: Request, now: datetime) -> Answer:
        """Answer one request."""
        with self.lock:
            number = self.world.new_id()
            try:
                status, body = self._answer(request, now)
            except RefusedError as refused:
                return refused.answer(number)
            return Answer(204) if status == 204 else Answer.of(body, status)

    def misbehave(self, fault: Fault, request: Request, now: datetime) -> Answer | None:
        """Answer a listing with a cursor that leads nowhere new, as it was, or by what it was."""
        listing = request.path in ("/v2/entities", "/v2/notes") and request.method == "GET"
        if not (listing or request.path.endswith("/search")) or fault.kind == "partial_batch":
            return None
        with self.lock:
            self._mood = fault
            try:
                return self.handle(request, now)
            finally:
                self._mood = None

    def refusal(self, status: int) -> Answer:
        """Return the service's own body for a status."""
        return RefusedError(status).answer(self.world.new_id())

    def route(self, path: str) -> str:
        """Return the path with ids replaced by ``*``."""
        return _ID.sub("/*", path)

    def _answer(self, request: Request, now: datetime) -> Found:
        self._admit(request, now)
        if not request.path.startswith("/v2/") or request.method == "HEAD":
            raise no_route()
        body = _body(request)
        parts = request.path.removeprefix("/v2/").strip("/").split("/")
        if parts[0] in ("members", "teams"):
            return self._staff(request, parts, body)
        if parts[0] not in ("entities", "notes"):
            raise no_route()
        where, *rest = parts
        if "fields" not in rest[:1]:
            verb = "read" if rest[-1:] == ["search"] else VERBS.get(request.method, "write")
            self._need(f"{where}:{'write' if 'relationships' in rest and verb == 'delete' else verb}", request)
        match request.method, *rest:
            case "GET", "configurations", *kinds:
                return 200, self._configurations(where, kinds)
            case _, "fields", id_, "values", *value:
                return self._values(request, id_, value, body)
            case ["GET"]:
                return 200, self._list(request, queried(request, notes=where == "notes"), where, now)
            case "POST", "search":
                return 200, self._list(request, searched(body, notes=where == "notes"), where, now)
            case ["POST"]:
                made = acts.make(self.world, body, now, notes=where == "notes")
                return 201, {"data": shown.reference(made, self.base)}
            case _, id_, *more:
                return self._single(where, id_, more, body, request, now)
        raise no_route()

    def _single(self, where: str, id_: str, rest: list[str], body: Any, request: Request, now: datetime) -> Found:
        thing = self.world.things.get(id_)
        if thing is None or thing.is_note != (where == "notes"):
            raise missing(f"The {'note' if where == 'notes' else 'entity'} {id_}")
        kept = thing.fields, thing.source, thing.links
        try:
            return self._one(request.method, thing, rest, body, request, now)
        except RefusedError:  # a request does all or nothing
            thing.fields, thing.source, thing.links = kept
            raise

    def _one(self, method: str, thing: Thing, rest: list[str], body: Any, request: Request, now: datetime) -> Found:
        match method, *rest:
            case ["GET"]:
                return 200, {"data": self._shown(thing, request)}
            case ["PATCH"]:
                acts.change(self.world, thing, body, now)
                return 200, {"data": shown.reference(thing, self.base)}
            case ["DELETE"]:
                relations.remove(self.world, thing, now)
                return 204, None
            case "GET", "relationships":
                return 200, self._page(shown.relationships(thing, self.base), request)
            case "GET", "score" if thing.type in ("product", "component", "feature", "subfeature"):
                return 200, {"data": {"score": shown.score(self.world, thing)}}
            case "POST", "comments" if thing.is_note:
                self.world.comments.append({"note": thing.id, **body})
                return 201, {"data": {"id": self.world.new_id(), "type": "noteComment"}}
            case (("POST" | "PUT"), "relationships", *named):
                data = {"type": named[0], **body} if named else body
                thing.keep(now)
                relations.link(self.world, thing, data, now, replace=method == "PUT")
            case "DELETE", "relationships", kind, target:
                thing.keep(now)
                relations.unlink(self.world, thing, kind, target, now)
            case _:
                raise no_route()
        thing.updated = now
        return (204, None) if method == "DELETE" else (201 if method == "POST" else 200, {"data": data})

    # --- who may, and how often

    def _admit(self, request: Request, now: datetime) -> None:
        kind, _, secret = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or secret not in self.tokens:
            raise RefusedError(401, "No credentials found for given 'iss'" if secret.count(".") == 2 else "")
        rate = self.requests_per_second
        if rate is not None:
            most = max(1.0, rate)
            left, since = self._spent.get(secret, (most, now))
            left = min(most, left + max(0.0, (now - since).total_seconds()) * rate)
            self._spent[secret] = (left - 1 if left >= 1 else left, now)
            if left < 1:
                raise RefusedError(429, wait=1)

    def _need(self, scope: str, request: Request) -> None:
        if scope not in self._scopes(request):
            raise RefusedError(403, f"The token lacks the scope {scope}.")

    def _scopes(self, request: Request) -> frozenset[str]:
        return self.tokens[request.headers["authorization"].partition(" ")[2]]

    # --- listings

    def _shown(self, thing: Thing, request: Request) -> dict[str, Any]:
        wanted = request.params("fields[]")
        return shown.shown(self.world, thing, self.base, wanted=wanted, scopes=self._scopes(request))

    def _list(self, request: Request, tests: Iterator[Test], where: str, now: datetime) -> dict[str, Any]:
        wanted = list(tests)
        mood = self._mood
        stale = mood.span if mood and mood.kind == "stale_page" else 0.0
        lag = mood.span if mood and mood.kind == "search_lag" else self._lag(request)
        notes, back = where == "notes", max(lag, stale)
        held = (*self.world.things.values(), *(self.world.deleted.values() if stale else ()))
        pairs = ((one, one.at(now - timedelta(seconds=back)) if back else one) for one in held if one.is_note == notes)
        found = [then if stale else one for one, then in pairs if then and all(test(then) for test in wanted)]
        if notes:
            found.reverse()  # the newest first
        page = self._page(found, request)
        return {**page, "data": [self._shown(one, request) for one in page["data"]]}

    def _lag(self, request: Request) -> float:
        """Return by how much a listing lags: not at all when it only names types."""
        filters = {name for name, _ in request.query} - {"type[]", "fields[]", "pageCursor"}
        return self.search_lag if filters or request.path.endswith("/search") else 0.0

    def _page(self, items: list[Any], request: Request) -> dict[str, Any]:
        cursor = request.param("pageCursor", "0") or "0"
        size = request.param("limit", "") if request.path.endswith("/relationships") else ""
        if not cursor.isdigit() or (size and not size.isdigit()):
            raise invalid("pageCursor is not one of ours")
        start, count = int(cursor), int(size or shown.PAGE)
        after = start if self._mood and self._mood.kind == "repeated_token" else start + count
        # The address as the real service once sent it: filters spelled wrongly. Only the cursor is to be believed.
        following = f"{self.base}{request.path}?type=&pageCursor={after}" if after < len(items) else None
        return {"data": items[start : start + count], "links": {"next": following}}

    # --- what things are made of, and who works here

    def _staff(self, request: Request, parts: list[str], body: Any) -> Found:
        scopes = self._scopes(request)
        writes = parts[0] == "teams" and request.method != "GET"
        self._need(f"{parts[0]}:{'write' if writes else 'read'}", request)
        found = staff.answer(self.world, request, parts, body, scopes)
        if isinstance(found, list):
            return 200, self._page(found, request)
        return 201 if writes else 200, {"data": found}

    def _column(self, id_: str) -> Column:
        found = next((columns[id_] for columns in self.world.columns.values() if id_ in columns), None)
        if found is None:
            raise missing(f"The field {id_}")
        return found

    def _values(self, request: Request, id_: str, value: list[str], body: Any) -> Found:
        column = self._column(id_)
        self._need("entities:read" if request.method == "GET" else "fields:write", request)
        if request.method == "GET" and not value:
            return 200, self._page([shown.option(one) for one in column.options.items()], request)
        if request.method != "POST" or value:
            raise no_route()
        name = str((body.get("fields") or {}).get("name") or body.get("name") or "")
        if column.schema == "StatusFieldValue" or not name:
            raise RefusedError(422, "Values of this field cannot be added.", code="validation.forbidden")
        column.options.setdefault(name, self.world.new_id())
        return 201, {"data": shown.option((name, column.options[name]))}

    def _configurations(self, where: str, kinds: list[str]) -> dict[str, Any]:
        known = ENTITIES if where == "entities" else NOTES
        if kinds and kinds[0] not in known:
            raise missing(f"The type {kinds[0]}")
        told = [shown.configuration(self.world, kind, self.base) for kind in (kinds or known)]
        return {"data": told[0] if kinds else told}


def _body(request: Request) -> Any:
    if request.method in ("GET", "DELETE"):
        return {}
    try:
        data = request.json()["data"]
    except (ValueError, KeyError, TypeError):
        raise RefusedError(400, "The body is not JSON with data.", code="request.malformed") from None
    if not isinstance(data, dict):
        raise invalid("data is an object", "/data")
    return data
