"""The imitated Jira: signs callers in, counts their requests, finds who answers, writes the headers."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from productops.testing.sandbox.faults import Fault
from productops.testing.sandbox.jira import routes
from productops.testing.sandbox.jira.call import Call, unauthenticated
from productops.testing.sandbox.jira.errors import RefusedError, SeedError
from productops.testing.sandbox.jira.hands import Hands
from productops.testing.sandbox.jira.limits import Limits
from productops.testing.sandbox.jira.planting import plant_issues
from productops.testing.sandbox.jira.search import Place
from productops.testing.sandbox.jira.seed import Planter
from productops.testing.sandbox.jira.state import Site, User
from productops.testing.sandbox.wire import Answer, Request

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
APPLICATION_LINKS = ["rest", "applinks", "latest", "listApplicationlinks"]  # the jira client asks for it
LOCAL = ("127.0.0.1", "localhost", "[::1]")


class JiraSandbox(Hands):
    """A Jira site in memory, Cloud (REST v3 and v2) or Data Center (v2 only).

    Knobs, all of them attributes that may be changed at any time:

    - ``search_lag``: seconds until a write shows in search (V).
    - ``late_commit``: the longest time, in seconds, a request that was given up may still commit (D);
      only declared here, scripts of faults make it happen.
    - ``rate``: scales the limiters' sizes; 0 turns them off.
    - ``short_pages``: no page of a search holds more than this.
    - ``empty_page``: the number of the page of a search (1 is the first) that comes empty, with a token.
    - ``repeat_token``: a search hands back the token it was called with.
    - ``base_url``: the address in links; taken from the Host header when it is None.

    Example::

        >>> jira = JiraSandbox.from_json({"projects": [{"key": "PROD"}]})
        >>> jira.handle(Request("GET", "/rest/api/3/serverInfo"), START).status
        200
    """

    def __init__(
        self,
        site: Site,
        *,
        search_lag: float = 0.0,
        late_commit: float = 0.0,
        rate: float = 1.0,
        short_pages: int | None = None,
        empty_page: int | None = None,
        repeat_token: bool = False,
        base_url: str | None = None,
    ) -> None:
        self.site = site
        self.search_lag = search_lag
        self.late_commit = late_commit
        self.short_pages = short_pages
        self.empty_page = empty_page
        self.repeat_token = repeat_token
        self.base_url = base_url
        self.limits: Limits = Limits(rate)
        self.places: dict[str, Place] = {}
        self.requests: int = 0

    @classmethod
    def from_json(
        cls, seed: Mapping[str, Any], *, deployment: str = "Cloud", now: datetime = START, **knobs: Any
    ) -> JiraSandbox:
        """Build a site from a seed; ``now`` is when its issues were created unless they say.

        The seed is an object with ``projects`` and, where the defaults don't do, ``users``,
        ``priorities``, ``resolutions``, ``linkTypes``, ``fields``, ``noise``, ``workflows`` and
        ``issues``; ``docs/sandbox.md`` describes each. ``{"projects": [{"key": "PROD"}]}`` is enough.
        ``deployment`` is "Cloud" or "DataCenter". Raises ``SeedError``, which names the place of a mistake.
        """
        if deployment not in {"Cloud", "DataCenter"}:
            raise SeedError(f"'deployment' must be Cloud or DataCenter, not {deployment!r}")
        planter = Planter(seed, cloud=deployment == "Cloud")
        service = cls(planter.plant(), **knobs)
        plant_issues(service, planter.root, now)
        return service

    @property
    def settle(self) -> tuple[float, float]:
        """The seconds (D, V) after which a lost request has committed and a write is searchable."""
        return self.late_commit, self.search_lag

    @property
    def requests_per_second(self) -> float:
        """What a client may send to any endpoint, told to clients on loopback; the narrowest of the limiters."""
        return 50.0 * self.rate if self.rate else 10_000.0

    @property
    def rate(self) -> float:
        """The factor on the sizes of the limiters."""
        return self.limits.factor

    @rate.setter
    def rate(self, factor: float) -> None:
        self.limits.factor = factor

    def handle(self, request: Request, now: datetime) -> Answer:
        """Answer one request at an aware time."""
        self.requests += 1
        headers = self._common(now)
        caller, reason = self._sign_in(request)
        headers["X-Seraph-LoginReason"] = reason
        try:
            answer = self._answer(request, caller, now, headers)
        except RefusedError as refused:
            answer = Answer.of(refused.body, refused.status, refused.headers)
        return Answer(answer.status, {**headers, **answer.headers}, answer.body)

    def misbehave(self, fault: Fault, request: Request, now: datetime) -> Answer | None:
        """Search badly: a token that leads nowhere new, or an index that is further behind than usual."""
        knob = {"repeated_token": "repeat_token", "search_lag": "search_lag"}.get(fault.kind)
        if knob is None or not request.path.endswith(("/search/jql", "/search")):
            return None
        usual = getattr(self, knob)
        setattr(self, knob, True if knob == "repeat_token" else max(usual, fault.span))
        try:
            return self.handle(request, now)
        finally:
            setattr(self, knob, usual)

    def _common(self, now: datetime) -> dict[str, str]:
        return {
            "Date": format_datetime(now.astimezone(UTC), usegmt=True),
            "X-AREQUESTID": f"{now.hour * 60 + now.minute}x{self.requests}x1",
            "Atl-Traceid": f"{self.requests:032x}",
            "Cache-Control": "no-cache, no-store, no-transform",
            "X-Content-Type-Options": "nosniff",
        }

    def _answer(self, request: Request, caller: User | None, now: datetime, headers: dict[str, str]) -> Answer:
        parts = request.path.strip("/").split("/")
        if parts == APPLICATION_LINKS:
            return Answer.of({"list": []})
        versions = {"2", "3", "latest"} if self.site.cloud else {"2", "latest"}
        if parts[:2] != ["rest", "api"] or len(parts) < 4 or parts[2] not in versions:
            return _no_page()
        kind = "cloud" if self.site.cloud else "dc"
        route, values, exists = routes.find(request.method, parts[3:], kind)
        if route is None:
            return Answer(405, {"Allow": "GET"}) if exists else _no_page()
        headers |= self.limits.pass_endpoint(request.method, route.pattern, now)
        if route.known and caller is None:
            raise unauthenticated()
        version = parts[2] if parts[2] != "latest" else "2"
        call = Call(self.site, request, caller, now, version, self._base(request), self)
        if route.issue and (target := self.site.find(values[0])) is not None:
            self.limits.pass_write(target.id, now)
        return route.answer(call, *values)

    def _base(self, request: Request) -> str:
        if self.base_url is not None:
            return self.base_url.rstrip("/")
        host = request.headers.get("host")
        if not host:
            return "https://jira.example.com"
        local = any(host == one or host.startswith(f"{one}:") for one in LOCAL)
        return f"{'http' if local else 'https'}://{host}"

    def _sign_in(self, request: Request) -> tuple[User | None, str]:
        """Return the caller and the reason Jira gives; bad credentials are an anonymous caller."""
        kind, _, secret = request.headers.get("authorization", "").partition(" ")
        if not kind:
            return None, "OUT"
        for user in self.site.users.values():
            if user.active and self._holds(user, kind.lower(), secret.strip()):
                return user, "OK"
        return None, "AUTHENTICATED_FAILED"

    def _holds(self, user: User, kind: str, secret: str) -> bool:
        if kind == "bearer":
            return secret == user.token
        if kind != "basic":
            return False
        try:
            name, _, password = base64.b64decode(secret, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return False
        return password == user.token and name.lower() in {user.email.lower(), user.username.lower()}


def _no_page() -> Answer:
    page = b"<!DOCTYPE html><html><head><title>Oops, you&#39;ve found a dead link.</title></head></html>"
    return Answer(404, {"Content-Type": "text/html;charset=UTF-8"}, page)
