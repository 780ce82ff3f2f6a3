"""Creating, changing and deleting rows: requests of ten, and an outcome for each row.

Airtable takes all rows of a request or none. A refused request is sent again in halves until the bad row stands
alone; a lost answer leaves every row of that request, and no other, unknown. Rows are changed with PATCH only: PUT
clears every cell that is not sent.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from productops.connectors.airtable.cells import is_row
from productops.connectors.airtable.encoding import encode_row
from productops.connectors.airtable.wire import MISSING_MODEL, SYSTEM, code
from productops.errors import AccessError, GoneError, ProductOpsError, RejectedError, UnknownOutcomeError
from productops.sdk.collection import Outcome
from productops.sdk.record import Draft, Patch, Record

if TYPE_CHECKING:
    from productops.connectors.airtable.table import AirtableTable

BATCH = 10
OPTION = "INVALID_MULTIPLE_CHOICE_OPTIONS"
ABOUT_A_CELL = (OPTION, "INVALID_VALUE_FOR_COLUMN", "UNKNOWN_FIELD_NAME", "ROW_DOES_NOT_EXIST")
ABOUT_A_ROW = (MISSING_MODEL, "MODEL_ID_NOT_FOUND", "NOT_FOUND", "ROW_DOES_NOT_EXIST", "ROW_NOT_FOUND")


@dataclass(slots=True)
class Element:
    """One row of a request, and its place among the caller's."""

    at: int
    values: Mapping[str, Any] = field(default_factory=dict)
    id: str | None = None
    marker: str | None = None
    cells: dict[str, Any] = field(default_factory=dict)


Deleted = ProductOpsError | None
Send = Callable[[list[Element]], dict[int, Any]]


class Writes:
    """The writes of one call to a table."""

    def __init__(self, table: AirtableTable) -> None:
        self.table = table
        self.outcomes: dict[int, Any] = {}
        self.refreshed: bool = False

    def create(self, drafts: Sequence[Draft]) -> list[Outcome]:
        """Create one row for each draft; see ``AirtableTable.create``."""
        marked: list[Element] = []
        unmarked: list[Element] = []
        taken = set[str]()
        for at, draft in enumerate(drafts):
            element = Element(at, draft.fields, marker=draft.marker or None)
            if element.marker in taken:
                self.outcomes[at] = self._refusal("Two drafts of one batch have the same marker.", element)
            elif self._encode(element):
                (marked if element.marker else unmarked).append(element)
                taken |= {element.marker} if element.marker else set()
        self._all(marked, self._upsert)
        self._all(unmarked, self._post)
        return [self.outcomes[at] for at in range(len(drafts))]

    def update(self, patches: Sequence[Patch]) -> list[Outcome]:
        """Change one row for each patch."""
        elements, taken = [], set[str]()
        for at, patch in enumerate(patches):
            element = Element(at, patch.fields, id=patch.id, marker=patch.marker)
            if patch.id in taken:
                self.outcomes[at] = self._refusal("Two patches of one batch are for the same record.", element)
            elif self._encode(element):
                elements.append(element)
                taken.add(patch.id)
        self._all(elements, self._patch)
        return [self.outcomes[at] for at in range(len(patches))]

    def delete(self, ids: Sequence[str]) -> list[Deleted]:
        """Delete rows."""
        first = {id_: at for at, id_ in reversed(list(enumerate(ids)))}
        self._all([Element(at, id=id_) for id_, at in sorted(first.items(), key=lambda pair: pair[1])], self._delete)
        return [self.outcomes[first[id_]] for id_ in ids]

    # --- one request

    def _call(self, method: str, elements: list[Element], operation: str, **request: Any) -> Any:
        layout = self.table.layout()
        record = elements[0].id if len(elements) == 1 else None
        return self.table.wire.call(
            method,
            layout.base,
            layout.id,
            operation=operation,
            record=record,
            names=self.table.field_names,
            **request,
        )

    def _upsert(self, elements: list[Element]) -> dict[int, Outcome]:
        key = self.table.layout().key
        answer = self._call(
            "PATCH",
            elements,
            "create records",
            body={
                "performUpsert": {"fieldsToMergeOn": [key]},
                "records": [{"fields": each.cells} for each in elements],
                "returnFieldsByFieldId": True,
            },
        )
        records = {record.marker: record for record in self._records(answer)}
        created = answer.get("createdRecords") if isinstance(answer, dict) else None
        found: dict[int, Outcome] = {}
        for each in elements:
            record = records.get(each.marker)
            if record is None or not isinstance(created, list):
                found[each.at] = _lost("create records")
            else:
                found[each.at] = replace(record, existed=record.id not in created)
        return found

    def _post(self, elements: list[Element]) -> dict[int, Outcome]:
        body = {"records": [{"fields": each.cells} for each in elements], "returnFieldsByFieldId": True}
        records = self._records(self._call("POST", elements, "create records", body=body))
        if len(records) != len(elements):
            return {each.at: _lost("create records") for each in elements}
        return {each.at: record for each, record in zip(elements, records, strict=True)}

    def _patch(self, elements: list[Element]) -> dict[int, Outcome]:
        body = {
            "records": [{"id": each.id, "fields": each.cells} for each in elements],
            "returnFieldsByFieldId": True,
        }
        records = {record.id: record for record in self._records(self._call("PATCH", elements, UPDATE, body=body))}
        return {each.at: records.get(each.id or "") or _lost(UPDATE, each.id) for each in elements}

    def _delete(self, elements: list[Element]) -> dict[int, Deleted]:
        params = {"records[]": [each.id for each in elements]}
        answer = self._call("DELETE", elements, "delete records", params=params)
        rows = answer.get("records", ()) if isinstance(answer, dict) else ()
        gone = {row.get("id") for row in rows if isinstance(row, dict) and row.get("deleted")}
        return {each.at: None if each.id in gone else _lost("delete records", each.id) for each in elements}

    def _records(self, answer: Any) -> list[Record]:
        """Decode the rows of an answer; what is no row is as good as lost."""
        rows = answer.get("records") if isinstance(answer, dict) else None
        return self.table.records([row for row in rows or () if is_row(row)], None, written=True)

    # --- all of them

    def _all(self, elements: list[Element], send: Send) -> None:
        for start in range(0, len(elements), BATCH):
            self._some(elements[start : start + BATCH], send)

    def _some(self, elements: list[Element], send: Send) -> None:
        """Send rows together, and apart where they are refused together."""
        if not elements:
            return
        try:
            self.outcomes.update(send(elements))
        except (RejectedError, AccessError, GoneError) as error:
            if code(error) in ABOUT_A_ROW and self._sort_out(elements, error, send):
                return
            if isinstance(error, RejectedError):
                self._apart(elements, error, send)
            else:
                self._share(elements, error)
        except ProductOpsError as error:
            self._share(elements, error)

    def _apart(self, elements: list[Element], error: RejectedError, send: Send) -> None:
        if code(error) == OPTION and self._renamed(elements):
            self._some(elements, send)
        elif len(elements) > 1:
            half = len(elements) // 2
            self._some(elements[:half], send)
            self._some(elements[half:], send)
        else:
            self._share(elements, self._explained(elements[0], error))

    def _share(self, elements: list[Element], error: ProductOpsError) -> None:
        for each in elements:
            own = copy.copy(error)
            own.record = each.id or error.record
            self.outcomes[each.at] = own

    def _sort_out(self, elements: list[Element], error: ProductOpsError, send: Send) -> bool:
        """Find out which rows are missing, and go on with the others; False when none is."""
        ids = [each.id for each in elements if each.id]
        try:
            there = self.table.get(ids, []) if ids else {}
        except ProductOpsError:
            return False
        missing = [each for each in elements if each.id and each.id not in there]
        if not missing:
            return False
        for each in missing:
            self.outcomes[each.at] = GoneError(
                "The record is no longer there, or not shown to this account.",
                system=SYSTEM,
                operation=error.operation,
                record=each.id,
                request_id=error.request_id,
                status=error.status,
                service_message=error.service_message,
            )
        self._some([each for each in elements if each not in missing], send)
        return True

    def _renamed(self, elements: list[Element]) -> bool:
        """Read the schema again, once, and tell whether an option of these rows is called otherwise now."""
        if self.refreshed:
            return False
        self.refreshed = True
        before = [dict(each.cells) for each in elements]
        try:
            self.table.layout(refresh=True)
        except ProductOpsError:
            return False
        # Those that the fresh schema refuses keep their cells, and meet the service's own refusal on their own.
        for each, cells in zip(elements, before, strict=True):
            if not self._encode(each):
                del self.outcomes[each.at]
                each.cells = cells
        return before != [each.cells for each in elements]

    def _explained(self, element: Element, error: RejectedError) -> RejectedError:
        """Say that several rows carry the marker, where that is why a row was refused."""
        if not element.marker or element.id or code(error) in ABOUT_A_CELL:
            return error
        try:
            twins = self.table.find([element.marker], self.table.server_time())[element.marker]
        except ProductOpsError:
            return error
        if len(twins) < 2:
            return error
        ids = ", ".join(record.id for record in twins)
        return RejectedError(
            f"{len(twins)} rows of {self.table.name!r} carry the same key {element.marker!r}: {ids}.",
            system=SYSTEM,
            operation=error.operation,
            request_id=error.request_id,
            status=error.status,
            service_message=error.service_message,
            remedy="Merge the rows in Airtable, or empty the key field of those that are copies.",
        )

    def _encode(self, element: Element) -> bool:
        """Fill the element's cells, or its outcome with why that cannot be."""
        layout = self.table.layout()
        try:
            element.cells = encode_row(layout.columns, element.values, layout.name)
        except RejectedError as error:
            error.record = element.id
            self.outcomes[element.at] = error
            return False
        if element.marker is not None and layout.key:
            element.cells[layout.key] = element.marker or None
        return True

    def _refusal(self, message: str, element: Element) -> RejectedError:
        return RejectedError(message, system=SYSTEM, record=element.id, remedy="Send the second one by itself.")


UPDATE = "update records"


def _lost(operation: str, record: str | None = None) -> UnknownOutcomeError:
    return UnknownOutcomeError(
        "Airtable's answer does not mention this row; it may or may not have been written.",
        system=SYSTEM,
        operation=operation,
        record=record,
        remedy="Look whether the change arrived before sending it again.",
    )
