"""What changed in the fields of either side is told once, and only what it concerns stands still."""

import pytest

from productops.sdk.collection import Field
from productops.sdk.record import Option
from productops.sync.drift import differences, schema_print
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
        ("Due", None, "the field 'Due' is gone"),
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
