"""Just enough of Airtable for the measured clients.

The base ``appR3500`` has the table ``Full`` with 3,500 rows, serialised once before anything is measured, and the
table ``Roadmap``, which is empty until somebody writes and after ``clear``.
"""

from __future__ import annotations

import json
from itertools import islice
from typing import Any

from benchmarks.texts import paragraphs, texts

FIELDS = {
    "fldName00000000000": ("Name", "singleLineText"),
    "fldNotes0000000000": ("Notes", "richText"),
    "fldOwner0000000000": ("Owner", "singleCollaborator"),
    "fldTarget000000000": ("Target date", "date"),
    "fldStage0000000000": ("Stage", "singleSelect"),
    "fldKey000000000000": ("Sync key", "singleLineText"),
}
NAMES = {id_: name for id_, (name, _type) in FIELDS.items()}
STAGES = ("Inbox", "Building", "Shipped")
NOTHING = "IS_AFTER("  # nothing changed since: what an incremental reading asks finds no row
Row = tuple[str, dict[str, Any]]


def _person(given: dict[str, str]) -> dict[str, str]:
    """Return an account as Airtable shows it, from the id or the e-mail that a client sent."""
    number = int(given["id"][3:] if "id" in given else given["email"].removeprefix("person").partition("@")[0])
    return {"id": f"usr{number:014d}", "email": f"person{number}@example.com", "name": f"Person {number}"}


def _dump(id_: str, cells: dict[str, Any], *, by_id: bool) -> bytes:
    shown = cells if by_id else {NAMES[name]: value for name, value in cells.items()}
    row = {"id": id_, "createdTime": "2025-06-04T07:00:00.000Z", "fields": shown}
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()


class Table:
    """Rows and their serialised forms; a row is made of the cells' field ids."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}
        self.by_key: dict[str, str] = {}
        self._pages: dict[tuple[bool, frozenset[str]], list[bytes]] = {}

    def put(self, id_: str, cells: dict[str, Any]) -> None:
        """Set the cells of a row."""
        self.rows.setdefault(id_, {}).update(cells)
        self._pages.clear()

    def dumped(self, wanted: frozenset[str], *, by_id: bool) -> list[bytes]:
        """Return all rows with these fields, serialised; made when they are first asked for."""
        if (by_id, wanted) not in self._pages:
            self._pages[by_id, wanted] = [
                _dump(id_, {name: value for name, value in cells.items() if name in wanted}, by_id=by_id)
                for id_, cells in self.rows.items()
            ]
        return self._pages[by_id, wanted]


class Airtable:
    """Answers Airtable's requests from memory."""

    def __init__(self) -> None:
        self.tables: dict[tuple[str, str], Table] = {}

    def table(self, base: str, name: str) -> Table:
        """Return a table, by id; that of a base's sample rows is made when it is first asked for."""
        if (base, name) not in self.tables:
            table = self.tables[base, name] = Table()
            if name == "tblFull":
                for at, (title, text) in enumerate(islice(texts(), int(base.removeprefix("appR")))):
                    table.put(f"rec{at:014d}", _sample(at, title, text))
        return self.tables[base, name]

    def clear(self) -> None:
        """Empty all tables that can be written."""
        self.tables = {place: table for place, table in self.tables.items() if place[1] == "tblFull"}

    def handle(self, method: str, path: str, query: dict[str, list[str]], body: bytes) -> bytes:
        """Return the answer's body."""
        parts = path.removeprefix("/v0/").split("/")
        if parts[0] == "meta":
            return json.dumps({"tables": [_described("tblFull", "Full"), _described("tblRoadmap", "Roadmap")]}).encode()
        table = self.table(parts[0], parts[1])
        return self._list(table, query) if method == "GET" else self._upsert(table, json.loads(body))

    def _list(self, table: Table, query: dict[str, list[str]]) -> bytes:
        by_id = "returnFieldsByFieldId" in query and query["returnFieldsByFieldId"][0] not in ("0", "false", "False")
        asked = query.get("fields[]") or list(FIELDS)
        wanted = frozenset(id_ for id_, name in NAMES.items() if id_ in asked or name in asked)
        rows = [] if NOTHING in "".join(query.get("filterByFormula", ())) else table.dumped(wanted, by_id=by_id)
        start, size = int(query.get("offset", ["0"])[0]), int(query.get("pageSize", ["100"])[0])
        tail = b',"offset":"%d"}' % (start + size) if start + size < len(rows) else b"}"
        return b'{"records":[' + b",".join(rows[start : start + size]) + b"]" + tail

    def _upsert(self, table: Table, asked: dict[str, Any]) -> bytes:
        ids = {name: id_ for id_, name in NAMES.items()}
        rows: list[bytes] = []
        created: list[str] = []
        updated: list[str] = []
        for record in asked["records"]:
            cells = {ids.get(name, name): value for name, value in record["fields"].items() if value is not None}
            if owner := cells.get("fldOwner0000000000"):
                cells["fldOwner0000000000"] = _person(owner)
            key = cells["fldKey000000000000"]
            known = table.by_key.get(key)
            id_ = table.by_key[key] = known or f"rec{len(table.rows):014d}"
            (updated if known else created).append(id_)
            table.put(id_, cells)
            rows.append(_dump(id_, table.rows[id_], by_id=bool(asked.get("returnFieldsByFieldId"))))
        lists = json.dumps({"createdRecords": created, "updatedRecords": updated})
        return b'{"records":[' + b",".join(rows) + b"]," + lists.encode()[1:]


def _sample(at: int, title: str, text: str) -> dict[str, Any]:
    cells = {
        "fldName00000000000": title,
        "fldNotes0000000000": "\n\n".join(paragraphs(text)),
        "fldOwner0000000000": _person({"email": f"person{at % 12}@example.com"}) if at % 3 else None,
        "fldTarget000000000": f"2026-{at % 12 + 1:02d}-15" if at % 2 else None,
        "fldStage0000000000": STAGES[at % len(STAGES)],
    }
    return {name: value for name, value in cells.items() if value}


def _described(id_: str, name: str) -> dict[str, Any]:
    fields: list[dict[str, Any]] = []
    for field, (label, type_) in FIELDS.items():
        choices = [{"id": f"sel{stage:0>14}", "name": stage, "color": "blueLight2"} for stage in STAGES]
        fields.append({"id": field, "name": label, "type": type_})
        if type_ == "singleSelect":
            fields[-1]["options"] = {"choices": choices}
    return {"id": id_, "name": name, "primaryFieldId": "fldName00000000000", "fields": fields, "views": []}
