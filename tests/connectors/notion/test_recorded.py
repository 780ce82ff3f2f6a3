"""Recorded traffic: every value decodes, and what can be written leads back to an equal value."""

import json

import pytest

from productops.connectors.notion.encoding import encode
from productops.connectors.notion.layout import BODY, columns_of, layout_of
from productops.connectors.notion.pages import Pages
from productops.connectors.notion.runs import words
from productops.connectors.notion.values import decode, end
from productops.connectors.notion.wire import refined
from productops.errors import ProductOpsError
from productops.sdk.record import Unreadable, canonical
from productops.sdk.transport import translate
from shared import shared

ONLY_READ = {"files", "formula", "rollup", "unique_id", "created_time", "created_by", "last_edited_time",
             "last_edited_by", "button"}  # fmt: skip


def exchanges():
    for path in sorted(shared("payloads/notion").glob("*.json")):
        for exchange in json.loads(path.read_text(encoding="utf-8")).get("interactions", ()):
            yield path.name, exchange["request"], exchange["response"]


def objects(kind):
    """Every page, data source, ... in the answers."""

    def walk(value):
        if isinstance(value, dict):
            if value.get("object") == kind:
                yield value
            for part in value.values():
                yield from walk(part)
        elif isinstance(value, list):
            for part in value:
                yield from walk(part)

    for name, _, response in exchanges():
        for found in walk(response.get("body")):
            yield name, found


def properties():
    samples = json.loads(shared("payloads/notion/_samples_by_type.json").read_text(encoding="utf-8"))
    yield from ((each["from"], each["sample"]) for each in samples["page_property_values_read"].values())
    for name, page in objects("page"):
        yield from ((name, each) for each in (page.get("properties") or {}).values() if "type" in each)


def schema_of(shown):
    """A schema that has the options a value shows."""
    kind = shown["type"]
    held = shown[kind]
    options = held if isinstance(held, list) else [held] if isinstance(held, dict) else []
    settings = {"options": options} if kind in ("select", "status", "multi_select") and held else {}
    return {"id": shown["id"], "name": "Recorded", "type": kind, kind: settings}


def test_every_recorded_value_is_read_and_what_can_be_written_comes_back():
    kinds = set()
    for name, shown in properties():
        kind = shown["type"]
        for column in columns_of(schema_of(shown)):
            value = end(shown[kind]) if column.end else decode(shown, kind)
            assert not isinstance(value, Unreadable), (name, shown)
            assert (kind in ONLY_READ) == bool(column.field.read_only)
            if column.field.read_only or (column.end and value is None):
                continue
            sent = encode(column, value, shown[kind] if kind == "date" else None, lambda _: None)
            again = json.loads(json.dumps(as_shown(sent[kind], shown[kind], kind)))
            back = end(again) if column.end else decode({**shown, kind: again}, kind)
            assert canonical(back) == canonical(value), (name, shown, sent)
        kinds.add(kind)
    assert len(kinds) >= 20


def as_shown(sent, shown, kind):
    """Fill in what the service adds to what it was sent."""
    if kind in ("title", "rich_text"):
        return [{**run, "plain_text": words(run)} for run in sent]
    if kind in ("select", "status") and sent:
        return {**shown, **sent}
    if kind == "multi_select":
        return [{**one, **given} for one, given in zip(shown, sent, strict=True)]
    return sent


def test_every_recorded_data_source_has_a_layout():
    found = 0
    for _, described in objects("data_source"):
        if "properties" in described:
            layout = layout_of(described, key=None, body="Body", formatted=[])
            assert {each.property for each in layout.columns.values()} == set(layout.names)
            assert layout.schema.field(BODY).kind == "markdown"
            found += 1
    assert found > 20


def test_every_recorded_page_is_a_record():
    sources = {described["id"]: described for _, described in objects("data_source") if "properties" in described}
    found = 0
    for _, page in objects("page"):
        described = sources.get((page.get("parent") or {}).get("data_source_id"))
        if described is None or "properties" not in page:
            continue
        layout = layout_of(described, key=None, body="Body", formatted=[])
        record = Pages(None, layout, [name for name, one in layout.columns.items() if one.type != "relation"]).record(
            page
        )
        assert record.id == page["id"]
        assert record.updated is not None
        found += 1
    assert found > 20


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
def test_every_error_of_the_catalogue_is_one_of_ours(method):
    catalogue = json.loads(shared("payloads/notion/docs__error_catalogue.json").read_text(encoding="utf-8"))
    recorded = [
        r["body"] for _, _, r in exchanges() if isinstance(r.get("body"), dict) and r["body"].get("object") == "error"
    ]
    assert len(recorded) > 3
    for each in [*catalogue["errors"], *recorded]:
        body = json.dumps({"object": "error", **each}).encode()
        error = translate(
            int(each["status"]), {"content-type": "application/json"}, body, system="notion", method=method
        )
        assert isinstance(refined(error, "read a page", "p", method=method), ProductOpsError)
        assert each["message"][:30] in str(error.service_message)
