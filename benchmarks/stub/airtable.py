"""Just enough of Airtable for the measured clients.

The base ``appR10000`` has the table ``Full`` with 1,000 rows of twelve fields, serialised once before anything is
measured, and the table ``Roadmap``, which is empty until somebody writes and after ``reset``. The last digit tells
places of one size apart.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import orjson

from benchmarks.stub.texts import paragraphs, texts

# Field id → name and type.
FIELDS = {
    "fldName00000000000": ("Name", "singleLineText"),
    "fldNotes0000000000": ("Notes", "richText"),
    "fldOwner0000000000": ("Owner", "singleCollaborator"),
    "fldTarget000000000": ("Target date", "date"),
    "fldStage0000000000": ("Stage", "singleSelect"),
    "fldTags00000000000": ("Tags", "multipleSelects"),
    "fldPoints000000000": ("Points", "number"),
    "fldBudget000000000": ("Budget", "currency"),
    "fldSure00000000000": ("Confidence", "percent"),
    "fldAsked0000000000": ("Asked by", "email"),
    "fldSpec00000000000": ("Spec", "url"),
    "fldBlocked00000000": ("Blocked", "checkbox"),
}
KEY = {"fldKey000000000000": ("Sync key", "singleLineText")}
NAMES = {id_: name for id_, (name, _type) in (FIELDS | KEY).items()}
IDS = {name: id_ for id_, name in NAMES.items()}
CHOICES = {"Stage": ("Inbox", "Building", "Shipped"), "Tags": ("customer", "tech debt", "q3", "beta")}
LATELY = "IS_AFTER("  # nothing changed since: what an incremental reading asks finds no row
BY_ID = re.compile(r"RECORD_ID\(\)='(rec\w+)'")
BY_KEY = re.compile(r"\{fldKey000000000000\}='([^']+)'")


def person(given: dict[str, str]) -> dict[str, str]:
    """Return an account as Airtable shows it, from the id or the e-mail that a client sent."""
    number = int(given["id"][3:] if "id" in given else given["email"].removeprefix("person").partition("@")[0])
    return {"id": f"usr{number:014d}", "email": f"person{number}@example.com", "name": f"Person {number}"}


class Table:
    """Rows, and their serialised forms by what was asked for. A row is its time of creation and its cells by id."""

    def __init__(self) -> None:
        self.rows: dict[str, tuple[str, dict[str, Any]]] = {}
        self.by_key: dict[str, str] = {}
        self._dumped: dict[tuple[bool, frozenset[str]], dict[str, bytes]] = {}

    def put(self, id_: str, cells: dict[str, Any], created: str = "") -> None:
        """Set cells of a row; an empty one is left out."""
        if id_ not in self.rows:
            self.rows[id_] = created or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"), {}
        known = self.rows[id_][1]
        known.update(cells)
        for name in [name for name, value in known.items() if value in (None, "", [], False)]:
            del known[name]
        for dumped in self._dumped.values():
            dumped.pop(id_, None)

    def dump(self, id_: str, wanted: frozenset[str], *, by_id: bool) -> bytes:
        """Return a row, serialised once until it is written again."""
        dumped = self._dumped.setdefault((by_id, wanted), {})
        if (found := dumped.get(id_)) is None:
            created, cells = self.rows[id_]
            shown = {name if by_id else NAMES[name]: value for name, value in cells.items() if name in wanted}
            found = dumped[id_] = orjson.dumps({"id": id_, "createdTime": created, "fields": shown})
        return found


class Airtable:
    """Answers Airtable's requests from memory."""

    def __init__(self) -> None:
        self._tables: dict[tuple[int, str], Table] = {}

    def table(self, place: int, name: str) -> Table:
        """Return a table; that of the sample rows is made when it is first asked for."""
        if (place, name) not in self._tables:
            table = self._tables[place, name] = Table()
            if name == "tblFull":
                for at, (title, text) in enumerate(islice(texts(), place // 10)):
                    table.put(f"rec{at:014d}", _sample(at, title, text), "2025-06-04T07:00:00.000Z")
        return self._tables[place, name]

    def reset(self, place: int) -> None:
        """Empty the table that can be written."""
        self._tables.pop((place, "tblRoadmap"), None)

    def handle(self, method: str, path: str, query: dict[str, list[str]], body: bytes) -> bytes:
        """Return the answer's body."""
        parts = path.removeprefix("/v0/").split("/")
        if parts[0] == "meta":
            return orjson.dumps(
                {"tables": [_described("tblFull", "Full", {}), _described("tblRoadmap", "Roadmap", KEY)]}
            )
        table = self.table(int(parts[0].removeprefix("appR")), parts[1])
        if method == "GET":
            asked = {name: values[0] for name, values in query.items()}
            return _listed(table, {**asked, "fields": query.get("fields[]")})
        if parts[-1] == "listRecords":
            return _listed(table, orjson.loads(body))
        return _written(table, orjson.loads(body))


def _listed(table: Table, asked: dict[str, Any]) -> bytes:
    by_id = str(asked.get("returnFieldsByFieldId", "")).lower() in ("1", "true")
    wanted = frozenset(IDS.get(name, name) for name in asked.get("fields") or NAMES)
    ids, formula = list(table.rows), asked.get("filterByFormula") or ""
    if found := BY_ID.findall(formula):
        ids = [id_ for id_ in found if id_ in table.rows]
    elif found := BY_KEY.findall(formula):
        ids = [table.by_key[key] for key in found if key in table.by_key]
    elif LATELY in formula:
        ids = []
    start = int(asked.get("offset") or 0)
    end = start + int(asked.get("pageSize") or 100)
    rows = [table.dump(id_, wanted, by_id=by_id) for id_ in ids[start:end]]
    tail = b',"offset":"%d"}' % end if end < len(ids) else b"}"
    return b'{"records":[' + b",".join(rows) + b"]" + tail


def _written(table: Table, asked: dict[str, Any]) -> bytes:
    """Upsert by the key, or change rows that are named by their ids."""
    lists: dict[str, list[str]] = {"createdRecords": [], "updatedRecords": []}
    by_id, everything, rows = bool(asked.get("returnFieldsByFieldId")), frozenset(NAMES), list[bytes]()
    for record in asked["records"]:
        cells = {IDS.get(name, name): value for name, value in record["fields"].items()}
        if owner := cells.get("fldOwner0000000000"):
            cells["fldOwner0000000000"] = person(owner)
        key = cells.get("fldKey000000000000", "")
        known = record.get("id") or table.by_key.get(key)
        id_ = known or f"rec{len(table.rows):014d}"
        if key:
            table.by_key[key] = id_
        lists["updatedRecords" if known else "createdRecords"].append(id_)
        table.put(id_, cells)
        rows.append(table.dump(id_, everything, by_id=by_id))
    return b'{"records":[' + b",".join(rows) + b"]," + orjson.dumps(lists)[1:]


def _sample(at: int, title: str, text: str) -> dict[str, Any]:
    notes = "\n\n".join(paragraphs(text))[:200].rstrip()
    tags = CHOICES["Tags"]
    return {
        "fldName00000000000": title,
        "fldNotes0000000000": f"{notes}\n" if notes else None,
        "fldOwner0000000000": person({"email": f"person{at % 12}@example.com"}) if at % 3 else None,
        "fldTarget000000000": f"2026-{at % 12 + 1:02d}-15" if at % 2 else None,
        "fldStage0000000000": CHOICES["Stage"][at % 3],
        "fldTags00000000000": [tags[at % 4], tags[(at + 1) % 4]] if at % 3 else [],
        "fldPoints000000000": at % 13,
        "fldBudget000000000": 1000.5 * (at % 40),
        "fldSure00000000000": (at % 10) / 10,
        "fldAsked0000000000": f"customer{at % 400}@example.com",
        "fldSpec00000000000": f"https://wiki.example.com/specs/{at}",
        "fldBlocked00000000": at % 5 == 0,
    }


def _described(id_: str, name: str, more: dict[str, tuple[str, str]]) -> dict[str, Any]:
    fields: list[dict[str, Any]] = []
    for field, (label, type_) in (FIELDS | more).items():
        fields.append({"id": field, "name": label, "type": type_})
        if label in CHOICES:
            choices = [{"id": f"sel{one:0>14}", "name": one, "color": "blueLight2"} for one in CHOICES[label]]
            fields[-1]["options"] = {"choices": choices}
    return {"id": id_, "name": name, "primaryFieldId": "fldName00000000000", "fields": fields, "views": []}
