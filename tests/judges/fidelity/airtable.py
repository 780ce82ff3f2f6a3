"""Recorded rows, tables and fields of Airtable. Rows come without their schema; types are told from the cells."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from judges.fidelity.equal import holds
from judges.fidelity.pieces import Piece
from judges.fidelity.tally import Tally
from productops.connectors.airtable.cells import Column, column
from productops.connectors.airtable.encoding import encode
from productops.sdk.record import Unreadable
from productops.sdk.richtext import same_markdown
from productops.sdk.values import RefusalError

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def judge(piece: Piece, tally: Tally) -> None:
    """Judge one piece that is no refusal."""
    what, value = piece.kind.partition(" ")[2], piece.value
    if what == "row":
        for name, cell in value["fields"].items():
            _cell(_column(name, cell), cell, tally)
    elif what == "table":
        for described in value["fields"]:
            _field(described, tally)
    elif what == "field":
        _field(value, tally)
    elif what == "person":
        _cell(_column("person", value), value, tally)
    elif what == "deletion" and not value["id"]:
        tally.fail("a deletion that does not say of what", undecoded=True)
    elif what == "write":
        _write(piece, tally)


def type_of(cell: Any) -> str:
    """Tell a field's type from a cell, the plainest that shows cells like this."""
    first = cell[0] if isinstance(cell, list) and cell else cell
    if isinstance(cell, list):
        if isinstance(first, Mapping):
            if str(first.get("id", "")).startswith("usr"):
                return "multipleCollaborators"
            return "multipleAttachments" if str(first.get("id", "")).startswith("att") else "unknown"
        if isinstance(first, str):
            return "multipleRecordLinks" if re.fullmatch(r"rec\w{14}", first) else "multipleSelects"
        return "unknown"
    if isinstance(cell, Mapping):
        if str(cell.get("id", "")).startswith("usr"):
            return "singleCollaborator"
        if "text" in cell and "url" not in cell:
            return "barcode"
        return "aiText" if "state" in cell and "value" in cell else "button"
    if isinstance(cell, bool):
        return "checkbox"
    if isinstance(cell, (int, float)):
        return "number"
    if re.fullmatch(r"\d{4}-\d\d-\d\d", str(cell)):
        return "date"
    return "dateTime" if TIME.fullmatch(str(cell)) else "multilineText"


def _column(name: str, cell: Any) -> Column:
    kind = type_of(cell)
    settings: dict[str, Any] = {}
    if kind == "multipleSelects":
        settings = {"choices": [{"id": f"sel{at}", "name": one} for at, one in enumerate(cell)]}
    return column({"id": name, "name": name, "type": kind, "options": settings}, {})


def _cell(known: Column, cell: Any, tally: Tally) -> None:
    tally.add("values")
    value = known.decode(cell)
    name = known.field.name
    if _mark(cell):
        tally.keep("Airtable's own mark that a cell has no value")
        return
    if isinstance(value, Unreadable):
        tally.fail(f"{name}: {value.reason}", undecoded=True)
        return
    if known.field.read_only:
        tally.keep(known.field.read_only)
        return
    try:
        sent = encode(known, value)
    except RefusalError as error:
        tally.written(False, f"{name}: {error}")
        return
    if known.type == "multipleCollaborators":  # shown as people, sent as their ids
        cell = [one["id"] for one in cell]
    empty = cell in ("", []) and sent is None
    tally.written(empty or holds(cell, sent), f"{name}: {cell!r:.120} came out as {sent!r:.120}")


def _mark(cell: Any) -> bool:
    return isinstance(cell, Mapping) and bool({"error", "specialValue", "errorType"} & cell.keys())


def _field(described: Mapping[str, Any], tally: Tally) -> None:
    tally.add("values")
    known = column(described, {})
    if "not known" in (known.field.read_only or ""):
        tally.fail(f"fields of the type {known.type!r} are not known", undecoded=True)
        return
    wanted = {str(each["id"]) for each in (described.get("options") or {}).get("choices") or ()}
    if wanted - {option.id for option in known.field.options}:
        tally.fail(f"options of {described.get('name')!r} were lost", undecoded=True)
        return
    tally.keep("a schema")


def _write(piece: Piece, tally: Tally) -> None:
    """Compare a recorded write with what the connector sends to get what was answered."""
    sent = piece.sent.get("records") or [piece.sent]
    shown = piece.value.get("records") if isinstance(piece.value, Mapping) else None
    for asked, answered in zip(sent, shown or [piece.value], strict=False):
        for name, cell in (asked.get("fields") or {}).items():
            now = (answered.get("fields") or {}).get(name)
            known = _column(name, cell if now is None else now)
            if now is None or known.field.read_only or _mark(now):
                continue
            tally.add("requests_checked")
            ours = encode(known, known.decode(now))
            if not (holds(cell, ours) or _cast(cell, ours)):
                tally.add("requests_invalid")
                tally.fail(f"{name}: recorded {cell!r:.120}, ours {ours!r:.120}")


def _cast(recorded: Any, ours: Any) -> bool:
    """Tell whether what was recorded means what is sent now: Airtable casts, and words Markdown its own way."""
    if isinstance(ours, str) and (recorded is None or isinstance(recorded, str)):
        return same_markdown(recorded, ours)
    if isinstance(recorded, int) and isinstance(ours, str) and "T" in ours:  # milliseconds
        return datetime.fromisoformat(ours).timestamp() * 1000 == recorded
    return not isinstance(recorded, (dict, list)) and str(ours) == str(recorded)
