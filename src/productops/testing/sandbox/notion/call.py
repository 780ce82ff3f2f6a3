"""One request being answered: who asks, when, in which version, and what of the workspace that token sees."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from productops.testing.sandbox.notion.reads import Reader
from productops.testing.sandbox.notion.refusal import RefusedError, by_status, invalid, misfit
from productops.testing.sandbox.notion.schema import dashed
from productops.testing.sandbox.notion.world import Comment, Database, Node, Page, Source, Token, User, World
from productops.testing.sandbox.wire import Request

N = TypeVar("N", bound=Node)
T = TypeVar("T")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}|0{8}-0{4}-0{4}-0{4}-0{12}")
PAGE = 100


@dataclass(frozen=True, slots=True)
class Mood:
    """How a listing may be wrong: found by what was ``lag`` seconds ago, shown as it was ``stale`` seconds ago."""

    lag: float = 0.0
    stale: float = 0.0
    repeat: bool = False


@dataclass(slots=True)
class Call:
    """A request with everything needed to answer it."""

    world: World
    request: Request
    token: Token
    now: datetime
    version: str
    mood: Mood
    service: Any
    _body: dict[str, Any] | None = field(default=None)

    @property
    def bot(self) -> User:
        """The bot that acts for the token."""
        return self.world.users[self.token.bot]

    @property
    def old(self) -> bool:
        """Whether the version still says ``archived``."""
        return self.version < "2026-03-11"

    def body(self) -> dict[str, Any]:
        """Return the JSON object of the request; none is an empty one."""
        if self._body is None:
            try:
                found = self.request.json() if self.request.body else {}
            except ValueError:
                raise RefusedError(400, "invalid_json", "Error parsing JSON body.") from None
            if not isinstance(found, dict):
                raise misfit("body", "an object", found)
            self._body = found
        return self._body

    def need(self, **abilities: bool) -> None:
        """Refuse a token that lacks an ability such as ``insert=True``."""
        if not all(getattr(self.token, name) for name in abilities):
            raise by_status(403)

    def missing(self, what: str, found: str) -> RefusedError:
        """Return the 404 of what is not there, or not shared, which is the same."""
        words = f'Make sure the relevant pages and databases are shared with your integration "{self.bot.name}".'
        message = f"Could not find {what} with ID: {found}. {words}"
        return RefusedError(404, "object_not_found", message, more={"integration_id": self.token.bot})

    def part(self, name: str) -> dict[str, Any]:
        """Return an object of the body; none is an empty one."""
        found = self.body().get(name)
        if not isinstance(found, dict | None):
            raise misfit(f"body.{name}", "an object", found)
        return found or {}

    def id(self, text: Any, place: str) -> str:
        """Return an id with dashes. Raises the refusal of what is no id."""
        found = dashed(text) if isinstance(text, str) else ""
        if not UUID.fullmatch(found):
            raise misfit(place, "a valid uuid", text)
        return found

    def node(self, kind: type[N], text: Any, what: str, place: str) -> N:
        """Return a page, database or block that is shared."""
        found = self.id(text, place)
        node = self.world.nodes.get(found)
        if not isinstance(node, kind) or not self.world.shared(node):
            raise self.missing(what, found)
        return node

    def page(self, text: Any, place: str = "path.page_id") -> Page:
        """Return a page that is shared."""
        return self.node(Page, text, "page", place)

    def database(self, text: Any, place: str = "path.database_id") -> Database:
        """Return a database that is shared."""
        return self.node(Database, text, "database", place)

    def source(self, text: Any, place: str = "path.data_source_id") -> Source:
        """Return a source whose database is shared."""
        found = self.id(text, place)
        source = self.world.sources.get(found)
        if source is None or not self.world.shared(self.world.nodes[source.database]):
            raise self.missing("data source", found)
        return source

    def comment(self, text: Any) -> Comment:
        """Return a comment on something that is shared."""
        found = self.id(text, "path.comment_id")
        comment = self.world.comments.get(found)
        if comment is None or not self.world.shared(self.world.nodes[comment.parent[1]]):
            raise self.missing("comment", found)
        return comment

    def user(self, found: str) -> dict[str, Any]:
        """Return a user as values show one."""
        return user_shown(self.world.users.get(found), found, self.token.users)

    def reader(self) -> Reader:
        """Return what shows the values of pages to this token now."""
        return Reader(self.world, self.now, self.user)

    def size(self, given: Any = None) -> int:
        """Return how many results a page may have."""
        place = "body.page_size"
        if self.request.method == "GET":
            given, place = self.request.param("page_size"), "query.page_size"
            if given is not None:
                given = int(given) if re.fullmatch(r"-?\d{1,9}", given) else given
        if given is None:
            return PAGE
        if isinstance(given, bool) or not isinstance(given, int):
            raise misfit(place, "a number", given)
        if not 1 <= given <= PAGE:
            raise misfit(place, f"≤ `{PAGE}`" if given > PAGE else "≥ `1`", given)
        return given

    def cursor(self) -> str | None:
        """Return the cursor of a request, wherever its method puts it."""
        if self.request.method == "GET":
            return self.request.param("start_cursor")
        found = self.body().get("start_cursor")
        if found is not None and not isinstance(found, str):
            raise misfit("body.start_cursor", "a string", found)
        return found

    def listed(
        self, kind: str, items: Sequence[T], key: Callable[[T], str], show: Callable[[T], dict[str, Any]]
    ) -> dict[str, Any]:
        """Return one page of a list; its cursor is the id of the item that comes next."""
        size = self.size(self.body().get("page_size") if self.request.method != "GET" else None)
        cursor = self.cursor()
        start = 0
        if cursor is not None:
            start = next((number for number, item in enumerate(items) if key(item) == cursor), -1)
            if start < 0:
                raise invalid(f"The start_cursor provided is invalid: {cursor}")
        part = items[start : start + size]
        after = key(items[start + size]) if start + size < len(items) else None
        if self.mood.repeat and after is not None:
            after = key(items[start])
        return as_list(kind, [show(item) for item in part], after)


def as_list(kind: str, results: list[dict[str, Any]], cursor: str | None) -> dict[str, Any]:
    """Return a list as every listing answers it."""
    return {
        "object": "list",
        "results": results,
        "next_cursor": cursor,
        "has_more": cursor is not None,
        "type": kind,
        kind: {},
    }


def user_shown(user: User | None, found: str, reach: str) -> dict[str, Any]:
    """Return a user as a token with this reach sees one."""
    if user is None or reach == "none":
        return {"object": "user", "id": found}
    head = {"object": "user", "id": found, "name": user.name, "avatar_url": user.avatar}
    if user.bot:
        return {**head, "type": "bot", "bot": {}}
    return {**head, "type": "person", "person": {"email": user.email} if reach == "email" else {}}


def compact(value: Any) -> str:
    """Return a value as one line of JSON, the same for equal values."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
