"""Where the official documents contradict what was recorded or what the fact sheets tell: all that judges pass over.

Each entry says which operation, where in the value and what complaint it is about (patterns), why it is passed over,
and where that is known from. A complaint that no entry covers fails the test that caused it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deviation:
    """One complaint to pass over."""

    operation: str
    where: str
    saying: str
    reason: str
    source: str

    def covers(self, operation: str, where: str, text: str) -> bool:
        """Tell whether this is about a complaint."""
        return bool(
            re.match(self.operation, operation) and re.fullmatch(self.where, where) and re.search(self.saying, text)
        )


NULLS = "nulls are sent"
CLIENT = "the official Python client sends them"
HISTORIES = "recorded histories"
JIRA: tuple[Deviation, ...] = (
    Deviation(r"GET /rest/api/3/field$", r".*", r"'untranslatedName' was unexpected", "it is there", "recorded lists"),
    Deviation(r".*", r".*/(from|fromString|to|toString)$", r"^None is not of type", "they hold nulls", HISTORIES),
    Deviation(r"POST /rest/api/3/search/jql", r"request.*", r"^None is not of type", NULLS, CLIENT),
    Deviation(r"POST /rest/api/3/issueLink$", r"request/comment", r"^None is not of type", NULLS, CLIENT),
    Deviation(
        r"POST .*/issue/bulk$", r"answer", r"'issues' was unexpected", "a batch that failed whole looks like any other",
        "fact sheet jira, bulk creates",
    ),
    Deviation(
        r"POST .*/issue/bulk$", r"answer/errors", r"is not of type 'object'$",
        "a batch that failed whole looks like any other", "fact sheet jira, bulk creates",
    ),
    Deviation(
        r"GET .*/remotelink$", r"answer", r"^\[.* is not of type 'object'$", "a list, unless globalId is asked",
        "recorded answers",
    ),
    Deviation(r"GET .*/user/search$", r"query/include(Ina|A)ctive", r"", "it is sent", CLIENT),
)  # fmt: skip
JIRA_STATUSES = {
    401: "gateway",
    404: "what an account may not see is not found: fact sheet jira",
    410: "fact sheet jira: removed searches",
    429: "fact sheet jira: rate limits",
}

NOTION: tuple[Deviation, ...] = (
    Deviation(
        r".*", r"query/filter_properties", r"", "it is repeated, the document knows it once", "the vendor's client"
    ),
    Deviation(
        r"POST /v1/data_sources$", r"request/parent", r"", "it is a database", "recorded: un__db_add_remove_data_source"
    ),
    Deviation(
        r"POST .*/move$", r"request/parent", r"", "since 2025-09-03 the parent of a row is a data source",
        "reference: every other operation",
    ),
    Deviation(
        r"POST /v1/pages$", r"request/parent", r"", "no type is needed", "recorded: sdkpy__pages_properties_retrieve"
    ),
    Deviation(
        r"POST /v1/pages$", r"request/children.*", r"", "texts in the document, blocks in requests", "recorded creates"
    ),
    Deviation(
        r"PATCH /v1/blocks/.*children$", r"request/.*", r"", "two kinds of blocks; all kinds are appended",
        "recorded appends",
    ),
    Deviation(
        r"POST /v1/comments$", r"request.*", r"", "a parent even beside discussion_id",
        "recorded: un__append_block_comments",
    ),
    Deviation(
        r"POST .*/query$", r"request/sorts/.*", r"'property' is a required", "orders by timestamp name no property",
        "reference: sorts",
    ),
)  # fmt: skip
# Paths the document leaves out, with where they are recorded or described.
NOTION_PATHS = {
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
NOTION_STATUSES = {
    401: "reference: status codes", 403: "reference: status codes", 404: "recorded", 409: "reference: status codes",
    429: "reference: request limits", 500: "reference: status codes", 502: "reference: status codes",
    503: "reference: status codes", 504: "reference: status codes", 529: "reference: request limits",
}  # fmt: skip
