"""What is sent to make and to change records, and what is read afterwards."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from productops.connectors.productboard.columns import Column
from productops.connectors.productboard.customers import contact
from productops.connectors.productboard.relations import Link
from productops.connectors.productboard.text import beginning, to_html
from productops.connectors.productboard.values import EMPTY, body, encode, steps
from productops.connectors.productboard.wire import CONTENT, SYSTEM, Json, Wire, made_id
from productops.errors import ConfigError, GoneError, ProductOpsError, RejectedError
from productops.sdk.collection import Outcome
from productops.sdk.record import Draft, Patch, Record
from productops.sdk.values import RefusalError, words

if TYPE_CHECKING:
    from productops.connectors.productboard.collection import Things

log: logging.Logger = logging.getLogger(__name__)
Wanted = dict[str, tuple[Column, Any]]


class Writes:
    """Writes of one collection. Whatever befalls a record is its outcome, and no exception."""

    def __init__(self, things: Things) -> None:
        self.things: Things = things
        self.wire: Wire = things.wire
        self.where: str = things.where

    def create(self, draft: Draft) -> Outcome:
        """Make a record, with all its relationships, by one request; then read it."""
        try:
            wanted = self._encoded(self._named({n: value for n, value in draft.fields.items() if value not in EMPTY}))
            sent: dict[str, Any] = {"type": self.things.type, "fields": body(_plain(wanted))}
            if draft.marker:
                sent["metadata"] = {"source": {"system": self.things.account.dialect.source, "recordId": draft.marker}}
            if self.things.parent and "parent" not in wanted:
                wanted["parent"] = (self.things.column("parent"), self.things.parent)
            if given := self.things.relations.given(_related(wanted)):
                sent["relationships"] = given
            id_ = made_id(self.wire.call("POST", self.where, operation="create", body=sent))
        except ProductOpsError as error:
            if self.things.parent is None and "parent" in (error.service_message or ""):
                error.remedy = (
                    f"Say below what they are made: {self.things.name}(parent=<id>), or map the field Parent."
                )
            return error
        return self._reread(id_, draft.marker)

    def _named(self, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        """Give a note without a name the beginning of its text, since none is made without."""
        text = fields.get(CONTENT)
        if self.where != "notes" or "name" in fields or not text:
            return fields
        return {**fields, "name": beginning(to_html(words(text)))}

    def _reread(self, id_: str, marker: str | None) -> Record:
        """Return a record that was just written. It is there, so nothing may fail any more."""
        try:
            thing = self.things.thing(id_)
            if thing is not None:
                return self.things.record(thing)
        except ProductOpsError as error:
            log.warning("%s %s was written and could not be read back: %s", self.things.type, id_, error)
        return Record(id_, marker=marker)

    def update(self, patch: Patch) -> Outcome:
        """Change a record by what differs; then read it."""
        try:
            wanted = self._encoded(patch.fields)
            thing = self.things.thing(patch.id)
            if thing is None:
                raise GoneError("It is no longer there.", system=SYSTEM, operation="change", record=patch.id)
            changes = steps(_plain(wanted), thing.get("fields") or {})
            sent: dict[str, Any] = {"patch": changes} if changes else {}
            sent |= self._claim(patch, thing)
            if sent:
                self._change(patch.id, sent)
            if related := _related(wanted):
                self._relate(patch.id, self.things.relations.of(thing), related)
        except ProductOpsError as error:
            error.record = error.record or patch.id
            return error
        return self._reread(patch.id, patch.marker)

    def _change(self, id_: str, sent: dict[str, Any]) -> None:
        try:
            self.wire.call("PATCH", self.where, id_, operation="change", body=sent, record=id_)
        except RejectedError as error:
            rest = [step for step in sent.get("patch", []) if step["path"] != CONTENT]
            if self.where == "notes" and CONTENT in error.fields and rest:
                # What else was to be changed is; the content of a note of which pieces are linked stays for good.
                self.wire.call("PATCH", self.where, id_, operation="change", body={"patch": rest}, record=id_)
            raise

    def _relate(self, id_: str, links: Sequence[Link], wanted: Wanted) -> None:
        for step in self.things.relations.steps(id_, links, wanted):
            self.wire.call(step.method, *step.parts, operation="change a relationship", body=step.body, record=id_)

    def _claim(self, patch: Patch, thing: Json) -> dict[str, Any]:
        """Return the source to write: never over another program's, and never into a note, which keeps its own."""
        source = (thing.get("metadata") or {}).get("source") or {}
        ours = self.things.account.dialect.source
        if patch.marker is None or self.where == "notes" or source.get("system") not in (None, ours):
            return {}
        return {"metadata": {"source": {"system": ours, "recordId": patch.marker}}}

    def _encoded(self, values: Mapping[str, Any]) -> Wanted:
        found: Wanted = {}
        refused: dict[str, str] = {}
        for name, value in values.items():
            try:
                column = self.things.column(name)
                found[column.field.id] = (column, encode(column, value))
                if column.field.id == "customer" and value not in EMPTY:
                    contact(value)
            except (RefusalError, ConfigError) as error:
                refused[name] = str(error)
        if not refused and (text := found.get("customer", (None, None))[1]):
            name, email = contact(text)  # only now, as it may make somebody
            found["customer"] = (found["customer"][0], self.things.account.customers.id(email, name))
        try:
            self.things.relations.given(_related(found))
        except RefusalError as error:
            refused["customer"] = str(error)
        if refused:
            told = "; ".join(f"{name!r}: {why}" for name, why in refused.items())
            raise RejectedError(f"{self.things.name} cannot take these values. {told}", system=SYSTEM, fields=refused)
        return found


def _plain(wanted: Wanted) -> Iterable[tuple[Column, Any]]:
    return [pair for pair in wanted.values() if not pair[0].relation]


def _related(wanted: Wanted) -> Wanted:
    return {name: pair for name, pair in wanted.items() if pair[0].relation}
