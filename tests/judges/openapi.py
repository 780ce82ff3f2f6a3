"""The official OpenAPI document of Jira Cloud as a judge of requests and answers.

``JiraJudge().check(request, answer)`` returns what is wrong, as texts; nothing wrong is an empty list.
Validators are compiled once per schema. Where the document contradicts recorded traffic or the facts,
``DEVIATIONS`` says so, with the reason: these are the only complaints that are passed over.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

from jsonschema import Draft7Validator, FormatChecker, ValidationError

from productops.testing.sandbox.wire import Answer, Request
from shared import shared

NULLS = "the official Python client sends nulls"
# (operation, where in the value, what the complaint says, why it is passed over); all but the reason are patterns
DEVIATIONS: tuple[tuple[str, str, str, str], ...] = (
    (r"GET /rest/api/3/field$", r".*", r"'untranslatedName' was unexpected", "recorded field lists carry it"),
    (r".*", r".*/(from|fromString|to|toString)$", r"^None is not of type", "recorded histories hold nulls"),
    (r"POST /rest/api/3/search/jql", r"request.*", r"^None is not of type", NULLS),
    (
        r"POST /rest/api/3/issueLink$",
        r"request/comment",
        r"^None is not of type",
        "the official Python client sends nulls",
    ),
    (
        r"POST .*/issue/bulk$",
        r"answer",
        r"'issues' was unexpected",
        "a batch that failed whole looks like any other",
    ),
    (r"POST .*/issue/bulk$", r"answer/errors", r"is not of type 'object'$", "as above"),
    (r"GET .*/remotelink$", r"answer", r"^\[.* is not of type 'object'$", "recorded: a list, unless globalId is asked"),
    (r"GET .*/user/search$", r"query", r"^include(Ina|A)ctive is not", "the official Python client sends them"),
)
PREFIX = re.compile(r"^/rest/api/(?:2|latest)/")
JIRA_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)")
FORMATS = FormatChecker(formats=())


@FORMATS.checks("date-time")
def _date_time(value: object) -> bool:
    """Jira's times have no colon in the offset, whatever the document calls them."""
    return not isinstance(value, str) or JIRA_TIME.fullmatch(value) is not None


@FORMATS.checks("date")
def _date(value: object) -> bool:
    return not isinstance(value, str) or re.fullmatch(r"\d{4}-\d\d-\d\d", value) is not None


@FORMATS.checks("uri")
def _uri(value: object) -> bool:
    return not isinstance(value, str) or re.match(r"[a-z]+://[^\s]+$", value) is not None


class JiraJudge:
    """Judges traffic of version 3 of the API; version 2 has no document."""

    def __init__(self) -> None:
        self.document = _document()
        self.paths = [(_pattern(path), path, item) for path, item in self.document["paths"].items()]
        # The paths with the fewest placeholders come first, so that /issue/bulk is not taken for an issue.
        self.paths.sort(key=lambda row: row[1].count("{"))
        self.checked = 0

    def check(self, request: Request, answer: Answer) -> list[str]:
        """Return the complaints about one exchange."""
        self.checked += 1
        operation, path = self._operation(request)
        if operation is None:
            return [f"the document has no {request.method} {request.path}"]
        name = f"{request.method} {path}"
        found = [*self._parameters(operation, request), *self._request(operation, request, answer)]
        found += self._answer(operation, answer)
        return [f"{name}: {where}: {text}" for where, text in found if not _excused(name, where, text)]

    def _operation(self, request: Request) -> tuple[dict[str, Any] | None, str]:
        for pattern, path, item in self.paths:
            if pattern.fullmatch(request.path) and request.method.lower() in item:
                return item[request.method.lower()], path
        return None, ""

    def _parameters(self, operation: dict[str, Any], request: Request) -> list[tuple[str, str]]:
        known = {one["name"]: one for one in operation.get("parameters", ()) if one["in"] == "query"}
        found = []
        for name, value in request.query:
            if name not in known:
                found.append(("query", f"{name} is not a parameter"))
            elif known[name]["schema"].get("type") == "integer" and not re.fullmatch(r"-?\d+", value):
                found.append(("query", f"{name} is not a whole number"))
        sent = {name for name, _ in request.query}
        return found + [
            ("query", f"{one} is required") for one in known if known[one].get("required") and one not in sent
        ]

    def _request(self, operation: dict[str, Any], request: Request, answer: Answer) -> list[tuple[str, str]]:
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None or answer.status >= 400 or not request.body:
            return []
        return _complaints(content.get("schema"), json.loads(request.body), "request")

    def _answer(self, operation: dict[str, Any], answer: Answer) -> list[tuple[str, str]]:
        described = operation["responses"].get(str(answer.status))
        if described is None:
            return [] if answer.status in {401, 410, 429} else [("status", f"{answer.status} is not in the document")]
        if answer.status >= 400:
            schema = {"$ref": "#/components/schemas/ErrorCollection"}
        else:
            schema = described.get("content", {}).get("application/json", {}).get("schema")
        if not answer.body:
            return [("answer", "no body")] if schema else []
        if schema is None:
            return []
        return _complaints(schema, json.loads(answer.body), "answer")


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
    found: dict[str, Any] = json.loads(shared("specs/jira-cloud.v3.json").read_text())
    return found


@lru_cache(maxsize=256)
def _validator(schema: str) -> Draft7Validator:
    whole = {**json.loads(schema), "components": _document()["components"]}
    return Draft7Validator(whole, format_checker=FORMATS)


def _complaints(schema: Any, value: Any, what: str) -> list[tuple[str, str]]:
    if not schema:
        return []
    errors: list[ValidationError] = sorted(_validator(json.dumps(schema)).iter_errors(value), key=str)
    return [("/".join([what, *map(str, one.absolute_path)]), one.message[:300]) for one in errors]
