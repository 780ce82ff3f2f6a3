"""All services at once."""

import json

import pytest
import requests
from notion_client import Client

from productops.connectors import Airtable, Jira, Productboard
from productops.sdk.record import Draft
from productops.testing.sandbox import Sandbox, standard_seed
from productops.testing.sandbox.services import KINDS


def test_a_program_is_connected_by_the_environment(monkeypatch):
    with Sandbox() as sandbox:
        for name, value in sandbox.env().items():
            monkeypatch.setenv(name, value)
        jira, airtable = Jira.from_env(), Airtable.from_env()
        assert (jira.check().who, airtable.check().who) == ("Mira Quill (mira@example.com)", "mira@example.com")
        table = airtable.table("Product", "Roadmap", key="Sync key")
        fields = {field.name for field in table.schema().fields}
        assert fields == {"Name", "Notes", "Owner", "Target date", "Stage", "Points"}
        issues = jira.issues(project="PROD", type="Story")
        assert "Story Points" in {field.name for field in issues.schema().fields}
        # the small times are declared, and learned from the answers
        assert (issues.settle().late.total_seconds(), issues.settle().lag.total_seconds()) == (0.3, 0.2)
        assert (table.settle().late.total_seconds(), table.settle().lag.total_seconds()) == (0.3, 0.0)
        assert sandbox.requests == sum(len(server.log) for server in sandbox.servers.values()) > 3
        notion = Client(auth=sandbox.env()["NOTION_TOKEN"], base_url=sandbox.env()["NOTION_URL"])
        roadmap = notion.data_sources.retrieve(sandbox.to_dict()["notion"]["data_source"])
        notion.close()
        board = Productboard.from_env()
        features = board.features(parent=sandbox.to_dict()["productboard"]["product"])
        (made,) = features.create([Draft({"name": "Dark mode"})])
        assert made.fields["name"] == sandbox.productboard.service.named("Dark mode").fields["name"]
        assert [option.name for option in features.schema().field("Status").options] == ["Inbox", "Building", "Shipped"]
        assert (features.settle().late.total_seconds(), features.settle().lag.total_seconds()) == (0.3, 0.2)
        board.wire.client.close()
        assert set(roadmap["properties"]) == {*fields, "Sync key"}
        assert sandbox.requests == sum(len(server.log) for server in sandbox.servers.values())


def test_it_says_where_everything_is():
    with Sandbox() as sandbox:
        where = json.loads(json.dumps(sandbox.to_dict()))
    assert where["jira"]["project"] == "PROD"
    assert where["airtable"] == {
        "url": sandbox.airtable.url, "token": "patSandbox", "base": "appProductopsDemo", "table": "Roadmap",
    }  # fmt: skip
    assert set(where["jira"]) == {"url", "email", "token", "project"}
    assert set(where["notion"]) == {"url", "token", "database", "data_source"}
    assert set(where["productboard"]) == {"url", "token", "product"}
    assert list(where) == list(KINDS)
    with pytest.raises(requests.ConnectionError):  # and both have stopped
        requests.get(sandbox.jira.url, timeout=1)


@pytest.mark.parametrize(
    ("limits", "rates"),
    [("real", ["50", "5", "3", "50"]), (10, ["500", "50", "30", "500"]), (0.5, ["25", "2.5", "1.5", "25"])],
)
def test_a_rate_is_told_in_requests_a_second(limits, rates):
    with Sandbox(limits=limits) as sandbox:
        answers = [requests.get(f"{server.url}/x", timeout=5) for server in sandbox.servers.values()]
    assert [answer.headers.get("X-Sandbox-Rate") for answer in answers] == rates


def test_a_seed_may_be_a_file_and_half_of_it(tmp_path):
    path = tmp_path / "seed.json"
    path.write_text(json.dumps({"jira": {"projects": [{"key": "SHIP"}]}}))
    assert Sandbox(path).to_dict()["jira"]["project"] == "SHIP"
    assert Sandbox(str(path)).to_dict()["airtable"]["table"] == "Roadmap"
    assert Sandbox(standard_seed([("Ada Lind", "ada@example.com")])).to_dict()["jira"]["email"] == "ada@example.com"


@pytest.mark.parametrize(
    ("seed", "settings", "words"),
    [
        ({"trello": {}}, {}, "jira, airtable, notion and productboard, not 'trello'"),
        ({"notion": {"pages": [{"name": "x"}]}}, {}, r"pages\[0\]: unknown key 'name'"),
        ([], {}, "an object"),
        ("absent.json", {}, "cannot be read"),
        ({"jira": {}}, {}, "'projects' must list at least one"),
        (None, {"limits": 0}, "factor above 0"),
        (None, {"limits": float("nan")}, "factor above 0"),
    ],
)
def test_nonsense_is_refused(seed, settings, words):
    with pytest.raises(ValueError, match=words):
        Sandbox(seed, **settings)


def test_an_answer_does_not_wait_for_the_clients_acknowledgement():
    # Small packets held back cost 40 ms a request, which is most of a sync's time on loopback.
    with Sandbox() as sandbox, requests.Session() as session:
        spent = sorted(session.get(sandbox.jira.url, timeout=5).elapsed.total_seconds() for _ in range(15))
    assert spent[len(spent) // 2] < 0.035


def test_when_one_server_cannot_start_the_other_stops():
    with Sandbox() as first:
        second = Sandbox()
        second.airtable.port = first.jira.port
        with pytest.raises(OSError, match="in use"):
            second.start()
        with pytest.raises(requests.ConnectionError):
            requests.get(second.jira.url, timeout=1)
