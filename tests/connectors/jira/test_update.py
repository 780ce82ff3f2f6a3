"""Changing, deleting, finding: only what is named, errors with their patches, ways to a status."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from jira_world import START, World, draft, option, record
from judges.openapi import JiraJudge
from productops.connectors.jira.adf.write import to_adf
from productops.errors import (
    AuthError,
    GoneError,
    RejectedError,
    StaleError,
    UnknownOutcomeError,
)
from productops.sdk import Patch, Record, fingerprint

Make = Callable[..., World]


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


def test_a_text_is_laid_over_the_document_that_is_there(world: World) -> None:
    panel = {"type": "panel", "attrs": {"panelType": "info"}, "content": to_adf("Mind the gap.")["content"]}
    id_ = world.add("Idea", {"description": {**to_adf("Old."), "content": [panel, *to_adf("Old.")["content"]]}})
    issues = world.issues()
    issues.schema()
    world.sent()
    found = record(issues.update([Patch(id_, {"description": "> Mind the gap.\n\nNew."})])[0])
    assert [method for method, _ in world.sent()] == ["POST", "PUT", "POST"]
    assert found.fields["description"].kept == ("panels",)
    assert found.fields["description"].markdown == "> Mind the gap.\n\nNew."
    same = issues.update([Patch(id_, {"description": "> Mind the gap.\n\nNew.\n"})])[0]
    assert record(same).fields["description"].kept == ("panels",)
    assert [method for method, _ in world.sent()] == ["POST", "POST"], "what says the same already is not written"


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
        return (
            type(answer).of({"errorMessages": ["conflict"], "errors": {}}, 409) if request.method == "PUT" else answer
        )

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


def test_an_issue_that_somebody_moved_meanwhile_is_stale(either: World) -> None:
    id_ = either.add()
    issues = either.issues()
    working = option(issues, "status", "In Progress")
    key, handle = either.site.issue(id_).key, either.site.handle

    def move(request: Any, now: Any) -> Any:
        if request.method == "POST" and request.path.endswith("transitions"):
            either.site.handle = handle  # type: ignore[method-assign]
            either.site.transition(key, "Done", at=now)
        return handle(request, now)

    either.site.handle = move  # type: ignore[method-assign]
    found = issues.update([Patch(id_, {"status": working})])[0]
    assert isinstance(found, StaleError)
    assert issues.get([id_], ["status"])[id_].fields["status"].name == "Done"


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


@pytest.mark.parametrize("moved", [True, False])
def test_a_text_that_somebody_touched_since_it_was_read_is_left_alone(world: World, moved: bool) -> None:
    panel = {"type": "panel", "attrs": {"panelType": "info"}, "content": to_adf("For people.")["content"]}
    id_ = world.add("Idea", {"description": to_adf("Old.")})
    issues = world.issues()
    seen = {"description": fingerprint(issues.get([id_])[id_].fields["description"])}
    if moved:  # by somebody, while our write waits for its turn
        now = {**to_adf("Old."), "content": [panel, *to_adf("Old.")["content"]]}
        world.site.edit(world.show(id_)["key"], {"description": now}, at=world.clock.now())
    (outcome,) = issues.update([Patch(id_, {"description": "New.", "summary": "Renamed"}, seen=seen)])
    assert isinstance(outcome, StaleError if moved else Record)
    found = issues.get([id_])[id_].fields
    assert found["summary"] == ("Idea" if moved else "Renamed")
    assert ("For people." in found["description"].markdown) == moved
