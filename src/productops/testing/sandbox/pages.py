"""Pages of a listing, spoilt: rows twice, rows left out, an end that is none. Any service whose answers are JSON.

A list of rows and a token to the next page look alike in most services: ``records`` and ``offset``, ``issues`` and
``nextPageToken``, ``results`` and ``next_cursor``. What has neither is no page, and stays as it is.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from productops.testing.sandbox.wire import Answer

ROWS = ("records", "issues", "results")
TOKENS = ("offset", "nextPageToken", "next_cursor")
LAST: dict[str, Any] = {"isLast": True, "has_more": False, "next_cursor": None}


def spoil(kind: str, answer: Answer) -> Answer | None:
    """Return the page spoilt, or None when the answer is no page or has nothing that could be spoilt so.

    >>> page = Answer.of({"records": [{"id": "a"}], "offset": "more"})
    >>> json.loads(spoil("early_end", page).body)
    {'records': [{'id': 'a'}]}
    """
    try:
        page = json.loads(answer.body)
    except ValueError:
        return None
    rows = next((name for name in ROWS if isinstance(page, dict) and isinstance(page.get(name), list)), None)
    if rows is None or answer.status != 200:
        return None
    spoilt = _spoilt(kind, page, rows)
    if spoilt == page:
        return None
    return replace(answer, body=json.dumps(spoilt, ensure_ascii=False, separators=(",", ":")).encode())


def _spoilt(kind: str, page: dict[str, Any], rows: str) -> dict[str, Any]:
    if kind == "duplicate_page":
        return {**page, rows: page[rows] * 2}
    if kind == "missing_page":
        return {**page, rows: []}
    if kind == "partial_page":
        return {**page, rows: page[rows][::2]}
    shown = page[rows] if kind == "early_end" else []
    ended = {name: value for name, value in page.items() if name not in TOKENS}
    return {**ended, rows: shown, **{name: value for name, value in LAST.items() if name in page}}
