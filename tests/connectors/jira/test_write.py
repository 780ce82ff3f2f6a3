"""Writing: one outcome for each element, nothing sent twice, the status that was really reached."""

import logging
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from jira_world import START, World
from judges.openapi import JiraJudge
from productops.connectors.jira import JiraIssues
from productops.errors import (
    AuthError,
    GoneError,
    RateLimitedError,
    RejectedError,
    StaleError,
    UnknownOutcomeError,
)
from productops.sdk import Draft, Option, Patch, Record, RichText

Make = Callable[..., World]


def option(issues: JiraIssues, field: str, name: str) -> Option:
    found = issues.schema().field(field).option(name)
    assert found is not None
    return found


def draft(summary: str = "New", marker: str | None = None, **fields: Any) -> Draft:
    return Draft({"summary": summary, **fields}, marker)


def record(outcome: object) -> Record:
    assert isinstance(outcome, Record), outcome
    return outcome


# --- creating


def test_a_created_issue_comes_back_as_stored(either: World) -> None:
    issues = either.issues()
    impact = issues.schema().field("Impact")
    made = record(
        issues.create(
            [
                draft(
                    marker="m-1",
                    description="A *nice* text",
                    duedate=date(2026, 3, 1),
                    labels=["x"],
                    **{impact.id: option(issues, "Impact", "High")},
                )
            ]
        )[0]
    )
    assert made.marker == "m-1"
    assert made.fields["duedate"] == date(2026, 3, 1)
    assert made.fields[impact.id].name == "High"
    assert made.fields["status"].name == "To Do"
    text = made.fields["description"]
    assert (text.markdown if isinstance(text, RichText) else text) == "A *nice* text"
    assert issues.get([made.id])[made.id].marker == "m-1"


def test_fifty_are_two_requests(world: World) -> None:
    issues = world.issues()
    issues.schema()
    world.sent()
    made = issues.create([draft(f"No {number}", f"m{number}") for number in range(50)])
    assert [record(one).fields["summary"] for one in made] == [f"No {number}" for number in range(50)]
    assert [path for _, path in world.sent()] == ["/rest/api/3/issue/bulk", "/rest/api/3/issue/bulkfetch"]


def test_failures_in_a_batch_stay_with_their_drafts(either: World) -> None:
    issues = either.issues()
    bad = {"assignee": type(next(issues.people()))("nobody")}
    made = issues.create([draft("a"), draft("b", **bad), draft("c"), draft("x" * 300), draft("d")])
    assert [record(made[at]).fields["summary"] for at in (0, 2, 4)] == ["a", "c", "d"]
    assert isinstance(made[1], RejectedError)
    assert "cannot be assigned" in made[1].fields["assignee"]
    assert isinstance(made[3], RejectedError)
    assert len(either.site.issues("PROD")) == 3


def test_a_batch_that_fails_whole(either: World) -> None:
    issues = either.issues()
    bad = {"assignee": type(next(issues.people()))("nobody")}
    made = issues.create([draft("a", **bad), draft("b", **bad)])
    assert [type(one) for one in made] == [RejectedError, RejectedError]
    assert all("cannot be assigned" in one.fields["assignee"] for one in made if isinstance(one, RejectedError))


def test_a_refusal_without_numbers_is_found_out_one_by_one(world: World) -> None:
    issues = world.issues()
    issues.schema()
    send, refusals = issues.api.call, [0]

    def call(method: str, path: str, **more: Any) -> Any:
        updates = (more.get("json") or {}).get("issueUpdates") or []
        if path == "issue/bulk" and any(one["fields"]["summary"] == "poison" for one in updates):
            refusals[0] += 1
            raise RejectedError("INVALID_INPUT", system="jira", status=400)
        return send(method, path, **more)

    issues.api.call = call  # type: ignore[method-assign]
    made = issues.create([draft("a"), draft("poison"), draft("b")])
    assert [type(one) for one in made] == [Record, RejectedError, Record]
    assert refusals == [2]


@pytest.mark.parametrize("fault", ["drop_after_commit", "drop_before_commit", "bad_gateway_after", "malformed", "truncated", "error_500"])  # fmt: skip
def test_a_lost_answer_is_one_post_and_an_unknown_outcome(either: World, fault: Any) -> None:
    issues = either.issues()
    issues.schema()
    either.sent()
    either.faults.add("POST", ".*/issue/bulk", fault)
    made = issues.create([draft("a", "m1"), draft("b", "m2")])
    assert [type(one) for one in made] == [UnknownOutcomeError, UnknownOutcomeError]
    assert [path for _, path in either.sent()] == [f"/rest/api/{issues.api.version}/issue/bulk"]
    found = issues.find(["m1", "m2", "m3"], START)
    expected = 0 if fault in ("drop_before_commit", "error_500") else 1
    assert [len(found[marker]) for marker in ("m1", "m2", "m3")] == [expected, expected, 0]


def test_too_many_requests_is_definite(world: World) -> None:
    issues = world.issues()
    issues.schema()
    world.faults.add("POST", ".*/issue/bulk", "rate_limited", times=None, retry_after=3600)
    made = issues.create([draft("a")])
    assert isinstance(made[0], RateLimitedError)
    assert world.site.issues("PROD") == []


def test_a_failing_read_back_is_no_failed_create(world: World) -> None:
    issues = world.issues()
    issues.schema()
    world.faults.add("POST", ".*/bulkfetch", "error_500", times=None)
    made = record(issues.create([draft("a", "m1", status=option(issues, "status", "Done"))])[0])
    assert (made.key, made.marker, made.fields) == ("PROD-1", "m1", {})
    assert made.url == "https://jira.example.com/browse/PROD-1"


def test_an_answer_that_does_not_add_up_is_an_unknown_outcome(world: World) -> None:
    issues = world.issues()
    issues.schema()
    send = issues.api.call
    issues.api.call = lambda method, path, **more: (  # type: ignore[method-assign]
        {"issues": [{"id": "1", "key": "PROD-1"}], "errors": []} if path == "issue/bulk" else send(method, path, **more)
    )
    assert [type(one) for one in issues.create([draft("a"), draft("b")])] == [UnknownOutcomeError] * 2


def test_missing_required_fields_are_named_before_sending(make: Make) -> None:
    screens = {"create": ["summary", "Reach"], "edit": ["summary"], "required": ["Reach"]}
    world = make(projects=[{"key": "PROD", "types": ["Story"], "screens": screens}])
    issues = world.issues()
    issues.schema()
    world.sent()
    reach = issues.schema().field("Reach").id
    made = issues.create([draft("a"), Draft({reach: 1})])
    assert isinstance(made[0], RejectedError)
    assert (made[0].fields, "Reach" in str(made[0])) == ({reach: "required"}, True)
    assert isinstance(made[1], RejectedError)
    assert list(made[1].fields) == ["summary"]
    assert world.sent() == []


def test_the_type_of_a_new_issue(world: World) -> None:
    assert isinstance(world.issues(type=None).create([draft()])[0], RejectedError)
    issues = world.issues(type=["Story", "Bug"])
    made = issues.create([draft(), draft(issuetype=option(issues, "issuetype", "Bug"))])
    assert [record(one).id in {found.id for found in world.issues(type="Bug").scan()} for one in made] == [False, True]


def test_a_field_that_is_not_on_the_types_screen(make: Make) -> None:
    types = [{"name": "Story", "create": ["summary"]}, {"name": "Bug", "create": ["summary", "duedate"]}]
    issues = make(projects=[{"key": "PROD", "types": types}]).issues(type=["Story", "Bug"])
    made = issues.create([draft(duedate=date(2026, 1, 1)), draft(duedate=None)])
    assert isinstance(made[0], RejectedError)
    assert "create screen of PROD for Story" in made[0].fields["duedate"]
    assert isinstance(made[1], Record)


def test_unknown_and_read_only_fields(world: World) -> None:
    made = world.issues().create([draft(nonsense=1), draft(issuekey="PROD-9"), draft(customfield_10000="x")])
    assert [list(one.fields) for one in made if isinstance(one, RejectedError)] == [
        ["nonsense"], ["issuekey"], ["customfield_10000"]
    ]  # fmt: skip


# --- the status of new issues


def test_new_issues_walk_to_their_status(either: World) -> None:
    issues = either.issues()
    made = issues.create([draft(status=option(issues, "status", name)) for name in ("Done", "To Do", "QA", "Done")])
    assert [record(one).fields["status"].name for one in made] == ["Done", "To Do", "QA", "Done"]


def test_the_workflow_is_learned_once(world: World) -> None:
    issues = world.issues()
    issues.create([draft(status=option(issues, "status", "Done"))])
    world.sent()
    issues.create([draft(status=option(issues, "status", "Done")) for _ in range(5)])
    posts = [path for method, path in world.sent() if path.endswith("/transitions")]
    assert len(posts) == 10  # two steps each, and no look at the workflow


def test_a_status_out_of_reach_shows_as_it_is(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    workflow = {
        "statuses": [{"name": "Open", "category": "new"}, {"name": "Shut", "category": "done"}],
        "transitions": [{"name": "Shut it", "from": ["Open"], "to": "Shut", "required": ["resolution"]}],
    }
    issues = make(projects=[{"key": "PROD", "types": ["Story"], "workflow": workflow}]).issues()
    with caplog.at_level(logging.WARNING):
        made = record(issues.create([draft(status=option(issues, "status", "Shut"))])[0])
    assert made.fields["status"].name == "Open"
    assert "asks for Resolution" in caplog.text


def test_a_failing_transition_is_no_failed_create(world: World) -> None:
    issues = world.issues()
    issues.schema()
    world.faults.add("POST", ".*/transitions", "drop_after_commit", nth=2)
    made = record(issues.create([draft(status=option(issues, "status", "Done"))])[0])
    assert made.fields["status"].name == "Done"  # it was committed, and it is read, not guessed
    assert len(world.site.issues("PROD")) == 1


# --- changing


def test_only_named_fields_change(either: World) -> None:
    id_ = either.add("Old", {"labels": ["keep"], "duedate": "2026-01-31"})
    issues = either.issues()
    either.clock.advance(timedelta(minutes=1))
    before = issues.get([id_])[id_]
    found = record(issues.update([Patch(id_, {"summary": "New", "duedate": None, "description": "x"})])[0])
    assert (found.fields["summary"], found.fields["duedate"]) == ("New", None)
    assert found.version is not None
    assert before.version is not None
    assert found.version > before.version
    assert issues.get([id_])[id_].fields["labels"] == ["keep"]
    assert record(issues.update([Patch(id_, {"labels": [], "description": None})])[0]).fields["description"] is None
    assert issues.get([id_])[id_].fields["labels"] == []


def test_the_echo_shows_what_is_read_here(world: World) -> None:
    id_ = world.add()
    issues = world.issues()
    list(issues.scan(None, ["summary", "priority"]))
    assert set(record(issues.update([Patch(id_, {"labels": ["x"]})])[0]).fields) == {"summary", "priority", "labels"}


def test_twenty_changes_are_read_back_at_once(world: World) -> None:
    ids = [world.add() for _ in range(20)]
    issues = world.issues()
    issues.schema()
    world.sent()
    issues.update([Patch(id_, {"summary": "x"}) for id_ in ids])
    assert [method for method, _ in world.sent()] == ["PUT"] * 20 + ["POST"]


def test_claims(either: World) -> None:
    id_ = either.add()
    issues = either.issues()
    assert issues.get([id_])[id_].marker is None
    assert record(issues.update([Patch(id_, {}, "m1")])[0]).marker == "m1"
    assert record(issues.update([Patch(id_, {"summary": "x"}, "m2")])[0]).marker == "m2"
    assert [found.id for found in issues.find(["m2"], START)["m2"]] == [id_]


def test_parents(make: Make) -> None:
    world = make(projects=[{"key": "PROD", "types": [{"name": "Epic", "level": 1}, "Story"]}])
    epic, story = world.add("Epic", type="Epic"), world.add("Story")
    issues = world.issues()
    assert record(issues.update([Patch(story, {"parent": epic})])[0]).fields["parent"] == epic
    assert record(issues.update([Patch(story, {"parent": None})])[0]).fields["parent"] is None
    assert record(issues.create([draft(parent=epic)])[0]).fields["parent"] == epic


def test_errors_stay_with_their_patches(either: World) -> None:
    id_ = either.add()
    issues = either.issues()
    ghost = type(next(issues.people()))("nobody")
    status = option(issues, "status", "In Progress")
    found = issues.update(
        [
            Patch("424242", {"summary": "x"}),
            Patch(id_, {"assignee": ghost}),
            Patch("424243", {"status": status}),
            Patch(id_, {"summary": ""}),
            Patch(id_, {"summary": "fine"}),
        ]
    )
    assert [type(one) for one in found] == [GoneError, RejectedError, GoneError, RejectedError, Record]
    assert isinstance(found[1], RejectedError)
    assert "cannot be assigned" in found[1].fields["assignee"]
    assert (found[1].record, found[1].operation, found[1].system) == (id_, "change an issue", "jira")
    assert found[1].request_id
    assert isinstance(found[0], GoneError)
    assert found[0].record == "424242"


def test_a_lost_answer_to_a_change(world: World) -> None:
    id_ = world.add()
    issues = world.issues()
    issues.schema()
    world.faults.add("PUT", ".*", "drop_after_commit")
    world.sent()
    assert isinstance(issues.update([Patch(id_, {"summary": "x"})])[0], UnknownOutcomeError)
    assert [method for method, _ in world.sent()] == ["PUT"]


def test_a_change_that_collides_is_stale(world: World) -> None:
    id_ = world.add()
    issues = world.issues()
    issues.schema()
    handle = world.site.handle

    def collide(request: Any, now: Any) -> Any:
        answer = handle(request, now)
        return type(answer).of({"errorMessages": ["conflict"], "errors": {}}, 409) if request.method == "PUT" else answer

    world.site.handle = collide  # type: ignore[method-assign]
    assert isinstance(issues.update([Patch(id_, {"summary": "x"})])[0], StaleError)


def test_nothing_follows_a_wrong_token(world: World) -> None:
    ids = [world.add(), world.add()]
    issues = world.issues()
    issues.schema()
    world.faults.add("PUT", ".*", "unauthorized", times=None)
    world.sent()
    assert [type(one) for one in issues.update([Patch(id_, {"summary": "x"}) for id_ in ids])] == [AuthError, AuthError]
    assert len(world.sent()) == 1


# --- changing the status


def test_a_status_is_reached_over_others(either: World) -> None:
    id_ = either.add()
    for name in ("In Progress", "In Review"):  # other issues show the way
        either.site.transition(either.site.issue(either.add()).key, name, at=either.clock.now())
    issues = either.issues()
    found = record(issues.update([Patch(id_, {"status": option(issues, "status", "QA"), "summary": "x"})])[0])
    assert (found.fields["status"].name, found.fields["summary"]) == ("QA", "x")


def test_somebodys_issue_is_not_moved_to_find_a_way(world: World) -> None:
    id_ = world.add("Old")
    issues = world.issues()
    found = issues.update([Patch(id_, {"status": option(issues, "status", "QA"), "summary": "New"})])[0]
    assert isinstance(found, RejectedError)
    assert "from To Do to QA" in str(found)
    assert "In Progress (Start progress)" in str(found)
    shown = issues.get([id_], ["status", "summary"])[id_].fields
    assert (shown["status"].name, shown["summary"]) == ("To Do", "Old")


def test_a_screen_that_asks_for_more_is_refused_beforehand(make: Make) -> None:
    workflow = {
        "statuses": [{"name": "Open", "category": "new"}, {"name": "Shut", "category": "done"}],
        "transitions": [{"name": "Shut it", "from": ["Open"], "to": "Shut", "required": ["labels"]}],
    }
    world = make(projects=[{"key": "PROD", "types": ["Story"], "workflow": workflow}])
    id_ = world.add()
    issues = world.issues()
    shut = option(issues, "status", "Shut")
    found = issues.update([Patch(id_, {"status": shut, "summary": "x"})])[0]
    assert isinstance(found, RejectedError)
    assert "asks for Labels" in str(found)
    assert issues.get([id_])[id_].fields["summary"] == "A story"
    done = record(issues.update([Patch(id_, {"status": shut, "labels": ["a"]})])[0])
    assert (done.fields["status"].name, done.fields["labels"]) == ("Shut", ["a"])


def test_a_status_that_is_there_already_costs_nothing(world: World) -> None:
    id_ = world.add()
    issues = world.issues()
    world.sent()
    assert isinstance(issues.update([Patch(id_, {"status": option(issues, "status", "To Do")})])[0], Record)
    assert not [path for method, path in world.sent() if method == "POST" and path.endswith("transitions")]


def test_a_workflow_that_changed_is_looked_up_again(world: World) -> None:
    one, two = world.add(), world.add()
    issues = world.issues()
    target = option(issues, "status", "In Progress")
    issues.update([Patch(one, {"status": target})])
    place = next(iter(issues.workflow.seen))
    from dataclasses import replace

    issues.workflow.seen[place] = tuple(replace(way, id="999") for way in issues.workflow.seen[place])
    assert record(issues.update([Patch(two, {"status": target})])[0]).fields["status"].name == "In Progress"


# --- the rest


def test_deleting(make: Make) -> None:
    world = make(projects=[{"key": "PROD", "types": ["Story", {"name": "Sub-task", "level": -1}]}])
    plain, parent = world.add(), world.add()
    world.add("Child", {"parent": {"id": parent}}, type="Sub-task")
    issues = world.issues()
    found = issues.delete([plain, parent, "424242"])
    assert found[0] is None
    assert isinstance(found[1], RejectedError)
    assert "sub-tasks" in str(found[1].remedy)
    assert isinstance(found[2], GoneError)
    assert set(issues.get([plain, parent])) == {parent}


def test_markers_of_others_are_not_looked_at(world: World) -> None:
    issues = world.issues()
    made = record(issues.create([draft("a", "m1")])[0])
    other = world.account(email="tomas@example.com", token="tomas-token").issues("PROD", "Story")
    assert other.find(["m1"], START) == {"m1": []}
    assert [one.id for one in issues.find(["m1"], START)["m1"]] == [made.id]
    world.clock.advance(timedelta(days=1))
    assert issues.find(["m1"], world.clock.now()) == {"m1": []}


def test_every_request_is_one_the_official_document_knows(world: World) -> None:
    world.add("There")
    issues = world.issues()
    issues.check()
    list(issues.people())
    fields = {
        "description": "# A\n\n- [ ] b\n\n| c |\n| --- |\n| d |",
        "labels": ["x"],
        "assignee": next(issues.people()),
        issues.schema().field("Area").id: option(issues, "Area", "Web > Cart"),
        issues.schema().field("Regions").id: [option(issues, "Regions", "EU")],
        issues.schema().field("Reach").id: 2,
    }
    made = issues.create([draft("a", "m1", status=option(issues, "status", "Done"), **fields), draft("b")])
    ids = [record(one).id for one in made]
    patch = {"status": option(issues, "status", "In Progress"), "labels": None, "parent": None}
    issues.update([Patch(ids[0], {"status": option(issues, "status", "To Do"), **fields}), Patch(ids[1], patch, "m2")])
    issues.find(["m1"], START)
    list(issues.scan())
    list(issues.scan(START, ["summary"]))
    issues.delete(ids)
    judge = JiraJudge()
    found = [
        complaint
        for one in world.endpoint.log
        if one.answer and one.answer.status != 404
        for complaint in judge.check(one.request, one.answer)
        if ": request" in complaint or ": query" in complaint or "has no" in complaint
    ]
    assert found == []
    assert judge.checked > 25
