"""What a person does in the workspace, and what the interface shows of it."""

import copy

import pytest

from notion_shapes import words


def test_a_person_adds_edits_and_throws_away(client, ideas, clock, notion):
    clock.advance(300)
    page = ideas.add({"Name": "By hand", "Stage": "Typed", "Tags": ["new"], "Owner": "Bo Falk", "Due": "2026-03-01"},
                     body="Text", by="Bo Falk")  # fmt: skip
    shown = client.pages.retrieve(page)
    assert shown["created_by"]["id"] == shown["last_edited_by"]["id"] != notion.tokens["ntn_all"].bot
    assert shown["created_time"] == "2026-01-05T09:05:00.000Z"
    assert shown["properties"]["Stage"]["select"]["name"] == "Typed"
    assert shown["properties"]["ID"]["unique_id"]["number"] == 2
    assert "Typed" in ideas.options("Stage")
    clock.advance(60)
    ideas.edit(page, {"Name": "Edited"})
    assert client.pages.retrieve(page)["last_edited_time"] == "2026-01-05T09:06:00.000Z"
    ideas.trash("Edited")
    assert [row["Name"] for row in ideas.rows()] == ["Dark mode"]
    assert [row["Name"] for row in ideas.rows(trashed=True)] == ["Edited"]
    ideas.restore("Edited")
    assert len(ideas.rows()) == 2


def test_columns_and_options_change_under_way(client, ideas, notion):
    key = ideas.property_id("Votes")
    ideas.rename_property("Votes", "Points")
    assert client.data_sources.query(ideas.id)["results"][0]["properties"]["Points"]["number"] == 3
    assert ideas.property_id("Points") == key
    ideas.rename_option("Stage", "Inbox", "Postbox")
    assert ideas.rows()[0]["Stage"] == "Postbox"
    ideas.delete_option("Stage", "Postbox")
    assert ideas.rows()[0]["Stage"] is None
    ideas.add_option("State", "Started", group="In progress")
    page = ideas.rows()[0]["#"]
    client.pages.update(page, properties={"State": {"status": {"name": "Started"}}})
    groups = client.data_sources.retrieve(ideas.id)["properties"]["State"]["status"]["groups"]
    assert [len(group["option_ids"]) for group in groups] == [1, 1, 1]
    ideas.add_property("Size", "number")
    ideas.delete_property("Points")
    assert {"Size", "Points"} & set(ideas.rows()[0]) == {"Size"}
    ideas.rename("Thoughts")
    assert notion.source("Thoughts").id == ideas.id


def test_a_person_moves_a_row(client, ideas, notion):
    page = ideas.rows()[0]["#"]
    ideas.move(page, "Themes")
    assert client.pages.retrieve(page)["parent"]["data_source_id"] == notion.source("Themes").id
    assert client.data_sources.query(ideas.id)["results"] == []


def test_a_person_writes_in_a_body(client, notion, clock):
    page = notion.hands.page("Handbook")
    clock.advance(120)
    first = notion.hands.blocks(page)[0]
    notion.hands.rewrite(first["id"], {"heading_1": {"rich_text": words("Hello")}})
    notion.hands.write(page, "At the end")
    assert notion.hands.body(page) == "# Hello\n- one\n- two\nAt the end"
    assert client.pages.retrieve(page)["last_edited_time"] == "2026-01-05T09:02:00.000Z"
    notion.hands.trash(first["id"])
    assert len(client.blocks.children.list(page)["results"]) == 3
    notion.hands.restore(first["id"])
    assert len(notion.hands.blocks(page)) == 4


def test_what_is_not_there_and_what_cannot_be(ideas, notion):
    for wrong in (
        lambda: notion.source("Nothing"),
        lambda: notion.hands.page("Nothing"),
        lambda: ideas.row("Nothing"),
        lambda: ideas.edit("Dark mode", {"Nothing": 1}),
        lambda: ideas.edit("Dark mode", {"Owner": "Nobody"}),
        lambda: ideas.rename_option("Stage", "Nothing", "x"),
        lambda: ideas.property_id("Nothing"),
    ):
        with pytest.raises(KeyError):
            wrong()
    with pytest.raises(ValueError, match="should be a number"):
        ideas.edit("Dark mode", {"Votes": "many"})
    with pytest.raises(ValueError, match="commas"):
        ideas.add_option("Stage", "a, b")


def test_a_copy_of_a_workspace_goes_its_own_way(notion, ideas):
    other = copy.deepcopy(notion)
    ideas.add({"Name": "Here only"})
    assert len(other.source("Ideas").rows()) == 1
    other.source("Ideas").add({"Name": "There only"})
    assert [row["Name"] for row in ideas.rows()] == ["Dark mode", "Here only"]
