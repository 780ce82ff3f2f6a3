"""The Airtable service: who may ask, how often, and what each path means."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, Self
from urllib.parse import unquote

from productops.testing.sandbox.airtable import comments, listing, refusal, schema
from productops.testing.sandbox.airtable.hands import BaseHand
from productops.testing.sandbox.airtable.limits import Limits
from productops.testing.sandbox.airtable.listing import Listings, Mood
from productops.testing.sandbox.airtable.read import Reader
from productops.testing.sandbox.airtable.refusal import NoRouteError, RefusedError, by_status
from productops.testing.sandbox.airtable.seed import Token, plant
from productops.testing.sandbox.airtable.store import Base, Ids, Row, Table, World
from productops.testing.sandbox.airtable.writing import Writing
from productops.testing.sandbox.clock import Clock, SystemClock
from productops.testing.sandbox.faults import Fault
from productops.testing.sandbox.wire import Answer, Request

BODY_LIMIT = 2 * 1024 * 1024  # bytes; the service's own limit is not documented
URL_LIMIT = 16_000  # characters
WRITES = frozenset({"POST", "PATCH", "PUT", "DELETE"})
ID_SHAPES = {"app": re.compile(r"app[A-Za-z0-9]{14}"), "rec": re.compile(r"rec[A-Za-z0-9]{14}")}
CALM = Mood()


@dataclass(frozen=True, slots=True)
class Asked:
    """One admitted request, taken apart."""

    method: str
    parts: Sequence[str]
    request: Request
    token: Token
    now: datetime
    mood: Mood

    def body(self) -> dict[str, Any]:
        """Return the JSON body. Raises ``RefusedError``."""
        try:
            found = self.request.json() if self.request.body else {}
        except ValueError:
            # The reference says 400, an observer of live answers 422 with this body; the observed one is sent.
            raise RefusedError(422, "INVALID_REQUEST_BODY", "Could not parse request body") from None
        if not isinstance(found, dict):
            raise refusal.bad_request()
        return found


class Airtable:
    """An imitated Airtable account.

    ``limits`` is ``"real"`` (5 requests a second and base, then 30 seconds of 429), a factor that makes them milder, or
    None for none. ``errors="2022"`` words unknown tables and bases as the recordings of that year do, ``"today"`` as
    the present reference does. ``clock`` only dates what a person does through ``base(...)``; give it the clock of
    the endpoint. ``settle`` is (D, V): the latest late commit and the search lag to reckon with, in seconds.

    >>> seed = {"bases": [{"name": "Work", "tables": [{"name": "Ideas", "fields": [
    ...     {"name": "Name", "type": "singleLineText"}], "records": [{"fields": {"Name": "Dark mode"}}]}]}]}
    >>> account = Airtable.from_json(seed)
    >>> [record["fields"]["Name"] for record in account.base("Work").table("Ideas").records()]
    ['Dark mode']
    """

    settle: tuple[float, float] = (1.0, 0.0)

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        limits: Literal["real"] | float | None = "real",
        errors: Literal["today", "2022"] = "today",
        seed: int = 0,
        iterator_life: float = 300.0,
    ) -> None:
        self.world: World = World(Ids(seed))
        self.tokens: dict[str, Token] = {}
        self.clock: Clock = clock or SystemClock()
        self.limits: Limits = Limits(limits)
        self.errors = errors
        self.listings: Listings = Listings(self.world, iterator_life)
        self.lock: threading.RLock = threading.RLock()

    @classmethod
    def from_json(cls, data: dict[str, Any], **options: Any) -> Self:
        """Build an account from a seed; ``options`` are those of the class. Raises ``SeedError`` naming the place."""
        account = cls(**options)
        plant(data, account.world, account.tokens, account.clock.now())
        return account

    @property
    def requests_per_second(self) -> float | None:
        """Requests a second and base, or None without limits."""
        return self.limits.per_base

    def base(self, key: str) -> BaseHand:
        """Return a base by id or name, for acting as a person in the UI. Raises ``KeyError``."""
        found = next((base for base in self.world.bases.values() if key in (base.id, base.name)), None)
        if found is None:
            raise KeyError(f"no base {key!r}; there are {[base.name for base in self.world.bases.values()]}")
        return BaseHand(self.world, found, self.clock, self.lock)

    def handle(self, request: Request, now: datetime) -> Answer:
        """Answer one request."""
        return self._handle(request, now, CALM)

    def misbehave(self, fault: Fault, request: Request, now: datetime) -> Answer | None:
        """Answer badly: a part of a batch, an old page, a token that leads nowhere new."""
        if fault.kind == "partial_batch":
            part = first_of_batch(request, fault.keep)
            if part is None or self._handle(part, now, CALM).status != 200:
                return None
            return by_status(500).answer()
        route = self.route(request.path)
        if (request.method, route) not in (("GET", "/v0/*/*"), ("POST", "/v0/*/*/listRecords")):
            return None
        mood = Mood(
            lag=fault.span if fault.kind == "search_lag" else 0.0,
            stale=fault.span if fault.kind == "stale_page" else 0.0,
            repeat=fault.kind == "repeated_token",
        )
        return self._handle(request, now, mood)

    def refusal(self, status: int) -> Answer:
        """Return the service's own body for a status."""
        return by_status(status).answer()

    def route(self, path: str) -> str:
        """Return the path with ids and names replaced by ``*``."""
        parts = [part for part in path.split("/") if part]
        fixed = {"v0", "meta", "whoami", "bases", "tables", "fields"}
        if parts[1:2] != ["meta"]:
            tail = [part if part in ("listRecords", "comments") else "*" for part in parts[3:]]
            return "/" + "/".join([*parts[:1], *("*" for _ in parts[1:3]), *tail])
        return "/" + "/".join(part if part in fixed else "*" for part in parts)

    def __getstate__(self) -> dict[str, Any]:
        """Copy everything but the lock, so that campaigns can keep copies of an account."""
        return {name: value for name, value in self.__dict__.items() if name != "lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.lock = threading.RLock()

    def _handle(self, request: Request, now: datetime, mood: Mood) -> Answer:
        with self.lock:
            try:
                return Answer.of(self._answer(request, now, mood))
            except RefusedError as refused:
                return refused.answer()

    def _answer(self, request: Request, now: datetime, mood: Mood) -> Any:
        parts = [unquote(part) for part in request.path.split("/")[1:]]
        parts = parts[:-1] if parts[-1:] == [""] else parts
        secret = request.headers.get("authorization", "").removeprefix("Bearer ")
        token = self.tokens.get(secret)
        if token is None:
            raise by_status(401)
        place = parts[1:] if parts[1:2] != ["meta"] else parts[3:]
        if not self.limits.allow(place[0] if place else None, secret, now):
            raise by_status(429)
        if len(request.body) > BODY_LIMIT:
            raise by_status(413)
        if parts[:1] != ["v0"] or len(parts) < 3:
            raise NoRouteError
        if sum(len(name) + len(value) + 2 for name, value in request.query) > URL_LIMIT:
            raise refusal.bad_request("The URL is too long; use POST .../listRecords")
        asked = Asked(request.method, parts[1:], request, token, now, mood)
        return self._meta(asked) if parts[1] == "meta" else self._data(asked)

    def _meta(self, asked: Asked) -> Any:
        match asked.method, asked.parts:
            case "GET", ["meta", "whoami"]:
                return whoami(asked.token, self.world)
            case "GET", ["meta", "bases"]:
                self._need(asked, "schema.bases:read")
                seen = [base for base in self.world.bases.values() if asked.token.sees(base.id)]
                return schema.bases(seen, asked.token.permission, asked.request.param("offset"))
            case "GET", ["meta", "bases", base, "tables"]:
                self._need(asked, "schema.bases:read", meta=True)
                visible = "visibleFieldIds" in asked.request.params("include")
                tables = self._base(asked, base, meta=True).tables
                return {"tables": [schema.table_json(table, visible=visible) for table in tables]}
            case (("POST" | "PATCH"), ["meta", "bases", base, "tables", *rest]):
                self._need(asked, "schema.bases:write")
                return self._design(asked, self._base(asked, base, meta=True), rest)
        raise NoRouteError

    def _design(self, asked: Asked, base: Base, rest: Sequence[str]) -> Any:
        match asked.method, rest:
            case "POST", []:
                return schema.table_json(schema.create_table(self.world, base, asked.body()))
            case "PATCH", [key]:
                table = self._table(base, key)
                schema.rename(table, asked.body(), [other.name for other in base.tables])
                return schema.table_json(table)
            case "POST", [key, "fields"]:
                return schema.field_json(schema.create_field(self.world, base, self._table(base, key), asked.body()))
            case "PATCH", [key, "fields", field_id]:
                table = self._table(base, key)
                field = listing.find(table, field_id)
                schema.rename(field, asked.body(), [other.name for other in table.fields])
                return schema.field_json(field)
        raise NoRouteError

    def _data(self, asked: Asked) -> Any:
        base = self._base(asked, asked.parts[0])
        table = self._table(base, asked.parts[1])
        rest = asked.parts[2:]
        listed = asked.method == "GET" or (asked.method == "POST" and rest == ["listRecords"])
        if len(rest) >= 2 and rest[1] == "comments":
            return self._comments(asked, self._row(table, rest[0]), rest[2:])
        self._need(asked, "data.records:read" if listed else "data.records:write", write=not listed, table=table)
        if listed and rest in ([], ["listRecords"]):
            options = asked.body() if rest else listing.options_of_query(asked.request.query)
            return self.listings.page(base, table, listing.question(options), asked.now, asked.mood)
        writing = Writing(self.world, base, table, asked.now, asked.token.user, asked.body())
        match asked.method, rest:
            case "POST", []:
                return writing.create()
            case ("PATCH" | "PUT") as method, []:
                return writing.update(clear=method == "PUT")
            case "DELETE", []:
                return writing.delete(asked.request.params("records[]") or asked.request.params("records"))
            case "GET", [record]:
                by_id = asked.request.param("returnFieldsByFieldId") in ("true", "1", "True")
                row = self._row(table, record)
                return Reader(self.world, base, asked.now).record(table, row, by_id=by_id)
            case ("PATCH" | "PUT") as method, [record]:
                return writing.update_one(self._row(table, record).id, clear=method == "PUT")
            case "DELETE", [record]:
                return writing.delete_one(self._row(table, record).id)
        raise NoRouteError

    def _comments(self, asked: Asked, row: Row, rest: Sequence[str]) -> Any:
        self._need(asked, f"data.recordComments:{'read' if asked.method == 'GET' else 'write'}")
        user, request = asked.token.user, asked.request
        match asked.method, rest:
            case "GET", []:
                return comments.page(self.world, row, request.param("pageSize"), request.param("offset"))
            case "POST", []:
                return comments.shown(self.world, comments.add(self.world, row, asked.body(), asked.now, user))
            case "PATCH", [comment]:
                return comments.shown(self.world, comments.change(row, comment, asked.body(), asked.now, user))
            case "DELETE", [comment]:
                return comments.delete(row, comment, user)
        raise NoRouteError

    def _need(
        self, asked: Asked, scope: str, *, write: bool = False, table: Table | None = None, meta: bool = False
    ) -> None:
        """Refuse a token that lacks a scope or whose user may only read."""
        if not asked.token.may(scope):
            raise RefusedError(404, "NOT_FOUND") if meta and self.errors == "2022" else by_status(403)
        if write and table is not None and asked.token.permission in ("read", "comment"):
            what = {"POST": "create", "DELETE": "delete"}.get(asked.method, "update")
            raise RefusedError(
                403,
                "INVALID_PERMISSIONS",
                f"You are not permitted to {what} records in table {table.name} ({table.id})",
            )

    def _base(self, asked: Asked, key: str, *, meta: bool = False) -> Base:
        base = self.world.bases.get(key)
        if base is not None and asked.token.sees(base.id):
            return base
        if base is None and not ID_SHAPES["app"].fullmatch(key):
            raise NoRouteError
        raise RefusedError(404, "NOT_FOUND") if meta and self.errors == "2022" else by_status(403)

    def _table(self, base: Base, key: str) -> Table:
        table = base.table(key)
        if table is not None:
            return table
        if self.errors == "2022":
            raise RefusedError(404, "TABLE_NOT_FOUND", f"Could not find table {key} in application {base.id}")
        raise by_status(403)

    def _row(self, table: Table, key: str) -> Row:
        row = table.rows.get(key)
        if row is not None:
            return row
        raise refusal.record_not_found() if ID_SHAPES["rec"].fullmatch(key) else NoRouteError()


def whoami(token: Token, world: World) -> dict[str, Any]:
    """Return the token's user; the e-mail only with the scope for it."""
    known: dict[str, Any] = {"id": token.user, "scopes": list(token.scopes)}
    return {**known, "email": world.users[token.user].email} if token.may("user.email:read") else known


def first_of_batch(request: Request, keep: int) -> Request | None:
    """Return a write of only the first elements of a batch, or None where there is no batch to cut."""
    if request.method not in WRITES or request.path.endswith("/listRecords"):
        return None
    if request.method == "DELETE":
        ids = request.params("records[]")
        kept = tuple(("records[]", record) for record in ids[: min(keep, len(ids) - 1)])
        return replace(request, query=kept) if len(ids) > 1 else None
    try:
        body = request.json()
        records = body["records"]
        body["records"] = records[: min(keep, len(records) - 1)]
    except (ValueError, TypeError, KeyError):
        return None
    return replace(request, body=json.dumps(body).encode()) if len(records) > 1 else None
