"""Recorded issues, people, comments, documents and fields of Jira.

A file rarely says what types its fields have. Fields of Jira's own have documented types; of others the type is told
from the look of the value, as far as Jira has one type that looks so, and otherwise they are what an app keeps.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from judges.fidelity.equal import holds
from judges.fidelity.pieces import Piece
from judges.fidelity.tally import Tally
from productops.connectors.jira.adf import lossy, rich_text
from productops.connectors.jira.adf.hidden import normal
from productops.connectors.jira.adf.patch import patch
from productops.connectors.jira.adf.write import to_adf
from productops.connectors.jira.api import as_user
from productops.connectors.jira.fields import LONGEST_LINE, Spec, shape_of
from productops.errors import RejectedError
from productops.sdk.collection import Field
from productops.sdk.record import Option, RichText, Unreadable

# As Jira's reference declares its own fields.
OWN: dict[str, tuple[str, ...]] = {
    "string": ("summary", "description", "environment"),
    "user": ("assignee", "reporter", "creator"),
    "datetime": ("created", "updated", "resolutiondate", "lastViewed", "statuscategorychangedate"),
    "date": ("duedate",), "priority": ("priority",), "issuetype": ("issuetype",), "resolution": ("resolution",),
    "status": ("status",), "securitylevel": ("security",),
    "number": ("timeestimate", "timeoriginalestimate", "timespent", "aggregatetimeestimate",
               "aggregatetimeoriginalestimate", "aggregatetimespent", "workratio"),
    "array string": ("labels",), "array version": ("versions", "fixVersions"), "array component": ("components",),
}  # fmt: skip
OWN_TYPES = {name: kind for kind, names in OWN.items() for name in names}
# What the connector never writes, whatever its type: Jira sets it, or a move does.
SET_BY_JIRA = {
    "creator", "created", "updated", "resolutiondate", "lastViewed", "statuscategorychangedate", "workratio",
    "timespent", "timeestimate", "timeoriginalestimate", "aggregatetimeestimate", "aggregatetimeoriginalestimate",
    "aggregatetimespent", "resolution",
}  # fmt: skip
CUSTOM = "com.atlassian.jira.plugin.system.customfieldtypes"
NAMELESS = "the recording leaves out the id"
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:?\d\d|Z)")


def judge(piece: Piece, tally: Tally) -> None:
    """Judge one piece that is no refusal."""
    what, value = piece.kind.partition(" ")[2], piece.value
    if what == "issue":
        _issue(value, tally)
    elif what == "document":
        _text(value, "a document", tally)
    elif what == "person":
        _person(value, tally)
    elif what == "comment":
        _person(value["author"], tally) if isinstance(value["author"], Mapping) else None
        _text(value["body"], "a comment", tally)
    elif what == "field":
        _declared(value, tally)
    elif what == "option":
        _value(spec_of("priority", {"type": "option"}, value), value, tally, keep="a list of options, read as schema")
    elif what == "write":
        _write(piece, tally)
    elif what == "reference" and not (str(value["id"]).isdigit() and "-" in value["key"]):
        tally.fail("the answer to a create does not name the issue", undecoded=True)


def schema_of(id_: str, raw: Any, declared: Mapping[str, Any]) -> dict[str, Any]:
    """Return the type of a field, declared beside the issue, documented, or told from its value."""
    if found := declared.get(id_):
        return dict(found)
    if own := OWN_TYPES.get(id_):
        kind, _, items = own.partition(" ")
        return {"type": kind, "system": id_, **({"items": items} if items else {})}
    first = raw[0] if isinstance(raw, list) and raw else raw
    return {"custom": f"{CUSTOM}:{found}"} if (found := _look(first, several=isinstance(raw, list))) else {}


def _look(one: Any, *, several: bool) -> str:
    if isinstance(one, Mapping):
        if one.get("type") == "doc":
            return "textarea"
        if "displayName" in one:
            return "multiuserpicker" if several else "userpicker"
        if "value" in one and "id" in one:
            return "cascadingselect" if "child" in one else "multiselect" if several else "select"
        return ""
    if isinstance(one, str) and not several:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", one):
            return "datepicker"
        if MOMENT.fullmatch(one):
            return "datetime"
        return "textarea" if len(one) > LONGEST_LINE or "\n" in one else "textfield"
    return "float" if isinstance(one, (int, float)) and not isinstance(one, bool) and not several else ""


def spec_of(id_: str, schema: Mapping[str, Any], raw: Any) -> Spec:
    """Return a field that has the options which its value shows."""
    cloud = not isinstance(raw, str) and not (isinstance(raw, Mapping) and "name" in raw and "accountId" not in raw)
    shape = shape_of(id_, schema, cloud=cloud)
    refusal = "Jira sets it" if id_ in SET_BY_JIRA else shape.read_only
    try:
        shown = shape.read(raw)
    except (ValueError, TypeError, KeyError, AttributeError):
        shown = None
    listed = shown if isinstance(shown, list) else [shown]
    options = tuple(one for one in listed if isinstance(one, Option))
    return Spec(Field(id_, id_, shape.kind, options, refusal), shape, cloud)


def _issue(issue: Mapping[str, Any], tally: Tally) -> None:
    declared = issue.get("schema") if isinstance(issue.get("schema"), Mapping) else {}
    for id_, raw in issue["fields"].items():
        if raw is not None:
            _value(spec_of(id_, schema_of(id_, raw, declared or {}), raw), raw, tally)


def _value(spec: Spec, raw: Any, tally: Tally, *, keep: str = "") -> None:
    """Decode one value and, the raw form aside, encode it again."""
    tally.add("values")
    value = spec.decode(raw)
    if isinstance(value, Unreadable):
        tally.fail(f"{spec.field.id}: {value.reason}", undecoded=True)
        return
    if isinstance(value, RichText) and isinstance(raw, Mapping):
        _rewritten(raw, value, spec.field.id, tally)
        return
    if _nameless(raw):
        keep = NAMELESS
    if keep or spec.field.read_only or spec.shape.write is None:
        tally.keep(keep or spec.field.read_only or "Jira sets it")
        return
    try:
        sent = spec.encode(value)
    except RejectedError as error:
        tally.written(False, f"{spec.field.id}: {error.message}")
        return
    empty = raw in ("", []) and sent in (None, [])
    trimmed = isinstance(sent, str) and isinstance(raw, str) and sent == raw.strip()  # Jira keeps no ends either
    tally.written(empty or trimmed or holds(raw, sent), f"{spec.field.id}: {raw!r:.120} came out as {sent!r:.120}")


def _nameless(raw: Any) -> bool:
    """Tell whether an option or a person was recorded without what identifies it."""
    if isinstance(raw, list):
        return any(map(_nameless, raw))
    if not isinstance(raw, Mapping) or raw.get("type") == "doc":
        return False
    return not any(raw.get(name) for name in (("accountId", "name", "key") if "displayName" in raw else ("id",)))


def _text(raw: Any, where: str, tally: Tally) -> None:
    tally.add("values")
    if isinstance(raw, str):
        tally.keep("wiki markup, which is passed on as it is")
        return
    try:
        value = rich_text(raw)
        shown = value.markdown
    except Exception as error:  # whatever it is, that is the finding
        tally.fail(f"{where} does not decode: {type(error).__name__}: {error}", undecoded=True)
        return
    if not isinstance(shown, str):
        tally.fail(f"{where} has no Markdown", undecoded=True)
        return
    _rewritten(raw, value, where, tally)


def _rewritten(raw: Mapping[str, Any], value: RichText, where: str, tally: Tally) -> None:
    """Write a text from its Markdown alone; one with parts that Markdown cannot say, beside a new end."""
    if lossy(dict(raw)):
        there = raw.get("content") or []
        content = patch(dict(raw), f"{value.markdown}\n\nA new end.")["content"]
        kept = content[: len(there)] == there and content[len(there) :] == to_adf("A new end.")["content"]
        tally.written(kept, f"{where}: an edit at the end changes something else")
        return
    again = to_adf(value.markdown)
    same = normal(again).get("content") == _shown(normal(dict(raw))).get("content")
    tally.written(same, f"{where}: {value.markdown!r:.160} leads to another document")


def _spelled(node: dict[str, Any]) -> dict[str, Any]:
    """Return a document whose emoji are the characters they show; a reader sees no difference."""
    content: list[Any] = []
    for one in node.get("content") or []:
        if one["type"] == "emoji":
            one = {"type": "text", "text": one["attrs"]["text"]}
        before = content[-1] if content else {}
        if one["type"] == before.get("type") == "text" and one.get("marks") == before.get("marks"):
            content[-1] = {**before, "text": before["text"] + one["text"]}
        else:
            content.append(_spelled(one))
    return {**node, "content": content} if content else node


def _shown(document: dict[str, Any]) -> dict[str, Any]:
    """Return what a reader sees: no empty paragraphs and no white space at the end, which editors leave there."""
    content = list(_spelled(document).get("content") or [])
    while content and content[-1] == {"type": "paragraph"}:
        content.pop()
    if content and content[-1]["type"] == "paragraph":
        words = list(content[-1]["content"])
        if words and words[-1]["type"] == "text":
            words[-1] = {**words[-1], "text": words[-1]["text"].rstrip()}
        content[-1] = {**content[-1], "content": [one for one in words if one.get("text") != ""]}
    return {**document, "content": content} if content else {"type": "doc"}


def _person(raw: Mapping[str, Any], tally: Tally) -> None:
    tally.add("values")
    user = as_user(raw)
    if not user.id:
        tally.keep(NAMELESS)
        return
    cloud = "accountId" in raw
    spec = Spec(Field("assignee", "Assignee", "person"), shape_of("assignee", {"type": "user"}, cloud=cloud), cloud)
    tally.written(holds(raw, spec.encode(user)), f"person {user.id} came out as {spec.encode(user)!r}")


def _declared(raw: Mapping[str, Any], tally: Tally) -> None:
    """Decode what a field says of itself, and the options it allows."""
    tally.add("values")
    id_ = str(raw.get("id") or raw.get("fieldId") or raw.get("key"))
    shape = shape_of(id_, raw.get("schema") or {}, cloud=True)
    tally.keep(f"the schema of a field of the kind {shape.kind}")


PLAIN = ("text", "markdown", "number", "date", "datetime", "labels")


def _write(piece: Piece, tally: Tally) -> None:
    """Compare the plain fields of a recorded write with what the connector sends for the same values.

    Options and people were written by name in the versions that are recorded; they are sent by id today.
    """
    fields = piece.sent.get("fields")
    for id_, raw in (fields if isinstance(fields, Mapping) else {}).items():
        spec = spec_of(id_, schema_of(id_, raw, {}), raw)
        if spec.field.read_only or spec.shape.write is None or raw is None or spec.shape.kind not in PLAIN:
            continue
        tally.add("requests_checked")
        ours = spec.encode(spec.decode(raw))
        if not holds(raw, ours):
            tally.add("requests_invalid")
            tally.fail(f"{id_}: recorded {raw!r:.120}, ours {ours!r:.120}")
