"""The OpenAPI document of Notion 2025-09-03 as a judge of requests and answers.

``NotionJudge().check(request, answer)`` returns what is wrong, as texts; nothing wrong is an empty list. The document
describes hardly any answers, so ``SHAPES`` adds the keys that recorded traffic shows (fact sheet, section 2).
``DEVIATIONS`` and ``MORE_PATHS`` list what it does not say or says otherwise, each with the reason and its source.
"""

import json
import re
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator, ValidationError

from productops.testing.sandbox.wire import Answer, Request
from shared import shared

# (operation, where in the value, what the complaint says, why it is passed over); all but the reason are patterns
DEVIATIONS: tuple[tuple[str, str, str, str], ...] = (
    (r".*", r"query/filter_properties", r"", "the client repeats the parameter; the document knows it once"),
    (r"POST /v1/data_sources$", r"request/parent", r"", "recorded (un__db_add_remove_data_source): it is a database"),
    (r"POST .*/move$", r"request/parent", r"", "since 2025-09-03 the parent of a row is a data source everywhere else"),
    (r"POST /v1/pages$", r"request/parent", r"", "recorded (sdkpy__pages_properties_retrieve): no type is needed"),
    (r"POST /v1/pages$", r"request/children.*", r"", "texts in the document, which recorded requests contradict"),
    (r"PATCH /v1/blocks/.*children$", r"request/.*", r"", "two kinds of blocks; recorded requests append all kinds"),
    (
        r"POST /v1/comments$",
        r"request.*",
        r"",
        "a parent even beside discussion_id; recorded (un__append_block_comments)",
    ),
    (
        r"POST .*/query$",
        r"request/sorts/.*",
        r"'property' is a required",
        "reference: orders by timestamp name no property",
    ),
)
# Paths the document leaves out, with where they are recorded or described.
MORE_PATHS = {
    "POST /v1/databases": "recorded: un__create_db",
    "PATCH /v1/databases/{id}": "recorded: un__add_del_update_prop",
    "PATCH /v1/comments/{id}": "recorded: sdkpy__comments_update",
    "DELETE /v1/comments/{id}": "recorded: sdkpy__comments_delete",
    "GET /v1/comments/{id}": "the vendor's client has it",
    "POST /v1/file_uploads": "recorded: sdkpy__file_uploads_send",
    "POST /v1/file_uploads/{id}/send": "recorded: sdkpy__file_uploads_send",
    "GET /v1/file_uploads/{id}": "the vendor's client has it",
    "GET /v1/file_uploads": "the vendor's client has it",
}
STATUSES = {
    401: "reference: status codes", 403: "reference: status codes", 404: "recorded", 409: "reference: status codes",
    429: "reference: request limits", 500: "reference: status codes", 502: "reference: status codes",
    503: "reference: status codes", 504: "reference: status codes", 529: "reference: request limits",
}  # fmt: skip
STAMPED = frozenset({"object", "id", "created_time", "last_edited_time", "created_by", "last_edited_by", "parent"})
FACED = frozenset({"cover", "icon", "url", "public_url", "in_trash"})
NAMED = frozenset({"title", "description", "is_inline"})
# The keys of every object as recorded with version 2026-03-11; 2025-09-03 has `archived` on top for what has a trash.
SHAPES: dict[str, frozenset[str]] = {
    "page": STAMPED | FACED | {"is_archived", "is_locked", "properties"},
    "data_source": STAMPED | FACED | NAMED | {"properties", "database_parent"},
    "database": (STAMPED | FACED | NAMED | {"data_sources", "is_locked"}) - {"created_by", "last_edited_by"},
    "block": STAMPED | {"type", "has_children", "in_trash"},
    "comment": (STAMPED | {"discussion_id", "rich_text", "display_name"}) - {"last_edited_by"},
    "error": frozenset({"object", "status", "code", "message"}),
}
TRASHED = frozenset({"page", "data_source", "database", "block"})


class NotionJudge:
    """Judges traffic; of version 2026-03-11 with the differences that the fact sheet lists."""

    def __init__(self) -> None:
        self.document = _document()
        self.paths = [(_pattern(path), path, item) for path, item in self.document["paths"].items()]
        self.paths.sort(key=lambda row: row[1].count("{"))
        self.more = [(_pattern(name.partition(" ")[2]), name) for name in MORE_PATHS]
        self.checked = 0
        self.seen: set[str] = set()

    def check(self, request: Request, answer: Answer) -> list[str]:
        """Return the complaints about one exchange."""
        self.checked += 1
        old = request.headers.get("notion-version", "") < "2026-03-11"
        found = [("answer", text) for text in _shapes(json.loads(answer.body), old, root=True)]
        operation, name = self._operation(request)
        self.seen.add(name)
        if operation is not None:
            found += self._judged(operation, request, answer)
        elif name not in MORE_PATHS and answer.status != 400:
            found.append(("path", "is not in the document"))
        return [f"{name}: {where}: {text}" for where, text in found if not _excused(name, where, text)]

    def _operation(self, request: Request) -> tuple[dict[str, Any] | None, str]:
        for pattern, path, item in self.paths:
            if pattern.fullmatch(request.path) and request.method.lower() in item:
                return item[request.method.lower()], f"{request.method} {path}"
        for pattern, name in self.more:
            if name.startswith(f"{request.method} ") and pattern.fullmatch(request.path):
                return None, name
        return None, f"{request.method} {request.path}"

    def _judged(self, operation: dict[str, Any], request: Request, answer: Answer) -> list[tuple[str, str]]:
        found = []
        known = {one["name"]: one for one in operation.get("parameters", ()) if one.get("in") == "query"}
        for name, value in request.query:
            if name not in known:
                found.append((f"query/{name}", "is not a parameter"))
            elif known[name].get("schema", {}).get("type") == "integer" and not re.fullmatch(r"-?\d+", value):
                found.append((f"query/{name}", "is not a whole number"))
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
        if body and request.body and answer.status < 400:
            found += _complaints(body, json.loads(request.body), "request")
        described = operation["responses"].get(str(answer.status))
        if described is None:
            return (
                found if answer.status in STATUSES else [*found, ("status", f"{answer.status} is not in the document")]
            )
        schema = described.get("content", {}).get("application/json", {}).get("schema")
        return found + (_complaints(schema, json.loads(answer.body), "answer") if schema else [])


def _shapes(value: Any, old: bool, *, root: bool = False) -> list[str]:
    """Return what is wrong with the keys of every object in an answer."""
    if isinstance(value, list):
        return [text for one in value for text in _shapes(one, old)]
    if not isinstance(value, dict):
        return []
    found = []
    kind = value.get("object")
    if kind in SHAPES:
        wanted = SHAPES[kind] | ({"archived"} if old and kind in TRASHED else set())
        wanted |= {"request_id"} if root else set()
        wanted |= {value["type"]} if kind == "block" else set()
        extra = value.keys() - wanted - {"additional_data"}
        if extra or wanted - value.keys():
            found.append(f"a {kind} has {sorted(extra)} too many and lacks {sorted(wanted - value.keys())}")
    if root and "request_id" not in value:
        found.append("no request_id")
    return found + [text for one in value.values() for text in _shapes(one, old)]


def _excused(name: str, where: str, text: str) -> bool:
    return any(
        re.match(operation, name) and re.fullmatch(place, where) and re.search(saying, text)
        for operation, place, saying, _ in DEVIATIONS
    )


def _pattern(path: str) -> re.Pattern[str]:
    parts = ["[^/]+" if part.startswith("{") else re.escape(part) for part in path.split("/")]
    return re.compile("/".join(parts))


@lru_cache(maxsize=1)
def _document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shared("specs/notion.2025-09-03.json").read_text())
    return found


@lru_cache(maxsize=256)
def _validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator({**json.loads(schema), "components": _document()["components"]})


def _complaints(schema: Any, value: Any, what: str) -> list[tuple[str, str]]:
    errors: list[ValidationError] = sorted(_validator(json.dumps(schema)).iter_errors(value), key=str)
    return [("/".join([what, *map(str, one.absolute_path)]), one.message[:300]) for one in errors]
