"""The main job in bad weather: lost answers, half pages, refusals, a lost state, deletions."""

import pytest

from flows.world import World
from productops.errors import (
    GuardError,
    IncompleteListingError,
    ProductOpsError,
    RateLimitedError,
)


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


@pytest.mark.parametrize(
    "fault", ["drop_after_commit", "drop_before_commit", "late_commit", "bad_gateway_after", "truncated"]
)
def test_a_lost_answer_from_airtable_leaves_exactly_one_row(world, fault):
    for number in range(12):
        world.issue(f"Idea {number}")
    world.later()
    sync = world.sync()
    world.at["airtable"].faults.add("PATCH", r"/v0/.*", fault)
    report = sync.run()
    assert report.uncertain == 10
    for _ in range(4):
        world.later()
        sync.run()
    assert sorted(world.rows()) == sorted(f"Idea {number}" for number in range(12))
    assert len(world.hand.records()) == 12
    plan = sync.plan()
    assert not plan
    assert not plan.conflicts


@pytest.mark.parametrize(
    "fault", ["drop_after_commit", "drop_before_commit", "late_commit", "bad_gateway_after", "truncated"]
)
def test_a_lost_answer_from_jira_leaves_exactly_one_issue(world, fault):
    world.issue("First")
    world.later()
    sync = world.sync()
    sync.run()
    for number in range(3):
        world.hand.add({"Name": f"Row {number}", "Stage": "Building"})
    world.later()
    world.at["jira"].faults.add("POST", r".*/issue/bulk", fault)
    report = sync.run()
    assert report.uncertain == 3
    for _ in range(4):
        world.later()
        sync.run()
    assert sorted(world.shown(issue.key)["summary"] for issue in world.site.issues("PROD")) == [
        "First",
        "Row 0",
        "Row 1",
        "Row 2",
    ]
    world.later()
    plan = sync.plan()
    assert not plan, str(plan)


def test_an_issue_that_was_moved_before_anybody_knew_of_it_is_found(world):
    world.issue("First")
    world.later()
    world.sync().run()
    world.hand.add({"Name": "Row", "Stage": "Inbox"})
    world.later()
    world.at["jira"].faults.add("POST", r".*/issue/bulk", "drop_after_commit")
    world.sync().run()
    (made,) = (issue for issue in world.site.issues() if issue.summary == "Row")
    world.site.move(made.key, "OPS", at=world.clock.now())
    for _ in range(4):
        world.later()
        world.sync().run()
    assert [issue.summary for issue in world.site.issues()] == ["First", "Row"]


def test_an_edit_made_while_the_answer_was_lost_survives(world):
    key = world.issue("Idea")
    world.later()
    sync = world.sync()
    world.at["airtable"].faults.add("PATCH", r"/v0/.*", "drop_after_commit")
    sync.run()
    row = world.rows()["Idea"]
    world.hand.edit(row["id"], {"Name": "Better idea"})
    for _ in range(3):
        world.later()
        sync.run()
    assert world.shown(key)["summary"] == "Better idea"
    assert len(world.hand.records()) == 1


# --- two syncs, two sides with data


def test_a_lost_state_file_finds_every_pair_again_by_its_marker(world):
    for number in range(4):
        world.issue(f"Idea {number}")
    world.later()
    world.sync().run()
    world.hand.add({"Name": "From the table", "Stage": "Inbox"})
    world.later()
    world.sync().run()
    world.later()
    fresh = world.sync(state=world.home / "other.db")
    plan = fresh.adopt()
    assert plan.counts.get("link") == 5, str(plan)
    assert not plan.writes
    fresh.apply(plan)
    world.later()
    assert not fresh.plan()


# --- people and formatted text


def test_html_instead_of_json_is_said_to_be_html(world):
    world.issue("Idea")
    world.later()
    world.at["jira"].faults.add("POST", r".*/search/jql", "login_page", times=None)
    with pytest.raises(ProductOpsError, match=r"(?i)html|web page"):
        world.sync().plan()


def test_a_page_that_repeats_its_token_is_no_complete_listing(world):
    for number in range(230):
        world.hand.add({"Name": f"Row {number}"})
    world.later()
    world.at["airtable"].faults.add("GET", r"/v0/app.*", "repeated_token", times=None)
    with pytest.raises(IncompleteListingError):
        world.sync().plan()


def test_a_429_is_waited_out_as_told(world):
    world.issue("Idea")
    world.later()
    world.at["jira"].faults.add("POST", r".*/search/jql", "rate_limited", retry_after=30)
    before = world.clock.now()
    report = world.sync().run()
    assert report.created["right"] == 1
    assert (world.clock.now() - before).total_seconds() >= 30


def test_a_lasting_429_ends_with_a_clear_error(world):
    world.at["jira"].faults.add("POST", r".*/search/jql", "rate_limited", retry_after=30, times=None)
    with pytest.raises(RateLimitedError):
        world.sync().plan()


def test_a_record_deleted_between_plan_and_apply(world):
    keys = [world.issue(f"Idea {number}") for number in range(3)]
    world.later()
    sync = world.sync()
    sync.run()
    rows = world.rows()
    for key in keys:
        world.edit_issue(key, summary=f"{key} renamed")
    world.later()
    plan = sync.plan()
    world.hand.remove(rows["Idea 1"]["id"])
    world.hand.edit(rows["Idea 2"]["id"], {"Name": "Edited meanwhile"})
    report = sync.apply(plan)
    assert report.updated["right"] == 1
    assert len(report.skipped) == 2
    assert sorted(world.rows()) == ["Edited meanwhile", "PROD-1 renamed"]
    world.later()
    assert [conflict.field for conflict in sync.plan().conflicts] == ["title"]


def test_deletions_need_proof_and_pass_the_guard(world):
    keys = [world.issue(f"Idea {number}") for number in range(30)]
    world.later()
    sync = world.sync()
    sync.run()
    world.site.remove(keys[0], at=world.clock.now())
    for _ in range(3):
        world.later(hours=25)
        sync.run(full=True)
    assert len(world.hand.records()) == 29
    for key in keys[1:11]:
        world.site.remove(key, at=world.clock.now())
    world.later(hours=25)
    with pytest.raises(GuardError, match="10 are missing at once"):
        sync.run(full=True)
    world.later(hours=25)
    sync.run(full=True)
    world.later(hours=25)
    plan = sync.plan(full=True)
    assert plan.counts["delete_right"] == 10
    with pytest.raises(GuardError, match="limit"):
        sync.apply(plan)
    assert len(world.hand.records()) == 29
    sync.apply(plan, confirm=plan.id)
    assert len(world.hand.records()) == 19
