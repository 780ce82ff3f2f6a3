"""One request being answered: who asks, when, in which version, and how things look to that caller."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from productops.testing.sandbox.jira.errors import RefusedError, missing
from productops.testing.sandbox.jira.state import Issue, Project, Site, User
from productops.testing.sandbox.wire import Answer, Request


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """Return a time zone, loaded once."""
    return ZoneInfo(name)


@dataclass(slots=True)
class Call:
    """A request with everything needed to answer it. ``version`` is "2" or "3"."""

    site: Site
    request: Request
    caller: User | None
    now: datetime
    version: str
    base: str
    knobs: Any

    @property
    def me(self) -> User:
        """The caller, who must be known."""
        if self.caller is None:
            raise unauthenticated()
        return self.caller

    def url(self, tail: str) -> str:
        """Return the address of something in the API the caller speaks."""
        return f"{self.base}/rest/api/{self.version}/{tail}"

    def stamp(self, moment: datetime) -> str:
        """Return a time as Jira writes it: milliseconds, the caller's zone, an offset without a colon."""
        local = moment.astimezone(zone(self.caller.zone if self.caller else "UTC"))
        return f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03d}{local:%z}"

    def body(self) -> dict[str, Any]:
        """Return the JSON object of the request. Raises a refusal when it is none."""
        try:
            found = self.request.json()
        except ValueError:
            raise RefusedError(400, "There was an error parsing JSON. Check that your request body is valid.") from None
        if not isinstance(found, dict):
            raise RefusedError(400, "Invalid request payload. Refer to the REST API documentation and try again.")
        return found

    def number(self, name: str, default: int, most: int | None = None) -> int:
        """Return a whole number of the query."""
        text = self.request.param(name)
        if text in {None, ""}:
            return default
        try:
            found = int(text or "")
        except ValueError:
            raise RefusedError(404, f"Parameter '{name}' is not a number.") from None
        return found if most is None else min(found, most)

    def truth(self, name: str) -> bool:
        """Return a yes-or-no parameter of the query; absent is no."""
        return (self.request.param(name) or "").lower() == "true"

    def sees(self, project: str) -> bool:
        """Whether the caller may browse the project with this id."""
        return self.site.may_see(self.site.projects[project], self.caller)

    def issue(self, key: str) -> Issue:
        """Return an issue as it is now, by id or by any key it had. Raises the 404 of Jira."""
        found = self.site.find(key)
        if found is None or not self.sees(found.project):
            raise missing()
        return found

    def project(self, key: str) -> Project:
        """Return a project by id or key. Raises the 404 of Jira."""
        found = self.site.project(key)
        if found is None or not self.site.may_see(found, self.caller):
            raise RefusedError(404, f"No project could be found with key '{key}'.")
        return found


def reference(raw: Any) -> dict[str, Any]:
    """Return the object that names something; what is no object names nothing."""
    return raw if isinstance(raw, dict) else {}


def texts(raw: Any) -> list[str]:
    """Return a list of texts from a list, or from one text with commas."""
    parts = raw if isinstance(raw, list) else [raw] if isinstance(raw, str) else []
    return [piece.strip() for part in parts for piece in str(part).split(",") if piece.strip()]


def whole(raw: Any, default: int) -> int:
    """Return a whole number of a body. Raises the 400 of Jira when it is none."""
    try:
        return default if raw is None or raw == "" else int(raw)
    except (TypeError, ValueError, OverflowError):
        raise RefusedError(400, "Invalid request payload. Refer to the REST API documentation and try again.") from None


Function = Callable[..., Answer]


def unauthenticated() -> RefusedError:
    """Return the 401 of a call that needs to know who is asking."""
    challenge = {"WWW-Authenticate": 'OAuth realm="https%3A%2F%2Fjira.example.com"'}
    return RefusedError(401, "Client must be authenticated to access this resource.", headers=challenge)


def page(call: Call, items: Sequence[Any], key: str, *, default: int = 50, most: int = 100) -> dict[str, Any]:
    """Return one offset page; the name of its item list differs per endpoint."""
    start = max(call.number("startAt", 0), 0)
    size = max(call.number("maxResults", default, most), 0)
    return {"startAt": start, "maxResults": size, "total": len(items), key: list(items[start : start + size])}


def last(call: Call, items: Sequence[Any], key: str = "values", **limits: int) -> dict[str, Any]:
    """Return one offset page that also says whether it is the last."""
    found = page(call, items, key, **limits)
    found["isLast"] = found["startAt"] + len(found[key]) >= len(items)
    return found
