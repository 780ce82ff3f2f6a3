"""Pages that are spoilt: rows twice, rows missing, an end that is none."""

import json

import pytest

from productops.testing.sandbox.clock import VirtualClock
from productops.testing.sandbox.endpoint import Endpoint
from productops.testing.sandbox.pages import spoil
from productops.testing.sandbox.wire import Answer, Request

ROWS = [{"id": "a"}, {"id": "b"}]
PAGE = {"issues": ROWS, "nextPageToken": "more", "isLast": False}


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("duplicate_page", {"issues": ROWS * 2, "nextPageToken": "more", "isLast": False}),
        ("missing_page", {"issues": [], "nextPageToken": "more", "isLast": False}),
        ("early_end", {"issues": ROWS, "isLast": True}),
        ("empty_listing", {"issues": [], "isLast": True}),
    ],
)
def test_a_page_is_spoilt(kind, shown):
    assert json.loads(spoil(kind, Answer.of(PAGE)).body) == shown


@pytest.mark.parametrize(
    "answer", [Answer.of({"id": "a"}), Answer.of([1]), Answer(200, {}, b"<p>"), Answer.of(PAGE, 404)]
)
def test_what_is_no_page_stays_as_it_is(answer):
    assert spoil("missing_page", answer) is None


def test_a_last_page_cannot_end_early():
    assert spoil("early_end", Answer.of({"records": ROWS})) is None


class Shelf:
    def handle(self, request, now):
        return Answer.of({"records": ROWS, "offset": "more"} if request.path == "/rows" else {"id": "a"})


@pytest.mark.parametrize(("path", "hit"), [("/rows", True), ("/row", False)])
def test_an_endpoint_spoils_what_is_a_page(path, hit):
    endpoint = Endpoint(Shelf(), clock=VirtualClock())
    endpoint.faults.add("GET", ".*", "empty_listing")
    shown = json.loads(endpoint.exchange(Request("GET", path)).answer.body)
    assert shown == ({"records": []} if hit else {"id": "a"})
    assert (endpoint.log[-1].fault is not None) is hit


def test_a_service_says_that_nothing_is_there():
    endpoint = Endpoint(Shelf(), clock=VirtualClock())
    endpoint.faults.add("GET", ".*", "not_found")
    assert endpoint.exchange(Request("GET", "/rows")).answer.status == 404
