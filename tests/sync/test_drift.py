"""What changed in the fields of either side is told once, and only what it concerns stands still."""

from dataclasses import replace

import pytest
from pydantic import BaseModel

from productops import choice
from productops.connectors import Memory
from productops.sdk import Mapping
from productops.sdk.collection import Field
from productops.sdk.record import Option
from productops.sync.engine import Sync
from productops.sync.reading.drift import differences, schema_print
from sync.desk import Desk


@pytest.fixture
def desk(tmp_path):
    desk = Desk(tmp_path)
    desk.left.add(summary="One", due="mon")
    desk.run()
    return desk


def change(desk, old, new):
    """Change one field on the right; ``None`` takes it out or puts it in."""
    fields = [field for field in desk.right.fields if old is None or field.id != old]
    desk.right.fields = fields + ([new] if new is not None else [])


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (None, Field("x", "Effort", "number"), "right: the field 'Effort' (number) is new"),
        (None, Field("x", "Effort", required=True), "the field 'Effort' (text) is new, and every new record needs it"),
        ("Due", Field("Due", "Deadline"), "the field 'Due' was renamed to 'Deadline'"),
        ("Due", Field("Due", "Due", required=True), "'Due' is required for every new record now"),
        ("Due", None, "the field 'Due' was removed; its mapping is paused"),
        ("Due", Field("Due", "Due", "number"), "'Due' was text and is number now"),
        ("Tags", Field("Tags", "Tags", "labels", (Option("o", "red"),)), "'Tags' has a new option 'red'"),
    ],
)
def test_a_change_of_the_fields_is_told_once(desk, old, new, line):
    change(desk, old, new)
    plan = desk.sync.plan()
    assert any(line in told for told in plan.drift), plan.drift
    assert any(line in told for told in plan.new)
    desk.sync.apply(plan)
    desk.later()
    report = desk.run()
    assert [told for told in report.new_problems if "Effort" in told or "Due" in told or "Tags" in told] == []
    assert not any(line in told for told in desk.sync.plan().drift if "mapping is paused" not in told)


def test_options_are_told_apart_by_id():
    def one(*options):
        from productops.sdk.collection import Schema

        return schema_print(Schema((Field("s", "Stage", "choice", tuple(Option(*each) for each in options)),)))

    told = list(differences("T", one(("1", "Idea"), ("2", "Done")), one(("1", "Inbox"), ("3", "Done"))))
    assert told == [
        "T: 'Stage' has a new option 'Done'",
        "T: 'Stage' lost its option 'Done'",
        "T: the option 'Idea' of 'Stage' was renamed to 'Inbox'",
    ]


def test_a_retyped_field_pauses_alone_until_it_is_confirmed_or_back(desk):
    before = list(desk.right.fields)
    change(desk, "Due", Field("Due", "Due", "number"))
    desk.left.edit("left-1", due="12", summary="Renamed")
    for _ in range(2):
        report = desk.run()
        assert desk.right.rows["right-1"].fields["Name"] == "Renamed"
        assert desk.right.rows["right-1"].fields["Due"] == "mon"
    assert any("mapping is paused" in line for line in report.known_problems)
    assert any("mapping is paused" in line for line in desk.again().plan().drift), "also in another process"
    desk.right.fields = before
    desk.run(full=True)
    assert desk.right.rows["right-1"].fields["Due"] == "12", "what waited flows when the field is back"
    change(desk, "Due", Field("Due", "Due", "number"))
    desk.left.edit("left-1", due="13")
    desk.run()
    desk.sync.rebind("right")
    desk.run(full=True)
    assert desk.right.rows["right-1"].fields["Due"] == 13


def test_the_first_plan_of_a_sync_tells_no_drift(tmp_path):
    assert Desk(tmp_path).sync.plan().drift == []


def versions(desk):
    return {id_: row.version for id_, row in {**desk.left.rows, **desk.right.rows}.items()}


def test_a_removed_field_pauses_its_mapping_and_clears_nothing(desk):
    desk.left.add(summary="Two", due="tue")
    desk.run()
    before = versions(desk)
    change(desk, "Due", None)
    for id_, row in desk.right.rows.items():  # the service does not show it any more
        desk.right.rows[id_] = replace(row, fields={k: v for k, v in row.fields.items() if k != "Due"})
    for _ in range(2):
        report = desk.run(full=True)
        assert report.writes == 0
    assert versions(desk) == before, "no clears"
    assert sum("the field 'Due' was removed; its mapping is paused" in line for line in desk.sync.plan().drift) == 1
    desk.left.edit("left-1", summary="Renamed", due="fri")
    desk.run()
    assert desk.right.rows["right-1"].fields["Name"] == "Renamed", "the other fields go on"
    desk.right.fields.append(Field("Due", "Due"))
    for id_, row in desk.right.rows.items():
        desk.right.rows[id_] = replace(row, fields={**row.fields, "Due": "mon" if id_ == "right-1" else "tue"})
    desk.run(full=True)
    assert desk.right.rows["right-1"].fields["Due"] == "fri", "what waited flows when the field is back"


@pytest.mark.parametrize("new", [Field("Due", "Deadline"), Field("Due", "due  ")])
def test_a_renamed_field_writes_nothing_and_goes_on(desk, new):
    before = versions(desk)
    change(desk, "Due", new)
    assert desk.run(full=True).writes == 0
    assert versions(desk) == before
    desk.left.edit("left-1", due="fri")
    desk.run()
    assert desk.right.rows["right-1"].fields["Due"] == "fri"


STAGES = [Option("1", "Inbox"), Option("2", "Shipped")]


@pytest.fixture
def staged(tmp_path):
    """A sync with a choice on both sides."""

    class Item(BaseModel):
        title: str
        stage: str | None = None

    account = Memory()
    left = account.collection("left", {"summary": "text", "status": ["To Do", "Done"]})
    right = account.collection("right", {"Name": "text", "Stage": Field("Stage", "Stage", "choice", tuple(STAGES))})

    def sync():
        one = Mapping(Item, title="summary", stage=choice("status", idea="To Do", done="Done")).on(left)
        two = Mapping(Item, title="Name", stage=choice("Stage", idea="Inbox", done="Shipped")).on(right)
        return Sync("stages", left=one, right=two, state=tmp_path / "stages.db")

    left.add(summary="One", status="To Do")
    sync().run()
    return left, right, sync


def test_a_renamed_option_is_no_change_and_a_removed_one_pauses_the_mapping(staged):
    left, right, sync = staged
    right.fields[1] = Field("Stage", "Stage", "choice", (Option("1", "Idea box"), STAGES[1]))
    assert sync().run(full=True).writes == 0
    assert any("'Inbox' of 'Stage' is now called 'Idea box'" in line for line in sync().plan().drift)
    left.edit("left-1", status="Done")
    sync().run()
    assert right.rows["right-1"].fields["Stage"].id == "2"
    right.fields[1] = Field("Stage", "Stage", "choice", (Option("1", "Idea box"),))
    left.edit("left-1", status="To Do", summary="Renamed")
    report = sync().run(full=True)
    assert right.rows["right-1"].fields["Name"] == "Renamed"
    assert right.rows["right-1"].fields["Stage"].id == "2", "paused: neither cleared nor guessed"
    assert any("'Shipped' was removed from 'Stage'; its mapping is paused" in line for line in report.new_problems)


def test_an_unknown_option_is_kept_told_and_changes_nothing(staged):
    left, right, sync = staged
    right.fields[1] = Field("Stage", "Stage", "choice", (*STAGES, Option("3", "Parked")))
    right.edit("right-1", Stage="Parked")
    for _ in range(2):
        plan = sync().plan()
        assert any("shows 'Parked', which the mapping does not name" in line for line in plan.problems)
        sync().apply(plan)
    assert left.rows["left-1"].fields["status"].name == "To Do"
    assert right.rows["right-1"].fields["Stage"].id == "3"
