"""The demo's counts can be wrong: each one moves when what it counts happens."""

from datetime import timedelta

import pytest
import requests

from productops.cli.tally import Edit, Tally, letters
from productops.connectors.jira.search import MARKER
from productops.sync.plan import Conflict
from productops.testing.sandbox import Sandbox


@pytest.fixture
def sandbox():
    with Sandbox(limits=100) as running:
        yield running


@pytest.fixture
def tally(sandbox):
    """One thing, on both sides, made by hand in Jira."""
    found = Tally(sandbox)
    issue = sandbox.jira.service.add("PROD", "Story", "Ferry", {"Story Points": 3}, at=sandbox.clock.now())
    found.by_hand["left"].add(str(issue.id))
    rows(sandbox).add({"Name": "Ferry", "Stage": "Inbox", "Points": 3, "Sync key": "m1"})
    return found


def rows(sandbox):
    return sandbox.airtable.service.base("Product").table("Roadmap")


def row(sandbox) -> str:
    return rows(sandbox).records()[0]["id"]


def test_calm(tally):
    assert (tally.created("left"), tally.created("right")) == (0, 1)
    assert (tally.duplicates(), tally.differences(), tally.writes(), tally.dropped()) == (0, 0, 0, 0)


def test_a_twin_is_seen_by_its_marker_and_without_one(tally, sandbox):
    rows(sandbox).add({"Name": "Ferry", "Sync key": "m1"})
    assert (tally.duplicates(), tally.created("right")) == (1, 2)
    rows(sandbox).add({"Name": "Ferry"})
    assert tally.duplicates() == 2
    one, two = (sandbox.jira.service.add("PROD", "Story", "Ferry", at=sandbox.clock.now()) for _ in range(2))
    one.properties.update({MARKER: {"m": "m9"}})
    two.properties.update({MARKER: {"m": "m9"}})
    assert tally.duplicates() == 4


@pytest.mark.parametrize("field", [{"Name": "Fairy"}, {"Notes": "New"}, {"Stage": "Shipped"}, {"Points": 4}])
def test_a_difference_in_any_field(field, tally, sandbox):
    rows(sandbox).edit(row(sandbox), field)
    assert tally.differences() == 1


def test_an_edit_that_is_nowhere_is_lost(tally, sandbox):
    tally.edits.append(Edit("right", row(sandbox), "due", "2027-01-01", sandbox.clock.now(), "Target date"))
    assert tally.lost_updates([]) == 1
    assert tally.lost_updates([Conflict("c", "l", "due", "value", right="2027-01-02")]) == 1
    assert tally.lost_updates([Conflict("c", "l", "due", "value", right="2027-01-01")]) == 0
    rows(sandbox).edit(row(sandbox), {"Target date": "2027-01-01"})
    assert tally.lost_updates([]) == 1  # one side is not both
    sandbox.jira.service.edit("PROD-1", {"duedate": "2027-01-01"}, at=sandbox.clock.now())
    assert tally.lost_updates([]) == 0


def write_row(sandbox, read_first: bool) -> None:
    url, headers = f"{sandbox.airtable.url}/v0/appProductopsDemo/Roadmap", {"Authorization": "Bearer patSandbox"}
    if read_first:
        assert row(sandbox) in requests.get(url, headers=headers, timeout=5).text
    column = rows(sandbox).field_id("Target date")
    body = {"records": [{"id": row(sandbox), "fields": {column: "2027-02-02"}}]}
    assert requests.patch(url, json=body, headers=headers, timeout=5).ok


@pytest.mark.parametrize(("read_first", "count"), [(False, 1), (True, 0)])
def test_a_write_over_an_edit_nobody_read(read_first, count, tally, sandbox):
    before = sandbox.clock.now() - timedelta(milliseconds=1)
    column = rows(sandbox).field_id("Target date")
    tally.edits.append(Edit("right", row(sandbox), "due", "2027-01-01", before, column))
    write_row(sandbox, read_first)
    assert (tally.gap_edits(), tally.writes()) == (count, 1)


@pytest.mark.parametrize(("read_first", "count"), [(False, 1), (True, 0)])
def test_a_write_over_an_edit_in_jira(read_first, count, tally, sandbox):
    before = sandbox.clock.now() - timedelta(milliseconds=1)
    number = str(sandbox.jira.service.issue("PROD-1").id)
    tally.edits.append(Edit("left", number, "title", "Mine", before, "summary"))
    url, auth = f"{sandbox.jira.url}/rest/api/3/issue/{number}", ("mira@example.com", "mira-token")
    if read_first:
        requests.get(url, auth=auth, timeout=5)
    assert requests.put(url, json={"fields": {"summary": "Yours"}}, auth=auth, timeout=5).ok
    assert tally.gap_edits() == count


def test_letters_of_both_kinds_of_text():
    node = {"type": "doc", "content": [{"content": [{"text": "Ask "}, {"text": "Zoë", "marks": []}]}]}
    assert letters(node) == letters("Ask **Zoë**\n") == "AskZoë"
