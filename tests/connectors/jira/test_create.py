"""Creating: one outcome for each draft, nothing sent twice, the status that was really reached."""

import logging
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from jira_world import START, World, draft, option, record
from productops.errors import (
    AccessError,
    RateLimitedError,
    RejectedError,
    UnknownOutcomeError,
)
from productops.sdk import Draft, Record, RichText

Make = Callable[..., World]


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


LOST = ["drop_after_commit", "drop_before_commit", "bad_gateway_after", "malformed", "truncated", "error_500"]


@pytest.mark.parametrize("fault", LOST)
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


def test_a_project_that_the_account_may_not_see_any_more_is_no_fault_of_the_record(world: World) -> None:
    """The next run asks again; what is a record's own fault rests until the record changes."""
    issues = world.issues()
    issues.schema()
    world.site.site.project("PROD").members = frozenset()
    error = issues.create([draft("Dark mode", "m1")])[0]
    assert isinstance(error, AccessError)
    assert "administrator" in str(error)
    assert "valid project" in str(error)
