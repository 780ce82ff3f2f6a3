"""The vendor's client, as it comes, over what a connector or a script would call."""

from datetime import UTC, datetime

import pytest
from notion_client import Client
from notion_client.helpers import collect_paginated_api

from notion_shapes import block, paragraph, title_of, words
from productops.testing.sandbox.notion import Notion
from productops.testing.sandbox.server import Server


def test_a_database_leads_to_its_source(client, ideas):
    database = client.databases.retrieve(ideas.database)
    assert [one["name"] for one in database["data_sources"]] == ["Ideas"]
    source = client.data_sources.retrieve(database["data_sources"][0]["id"])
    assert source["properties"]["Stage"]["select"]["options"][1]["name"] == "Building"
    assert source["parent"] == {"type": "database_id", "database_id": ideas.database}
    assert source["properties"]["Name"]["id"] == "title"


def test_a_page_is_made_read_changed_thrown_away_and_taken_back(client, ideas, clock):
    made = client.pages.create(
        parent={"data_source_id": ideas.id},
        properties={"Name": {"title": words("Offline mode")}, "Stage": {"select": {"name": "Building"}}},
        children=[paragraph("Why", paragraph("Because"))],
    )
    assert ideas.row(made["id"])["Stage"] == "Building"
    assert made["parent"] == {"type": "data_source_id", "data_source_id": ideas.id, "database_id": ideas.database}
    clock.advance(120)
    changed = client.pages.update(made["id"], properties={"Votes": {"number": 8}})
    assert (made["last_edited_time"], changed["last_edited_time"]) == (
        "2026-01-05T09:00:00.000Z",
        "2026-01-05T09:02:00.000Z",
    )
    assert client.pages.retrieve(made["id"])["properties"] == changed["properties"]
    client.blocks.delete(made["id"])
    assert client.pages.retrieve(made["id"])["in_trash"] is True
    assert [title_of(page) for page in client.data_sources.query(ideas.id)["results"]] == ["Dark mode"]
    trash = client.data_sources.query(ideas.id, in_trash=True)["results"]
    assert [title_of(page) for page in trash] == ["Offline mode"]
    assert client.pages.update(made["id"], in_trash=False)["in_trash"] is False
    assert len(client.data_sources.query(ideas.id)["results"]) == 2


def test_what_differs_between_the_versions(client_for, ideas, refused):
    old, new = client_for(version="2025-09-03"), client_for(version="2026-03-11")
    page = ideas.rows()[0]["#"]
    for read in (
        lambda client: client.pages.retrieve(page),
        lambda client: client.databases.retrieve(ideas.database),
        lambda client: client.data_sources.retrieve(ideas.id),
        lambda client: client.blocks.retrieve(page),
    ):
        before, after = read(old), read(new)
        assert before.keys() - after.keys() == {"archived"}
        assert before["archived"] is before["in_trash"] is after["in_trash"] is False
    first = old.blocks.children.append(page, children=[paragraph("a"), paragraph("c")])["results"][0]["id"]
    old.blocks.children.append(page, children=[paragraph("b")], after=first)
    assert refused(new.blocks.children.append, page, children=[paragraph("b")], after=first)[:2] == (
        400,
        "validation_error",
    )
    position = {"type": "after_block", "after_block": {"id": first}}
    new.blocks.children.append(page, children=[paragraph("ab")], position=position)
    new.blocks.children.append(page, children=[paragraph("0"), paragraph("1")], position={"type": "start"})
    new.blocks.children.append(page, children=[paragraph("z")], position={"type": "end"})
    shown = new.blocks.children.list(page)["results"]
    assert [one["paragraph"]["rich_text"][0]["plain_text"] for one in shown] == ["0", "1", "a", "ab", "b", "c", "z"]
    assert old.pages.update(page, archived=True)["archived"] is True
    assert refused(new.pages.update, page, archived=False)[0] == 400


def test_users_are_listed_with_what_the_token_may_see(client_for, refused):
    client = client_for()
    listed = collect_paginated_api(client.users.list)
    assert [one["name"] for one in listed] == ["Ada Lind", "Bo Falk", "Sync", "Plain", "Blind", "Reader"]
    assert listed[0]["person"] == {"email": "ada@example.com"}
    assert client.users.retrieve(listed[1]["id"])["name"] == "Bo Falk"
    me = client.users.me()
    assert (me["name"], me["bot"]["workspace_name"]) == ("Sync", "Acme")
    assert client_for("ntn_plain").users.list()["results"][0]["person"] == {}
    blind = client_for("ntn_blind")
    assert refused(blind.users.list)[:2] == (403, "restricted_resource")
    assert refused(blind.users.retrieve, listed[0]["id"])[:2] == (404, "object_not_found")
    assert blind.users.me()["name"] == "Blind"


def test_pages_of_a_long_listing(client, ideas):
    for number in range(7):
        ideas.add({"Name": f"n{number}"})
    first = client.data_sources.query(ideas.id, page_size=3)
    assert (len(first["results"]), first["has_more"]) == (3, True)
    found = collect_paginated_api(client.data_sources.query, data_source_id=ideas.id, page_size=3)
    assert [title_of(page) for page in found] == [f"n{number}" for number in range(6, -1, -1)] + ["Dark mode"]


def test_the_client_over_a_socket(monkeypatch):
    notion = Notion.from_json({"databases": [{"title": "Work"}]}, limits=None)
    with Server(notion) as server, Client(auth="ntn_sandbox", base_url=server.url) as client:
        made = client.pages.create(
            parent={"data_source_id": notion.source("Work").id},
            properties={"Name": {"title": words("Over the wire")}},
            children=[block("heading_1", "Top"), block("to_do", "Do it", checked=True)],
        )
        assert notion.hands.body(made["id"]) == "# Top\n- [x] Do it"
        assert client.users.me()["type"] == "bot"
        assert server.log[-1].request.headers["authorization"] == "[hidden]"
        assert server.log[-1].answer.headers["X-Sandbox-Settle"] == "1,0"
        assert server.counts["POST", "/v1/pages"] == 1


def test_a_route_has_no_ids(notion, ideas, client, endpoint):
    page = ideas.rows()[0]["#"]
    client.pages.properties.retrieve(page, "title")
    client.blocks.children.list(page)
    client.data_sources.query(ideas.id)
    assert {route for _, route in endpoint.counts} == {
        "/v1/pages/*/properties/*",
        "/v1/blocks/*/children",
        "/v1/data_sources/*/query",
    }


@pytest.mark.parametrize(
    ("token", "version", "path", "status", "code"),
    [
        ("nobody", "2025-09-03", "users", 401, "unauthorized"),
        ("ntn_all", "2022-06-28", "users", 400, "validation_error"),
        ("ntn_all", "2025-09-03", "nothing/here", 400, "invalid_request_url"),
        ("ntn_reader", "2025-09-03", "comments?block_id=x", 403, "restricted_resource"),
    ],
)
def test_who_may_not(client_for, token, version, path, status, code, refused):
    client = client_for(token, version)
    name, _, query = path.partition("?")
    pairs = dict([query.split("=")]) if query else None
    assert refused(client.request, path=name, method="GET", query=pairs)[:2] == (status, code)


def test_a_request_without_a_version(notion):
    from productops.testing.sandbox.wire import Request

    answer = notion.handle(
        Request("GET", "/v1/users", headers={"authorization": "Bearer ntn_all"}), datetime(2026, 1, 5, tzinfo=UTC)
    )
    assert (answer.status, b"missing_version" in answer.body) == (400, True)
