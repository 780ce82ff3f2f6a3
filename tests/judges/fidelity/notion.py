"""Recorded pages, data sources, blocks, comments and people of Notion."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from judges.fidelity.equal import holds
from judges.fidelity.pieces import Piece
from judges.fidelity.tally import Tally
from judges.openapi_notion import NotionJudge
from productops.connectors.notion.blocks_patch import key, keys
from productops.connectors.notion.blocks_read import children, content, opaque, to_text
from productops.connectors.notion.encoding import encode
from productops.connectors.notion.inline import to_markdown
from productops.connectors.notion.layout import Column, columns_of
from productops.connectors.notion.runs import words
from productops.connectors.notion.values import decode, end, time_of, user
from productops.sdk.record import Unreadable, User, canonical
from productops.sdk.values import RefusalError
from productops.testing.sandbox.wire import Answer, Request


def judge(piece: Piece, tally: Tally, official: NotionJudge | None) -> None:
    """Judge one piece that is no refusal."""
    what, value = piece.kind.partition(" ")[2], piece.value
    if what == "page":
        _page(value, tally, official)
    elif what in ("data_source", "database"):
        for described in (value.get("properties") or {}).values():
            _schema(described, tally)
    elif what == "block":
        _block(value, tally)
    elif what == "comment":
        _words(value.get("rich_text") or [], tally)
    elif what == "user":
        _person(value, tally)
    elif what == "value" or (what == "property_item" and value.get("type") in value):
        _item(value, tally)
    elif what == "property":
        _schema(value, tally)


def _page(page: Mapping[str, Any], tally: Tally, official: NotionJudge | None) -> None:
    for name in ("created_time", "last_edited_time"):
        if name in page and time_of(page[name]) is None:
            tally.fail(f"{name} is no time", undecoded=True)
    sent: dict[str, Any] = {}
    for shown in (page.get("properties") or {}).values():
        if isinstance(shown, Mapping) and shown.get("type") in shown:
            sent |= _value(shown, tally)
    if sent and official is not None:
        _request(page, sent, tally, official)


def _request(page: Mapping[str, Any], sent: dict[str, Any], tally: Tally, official: NotionJudge) -> None:
    """Judge the request that would write a page's values."""
    tally.add("requests_checked")
    body = json.dumps({"properties": sent}).encode()
    headers = {"notion-version": "2026-03-11"}
    request = Request("PATCH", f"/v1/pages/{page['id']}", (), headers, body)
    found = [one for one in official.check(request, Answer.of({})) if ": request" in one]
    if found:
        tally.add("requests_invalid")
        tally.fail(found[0])


def _schema_of(shown: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema that has the options a value shows."""
    kind = shown["type"]
    held = shown[kind]
    options = held if isinstance(held, list) else [held] if isinstance(held, dict) else []
    settings = {"options": options} if kind in ("select", "status", "multi_select") and held else {}
    return {"id": shown.get("id", kind), "name": "Recorded", "type": kind, kind: settings}


def _value(shown: Mapping[str, Any], tally: Tally) -> dict[str, Any]:
    """Judge one property and return it as it would be sent."""
    kind, sent = shown["type"], {}
    for column in columns_of(_schema_of(shown)):
        tally.add("values")
        value = end(shown[kind]) if column.end else decode(shown, kind)
        if isinstance(value, Unreadable):
            tally.fail(f"{kind}: {value.reason}", undecoded=True)
        elif column.field.read_only:
            tally.keep(column.field.read_only)
        elif column.end and value is None:
            tally.keep("a range that has no end")
        else:
            sent |= _sent(column, shown, value, tally)
    return sent


def _sent(column: Column, shown: Mapping[str, Any], value: Any, tally: Tally) -> dict[str, Any]:
    kind = shown["type"]
    try:
        # Of a range each end is written beside the other; all else is written from the value alone.
        ours = json.loads(json.dumps(encode(column, value, shown[kind] if kind == "date" else None, lambda _: None)))
    except RefusalError as error:
        tally.written(False, f"{kind}: {error}")
        return {}
    again = {**shown, kind: _filled(ours[kind], kind)}
    back = end(again[kind]) if column.end else decode(again, kind)
    if kind in ("select", "status", "multi_select"):
        same = _ids(shown[kind]) == _ids(ours[kind])
    elif kind in ("title", "rich_text", "date"):
        same = canonical(back) == canonical(value)
    else:
        same = holds(shown[kind], ours[kind])
    tally.written(same, f"{kind}: {shown[kind]!r:.120} came out as {ours[kind]!r:.120}")
    return {column.property: ours}


def _ids(held: Any) -> Any:
    """Return what identifies options."""
    if isinstance(held, list):
        return [_ids(one) for one in held]
    return held.get("id") if isinstance(held, Mapping) else held


def _filled(sent: Any, kind: str) -> Any:
    """Add what the service adds to texts."""
    return [{**run, "plain_text": words(run)} for run in sent] if kind in ("title", "rich_text") else sent


def _item(shown: Mapping[str, Any], tally: Tally) -> None:
    """Judge a single property; one that is asked for by itself shows one part of a list at a time."""
    kind = shown["type"]
    listed = ("title", "rich_text", "people", "relation")
    whole = {**shown, kind: [shown[kind]]} if kind in listed and isinstance(shown[kind], Mapping) else shown
    _value(whole, tally)


def _schema(described: Mapping[str, Any], tally: Tally) -> None:
    tally.add("values")
    if unknown := [one for one in columns_of(described) if "not known" in (one.field.read_only or "")]:
        tally.fail(f"properties of the type {unknown[0].type!r} are not known", undecoded=True)
        return
    tally.keep("a schema")


def _block(block: dict[str, Any], tally: Tally) -> None:
    tally.add("values")
    try:
        shown = to_text([block])
        there, lines = key(block), keys(block)
    except Exception as error:  # whatever it is, that is the finding
        tally.fail(f"a {block.get('type')} does not decode: {type(error).__name__}: {error}", undecoded=True)
        return
    kind = str(block["type"])
    if opaque(block):
        if not shown:
            tally.fail(f"nothing stands for a {kind}", undecoded=True)
        tally.keep(f"blocks of the type {kind}: a line stands for them, they stay as they are")
    elif not shown or kind == "callout" or (kind == "table" and not children(block)):
        tally.keep(f"blocks of the type {kind}: patched in place" if shown else "blocks that show nothing stay")
    elif any(run.get("type") != "text" for run in content(block).get("rich_text") or ()):
        tally.keep("mentions and formulas inside a text: patched around, they stay as they are")
    else:
        tally.written(lines == [there], f"a {kind} leads to other blocks: {shown!r:.160} {content(block)!r:.120}")


def _words(of: list[dict[str, Any]], tally: Tally) -> None:
    tally.add("values")
    if bool("".join(map(words, of)).strip()) != bool(to_markdown(of).strip()):
        tally.fail("the words of a comment were lost", undecoded=True)
        return
    tally.keep("comments are not written")


def _person(raw: Mapping[str, Any], tally: Tally) -> None:
    tally.add("values")
    found = user(raw)
    if not isinstance(found, User) or found.id != raw["id"]:
        tally.fail("a person without an id", undecoded=True)
        return
    tally.written(holds(raw, {"id": found.id}), "a person")
