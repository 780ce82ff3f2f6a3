"""What the imitated workspace answers: shapes, refusals, relationships, filters."""

import pytest

SIZE = "Size"


def column(desk, kind, name):
    return next(one for one in desk.board.world.columns[kind].values() if one.name == name)


def test_creates_and_changes_answer_with_a_reference_only(desk):
    links = [{"type": "parent", "target": {"id": desk.id("Product")}}]
    made = desk.ask("POST", "/entities", {"type": "feature", "fields": {"name": "New"}, "relationships": links})
    assert set(made["data"]) == {"id", "type", "links"}
    id_ = made["data"]["id"]
    changed = desk.ask("PATCH", f"/entities/{id_}", {"fields": {"description": "<p>Text</p>"}})
    assert set(changed["data"]) == {"id", "type", "links"}
    shown = desk.ask("GET", f"/entities/{id_}")["data"]
    assert shown["fields"].pop("status")["name"] == "New idea"  # the first one
    assert shown["fields"] == {"name": "New", "description": "<p>Text</p>"}  # nothing that is empty
    whole = desk.ask("GET", f"/entities/{id_}", params={"fields[]": "all"})["data"]
    assert whole["fields"]["owner"] is None
    assert [one["type"] for one in whole["relationships"]["data"]] == ["parent"]


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        ({"type": "feature", "fields": {"name": "x"}}, 422, "validation.failed"),
        ({"type": "objective", "fields": {}}, 400, "request.invalid"),
        ({"type": "objective", "fields": {"name": "x" * 256}}, 400, "request.invalid"),
        ({"type": "objective", "fields": {"name": "x", "description": "bare"}}, 400, "request.invalid"),
        ({"type": "objective", "fields": {"name": "x", "status": {"name": "released"}}}, 422,
         "validation.referenceNotFound"),
        ({"type": "objective", "fields": {"name": "x", "colour": 1}}, 400, "request.invalid"),
        ({"type": "objective", "fields": {"name": "x", "owner": {"email": "nobody@example.com"}}}, 422,
         "validation.referenceNotFound"),
        ({"type": "objective", "fields": {"name": "x", "timeframe": {"startDate": "2026-01-01"}}}, 400,
         "request.invalid"),
        ({"type": "objective", "fields": {"name": "x", "health": {"status": "notSet"}}}, 400, "request.invalid"),
        ({"type": "epic", "fields": {"name": "x"}}, 400, "request.invalid"),
    ],
)  # fmt: skip
def test_what_is_refused_is_not_made(desk, data, status, code):
    before = len(desk.board.world.things)
    answer = desk.ask("POST", "/entities", data, status=status)
    assert answer["errors"][0]["code"] == code
    assert answer["id"]
    assert len(desk.board.world.things) == before


def test_a_parent_is_one_and_both_ends_tell_of_it(desk):
    product, feature = desk.id("Product"), desk.id("Search")
    other = desk.board.add("component", name="Web")
    parent = {"type": "parent", "target": {"id": other.id}}
    desk.ask("POST", f"/entities/{feature}/relationships", parent, status=409)
    desk.ask("PUT", f"/entities/{feature}/relationships/parent", {"target": {"id": other.id}})
    kinds = desk.ask("GET", f"/entities/{other.id}/relationships")["data"]
    assert {(one["type"], one["target"]["id"]) for one in kinds} >= {("child", feature), ("parent", product)}
    below = desk.ask("GET", f"/entities/{product}")["data"]["relationships"]["data"]
    assert feature not in [one["target"]["id"] for one in below]
    assert desk.names("/entities", **{"parent[id]": other.id}) == ["Search"]
    desk.ask("DELETE", f"/entities/{feature}/relationships/parent/{other.id}", status=422)
    desk.ask("PUT", f"/entities/{feature}/relationships/parent", {"target": {"id": desk.id("Faster")}}, status=422)


def test_links_and_blocks_are_seen_from_both_ends_and_go(desk):
    search, dark = desk.id("Search"), desk.id("Dark mode")
    desk.ask("POST", f"/entities/{dark}/relationships", {"type": "isBlockedBy", "target": {"id": search}})
    assert ("isBlocking", "feature", dark) in desk.board.named("Search").links
    desk.ask("DELETE", f"/entities/{search}/relationships/isBlocking/{dark}")
    assert all(kind != "isBlockedBy" for kind, _, _ in desk.board.named("Dark mode").links)
    desk.ask("DELETE", f"/entities/{search}/relationships/isBlocking/{dark}", status=404)


def test_many_relationships_are_told_in_pages(desk):
    for number in range(130):
        desk.board.link(desk.board.add("feature", name=f"Idea {number}").id, "link", "Faster")
    first = desk.ask("GET", f"/entities/{desk.id('Faster')}")["data"]["relationships"]
    assert len(first["data"]) == 100
    assert first["links"]["next"]
    path = f"/entities/{desk.id('Faster')}/relationships"
    rest = desk.ask("GET", path, params={"pageCursor": "100"})
    assert (len(rest["data"]), rest["links"]["next"]) == (31, None)
    assert len(desk.ask("GET", path, params={"limit": "7"})["data"]) == 7


def test_deleting_takes_along_what_is_below_and_links_to_it(desk):
    desk.board.add("subfeature", under="Search", name="Filters")
    desk.ask("DELETE", f"/entities/{desk.id('Search')}")
    assert {one.fields["name"] for one in desk.board.world.things.values()} == {
        "Product", "Acme", "Ada Lind", "Faster", "Dark mode", "Call",
    }  # fmt: skip
    assert desk.board.named("Faster").links == []
    assert [kind for kind, _, _ in desk.board.named("Call").links] == ["customer"]


def test_customers_are_found_by_email_and_never_made(desk):
    note = {"type": "textNote", "fields": {"name": "Mail", "content": "no tags needed"}}
    known = {"type": "customer", "target": {"type": "user", "email": "ADA@example.com"}}
    unknown = {"type": "customer", "target": {"type": "user", "email": "nobody@example.com"}}
    made = desk.ask("POST", "/notes", {**note, "relationships": [known]})["data"]["id"]
    answer = desk.ask("POST", "/notes", {**note, "relationships": [unknown]}, status=404)
    assert answer["errors"][0]["code"] == "resource.notFound"
    acme = {"type": "customer", "target": {"id": desk.id("Acme")}}
    desk.ask("POST", f"/notes/{made}/relationships", acme, status=422)  # it has one
    desk.ask("PUT", f"/notes/{made}/relationships/customer", {"target": acme["target"]})
    assert desk.board.named("Mail").links == [("customer", "company", desk.id("Acme"))]
    desk.ask("DELETE", f"/notes/{made}/relationships/customer/whoever")
    assert desk.board.named("Mail").links == []


def test_the_target_of_a_notes_link_is_called_link(desk):
    path = f"/notes/{desk.id('Call')}/relationships"
    desk.ask("POST", path, {"type": "link", "target": {"type": "feature", "id": desk.id("Dark mode")}}, status=400)
    desk.ask("POST", path, {"type": "link", "target": {"type": "link", "id": desk.id("Dark mode")}})
    assert desk.ask("GET", f"/entities/{desk.id('Dark mode')}/score")["data"]["score"] == 1
    assert desk.ask("GET", f"/entities/{desk.id('Product')}/score")["data"]["score"] == 2  # all below, too
    desk.ask("GET", f"/entities/{desk.id('Acme')}/score", status=404)


def test_a_note_with_a_highlight_keeps_its_content_and_notes_their_source(desk):
    path = f"/notes/{desk.id('Call')}"
    desk.ask("PATCH", path, {"metadata": {"source": {"system": "x"}}}, status=400)
    desk.board.highlight("Call", "Search")
    answer = desk.ask("PATCH", path, {"fields": {"content": "new"}}, status=422)
    assert answer["errors"][0]["code"] == "validation.forbidden"
    desk.ask("PATCH", path, {"fields": {"name": "Call back"}})
    assert desk.board.named("Call back").fields["content"] == "It is slow"


def test_sources_are_merged_by_key(desk):
    path = f"/entities/{desk.id('Search')}"
    desk.ask("PATCH", path, {"metadata": {"source": {"system": "ours", "recordId": "7"}}})
    desk.ask("PATCH", path, {"metadata": {"source": {"url": "https://example.com", "recordId": None}}})
    assert desk.board.named("Search").source == {"system": "ours", "url": "https://example.com"}
    assert desk.names("/entities", **{"metadata[source][system]": "ours"}) == ["Search"]


def test_lists_are_replaced_or_changed_by_item(desk):
    path = f"/entities/{desk.id('Dark mode')}"
    add = {"op": "addItems", "path": "tags", "value": [{"name": "dark"}]}
    desk.ask("PATCH", path, {"patch": [add]})
    assert [one["name"] for one in desk.board.named("Dark mode").fields["tags"]] == ["ui", "dark"]
    desk.ask("PATCH", path, {"patch": [{**add, "op": "removeItems", "value": [{"name": "ui"}]}]})
    assert [one["name"] for one in desk.board.named("Dark mode").fields["tags"]] == ["dark"]
    desk.ask("PATCH", path, {"patch": [add, {"op": "clear", "path": "tags"}]}, status=400)
    desk.ask("PATCH", path, {"fields": {"name": "x"}, "patch": [add]}, status=400)
    desk.ask("PATCH", path, {"fields": {"tags": [{"name": "only"}]}})
    assert [one["name"] for one in desk.board.named("Dark mode").fields["tags"]] == ["only"]


def test_the_archive_of_notes_forgets_that_they_were_processed(desk):
    path = f"/notes/{desk.id('Call')}"
    desk.ask("PATCH", path, {"fields": {"processed": True}})
    assert desk.names("/notes", processed="true") == ["Call"]
    desk.ask("PATCH", path, {"fields": {"archived": True}})
    assert desk.ask("GET", path)["data"]["fields"]["processed"] is False
    assert desk.names("/notes", archived="true", processed="true") == []
    desk.ask("PATCH", path, {"fields": {"archived": False, "processed": False}})
    assert desk.ask("GET", path)["data"]["fields"]["processed"] is True


def test_conversations_grow_by_parts(desk):
    part = {"externalId": "1", "authorType": "customer", "authorName": "Ada", "content": "Hello"}
    note = {"type": "conversation", "fields": {"name": "Chat", "content": [part]}}
    path = f"/notes/{desk.ask('POST', '/notes', note)['data']['id']}"
    parts = [{**part, "content": "Hello!"}, {**part, "externalId": "2"}]
    desk.ask("PATCH", path, {"patch": [{"op": "addItems", "path": "content", "value": parts}]})
    held = desk.ask("GET", path)["data"]["fields"]["content"]
    assert [(one["externalId"], one["content"]) for one in held] == [("1", "Hello!"), ("2", "Hello")]
    desk.ask("POST", "/notes", {"type": "opportunityNote", "fields": {"name": "x"}}, status=400)


def test_filters(desk):
    size = column(desk, "feature", SIZE)
    desk.ask("PATCH", f"/entities/{desk.id('Search')}", {"fields": {size.id: {"name": "L"}}})
    assert desk.names("/entities", name="SEA", **{"type[]": "feature"}) == ["Search"]
    assert desk.names("/entities", **{"owner[email]": "mira@example.com"}) == ["Dark mode"]
    assert len(desk.names("/entities", type="feature")) == 6  # wrongly spelled, so not heard
    search = {"filter": {"type": "feature", "fields": {size.id: {"any": [{"name": "L"}]}}}}
    assert desk.names("/entities/search", search) == ["Search"]
    search = {"filter": {"type": ["feature"], "fields": {size.id: {"isSet": False}}}}
    assert desk.names("/entities/search", search) == ["Dark mode"]
    desk.ask("POST", "/entities/search", {"filter": {"fields": {size.id: "L"}}}, status=400)
    desk.ask("POST", "/entities/search", {"filter": {"kind": "feature"}}, status=400)
    assert desk.names("/notes/search", {"search": {"query": "slow"}}) == ["Call"]
    desk.ask("GET", "/notes", params={"updatedFrom": "2026-02-01T00:00:00Z", "updatedTo": "2026-01-01T00:00:00Z"},
             status=400)  # fmt: skip


def test_a_search_lags_where_it_is_told_to(desk):
    desk.board.search_lag = 5.0
    desk.clock.advance(60)
    desk.board.edit("Search", name="Find")
    desk.board.add("feature", name="New")
    by_name = {"filter": {"type": ["feature"], "fields": {"name": {"contains": "Search"}}}}
    assert desk.names("/entities/search", by_name) == ["Find"]  # found by what it was, shown as it is
    assert "New" not in desk.names("/entities/search", {"filter": {"type": ["feature"]}})
    assert "New" in desk.names("/entities")
    desk.clock.advance(6)
    assert desk.names("/entities/search", by_name) == []


@pytest.mark.parametrize(("kind", "names"), [("stale_page", ["Search", "Dark mode"]), ("search_lag", ["Search"])])
def test_pages_of_the_past(desk, kind, names):
    desk.clock.advance(600)
    desk.board.remove("Dark mode")
    desk.board.add("feature", name="New")
    desk.endpoint.faults.add("GET", "/v2/entities", kind, times=1)
    assert desk.names("/entities", **{"type[]": "feature"}) == names
    assert desk.names("/entities", **{"type[]": "feature"}) == ["Search", "New"]


def test_scopes_hide_and_refuse(desk):
    desk.board.tokens["reader"] = frozenset({"entities:read", "members:read"})
    people = desk.ask("GET", "/members", token="reader")["data"]
    assert [(one["name"], one["email"]) for one in people] == [("Mira Quill", "[redacted]")]
    ada = desk.ask("GET", f"/entities/{desk.id('Ada Lind')}", token="reader")["data"]["fields"]
    assert ada == {"name": "[redacted]", "email": "[redacted]"}
    owner = desk.ask("GET", f"/entities/{desk.id('Dark mode')}", token="reader")["data"]["fields"]["owner"]
    assert owner["email"] == "[redacted]"
    refused = desk.ask("DELETE", f"/entities/{desk.id('Search')}", token="reader", status=403)
    assert refused["errors"][0]["code"] == "auth.accessDenied"
    desk.ask("GET", "/notes", token="reader", status=403)
    assert desk.ask("GET", "/members", token="nobody", status=401) == {"message": "Unauthorized"}
    desk.ask("GET", "/wherever", status=404)


def test_members_teams_and_values(desk):
    everybody = desk.ask("GET", "/members", params={"includeDisabled": "true", "roles[]": "maker"})["data"]
    assert [one["name"] for one in everybody] == ["Tomas Reed"]
    assert len(desk.ask("POST", "/members/search", {"emails": ["MIRA@example.com"]}, status=200)["data"]) == 1
    assert desk.ask("GET", f"/members/{everybody[0]['id']}")["data"]["email"] == "tomas@example.com"
    desk.ask("POST", "/teams", {"fields": {"name": "Data"}})
    desk.ask("POST", "/teams", {"fields": {"name": "Data"}}, status=409)
    assert [one["handle"] for one in desk.ask("GET", "/teams")["data"]] == ["web", "data"]
    size = column(desk, "feature", SIZE)
    desk.ask("POST", f"/entities/fields/{size.id}/values", {"fields": {"name": "XL"}})
    shown = desk.ask("GET", f"/entities/fields/{size.id}/values")["data"]
    assert [one["name"] for one in shown] == ["S", "L", "XL"]
    desk.ask("POST", "/entities/fields/status/values", {"fields": {"name": "New"}}, status=422)


def test_the_limit(desk):
    desk.board.requests_per_second = 2.0
    for _ in range(2):
        desk.ask("GET", "/members")
    answer = desk.ask("GET", "/members", status=429)
    assert answer["errors"][0]["code"] == "rate.limitExceeded"
    desk.clock.advance(1)
    desk.ask("GET", "/members")
