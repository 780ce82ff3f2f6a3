import copy
from datetime import UTC, datetime

import pyairtable
import pytest
import requests

from productops.testing.sandbox.airtable import Airtable
from productops.testing.sandbox.clock import VirtualClock
from productops.testing.sandbox.endpoint import Endpoint
from productops.testing.sandbox.plugs import RequestsPlug
from productops.testing.sandbox.server import Server

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
APP = "appWorkWorkWork01"
SEED = {
    "users": [
        {"id": "usrAdaAdaAdaAda01", "email": "ada@example.com", "name": "Ada Lind"},
        {"id": "usrBoBoBoBoBoBo01", "email": "bo@example.com", "name": "Bo Falk"},
        {"id": "usrNewNewNewNew01", "email": "new@example.com"},
    ],
    "tokens": {
        "patAda": {"user": "ada@example.com"},
        "patReader": {"user": "bo@example.com", "permission": "read"},
        "patElsewhere": {"user": "bo@example.com", "bases": ["Other"]},
        "patNarrow": {"user": "bo@example.com", "scopes": ["data.records:read"]},
    },
    "bases": [
        {
            "id": APP,
            "name": "Work",
            "tables": [
                {
                    "name": "Ideas",
                    "fields": [
                        {"name": "Name", "type": "singleLineText"},
                        {"name": "Key", "type": "singleLineText"},
                        {"name": "Notes", "type": "richText"},
                        {"name": "Stage", "type": "singleSelect", "options": {"choices": ["Inbox", "Building"]}},
                        {"name": "Tags", "type": "multipleSelects", "options": {"choices": ["api", "mobile"]}},
                        {"name": "Votes", "type": "number", "options": {"precision": 0}},
                        {"name": "Share", "type": "percent"},
                        {"name": "Price", "type": "currency"},
                        {"name": "Effort", "type": "duration"},
                        {"name": "Stars", "type": "rating", "options": {"max": 5}},
                        {"name": "Done", "type": "checkbox"},
                        {"name": "Due", "type": "date"},
                        {"name": "Meeting", "type": "dateTime", "options": {"timeZone": "Europe/Berlin"}},
                        {"name": "Owner", "type": "singleCollaborator"},
                        {"name": "Watchers", "type": "multipleCollaborators"},
                        {
                            "name": "Theme",
                            "type": "multipleRecordLinks",
                            "options": {"linkedTable": "Themes", "inverse": "Ideas"},
                        },
                        {"name": "Files", "type": "multipleAttachments"},
                        {"name": "Code", "type": "barcode"},
                        {"name": "Mail", "type": "email"},
                        {"name": "Long", "type": "multilineText"},
                        {"name": "No", "type": "autoNumber"},
                        {"name": "Label", "type": "formula", "options": {"formula": "{Name} & {No}"}},
                        {"name": "PerVote", "type": "formula", "options": {"formula": "{Price} / {Votes}"}},
                        {"name": "Broken", "type": "formula", "options": {"formula": "DATETIME_PARSE('x')"}},
                        {
                            "name": "Theme weights",
                            "type": "multipleLookupValues",
                            "options": {"link": "Theme", "field": "Weight"},
                        },
                        {
                            "name": "Mean weight",
                            "type": "rollup",
                            "options": {"link": "Theme", "field": "Weight", "formula": "AVERAGE(values)"},
                        },
                        {"name": "Themes count", "type": "count", "options": {"link": "Theme"}},
                        {"name": "Created", "type": "createdTime"},
                        {"name": "Changed", "type": "lastModifiedTime"},
                        {
                            "name": "Name changed",
                            "type": "lastModifiedTime",
                            "options": {"referencedFieldIds": ["Name"]},
                        },
                        {"name": "Author", "type": "createdBy"},
                        {"name": "Editor", "type": "lastModifiedBy"},
                        {"name": "Open", "type": "button", "options": {"label": "Open", "url": "https://example.com"}},
                        {"name": "Summary", "type": "aiText"},
                        {"name": "Source", "type": "externalSyncSource"},
                    ],
                    "views": [
                        {"name": "All"},
                        {"name": "Loved", "formula": "{Votes} > 2", "sort": [{"field": "Votes", "direction": "desc"}]},
                    ],
                    "records": [],
                },
                {
                    "name": "Themes",
                    "fields": [{"name": "Name", "type": "singleLineText"}, {"name": "Weight", "type": "number"}],
                    "records": [{"fields": {"Name": "Speed", "Weight": 3}}, {"fields": {"Name": "Trust", "Weight": 4}}],
                },
            ],
        },
        {"name": "Other", "tables": [{"name": "Notes", "fields": [{"name": "Name", "type": "singleLineText"}]}]},
    ],
}


@pytest.fixture
def clock():
    return VirtualClock(START)


@pytest.fixture
def seed():
    return copy.deepcopy(SEED)


@pytest.fixture
def account(seed, clock):
    return Airtable.from_json(seed, clock=clock, limits=None)


@pytest.fixture
def endpoint(account, clock):
    return Endpoint(account, clock=clock)


@pytest.fixture
def api_for(endpoint):
    """The unmodified client on the plug without sockets, for a token."""

    def build(token="patAda", endpoint=endpoint):
        api = pyairtable.Api(token, timeout=(5, 5))
        api.session.mount("https://", RequestsPlug(endpoint))
        return api

    return build


@pytest.fixture
def ideas(api_for):
    return api_for().table(APP, "Ideas")


@pytest.fixture
def hand(account):
    """A person in the UI."""
    return account.base(APP).table("Ideas")


@pytest.fixture
def server(account, clock):
    with Server(Endpoint(account, clock=clock)) as running:
        yield running


@pytest.fixture
def served(server):
    """The unmodified client on the loopback server, without its own retries."""
    return pyairtable.Api("patAda", endpoint_url=server.url, retry_strategy=None, timeout=(5, 5)).table(APP, "Ideas")


@pytest.fixture
def refused():
    """Return what the service answers to a call it refuses: the status and the error."""

    def run(call, *args, **options):
        with pytest.raises(requests.HTTPError) as caught:
            call(*args, **options)
        return caught.value.response.status_code, caught.value.response.json()["error"]

    return run
