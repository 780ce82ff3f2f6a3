"""The OpenAPI document of Notion 2025-09-03 as a judge of requests and answers, also of 2026-03-11.

The document describes hardly any answers, so ``SHAPES`` adds the keys that recorded traffic shows (fact sheet, section
2), with the differences between the versions.
"""

import json
from typing import Any

from jsonschema import Draft202012Validator

from judges.deviations import NOTION, NOTION_PATHS, NOTION_STATUSES
from judges.judging import Found, Judge, path_pattern
from productops.testing.sandbox.wire import Answer, Request

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


class NotionJudge(Judge):
    """Judges traffic; of version 2026-03-11 with the differences that the fact sheet lists."""

    spec = "notion.2025-09-03.json"
    dialect = Draft202012Validator
    deviations = NOTION

    def __init__(self) -> None:
        super().__init__()
        self.more = [(path_pattern(name.partition(" ")[2]), name) for name in NOTION_PATHS]
        self.seen: set[str] = set()

    def unknown(self, name: str) -> Found:
        """Return what is wrong with a path that the document does not have."""
        return [] if name in NOTION_PATHS else super().unknown(name)

    def operation(self, request: Request) -> tuple[dict[str, Any] | None, str]:
        """Return the operation that a request is; some that exist are not in the document."""
        found, name = super().operation(request)
        if found is None:
            of_method = ((pattern, one) for pattern, one in self.more if one.startswith(f"{request.method} "))
            name = next((one for pattern, one in of_method if pattern.fullmatch(request.path)), name)
        self.seen.add(name)
        return found, name

    def answered(self, operation: Any, name: str, request: Request, answer: Answer) -> Found:
        """Return what is wrong with an answer: first with its keys, then by the document."""
        body = json.loads(answer.body)
        old = request.headers.get("notion-version", "") < "2026-03-11"
        found = [("answer", text) for text in _shapes(body, old, root=True)]
        if operation is None:
            return found if answer.status == 400 else [*found, *self.unknown(name)]
        described = operation["responses"].get(str(answer.status))
        if described is None:
            told = answer.status in NOTION_STATUSES
            return found if told else [*found, ("status", f"{answer.status} is not in the document")]
        schema = described.get("content", {}).get("application/json", {}).get("schema")
        return found + self.complaints(schema, body, "answer")


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
