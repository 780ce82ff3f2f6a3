"""The Productboard service: who may ask, how often, and what each path means."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, Self

from productops.testing.sandbox.clock import Clock, SystemClock
from productops.testing.sandbox.faults import Fault
from productops.testing.sandbox.productboard import acts
from productops.testing.sandbox.productboard.refusal import RefusedError, invalid, missing
from productops.testing.sandbox.productboard.world import ENTITIES, NOTES, Column, Thing, World
from productops.testing.sandbox.wire import Answer, Request

PAGE = 100
PER_SECOND = 50.0
STANDARD_TOKEN = "pb-sandbox"  # noqa: S105 - it opens nothing but this imitation
_ID = re.compile(r"/[0-9a-f]{8}-[0-9a-f-]{27}")
Found = tuple[int, Any]


@dataclass(slots=True)
class Productboard:
    """An imitated workspace. ``limits`` is "real" (50 requests a second and token), a factor, or None for none.

    ``pii`` says whether the token may see e-mails. ``settle`` is (D, V) in seconds, as in the other services.
    ``base`` is the address that links in answers begin with.

    >>> Productboard.from_json({"features": [{"name": "Dark mode"}]}).named("Dark mode").type
    'feature'
    """

    clock: Clock = field(default_factory=SystemClock)
    limits: Literal["real"] | float | None = "real"
    pii: bool = True
    settle: tuple[float, float] = (1.0, 0.0)
    base: str = "https://api.productboard.com"
    world: World = field(default_factory=World)
    tokens: set[str] = field(default_factory=lambda: {STANDARD_TOKEN})
    lock: Any = field(default_factory=threading.RLock)
    _spent: dict[str, tuple[float, datetime]] = field(default_factory=dict)
    _repeat: bool = False

    @classmethod
    def from_json(cls, data: dict[str, Any], **options: Any) -> Self:
        """Build a workspace of ``members``, ``teams`` and ``features`` (below one product). ``ValueError`` if odd."""
        if odd := set(data) - {"members", "teams", "fields", "features"}:
            raise ValueError(f"productboard: unknown key {min(odd)!r}")
        made = cls(**options)
        for name in ("members", "teams"):
            for one in data.get(name, []):
                id_ = made.world.new_id()
                getattr(made.world, name)[id_] = {"id": id_, **one}
        for one in data.get("fields", []):
            made.world.add_column(one["type"], one["name"], one["schema"], tuple(one.get("options", ())))
        made.add("product", name="Product")
        for one in data.get("features", []):
            made.add("feature", **one)
        return made

    # --- what a person does in the window

    def named(self, name: str) -> Thing:
        """Return a thing by its name. Raises ``KeyError``."""
        found = next((one for one in self.world.things.values() if one.fields.get("name") == name), None)
        if found is None:
            raise KeyError(name)
        return found

    def add(self, kind: str, /, **fields: Any) -> Thing:
        """Add a thing as a person does, below the first product where it needs a parent."""
        product = next((one.id for one in self.world.things.values() if one.type == "product"), None)
        needs = kind in ("feature", "component", "subfeature")
        links = [{"type": "parent", "target": {"id": product}}] if needs else []
        data = {"type": kind, "fields": fields, "relationships": links}
        return acts.make(self.world, data, self.clock.now(), notes=kind in NOTES)

    def edit(self, name: str, /, **fields: Any) -> None:
        """Edit a thing as a person does."""
        acts.change(self.world, self.named(name), {"fields": fields}, self.clock.now())

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
        """Answer a listing with a cursor that leads nowhere new."""
        if fault.kind != "repeated_token":
            return None
        self._repeat = True
        try:
            return self.handle(request, now)
        finally:
            self._repeat = False

    def refusal(self, status: int) -> Answer:
        """Return the service's own body for a status."""
        return RefusedError(status).answer(self.world.new_id())

    def route(self, path: str) -> str:
        """Return the path with ids replaced by ``*``."""
        return _ID.sub("/*", path)

    @property
    def requests_per_second(self) -> float | None:
        """Requests a second and token, or None without limits."""
        return None if self.limits is None else PER_SECOND * (1.0 if self.limits == "real" else self.limits)

    def _answer(self, request: Request, now: datetime) -> Found:
        kind, _, secret = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or secret not in self.tokens:
            raise RefusedError(401)
        self._spend(secret, now)
        body = _body(request)
        parts = request.path.strip("/").split("/")
        if parts[0] != "v2" or len(parts) < 2 or request.method == "HEAD":
            raise RefusedError(404, "No such route.", code="route.notFound")
        match request.method, *parts[1:]:
            case "GET", ("entities" | "notes") as where, "configurations", *kinds:
                return 200, self._configurations(where, kinds)
            case "GET", "entities", "fields", id_, "values":
                return 200, self._page([_value(one) for one in self._column(id_).options.items()], request)
            case "GET", ("members" | "teams") as where:
                return 200, self._page(self._staff(where, request), request)
            case "GET", ("entities" | "notes") as where:
                return 200, self._list(request, where, list(_queried(request)))
            case "POST", ("entities" | "notes") as where, "search":
                return 200, self._list(request, where, list(_searched(body)))
            case "POST", ("entities" | "notes") as where:
                return 201, {"data": self._reference(acts.make(self.world, body, now, notes=where == "notes"))}
            case method, ("entities" | "notes") as where, id_, *rest:
                thing = self.world.things.get(id_)
                if thing is None or thing.is_note != (where == "notes"):
                    raise missing(f"The {'note' if where == 'notes' else 'entity'} {id_}")
                kept = thing.fields, thing.source, thing.links
                try:
                    return self._one(method, thing, rest, body, request, now)
                except RefusedError:  # a request does all or nothing
                    thing.fields, thing.source, thing.links = kept
                    raise
        raise RefusedError(404, "No such route.", code="route.notFound")

    def _one(self, method: str, thing: Thing, rest: list[str], body: Any, request: Request, now: datetime) -> Found:
        match method, *rest:
            case ["GET"]:
                return 200, {"data": self._shown(thing, request)}
            case ["PATCH"]:
                acts.change(self.world, thing, body, now)
                return 200, {"data": self._reference(thing)}
            case ["DELETE"]:
                acts.remove(self.world, thing)
                return 204, None
            case "GET", "relationships":
                return 200, self._page(self._shown(thing, request)["relationships"]["data"], request)
            case (("POST" | "PUT"), "relationships", *named):
                data = {"type": named[0], **body} if named else body
                acts.link(self.world, thing, data, replace=method == "PUT")
                thing.updated = now
                return 201 if method == "POST" else 200, {"data": data}
        raise RefusedError(404, "No such route.", code="route.notFound")

    def _spend(self, token: str, now: datetime) -> None:
        rate = self.requests_per_second
        if rate is None:
            return
        left, since = self._spent.get(token, (rate, now))
        left = min(rate, left + max(0.0, (now - since).total_seconds()) * rate)
        self._spent[token] = (left - 1 if left >= 1 else left, now)
        if left < 1:
            raise RefusedError(429, wait=1)

    def _reference(self, thing: Thing) -> dict[str, Any]:
        return acts.reference(thing, self.base)

    def _shown(self, thing: Thing, request: Request) -> dict[str, Any]:
        whole = "all" in request.params("fields[]")
        return acts.shown(self.world, thing, self.base, whole=whole, pii=self.pii)

    def _list(self, request: Request, where: str, tests: list[Callable[[Thing], bool]]) -> dict[str, Any]:
        things = acts.chosen((one for one in self.world.things.values() if one.is_note == (where == "notes")), tests)
        if where == "notes":
            things.reverse()  # the newest first
        page = self._page(things, request)
        return {**page, "data": [self._shown(one, request) for one in page["data"]]}

    def _page(self, items: list[Any], request: Request) -> dict[str, Any]:
        cursor = request.param("pageCursor", "0") or "0"
        if not cursor.isdigit():
            raise invalid("pageCursor is not one of ours")
        start = int(cursor)
        after = start if self._repeat else start + PAGE
        # The address as the real service once sent it: filters spelled wrongly. Only the cursor is to be believed.
        following = f"{self.base}{request.path}?type=&pageCursor={after}" if after < len(items) else None
        return {"data": items[start : start + PAGE], "links": {"next": following}}

    def _staff(self, where: str, request: Request) -> list[dict[str, Any]]:
        wanted = (request.param("query") or "").casefold()
        found = getattr(self.world, where).values()
        seen = [one for one in found if wanted in f"{one.get('name')} {one.get('email', '')}".casefold()]
        return seen if self.pii or where == "teams" else [{**one, "email": acts.REDACTED} for one in seen]

    def _column(self, id_: str) -> Column:
        found = next((columns[id_] for columns in self.world.columns.values() if id_ in columns), None)
        if found is None:
            raise missing(f"The field {id_}")
        return found

    def _configurations(self, where: str, kinds: list[str]) -> dict[str, Any]:
        known = ENTITIES if where == "entities" else NOTES
        if kinds and kinds[0] not in known:
            raise missing(f"The type {kinds[0]}")
        told = [{"type": kind, "fields": self._told(kind)} for kind in (kinds or known)]
        return {"data": told[0] if kinds else told}

    def _told(self, kind: str) -> dict[str, Any]:
        return {
            one.id: {
                "id": one.id,
                "name": one.name,
                "path": f"fields.{one.id}",
                "schema": one.schema,
                "lifecycle": {"create": True, "update": True, "patch": True},
                "constraints": {"required": one.required},
                **({"values": {"data": [_value(o) for o in one.options.items()], "links": {}}} if one.options else {}),
            }
            for one in self.world.columns[kind].values()
        }


def _value(option: tuple[str, str]) -> dict[str, str]:
    return {"id": option[1], "name": option[0]}


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


def _queried(request: Request) -> Iterator[Callable[[Thing], bool]]:
    if kinds := request.params("type[]"):
        yield lambda one: one.type in kinds
    for name in ("system", "recordId"):
        if (wanted := request.param(f"metadata[source][{name}]")) is not None:
            yield lambda one, name=name, wanted=wanted: one.source.get(name) == wanted  # type: ignore[misc]
    if since := request.param("updatedFrom"):
        at = _time(since)
        yield lambda one: one.updated >= at


def _searched(body: dict[str, Any]) -> Iterator[Callable[[Thing], bool]]:
    wanted = body.get("filter") or {}
    if kinds := wanted.get("type"):
        many = [kinds] if isinstance(kinds, str) else kinds
        yield lambda one: one.type in many
    if since := (wanted.get("updatedAt") or {}).get("from"):
        at = _time(since)
        yield lambda one: one.updated >= at


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        raise invalid("not a time") from None
