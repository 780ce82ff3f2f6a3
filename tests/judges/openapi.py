"""The official OpenAPI document of Jira Cloud as a judge of requests and answers of version 3; version 2 has none."""

from __future__ import annotations

import json
import re
from typing import Any

from jsonschema import Draft7Validator, FormatChecker

from judges.deviations import JIRA, JIRA_STATUSES
from judges.judging import Found, Judge
from productops.testing.sandbox.wire import Answer, Request

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


class JiraJudge(Judge):
    """Judges traffic of version 3 of the API."""

    spec = "jira-cloud.v3.json"
    dialect = Draft7Validator
    formats = FORMATS
    deviations = JIRA

    def answered(self, operation: Any, name: str, request: Request, answer: Answer) -> Found:
        """Return what is wrong with an answer."""
        if operation is None:
            return self.unknown(name)
        described = operation["responses"].get(str(answer.status))
        if described is None:
            told = answer.status in JIRA_STATUSES
            return [] if told else [("status", f"{answer.status} is not in the document")]
        if answer.status >= 400:
            schema = {"$ref": "#/components/schemas/ErrorCollection"}
        else:
            schema = described.get("content", {}).get("application/json", {}).get("schema")
        if not answer.body:
            return [("answer", "no body")] if schema else []
        return self.complaints(schema, json.loads(answer.body), "answer") if schema else []
