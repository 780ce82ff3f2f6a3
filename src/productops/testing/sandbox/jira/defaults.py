"""What a site has when its seed does not say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = Mapping[str, Any]

PEOPLE: tuple[Json, ...] = (
    {"name": "Mira Quill", "email": "mira@example.com", "timeZone": "Europe/Berlin", "admin": True},
    {"name": "Tomas Reed", "email": "tomas@example.com", "timeZone": "America/Los_Angeles"},
    {"name": "Ines Vale", "email": "ines@example.com", "timeZone": "UTC"},
)
TYPES: tuple[Json, ...] = ({"name": "Epic", "level": 1}, {"name": "Story"}, {"name": "Bug"}, {"name": "Task"})
PRIORITIES = ("Highest", "High", "Medium", "Low", "Lowest")
RESOLUTIONS = ("Done", "Won't Do", "Duplicate")
LINKS = (("Blocks", "is blocked by", "blocks"), ("Relates", "relates to", "relates to"))
OPEN: Json = {
    "statuses": [
        {"name": "To Do", "category": "new"},
        {"name": "In Progress", "category": "indeterminate"},
        {"name": "In Review", "category": "indeterminate"},
        {"name": "QA", "category": "indeterminate"},
        {"name": "Done", "category": "done"},
    ],
    "transitions": [
        {"name": "Start progress", "from": ["To Do"], "to": "In Progress"},
        {"name": "Ask for review", "from": ["In Progress"], "to": "In Review"},
        {"name": "Send to QA", "from": ["In Review"], "to": "QA"},
        {"name": "Close", "from": ["QA", "In Review", "In Progress"], "to": "Done"},
        {"name": "Rework", "from": ["In Review", "QA"], "to": "In Progress"},
        {"name": "Back to To Do", "to": "To Do"},
    ],
}
SCREEN = [
    "summary",
    "description",
    "environment",
    "priority",
    "assignee",
    "reporter",
    "labels",
    "components",
    "fixVersions",
    "versions",
    "duedate",
    "parent",
]
VERSION = ("name", "released", "releaseDate")
CATEGORIES = ("new", "indeterminate", "done")
