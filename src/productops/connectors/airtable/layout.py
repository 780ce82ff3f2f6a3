"""What a table looks like: its columns, its key field, its view, all by id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from productops.connectors.airtable.cells import Column, column, reading_of
from productops.errors import ConfigError
from productops.sdk.collection import Field, Schema
from productops.sdk.jsontext import loads
from productops.sdk.rows import Reading

SYSTEM = "airtable"


@dataclass(frozen=True, slots=True)
class TableSchema(Schema):
    """A schema that leaves out the key field and says so to whoever asks for it."""

    key: tuple[str, ...] = ()  # the key field's id and name

    def field(self, name: str) -> Field:
        """Return the field with this id or name.

        Raises:
            ConfigError: as for every schema, and for the key field.

        """
        if name in self.key:
            raise ConfigError(
                f"{self.where}: {name!r} holds the sync's markers and is no column to map.",
                system=SYSTEM,
                remedy="Take another field for your own values; this one is only for key=.",
            )
        # Not super(): a dataclass with slots is rebuilt, and the bare form would look for the first build.
        return Schema.field(self, name)


@dataclass(slots=True)
class Layout:
    """A table as its base describes it now."""

    base: str
    id: str
    name: str
    columns: dict[str, Column]
    schema: TableSchema
    names: dict[str, str]  # every field's name by id, for errors
    primary: str
    key: str | None = None
    view: str | None = None
    unknown: dict[str, set[str]] = field(default_factory=dict)  # option names shown that the schema does not know
    _readings: dict[tuple[str, ...] | None, dict[str, Reading]] = field(default_factory=dict)

    def readings(self, fields: Sequence[str] | None) -> dict[str, Reading]:
        """Return how the cells of these columns read, or of all; kept, for each page asks."""
        key = None if fields is None else tuple(fields)
        if (known := self._readings.get(key)) is None:
            wanted = self.columns if fields is None else [id_ for id_ in fields if id_ in self.columns]
            known = self._readings[key] = {id_: reading_of(self.columns[id_]) for id_ in wanted}
        return known


def layout_of(base: str, described: Mapping[str, Any], *, key: str | None, view: str | None) -> Layout:
    """Return the layout of a table; ``key`` and ``view`` may be ids or names.

    Raises:
        ConfigError: the key field or the view does not exist, or the key field is no single line text.

    """
    name = str(described["name"])
    fields: Sequence[Mapping[str, Any]] = described.get("fields", ())
    key_field = _key(name, fields, key) if key else None
    key_id = str(key_field["id"]) if key_field else None
    unknown: dict[str, set[str]] = {}
    columns = {str(each["id"]): column(each, unknown) for each in fields if each["id"] != key_id}
    schema = TableSchema(
        tuple(each.field for each in columns.values()),
        f"the Airtable table {name!r}",
        (str(key_field["id"]), str(key_field["name"])) if key_field else (),
    )
    return Layout(
        base=base,
        id=str(described["id"]),
        name=name,
        columns=columns,
        schema=schema,
        names={str(each["id"]): str(each["name"]) for each in fields},
        primary=str(described.get("primaryFieldId") or (fields[0]["id"] if fields else "")),
        key=key_id,
        view=_view(name, described.get("views", ()), view) if view else None,
        unknown=unknown,
    )


def _key(table: str, fields: Sequence[Mapping[str, Any]], key: str) -> Mapping[str, Any]:
    found = next((each for each in fields if key in (each["id"], each["name"])), None)
    if found is None:
        raise ConfigError(
            f"The Airtable table {table!r} has no field {key!r} for the sync's markers.",
            system=SYSTEM,
            remedy=f"Add a single line text field named {key!r} in Airtable; people can hide it in their views.",
        )
    if found["type"] != "singleLineText":
        raise ConfigError(
            f"The field {found['name']!r} of {table!r} is {found['type']} and cannot hold the sync's markers.",
            system=SYSTEM,
            remedy="Add a single line text field of its own for them and name that with key=.",
        )
    return found


def _view(table: str, views: Sequence[Mapping[str, Any]], view: str) -> str:
    found = next((each for each in views if view in (each["id"], each["name"])), None)
    if found is None:
        names = ", ".join(repr(each["name"]) for each in views) or "none"
        raise ConfigError(
            f"The Airtable table {table!r} has no view {view!r}.", system=SYSTEM, remedy=f"It has: {names}."
        )
    return str(found["id"])


def recalled(told: str, named: Sequence[str | None]) -> tuple[str, Mapping[str, Any]] | None:
    """Return base and description from what a table of these names remembered; ``None`` where it is another's."""
    try:
        data = loads(told)
        return (data["base"], data["table"]) if data["of"] == list(named) else None
    except (ValueError, TypeError, KeyError):
        return None


def find_table(tables: Sequence[Mapping[str, Any]], table: str) -> Mapping[str, Any] | None:
    """Return the table with this id, or this name."""
    return next((each for each in tables if each["id"] == table), None) or next(
        (each for each in tables if each["name"] == table), None
    )


def no_key(table: str) -> ConfigError:
    """Return the error for a table that has no field for markers."""
    return ConfigError(
        f"The table {table!r} was asked for without a key field, so a repeated create would make twins.",
        system=SYSTEM,
        remedy='Add a single line text field named "Sync key" in Airtable and write table(..., key="Sync key").',
    )
