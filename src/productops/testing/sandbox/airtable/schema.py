"""The metadata: bases and tables as JSON, and creating and renaming tables and fields.

Fields can be neither deleted nor retyped through the API; a person can do it (see ``hands``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from productops.testing.sandbox.airtable.refusal import RefusedError, bad_request
from productops.testing.sandbox.airtable.store import EDITABLE, SELECTS, Base, Field, Option, Table, View, World

PAGE = 1000
HIDDEN_OPTIONS = {"rollup": {"formula"}, "button": {"label", "url"}}
DATE_FORMAT = {"name": "iso", "format": "YYYY-MM-DD"}
TIME_FORMAT = {"name": "24hour", "format": "HH:mm"}
STANDARD_OPTIONS: dict[str, dict[str, Any]] = {
    "number": {"precision": 1},
    "percent": {"precision": 0},
    "currency": {"precision": 2, "symbol": "$"},
    "duration": {"durationFormat": "h:mm"},
    "rating": {"icon": "star", "max": 5, "color": "yellowBright"},
    "checkbox": {"icon": "check", "color": "greenBright"},
    "date": {"dateFormat": DATE_FORMAT},
    "dateTime": {"dateFormat": DATE_FORMAT, "timeFormat": TIME_FORMAT, "timeZone": "utc"},
    "multipleAttachments": {"isReversed": False},
    "formula": {"isValid": True, "referencedFieldIds": [], "result": None},
    "rollup": {"isValid": True, "referencedFieldIds": [], "result": None},
    "multipleLookupValues": {"isValid": True, "result": None},
    "count": {"isValid": True},
    "aiText": {"prompt": [], "referencedFieldIds": []},
    "externalSyncSource": {"choices": []},
    "createdTime": {
        "result": {
            "type": "dateTime",
            "options": {"dateFormat": DATE_FORMAT, "timeFormat": TIME_FORMAT, "timeZone": "utc"},
        }
    },
    "lastModifiedTime": {
        "isValid": True,
        "referencedFieldIds": [],
        "result": {
            "type": "dateTime",
            "options": {"dateFormat": DATE_FORMAT, "timeFormat": TIME_FORMAT, "timeZone": "utc"},
        },
    },
}


def bases(found: Sequence[Base], permission: str, offset: str | None) -> dict[str, Any]:
    """Return a page of bases."""
    start = int(offset) if offset and offset.isdigit() else 0
    shown = [{"id": base.id, "name": base.name, "permissionLevel": permission} for base in found[start : start + PAGE]]
    more = {"offset": str(start + PAGE)} if start + PAGE < len(found) else {}
    return {"bases": shown, **more}


def table_json(table: Table, *, visible: bool = False) -> dict[str, Any]:
    """Return a table's schema."""
    views: list[dict[str, Any]] = [{"id": view.id, "name": view.name, "type": view.type} for view in table.views]
    if visible:
        views = [{**view, "visibleFieldIds": [field.id for field in table.fields]} for view in views]
    shown = {
        "id": table.id,
        "name": table.name,
        "primaryFieldId": table.primary.id,
        "fields": [field_json(field) for field in table.fields],
        "views": views,
    }
    return shown if table.description is None else {**shown, "description": table.description}


def field_json(field: Field) -> dict[str, Any]:
    """Return a field's schema."""
    shown: dict[str, Any] = {"id": field.id, "name": field.name, "type": field.type}
    if field.description is not None:
        shown["description"] = field.description
    options = {**STANDARD_OPTIONS.get(field.type, {}), **field.options}
    if field.type in SELECTS or field.choices:
        options["choices"] = [_option(option) for option in field.choices]
    hidden = HIDDEN_OPTIONS.get(field.type, set())
    options = {name: value for name, value in options.items() if name not in hidden}
    return {**shown, "options": options} if options else shown


def _option(option: Option) -> dict[str, str]:
    known = {"id": option.id, "name": option.name}
    return known if option.color is None else {**known, "color": option.color}


def create_table(world: World, base: Base, body: dict[str, Any]) -> Table:
    """Add a table with its fields. Raises ``RefusedError``; then nothing is added."""
    name, fields = body.get("name"), body.get("fields")
    if not isinstance(name, str) or not name.strip() or not isinstance(fields, list) or not fields:
        raise bad_request()
    if any(table.name == name for table in base.tables):
        raise RefusedError(422, "DUPLICATE_TABLE_NAME", f'Cannot create more than one table named "{name}"')
    table = Table(world.ids.mint("tbl"), name, description=body.get("description"))
    made = []
    for item in fields:
        made.append(_field(world, base, table, item))
        table.fields.append(made[-1])
    table.views.append(View(world.ids.mint("viw"), "Grid view"))
    base.tables.append(table)
    for field in made:
        _link_back(world, base, table, field)
    return table


def create_field(world: World, base: Base, table: Table, body: dict[str, Any]) -> Field:
    """Add a field to a table; a link gets its field in the other table too. Raises ``RefusedError``."""
    field = _field(world, base, table, body)
    table.fields.append(field)
    _link_back(world, base, table, field)
    return field


def rename(target: Table | Field, body: dict[str, Any], taken: Sequence[str]) -> None:
    """Change a name or a description; nothing else can be changed by API. Raises ``RefusedError``."""
    name = body.get("name", target.name)
    if not body or set(body) - {"name", "description"} or not isinstance(name, str) or not name.strip():
        raise bad_request()
    if name != target.name and name in taken:
        raise RefusedError(422, "DUPLICATE_OR_EMPTY_FIELD_NAME", f'The name "{name}" is taken')
    target.name = name
    target.description = body.get("description", target.description)


def _field(world: World, base: Base, table: Table, body: Any) -> Field:
    if not isinstance(body, dict) or not isinstance(body.get("name"), str) or not body["name"].strip():
        raise bad_request()
    name, kind, options = body["name"], body.get("type"), dict(body.get("options") or {})
    if table.field(name):
        raise RefusedError(422, "DUPLICATE_OR_EMPTY_FIELD_NAME", f'Field "{name}" already exists')
    if kind not in EDITABLE:
        raise RefusedError(
            422, "UNSUPPORTED_FIELD_TYPE_FOR_CREATE", f"Creating {kind} fields is not supported at this time"
        )
    if kind == "multipleRecordLinks" and base.table(str(options.get("linkedTableId"))) is None:
        raise RefusedError(422, "INVALID_FIELD_TYPE_OPTIONS_FOR_CREATE", "linkedTableId names no table")
    choices = options.pop("choices", [])
    if kind in SELECTS and not all(isinstance(item, dict) and item.get("name") for item in choices):
        raise RefusedError(422, "INVALID_FIELD_TYPE_OPTIONS_FOR_CREATE", "Every choice needs a name")
    found = [Option(world.ids.mint("sel"), item["name"], item.get("color", "blueLight2")) for item in choices]
    return Field(world.ids.mint("fld"), name, kind, options, found, body.get("description"))


def _link_back(world: World, base: Base, table: Table, field: Field) -> None:
    """Give the other table the field that points back, as the service does."""
    if field.type != "multipleRecordLinks" or field.options.get("inverseLinkFieldId"):
        return
    other = base.table(str(field.options["linkedTableId"]))
    if other is None or other is table:
        return
    name, count = table.name, 1
    while other.field(name):
        count += 1
        name = f"{table.name} {count}"
    back = Field(world.ids.mint("fld"), name, field.type, {"linkedTableId": table.id, "inverseLinkFieldId": field.id})
    for link in (field, back):
        link.options.setdefault("isReversed", False)
        link.options.setdefault("prefersSingleRecordLink", False)
    field.options["inverseLinkFieldId"] = back.id
    other.fields.append(back)
