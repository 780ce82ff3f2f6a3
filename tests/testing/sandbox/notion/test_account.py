"""Who may do what: what is shared, what a token can do, how often; comments, files, and databases with more sources."""

import pytest

from notion_shapes import paragraph, title_of, words
from productops.testing.sandbox.endpoint import Endpoint
from productops.testing.sandbox.notion import Notion
from testing.sandbox.notion.conftest import SEED


def test_what_is_not_shared_is_not_there(client, notion, ideas, refused):
    page = ideas.rows()[0]["#"]
    notion.hands.revoke("Ideas")
    status, code, message = refused(client.databases.retrieve, ideas.database)
    assert (status, code) == (404, "object_not_found")
    assert f"Could not find database with ID: {ideas.database}." in message
    assert 'shared with your integration "Sync"' in message
    for call in (
        lambda: client.data_sources.query(ideas.id),
        lambda: client.data_sources.retrieve(ideas.id),
        lambda: client.pages.retrieve(page),  # access is inherited
        lambda: client.blocks.children.list(page),
        lambda: client.pages.update(page, properties={}),
        lambda: client.pages.create(parent={"data_source_id": ideas.id}, properties={}),
        lambda: client.comments.list(block_id=page),
    ):
        assert refused(call)[:2] == (404, "object_not_found")
    assert page not in {one["id"] for one in client.search()["results"]}
    notion.hands.grant("Ideas")
    assert client.pages.retrieve(page)["id"] == page
    notion.hands.revoke(page)
    assert client.data_sources.query(ideas.id)["results"] == []


def test_the_404_names_the_integration(endpoint, client, notion):
    with pytest.raises(Exception, match="Could not find page"):
        client.pages.retrieve("00000000-0000-0000-0000-000000000000")
    body = endpoint.log[-1].answer.body.decode()
    assert f'"additional_data":{{"integration_id":"{notion.tokens["ntn_all"].bot}"}}' in body


def test_an_id_is_checked_before_it_is_looked_for(client, refused, ideas):
    said = refused(client.pages.retrieve, "12345678-1234-1234-1234-123456789abc")[2]
    place = "path failed validation: path.page_id should be"
    wanted = f'{place} a valid uuid, instead was `"12345678-1234-1234-1234-123456789abc"`.'
    assert said == wanted  # recorded
    assert refused(client.pages.retrieve, ideas.id)[1] == "object_not_found"  # a source is no page
    assert client.databases.retrieve(ideas.database.replace("-", ""))["id"] == ideas.database


def test_a_reader_may_not_write(client_for, ideas, refused):
    client = client_for("ntn_reader")
    page = client.data_sources.query(ideas.id)["results"][0]["id"]
    for call in (
        lambda: client.pages.create(parent={"data_source_id": ideas.id}, properties={}),
        lambda: client.pages.update(page, properties={}),
        lambda: client.blocks.children.append(page, children=[paragraph("x")]),
        lambda: client.blocks.delete(page),
        lambda: client.data_sources.update(ideas.id, properties={}),
        lambda: client.comments.create(parent={"page_id": page}, rich_text=words("x")),
    ):
        assert refused(call)[:2] == (403, "restricted_resource")


def test_a_second_source_breaks_whoever_took_the_first_for_the_only_one(client, notion, ideas, refused):
    one = {"Name": {"title": words("x")}}
    assert (
        client.pages.create(parent={"database_id": ideas.database}, properties=one)["parent"]["data_source_id"]
        == ideas.id
    )
    other = notion.hands.add_source("Ideas", "More ideas")
    said = refused(client.pages.create, parent={"database_id": ideas.database}, properties=one)
    assert (said[0], "multiple data sources" in said[2]) == (400, True)
    names = [one["name"] for one in client.databases.retrieve(ideas.database)["data_sources"]]
    assert names == ["Ideas", "More ideas"]
    made = client.pages.create(parent={"data_source_id": other.id}, properties=one)
    assert title_of(client.data_sources.query(other.id)["results"][0]) == title_of(made)
    wanted = {"R": {"relation": {"database_id": ideas.database, "single_property": {}}}}
    assert "multiple data sources" in refused(client.data_sources.update, other.id, properties=wanted)[2]


def test_databases_and_sources_are_made_changed_and_thrown_away(client, notion, ideas, refused):
    home = notion.hands.page("Home")
    made = client.databases.create(
        parent={"type": "page_id", "page_id": home},
        title=words("Bugs"),
        initial_data_source={
            "properties": {
                "Bug": {"title": {}},
                "Idea": {"relation": {"data_source_id": ideas.id, "dual_property": {}}},
            }
        },
    )
    source = made["data_sources"][0]["id"]
    times = {made["created_time"], made["last_edited_time"]}
    assert times == {"2026-01-05T09:00:20.000+00:00"}  # databases know their milliseconds
    assert "Related to Bugs (Idea)" in client.data_sources.retrieve(ideas.id)["properties"]
    assert client.databases.update(made["id"], description=words("All"))["description"][0]["plain_text"] == "All"
    assert client.data_sources.retrieve(source)["description"][0]["plain_text"] == "All"
    more = client.data_sources.create(
        parent={"type": "database_id", "database_id": made["id"]},
        properties={"Name": {"title": {}}},
        title=words("Old"),
    )
    assert client.data_sources.update(more["id"], in_trash=True)["in_trash"] is True
    assert [one["id"] for one in client.databases.retrieve(made["id"])["data_sources"]] == [source]
    assert (
        refused(client.data_sources.create, parent={"database_id": made["id"]}, properties={"A": {"number": {}}})[0]
        == 400
    )
    client.blocks.delete(made["id"])
    assert client.databases.retrieve(made["id"])["in_trash"] is True
    assert refused(client.pages.create, parent={"data_source_id": source}, properties={})[0] == 400
    client.databases.update(made["id"], in_trash=False)
    assert client.databases.retrieve(made["id"])["in_trash"] is False
    assert client.data_sources.list_templates(source)["templates"] == []


def test_a_page_moves_and_leaves_all_but_its_title(client, notion, ideas):
    page, themes = ideas.rows()[0]["#"], notion.source("Themes")
    moved = client.pages.move(page, parent={"type": "data_source_id", "data_source_id": themes.id})
    assert moved["parent"]["data_source_id"] == themes.id
    assert (ideas.rows(), themes.row(page)["Name"], themes.row(page)["Weight"]) == ([], "Dark mode", None)
    moved = client.pages.move(page, parent={"type": "page_id", "page_id": notion.hands.page("Home")})
    assert list(moved["properties"]) == ["title"]


def test_comments(client_for, notion, ideas, refused):
    client, page = client_for(), ideas.rows()[0]["#"]
    said = notion.hands.comment(page, "Who asked?", by="Bo Falk")
    listed = client.comments.list(block_id=page)["results"]
    assert [(one["id"], one["display_name"]["resolved_name"]) for one in listed] == [(said, "Bo Falk")]
    answer = client.comments.create(discussion_id=listed[0]["discussion_id"], rich_text=words("Ada"))
    assert (answer["parent"], answer["display_name"]["type"]) == (listed[0]["parent"], "integration")
    new = client.comments.create(parent={"page_id": page}, rich_text=words("New"))
    assert client.comments.update(new["id"], rich_text=words("Newer"))["rich_text"][0]["plain_text"] == "Newer"
    assert client.comments.retrieve(new["id"])["discussion_id"] != answer["discussion_id"]
    notion.hands.resolve(said)
    assert [one["id"] for one in client.comments.list(block_id=page)["results"]] == [new["id"]]
    assert refused(client.comments.delete, said)[0] == 403
    client.comments.delete(new["id"])
    assert client.comments.list(block_id=page)["results"] == []
    block = notion.hands.write(page, "A paragraph")[0]
    assert client.comments.create(parent={"block_id": block}, rich_text=words("x"))["parent"]["type"] == "block_id"
    assert refused(client.comments.create, rich_text=words("x"))[0] == 400


def test_a_file_is_sent_and_its_address_expires(client_for, ideas, clock, refused):
    client, page = client_for(), ideas.rows()[0]["#"]
    upload = client.file_uploads.create(filename="plan one.txt", content_type="text/plain")
    value = {"Files": {"files": [{"name": "plan one.txt", "file_upload": {"id": upload["id"]}}]}}
    assert refused(client.pages.update, page, properties=value)[0] == 400  # nothing was sent yet
    sent = client.file_uploads.send(upload["id"], file=("plan one.txt", b"twelve bytes", "text/plain"))
    assert (sent["status"], sent["content_length"]) == ("uploaded", 12)
    first = client.pages.update(page, properties=value)["properties"]["Files"]["files"]
    clock.advance(3600)
    later = client.pages.retrieve(page)["properties"]["Files"]["files"]
    assert first[0]["file"]["url"] != later[0]["file"]["url"]
    assert later[0]["file"]["expiry_time"] == "2026-01-05T11:00:00.000Z"
    assert client.pages.update(page, properties={"Files": {"files": first}})["properties"]["Files"]["files"] == later
    assert client.file_uploads.retrieve(upload["id"])["status"] == "uploaded"
    assert len(client.file_uploads.list()["results"]) == 1


def test_three_a_second_after_a_burst(client_for, clock):
    notion = Notion.from_json(SEED, clock=clock)
    endpoint = Endpoint(notion, clock=clock)
    client = client_for(on=endpoint)

    def met(number):
        statuses = []
        for _ in range(number):
            notion_answer = endpoint.exchange(_whoami()).answer
            statuses.append(notion_answer.status)
        return statuses

    assert met(12) == [200] * 10 + [429] * 2
    refusal = endpoint.log[-1].answer
    assert (refusal.headers["Retry-After"], b'"code":"rate_limited"' in refusal.body) == ("1", True)
    assert b'"rate_limit_reason":"public_api_request_rate_limit"' in refusal.body
    clock.advance(1)
    assert met(4) == [200] * 3 + [429]
    assert client_for("ntn_plain", on=endpoint).users.me()["name"] == "Plain"  # each token has its own
    clock.advance(2)
    client.users.me()
    assert refusal.headers["X-Sandbox-Rate"] == "3"
    assert Notion(limits=10).requests_per_second == 30


def _whoami():
    from productops.testing.sandbox.wire import Request

    return Request("GET", "/v1/users/me", (), {"authorization": "Bearer ntn_all", "notion-version": "2025-09-03"})


def test_bodies_that_are_no_json_or_no_object(notion, clock):
    from productops.testing.sandbox.wire import Request

    headers = {"authorization": "Bearer ntn_all", "notion-version": "2025-09-03"}
    for body, code in ((b"{", b"invalid_json"), (b"[]", b"validation_error"), (b'{"parent": 3}', b"validation_error")):
        answer = notion.handle(Request("POST", "/v1/pages", (), headers, body), clock.now())
        assert (answer.status, code in answer.body) == (400, True)


@pytest.mark.parametrize(
    ("seed", "said"),
    [
        ([], "seed: an object is needed"),
        ({"people": []}, "seed: unknown key 'people'"),
        ({"users": [{"email": "x"}]}, r"users\[0\]: a name is needed"),
        ({"users": [{"name": "A", "id": "1"}]}, r"users\[0\].id: '1' is no id"),
        ({"tokens": {"t": {"can": ["fly"]}}}, "tokens.t.can: unknown 'fly'"),
        ({"tokens": {"t": {"users": "all"}}}, "tokens.t.users"),
        ({"pages": [{"created": "2026-01-01T00:00:00"}]}, r"pages\[0\].created: .* needs an offset"),
        ({"databases": [{"sources": [{"properties": {"Name": "text"}}]}]}, "unknown type 'text'"),
        ({"databases": [{"sources": [{"properties": {"N": "number"}}]}]}, "has no property of type title"),
        ({"databases": [{"sources": [{"properties": {"Name": "title", "R": {"relation": "X"}}}]}]}, "no source 'X'"),
        ({"databases": [{"sources": [{"rows": [{"Nam": "x"}]}]}]}, r"rows\[0\]: no property 'Nam'"),
        ({"databases": [{"sources": [{"properties": {"Name": "title", "S": {"status": {"Later": []}}}}]}]}, "'Later'"),
        ({"databases": [{"sources": [{"rows": [{"Name": "x", "#": {"at": 1}}]}]}]}, "unknown key 'at'"),
    ],
)  # fmt: skip
def test_seeds_that_make_no_sense(seed, said):
    with pytest.raises(ValueError, match=said):
        Notion.from_json(seed)


def test_the_same_seed_is_the_same_workspace(clock):
    one, two = (Notion.from_json(SEED, clock=clock) for _ in range(2))
    assert [row["#"] for row in one.source("Ideas").rows()] == [row["#"] for row in two.source("Ideas").rows()]
    assert one.source("Ideas").property_id("Votes") == two.source("Ideas").property_id("Votes")
