"""The seed a sandbox has when none is given: an empty roadmap in every service."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from productops.testing.sandbox.airtable.seed import STANDARD_TOKEN
from productops.testing.sandbox.notion.seed import STANDARD_TOKEN as NOTION_TOKEN
from productops.testing.sandbox.productboard.seed import STANDARD_TOKEN as PRODUCTBOARD_TOKEN

PEOPLE = (("Mira Quill", "mira@example.com"), ("Tomas Reed", "tomas@example.com"), ("Ines Vale", "ines@example.com"))
BASE = "appProductopsDemo"
STAGES = ("Inbox", "Building", "Shipped")
FIELDS: tuple[dict[str, Any], ...] = (
    {"name": "Name", "type": "singleLineText"},
    {"name": "Notes", "type": "richText"},
    {"name": "Owner", "type": "singleCollaborator"},
    {"name": "Target date", "type": "date"},
    {"name": "Stage", "type": "singleSelect", "options": {"choices": list(STAGES)}},
    {"name": "Points", "type": "number", "options": {"precision": 1}},
    {"name": "Sync key", "type": "singleLineText"},
)
PROPERTIES: dict[str, Any] = {
    "Name": "title",
    "Notes": "rich_text",
    "Owner": "people",
    "Target date": "date",
    "Stage": {"select": list(STAGES)},
    "Points": "number",
    "Sync key": "rich_text",
}


def standard_seed(people: Iterable[tuple[str, str]] = PEOPLE) -> dict[str, Any]:
    """Return the seed of all services, with these people (name, e-mail) in each; the first one signs in.

    Jira has the project PROD with the usual workflow, Airtable the base Product with the table Roadmap, Notion the
    database Roadmap, Productboard the product Product with the statuses of the others' stages.
    """
    users = [{"name": name, "email": email} for name, email in people]
    table = {"name": "Roadmap", "fields": [dict(field) for field in FIELDS]}
    return {
        "jira": {
            "users": [dict(user, admin=True) if number == 0 else dict(user) for number, user in enumerate(users)],
            "fields": [{"name": "Story Points", "type": "number"}],
            "projects": [{"key": "PROD", "name": "Product"}],
        },
        "airtable": {
            "users": users,
            "tokens": {STANDARD_TOKEN: {"user": users[0]["email"]}},
            "bases": [{"id": BASE, "name": "Product", "tables": [table]}],
        },
        "notion": {
            "users": users,
            "tokens": {NOTION_TOKEN: {}},
            "databases": [{"title": "Roadmap", "sources": [{"properties": dict(PROPERTIES)}]}],
        },
        "productboard": {
            "members": [{**user, "role": "admin" if number == 0 else "maker"} for number, user in enumerate(users)],
            "tokens": {PRODUCTBOARD_TOKEN: {}},
            "statuses": {"feature": list(STAGES)},
            "fields": [{"type": "feature", "name": "Points", "schema": "NumberFieldValue"}],
            "entities": [{"type": "product", "name": "Product"}],
        },
    }
