"""What a recorded file holds, told by its content: its name and its folder say nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

NOTION = ("page", "data_source", "database", "block", "comment", "user", "property_item")
# Marks of things that no connector asks for, with why.
ASIDE = (
    ("notificationUrl", "a subscription to notifications; connectors look for changes themselves"),
    ("signature_header_example", "examples of notifications; connectors look for changes themselves"),
    ("relationship", "links to other sites, which are left alone"),
    ("webhooks", "a list of subscriptions; connectors look for changes themselves"),
    ("webhook", "a notification without content; connectors look for changes themselves"),
    ("payloadFormat", "a notification of changes; connectors look for changes themselves"),
    ("changedRecordsById", "a notification of changes; connectors look for changes themselves"),
    ("excludeBody", "a subscription to notifications; connectors look for changes themselves"),
    ("pagination", "an audit log"),
    ("enterpriseAccountId", "administration of an organisation"),
    ("rootEnterpriseAccountId", "administration of an organisation"),
    ("unshared", "administration of an organisation"),
    ("shares", "share links, which are secrets"),
    ("bases", "an index of bases; tables are named by base"),
    ("visibleFieldIds", "a view; records are read by table"),
    ("collaborators", "who may see a base"),
    ("inviteLinks", "who may see a base"),
)


@dataclass(frozen=True)
class Piece:
    """One thing that a connector reads. ``status``, ``method`` and ``path`` are those of its exchange, where known."""

    kind: str
    value: Any
    status: int = 200
    method: str = "GET"
    path: str = ""
    sent: Any = None
    headers: Any = None

    @property
    def service(self) -> str:
        return self.kind.partition(" ")[0]


def pieces(value: Any, method: str = "GET", path: str = "") -> Iterator[Piece]:
    """Find everything that a connector reads, from the outside in."""
    if isinstance(value, list):
        for one in value:
            yield from pieces(one, method, path)
        return
    if not isinstance(value, dict):
        return
    exchange = _exchange(value)
    if exchange is not None:
        yield from exchange
        return
    kind = _refusal(value) or _kind(value)
    if kind:
        status = value.get("status")
        default = 400 if kind == "jira refusal" else 422
        yield Piece(kind, value, status if isinstance(status, int) else default, method, path)
        if kind not in ("jira comment", "jira field"):
            return
    for key, one in value.items():
        if not key.startswith("_"):
            yield from pieces(one, method, path)


def aside(value: Any) -> str:
    """Say why a file holds nothing for a connector."""
    first = value[0] if isinstance(value, list) and value else value
    for wrapper in ("responseBody", "data"):
        first = first.get(wrapper, first) if isinstance(first, dict) else first
    if isinstance(first, dict) and any(one == [] for one in first.values()):
        return "an empty list"
    if isinstance(first, dict):
        for name, why in ASIDE:
            if name in first:
                return why
        keys = ", ".join(sorted(map(str, first))[:6])
        return f"holds no record, schema, person, comment, block, document or refusal that is known (it has {keys})"
    return "holds no JSON object"


def _exchange(value: dict[str, Any]) -> list[Piece] | None:
    """Take a request and its answer apart, in any of the forms in which they are recorded."""
    if "request" in value and isinstance(value.get("response"), dict):
        sent = value["request"] if isinstance(value["request"], dict) else {}
        answer = value["response"]
        status = answer.get("status")
        status = status.get("code") if isinstance(status, dict) else status
        path = urlsplit(str(sent.get("uri") or sent.get("url") or sent.get("path") or "")).path
        parts = (sent.get("method"), path, sent.get("body"), status, answer.get("headers"), answer.get("body"))
    elif "responseBody" in value and "status" in value:
        path = urlsplit(str(value.get("path") or "")).path
        parts = (value.get("method"), path, value.get("requestBody"), value["status"],
                 value.get("responseHeaders"), value["responseBody"])  # fmt: skip
    elif isinstance(value.get("status"), int) and value["status"] >= 400 and "body" in value:
        word, _, path = str(value.get("request") or "").partition(" ")
        parts = (word if word.isupper() else "GET", path, None, value["status"], value.get("headers"), value["body"])
    else:
        return None
    method, path, sent, status, headers, body = parts
    method, status = str(method or "GET").upper(), int(status or 200)
    if status >= 400:
        service = _service(path, body)
        return [Piece(f"{service} refusal", body, status, method, path, sent, headers)] if service else []
    found = list(pieces(body, method, path))
    service = _service(path, body)
    if service and isinstance(sent, dict) and method in ("POST", "PATCH", "PUT"):
        found.append(Piece(f"{service} write", body, status, method, path, sent, headers))
    return found


def _service(path: str, body: Any) -> str:
    for start, name in (("/rest/", "jira"), ("/v0/", "airtable"), ("/v1/", "notion")):
        if path.startswith(start):
            return name
    return (_refusal(body) if isinstance(body, dict) else "").partition(" ")[0]


def _refusal(value: dict[str, Any]) -> str:
    if value.get("object") == "error" or ("code" in value and "message" in value and value.get("status")):
        return "notion refusal"
    if isinstance(value.get("errorMessages"), list):
        return "jira refusal"
    error = value.get("error")
    if len(value) <= 2 and (isinstance(error, str) or (isinstance(error, dict) and "type" in error)):
        return "airtable refusal"
    if value.keys() == {"error"} and isinstance(error, dict) and "message" in error:
        return "jira refusal"
    return ""


def _kind(value: dict[str, Any]) -> str:
    """Name what an object is, or nothing."""
    has, id_ = value.keys(), str(value.get("id") or "")
    if value.get("object") in NOTION and (value["object"] != "block" or "type" in has):
        return f"notion {value['object']}"
    if value.get("type") == "doc" and isinstance(value.get("content"), list):
        return "jira document"
    if isinstance(value.get("fields"), dict):
        return "airtable row" if id_.startswith("rec") else "jira issue" if "key" in has else ""
    if isinstance(value.get("fields"), list) and "primaryFieldId" in has:
        return "airtable table"
    if id_.startswith("fld") and {"name", "type"} <= has:
        return "airtable field"
    if id_.startswith("usr") and {"email", "name"} & has:
        return "airtable person"
    if id_.startswith("rec") and value.get("deleted") is True:
        return "airtable deletion"
    if id_ and isinstance(value.get("type"), str) and value["type"] in has and "object" not in has:
        return "notion property" if "name" in has else "notion value"
    return _jira(value, has)


def _jira(value: dict[str, Any], has: Any) -> str:
    if "displayName" in has and {"accountId", "name", "key"} & has:
        return "jira person"
    if "author" in has and isinstance(value.get("body"), (str, dict)):
        return "jira comment"
    if {"id", "name"} <= has and ({"clauseNames", "schema"} & has):
        return "jira field"
    if "fieldId" in has and "schema" in has:
        return "jira field"
    if {"id", "name"} <= has and ("self" in has or {"statusCategory", "to", "iconUrl", "colorName"} & has):
        return "jira option"
    if {"id", "key", "self"} == has:
        return "jira reference"
    return ""
