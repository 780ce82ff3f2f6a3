"""The code host, played by respx: one repository, and bad weather on demand."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import httpx
import respx

TOKEN = "tracker-token-of-the-tests"
URL = "https://tracker.example"
PATH = "/repos/harbour/tickets/issues"
ASKED = {"list": ("GET", PATH), "create": ("POST", PATH), "update": ("PATCH", rf"{PATH}/\d+")}
PER_PAGE = 10
PAGE = b"<!doctype html><html><body><form>Sign in</form></body></html>"


class FakeTracker:
    """Answers requests; ``faults`` holds what goes wrong next: method, path and kind."""

    def __init__(self, router: respx.MockRouter, clock: Any) -> None:
        self.clock = clock
        self.issues: dict[int, dict[str, Any]] = {}
        self.faults: list[tuple[str, str, str]] = []
        router.route(url__startswith=URL).mock(side_effect=self.answer)

    def plant(self, where: str, kind: str) -> None:
        self.faults.append((*ASKED[where], kind))

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer a request, or fail as planned."""
        kind = self._fault(request)
        if kind == "drop_before_commit":
            raise httpx.ReadError("dropped", request=request)
        status = {"rate_limited": 429, "error_500": 500, "unauthorized": 401}.get(kind)
        if status is not None:
            return self._json({"message": "no"}, status, {"Retry-After": "1"})
        if kind == "login_page":
            return httpx.Response(200, content=PAGE, headers={"Content-Type": "text/html"})
        whole = self._handle(request, again=kind == "repeated_token")
        if kind == "drop_after_commit":
            raise httpx.ReadError("dropped", request=request)
        if kind in ("truncated", "malformed"):
            half = whole.content[: len(whole.content) // 2]
            length = {"Content-Length": str(len(whole.content))} if kind == "truncated" else {}
            return httpx.Response(whole.status_code, headers=length, stream=httpx.ByteStream(half))
        return whole

    def _fault(self, request: httpx.Request) -> str:
        for fault in self.faults:
            if request.method == fault[0] and re.fullmatch(fault[1], request.url.path):
                self.faults.remove(fault)
                return fault[2]
        return ""

    def _handle(self, request: httpx.Request, *, again: bool) -> httpx.Response:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self._json({"message": "Bad credentials"}, 401)
        if request.url.path == "/user":
            return self._json({"login": "mira"})
        if request.url.path == PATH:
            return self._create(request) if request.method == "POST" else self._list(request, again=again)
        issue = self.issues.get(int(request.url.path.rsplit("/", 1)[1]))
        if issue is None:
            return self._json({"message": "Not Found"}, 404)
        if request.method == "PATCH":
            self._set(issue, json.loads(request.content))
        return self._json(issue)

    def _list(self, request: httpx.Request, *, again: bool) -> httpx.Response:
        asked = request.url.params
        order = "updated_at" if asked.get("sort") == "updated" else "created_at"
        rows = sorted(self.issues.values(), key=lambda row: (row[order], row["number"]))
        rows = [row for row in rows if row["updated_at"] >= asked.get("since", "")]
        page = int(asked.get("page", 1))
        following = page if again else page + 1
        more = again or page * PER_PAGE < len(rows)
        link = f'<{URL}{PATH}?page={following}>; rel="next"'
        return self._json(rows[(page - 1) * PER_PAGE : page * PER_PAGE], 200, {"Link": link} if more else {})

    def _create(self, request: httpx.Request) -> httpx.Response:
        number = len(self.issues) + 1
        url = f"{URL}/harbour/tickets/issues/{number}"
        issue = {"number": number, "html_url": url, "created_at": self._now(), "title": "", "body": None, "labels": []}
        self.issues[number] = {**issue, "state": "open"}
        self._set(self.issues[number], json.loads(request.content))
        return self._json(self.issues[number], 201)

    def _set(self, issue: dict[str, Any], given: dict[str, Any]) -> None:
        labels = {"labels": [{"name": name} for name in given["labels"]]} if "labels" in given else {}
        issue |= {**given, **labels, "updated_at": self._now()}

    def _now(self) -> str:
        return self.clock.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def _json(self, value: Any, status: int = 200, headers: dict[str, str] | None = None) -> httpx.Response:
        date = {"Date": format_datetime(datetime.fromisoformat(self._now()), usegmt=True)}
        return httpx.Response(status, json=value, headers={**date, **(headers or {})})
