"""Creating and changing issues: one outcome for each element, whatever happens to the others.

Errors are returned, not raised: an error that was raised would hide what became of the rest of a batch.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from productops.connectors.jira.adf.patch import patch as patch_document
from productops.connectors.jira.api import SYSTEM
from productops.connectors.jira.fields import Spec
from productops.connectors.jira.schema import IssueType, Layout
from productops.connectors.jira.search import MARKER
from productops.connectors.jira.status import Transition
from productops.errors import (
    AccessError,
    AuthError,
    GoneError,
    ProductOpsError,
    RateLimitedError,
    RejectedError,
    StaleError,
    UnknownOutcomeError,
)
from productops.sdk.collection import Outcome
from productops.sdk.record import Draft, Patch, Record, RichText, Value, fingerprint

if TYPE_CHECKING:
    from productops.connectors.jira.collection import JiraIssues

log: logging.Logger = logging.getLogger(__name__)
STATUS, TYPE, PARENT = "status", "issuetype", "parent"
CREATE = "create issues"


@dataclass(slots=True)
class Write:
    """What one draft or patch sends."""

    fields: dict[str, Any] = field(default_factory=dict)
    update: dict[str, Any] = field(default_factory=dict)
    status: str | None = None
    type: str = ""
    texts: dict[str, str] = field(default_factory=dict)  # formatted texts as Markdown, to be laid over what is there


def encode(layout: Layout, values: Mapping[str, Value]) -> Write:
    """Return the JSON of some values.

    Raises:
        RejectedError: a field does not exist, cannot be written, or does not take its value.

    """
    write = Write()
    for name, value in values.items():
        spec = layout.specs.get(name)
        if spec is None:
            raise RejectedError(f"There is no field {name!r}.", fields={name: "no such field"}, system=SYSTEM)
        if name != STATUS:
            sent = spec.encode(value)
            if spec.rich:
                write.texts[name] = value.markdown if isinstance(value, RichText) else str(value or "")
            if name == PARENT and sent is None:
                write.update[PARENT] = [{"set": {"none": True}}]
            else:
                write.fields[name] = sent
        elif value is not None:
            write.status = spec.option(value).id
            if spec.field.option(write.status) is None:
                raise spec.refuse(f"has no option {spec.option(value).name!r}")
    return write


# --- creating


def create(issues: JiraIssues, drafts: Sequence[Draft]) -> list[Outcome]:
    """Create issues in one request, read them back in one, and bring them to their status."""
    outcomes: dict[int, Outcome] = {}
    writes: dict[int, Write] = {}
    layout = issues.layout()
    for at, draft in enumerate(drafts):
        try:
            writes[at] = _new(layout, draft)
        except RejectedError as error:
            error.operation = CREATE
            outcomes[at] = error
    made = _send(issues, drafts, writes, outcomes) if writes else {}
    outcomes |= _finish(issues, drafts, writes, made)
    return [outcomes[at] for at in range(len(drafts))]


def _new(layout: Layout, draft: Draft) -> Write:
    filled = {name: value for name, value in draft.fields.items() if value is not None and value not in ("", [])}
    kind = _type_of(layout, filled.pop(TYPE, None))
    for name in filled:
        spec = layout.specs.get(name)
        if spec and name != STATUS and not spec.field.read_only and name not in kind.screen:
            raise spec.refuse(f"is not on the create screen of {layout.project_key} for {kind.name}")
    if missing := {id_: name for id_, name in kind.required.items() if id_ not in filled}:
        names = ", ".join(missing.values())
        raise RejectedError(
            f"A new {kind.name} in {layout.project_key} needs {names}.",
            fields=dict.fromkeys(missing, "required"),
            system=SYSTEM,
            remedy=f"Map {names}, give it a constant, or make it optional in Jira.",
        )
    write = encode(layout, filled)
    write.update = {}
    write.type = kind.id
    write.fields |= {"project": {"id": layout.project_id}, TYPE: {"id": kind.id}}
    return write


def _type_of(layout: Layout, value: Value) -> IssueType:
    if value is not None:
        option = layout.specs[TYPE].option(value)
        if found := layout.type(option.id):
            return found
        raise layout.specs[TYPE].refuse(f"has no option {option.name or option.id!r} in this listing")
    if len(layout.types) == 1 or (layout.limited and layout.types):
        return layout.types[0]
    names = ", ".join(one.name for one in layout.types)
    raise RejectedError(
        "It is not known which type of issue to create.",
        fields={TYPE: "required"},
        system=SYSTEM,
        remedy=f"Name a type when the collection is made, or map the issue type. There are: {names}.",
    )


def _send(
    issues: JiraIssues, drafts: Sequence[Draft], writes: Mapping[int, Write], outcomes: dict[int, Outcome]
) -> dict[int, Mapping[str, Any]]:
    """Send one batch; fill in the errors and return what was created, by place."""
    places = list(writes)
    updates = [_element(drafts[at], writes[at]) for at in places]
    try:
        answer = issues.api.call("POST", "issue/bulk", json={"issueUpdates": updates}, operation=CREATE, batch=True)
    except RejectedError as error:
        if len(places) == 1:
            outcomes[places[0]] = error
            return {}
        # Nothing was created, and Jira does not say whose fault it is: one at a time it does.
        made: dict[int, Mapping[str, Any]] = {}
        for at in places:
            made |= _send(issues, drafts, {at: writes[at]}, outcomes)
        return made
    except ProductOpsError as error:
        outcomes.update(dict.fromkeys(places, error))
        return {}
    return _align(places, answer, outcomes)


def _element(draft: Draft, write: Write) -> dict[str, Any]:
    body: dict[str, Any] = {"fields": write.fields}
    if draft.marker:
        body["properties"] = [{"key": MARKER, "value": {"m": draft.marker}}]
    return body


def _align(places: list[int], answer: Any, outcomes: dict[int, Outcome]) -> dict[int, Mapping[str, Any]]:
    """Match the created with the drafts: Jira leaves the failures out of the list and tells their numbers."""
    answer = answer if isinstance(answer, dict) else {}
    for one in answer.get("errors") or []:
        number = one.get("failedElementNumber") if isinstance(one, dict) else None
        if isinstance(number, int) and 0 <= number < len(places):
            outcomes[places[number]] = _element_error(one)
    good = [at for at in places if at not in outcomes]
    created = answer.get("issues") or []
    if len(created) == len(good) and all(isinstance(one, dict) and one.get("id") for one in created):
        return dict(zip(good, created, strict=True))
    for at in good:
        outcomes[at] = UnknownOutcomeError(
            "Jira's answer does not tell which issues were created.",
            system=SYSTEM,
            operation=CREATE,
            remedy="Look them up by their markers before creating them again.",
        )
    return {}


def _element_error(one: Mapping[str, Any]) -> ProductOpsError:
    said = one.get("elementErrors") or {}
    fields = {str(name): str(text) for name, text in (said.get("errors") or {}).items()}
    words = [*map(str, said.get("errorMessages") or []), *(f"{name}: {text}" for name, text in fields.items())]
    status = one.get("status") if isinstance(one.get("status"), int) else 400
    context: dict[str, Any] = {
        "system": SYSTEM,
        "operation": CREATE,
        "status": status,
        "service_message": "; ".join(words) or None,
    }
    if status == 429:
        return RateLimitedError("Jira asks to wait: too many requests.", **context)
    if status is not None and status >= 500:
        return UnknownOutcomeError("Jira failed while it created this issue.", **context)
    if "project" in fields:  # what it says where the account may not see the project or create in it: no record's fault
        remedy = "Ask an administrator of the project for the permission to browse it and to create issues in it."
        return AccessError("Jira does not let this account create issues in the project.", remedy=remedy, **context)
    return RejectedError("Jira refused to create this issue.", fields=fields, **context)


def _finish(
    issues: JiraIssues,
    drafts: Sequence[Draft],
    writes: Mapping[int, Write],
    made: Mapping[int, Mapping[str, Any]],
) -> dict[int, Outcome]:
    """Read the new issues back and bring them to their status. Whatever fails here, the issues exist."""
    known: dict[int, Record] = {}
    for at, one in made.items():
        id_, key = str(one["id"]), one.get("key")
        known[at] = Record(id_, key=key, url=issues.link(key), marker=drafts[at].marker)
    ids = {record.id: at for at, record in known.items()}
    wanted = issues.echoed({name for at in made for name in drafts[at].fields} | {STATUS})
    for record in _read_back(issues, list(ids), wanted):
        known[ids[record.id]] = record
    moved = [record.id for at, record in known.items() if _to_status(issues, record, writes[at])]
    for record in _read_back(issues, moved, wanted):
        known[ids[record.id]] = record
    return dict(known)


def _to_status(issues: JiraIssues, record: Record, write: Write) -> bool:
    """Bring a new issue to its status; return whether it was touched."""
    current = record.fields.get(STATUS)
    if write.status is None or current is None or current.id == write.status:
        return False
    try:
        issues.workflow.bring(record.id, (write.type, current.id), write.status, write.fields)
    except ProductOpsError as error:
        # It exists, so this is no error of the create; what is read back shows the status it really has.
        log.warning("%s was created, but its status was not set: %s", record.key or record.id, error)
    return True


def _read_back(issues: JiraIssues, ids: list[str], fields: Sequence[str] | None) -> list[Record]:
    if not ids:
        return []
    try:
        return list(issues.read(ids, fields).values())
    except ProductOpsError as error:
        log.warning("%d written issues could not be read back: %s", len(ids), error)
        return []


# --- changing


def update(issues: JiraIssues, patches: Sequence[Patch]) -> list[Outcome]:
    """Change issues one by one, and read them all back in one request."""
    layout = issues.layout()
    outcomes: dict[int, Outcome] = {}
    writes: dict[int, Write] = {}
    for at, patch in enumerate(patches):
        try:
            writes[at] = encode(layout, patch.fields)
        except RejectedError as error:
            error.operation, error.record = "change an issue", patch.id
            outcomes[at] = error
    try:
        stands = _where(issues, [patches[at].id for at, write in writes.items() if write.status])
    except ProductOpsError as error:
        return [outcomes.get(at, error) for at in range(len(patches))]
    outcomes |= _lay_over(issues, patches, writes)
    stop: ProductOpsError | None = None
    for at, write in writes.items():
        try:
            if at in outcomes:
                continue
            if stop is not None:
                raise stop
            _change(issues, patches[at], write, stands)
        except ProductOpsError as error:
            outcomes[at] = error
            # Nothing that follows would fare better.
            stop = error if isinstance(error, (AuthError, RateLimitedError)) else None
    done = {patches[at].id: at for at in writes if at not in outcomes}
    wanted = issues.echoed({name for patch in patches for name in patch.fields})
    shown = {record.id: record for record in _read_back(issues, list(done), wanted)}
    outcomes |= {at: shown.get(id_, Record(id_, marker=patches[at].marker)) for id_, at in done.items()}
    return [outcomes[at] for at in range(len(patches))]


def _where(issues: JiraIssues, ids: list[str]) -> dict[str, tuple[str, str]]:
    """Return type and status of the issues whose status is to change."""
    if not ids:
        return {}
    found = issues.read(ids, (STATUS, TYPE)).values()
    return {one.id: (one.fields[TYPE].id, one.fields[STATUS].id) for one in found}


def _lay_over(issues: JiraIssues, patches: Sequence[Patch], writes: Mapping[int, Write]) -> dict[int, Outcome]:
    """Make formatted texts patches of the documents that are there now; return what went wrong.

    The documents are read here, right before they are written: only blocks that differ are changed, and a document
    that says the same already is not written at all.
    """
    ids = {patches[at].id: at for at, write in writes.items() if write.texts}
    names = sorted({name for write in writes.values() for name in write.texts})
    failed: dict[int, Outcome] = {}
    try:
        there = {str(one["id"]): one.get("fields") or {} for one in issues.fetch(list(ids), names)} if ids else {}
    except ProductOpsError as error:
        return dict.fromkeys(ids.values(), error)
    for id_, at in ids.items():
        try:
            for name, markdown in writes[at].texts.items():
                document = there.get(id_, {}).get(name)
                if id_ in there:
                    _compare(issues.layout().specs[name], document, patches[at].seen.get(name))
                if isinstance(document, dict):
                    _lay(writes[at], name, document, patch_document(document, markdown))
        except (RejectedError, StaleError) as error:
            error.operation, error.record = "change an issue", id_
            failed[at] = error
    return failed


def _compare(spec: Spec, document: Any, seen: str | None) -> None:
    """Notice what somebody did to a text since it was read, also where Markdown does not show it."""
    if seen is not None and fingerprint(spec.decode(document)) != seen:
        raise StaleError(
            f"{spec.field.name} changed in Jira since it was read; the next plan looks again",
            system=SYSTEM,
            remedy="Plan again.",
        )


def _lay(write: Write, name: str, there: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    if wanted is there:
        del write.fields[name]
    else:
        write.fields[name] = dict(wanted) if wanted["content"] else None


def _change(issues: JiraIssues, patch: Patch, write: Write, stands: Mapping[str, tuple[str, str]]) -> None:
    """Send one patch: the way to the status is settled first, so that nothing is written when it is not known."""
    way: list[Transition] = []
    if write.status:
        if patch.id not in stands:
            raise GoneError(
                "The issue is gone, or is no longer shown to this account.",
                system=SYSTEM,
                operation="change an issue",
                record=patch.id,
            )
        way = issues.workflow.path(patch.id, stands[patch.id], write.status)
        issues.workflow.check(patch.id, way, write.fields)
        issues.traces.went(patch.id, [one.target for one in way])
    path = f"issue/{patch.id}"
    if write.fields or write.update:
        body = {name: part for name, part in (("fields", write.fields), ("update", write.update)) if part}
        issues.api.call("PUT", path, json=body, operation="change an issue", record=patch.id)
    if patch.marker:
        claim = {"m": patch.marker}
        issues.api.call("PUT", f"{path}/properties/{MARKER}", json=claim, operation="mark an issue", record=patch.id)
    if way:
        _walk(issues, patch.id, stands[patch.id], way, write.fields)


def _walk(
    issues: JiraIssues, issue: str, start: tuple[str, str], way: Sequence[Transition], sent: Mapping[str, Any]
) -> None:
    """Take the way; where a step was refused because somebody has moved the issue meanwhile, say so."""
    try:
        issues.workflow.walk(issue, start, way, sent)
    except RejectedError:
        stands = _where(issues, [issue]).get(issue, start)[1]
        if stands in {start[1], *(one.target for one in way[:-1])}:
            raise
        raise StaleError(
            "Somebody changed the status just now.",
            system=SYSTEM,
            operation="change the status",
            record=issue,
            remedy="Plan again.",
        ) from None
