"""An issue as the service shows it, and as a record."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from productops.sdk import Field, Option, Record

SYSTEM = "tracker"
LATE = 60.0  # seconds for which a request that was given up may still take effect
STATES = (Option("open", "open"), Option("closed", "closed"))
FIELDS = (
    Field("title", "Title", "text", required=True, max_length=256),
    Field("body", "Body", "text", max_length=60_000),
    Field("state", "State", "choice", STATES),
    Field("labels", "Labels", "labels"),
)
MARK = re.compile(r"\s*<!-- productops:(\S+) -->\s*\Z")


def record(row: Mapping[str, Any]) -> Record:
    """Return an issue as a record."""
    body = row["body"] or ""
    found = MARK.search(body)
    values = {
        "title": row["title"],
        "body": MARK.sub("", body).replace("\r\n", "\n") or None,
        "state": next(one for one in STATES if one.id == row["state"]),
        "labels": sorted(label["name"] for label in row["labels"]) or None,
    }
    return Record(
        id=str(row["number"]),
        fields=values,
        key=f"#{row['number']}",
        url=row["html_url"],
        marker=found[1] if found else None,
        created=datetime.fromisoformat(row["created_at"]),
        updated=datetime.fromisoformat(row["updated_at"]),
    )


def body(fields: Mapping[str, Any], marker: str | None) -> dict[str, Any]:
    """Return what is sent: the fields named, and the marker where the text that holds it is written."""
    sent = dict(fields)
    if "state" in sent:
        sent["state"] = sent["state"].id if sent["state"] else "open"
    if "labels" in sent:
        sent["labels"] = list(sent["labels"] or [])
    if marker is not None:
        sent["body"] = f"{sent.get('body') or ''}\n\n<!-- productops:{marker} -->".lstrip()
    return sent
