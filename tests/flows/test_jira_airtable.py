"""The main job on the imitated services, in good weather and on the input that people really bring."""

import csv
import json
import math

import pytest

from flows.world import FIELDS, JIRA, PANEL, World, adf
from productops.connectors.jira.adf.write import to_adf
from productops.errors import (
    AccessError,
    AuthError,
    ConfigError,
    GuardError,
    IncompleteListingError,
    MappingError,
    ProductOpsError,
    RateLimitedError,
)
from productops.sync.plan import Plan
from shared import shared


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def test_the_main_job(world):
    """Create, come to rest, carry edits both ways, keep a conflict, settle it, come to rest."""
    keys = [
        world.issue(f"Idea {n}", {"description": adf(f"About **{n}**", "and more"), "duedate": "2026-03-31"})
        for n in range(23)
    ]
    world.later()
    sync = world.sync()
    plan = sync.plan()
    assert plan.summary() == "Create 23 in Roadmap."
    report = sync.apply(plan)
    assert (report.created["right"], report.problems) == (23, [])
    rows = world.rows()
    assert len(rows) == 23
    assert rows["Idea 3"]["fields"]["Target date"] == "2026-03-31"
    assert rows["Idea 3"]["fields"]["Stage"] == "Inbox"
    assert "About" in rows["Idea 3"]["fields"]["Notes"]
    world.later()
    assert not sync.plan()

    world.edit_issue(keys[0], summary="Idea zero")
    world.hand.edit(rows["Idea 1"]["id"], {"Stage": "Building", "Notes": "Now *this*\n"})
    world.edit_issue(keys[2], summary="Jira's name")
    world.hand.edit(rows["Idea 2"]["id"], {"Name": "Airtable's name"})
    world.later()
    plan = sync.plan()
    assert len(plan.conflicts) == 1
    sync.apply(plan)
    assert "Idea zero" in world.rows()
    assert world.shown(keys[1])["status"]["name"] == "In Progress"
    assert world.shown(keys[1])["description"]["content"][0]["content"][1]["marks"] == [{"type": "em"}]
    world.later()
    plan = sync.plan()
    assert not plan
    assert len(plan.conflicts) == 1
    sync.resolve(plan.conflicts[0], "right")
    sync.apply(sync.plan())
    assert world.shown(keys[2])["summary"] == "Airtable's name"
    assert [conflict.left for conflict in sync.conflicts(closed=True)] == ["Jira's name"]
    world.later()
    plan = sync.plan()
    assert not plan
    assert not plan.conflicts


def test_moving_inside_a_group_of_options_is_no_change(world):
    key = world.issue("Idea")
    world.later()
    sync = world.sync()
    sync.run()
    for status in ("In Progress", "In Review", "QA"):
        world.site.transition(key, status, at=world.clock.now())
        world.later()
        plan = sync.plan()
        if status == "In Progress":
            assert plan.counts == {"update_right": 1}
            sync.apply(plan)
            world.hand.edit(world.rows()["Idea"]["id"], {"Name": "Idea, renamed"})  # must not move the status back
        else:
            sync.apply(plan)
            assert "update_right" not in plan.counts
            assert not plan.conflicts
    assert world.shown(key)["status"]["name"] == "QA"
    assert world.shown(key)["summary"] == "Idea, renamed"


def test_a_row_made_in_airtable_becomes_an_issue_with_its_status(world):
    world.issue("First")
    world.later()
    sync = world.sync()
    sync.run()
    world.hand.add(
        {"Name": "From the table", "Stage": "Shipped", "Notes": "- one\n- two\n", "Target date": "2026-05-01"}
    )
    world.later()
    report = sync.run()
    assert report.problems == []
    made = next(issue for issue in world.site.issues("PROD") if world.shown(issue.key)["summary"] == "From the table")
    assert world.shown(made.key)["status"]["name"] == "Done"
    assert world.shown(made.key)["duedate"] == "2026-05-01"
    world.later()
    assert not sync.plan()
    assert len(world.site.issues("PROD")) == len(world.rows()) == 2


@pytest.mark.parametrize("records", [0, 1, 99, 100, 101, 250])
def test_requests_of_a_first_sync_are_close_to_the_least_possible(world, records):
    for number in range(records):
        world.issue(f"Idea {number}")
    world.later()
    world.sync().run()
    least = math.ceil(records / 100) + 1 + math.ceil(records / 10)
    assert world.total() <= 1.02 * least + 20
    assert world.sent("airtable", "PATCH") == math.ceil(records / 10)
    assert len(world.hand.records()) == records


@pytest.mark.parametrize("name", ["usergrid", "springxd"])
def test_real_issues(tmp_path, name):
    """Real titles and descriptions arrive, the requests are near the minimum, and a second plan writes nothing."""
    world = World(tmp_path)
    with shared(f"data/jira-issues/{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    from productops.connectors.jira.adf import to_adf

    for row in rows:
        text = row["description"].strip()[:30_000]
        world.issue(
            " ".join(row["title"].split())[:255] or row["issuekey"], {"description": to_adf(text) if text else None}
        )
    world.later()
    sync = world.sync()
    before = world.total()
    report = sync.run()
    least = math.ceil(len(rows) / 100) + 1 + math.ceil(len(rows) / 10)
    assert report.created["right"] == len(rows) == len(world.hand.records())
    assert world.total() - before <= 1.02 * least + 20
    world.later()
    before = world.total()
    plan = sync.plan()
    assert not plan, str(plan)[:2000]
    assert world.total() - before <= 12, "once the overlap has passed, only changes are read"


# --- lost answers


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


def test_two_projects_feed_one_table_and_never_touch_each_others_rows(world):
    for number in range(3):
        world.issue(f"Product {number}")
        world.issue(f"Operations {number}", project="OPS")
    world.later()
    syncs = [world.sync("product", project="PROD"), world.sync("operations", project="OPS")]
    for _ in range(3):
        for sync in syncs:
            sync.run()
            world.later()
    assert len(world.hand.records()) == 6
    assert len(world.site.issues("PROD")) == len(world.site.issues("OPS")) == 3
    world.hand.edit(world.rows()["Product 1"]["id"], {"Name": "Product one"})
    world.hand.add({"Name": "Whoever comes first"})
    world.hand.remove(world.rows()["Operations 2"]["id"])
    world.later()
    for sync in syncs:
        sync.run(full=True)
        world.later()
    assert len(world.site.issues("PROD")) == 4
    assert len(world.site.issues("OPS")) == 3


def test_two_filled_sides_are_not_poured_into_each_other(world):
    for number in range(5):
        world.issue(f"Idea {number}", {"duedate": "2026-02-01"})
        world.hand.add({"Name": f"Idea {number}", "Target date": "2026-02-02"} if number else {"Name": "Only here"})
    world.later()
    sync = world.sync()
    plan = sync.plan()
    assert plan.blocked
    with pytest.raises(GuardError, match="adopt"):
        sync.apply(plan)
    assert len(world.hand.records()) == 5
    plan = sync.adopt(prefer="left", match="title")
    report = sync.apply(plan)
    assert report.linked == 4
    assert (report.created["left"], report.created["right"]) == (1, 1)
    assert {row["fields"].get("Target date") for name, row in world.rows().items() if name != "Only here"} == {
        "2026-02-01"
    }
    assert [conflict.right for conflict in sync.conflicts(closed=True) if conflict.field == "due"] == ["2026-02-02"] * 4
    world.later()
    sync.run()  # Jira gave the new issue its first status, which the table gets too
    assert world.rows()["Only here"]["fields"]["Stage"] == "Inbox"
    world.later()
    plan = sync.plan()
    assert not plan, str(plan)


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


def test_people_find_each_other_by_email_and_the_rest_is_listed(world):
    for name, who in (("One", "tomas@example.com"), ("Two", "ines@example.com")):
        account = world.site.user(who).account_id
        world.issue(name, {"assignee": {"accountId": account}})
    world.later()
    sync = world.sync()
    plan = sync.plan()
    report = sync.apply(plan)
    owners = {name: row["fields"].get("Owner", {}).get("email") for name, row in world.rows().items()}
    assert owners == {"One": "tomas@example.com", "Two": None}
    assert any("Owner" in problem for problem in report.problems)
    world.later()
    plan = sync.plan()
    assert not plan.writes, "what was refused is not sent again"
    assert any("Owner" in problem for problem in plan.problems)


def test_an_edit_beside_a_panel_leaves_the_panel_alone(world):
    document = {**PANEL, "content": [*PANEL["content"], *to_adf("Old words.\n\nThe end.")["content"]]}
    key = world.issue("Idea", {"description": document})
    world.later()
    sync = world.sync()
    sync.run()
    row = world.rows()["Idea"]
    assert "Mind the gap" in row["fields"]["Notes"]
    world.hand.edit(row["id"], {"Notes": row["fields"]["Notes"].replace("Old", "New"), "Name": "New name"})
    world.later()
    sync.run()
    shown = world.shown(key)
    assert shown["summary"] == "New name"
    assert shown["description"]["content"][0] == PANEL["content"][0]
    assert shown["description"]["content"][1:] == to_adf("New words.\n\nThe end.")["content"]
    world.later()
    assert not sync.plan()


def test_what_is_hidden_survives_a_text_that_was_replaced_and_shows_again(world):
    media = {"type": "media", "attrs": {"type": "file", "id": "m1", "collection": "c", "alt": "plan.png"}}
    picture = {"type": "mediaSingle", "attrs": {"layout": "center"}, "content": [media]}
    old = to_adf("Old words.")["content"]
    key = world.issue("Idea", {"description": {"type": "doc", "version": 1, "content": [*old, picture]}})
    world.later()
    sync = world.sync()
    plan = sync.plan()
    assert plan.losses == {"description in Roadmap": {"media": 1, "placeholders (shown as text)": 1}}
    sync.apply(plan)
    row = world.rows()["Idea"]
    line = row["fields"]["Notes"].strip().split("\n\n")[1]
    assert line.startswith("⟦attachment: plan.png · ")
    world.hand.edit(row["id"], {"Notes": "All new."})
    for _ in range(2):
        world.later()
        sync.run()
    assert world.shown(key)["description"]["content"] == [*to_adf("All new.")["content"], picture]
    assert world.rows()["Idea"]["fields"]["Notes"].strip() == f"All new.\n\n{line}"
    world.later()
    assert not sync.plan()
    world.hand.edit(row["id"], {"Notes": "All new."})
    world.later()
    sync.run()
    assert world.shown(key)["description"]["content"] == to_adf("All new.")["content"], "that is what the person meant"
    world.later()
    assert not sync.plan()


def test_an_unchanged_description_is_never_rewritten(world):
    odd = {
        "type": "doc",
        "version": 1,
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": "  spaced  out  "}]}],
    }
    key = world.issue("Idea", {"description": odd})
    world.later()
    sync = world.sync()
    sync.run()
    world.hand.edit(world.rows()["Idea"]["id"], {"Name": "New name"})
    world.later()
    sync.run()
    assert world.shown(key)["description"] == odd


# --- bad input


def test_a_wrong_token_is_named_and_nothing_is_lost(world):
    from productops.connectors.jira import Jira
    from productops.testing.sandbox.plugs import RequestsPlug

    world.jira = Jira(
        "http://localhost",
        email="mira@example.com",
        token="wrong",
        transport=RequestsPlug(world.at["jira"]),
        clock=world.clock,
    )
    with pytest.raises(AuthError) as caught:
        world.sync().plan()
    assert "token" in str(caught.value)
    assert "wrong" not in str(caught.value).split()
    assert world.hand.records() == []


def test_an_unknown_project_names_those_that_exist(world):
    with pytest.raises(ConfigError, match="PROD"):
        world.sync(project="NOPE").plan()


def test_an_unknown_field_names_near_ones(world):
    with pytest.raises(ConfigError, match="Name"):
        world.sync(right={"title": "Nmae"}).plan()


def test_an_option_that_does_not_exist_is_an_error_before_the_first_write(world):
    from productops import choice

    world.issue("Idea")
    world.later()
    with pytest.raises(MappingError, match="Inbox"):
        world.sync(right={"status": choice("Stage", idea="Backlog", doing="Building", done="Shipped")}).plan()
    assert world.sent("airtable", "PATCH") == 0


def test_a_missing_key_field_is_an_error_before_the_first_write(world):
    world.issue("Idea")
    world.later()
    sync = world.sync(table=world.airtable.table("Work", "Roadmap", key="Sync keys"))
    with pytest.raises(ConfigError, match="Sync key"):
        sync.plan()
    assert world.hand.records() == []
    assert world.sent("airtable", "PATCH") == 0


def test_titles_and_texts_that_jira_refuses_stay_behind_and_the_rest_continues(world):
    world.issue("First")
    world.later()
    sync = world.sync()
    sync.run()
    world.hand.add({"Name": "x" * 256})
    world.hand.add({"Name": "Too much", "Notes": "y" * 40_000})
    world.hand.add({"Name": "Fine", "Stage": "Inbox"})
    world.later()
    plan = sync.plan()
    report = sync.apply(plan)
    told = " ".join(plan.problems + report.problems)
    assert "255" in told
    assert "32,767" in told
    assert sorted(world.shown(issue.key)["summary"] for issue in world.site.issues("PROD")) == ["Fine", "First"]
    world.later()
    again = sync.plan()
    assert not again.writes, str(again)
    assert len(again.problems) == 2


def test_a_required_screen_field_is_named_before_anything_is_sent(tmp_path):
    jira = {
        "fields": [{"name": "Component owner", "type": "text"}],
        "projects": [{"key": "PROD", "types": [{"name": "Story", "required": ["Component owner"]}]}],
    }
    world = World(tmp_path, jira=jira)
    world.hand.add({"Name": "New"})
    world.later()
    sync = world.sync()
    plan = sync.plan()
    assert not plan.writes
    assert any("Component owner" in problem for problem in plan.problems), plan.problems
    sync.apply(plan)
    assert world.site.issues("PROD") == []


def test_a_renamed_field_goes_on_with_a_line_in_the_drift_report(world):
    key = world.issue("Idea")
    world.later()
    sync = world.sync()
    sync.run()
    world.hand.rename_field("Notes", "Remarks")
    world.hand.rename_option("Stage", "Building", "In the works")
    world.site.transition(key, "QA", at=world.clock.now())
    world.later()
    plan = sync.plan()
    assert any("Remarks" in line for line in plan.drift), plan.drift
    assert any("In the works" in line for line in plan.drift), plan.drift
    sync.apply(plan)
    assert world.rows()["Idea"]["fields"]["Stage"] == "In the works"


def test_a_removed_field_pauses_its_mapping_and_clears_nothing(world):
    key = world.issue("Idea", {"duedate": "2026-03-31"})
    world.later()
    sync = world.sync()
    sync.run()
    world.hand.delete_field("Target date")
    world.edit_issue(key, summary="Idea, still synced")
    world.later()
    plan = sync.plan()
    assert any("removed" in line for line in plan.drift), plan.drift
    sync.apply(plan)
    assert world.shown(key)["duedate"] == "2026-03-31"
    assert "Idea, still synced" in world.rows()


def test_two_rows_of_the_same_key_are_reported_and_left_alone(world):
    world.issue("Idea")
    world.issue("Other")
    world.later()
    sync = world.sync()
    sync.run()
    row = world.rows()["Idea"]
    world.hand.add({"Name": "A copy", "Sync key": row["fields"]["Sync key"]})
    world.later()
    plan = sync.plan()
    assert not plan.writes
    assert any("A copy" in problem for problem in plan.problems), plan.problems
    assert len(world.site.issues("PROD")) == 2


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


def test_a_saved_plan_does_what_it_says(world):
    world.issue("Idea")
    world.later()
    sync = world.sync()
    path = world.home / "plan.json"
    sync.plan().to_json(path)
    report = sync.apply(Plan.from_json(path))
    assert report.created["right"] == 1
    assert json.loads(path.read_text())["summary"] == "Create 1 in Roadmap."


def test_no_secret_in_state_plan_or_report(world):
    world.issue("Idea")
    world.later()
    sync = world.sync()
    plan = sync.plan()
    text = plan.to_json() + repr(sync.apply(plan).to_dict()) + repr(sync) + repr(world.jira) + repr(world.airtable)
    data = b"".join(path.read_bytes() for path in world.home.iterdir())
    for secret in ("mira-token", "patSandbox"):
        assert secret not in text
        assert secret.encode() not in data


_ = (AccessError, FIELDS, JIRA)
