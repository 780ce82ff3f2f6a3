"""What watches the traffic of all tests sees what is wrong, once for each shape; only what is listed is passed over."""

import json
import re

import pytest

from judges.deviations import JIRA, NOTION
from judges.openapi import JiraJudge
from judges.openapi_notion import NotionJudge
from judges.watch import Watch
from productops.testing.sandbox.wire import Answer, Request
from shared import shared

CREATE = {"fields": {"summary": "x", "project": {"key": "PROD"}, "issuetype": {"name": "Story"}}}


@pytest.fixture
def judged():
    shared("specs")
    return Watch({"jira": JiraJudge(), "notion": NotionJudge()})


def jira(path, body=None, method="POST", **query):
    sent = b"" if body is None else json.dumps(body).encode()
    return Request(method, f"/rest/api/3/{path}", tuple(query.items()), {}, sent)


def notion(path, body=None, method="POST", version="2025-09-03"):
    sent = b"" if body is None else json.dumps(body).encode()
    return Request(method, f"/v1/{path}", (), {"notion-version": version}, sent)


@pytest.mark.parametrize(
    ("system", "request_", "words"),
    [
        ("jira", jira("issue", {**CREATE, "properties": {}}), "request/properties"),
        ("jira", jira("issue", {"fields": []}), "not of type 'object'"),
        ("jira", jira("issue", None, "GET"), "the document has no GET"),
        ("jira", jira("search/jql", {"jql": "x", "maxResult": 5}), "maxResult"),
        ("jira", jira("field/search", None, "GET", startAt="first"), "startAt: is not a whole number"),
        ("jira", jira("issue/PROD-1", CREATE, "PUT", notify="no"), "notify: is not a parameter"),
        ("notion", notion("search", {"filter": {"value": "page", "property": 3}}), "request/filter"),
        ("notion", notion("nowhere", None, "GET"), "the document has no GET"),
    ],
)
def test_a_wrong_request_is_complained_about(judged, system, request_, words):
    judged.request(system, request_)
    assert words in "\n".join(judged.complaints)
    with pytest.raises(pytest.fail.Exception, match="official documents complain"):
        judged.tell()
    judged.tell()  # told once


def test_a_wrong_answer_is_complained_about(judged):
    judged.answer("jira", jira("issue", CREATE), Answer.of({"id": 7, "key": "PROD-1"}, 201))
    assert "7 is not of type 'string'" in judged.complaints[0]
    judged.answer("jira", jira("issue", CREATE), Answer.of({}, 418))
    assert "418 is not in the document" in judged.complaints[1]
    judged.answer("notion", notion("pages/x", None, "GET"), Answer.of({"object": "page", "request_id": "1"}))
    assert "lacks" in judged.complaints[2]
    judged.answer("jira", jira("myself", None, "GET"), Answer(200, {}, b"<html>"))
    assert "is no JSON" in judged.complaints[3]


def test_what_has_the_same_shape_is_judged_once_and_other_shapes_again(judged):
    good = {"id": "1", "key": "PROD-1", "self": "https://example.com/1"}
    for number in range(5):
        judged.answer("jira", jira("issue", CREATE), Answer.of({**good, "key": f"PROD-{number}"}, 201))
    assert judged.counts == {"jira answers": 5, "jira answers judged": 1}
    judged.answer("jira", jira("issue", CREATE), Answer.of({**good, "extra": True}, 201))
    assert len(judged.complaints) == 1
    judged.request("notion", notion("pages", {"parent": {"type": "page_id", "page_id": "x"}, "properties": {}}))
    judged.request("notion", notion("pages", {"parent": {"type": "workspace", "page_id": "x"}, "properties": {}}))
    assert judged.counts["notion requests judged"] == 2  # what tells kinds apart is no mere word


def test_what_has_no_document_is_not_judged(judged):
    judged.request("jira", Request("GET", "/rest/api/2/nowhere"))
    judged.request("airtable", Request("GET", "/v0/nowhere"))
    judged.answer("jira", jira("nowhere"), Answer(404, {}, b"<html>"))
    assert not judged.counts
    assert not judged.complaints


def test_every_deviation_says_why_and_where_from():
    for one in (*JIRA, *NOTION):
        assert one.reason
        assert one.source
        for pattern in (one.operation, one.where, one.saying):
            re.compile(pattern)


def test_the_suite_is_watched(watch, request):
    """The traffic of this very run is judged, wherever the documents are."""
    shared("specs")
    assert isinstance(watch, Watch)
    assert "_judged" in request.fixturenames
