"""Writing records: create, update, replace, upsert, delete; a request is done whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from productops.testing.sandbox.airtable.cells import accept
from productops.testing.sandbox.airtable.edits import Editor
from productops.testing.sandbox.airtable.listing import find
from productops.testing.sandbox.airtable.read import Reader
from productops.testing.sandbox.airtable.refusal import RefusedError, bad_request, record_not_found, unknown_row
from productops.testing.sandbox.airtable.store import NUMBERS, Base, Cells, Field, Row, Table, World

BATCH_LIMIT = 10
MERGE_LIMIT = 3
MERGE_TYPES = NUMBERS | {"singleLineText", "multilineText", "singleSelect", "multipleSelects", "date", "dateTime"}
BATCH_CREATE = 'You must provide an array of up to 10 record objects, each with a "fields" object for cell values.'
BATCH_UPDATE = (
    'You must provide an array of up to 10 record objects, each with an "id" ID field and a "fields" object for '
    "cell values."
)


@dataclass(frozen=True, slots=True)
class Writing:
    """One write request to one table."""

    world: World
    base: Base
    table: Table
    now: datetime
    user: str
    body: dict[str, Any]

    def create(self) -> dict[str, Any]:
        """POST: create one record or a batch. Raises ``RefusedError``."""
        if "records" not in self.body:
            cells = self._cells(self.body.get("fields", {}))
            return self._shown([self._editor().add(self.table, cells)])[0]
        batch = [self._cells(item["fields"]) for item in self._batch(BATCH_CREATE)]
        editor = self._editor()
        return {"records": self._shown([editor.add(self.table, cells) for cells in batch])}

    def update(self, *, clear: bool) -> dict[str, Any]:
        """PATCH (``clear``: PUT) a batch, as an upsert when the body says so. Raises ``RefusedError``."""
        if "performUpsert" in self.body:
            return self._upsert(clear=clear)
        items = self._batch(BATCH_UPDATE, need_id=True)
        planned = [(self._row(item["id"]), self._cells(item["fields"], clear=clear)) for item in items]
        if len({row.id for row, _ in planned}) < len(planned):
            raise RefusedError(
                422, "INVALID_RECORDS", "You cannot update the same record multiple times in a single request."
            )
        editor = self._editor()
        for row, cells in planned:
            editor.edit(self.table, row, cells)
        return {"records": self._shown([row for row, _ in planned])}

    def update_one(self, record_id: str, *, clear: bool) -> dict[str, Any]:
        """PATCH (``clear``: PUT) one record by its path. Raises ``RefusedError``."""
        row = self.table.rows.get(record_id)
        if row is None:
            raise record_not_found()
        self._editor().edit(self.table, row, self._cells(self.body.get("fields", {}), clear=clear))
        return self._shown([row])[0]

    def delete(self, record_ids: Sequence[str]) -> dict[str, Any]:
        """DELETE a batch. Raises ``RefusedError``."""
        if not 1 <= len(record_ids) <= BATCH_LIMIT:
            raise RefusedError(422, "INVALID_RECORDS", "You must provide an array of up to 10 record IDs.")
        rows = [self._row(record_id) for record_id in dict.fromkeys(record_ids)]
        editor = self._editor()
        for row in rows:
            editor.remove(self.table, row)
        return {"records": [{"id": row.id, "deleted": True} for row in rows]}

    def delete_one(self, record_id: str) -> dict[str, Any]:
        """DELETE one record by its path. Raises ``RefusedError``."""
        row = self.table.rows.get(record_id)
        if row is None:
            raise record_not_found()
        self._editor().remove(self.table, row)
        return {"id": row.id, "deleted": True}

    def _editor(self) -> Editor:
        return Editor(self.world, self.base, self.now, self.user)

    def _row(self, record_id: Any) -> Row:
        row = self.table.rows.get(record_id) if isinstance(record_id, str) else None
        if row is None:
            raise unknown_row(str(record_id))
        return row

    def _batch(self, message: str, *, need_id: bool = False) -> list[dict[str, Any]]:
        items = self.body.get("records")
        fits = isinstance(items, list) and 1 <= len(items) <= BATCH_LIMIT
        if not isinstance(items, list) or not fits:
            raise RefusedError(422, "INVALID_RECORDS", message)
        for item in items:
            whole = isinstance(item, dict) and isinstance(item.get("fields"), dict)
            if not whole or (need_id and not isinstance(item.get("id"), str)):
                raise RefusedError(422, "INVALID_RECORDS", message)
        return items

    def _cells(self, fields: Any, *, clear: bool = False) -> Cells:
        """Check the cells of one record; nothing is changed yet."""
        if not isinstance(fields, dict):
            raise bad_request()
        typecast = bool(self.body.get("typecast"))
        named = {name: find(self.table, name) for name in fields}
        cells: Cells = {field.id: None for field in self.table.fields if not field.computed} if clear else {}
        for name, field in named.items():
            cells[field.id] = accept(self.world, self.base, self.table, field, fields[name], typecast=typecast)
        return cells

    def _shown(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        reader = Reader(self.world, self.base, self.now)
        by_id = bool(self.body.get("returnFieldsByFieldId"))
        return [reader.record(self.table, row, by_id=by_id) for row in rows]

    def _upsert(self, *, clear: bool) -> dict[str, Any]:
        """Create what matches nothing, update what matches once, refuse the whole request otherwise.

        The errors' texts are the sandbox's own: the service documents only that the request fails. Two records
        of one request with the same key are refused too.
        """
        keys = self._merge_fields()
        planned: list[tuple[Row | None, Cells]] = []
        seen: set[str] = set()
        for item in self._batch(BATCH_CREATE):
            cells = self._cells(item["fields"], clear=clear)
            row = self._row(item["id"]) if item.get("id") else self._match(keys, item["fields"], cells)
            mark = row.id if row else repr([cells[field.id] for field in keys])
            if mark in seen:
                raise bad_request("Cannot upsert the same record twice in a single request.")
            seen.add(mark)
            planned.append((row, cells))
        editor = self._editor()
        rows: list[Row] = []
        created: list[str] = []
        updated: list[str] = []
        for known, cells in planned:
            row = known or editor.add(self.table, {key: value for key, value in cells.items() if value is not None})
            if known:
                editor.edit(self.table, row, cells)
            (updated if known else created).append(row.id)
            rows.append(row)
        return {"records": self._shown(rows), "createdRecords": created, "updatedRecords": updated}

    def _merge_fields(self) -> list[Field]:
        asked = self.body["performUpsert"]
        names = asked.get("fieldsToMergeOn") if isinstance(asked, dict) else None
        if not isinstance(names, list) or not 1 <= len(names) <= MERGE_LIMIT:
            raise bad_request("fieldsToMergeOn takes one to three fields.")
        fields = [find(self.table, name) for name in names]
        for field in fields:
            if field.type not in MERGE_TYPES:
                raise bad_request(f'Field "{field.name}" cannot be merged on.')
        return fields

    def _match(self, keys: Sequence[Field], given: dict[str, Any], cells: Cells) -> Row | None:
        for field in keys:
            if field.id not in given and field.name not in given:
                raise bad_request(f'Each record must contain the field "{field.name}" that is merged on.')
        first, *rest = [field.id for field in keys]
        wanted = cells[first]
        # The first field alone leaves next to nothing, and no generator is made for each row of a large table.
        near = [row for row in self.table.rows.values() if row.cells.get(first) == wanted]
        found = [row for row in near if all(row.cells.get(key) == cells[key] for key in rest)]
        if len(found) > 1:
            raise bad_request("More than one record matches the fields that are merged on.")
        return found[0] if found else None
