"""Values of Jira's fields: what kind they are, how they read, how they are written."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache, partial
from typing import Any

from productops.connectors.jira.adf import rich_text
from productops.connectors.jira.adf.write import LONGEST_TEXT, to_adf
from productops.connectors.jira.api import as_user, rejected
from productops.errors import RejectedError
from productops.sdk.collection import Field, Kind
from productops.sdk.record import Option, RichText, Unreadable, User, Value

LONGEST_LINE = 255
COMPUTED = "Jira computes it"
OPAQUE = "it belongs to an app, whose form of it is not known"
WIKI = "Data Center keeps it as wiki markup, which is passed on as it is"


@dataclass(frozen=True, slots=True)
class Shape:
    """How one field travels. ``read`` and ``write`` translate one value that is not null."""

    kind: Kind
    read: Callable[[Any], Value]
    write: Callable[[Spec, Any], Any] | None = None
    max_length: int | None = None
    read_only: str | None = None
    note: str | None = None
    empty: Any = None  # what is sent to clear the field


@dataclass(frozen=True, slots=True)
class Spec:
    """One field of a project: as the library shows it, and as it travels."""

    field: Field
    shape: Shape
    cloud: bool = True

    def decode(self, raw: Any) -> Value:
        """Return the plain value; a form that is not understood is unreadable, never a guess."""
        if raw is None:
            return None
        try:
            return self.shape.read(raw)
        except UNKNOWN_FORM as error:
            return Unreadable(f"{self.field.name} came in a form that is not known ({type(error).__name__})")

    def encode(self, value: Value) -> Any:
        """Return the JSON to write.

        Raises:
            RejectedError: the field cannot hold this value; nothing was sent.

        """
        if self.field.read_only or self.shape.write is None:
            raise self.refuse(f"cannot be written: {self.field.read_only or 'read only'}")
        if isinstance(value, Unreadable):
            raise self.refuse("was not readable where it comes from")
        if value is None or value == "" or value == []:
            if self.field.id == "summary":
                raise self.refuse("must not be empty")
            return self.shape.empty
        return self.shape.write(self, value)

    @property
    def rich(self) -> bool:
        """Whether the field holds documents."""
        return self.shape is RICH

    def refuse(self, why: str) -> RejectedError:
        """Return the error for a value that this field does not take."""
        return rejected(f"{self.field.name!r} {why}", self.field.id, why)

    def option(self, value: Any) -> Option:
        """Return the option meant by an option, a name or an id."""
        if isinstance(value, Option):
            return value
        if found := self.field.option(str(value)):
            return found
        known = ", ".join(one.name for one in self.field.options[:20]) or "none"
        raise self.refuse(f"has no option {value!r} (it has {known})")


UNKNOWN_FORM = (ValueError, TypeError, KeyError, AttributeError, OverflowError)
# --- reading


def as_text(raw: Any) -> str:
    """Return a text."""
    if isinstance(raw, (dict, list)):
        raise TypeError("a text was expected")
    return str(raw)


def _rich(raw: Any) -> RichText | str:
    return rich_text(raw) if isinstance(raw, dict) else as_text(raw)


def as_number(raw: Any) -> float | int:
    """Return a number, a whole one without a point."""
    if isinstance(raw, bool) or not isinstance(raw, (int, float)):
        raise TypeError("a number was expected")
    return int(raw) if isinstance(raw, float) and raw.is_integer() else raw


@lru_cache(maxsize=1024)
def moment(raw: Any) -> datetime:
    """Return a time as Jira writes it, in UTC.

    >>> moment("2021-09-16T15:42:13.869-0700").isoformat()
    '2021-09-16T22:42:13.869000+00:00'
    """
    found = datetime.fromisoformat(raw)
    if found.tzinfo is None:
        raise ValueError("a time without a zone")
    return found.astimezone(UTC)


@lru_cache(maxsize=4096)
def _known_option(id_: str, name: str) -> Option:
    """Return an option; the same few come up in every issue."""
    return Option(id_, name)


def as_option(raw: Any) -> Option:
    """Return an option, a status, a version or whatever else has an id and a name."""
    if isinstance(raw, str):  # sprints of old servers, groups
        return Option(raw, raw)
    id_, name = raw.get("id"), raw.get("value") or raw.get("name")
    if type(id_) is str and type(name) is str:
        return _known_option(id_, name)
    id_ = raw.get("id", raw.get("groupId", raw.get("name")))
    return _known_option(str(id_ if id_ is not None else raw["value"]), str(raw.get("value") or raw.get("name") or id_))


def _cascade(raw: Any) -> Option:
    child = raw.get("child")
    if not child:
        return as_option(raw)
    return Option(f"{raw['id']}/{child['id']}", f"{raw.get('value')} > {child.get('value')}")


def as_person(raw: Any) -> User:
    """Return a person; servers of old name them only."""
    return as_user({"name": raw} if isinstance(raw, str) else raw)


def _linked(raw: Any) -> str:
    return str((raw.get("outwardIssue") or raw.get("inwardIssue") or raw)["id"])


def as_day(raw: Any) -> date:
    """Return a date."""
    return date.fromisoformat(raw[:10])


def as_list(read: Callable[[Any], Value], raw: Any) -> list[Value]:
    """Return several values, each read alike."""
    return [read(one) for one in (raw if isinstance(raw, list) else [raw])]


def _each(read: Callable[[Any], Value]) -> Callable[[Any], Value]:
    return partial(as_list, read)


def _opaque(raw: Any) -> Value:
    if isinstance(raw, (str, int, float, bool)):
        return raw
    if isinstance(raw, list):
        return [_opaque(one) for one in raw]
    name = raw.get("displayName") or raw.get("name") or raw.get("value")
    return name if isinstance(name, str) else {str(key): value for key, value in raw.items() if key != "self"}


# --- writing


def _write_line(spec: Spec, value: Any) -> str:
    # Jira refuses line breaks here, and keeps no white space at the ends.
    text = " ".join(str(value).split("\n")).replace("\r", " ").strip()
    if len(text) > LONGEST_LINE:
        raise spec.refuse(f"holds at most {LONGEST_LINE} characters, not {len(text)}")
    if not text and spec.field.id == "summary":
        raise spec.refuse("must not be empty")
    return text


def _write_text(spec: Spec, value: Any) -> str:
    text = value.markdown if isinstance(value, RichText) else str(value)
    if len(text) > LONGEST_TEXT:
        raise spec.refuse(f"holds at most {LONGEST_TEXT:,} characters, not {len(text):,}")
    return text


def _write_rich(spec: Spec, value: Any) -> Any:
    document = to_adf(_write_text(spec, value))
    return document if document["content"] else None


def _write_number(spec: Spec, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise spec.refuse(f"takes a number, not {value!r}") from None
    if isinstance(value, bool) or not math.isfinite(number):
        raise spec.refuse(f"takes a number, not {value!r}")
    return number


def _write_date(spec: Spec, value: Any) -> str:
    try:
        if isinstance(value, datetime):
            return value.date().isoformat()
        return (value if isinstance(value, date) else date.fromisoformat(str(value)[:10])).isoformat()
    except ValueError:
        raise spec.refuse(f"takes a date, not {value!r}") from None


def _write_moment(spec: Spec, value: Any) -> str:
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        raise spec.refuse(f"takes a date and time, not {value!r}") from None
    if found.tzinfo is None:
        raise spec.refuse("takes a time with its zone")
    found = found.astimezone(UTC)
    return f"{found:%Y-%m-%dT%H:%M:%S}.{found.microsecond // 1000:03d}+0000"


def _write_option(spec: Spec, value: Any) -> dict[str, Any]:
    return {"id": spec.option(value).id}


def _write_options(spec: Spec, value: Any) -> list[Any]:
    return [_write_option(spec, one) for one in (value if isinstance(value, list) else [value])]


def _write_cascade(spec: Spec, value: Any) -> dict[str, Any]:
    parent, _, child = spec.option(value).id.partition("/")
    return {"id": parent, "child": {"id": child}} if child else {"id": parent}


def _write_user(spec: Spec, value: Any) -> dict[str, str]:
    if not isinstance(value, User) or not value.id:
        raise spec.refuse(f"takes a person with a Jira account, not {getattr(value, 'email', None) or value!r}")
    return {"accountId": value.id} if spec.cloud else {"name": value.id}


def _write_users(spec: Spec, value: Any) -> list[dict[str, str]]:
    return [_write_user(spec, one) for one in (value if isinstance(value, list) else [value])]


def _write_labels(spec: Spec, value: Any) -> list[str]:
    labels = [str(one) for one in (value if isinstance(value, list) else [value])]
    for label in labels:
        if not label or re.search(r"\s", label):
            raise spec.refuse(f"takes no label with a space in it: {label!r}")
        if len(label) > LONGEST_LINE:
            raise spec.refuse(f"takes labels of at most {LONGEST_LINE} characters")
    return list(dict.fromkeys(labels))


def _write_parent(spec: Spec, value: Any) -> dict[str, str]:
    return {"id": str(value)} if str(value).isdigit() else {"key": str(value)}


# --- which field is which

TEXT = Shape("text", as_text, _write_text, LONGEST_TEXT)
LINE = Shape("text", as_text, _write_line, LONGEST_LINE)
RICH = Shape("markdown", _rich, _write_rich, LONGEST_TEXT)
WIKI_TEXT = Shape("text", as_text, _write_text, LONGEST_TEXT, note=WIKI)
NUMBER = Shape("number", as_number, _write_number)
CHOICE = Shape("choice", as_option, _write_option)
CHOICES = Shape("choices", _each(as_option), _write_options, empty=[])
PERSON = Shape("person", as_person, _write_user)
PEOPLE = Shape("people", _each(as_person), _write_users, empty=[])
LABELS = Shape("labels", _each(as_text), _write_labels, empty=[])
DAY = Shape("date", as_day, _write_date)
MOMENT = Shape("datetime", moment, _write_moment)
STATUS = Shape("choice", as_option, _write_option)
OTHER = Shape("other", _opaque, read_only=OPAQUE)

CUSTOM = {
    "textfield": LINE, "url": Shape("url", as_text, _write_text, LONGEST_TEXT), "float": NUMBER, "datepicker": DAY,
    "datetime": MOMENT, "select": CHOICE, "radiobuttons": CHOICE, "multiselect": CHOICES, "multicheckboxes": CHOICES,
    "cascadingselect": Shape("choice", _cascade, _write_cascade), "userpicker": PERSON, "multiuserpicker": PEOPLE,
    "people": PEOPLE, "labels": LABELS, "version": CHOICE, "multiversion": CHOICES, "jsw-story-points": NUMBER,
    "gh-epic-link": LINE,
    "gh-sprint": Shape("choices", _each(as_option), read_only="sprints are planned on the board"),
    "gh-lexo-rank": Shape("text", as_text, read_only=COMPUTED),
    "readonlyfield": Shape("text", as_text, read_only=COMPUTED),
}  # fmt: skip
SYSTEM_FIELDS = {
    "summary": LINE,
    "status": STATUS,
    "parent": Shape("link", _linked, _write_parent),
    "issuelinks": Shape("links", _each(_linked), read_only="links between issues have a type, which this leaves alone"),
    "subtasks": Shape("links", _each(_linked), read_only="set the parent of the other issue"),
    "creator": Shape("person", as_person, read_only=COMPUTED),
    "attachment": Shape("files", _each(lambda raw: str(raw["filename"])), read_only="files are not written"),
    "statusCategory": Shape("choice", as_option, read_only=COMPUTED),
}
TYPES = {
    "number": NUMBER, "date": DAY, "datetime": MOMENT, "option": CHOICE, "priority": CHOICE,
    "resolution": CHOICE, "issuetype": CHOICE, "securitylevel": CHOICE, "version": CHOICE, "component": CHOICE,
    "user": PERSON, "option-with-child": CUSTOM["cascadingselect"],
    "group": Shape("choice", as_option, read_only="groups are not written"),
}  # fmt: skip
ITEMS = {
    "string": LABELS, "option": CHOICES, "version": CHOICES, "component": CHOICES, "user": PEOPLE,
    "group": Shape("choices", _each(as_option), read_only="groups are not written"),
}  # fmt: skip
RICH_TEXT = ("description", "environment")


def shape_of(id_: str, schema: Mapping[str, Any], *, cloud: bool) -> Shape:
    """Return how a field travels, from its id and the ``schema`` that Jira declares for it."""
    if id_ in SYSTEM_FIELDS:
        return SYSTEM_FIELDS[id_]
    kind, items = str(schema.get("type", "")), str(schema.get("items", ""))
    custom = str(schema.get("custom") or "").rpartition(":")[2]
    if id_ in RICH_TEXT or custom == "textarea":
        return RICH if cloud else WIKI_TEXT
    if schema.get("custom"):
        if custom in CUSTOM:
            return CUSTOM[custom]
        # An app's field of a plain type reads like any other; apps check what is written in ways of their own.
        return Shape(TYPES[kind].kind, TYPES[kind].read, read_only=OPAQUE) if kind in TYPES else OTHER
    if kind == "array":
        return ITEMS.get(items, OTHER)
    return TYPES.get(kind) or (TEXT if kind == "string" else OTHER)
