"""What the judges of official documents share: finding the operation, checking values, passing over what is listed.

``check(request, answer)`` returns what is wrong, as texts; nothing wrong is an empty list. ``check_request`` and
``check_answer`` do one half each. Validators are compiled once per schema.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from typing import Any, ClassVar

from jsonschema import FormatChecker
from jsonschema.protocols import Validator

from judges.deviations import Deviation
from productops.testing.sandbox.wire import Answer, Request
from shared import shared

Found = list[tuple[str, str]]


class Judge:
    """An OpenAPI document as a judge."""

    spec: ClassVar[str]
    dialect: ClassVar[Any]
    formats: ClassVar[FormatChecker | None] = None
    deviations: ClassVar[tuple[Deviation, ...]] = ()

    def __init__(self) -> None:
        self.document = document(self.spec)
        self.paths = [(path_pattern(path), path, item) for path, item in self.document["paths"].items()]
        # The paths with the fewest placeholders come first, so that /issue/bulk is not taken for an issue.
        self.paths.sort(key=lambda row: row[1].count("{"))
        self.checked = 0

    def check(self, request: Request, answer: Answer) -> list[str]:
        """Return the complaints about one exchange; a request that was refused is only judged by its answer."""
        asked = [] if answer.status >= 400 else self.check_request(request)
        return [*asked, *(one for one in self.check_answer(request, answer) if one not in asked)]

    def check_request(self, request: Request) -> list[str]:
        """Return the complaints about what was sent."""
        self.checked += 1
        operation, name = self.operation(request)
        if operation is None:
            return self.told(name, self.unknown(name))
        try:
            return self.told(name, [*self._parameters(operation, request), *self._body(operation, request)])
        except ValueError:
            return self.told(name, [("request", f"is no JSON: {request.body[:60]!r}")])

    def check_answer(self, request: Request, answer: Answer) -> list[str]:
        """Return the complaints about what was answered."""
        self.checked += 1
        operation, name = self.operation(request)
        try:
            return self.told(name, self.answered(operation, name, request, answer))
        except ValueError:
            return self.told(name, [("answer", f"is no JSON: {answer.body[:60]!r}")])

    def answered(self, operation: Any, name: str, request: Request, answer: Answer) -> Found:
        """Return what is wrong with an answer."""
        raise NotImplementedError

    def knows(self, request: Request) -> bool:
        """Tell whether there is something to judge an answer by."""
        operation, name = self.operation(request)
        return operation is not None or not self.unknown(name)

    def unknown(self, name: str) -> Found:
        """Return what is wrong with a path that the document does not have."""
        return [("path", f"the document has no {name}")]

    def operation(self, request: Request) -> tuple[dict[str, Any] | None, str]:
        """Return the operation of the document that a request is, and its name."""
        for pattern, path, item in self.paths:
            if pattern.fullmatch(request.path) and request.method.lower() in item:
                return item[request.method.lower()], f"{request.method} {path}"
        return None, f"{request.method} {request.path}"

    def told(self, name: str, found: Iterable[tuple[str, str]]) -> list[str]:
        """Return complaints as texts, without the deviations that are listed."""
        passed = self.deviations
        return [f"{name}: {w}: {text}" for w, text in found if not any(one.covers(name, w, text) for one in passed)]

    def _parameters(self, operation: dict[str, Any], request: Request) -> Found:
        known = {one["name"]: one for one in operation.get("parameters", ()) if one.get("in") == "query"}
        found = []
        for name, value in request.query:
            if name not in known:
                found.append((f"query/{name}", "is not a parameter"))
            elif known[name].get("schema", {}).get("type") == "integer" and not re.fullmatch(r"-?\d+", value):
                found.append((f"query/{name}", "is not a whole number"))
        sent = {name for name, _ in request.query}
        needed = (name for name in known if known[name].get("required") and name not in sent)
        return found + [(f"query/{name}", "is required") for name in needed]

    def _body(self, operation: dict[str, Any], request: Request) -> Found:
        schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
        return self.complaints(schema, json.loads(request.body), "request") if schema and request.body else []

    def complaints(self, schema: Any, value: Any, what: str) -> Found:
        """Return what is wrong with a value, as (where, what)."""
        if not schema:
            return []
        errors = sorted(_validator(type(self), json.dumps(schema)).iter_errors(value), key=str)
        return [("/".join([what, *map(str, one.absolute_path)]), _short(one.message)) for one in errors]


def _short(text: str) -> str:
    return text if len(text) <= 300 else f"{text[:200]} … {text[-90:]}"


@cache
def document(spec: str) -> dict[str, Any]:
    """Return a document of the shared samples."""
    found: dict[str, Any] = json.loads(shared(f"specs/{spec}").read_text())
    return found


@cache
def _validator(judge: type[Judge], schema: str) -> Validator:
    whole = {**json.loads(schema), "components": document(judge.spec)["components"]}
    made: Validator = judge.dialect(whole, format_checker=judge.formats)
    return made


def path_pattern(path: str) -> re.Pattern[str]:
    """Return what the paths of an operation look like."""
    parts = ["[^/]+" if part.startswith("{") else re.escape(part) for part in path.split("/")]
    return re.compile("/".join(parts))
