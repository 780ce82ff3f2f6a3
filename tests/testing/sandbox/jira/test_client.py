"""The official Python client, unmodified, against the sandbox."""

import io

import pytest
from jira import JIRAError


def fields(summary, **more):
    return {"project": {"key": "PROD"}, "issuetype": {"name": "Story"}, "summary": summary, **more}


@pytest.mark.parametrize("version", ["2", "3"])
def test_cloud_crud(world, version):
    client = world.client(version)
    body = "plain" if version == "2" else {
        "type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [{"type": "text", "text": "plain"}]}]
    }  # fmt: skip
    made = client.create_issue(fields=fields("One", description=body, labels=["a"]))
    assert made.key == "PROD-1"
    assert client.issue("PROD-1").raw["fields"]["description"] == body
    made.update(fields={"summary": "Two", "labels": ["b"]})
    assert (made.fields.summary, made.fields.labels) == ("Two", ["b"])
    assert [one["name"] for one in client.transitions(made)] == ["Start progress", "Back to To Do"]
    client.transition_issue(made, "Start progress")
    assert client.issue("PROD-1").fields.status.name == "In Progress"
    client.add_comment(made, body)
    assert len(client.comments(made)) == 1
    client.add_remote_link(made.key, {"url": "https://example.com/1", "title": "One"}, globalId="g")
    assert [one.globalId for one in client.remote_links(made)] == ["g"]
    assert [one.key for one in client.enhanced_search_issues("project = PROD", maxResults=0)] == ["PROD-1"]
    assert client.approximate_issue_count("project = PROD") == 1
    assert client.issue_properties(made) == []
    made.delete()
    with pytest.raises(JIRAError) as gone:
        client.issue("PROD-1")
    assert gone.value.status_code == 404
    assert client.myself()["timeZone"] == "Europe/Berlin"


def test_bulk_create_with_one_failure(world):
    client = world.client()
    made = client.create_issues([fields("One"), fields(""), fields("Three")], prefetch=False)
    assert [one["status"] for one in made] == ["Success", "Error", "Success"]
    assert client.search_issues("project = PROD ORDER BY key", maxResults=10)[1].fields.summary == "Three"


def test_client_reads_the_site(world):
    client = world.client()
    assert client.server_info()["deploymentType"] == "Cloud"
    assert {"PROD", "TEAM"} == {one.key for one in client.projects()}
    kinds = world.ask("GET", "issue/createmeta/PROD/issuetypes")[1]["issueTypes"]
    story = next(one["id"] for one in kinds if one["name"] == "Story")
    meta = world.ask("GET", f"issue/createmeta/PROD/issuetypes/{story}")[1]["fields"]
    assert {"project", "issuetype", "summary"} == {one["fieldId"] for one in meta if one["required"]}
    assert [one.displayName for one in client.search_users(query="tomas")] == ["Tomas Reed"]
    assert [one.name for one in client.project_versions("PROD")] == ["1.0", "2.0"]
    assert [one.name for one in client.project_components("PROD")] == ["Shop", "Mail"]
    assert client.priorities()[0].name == "Highest"


def test_link_and_file(world):
    client = world.client()
    for name in ("One", "Two"):
        client.create_issue(fields=fields(name))
    client.create_issue_link("Blocks", "PROD-1", "PROD-2")
    (link,) = client.issue("PROD-2").fields.issuelinks
    assert link.inwardIssue.key == "PROD-1"
    data = bytes(range(256)) + b"\r\nline\n\rend"
    added = client.add_attachment("PROD-1", io.BytesIO(data), filename="a.txt")
    assert (added.filename, added.size) == ("a.txt", len(data))
    assert client.attachment(added.id).get() == data


def test_data_center(worlds):
    world = worlds(deployment="DataCenter")
    client = world.client("2", token_auth="mira-token")
    assert client.deploymentType == "Server"
    made = client.create_issue(fields=fields("One", description="h1. Hi", assignee={"name": "tomas"}))
    assert (made.fields.description, made.fields.assignee.name) == ("h1. Hi", "tomas")
    for number in range(4):
        client.create_issue(fields=fields(f"More {number}"))
    found = client.search_issues("project = PROD ORDER BY key", startAt=2, maxResults=2)
    assert ([one.key for one in found], found.total) == (["PROD-3", "PROD-4"], 5)
    assert len(client.search_issues("assignee = tomas", maxResults=False)) == 1
    assert next(one.name for one in client.project_issue_types("PROD")) == "Epic"
    assert len(client.create_issues([fields("a"), fields("b")])) == 2
    assert [one.name for one in client.search_assignable_users_for_issues(username="tom", project="PROD")] == ["tomas"]
    assert world.ask("POST", "/rest/api/2/search/jql", {"jql": "project = PROD"})[0] == 404
    assert world.ask("POST", "/rest/api/2/issue/bulkfetch", {"issueIdsOrKeys": ["1"]})[0] in {404, 405}
    assert world.answer("GET", "/rest/api/3/serverInfo").status == 404
