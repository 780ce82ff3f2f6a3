"""Blocks: every kind put on a page, where they go, what they may hold, and what is refused."""

import pytest

from notion_shapes import block, paragraph, words

FILE = {"external": {"url": "https://example.com/a.png"}, "caption": words("a")}
ROW = {"type": "table_row", "table_row": {"cells": [[]]}}


def columns(*texts):
    inside = [{"type": "column", "column": {"children": [paragraph(text)]}} for text in texts]
    return {"type": "column_list", "column_list": {"children": inside}}


EVERY = [
    block("paragraph", "p", paragraph("inside"), color="red"),
    block("heading_1", "h"),
    block("heading_2", "h", paragraph("inside"), is_toggleable=True),
    block("heading_3", "h"),
    block("heading_4", "h"),
    block("bulleted_list_item", "b", block("bulleted_list_item", "c")),
    block("numbered_list_item", "n"),
    block("to_do", "t", checked=True),
    block("toggle", "t", paragraph("inside")),
    block("quote", "q"),
    block("callout", "c", icon={"type": "emoji", "emoji": "👍"}),
    block("code", "x = 1", language="python", caption=words("why")),
    *({"type": kind, kind: FILE} for kind in ("image", "video", "pdf", "audio")),
    {"type": "file", "file": {**FILE, "name": "a.png"}},
    {"type": "bookmark", "bookmark": {"url": "https://example.com"}},
    {"type": "embed", "embed": {"url": "https://example.com"}},
    {"type": "equation", "equation": {"expression": "x^2"}},
    *({"type": kind, kind: {}} for kind in ("divider", "breadcrumb", "table_of_contents")),
    {"type": "synced_block", "synced_block": {"synced_from": None, "children": [paragraph("s")]}},
    {
        "type": "table",
        "table": {
            "table_width": 2,
            "has_column_header": True,
            "children": [{"type": "table_row", "table_row": {"cells": [words("a"), []]}}],
        },
    },
    columns("a", "b"),
    {"type": "tab", "tab": {"children": [paragraph("one"), paragraph("two")]}},
]


@pytest.fixture
def page(notion):
    return notion.hands.page("Handbook")


@pytest.fixture
def texts(client, page):
    def read(node=None):
        shown = client.blocks.children.list(node or page)["results"]
        return ["".join(one["plain_text"] for one in each[each["type"]].get("rich_text", ())) for each in shown]

    return read


def test_every_kind_goes_on_a_page_and_is_read_again(client, page):
    made = client.blocks.children.append(page, children=EVERY)["results"]
    assert [one["type"] for one in made] == [one["type"] for one in EVERY]
    listed = client.blocks.children.list(page)["results"][3:]
    assert listed == made
    for one in made:
        assert client.blocks.retrieve(one["id"]) | {"request_id": ""} == one | {"request_id": ""}
        inside = client.blocks.children.list(one["id"])["results"]
        assert bool(inside) == one["has_children"]
        kind = one["type"]
        if kind in ("divider", "breadcrumb", "column_list", "tab", "synced_block", "table"):
            continue
        # what is read may be sent back
        content = {key: value for key, value in one[kind].items() if key not in ("icon", "is_toggleable")}
        changed = client.blocks.update(one["id"], **{kind: content})
        assert changed[kind] == one[kind]


def test_neighbours_of_one_look_become_one_text(client, page):
    parts = [*words("a" * 2000), *words("b" * 2000), {"text": {"content": "c"}, "annotations": {"bold": True}}]
    made = client.blocks.children.append(page, children=[{"type": "paragraph", "paragraph": {"rich_text": parts}}])
    texts = made["results"][0]["paragraph"]["rich_text"]
    assert [len(one["plain_text"]) for one in texts] == [4000, 1]


def test_an_insertion_answers_what_follows_too(client_for, page):
    client = client_for(version="2026-03-11")
    ids = [one["id"] for one in client.blocks.children.list(page)["results"]]
    position = {"type": "after_block", "after_block": {"id": ids[0]}}
    made = client.blocks.children.append(page, children=[paragraph("new")], position=position)["results"]
    assert [one["id"] for one in made][1:] == ids[1:]


@pytest.mark.parametrize(
    ("children", "said"),
    [
        ([paragraph("x")] * 101, "body.children.length should be ≤ `100`, instead was `101`."),
        ([paragraph("1", *[paragraph("x")] * 99)] * 11, "the number of blocks should be ≤ `1000`"),
        ([paragraph("1", paragraph("2", paragraph("3", paragraph("4"))))], "should be not present"),
        ([paragraph("x" * 2001)], "body.children[0].paragraph.rich_text[0].text.content.length should be ≤ `2000`"),
        ([block("heading_1", "h", paragraph("x"))], "heading_1.children should be not present"),
        ([block("code", "x", language="klingon")], "code.language should be a known language"),
        ([{"type": "child_page", "child_page": {"title": "x"}}], "body.children[0].type should be defined"),
        ([{"type": "table", "table": {"table_width": 1}}], "table.children should be defined"),
        ([columns("x")], "column_list.children.length should be ≥ `2`"),
        ([{"type": "table", "table": {"table_width": 2, "children": [ROW]}}], "must match the table width"),
        ([ROW], "only be put into tables"),
        ([block("paragraph", "x", color="purplish")], "color should be a known color"),
        ([{"type": "paragraph", "paragraph": {"text": []}}], "paragraph.text should be not present"),
        ([{"type": "bookmark", "bookmark": {"url": "nowhere"}}], "a valid URL"),
        ([{"type": "paragraph"}], "body.children[0].paragraph should be defined"),
        ("text", "body.children should be an array"),
    ],
)  # fmt: skip
def test_blocks_are_refused_whole(client, page, refused, children, said, texts):
    before = texts()
    status, code, message = refused(client.blocks.children.append, page, children=children)
    assert (status, code) == (400, "validation_error")
    assert said in message
    assert texts() == before


def test_a_body_may_have_500_kilobytes(client, page, refused):
    children = [paragraph("x" * 2000, *[paragraph("x" * 2000)] * 2) for _ in range(99)]
    assert "500000" in refused(client.blocks.children.append, page, children=children)[2]


def test_a_block_is_changed_thrown_away_and_taken_back(client, page, texts, clock, refused):
    first = client.blocks.children.list(page)["results"][1]
    clock.advance(60)
    changed = client.blocks.update(first["id"], bulleted_list_item={"rich_text": words("other")})
    assert changed["last_edited_time"] == "2026-01-05T09:01:00.000Z"
    assert client.pages.retrieve(page)["last_edited_time"] == "2026-01-05T09:01:00.000Z"
    assert texts() == ["Welcome", "other", "two"]
    assert "not present" in refused(client.blocks.update, first["id"], paragraph={"rich_text": []})[2]
    assert client.blocks.delete(first["id"])["in_trash"] is True
    assert texts() == ["Welcome", "two"]
    assert client.blocks.retrieve(first["id"])["in_trash"] is True
    assert "archived" in refused(client.blocks.update, first["id"], bulleted_list_item={"rich_text": []})[2]
    client.blocks.update(first["id"], in_trash=False)
    assert texts() == ["Welcome", "other", "two"]


def test_users_report_that_bodies_leave_the_time_of_their_page_alone(client, notion, page, clock):
    notion.bodies_touch_pages = False
    clock.advance(600)
    client.blocks.children.append(page, children=[paragraph("x")])
    assert client.pages.retrieve(page)["last_edited_time"] == "2026-01-05T09:00:00.000Z"


def test_a_copy_of_a_synced_block_shows_its_original(client, page, texts, refused):
    made = client.blocks.children.append(
        page, children=[{"type": "synced_block", "synced_block": {"synced_from": None, "children": [paragraph("s")]}}]
    )["results"][0]
    copied = {"synced_from": {"block_id": made["id"]}}
    copy = client.blocks.children.append(page, children=[{"type": "synced_block", "synced_block": copied}])["results"][
        0
    ]
    assert copy["has_children"] is True
    assert texts(copy["id"]) == ["s"]
    assert (
        "does not support children" in refused(client.blocks.children.append, copy["id"], children=[paragraph("x")])[2]
    )


def test_rows_go_into_tables_alone(client, page, refused):
    rows = [{"type": "table_row", "table_row": {"cells": [words("a"), words("b")]}}]
    table = {"type": "table", "table": {"table_width": 2, "children": rows}}
    made = client.blocks.children.append(page, children=[table])["results"][0]
    client.blocks.children.append(made["id"], children=rows)
    assert len(client.blocks.children.list(made["id"])["results"]) == 2
    assert refused(client.blocks.children.append, made["id"], children=[paragraph("x")])[0] == 400
    row = client.blocks.children.list(made["id"])["results"][0]
    assert "table width" in refused(client.blocks.update, row["id"], table_row={"cells": [[]]})[2]


def test_a_page_in_the_trash_takes_no_blocks(client, page, refused, notion):
    notion.hands.trash(page)
    assert "archived" in refused(client.blocks.children.append, page, children=[paragraph("x")])[2]
    assert "archived" in refused(client.pages.update, page, icon={"emoji": "👍"})[2]


def test_pages_and_databases_are_blocks_where_they_stand(client, notion):
    home = notion.hands.page("Home")
    shown = client.blocks.children.list(home)["results"]
    kinds = [(one["type"], one[one["type"]]["title"]) for one in shown]
    assert kinds == [("child_page", "Handbook"), ("child_database", "Ideas"), ("child_database", "Themes")]


def test_listing_in_pages(client, page):
    client.blocks.children.append(page, children=[paragraph(str(n)) for n in range(5)])
    first = client.blocks.children.list(page, page_size=3)
    assert (len(first["results"]), first["has_more"]) == (3, True)
    rest = client.blocks.children.list(page, start_cursor=first["next_cursor"])
    assert rest["results"][0]["id"] == first["next_cursor"]  # recorded: it is the id of the next block
    assert (len(rest["results"]), rest["next_cursor"]) == (5, None)


def test_unknown_blocks_of_people_are_shown_and_left_alone(client, notion, page, refused):
    from productops.testing.sandbox.notion.world import Block

    at = notion.clock.now()
    strange = Block(notion.world.ids.new(), "block", ("page_id", page), at, "x", at, "x")
    strange.type, strange.content = "unsupported", {"block_type": "ai_block"}
    notion.world.put(strange)
    assert client.blocks.children.list(page)["results"][-1]["unsupported"] == {"block_type": "ai_block"}
    assert "not supported" in refused(client.request, f"blocks/{strange.id}", "PATCH", body={"unsupported": {}})[2]


@pytest.mark.parametrize(("version", "name"), [("2025-09-03", "transcription"), ("2026-03-11", "meeting_notes")])
def test_meeting_notes_have_two_names(client_for, notion, page, version, name):
    from productops.testing.sandbox.notion.world import Block

    at = notion.clock.now()
    notion.world.put(Block(notion.world.ids.new(), "block", ("page_id", page), at, "x", at, "x", type="meeting_notes"))
    assert client_for(version=version).blocks.children.list(page)["results"][-1]["type"] == name


def test_markdown(client, page):
    assert client.pages.retrieve_markdown(page)["markdown"] == "# Welcome\n- one\n- two"
    inserted = {"content": "1. first\n2. **second**\n\n```python\nx = 1\n```\n- [x] done\n> said\n---"}
    shown = client.pages.update_markdown(page, type="insert_content", insert_content=inserted)
    assert shown["markdown"].endswith("1. first\n2. **second**\n```python\nx = 1\n```\n- [x] done\n> said\n---")
    shown = client.pages.update_markdown(
        page, type="replace_content", replace_content={"new_str": "[new](https://example.com)"}
    )
    assert shown["markdown"] == "[new](https://example.com)"
