"""The pairs of field types that a mapping allows, and how people's values are spelled into each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pydantic import create_model

from campaign import typed
from productops import PersonRef, choice, markdown, person

STAGES = {"idea": "Inbox", "doing": "Building", "done": "Shipped"}
STATUSES = {"idea": "To Do", "doing": ["In Progress", "In Review", "QA"], "done": "Done"}
FLAGS = {"true": "Yes", "false": "No"}
OWN = {  # fields that Jira and Notion have by themselves, by the name under which they are mapped
    "summary": "summary", "description": "description", "duedate": "duedate", "status": "status", "labels": "labels",
    "assignee": "assignee", "title": "Name", "body": "Body",
}  # fmt: skip
MANY = frozenset[str]


@dataclass(frozen=True)
class Pair:
    """A field of the model and its type in both services. ``left`` is Jira or Notion, ``right`` Airtable."""

    field: str
    left: str
    right: str
    type: Any
    typed: Callable[[Any], Any]
    typed_left: Callable[[Any], Any] | None = None  # where people type in another way there
    codec: Callable[[str], Any] = str
    codec_left: Callable[[str], Any] | None = None
    required: bool = False

    @property
    def name(self) -> str:
        return f"{self.left} ↔ {self.right}"

    @property
    def column(self) -> str:
        """What the field is called in Airtable."""
        return self.field.title()

    @property
    def column_left(self) -> str:
        return OWN.get(self.left, self.column)

    def value(self, luck: Any, side: str) -> Any:
        """What somebody types there; now and then nothing."""
        if not self.required and luck.random() < 0.1:
            return None
        return (self.typed_left if side == "left" and self.typed_left else self.typed)(luck)


def staged(options):
    return lambda name: choice(name, **options)


DATE, TIME, NUMBER, TEXT = date | None, datetime | None, float | None, str | None
JIRA = (
    Pair("title", "summary", "singleLineText", TEXT, typed.words, required=True),
    Pair("text", "description", "richText", TEXT, typed.markdown, typed.document, markdown),
    Pair("notes", "textarea", "richText", TEXT, typed.markdown, typed.document, markdown),
    Pair("plain", "text", "multilineText", TEXT, typed.lines, typed.words),
    Pair("mail", "text", "email", TEXT, typed.mail),
    Pair("phone", "text", "phoneNumber", TEXT, typed.phone),
    Pair("page", "url", "url", TEXT, typed.page),
    Pair("day", "duedate", "date", DATE, typed.day),
    Pair("start", "date", "singleLineText", DATE, typed.day),
    Pair("at", "datetime", "dateTime", TIME, typed.utc, typed.zoned),
    Pair("count", "number", "number", NUMBER, typed.number),
    Pair("cost", "number", "currency", NUMBER, typed.money),
    Pair("share", "number", "percent", NUMBER, typed.part),
    Pair("stars", "number", "rating", NUMBER, typed.stars),
    Pair("effort", "number", "duration", NUMBER, typed.seconds),
    Pair("size", "select", "singleSelect", TEXT, typed.size),
    Pair("grade", "radiobuttons", "singleSelect", TEXT, typed.size),
    Pair("word", "select", "singleLineText", TEXT, typed.size),
    Pair("flag", "select", "checkbox", bool | None, typed.flag, codec_left=staged(FLAGS)),
    Pair("tags", "labels", "multipleSelects", MANY, typed.tags),
    Pair("areas", "multiselect", "multipleSelects", MANY, typed.tags),
    Pair("boxes", "checkboxes", "multipleSelects", MANY, typed.tags),
    Pair("owner", "assignee", "singleCollaborator", PersonRef | None, typed.person, codec=person),
    Pair("tester", "user", "singleCollaborator", PersonRef | None, typed.person, codec=person),
    Pair("crew", "users", "multipleCollaborators", list[PersonRef], typed.people, codec=person),
    Pair("stage", "status", "singleSelect", TEXT, lambda luck: luck.choice([*STAGES]), codec=staged(STAGES),
         codec_left=staged(STATUSES), required=True),
)  # fmt: skip
NOTION = (
    Pair("title", "title", "singleLineText", TEXT, typed.words, required=True),
    Pair("text", "body", "richText", TEXT, typed.markdown, codec=markdown),
    Pair("plain", "rich_text", "multilineText", TEXT, typed.lines),
    Pair("mail", "email", "email", TEXT, typed.mail),
    Pair("phone", "phone_number", "phoneNumber", TEXT, typed.phone),
    Pair("page", "url", "url", TEXT, typed.page),
    Pair("day", "date", "date", DATE, typed.day),
    Pair("at", "date", "dateTime", TIME, typed.utc),
    Pair("count", "number", "number", NUMBER, typed.number),
    Pair("size", "select", "singleSelect", TEXT, typed.size),
    Pair("tags", "multi_select", "multipleSelects", MANY, typed.tags),
    Pair("crew", "people", "multipleCollaborators", list[PersonRef], typed.people, codec=person),
    Pair("flag", "checkbox", "checkbox", bool | None, typed.flag),
)  # fmt: skip


def model(pairs: tuple[Pair, ...]) -> Any:
    """Return a class with one field for each pair."""
    empty = {MANY: MANY(), list[PersonRef]: []}
    fields: dict[str, Any] = {pair.field: (pair.type, empty.get(pair.type)) for pair in pairs}
    return create_model("Thing", **fields)


def columns(pairs: tuple[Pair, ...]) -> list[dict[str, Any]]:
    """Return the fields of the table in Airtable."""
    return [
        {"name": pair.column, "type": pair.right, **({"options": options} if (options := _settings(pair)) else {})}
        for pair in pairs
    ] + [{"name": "Sync key", "type": "singleLineText"}]


def _settings(pair: Pair) -> dict[str, Any]:
    if pair.right in ("singleSelect", "multipleSelects"):
        return {"choices": [*STAGES.values()] if pair.field == "stage" else options(pair)}
    return {"number": {"precision": 8}, "percent": {"precision": 4}, "rating": {"max": 5}}.get(pair.right, {})


def options(pair: Pair) -> list[str]:
    """Return the options of a choice field."""
    many = pair.type is MANY
    return [*FLAGS.values()] if pair.field == "flag" else typed.TAGS if many else typed.SIZES


def spelled(pair: Pair, service: str, value: Any, account: Callable[[str], Any]) -> Any:
    """Return a value as a person's client would send it; ``account`` finds somebody's id."""
    kind = pair.right if service == "airtable" else pair.left
    if value is None:
        return [] if kind in ("labels", "multiselect", "checkboxes", "users") else False if kind == "checkbox" else None
    spell = SPELL.get((service, kind))
    return value if spell is None else spell(value, account)


SPELL: dict[tuple[str, str], Callable[[Any, Any], Any]] = {
    ("jira", "select"): lambda value, _: {"value": value if isinstance(value, str) else FLAGS[str(value).lower()]},
    ("jira", "radiobuttons"): lambda value, _: {"value": value},
    ("jira", "multiselect"): lambda values, _: [{"value": value} for value in values],
    ("jira", "checkboxes"): lambda values, _: [{"value": value} for value in values],
    ("jira", "assignee"): lambda value, account: {"accountId": account(value)},
    ("jira", "user"): lambda value, account: {"accountId": account(value)},
    ("jira", "users"): lambda values, account: [{"accountId": account(value)} for value in values],
    ("airtable", "singleCollaborator"): lambda value, _: {"email": value},
    ("airtable", "multipleCollaborators"): lambda values, _: [{"email": value} for value in values],
    ("airtable", "singleSelect"): lambda value, _: STAGES.get(value, value),
}
