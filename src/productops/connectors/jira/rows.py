"""Issues as Jira sends them: which parts of them are looked at, and the records that they are.

Most of an issue is addresses, pictures and categories of categories. What no reading looks at is not even parsed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from productops.connectors.jira.fields import (
    UNKNOWN_FORM,
    Spec,
    as_day,
    as_list,
    as_number,
    as_option,
    as_person,
    as_text,
    moment,
)
from productops.connectors.jira.schema import KEY, Layout
from productops.connectors.jira.search import MARKER, Issue
from productops.sdk.record import Record, Value
from productops.sdk.rows import Form, Read, Reading, itself, keeping
from productops.sdk.transport import Parse, parser_of
from productops.sdk.transport.parsing import ABSENT, Parts, parts

PARENT = "parent"
TIMES = ("created", "updated")


# --- what is looked at

# The parts of a cell that its reading looks at.
OPTION = ("id", "name", "value", "groupId")
PERSON = ("accountId", "name", "key", "displayName", "emailAddress", "active")
_SHOWN: Mapping[Callable[[Any], Value], Any] = {
    as_option: Parts.fromkeys(OPTION, ...),
    as_person: Parts.fromkeys(PERSON, ...),
}
_READINGS: Mapping[Callable[[Any], Value], Reading] = {
    as_text: Reading(as_text, frozenset({str})),
    as_number: Reading(as_number, frozenset({int})),
    as_day: Reading(as_day, key=itself),
    moment: Reading(moment, key=itself),
    as_option: Reading(as_option, key=parts(OPTION)),
    as_person: Reading(as_person, key=parts(PERSON)),
}


def _item(read: Callable[[Any], Value]) -> Callable[[Any], Value] | None:
    """Return what reads one of several, where a reading is of several."""
    return read.args[0] if getattr(read, "func", None) is as_list else None  # type: ignore[attr-defined] # a partial


def reading_of(spec: Spec) -> Reading:
    """Return how a field's cells read."""
    read = spec.shape.read
    if (item := _item(read)) is not None:
        return Reading(read, items=_READINGS.get(item))
    # An issue without a parent comes without the field; of any other that is left out nothing is known.
    return _READINGS.get(read, Reading(read))._replace(omitted=spec.field.id == PARENT)


def kept(reading: Reading) -> Read:
    """Return what reads a field's cells for records; the same few options and people come up in every issue."""
    return reading.read if reading.key is None or reading.key is itself else keeping(reading.read, reading.key)


def _shown(spec: Spec) -> Any:
    read = spec.shape.read
    return _SHOWN.get(read, ...) if (item := _item(read)) is None else [_SHOWN.get(item, ...)]


def page_of(specs: Iterable[Spec]) -> Any:
    """Return what is looked at of a page of issues with these fields."""
    fields = Parts({**dict.fromkeys(TIMES, ...), **{spec.field.id: _shown(spec) for spec in specs}})
    issues = [{"id": ..., "key": ..., "fields": fields, "properties": ...}]
    return {"issues": issues, "issueErrors": ..., "nextPageToken": ..., "total": ...}


# --- what it is


@dataclass(frozen=True, slots=True)
class Sight:
    """Issues with some of their fields: the form of them, and what parses a page of them."""

    form: Form
    parse: Parse | None  # None: all of a page is looked at


def sight_of(layout: Layout, wanted: Sequence[str] | None, link: Callable[[str | None], str | None]) -> Sight:
    """Return the sight of issues with these fields, or of all; ``link`` gives an issue's address by its key."""
    specs = [layout.specs[id_] for id_ in (layout.specs if wanted is None else wanted) if id_ in layout.specs]
    return Sight(form_of(specs, link), None if wanted is None else parser_of(page_of(specs)))


def form_of(specs: Sequence[Spec], link: Callable[[str | None], str | None]) -> Form:
    """Return the form of issues with these fields."""
    ids = [spec.field.id for spec in specs]
    readings = {spec.field.id: reading_of(spec) for spec in specs}
    plan = [(spec, kept(readings[spec.field.id])) for spec in specs]

    def record(issue: Issue) -> Record:
        key = issue.get("key")
        created, updated = times(issue) if issue.get("fields") else (None, None)
        at = moment(updated) if updated else None
        return Record(
            str(issue["id"]),
            decode_fields(plan, pick(issue)) if issue.get("fields") else {},
            key,
            link(key),
            marker_of(issue) if issue.get("properties") else None,
            at.isoformat() if at else None,
            moment(created) if created else None,
            at,
        )

    def keyed(issue: Issue) -> Mapping[str, Any]:
        fields = issue["fields"]
        return {KEY: issue.get("key"), **{id_: fields.get(id_, ABSENT) for id_ in (*TIMES, *ids) if id_ != KEY}}

    cells: Callable[[Issue], Any] = keyed if KEY in ids else itemgetter("fields")
    form = Form(cells, record, readings)
    pick, times = form.picker(ids), form.picker(TIMES)
    return form


def decode_fields(plan: Sequence[tuple[Spec, Read]], cells: Sequence[Any]) -> dict[str, Value]:
    """Return the plain values of an issue's fields.

    A field that Jira leaves out does not exist for this issue; nothing is known about its value. An issue without a
    parent is the exception.
    """
    shown = [
        (spec, read, None if cell is ABSENT else cell)
        for (spec, read), cell in zip(plan, cells, strict=True)
        if cell is not ABSENT or spec.field.id == PARENT
    ]
    try:
        return {spec.field.id: None if cell is None else read(cell) for spec, read, cell in shown}
    except UNKNOWN_FORM:  # of one of them
        return {spec.field.id: spec.decode(cell) for spec, _, cell in shown}


def marker_of(issue: Issue) -> str | None:
    """Return the marker in an issue's property; None when it has none, or one of another form."""
    value = (issue.get("properties") or {}).get(MARKER)
    marker = value.get("m") if isinstance(value, dict) else None
    return marker if isinstance(marker, str) else None
