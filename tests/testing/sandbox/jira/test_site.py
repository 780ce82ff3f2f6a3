"""Seeds and their mistakes, people at the browser, limits, sign-in, what describes the site."""

import doctest
import re
from datetime import timedelta
from pathlib import Path

import pytest

from productops.testing.sandbox.jira import START, JiraSandbox, SeedError, sandbox
from productops.testing.sandbox.wire import Request
from sandbox_jira import INES, MIRA, SEED, TOMAS, basic

A = {"key": "A"}
STORY = {"project": "A", "type": "Story"}
TITLED = {**STORY, "summary": "s"}
DEAD_END = {"statuses": [{"name": "X"}], "transitions": [{"to": "Y"}]}
MOON = {"name": "N", "email": "n@example.com", "timeZone": "Moon"}
FOO = [{"name": "S", "create": ["Foo"]}]
MISTAKES = [
    ({}, "the seed: 'projects' must list at least one project"),
    ([], "the seed: an object is expected"),
    ({"project": []}, "the seed: unknown key 'project'"),
    ({"projects": [{"key": "prod"}]}, "projects[0]: the key 'prod'"),
    ({"projects": [A, A]}, "projects[1]: the project A is there twice"),
    ({"projects": [{**A, "types": FOO}]}, "projects[0].types[0].create[0]: no field is called 'Foo'"),
    ({"projects": [{**A, "workflow": "w"}]}, "projects[0]: there is no workflow 'w'"),
    ({"projects": [{**A, "workflow": DEAD_END}]}, "projects[0].workflow.transitions[0]: 'Y' is not a status"),
    ({"projects": [A], "fields": [{"name": "F", "type": "hue"}]}, "fields[0]: there is no field type 'hue'"),
    ({"projects": [A], "users": [MOON]}, "users[0]: there is no time zone 'Moon'"),
    ({"projects": [A], "issues": [STORY]}, "issues[0]: 'summary' is required"),
    ({"projects": [A], "issues": [{**TITLED, "priority": "P0"}]}, "issues[0]: Jira would refuse this"),
    ({"projects": [A], "issues": [{**TITLED, "status": "Gone"}]}, "issues[0]: there is no status Gone"),
    ({"projects": [A], "issues": [{**TITLED, "created": "2026-01-01"}]}, "needs an offset"),
    ({"projects": [A], "users": []}, "the seed: 'users' must not be empty"),
]


@pytest.mark.parametrize(("seed", "text"), MISTAKES)
def test_mistakes_in_a_seed_are_named(seed, text):
    with pytest.raises(SeedError, match=re.escape(text)):
        JiraSandbox.from_json(seed)


def test_a_seeded_issue(worlds):
    issue = {
        "project": "PROD", "type": "Bug", "summary": "s", "description": "d", "status": "QA", "assignee": TOMAS,
        "labels": ["x"], "created": "2025-12-01T08:00:00+00:00", "updated": "2025-12-02T08:00:00+00:00",
        "fields": {"Theme": {"value": "Trust"}}, "comments": ["c"], "properties": {"p": 1},
    }  # fmt: skip
    world = worlds({**SEED, "issues": [issue]})
    read = world.ask("GET", "issue/PROD-1", user=INES)[1]["fields"]
    assert (read["created"], read["updated"]) == ("2025-12-01T08:00:00.000+0000", "2025-12-02T08:00:00.000+0000")
    assert (read["status"]["name"], read["customfield_10031"]["value"]) == ("QA", "Trust")
    assert (read["assignee"]["emailAddress"], read["comment"]["total"]) == (TOMAS, 1)
    assert world.find("status = QA and updated < '2026-01-01'") == ["PROD-1"]


def test_what_the_caller_may_do(worlds):
    world = worlds({**SEED, "projects": [{"key": "PROD", "public": False, "members": [MIRA, TOMAS]}]})

    def may(user, *names, **where):
        asked = {"permissions": ",".join(names), **where} if names else where
        status, body = world.ask("GET", "mypermissions", user=user, **asked)
        return [body["permissions"][name]["havePermission"] for name in names] if status == 200 else status

    assert may(MIRA, "CREATE_ISSUES", "ADMINISTER_PROJECTS", projectKey="PROD") == [True, True]
    assert may(TOMAS, "CREATE_ISSUES", "ADMINISTER_PROJECTS", projectKey="PROD") == [True, False]
    assert may(INES, "CREATE_ISSUES", projectKey="PROD") == 404
    assert may(INES, "BROWSE_PROJECTS") == [False]
    assert may(MIRA, "FLY") == 400
    assert may(MIRA) == 400


def test_people_at_the_browser(world):
    svc = world.jira
    made = svc.add("PROD", "Story", "By hand", {"Theme": {"value": "Trust"}}, at=world.now, by=TOMAS)
    svc.edit(made.key, {"summary": "Edited", "Team size": 4}, at=world.later(10), by=INES)
    svc.transition(made.key, "Done", at=world.later(10))
    read = world.ask("GET", f"issue/{made.key}")[1]["fields"]
    assert (read["summary"], read["status"]["name"], read["resolution"]["name"]) == ("Edited", "Done", "Done")
    assert (read["creator"]["displayName"], read["updated"]) == ("Tomas Reed", "2026-01-05T10:00:20.000+0100")
    authors = [one["author"]["displayName"] for one in world.ask("GET", f"issue/{made.key}/changelog")[1]["values"]]
    assert authors == ["Ines Vale", "Mira Quill"]
    moved = svc.move(made.key, "TEAM", at=world.later(10))
    assert moved.key == "TEAM-1"
    status, body = world.ask("GET", "issue/PROD-1")
    assert (status, body["key"], body["id"]) == (200, "TEAM-1", str(made.id))
    assert world.find("key = PROD-1") == ["TEAM-1"]
    assert world.find("project = PROD") == []
    svc.rename_status("Open", "Ready")
    assert world.ask("GET", "issue/TEAM-1")[1]["fields"]["status"]["name"] == "Ready"
    svc.rename_field("Theme", "Topic")
    svc.rename_option("Topic", "Trust", "Faith")
    assert world.find("Topic = Faith") == ["TEAM-1"]
    assert "Theme" in world.refusal("Theme = Faith")
    svc.remove_field("Topic")
    assert "customfield_10031" not in world.ask("GET", "issue/TEAM-1")[1]["fields"]
    svc.remove("TEAM-1", at=world.later(10))
    assert svc.issues() == []
    with pytest.raises(LookupError):
        svc.issue("TEAM-1")


def test_a_deactivated_user_stays_named_but_is_locked_out(world):
    tomas = world.jira.user(TOMAS).account_id
    key = world.make(assignee={"accountId": tomas})
    world.jira.deactivate(TOMAS)
    assert world.ask("GET", f"issue/{key}")[1]["fields"]["assignee"]["active"] is False
    assert world.ask("GET", "myself", user=TOMAS)[0] == 401
    assert world.ask("PUT", f"issue/{key}", {"fields": {"assignee": {"accountId": tomas}}})[0] == 400
    assert world.ask("GET", "user/search", query="tomas")[1] == []
    assert world.ask("GET", "user/assignable/search", project="PROD", query="tomas")[1] == []


def test_hidden_mail(worlds):
    people = [
        {"name": "Mira Quill", "email": MIRA},
        {"name": "Shy Fox", "email": "shy@example.com", "emailHidden": True},
    ]
    world = worlds({"users": people, "projects": [{"key": "PROD"}]})
    (found,) = world.ask("GET", "user/search", query="Shy")[1]
    assert "emailAddress" not in found
    assert world.ask("GET", "myself", user="shy@example.com")[1]["emailAddress"] == "shy@example.com"
    assert world.ask("GET", "user/search", query="shy@")[1] == []


def test_bad_credentials(world):
    for user in (None, "mira@example.com.evil"):
        answer = world.answer("GET", "myself", user=user)
        assert answer.status == 401
        assert "WWW-Authenticate" in answer.headers
    assert answer.headers["X-Seraph-LoginReason"] == "AUTHENTICATED_FAILED"
    assert world.ask("POST", "issue", {"fields": {}}, user=None)[0] == 401
    assert answer.headers["Date"] == "Mon, 05 Jan 2026 09:00:00 GMT"


def test_data_center_takes_a_personal_token():
    svc = JiraSandbox.from_json({"projects": [{"key": "PROD"}]}, deployment="DataCenter")
    request = Request("GET", "/rest/api/2/myself", headers={"authorization": "Bearer tomas-token"})
    assert b'"name":"tomas"' in svc.handle(request, START).body
    assert svc.handle(Request("GET", "/rest/api/3/myself", headers=basic(MIRA)), START).status == 404


def test_writes_to_one_issue_are_limited(worlds):
    world = worlds()
    key, other = world.make(), world.make()
    put = [world.answer("PUT", f"issue/{key}/properties/p", number) for number in range(21)]
    assert [one.status for one in put] == [201] + [200] * 19 + [429]
    assert (put[-1].headers["RateLimit-Reason"], put[-1].headers["Retry-After"]) == ("jira-per-issue-on-write", "2")
    assert world.answer("PUT", f"issue/{other}/properties/p", 1).status == 201
    world.later(2)
    assert world.answer("PUT", f"issue/{key}/properties/p", 1).status == 200
    for _ in range(4):
        world.later(2)
        found = [world.answer("PUT", f"issue/{key}/properties/p", 1).status for _ in range(20)]
    assert found[-1] == 429
    world.jira.rate = 0
    assert world.answer("PUT", f"issue/{key}/properties/p", 1).status == 200


def test_the_burst_bucket_refills(worlds):
    world = worlds(rate=0.1)
    assert [world.answer("GET", "field").status for _ in range(11)][-2:] == [200, 429]
    assert world.answer("GET", "priority").status == 200
    world.later(1)
    assert world.answer("GET", "field").status == 200


def test_every_description_of_the_site_passes_the_judge(world):
    key = world.make()
    for path in (
        "serverInfo", "field", "field/search", "issuetype", "status", "status/To Do", "statuscategory", "priority",
        "priority/search", "resolution", "label", "project", "project/search", "project/PROD", "project/PROD/statuses",
        "project/PROD/versions", "project/PROD/version", "project/PROD/components", "users/search", "myself",
        "issueLinkType", "issue/createmeta/PROD/issuetypes", f"issue/{key}/editmeta", f"issue/{key}/transitions",
        f"issue/{key}/changelog", f"issue/{key}/properties", f"issue/{key}/remotelink",
    ):  # fmt: skip
        assert world.ask("GET", path)[0] == 200, path
    story = world.ask("GET", "issue/createmeta/PROD/issuetypes")[1]["issueTypes"][1]["id"]
    meta = world.ask("GET", f"issue/createmeta/PROD/issuetypes/{story}")[1]["fields"]
    allowed = {one["fieldId"]: one.get("allowedValues") for one in meta}
    assert [one["value"] for one in allowed["customfield_10031"]] == ["Growth", "Trust"]
    assert [one["name"] for one in allowed["priority"]][:2] == ["Highest", "High"]
    edit = world.ask("GET", f"issue/{key}/editmeta")[1]["fields"]
    assert edit["labels"]["operations"] == ["add", "set", "remove"]


def test_members_only(worlds):
    world = worlds({"projects": [{"key": "PROD", "members": [MIRA]}]})
    key = world.make()
    assert world.ask("GET", f"issue/{key}", user=TOMAS)[0] == 404
    assert world.find("created > -1d", user=TOMAS) == []
    assert START + timedelta(0) == world.now


def test_the_example_in_the_docstring_runs():
    failed, tried = doctest.testmod(sandbox, extraglobs={"START": START, "Request": Request})
    assert (failed, tried > 0) == (0, True)


def test_the_page_about_the_sandbox_runs():
    page = Path(__file__).parents[4] / "docs" / "sandbox.md"
    (code,) = re.findall(r"## Jira\n.*?```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    exec(compile(code, str(page), "exec"), {})
