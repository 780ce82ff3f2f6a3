"""Adding properties to a data source, and options to selects. Nothing is retyped, renamed or deleted."""

from __future__ import annotations

from typing import Any

from productops.connectors.notion.wire import SYSTEM, Json
from productops.errors import AccessError
from productops.sdk.collection import Kind
from productops.sdk.prepare import Missing

TYPES: dict[Kind, str] = {
    "text": "rich_text",
    "number": "number",
    "bool": "checkbox",
    "date": "date",
    "datetime": "date",
    "choice": "select",
    "choices": "multi_select",
    "labels": "multi_select",
    "person": "people",
    "people": "people",
    "url": "url",
    "link": "relation",
    "links": "relation",
}


def body(missing: Missing, described: Json, target: str | None) -> Json:
    """Return the request body that adds something to a data source; ``target`` is where links lead to.

    Raises:
        AccessError: Notion's interface has no way to make it.

    """
    if missing.what == "options":
        return {"properties": {missing.field_id: _more(missing, described)}}
    kind = TYPES.get(missing.kind)
    if missing.title:
        raise AccessError(
            "A data source has one title, which can only be renamed.", system=SYSTEM,
            remedy=f"Map the title by the name it has, or rename it to {missing.name!r} in Notion.",
        )  # fmt: skip
    if kind is None:
        told = "A page's own text holds it; map that." if missing.kind == "markdown" else None
        raise AccessError(
            f"No Notion property that a program can write holds {missing.kind}.", system=SYSTEM, remedy=told
        )
    settings: Json = {}
    if kind in ("select", "multi_select"):
        settings["options"] = [{"name": _name(option)} for option in missing.options]
    if kind == "relation":
        if target is None:
            raise AccessError("Notion's relations lead to data sources only.", system=SYSTEM)
        settings = {"data_source_id": target, "type": "single_property", "single_property": {}}
    return {"properties": {missing.name: {"type": kind, kind: settings}}}


def _more(missing: Missing, described: Json) -> Json:
    """Return the options there are and the new ones: what is left out would be deleted."""
    properties: Any = described["properties"].values()
    there = next(each for each in properties if each["id"] == missing.field_id)
    kind = there["type"]
    if kind == "status":
        raise AccessError(
            "Notion lets no program add options to a status.", system=SYSTEM, remedy="Add them in Notion."
        )
    kept = [{"id": one["id"], "name": one["name"], "color": one["color"]} for one in there[kind]["options"]]
    return {kind: {"options": [*kept, *({"name": _name(option)} for option in missing.options)]}}


def _name(option: str) -> str:
    if "," in option:
        raise AccessError(
            f"Notion takes no comma in the name of an option: {option!r}.", system=SYSTEM, remedy="Name it otherwise."
        )
    return option
