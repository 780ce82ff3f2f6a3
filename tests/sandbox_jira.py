"""Help for tests of the Jira sandbox: a site, a clock, and callers whose every exchange is judged."""

import base64
import io
import json
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jira
import pytest
import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from judges.openapi import JiraJudge
from productops.testing.sandbox.jira import START, JiraSandbox
from productops.testing.sandbox.wire import Answer, Request

MIRA, TOMAS, INES = "mira@example.com", "tomas@example.com", "ines@example.com"
SEED: dict[str, Any] = {
    "fields": [
        {"name": "Team size", "type": "number"},
        {"name": "Theme", "type": "select", "options": ["Growth", "Trust"]},
        {"name": "Channels", "type": "multiselect", "options": ["Mail", "Web", "Shop"]},
        {"name": "Area", "type": "cascading", "options": [{"value": "EU", "children": ["DE", "FR"]}, "US"]},
        {"name": "Buddy", "type": "user"},
        {"name": "Crowd", "type": "users"},
        {"name": "Target", "type": "date"},
        {"name": "Launch", "type": "datetime"},
        {"name": "Notes", "type": "textarea"},
        {"name": "Spec", "type": "url"},
        {"name": "Codename", "type": "text"},
        {"name": "Twin", "type": "text"},
        {"name": "Twin", "type": "text"},
        {"name": "Tags", "type": "labels"},
        {"name": "Shipped in", "type": "versions"},
    ],
    "noise": 60,
    "projects": [
        {
            "key": "PROD",
            "types": [{"name": "Epic", "level": 1}, "Story", "Bug", {"name": "Sub-task", "level": -1}],
            "versions": ["1.0", {"name": "2.0", "releaseDate": "2026-06-01"}],
            "components": ["Shop", "Mail"],
        },
        {
            "key": "TEAM",
            "types": [{"name": "Story", "create": ["summary"], "edit": ["summary", "labels"]}],
            "workflow": {
                "statuses": [{"name": "Open", "category": "new"}, {"name": "Shut", "category": "done"}],
                "transitions": [{"name": "Shut it", "from": ["Open"], "to": "Shut", "required": ["resolution"]}],
            },
        },
    ],
}


@lru_cache(maxsize=1)
def judge() -> JiraJudge:
    return JiraJudge()


def basic(user: str) -> dict[str, str]:
    text = f"{user}:{user.partition('@')[0]}-token"
    return {"authorization": "Basic " + base64.b64encode(text.encode()).decode()}


class World:
    """One site with its clock; what it is sent and says is judged."""

    def __init__(self, seed: Any = None, **knobs: Any) -> None:
        self.jira = JiraSandbox.from_json(seed or SEED, **knobs)
        self.now: datetime = START
        self.complaints: list[str] = []

    def later(self, seconds: float) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now

    def handle(self, request: Request) -> Answer:
        answer = self.jira.handle(request, self.now)
        if request.path.startswith("/rest/api/3/") and "json" in answer.headers.get("Content-Type", "json"):
            self.complaints += judge().check(request, answer)
        return answer

    def ask(self, method: str, path: str, body: Any = None, user: str | None = MIRA, **query: Any) -> tuple[int, Any]:
        answer = self.answer(method, path, body, user, **query)
        return answer.status, json.loads(answer.body) if "json" in answer.headers.get("Content-Type", "") else None

    def answer(self, method: str, path: str, body: Any = None, user: str | None = MIRA, **query: Any) -> Answer:
        path = path if path.startswith("/rest/") else f"/rest/api/3/{path}"
        pairs = [
            (key, str(one)) for key, value in query.items() for one in (value if isinstance(value, list) else [value])
        ]
        data = b"" if body is None else json.dumps(body).encode()
        return self.handle(Request(method, path, pairs, basic(user) if user else {}, data))

    def make(self, summary: str = "A thing", project: str = "PROD", kind: str = "Story", **fields: Any) -> str:
        wanted = {"project": {"key": project}, "issuetype": {"name": kind}, "summary": summary, **fields}
        status, body = self.ask("POST", "issue", {"fields": wanted})
        assert status == 201, body
        return body["key"]

    def find(self, jql: str, user: str | None = MIRA, **more: Any) -> list[str]:
        status, body = self.ask("POST", "search/jql", {"jql": jql, "fields": ["key"], "maxResults": 5000, **more}, user)
        assert status == 200, body
        return [one["key"] for one in body["issues"]]

    def refusal(self, jql: str) -> str:
        status, body = self.ask("POST", "search/jql", {"jql": jql})
        assert status == 400, body
        return body["errorMessages"][0]

    def client(self, version: str = "3", **options: Any) -> jira.JIRA:
        """The official client, unmodified, over an adapter without sockets."""
        if not options:
            options = {"basic_auth": (MIRA, "mira-token")}
        plug = Plug(self)
        before = requests.Session.get_adapter
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(requests.Session, "get_adapter", lambda self, url: plug)
            made = jira.JIRA(
                "https://acme.example.com", options={"rest_api_version": version}, max_retries=0, **options
            )
        made._session.mount("https://", plug)
        assert requests.Session.get_adapter is before
        return made


class Plug(BaseAdapter):
    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world

    def send(self, request: Any, **_: Any) -> requests.Response:
        url = urlsplit(request.url)
        headers = {name.lower(): value for name, value in request.headers.items()} | {"host": url.netloc}
        body = request.body or b""
        data = body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else body.read()
        sent = Request(request.method, url.path, parse_qsl(url.query, keep_blank_values=True), headers, data)
        answer = self.world.handle(sent)
        found = requests.Response()
        found.status_code, found.headers = answer.status, CaseInsensitiveDict(answer.headers)
        found.raw, found.url, found.request = io.BytesIO(answer.body), request.url, request
        return found

    def close(self) -> None:
        pass


def doc(text: str) -> dict[str, Any]:
    return {
        "type": "doc",
        "version": 1,
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": text}]}],
    }
