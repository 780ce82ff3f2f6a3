"""Edits that came between the last look and our own write, found in the changelog."""

from datetime import date

import pytest
from pydantic import BaseModel

from productops import Mapping, Sync, markdown
from productops.connectors import Memory
from productops.connectors.jira.adf.write import to_adf
from productops.sdk import Option, Patch, User

TOMAS = "tomas@example.com"
EDITS = {
    "summary": ("Theirs", "Theirs", "Ours"),
    "duedate": ("2026-05-01", date(2026, 5, 1), date(2026, 6, 1)),
    "labels": (["their", "words"], ["their", "words"], ["ours"]),
    "Reach": (7, 7, 8),
    "Impact": ({"value": "Low"}, Option("", "Low"), Option("", "High")),
    "assignee": (None, "Tomas Reed", None),
}


@pytest.fixture
def edited(world):
    """Return a function: somebody edits a field after our look, and we write it."""

    def edit(name, theirs, ours, *, who=TOMAS):
        issues = world.issues()
        field = issues.schema().field(name)
        record = world.add("A story")
        world.clock.advance(5)
        issues.get([record])
        world.clock.advance(1)
        if name == "assignee":
            (theirs,) = ({"accountId": user.id} for user in issues.people() if user.name == "Tomas Reed")
        world.site.edit(world.show(record)["key"], {name: theirs}, at=world.clock.now(), by=who)
        world.clock.advance(1)
        value = next((one for one in field.options if one.name == ours.name), ours) if name == "Impact" else ours
        patch = Patch(record, {field.id: value})
        (outcome,) = issues.update([patch])
        assert outcome.id == record
        return record, field.id, issues.replaced([patch])

    return edit


@pytest.mark.parametrize("name", EDITS)
def test_what_somebody_wrote_in_the_gap_is_told(edited, name):
    theirs, shown, ours = EDITS[name]
    record, field, found = edited(name, theirs, ours)
    value = found[record][field]
    assert (value.name if isinstance(value, Option | User) else value) == (
        shown.name if isinstance(shown, Option) else shown
    )


def test_an_edit_by_hand_with_the_very_account_of_the_token_is_told_too(edited):
    record, field, found = edited("summary", "Theirs", "Ours", who="mira@example.com")
    assert found == {record: {field: "Theirs"}}


def test_formatted_text_comes_as_its_words(edited):
    record, field, found = edited("description", to_adf("Their words"), "Our words")
    assert found[record][field].markdown == "Their words"


@pytest.mark.parametrize("who", [TOMAS, "mira@example.com"])
def test_what_somebody_wrote_over_our_own_write_is_no_gap(world, who):
    issues, record = world.issues(), world.add("A story")
    issues.get([record])
    world.clock.advance(1)
    patch = Patch(record, {"summary": "Ours"})
    issues.update([patch])
    world.clock.advance(1)
    world.site.edit(world.show(record)["key"], {"summary": "Theirs"}, at=world.clock.now(), by=who)
    assert issues.replaced([patch]) == {}


def test_what_was_there_at_the_look_and_what_came_after_the_write_is_no_gap(world):
    issues, record = world.issues(), world.add("A story")
    key = world.show(record)["key"]
    world.site.edit(key, {"summary": "Before"}, at=world.clock.now(), by=TOMAS)
    world.clock.advance(1)
    issues.get([record])
    patch = Patch(record, {"summary": "Ours"})
    issues.update([patch])
    world.clock.advance(1)
    world.site.edit(key, {"summary": "After"}, at=world.clock.now(), by=TOMAS)
    assert issues.replaced([patch]) == {}
    assert issues.replaced([Patch("10999", {"summary": "x"})]) == {}, "never looked at"


def test_our_own_steps_on_the_way_to_a_status_are_no_gap(world):
    issues, record = world.issues(), world.add("A story")
    for name in ("In Progress", "In Review"):  # other issues show the way
        world.site.transition(world.site.issue(world.show(world.add())["key"]).key, name, at=world.clock.now())
    status = next(one for one in issues.schema().field("status").options if one.name == "QA")
    world.clock.advance(5)
    issues.get([record])
    world.clock.advance(1)
    patch = Patch(record, {"status": status})
    issues.update([patch])
    assert issues.replaced([patch]) == {}


def test_a_status_that_somebody_set_before_ours_is_a_gap(world):
    issues, record = world.issues(), world.add("A story")
    status = {one.name: one for one in issues.schema().field("status").options}
    world.clock.advance(5)
    issues.get([record])
    world.clock.advance(1)
    world.site.transition(world.show(record)["key"], "QA", at=world.clock.now(), by=TOMAS)
    world.clock.advance(1)
    patch = Patch(record, {"status": status["Done"]})
    issues.update([patch])
    assert issues.replaced([patch])[record]["status"].name == "QA"


@pytest.mark.parametrize("who", [TOMAS, "mira@example.com"])
def test_a_write_that_may_not_have_arrived_is_told_by_its_words_only(world, who):
    issues, record = world.issues(), world.add("A story")
    look = world.clock.now()
    world.clock.advance(1)
    for words in ("Theirs", "Ours, almost"):
        world.site.edit(world.show(record)["key"], {"summary": words}, at=world.clock.now(), by=who)
        world.clock.advance(1)
    patch = Patch(record, {"summary": "Ours"})
    assert issues.replaced([patch], {record: look}) == {}
    issues.update([patch])
    assert issues.replaced([patch], {record: look}) == {record: {"summary": "Ours, almost"}}


def test_data_center_tells_nothing(make):
    assert not make("DataCenter").issues().features.history


class Task(BaseModel):
    title: str
    text: str | None = None


@pytest.fixture
def crossed(world, tmp_path):
    """Return a sync, its report, and the issue: somebody typed right before our write left."""
    record = world.add("A story")
    table = Memory(now=world.clock.now).collection("table", {"Name": "text", "Notes": "markdown"})
    sync = Sync(
        "gap",
        left=Mapping(Task, title="summary", text=markdown("description")).on(world.issues()),
        right=Mapping(Task, title="Name", text=markdown("Notes")).on(table),
        state=tmp_path / "state.db",
        clock=world.clock.now,
    )

    def cross():
        sync.run()
        (row,) = table.rows
        world.clock.advance(60)
        table.edit(row, Name="Ours")
        plan = sync.plan()
        put = world.site.handle

        def handle(request, now):
            if request.method == "PUT":
                world.site.handle = put
                world.site.edit(world.show(record)["key"], {"summary": "Theirs"}, at=now, by=TOMAS)
            return put(request, now)

        world.site.handle = handle
        return sync.apply(plan)

    return sync, cross, record


def test_such_an_edit_is_kept_too_when_the_answer_was_lost_and_somebody_typed_over_it(world, crossed):
    sync, cross, record = crossed
    world.faults.add("PUT", ".*", "bad_gateway_after", times=1)
    assert cross().uncertain == 1
    world.clock.advance(5)
    world.site.edit(world.show(record)["key"], {"summary": "Theirs again"}, at=world.clock.now(), by=TOMAS)
    world.clock.advance(600)
    assert sync.run().gap_edits == 1
    kept = [one for one in sync.conflicts(closed=True) if one.kind == "gap edit"]
    assert [(one.left, one.right) for one in kept] == [("Theirs", "Ours")]


def test_a_sync_counts_such_an_edit_and_keeps_it(world, crossed):
    sync, cross, record = crossed
    report = cross()
    assert report.gap_edits == 1
    (kept,) = sync.conflicts(closed=True)
    assert (kept.kind, kept.left, kept.right) == ("gap edit", "Theirs", "Ours")
    assert world.show(record)["fields"]["summary"] == "Ours"


class Step(BaseModel):
    title: str
    status: str | None = None


@pytest.fixture
def on_its_way(world, tmp_path):
    """Return a sync and its issue: on the way from a status to one far off the first step's answer was lost."""
    record = world.add("A story")
    for name in ("In Progress", "In Review"):  # other issues show the way
        world.site.transition(world.site.issue(world.show(world.add("Another"))["key"]).key, name, at=world.clock.now())
    table = Memory(now=world.clock.now).collection("table", {"Name": "text", "Stage": "text"})
    sync = Sync(
        "way",
        left=Mapping(Step, title="summary", status="status").on(world.issues()),
        right=Mapping(Step, title="Name", status="Stage").on(table),
        state=tmp_path / "state.db",
        clock=world.clock.now,
    )
    sync.run()
    row = next(each for each in table.scan() if each.fields["Name"] == "A story")
    world.clock.advance(600)
    table.edit(row.id, Stage="QA")
    world.faults.add("POST", ".*/transitions", "bad_gateway_after", times=1)
    assert sync.run().uncertain == 1
    assert status(world, record) not in ("To Do", "QA")
    return sync, record, row.id


def status(world, record):
    return world.show(record)["fields"]["status"]["name"]


def test_where_our_own_steps_to_a_status_ended_is_nobodys_edit(world, on_its_way):
    sync, record, _ = on_its_way
    world.clock.advance(600)
    assert sync.run().conflicts == 0
    assert status(world, record) == "QA"


def test_a_status_that_was_taken_back_meanwhile_is_taken_back_there_too(world, on_its_way):
    sync, record, row = on_its_way
    sync.views["right"].collection.edit(row, Stage="To Do")
    world.clock.advance(600)
    assert sync.run().conflicts == 0
    assert status(world, record) == "To Do"


def test_a_status_that_somebody_set_after_our_own_steps_ended_is_an_edit(world, on_its_way):
    sync, record, _ = on_its_way
    world.clock.advance(5)
    world.site.transition(world.show(record)["key"], "Done", at=world.clock.now(), by=TOMAS)
    world.clock.advance(600)
    assert sync.run().conflicts == 1
    assert status(world, record) == "Done"


def test_who_may_not_read_the_history_has_a_conflict(world, on_its_way):
    sync, _, _ = on_its_way
    world.clock.advance(600)
    world.faults.add("POST", ".*/changelog/bulkfetch", "forbidden", times=9)
    assert sync.run().conflicts == 1
