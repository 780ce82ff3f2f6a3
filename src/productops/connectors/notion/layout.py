"""What a data source looks like: its properties by id, the text of its pages, and the property for markers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from productops.connectors.notion.finding import plain
from productops.connectors.notion.wire import SYSTEM
from productops.errors import ConfigError
from productops.sdk.collection import Field, Kind, Schema, fold
from productops.sdk.record import Option

BODY = "page_body"  # the id of the field that stands for the text of a page; no property has such an id
END = "/end"  # after a date property's id: the end of its range
LONGEST_TEXT = 200_000  # a hundred runs of 2,000 characters
LONGEST_LINE = {"url": 2_000, "email": 200, "phone_number": 200}
KINDS: dict[str, Kind] = {
    **dict.fromkeys(("title", "rich_text", "email", "phone_number", "unique_id"), "text"),
    **dict.fromkeys(("select", "status", "verification"), "choice"),
    **dict.fromkeys(("created_time", "last_edited_time"), "datetime"),
    **dict.fromkeys(("created_by", "last_edited_by"), "person"),
    "number": "number",
    "multi_select": "choices",
    "date": "date",
    "people": "people",
    "files": "files",
    "checkbox": "bool",
    "url": "url",
    "relation": "links",
}
COMPUTED = {
    "formula": "it is a formula, which Notion computes",
    "rollup": "it is a rollup, which Notion computes",
    "unique_id": "it is numbered by Notion",
    "created_time": "Notion keeps it",
    "last_edited_time": "Notion keeps it",
    "created_by": "Notion keeps it",
    "last_edited_by": "Notion keeps it",
    "button": "it is a button",
    # Notion would take these; we could not write them without losing the files that Notion itself keeps.
    "files": "files are read, not written",
}
KNOWN = {*KINDS, "place", "formula", "rollup", "button"}
VERIFIED = (Option("verified", "verified"), Option("unverified", "unverified"))


@dataclass(frozen=True, slots=True)
class Column:
    """A property of a data source, or the end of one that holds a range."""

    field: Field
    property: str  # its id, as Notion spells it
    type: str
    end: bool = False


@dataclass(frozen=True, slots=True)
class SourceSchema(Schema):
    """A schema that leaves out the property for markers and says so to whoever asks for it."""

    key: tuple[str, ...] = ()

    def field(self, name: str) -> Field:
        """Return the field with this id or name.

        Raises:
            ConfigError: as for every schema, and for the property that holds the markers.

        """
        if name in self.key:
            raise ConfigError(
                f"{self.where}: {name!r} holds the sync's markers and is no property to map.",
                system=SYSTEM,
                remedy="Take another property for your own values; this one is only for key=.",
            )
        # Not super(): a dataclass with slots is rebuilt, and the bare form would look for the first build.
        return Schema.field(self, name)


@dataclass(frozen=True, slots=True)
class Layout:
    """A data source as Notion describes it now."""

    id: str
    name: str
    columns: dict[str, Column]
    schema: SourceSchema
    names: dict[str, str]  # every property's name by id, for errors
    types: dict[str, str]  # and its type
    key: str | None = None
    counter: str | None = None  # a unique_id property: the one thing that tells all pages apart

    def property(self, name: str) -> str:
        """Return the id of a property that was given by id or name."""
        if name in self.names:
            return name
        return next((id_ for id_, known in self.names.items() if known == name), name)


def layout_of(described: Mapping[str, Any], *, key: str | None, body: str, formatted: Sequence[str]) -> Layout:
    """Return the layout of a data source; ``key`` and ``formatted`` may be ids or names.

    Raises:
        ConfigError: the property for markers does not exist or is no text, or a formatted one is no text.

    """
    name = plain(described.get("title")) or str(described["id"])
    known: list[Mapping[str, Any]] = list((described.get("properties") or {}).values())
    markers = _key(name, known, key) if key else None
    columns: dict[str, Column] = {}
    for each in known:
        if markers is None or each["id"] != markers["id"]:
            columns |= {one.field.id: one for one in columns_of(each, body)}
    for wanted in formatted:
        _format(name, columns, wanted)
    text = Field(BODY, body, "markdown", mentions=True, note="the text of the page")
    fields = (*(each.field for each in columns.values()), text)
    schema = SourceSchema(
        fields, f"the Notion data source {name!r}", (str(markers["id"]), str(markers["name"])) if markers else ()
    )
    return Layout(
        id=str(described["id"]),
        name=name,
        columns=columns,
        schema=schema,
        names={str(each["id"]): str(each["name"]) for each in known},
        types={str(each["id"]): str(each["type"]) for each in known},
        key=str(markers["id"]) if markers else None,
        counter=next((str(each["id"]) for each in known if each["type"] == "unique_id"), None),
    )


def columns_of(described: Mapping[str, Any], body: str = "") -> list[Column]:
    """Return the column of a property, and for a date also that of its range's end."""
    kind, id_, name = str(described.get("type", "unknown")), str(described["id"]), str(described.get("name", ""))
    refusal = COMPUTED.get(kind)
    if kind not in KNOWN:
        refusal = f"properties of the type {kind!r} are not known to this version"
    settings = described.get(kind) or {}
    options = tuple(Option(str(one["id"]), str(one.get("name", ""))) for one in settings.get("options") or ())
    limit = LONGEST_TEXT if kind in ("title", "rich_text") else LONGEST_LINE.get(kind)
    field = Field(
        id_,
        name,
        KINDS.get(kind, "other"),
        VERIFIED if kind == "verification" else options,
        refusal,
        max_length=limit if refusal is None else None,
        times=kind == "date",
        grain=timedelta(minutes=1) if kind == "date" else None,
        filled=kind == "checkbox",
    )
    found = [Column(field, id_, kind)]
    if kind == "date":
        found.append(Column(replace(field, id=id_ + END, name=f"{name} (end)"), id_, kind, end=True))
    return found


def _key(where: str, known: Sequence[Mapping[str, Any]], key: str) -> Mapping[str, Any]:
    found = next((each for each in known if key in (each["id"], each["name"])), None)
    if found is None:
        raise ConfigError(
            f"The Notion data source {where!r} has no property {key!r} for the sync's markers.",
            system=SYSTEM,
            remedy=f"Add a text property named {key!r} in Notion; people can hide it in their views.",
        )
    if found["type"] != "rich_text":
        raise ConfigError(
            f"The property {found['name']!r} of {where!r} is {found['type']} and cannot hold the sync's markers.",
            system=SYSTEM,
            remedy="Add a text property of its own for them and name that with key=.",
        )
    return found


def _format(where: str, columns: dict[str, Column], wanted: str) -> None:
    """Make a text property one that is read as Markdown."""
    for id_, each in columns.items():
        if wanted == id_ or fold(wanted) == fold(each.field.name):
            if each.type not in ("rich_text", "title"):
                raise ConfigError(
                    f"The property {each.field.name!r} of {where!r} is {each.type} and holds no formatted text.",
                    system=SYSTEM,
                    remedy="Name text properties with formatted= only.",
                )
            columns[id_] = replace(each, field=replace(each.field, kind="markdown", mentions=True))
            return
    raise ConfigError(
        f"The Notion data source {where!r} has no property {wanted!r}.", system=SYSTEM, remedy="Correct formatted=."
    )
