"""Search: the language, time zones, tokens, lag, and who sees what."""

import time
from datetime import timedelta

import pytest

from productops.testing.sandbox.jira import START
from sandbox_jira import INES, MIRA, TOMAS, doc


@pytest.fixture
def some(world):
    """Five stories a minute apart, with one property each."""
    tomas = world.jira.user(TOMAS).account_id
    world.make("Alpha payment", labels=["Red"], priority={"name": "High"}, assignee={"accountId": tomas})
    world.later(60)
    world.make("Beta payment page", labels=["red", "blue"], customfield_10031={"value": "Growth"})
    world.later(60)
    world.make("Gamma", kind="Bug", description=doc("about the payment"), customfield_10030=5)
    world.later(60)
    world.make("Delta", project="TEAM")
    world.later(60)
    world.make("Epsilon", kind="Epic", customfield_10041="left", customfield_10042="right", duedate="2026-03-01")
    return world


@pytest.mark.parametrize(
    ("jql", "keys"),
    [
        ("project = PROD", "1 2 3 4"),
        ("project in (TEAM, 'prod') and key != PROD-1", "T1 2 3 4"),
        ("key in (PROD-1, PROD-3)", "1 3"),
        ("id = 10001", "2"),
        ("issuetype = Bug OR type = Epic", "3 4"),
        ("status = 'To Do'", "1 2 3 4"),
        ("statusCategory = new", "1 2 3 4 T1"),
        ("statusCategory != Done and project = TEAM", "T1"),
        ("assignee = currentUser()", ""),
        ("assignee is EMPTY and project = PROD", "2 3 4"),
        ("assignee is not null", "1"),
        ("reporter = currentUser() and project = TEAM", "T1"),
        ("creator = 'mira@example.com' and project = TEAM", "T1"),
        ("labels = red", "1 2"),
        ("labels in (blue, nothing)", "2"),
        ("labels != blue", "1"),
        ("labels not in (blue)", "1"),
        ("NOT labels = blue", "1"),
        ("not (labels = blue or labels is empty)", "1"),
        ("priority = High", "1"),
        ("summary ~ payment", "1 2"),
        ("summary ~ pay*", "1 2"),
        ("summary ~ '\"payment page\"'", "2"),
        ("summary !~ payment AND project = PROD", "3 4"),
        ("text ~ payment", "1 2 3"),
        ("description is not empty", "3"),
        ("cf[10031] = Growth", "2"),
        ("Theme = Growth", "2"),
        ("'Team size' > 4 and \"Team size\" <= 5", "3"),
        ("Twin ~ left", "4"),
        ("Twin ~ right", "4"),
        ("due >= 2026-03-01", "4"),
        ("due < '2026-03-01'", ""),
        ("updated >= '2026-01-05 10:03'", "T1 4"),
        ("updated > '2026/01/05 10:03'", "4"),
        ("updated <= '2026-01-05 10:00'", "1"),
        ("updated = '2026-01-05 10:01'", "2"),
        ("created < '2026-01-05 10:01'", "1"),
        ("updated >= -2m", "3 T1 4"),
        ("updated >= '-1h 1m'", "1 2 3 4 T1"),
        ("updated >= startOfDay()", "1 2 3 4 T1"),
        (f"created >= {int((START + timedelta(seconds=180)).timestamp() * 1000)}", "T1 4"),
    ],
)
def test_jql(some, jql, keys):
    wanted = {f"TEAM-{one[1:]}" if one.startswith("T") else f"PROD-{one}" for one in keys.split()}
    assert set(some.find(jql)) == wanted


def test_minutes_are_read_in_the_callers_zone(some):
    assert some.find("updated >= '2026-01-05 10:04'", user=MIRA) == ["PROD-4"]
    assert some.find("updated >= '2026-01-05 01:04'", user=TOMAS) == ["PROD-4"]
    assert some.find("updated >= '2026-01-05 09:04'", user=INES) == ["PROD-4"]
    assert some.find("updated >= '2026-01-05 10:04'", user=INES) == []


def test_order(some):
    assert some.find("project in (PROD, TEAM) order by project, key desc") == [
        "PROD-4",
        "PROD-3",
        "PROD-2",
        "PROD-1",
        "TEAM-1",
    ]
    assert some.find("project = PROD order by created asc, id")[0] == "PROD-1"
    assert some.find("project = PROD order by cf[10030] desc, summary asc") == ["PROD-3", "PROD-1", "PROD-2", "PROD-4"]
    assert "7 fields" in some.refusal("project = PROD order by " + ", ".join(["key"] * 8))


@pytest.mark.parametrize(
    ("jql", "text"),
    [
        ("", "Unbounded"),
        ("order by key desc", "Unbounded"),
        ("project = NOPE", "The value 'NOPE' does not exist for the field 'project'."),
        ("nope = 1", "Field 'nope' does not exist or you do not have permission to view it."),
        ("key = PROD-99", "An issue with key 'PROD-99' does not exist for field 'key'."),
        ("status = Nope", "The value 'Nope' does not exist for the field 'status'."),
        ("updated >= soon", "Date value 'soon' for field 'updated' is invalid."),
        ("updated >= '2026-01-05 10:00:30'", "Date value"),
        ("updated >= '2026-01-05T10:00+01:00'", "Date value"),
        ("summary = x", "The operator '=' is not supported by the 'summary' field."),
        ("project ~ x", "The operator '~' is not supported"),
        ("project = ", "Error in the JQL Query"),
        ("project = PROD and", "Error in the JQL Query"),
        ("project = PROD key = PROD-1", "Error in the JQL Query: Expecting either 'OR' or 'AND' but got 'key'."),
        ("(project = PROD", "Error in the JQL Query"),
        ("project = 'PROD", "Error in the JQL Query"),
        ("Theme = Nope", "The option 'Nope' for field 'Theme' does not exist."),
        ("issue.property[m].v = 1", "Field 'issue.property[m].v' does not exist"),
    ],
)
def test_refused_queries(some, jql, text):
    assert text in some.refusal(jql)


def pages(world, size, **more):
    found, token, count = [], None, 0
    while True:
        body = {"jql": "project = PROD order by key", "maxResults": size, "fields": ["key"], **more}
        status, page = world.ask("POST", "search/jql", body | ({"nextPageToken": token} if token else {}))
        assert (status, "total" in page) == (200, False)
        count += 1
        found += [one["key"] for one in page["issues"]]
        token = page.get("nextPageToken")
        assert page["isLast"] == (token is None)
        if token is None or count > 50:
            return found, count


def test_pages_end_with_the_token(world):
    keys = [world.make(str(number)) for number in range(7)]
    assert pages(world, 3) == (keys, 3)
    world.jira.short_pages = 2
    assert pages(world, 3) == (keys, 4)
    world.jira.empty_page = 2
    assert pages(world, 3) == (keys, 5)
    world.jira.repeat_token = True
    assert pages(world, 2)[1] == 51


def test_tokens_expire_and_belong_to_their_question(world):
    for number in range(3):
        world.make(str(number))
    _, page = world.ask("POST", "search/jql", {"jql": "project = PROD", "maxResults": 1})
    token = page["nextPageToken"]
    assert page["issues"][0].keys() == {"id"}
    assert world.ask("GET", "search/jql", jql="project = PROD", nextPageToken=token, maxResults=1)[0] == 200
    assert world.ask("POST", "search/jql", {"jql": "project = TEAM", "nextPageToken": token})[0] == 400
    assert world.ask("POST", "search/jql", {"jql": "project = PROD", "nextPageToken": token}, user=TOMAS)[0] == 400
    world.later(8 * 86_400)
    assert world.ask("POST", "search/jql", {"jql": "project = PROD", "nextPageToken": token})[0] == 400


def test_the_index_lags_and_reconcile_names_the_exceptions(worlds):
    world = worlds(search_lag=30)
    assert world.jira.settle == (0.0, 30)
    key = world.make()
    number = int(world.jira.issue(key).id)
    assert world.ask("GET", f"issue/{key}")[0] == 200
    assert world.find("project = PROD") == []
    assert world.find("project = PROD", reconcileIssues=[number]) == [key]
    world.later(29.9)
    assert world.find("project = PROD") == []
    world.later(0.1)
    assert world.find("project = PROD") == [key]
    world.ask("PUT", f"issue/{key}", {"fields": {"summary": "Later"}})
    _, page = world.ask("POST", "search/jql", {"jql": "project = PROD", "fields": ["summary"]})
    assert page["issues"][0]["fields"]["summary"] == "A thing"
    world.ask("DELETE", f"issue/{key}")
    assert world.find("project = PROD", reconcileIssues=[number]) == []
    world.later(30)
    assert world.find("project = PROD") == []
    assert world.ask("POST", "search/approximate-count", {"jql": "project = PROD"})[1] == {"count": 0}


def test_properties_names_and_schema(world):
    body = {"fields": {"project": {"key": "PROD"}, "issuetype": {"name": "Bug"}, "summary": "x"}}
    world.ask("POST", "issue", {**body, "properties": [{"key": "m", "value": {"v": 1}}]})
    _, page = world.ask(
        "POST",
        "search/jql",
        {"jql": "project = PROD", "fields": ["*all"], "properties": ["m", "n"], "expand": "names,schema"},
    )
    assert page["issues"][0]["properties"] == {"m": {"v": 1}}
    assert page["names"]["customfield_10041"] == page["names"]["customfield_10042"] == "Twin"
    assert page["schema"]["labels"]["type"] == "array"
    assert world.ask("POST", "search/jql", {"jql": "project = PROD", "properties": list("abcdef")})[0] == 400
    assert len(world.ask("GET", "issue/PROD-1", fields="*navigable,-labels")[1]["fields"]) > 60


def test_anonymous_callers_find_nothing_unless_the_project_is_public(worlds):
    world = worlds({"projects": [{"key": "SHUT"}, {"key": "OPEN", "public": True}]})
    shut, opened = world.make(project="SHUT"), world.make(project="OPEN")
    assert world.find("created >= -1d", user=None) == [opened]
    assert world.find("created >= -1d", user="mira@example.com.evil") == [opened]
    assert world.ask("GET", f"issue/{shut}", user=None)[0] == 404
    assert world.ask("GET", f"issue/{opened}", user=None)[0] == 200
    closed = worlds()
    closed.make()
    assert closed.find("project = PROD", user=None) == []


def test_five_thousand_issues_are_comfortable(worlds):
    world = worlds(rate=0)
    for number in range(5000):
        world.jira.add("PROD", "Story", f"Issue {number}", at=START + timedelta(seconds=number))
    world.later(5000)
    began = time.perf_counter()
    _, page = world.ask(
        "POST", "search/jql", {"jql": "project = PROD and updated >= -10m order by updated", "maxResults": 5000}
    )
    assert len(page["issues"]) == 600
    sent = {"jql": "project = PROD order by updated", "maxResults": 5000, "fields": ["id"]}
    assert len(world.ask("POST", "search/jql", sent)[1]["issues"]) == 5000
    assert len(world.ask("POST", "search/jql", {**sent, "fields": ["summary"]})[1]["issues"]) == 100
    assert time.perf_counter() - began < 5
