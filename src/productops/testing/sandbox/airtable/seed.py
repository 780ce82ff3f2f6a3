"""Seeds: an account written as JSON, for ``Airtable.from_json``.

::

    {
      "users": [{"id": "usr…", "email": "ada@example.com", "name": "Ada Lind"}],
      "tokens": {"patSandbox": {"user": "ada@example.com", "bases": ["Work"], "scopes": ["data.records:read"],
                                "permission": "create"}},
      "bases": [{"id": "app…", "name": "Work", "tables": [{
          "id": "tbl…", "name": "Ideas", "description": "…",
          "fields": [{"id": "fld…", "name": "Name", "type": "singleLineText", "options": {}, "description": "…"}],
          "views": [{"id": "viw…", "name": "Open", "type": "grid", "formula": "NOT({Done})",
                     "sort": [{"field": "Name", "direction": "asc"}]}],
          "records": [{"id": "rec…", "createdTime": "2026-01-05T09:00:00.000Z", "number": 1,
                       "fields": {"Name": "Dark mode"}}]
      }]}]
    }

Only ``bases`` and, inside, names, fields and types are required. Without ``users`` there is one, without ``tokens``
there is ``patSandbox``, which may do everything. The first field is the primary one. Options are as the metadata
API shows them, with these additions: ``choices`` may be plain names; a link may say ``linkedTable`` and ``inverse``
(the name of the field that points back; it is made when absent) instead of ids; lookups, rollups and counts may say
``link`` and ``field`` by name; ``referencedFieldIds`` may hold names; a rollup has a ``formula`` over ``values``
(``SUM(values)`` when absent); a formula field has its ``formula``; a button has ``label`` and ``url``. Cells are as
the API takes them; links may name the primary value of the other row, and ``aiText`` and ``externalSyncSource``
cells may be given although nobody can write them later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import available_timezones

from productops.testing.sandbox.airtable.cells import accept
from productops.testing.sandbox.airtable.edits import Editor
from productops.testing.sandbox.airtable.evaluate import check
from productops.testing.sandbox.airtable.formula import FormulaSyntaxError, parse, references
from productops.testing.sandbox.airtable.refusal import RefusedError
from productops.testing.sandbox.airtable.store import FIELD_TYPES, Base, Field, Option, Row, Table, User, View, World

STANDARD_TOKEN = "patSandbox"  # noqa: S105 it opens a sandbox only
THROUGH_LINKS = frozenset({"rollup", "multipleLookupValues", "count"})
GIVEN = frozenset({"aiText", "externalSyncSource"})
SCOPES = (
    "data.records:read",
    "data.records:write",
    "data.recordComments:read",
    "data.recordComments:write",
    "schema.bases:read",
    "schema.bases:write",
    "user.email:read",
)
PERMISSIONS = ("read", "comment", "edit", "create")


class SeedError(ValueError):
    """A seed that cannot be planted; the message says where it is wrong."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token: whose it is, which bases it opens (None: all) and what it may do."""

    user: str
    bases: frozenset[str] | None = None
    scopes: Sequence[str] = SCOPES
    permission: str = "create"

    def sees(self, base_id: str) -> bool:
        """Return whether the token opens a base."""
        return self.bases is None or base_id in self.bases

    def may(self, scope: str) -> bool:
        """Return whether the token has a scope."""
        return scope in self.scopes


def plant(data: dict[str, Any], world: World, tokens: dict[str, Token], now: datetime) -> None:
    """Fill an empty world and its tokens from a seed. Raises ``SeedError``."""
    unknown = set(data) - {"users", "tokens", "bases"}
    if unknown:
        raise SeedError(f"a seed has users, tokens and bases, not {sorted(unknown)}")
    for place, item in _each(data, "users", ""):
        user = User(item.get("id") or world.ids.mint("usr"), _text(item, "email", place), item.get("name"))
        world.users[user.id] = user
    if not world.users:
        user = User(world.ids.mint("usr"), "sandbox@example.com", "Sandbox")
        world.users[user.id] = user
    for place, item in _each(data, "bases", ""):
        base = Base(item.get("id") or world.ids.mint("app"), _text(item, "name", place))
        if base.id in world.bases:
            raise SeedError(f"{place}: the id {base.id} is taken")
        world.bases[base.id] = base
        _plant_base(world, base, item, place, now)
    first = next(iter(world.users.values()))
    for secret, item in (data.get("tokens") or {STANDARD_TOKEN: {}}).items():
        tokens[secret] = _token(world, item, f"tokens[{secret[:4]}…]", first)


def _token(world: World, item: dict[str, Any], place: str, first: User) -> Token:
    user = world.user(item["user"]) if item.get("user") else first
    if user is None:
        raise SeedError(f"{place}.user: no user {item['user']!r}")
    ids = {key: base.id for base in world.bases.values() for key in (base.id, base.name)}
    named = item.get("bases")
    if named is not None and (lost := [key for key in named if key not in ids]):
        raise SeedError(f"{place}.bases: no base {lost[0]!r}")
    permission = item.get("permission", "create")
    if permission not in PERMISSIONS:
        raise SeedError(f"{place}.permission: one of {', '.join(PERMISSIONS)}, not {permission!r}")
    opened = None if named is None else frozenset(ids[key] for key in named)
    return Token(user.id, opened, tuple(item.get("scopes", SCOPES)), permission)


def _plant_base(world: World, base: Base, data: dict[str, Any], place: str, now: datetime) -> None:
    tables = list(_each(data, "tables", place))
    for where, item in tables:
        table = Table(item.get("id") or world.ids.mint("tbl"), _text(item, "name", where))
        if base.table(table.name) or base.table(table.id):
            raise SeedError(f"{where}: a second table {table.name!r}")
        table.description = item.get("description")
        base.tables.append(table)
        for spot, column in _each(item, "fields", where):
            table.fields.append(_field(world, table, column, spot))
        if not table.fields:
            raise SeedError(f"{where}.fields: a table has at least one field")
    for table, (where, item) in zip(list(base.tables), tables, strict=True):
        _join(world, base, table, where)
        _views(world, table, item, where)
    planted = [
        (table, spot, record, _row(world, table, record, spot, now))
        for table, (where, item) in zip(base.tables, tables, strict=True)
        for spot, record in _each(item, "records", where)
    ]
    for links in (False, True):  # links come last, when every row has its name
        for table, spot, record, row in planted:
            _fill(world, base, table, row, record, spot, links=links)


def _field(world: World, table: Table, data: dict[str, Any], place: str) -> Field:
    name, kind = _text(data, "name", place), _text(data, "type", place)
    if kind not in FIELD_TYPES:
        raise SeedError(f"{place}.type: unknown type {kind!r}; the types are {', '.join(sorted(FIELD_TYPES))}")
    if table.field(name):
        raise SeedError(f"{place}.name: a second field {name!r}")
    options = dict(data.get("options") or {})
    choices = []
    for item in options.pop("choices", []):
        known = {"name": item} if isinstance(item, str) else item
        choices.append(
            Option(known.get("id") or world.ids.mint("sel"), known["name"], known.get("color", "blueLight2"))
        )
    zone = options.get("timeZone", "utc")
    if zone not in ("utc", "client") and zone not in available_timezones():
        raise SeedError(f"{place}.options.timeZone: no zone {zone!r}")
    if kind in ("formula", "rollup") and "formula" in options:
        try:
            check(parse(options["formula"]))
        except FormulaSyntaxError as error:
            raise SeedError(f"{place}.options.formula: {error}") from None
    return Field(data.get("id") or world.ids.mint("fld"), name, kind, options, choices, data.get("description"))


def _join(world: World, base: Base, table: Table, place: str) -> None:
    """Resolve the names that links and the fields looking through them use."""
    for field in list(table.fields):
        if field.type == "multipleRecordLinks":
            _join_link(world, base, table, field, f"{place}.{field.name}")
    for field in table.fields:
        if field.type in THROUGH_LINKS:
            _join_lookup(base, table, field, f"{place}.{field.name}")
        if field.type in ("lastModifiedTime", "lastModifiedBy"):
            watched = [table.field(key) for key in field.options.get("referencedFieldIds", [])]
            field.options["referencedFieldIds"] = [found.id for found in watched if found]
            if None in watched:
                raise SeedError(f"{place}.{field.name}.options.referencedFieldIds: a field that {table.name} lacks")


def _join_link(world: World, base: Base, table: Table, field: Field, place: str) -> None:
    target = field.options.pop("linkedTable", None) or field.options.get("linkedTableId")
    other = base.table(str(target))
    if other is None:
        raise SeedError(f"{place}: a link needs linkedTable, a table of the same base; not {target!r}")
    field.options["linkedTableId"] = other.id
    name = field.options.pop("inverse", None)
    if name is not None:
        back = other.field(name)
        if back is None:
            back = Field(world.ids.mint("fld"), name, field.type, {"linkedTableId": table.id})
            other.fields.append(back)
        if back.type != field.type:
            raise SeedError(f"{place}: the inverse {name!r} is no link")
        back.options["inverseLinkFieldId"] = field.id
        field.options["inverseLinkFieldId"] = back.id
    field.options.setdefault("isReversed", False)
    field.options.setdefault("prefersSingleRecordLink", False)


def _join_lookup(base: Base, table: Table, field: Field, place: str) -> None:
    name = field.options.pop("link", None) or field.options.get("recordLinkFieldId")
    link = table.field(str(name))
    if link is None or link.type != "multipleRecordLinks":
        raise SeedError(f"{place}: `link` names a link field of {table.name}; not {name!r}")
    field.options["recordLinkFieldId"] = link.id
    if field.type == "count":
        return
    other = base.table(str(link.options.get("linkedTable") or link.options.get("linkedTableId")))
    seen = field.options.pop("field", None) or field.options.get("fieldIdInLinkedTable")
    found = other.field(str(seen)) if other else None
    if found is None:
        raise SeedError(f"{place}: `field` names a field of the linked table; not {seen!r}")
    field.options["fieldIdInLinkedTable"] = found.id


def _views(world: World, table: Table, data: dict[str, Any], place: str) -> None:
    for where, item in _each(data, "views", place):
        view = View(item.get("id") or world.ids.mint("viw"), _text(item, "name", where), item.get("type", "grid"))
        view.formula, view.sort = item.get("formula"), item.get("sort", [])
        if view.formula is not None:
            try:
                node = parse(view.formula)
                check(node)
            except FormulaSyntaxError as error:
                raise SeedError(f"{where}.formula: {error}") from None
            if lost := [name for name in references(node) if table.field(name) is None]:
                raise SeedError(f"{where}.formula: {table.name} has no field {lost[0]!r}")
        table.views.append(view)
    if not table.views:
        table.views.append(View(world.ids.mint("viw"), "Grid view"))


def _row(world: World, table: Table, data: dict[str, Any], place: str, now: datetime) -> Row:
    unknown = set(data) - {"id", "createdTime", "number", "fields"}
    if unknown:
        raise SeedError(f"{place}: a record has id, createdTime, number and fields, not {sorted(unknown)}")
    try:
        created = datetime.fromisoformat(data["createdTime"]) if "createdTime" in data else now
    except ValueError:
        raise SeedError(f"{place}.createdTime: {data['createdTime']!r} is no time") from None
    created = created.replace(tzinfo=UTC) if created.tzinfo is None else created.astimezone(UTC)
    number = data.get("number", table.last_number + 1)
    table.last_number = max(table.last_number, number)
    row = Row(data.get("id") or world.ids.mint("rec"), created, next(iter(world.users)), number)
    if row.id in table.rows:
        raise SeedError(f"{place}.id: the id {row.id} is taken")
    table.rows[row.id] = row
    return row


def _fill(world: World, base: Base, table: Table, row: Row, data: dict[str, Any], place: str, *, links: bool) -> None:
    editor = Editor(world, base, row.created, row.creator)
    for name, value in data.get("fields", {}).items():
        where = f"{place}.fields[{name!r}]"
        field = table.field(name)
        if field is None:
            raise SeedError(f"{where}: {table.name} has no such field")
        if (field.type == "multipleRecordLinks") != links:
            continue
        if field.type in GIVEN:
            row.cells[field.id] = value
            continue
        given = _named_links(world, base, field, value, where) if field.type == "multipleRecordLinks" else value
        try:
            editor.edit(table, row, {field.id: accept(world, base, table, field, given, typecast=False)})
        except RefusedError as refused:
            raise SeedError(f"{where}: {refused.message or refused.kind}") from None
    row.history.clear()


def _named_links(world: World, base: Base, field: Field, value: Any, place: str) -> Any:
    """Turn primary values into record ids."""
    other, _ = world.inverse(base, field)
    if other is None or not isinstance(value, list):
        return value
    names = {row.cells.get(other.primary.id): row.id for row in other.rows.values()}
    found = [item if item in other.rows else names.get(item) for item in value]
    if None in found:
        raise SeedError(f"{place}: no record {value[found.index(None)]!r} in {other.name}")
    return found


def _each(data: dict[str, Any], key: str, place: str) -> list[tuple[str, dict[str, Any]]]:
    where = f"{place}.{key}" if place else key
    items = data.get(key) or []
    if not isinstance(items, list):
        raise SeedError(f"{where}: a list is expected")
    for index, item in enumerate(items):
        if not isinstance(item, dict):
            raise SeedError(f"{where}[{index}]: an object is expected")
    return [(f"{where}[{index}]", item) for index, item in enumerate(items)]


def _text(data: dict[str, Any], key: str, place: str) -> str:
    value = data.get(key)
    if not isinstance(value, str) or not value.strip():
        raise SeedError(f"{place}.{key}: a text is expected")
    return value
