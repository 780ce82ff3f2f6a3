"""An account in the code host."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from productops.errors import ProductOpsError
from productops.redaction import Secret
from productops.sdk import Check, Connector, from_environment, secret
from productops.sdk.transport import Clock, Policy, require_json, translate
from productops.sdk.transport.exchange import Settle
from productops.sdk.transport.httpx_plug import HttpxPlug
from productops_tracker.issues import Issues
from productops_tracker.rows import LATE, SYSTEM

URL = "https://api.tracker.example"
RATE = 1.3  # requests a second: 5,000 an hour


class Tracker(Connector):
    """An account in the code host.

    Args:
        token: a token with the right to read and write issues.
        url: another address than the service's own.
        clock: what time it is, in tests.

    """

    system = SYSTEM

    def __init__(self, token: str | Secret, *, url: str = URL, clock: Clock | None = None) -> None:
        self._token = secret(token)
        self.url = url.rstrip("/")
        self.policy = Policy(system=SYSTEM, clock=clock, rate=RATE, burst=10, settle=Settle(LATE, 0.0))
        self.client = httpx.Client(transport=HttpxPlug(self.policy), trust_env=False)

    @classmethod
    def from_env(cls, **options: Any) -> Tracker:
        """Return the account of TRACKER_TOKEN, at TRACKER_URL where that is set."""
        token = from_environment("TRACKER_TOKEN", system=SYSTEM, remedy="Make a token in your account's settings.")
        return cls(token, **{"url": os.environ.get("TRACKER_URL", "").strip() or URL, **options})

    def __repr__(self) -> str:
        return f"<Tracker {self.host}>"

    @property
    def host(self) -> str:
        """The host that is asked."""
        return urlsplit(self.url).netloc

    def issues(self, repository: str) -> Issues:
        """Return the issues of a repository, ``owner/name``."""
        return Issues(self, repository)

    def check(self) -> Check:
        """Tell whose token it is."""
        return Check(ok=True, who=str(require_json(self.send("GET", "/user"), system=SYSTEM)["login"]))

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        record: str | None = None,
    ) -> httpx.Response:
        """Send one request under the policy.

        Raises:
            ProductOpsError: what the answer, or its absence, means.

        """
        headers = {"Authorization": f"Bearer {self._token.reveal()}", "Accept": "application/json"}
        try:
            answer = self.client.request(method, self.url + path, params=query, json=body, headers=headers)
        except ProductOpsError as error:
            error.system = SYSTEM
            raise
        if answer.status_code >= 300:
            status = 404 if answer.status_code in (301, 410) else answer.status_code  # moved away, or deleted
            raise translate(status, dict(answer.headers), answer.content, system=SYSTEM, record=record, method=method)
        return answer
