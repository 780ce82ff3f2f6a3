"""The main job on the imitated services, in good weather."""

import csv
import json
import math

import pytest

from flows.world import FIELDS, JIRA, PANEL, World, adf
from productops.connectors.jira.adf.write import to_adf
from productops.errors import (
    AccessError,
    GuardError,
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
