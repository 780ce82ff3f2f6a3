"""Faults over the Notion service, in its own words, as the vendor's client meets them."""

import httpx
import pytest
from notion_client.errors import APIResponseError, HTTPResponseError

from notion_shapes import paragraph, title_of, words


@pytest.fixture
def make(client, ideas):
    return lambda name, **more: client.pages.create(
        parent={"data_source_id": ideas.id}, properties={"Name": {"title": words(name)}}, **more
    )


def names(ideas):
    return [row["Name"] for row in ideas.rows()]


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("rate_limited", 429, "rate_limited"),
        ("unavailable", 503, "service_unavailable"),
        ("unauthorized", 401, "unauthorized"),
        ("forbidden", 403, "restricted_resource"),
        ("error_500", 500, "internal_server_error"),
        ("conflict", 409, "conflict_error"),
        ("gateway_timeout_before", 504, "gateway_timeout"),
        ("gateway_timeout_after", 504, "gateway_timeout"),
        ("bad_gateway_before", 502, "bad_gateway"),
        ("overloaded", 529, "service_overload"),
    ],
)
def test_the_services_own_words(endpoint, make, ideas, kind, status, code):
    endpoint.faults.add("POST", "/v1/pages", kind, retry_after=7)
    with pytest.raises(HTTPResponseError) as caught:
        make("x")
    assert caught.value.status == status
    answer = endpoint.log[-1].answer
    assert (f'"code":"{code}"' in answer.body.decode(), answer.headers["Retry-After"]) == (True, "7")
    assert b'"request_id"' in answer.body
    assert names(ideas) == ["Dark mode", *(["x"] if kind.endswith("after") else [])]


@pytest.mark.parametrize(("kind", "status"), [("html_502", 502), ("login_page", 200)])
def test_a_gateways_page_is_html(endpoint, make, kind, status):
    endpoint.faults.add("POST", "/v1/pages", kind)
    with pytest.raises((HTTPResponseError, ValueError)):
        make("x")
    answer = endpoint.log[-1].answer
    assert (answer.status, answer.headers["Content-Type"][:9], b"<html" in answer.body) == (status, "text/html", True)


def test_a_lost_answer_leaves_one_page(endpoint, make, ideas):
    endpoint.faults.add("POST", "/v1/pages", "drop_after_commit")
    with pytest.raises(httpx.RemoteProtocolError):
        make("x")
    assert names(ideas) == ["Dark mode", "x"]


def test_a_page_that_comes_late(endpoint, make, ideas, clock):
    endpoint.faults.add("POST", "/v1/pages", "late_commit", seconds=1.0)
    with pytest.raises(httpx.RemoteProtocolError):
        make("x")
    assert names(ideas) == ["Dark mode"]
    clock.advance(1.5)
    assert names(ideas) == ["Dark mode", "x"]


@pytest.mark.parametrize("keep", [1, 2, 99])
def test_half_a_body(endpoint, client, make, notion, keep, refused):
    page = make("x")["id"]
    endpoint.faults.add("PATCH", r"/v1/blocks/.*/children", "partial_batch", keep=keep)
    assert refused(client.blocks.children.append, page, children=[paragraph(one) for one in "abc"])[0] == 500
    assert notion.hands.body(page).splitlines() == list("abc")[: min(keep, 2)]


def test_a_page_made_with_half_its_body(endpoint, make, ideas, notion, refused):
    endpoint.faults.add("POST", "/v1/pages", "partial_batch")
    assert refused(make, "x", children=[paragraph(one) for one in "abc"])[0] == 500
    assert notion.hands.body(ideas.row("x")["#"]) == "a"


def test_one_block_cannot_be_half_done(endpoint, client, make):
    endpoint.faults.add("PATCH", r"/v1/blocks/.*/children", "partial_batch")
    client.blocks.children.append(make("x")["id"], children=[paragraph("a")])
    assert endpoint.log[-1].fault is None


@pytest.mark.parametrize("listing", ["query", "blocks", "users"])
def test_a_cursor_that_leads_to_its_own_page(endpoint, client, ideas, notion, listing):
    for number in range(4):
        ideas.add({"Name": f"n{number}"})
    page = notion.hands.page("Handbook")
    ask, path = {
        "query": (lambda **more: client.data_sources.query(ideas.id, **more), ".*/query"),
        "blocks": (lambda **more: client.blocks.children.list(page, **more), ".*/children"),
        "users": (client.users.list, ".*/users"),
    }[listing]
    endpoint.faults.add("*", path, "repeated_token", nth=2)
    first = ask(page_size=1)
    second = ask(page_size=1, start_cursor=first["next_cursor"])
    third = ask(page_size=1, start_cursor=second["next_cursor"])
    assert second["results"] == third["results"] != first["results"]
    assert ask(page_size=1, start_cursor=third["next_cursor"])["results"] != third["results"]


def test_a_stale_page_shows_what_was(endpoint, client, ideas, clock):
    clock.advance(100)
    ideas.edit("Dark mode", {"Name": "Night mode", "Votes": 9})
    ideas.add({"Name": "later"})
    endpoint.faults.add("POST", ".*/query", "stale_page", seconds=50)
    shown = client.data_sources.query(ideas.id)["results"]
    assert [(title_of(one), one["properties"]["Votes"]["number"]) for one in shown] == [("Dark mode", 3)]
    assert shown[0]["last_edited_time"] == "2026-01-05T09:00:00.000Z"
    assert len(client.data_sources.query(ideas.id)["results"]) == 2


def test_a_lag_finds_by_the_old_and_shows_the_new(endpoint, client, ideas, clock):
    clock.advance(100)
    ideas.edit("Dark mode", {"Name": "Night mode"})
    ideas.add({"Name": "Night"})
    endpoint.faults.add("POST", ".*/query", "search_lag", seconds=5, times=2)

    def find(word):
        condition = {"property": "Name", "title": {"contains": word}}
        return [title_of(one) for one in client.data_sources.query(ideas.id, filter=condition)["results"]]

    assert find("night") == []
    assert find("dark") == ["Night mode"]
    assert find("night") == ["Night", "Night mode"]


def test_the_clients_own_retries_make_twins_only_when_answers_are_lost(endpoint, client_for, ideas):
    """It repeats a POST after 429 alone, which does nothing."""
    endpoint.faults.add("POST", "/v1/pages", "rate_limited", retry_after=0)
    client = client_for(retry=True)
    client.pages.create(parent={"data_source_id": ideas.id}, properties={"Name": {"title": words("x")}})
    assert endpoint.requests("POST", "/v1/pages") == 2
    assert names(ideas) == ["Dark mode", "x"]


def test_a_fault_that_does_not_fit_leaves_the_request_alone(endpoint, client):
    endpoint.faults.add("GET", ".*", "stale_page", times=None)
    assert client.users.me()["name"] == "Sync"
    assert client.users.list()["results"]
    with pytest.raises(APIResponseError):
        client.pages.retrieve("00000000-0000-0000-0000-000000000000")
