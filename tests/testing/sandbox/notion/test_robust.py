"""Whatever is sent, the answer is a refusal in Notion's form, never a crash, and a refused request changes nothing."""

import json
import random

import pytest

from notion_shapes import block, paragraph, words
from productops.testing.sandbox.notion import Notion
from productops.testing.sandbox.wire import Request
from testing.sandbox.notion.conftest import SEED, VERSIONS

JUNK = (None, True, 0, -1, 1.5, "", "x", "2026-01-01", [], {}, [None], {"type": "text"}, {"id": 3}, [[]], "0" * 32)
HEADERS = {"authorization": "Bearer ntn_all"}


def requests_of(notion, ideas):
    page, home = ideas.rows()[0]["#"], notion.hands.page("Handbook")
    first = notion.hands.blocks(home)[0]["id"]
    values = {
        "Name": {"title": words("x")}, "Stage": {"select": {"name": "Inbox"}},
        "Tags": {"multi_select": [{"name": "api"}]},
        "Due": {"date": {"start": "2026-01-01", "end": None}}, "Owner": {"people": []}, "Theme": {"relation": []},
        "Files": {"files": [{"name": "a", "external": {"url": "https://example.com"}}]}, "Votes": {"number": 1},
        "Where": {"place": {"lat": 1, "lon": 2}}, "Checked": {"verification": {"state": "verified"}},
    }  # fmt: skip
    rows = [{"type": "table_row", "table_row": {"cells": [words("a")]}}]
    table = {"type": "table", "table": {"table_width": 1, "children": rows}}
    hot = {"property": "Hot", "formula": {"checkbox": {"equals": True}}}
    condition = {"and": [{"property": "Votes", "number": {"equals": 1}}, hot]}
    columns = {
        "Size": {"number": {"format": "euro"}}, "Stage": {"select": {"options": [{"name": "A", "color": "red"}]}},
        "R": {"relation": {"data_source_id": ideas.id, "dual_property": {}}}, "F": {"formula": {"expression": "1 + 1"}},
        "S": {"rollup": {"relation_property_name": "Theme", "rollup_property_name": "Weight", "function": "sum"}},
    }  # fmt: skip
    return [
        ("POST", "pages", {"parent": {"data_source_id": ideas.id}, "properties": values, "children": [paragraph("x")],
                           "icon": {"emoji": "👍"}}),
        ("PATCH", f"pages/{page}", {"properties": values, "in_trash": False, "icon": {"emoji": "👍"}}),
        ("POST", f"pages/{page}/move", {"parent": {"type": "page_id", "page_id": home}}),
        ("PATCH", f"blocks/{home}/children", {"children": [block("to_do", "x", paragraph("y"), checked=True), table],
                                              "position": {"type": "after_block", "after_block": {"id": first}}}),
        ("PATCH", f"blocks/{first}", {"heading_1": {"rich_text": words("x"), "color": "red"}}),
        ("POST", f"data_sources/{ideas.id}/query",
         {"filter": condition, "sorts": [{"property": "Votes"}], "page_size": 3}),
        ("PATCH", f"data_sources/{ideas.id}", {"properties": columns, "title": words("x"), "icon": {"emoji": "👍"}}),
        ("POST", "databases", {"parent": {"page_id": home}, "title": words("x"),
                               "initial_data_source": {"properties": {"Name": {"title": {}}}}}),
        ("PATCH", f"databases/{ideas.database}", {"title": words("x"), "parent": {"page_id": home}}),
        ("POST", "data_sources", {"parent": {"database_id": ideas.database}, "properties": {"Name": {"title": {}}}}),
        ("POST", "comments", {"parent": {"page_id": page}, "rich_text": words("x")}),
        ("POST", "search", {"query": "x", "filter": {"property": "object", "value": "page"},
                            "sort": {"direction": "ascending"}}),
        ("POST", "file_uploads", {"filename": "x", "content_type": "text/plain"}),
        ("PATCH", f"pages/{page}/markdown", {"type": "insert_content", "insert_content": {"content": "# x"}}),
    ]  # fmt: skip


def places(value, path=()):
    """Yield the path of every part of a body."""
    yield path
    for key, one in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(one, (*path, key))


def spoiled(value, path, junk):
    """Return a body with one part replaced."""
    if not path:
        return junk
    made = dict(value) if isinstance(value, dict) else list(value)
    made[path[0]] = spoiled(value[path[0]], path[1:], junk)
    return made


def shape(notion):
    """Return all of a workspace that a refused request must leave alone."""
    world = notion.world
    columns = [
        [(one.name, one.type, [option.name for option in one.options]) for one in source.properties.values()]
        for source in world.sources.values()
    ]
    rows = [notion.source(source).rows() for source in world.sources]
    return world.changes, len(world.nodes), len(world.comments), columns, rows


@pytest.mark.parametrize("version", VERSIONS)
def test_spoiled_bodies_are_refused_and_change_nothing(clock, version):
    chance = random.Random(7)
    notion = Notion.from_json(SEED, clock=clock, limits=None)
    before, refused = shape(notion), 0
    for method, path, body in requests_of(notion, notion.source("Ideas")):
        for place in places(body):
            junk = chance.choice(JUNK)
            data = json.dumps(spoiled(body, place, junk)).encode()
            request = Request(method, f"/v1/{path}", (), {**HEADERS, "notion-version": version}, data)
            answer = notion.handle(request, clock.now())
            assert answer.status in (200, 400, 404), (method, path, place, junk, answer.body)
            if answer.status == 200:  # some junk is none; the next request meets the same workspace all the same
                notion = Notion.from_json(SEED, clock=clock, limits=None)
            else:
                refused += 1
                assert shape(notion) == before, (method, path, place, junk)
    assert refused > 150


@pytest.mark.parametrize("query", [("page_size", "x"), ("page_size", "1000"), ("start_cursor", "x"), ("block_id", "x")])
@pytest.mark.parametrize("path", ["users", "comments", "blocks/{}/children", "pages/{}/properties/title"])
def test_spoiled_questions(notion, clock, path, query):
    where = f"/v1/{path.format(notion.hands.page('Home'))}"
    request = Request("GET", where, (query,), {**HEADERS, "notion-version": "2025-09-03"})
    assert notion.handle(request, clock.now()).status in (200, 400)
