"""Adding fields to a table. The schema API creates fields; it neither changes options nor retypes or deletes."""

from __future__ import annotations

from typing import Any

from productops.connectors.airtable.wire import SYSTEM, TOKENS
from productops.errors import AccessError
from productops.sdk.collection import Kind
from productops.sdk.prepare import Missing

SCOPE = "schema.bases:write"
ISO = {"name": "iso", "format": "YYYY-MM-DD"}
TYPES: dict[Kind, tuple[str, dict[str, Any]]] = {
    "text": ("multilineText", {}),
    "markdown": ("richText", {}),
    "number": ("number", {"precision": 8}),  # the precision is for display; 8 shows everything that is stored
    "bool": ("checkbox", {"icon": "check", "color": "greenBright"}),
    "date": ("date", {"dateFormat": ISO}),
    "datetime": (
        "dateTime",
        {"dateFormat": ISO, "timeFormat": {"name": "24hour", "format": "HH:mm"}, "timeZone": "utc"},
    ),
    "choice": ("singleSelect", {}),
    "choices": ("multipleSelects", {}),
    "labels": ("multipleSelects", {}),
    "person": ("singleCollaborator", {}),
    "people": ("multipleCollaborators", {}),
    "url": ("url", {}),
    "link": ("multipleRecordLinks", {}),
    "links": ("multipleRecordLinks", {}),
}


def field_body(missing: Missing, *, base: str, linked: tuple[str, str] | None) -> dict[str, Any]:
    """Return the request body that creates a field; ``linked`` is the base and the table that links lead to.

    Raises:
        AccessError: Airtable's interface has no way to make such a field.

    """
    if missing.what == "options":
        raise AccessError(
            "Airtable's interface cannot add options to a field that exists.", system=SYSTEM,
            remedy="Add them in the field's settings in Airtable.",
        )  # fmt: skip
    if missing.kind not in TYPES:
        raise AccessError(f"No Airtable field that a program can write holds {missing.kind}.", system=SYSTEM)
    kind, options = TYPES[missing.kind]
    if missing.title or missing.marker:
        kind = "singleLineText"
    options = dict(options)
    if kind in ("singleSelect", "multipleSelects"):
        options["choices"] = [{"name": option} for option in missing.options]
    if kind == "multipleRecordLinks":
        if linked is None or linked[0] != base:
            raise AccessError("Airtable links lead to tables of the same base only.", system=SYSTEM)
        options["linkedTableId"] = linked[1]
    return {"name": missing.name, "type": kind, **({"options": options} if options else {})}


def refusal(error: AccessError) -> AccessError:
    """Return the refusal with the right that is needed for this, which is not the one for records."""
    error.remedy = f"The token needs the scope {SCOPE} (at {TOKENS}), and its user must be a creator of the base."
    return error
