"""How many requests a pass takes, and what is asked before anything is written."""

from datetime import timedelta

import pytest

from flows.world import World
from productops.connectors.airtable import Airtable
from productops.connectors.jira import Jira
from productops.testing.sandbox.airtable import STANDARD_TOKEN
from productops.testing.sandbox.plugs import RequestsPlug


class Office(World):
    def fresh(self, **options):
        """The sync as a new process makes it, which knows nothing but the state."""
        self.jira = Jira(
            "http://localhost", email="mira@example.com", token="mira-token",
            transport=RequestsPlug(self.at["jira"]), clock=self.clock, rate=None,
        )  # fmt: skip
        self.airtable = Airtable(
            STANDARD_TOKEN, url="http://localhost", transport=RequestsPlug(self.at["airtable"]), clock=self.clock
        )
        return self.sync(**options)

    def cost(self, go):
        before = self.total()
        go()
        return self.total() - before


@pytest.fixture
def office(tmp_path):
    office = Office(tmp_path)
    office.keys = [office.issue(f"Idea {number}", {"duedate": "2026-03-31"}) for number in range(3)]
    office.later()
    office.fresh().run()
    office.later(minutes=15)
    office.fresh().run()
    office.later(minutes=15)
    return office


def test_a_pass_in_which_nothing_changed_takes_two_requests_also_in_a_new_process(office):
    assert office.cost(lambda: office.fresh().run()) == 2
    sync = office.fresh()
    assert office.cost(lambda: sync.run()) == 2
    assert office.cost(lambda: sync.run()) == 2


def test_the_services_are_asked_about_themselves_once_an_hour(office):
    costs = []
    for _ in range(9):
        costs.append(office.cost(lambda: office.fresh().run()))
        office.later(minutes=15)
    assert len([cost for cost in costs if cost > 2]) == 2
    assert office.cost(lambda: office.fresh(check_every=timedelta(0)).plan()) > 2
    assert office.cost(lambda: office.fresh().plan(full=True)) > 2


def test_before_a_write_the_services_are_asked_however_recently_they_were(office):
    office.edit_issue(office.keys[0], summary="Another name")
    office.later(minutes=1)
    before = office.sent("airtable", "GET", ".*/meta/.*"), office.sent("jira", "GET", ".*/field")
    office.fresh().run()
    assert (office.sent("airtable", "GET", ".*/meta/.*"), office.sent("jira", "GET", ".*/field")) > before
    assert "Another name" in office.rows()


def test_a_field_that_became_another_type_a_minute_ago_is_not_written(office):
    office.hand.delete_field("Target date")
    office.edit_issue(office.keys[0], summary="Another name", duedate="2026-05-01")
    office.later(minutes=1)
    sync = office.fresh()
    plan = sync.plan()
    assert any("removed" in line for line in plan.drift)
    sync.apply(plan)
    assert "Another name" in office.rows()
    assert not sync.plan()


def test_an_option_that_was_renamed_a_minute_ago_is_still_the_same_option(office):
    office.hand.rename_option("Stage", "Inbox", "Ideas")
    row = office.rows()["Idea 1"]["id"]
    office.hand.edit(row, {"Name": "Better name"})
    office.later(minutes=1)
    plan = office.fresh().plan()
    assert any("is now called 'Ideas'" in line for line in plan.drift)
    assert [change.writes[0].fields for change in plan.changes if change.writes] == [{"title": "Better name"}]
    assert plan.problems == []


def test_what_was_read_before_the_services_were_asked_is_read_again(office):
    """An option that nobody knew when the row was read."""

    office.hand.rename_option("Stage", "Building", "In the making")
    row = office.rows()["Idea 2"]["id"]
    office.hand.edit(row, {"Stage": "In the making"})
    office.later(minutes=1)
    sync = office.fresh()
    plan = sync.plan()
    assert [change.writes[0].fields for change in plan.changes if change.writes] == [{"status": "doing"}]
    sync.apply(plan)
    office.later()
    assert office.shown(office.keys[2])["status"]["name"] == "In Progress"
    assert not office.fresh().plan()


def test_a_creation_that_got_no_answer_is_looked_for_by_somebody_who_was_asked(office):
    office.issue("New idea")
    office.later()
    office.at["airtable"].faults.add("PATCH", r"/v0/.*", "drop_after_commit")
    office.fresh().run()
    office.later(minutes=1)
    assert office.cost(lambda: office.fresh().run()) > 2
    assert len([name for name in office.rows() if name == "New idea"]) == 1


def test_nothing_personal_is_remembered_of_an_account(office):
    state = office.fresh().state
    told = "".join(state.fact(f"{side} told of itself") for side in ("left", "right"))
    assert "mira-token" not in told
    assert "mira@example.com" not in told
    assert "Mira" not in told


def test_somebody_who_was_invited_a_minute_ago_is_looked_up_when_a_value_waits_for_them(office):
    """The table's own people are known by their e-mails; Jira hides them from records and tells them when asked."""
    before = office.sent("jira", "GET", ".*/user/assignable/search.*")
    row = office.rows()["Idea 1"]["id"]
    office.hand.edit(row, {"Owner": {"email": "tomas@example.com"}})
    office.later(minutes=1)
    office.fresh().run()
    assert office.sent("jira", "GET", ".*/user/assignable/search.*") > before
