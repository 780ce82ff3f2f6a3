"""A small workspace in this thread, under a clock that only moves when told to."""

import logging
from datetime import UTC, datetime

import httpx
import pytest
from notion_client import APIResponseError, Client

from judges.openapi_notion import NotionJudge
from productops.testing.sandbox.clock import VirtualClock
from productops.testing.sandbox.endpoint import Endpoint
from productops.testing.sandbox.notion import Notion
from productops.testing.sandbox.plugs import HttpxPlug
from shared import ROOT

QUIET = logging.getLogger("quiet")  # the client's own one writes every refusal to the screen
START = datetime(2026, 1, 5, 9, 0, 20, tzinfo=UTC)
VERSIONS = ("2025-09-03", "2026-03-11")
SEED = {
    "workspace": "Acme",
    "users": [
        {"name": "Ada Lind", "email": "ada@example.com"},
        {"name": "Bo Falk", "email": "bo@example.com"},
        {"name": "Gus Visitor", "email": "gus@example.com", "guest": True},
    ],
    "tokens": {
        "ntn_all": {"name": "Sync"},
        "ntn_plain": {"name": "Plain", "users": "plain"},
        "ntn_blind": {"name": "Blind", "users": "none"},
        "ntn_reader": {"name": "Reader", "can": ["read"]},
    },
    "pages": [{"title": "Home", "pages": [{"title": "Handbook", "body": "# Welcome\n- one\n- two"}]}],
    "databases": [
        {
            "title": "Ideas",
            "sources": [
                {
                    "properties": {
                        "Name": "title",
                        "Notes": "rich_text",
                        "Key": "rich_text",
                        "Stage": {"select": ["Inbox", "Building"]},
                        "State": {"status": {"To-do": ["Open"], "Complete": ["Done"]}},
                        "Tags": {"multi_select": ["api", "mobile"]},
                        "Votes": "number",
                        "Due": "date",
                        "Owner": "people",
                        "Ready": "checkbox",
                        "Link": "url",
                        "Mail": "email",
                        "Phone": "phone_number",
                        "Files": "files",
                        "Where": "place",
                        "Press": "button",
                        "Checked": "verification",
                        "Theme": {"relation": "Themes", "both": "Ideas"},
                        "Weight": {"rollup": ["Theme", "Weight", "sum"]},
                        "Themes said": {"rollup": ["Theme", "Name", "show_original"]},
                        "Label": {"formula": 'prop("Name") + " (" + format(prop("Votes")) + ")"'},
                        "Hot": {"formula": 'prop("Votes") > 3 and not empty(prop("Tags"))'},
                        "ID": {"unique_id": {"prefix": "IDEA"}},
                        "Made": "created_time",
                        "Maker": "created_by",
                        "Changed": "last_edited_time",
                        "Changer": "last_edited_by",
                    },
                    "rows": [{"Name": "Dark mode", "Stage": "Inbox", "Votes": 3, "Owner": "Ada Lind"}],
                }
            ],
        },
        {
            "title": "Themes",
            "sources": [
                {
                    "properties": {"Name": "title", "Weight": "number"},
                    "rows": [{"Name": "Speed", "Weight": 3}, {"Name": "Trust", "Weight": 4.5}],
                }
            ],
        },
    ],
}


@pytest.fixture
def clock():
    return VirtualClock(START)


@pytest.fixture
def notion(clock):
    return Notion.from_json(SEED, clock=clock, limits=None)


@pytest.fixture(scope="session")
def judge():
    return NotionJudge() if (ROOT / "specs/notion.2025-09-03.json").exists() else None


@pytest.fixture
def endpoint(notion, clock, judge):
    """Every exchange that a test causes is judged by the document and the recorded shapes."""
    found = Endpoint(notion, clock=clock)
    yield found
    for one in found.log if judge else ():
        if one.fault is None and one.answer is not None:
            assert judge.check(one.request, one.answer) == []


@pytest.fixture
def ideas(notion):
    """The source Ideas, as a person works in it."""
    return notion.source("Ideas")


@pytest.fixture
def client_for(endpoint):
    def connect(token="ntn_all", version="2025-09-03", on=None, **more):
        transport = httpx.Client(transport=HttpxPlug(on or endpoint))
        return Client(auth=token, client=transport, notion_version=version, logger=QUIET, **{"retry": False, **more})

    return connect


@pytest.fixture(params=VERSIONS)
def client(client_for, request):
    """The vendor's client as it comes, in both versions."""
    return client_for(version=request.param)


@pytest.fixture
def refused():
    """Call something that the service refuses; return status, code and message."""

    def call(function, *args, **kwargs):
        with pytest.raises(APIResponseError) as caught:
            function(*args, **kwargs)
        return caught.value.status, str(getattr(caught.value.code, "value", caught.value.code)), str(caught.value)

    return call
