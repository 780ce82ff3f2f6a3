"""The issues of a seed: created through the same code as any other, at the times the seed gives."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from productops.testing.sandbox.jira import adf
from productops.testing.sandbox.jira.errors import RefusedError, SeedError
from productops.testing.sandbox.jira.hands import Hands
from productops.testing.sandbox.jira.seed import Place
from productops.testing.sandbox.jira.state import Issue

KEYS = (
    "project", "type", "summary", "description", "status", "assignee", "reporter", "priority", "labels", "parent",
    "created", "updated", "fields", "comments", "properties",
)  # fmt: skip


def plant_issues(hands: Hands, root: Place, now: datetime) -> None:
    """Create every issue of the seed. Raises ``SeedError`` where Jira would refuse one."""
    for place in root.each("issues"):
        raw = place.object(*KEYS)
        created = _time(place, "created", now)
        try:
            issue = hands.add(
                place.need("project"), place.need("type"), place.need("summary"), _fields(hands, raw), at=created
            )
            _finish(hands, place, issue, created)
        except RefusedError as refused:
            raise place.fail(f"Jira would refuse this: {refused.body}") from None
        except LookupError as absent:
            raise place.fail(str(absent)) from None


def _time(place: Place, key: str, default: datetime) -> datetime:
    text = place.value.get(key)
    if text is None:
        return default
    try:
        found = datetime.fromisoformat(text)
    except (ValueError, TypeError):
        raise place.fail(f"{key!r} is not an ISO time") from None
    if found.tzinfo is None:
        raise place.fail(f"{key!r} needs an offset, for example +00:00")
    return found


def _fields(hands: Hands, raw: Any) -> dict[str, Any]:
    found: dict[str, Any] = dict(raw.get("fields", {}))
    if isinstance(raw.get("description"), str):
        text = raw["description"]
        found["description"] = adf.from_text(text) if hands.site.cloud else text
    elif "description" in raw:
        found["description"] = raw["description"]
    for role in ("assignee", "reporter"):
        if raw.get(role):
            person = hands.user(raw[role])
            found[role] = {"accountId": person.account_id} if hands.site.cloud else {"name": person.username}
    if "priority" in raw:
        found["priority"] = {"name": raw["priority"]}
    if "labels" in raw:
        found["labels"] = raw["labels"]
    if "parent" in raw:
        found["parent"] = {"key": raw["parent"]}
    return found


def _finish(hands: Hands, place: Place, issue: Issue, created: datetime) -> None:
    raw = place.value
    updated = _time(place, "updated", created)
    if updated < created:
        raise SeedError(f"{place.path}: 'updated' is before 'created'")
    if "status" in raw:
        issue = hands.transition(issue.key, raw["status"], at=updated)
    for text in raw.get("comments", ()):
        hands.say(issue.key, adf.from_text(text) if hands.site.cloud else text, at=updated)
    now = hands.issue(issue.key)
    hands.site.put(replace(now, updated=updated, properties=dict(raw.get("properties", {}))), updated)
