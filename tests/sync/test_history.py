"""Every field can say who wrote it; every run can be taken back; what was deleted is remembered."""

import json
from dataclasses import replace

import pytest

from flows.world import World
from productops.errors import ConfigError, GoneError, GuardError
from productops.sdk.collection import Features
from productops.sync.memory import tables as t
from sync.desk import Desk


@pytest.fixture
def desk(tmp_path):
    desk = Desk(tmp_path)
    desk.left.add(summary="Dark mode", due="mon")
    desk.left.add(summary="Export", due="tue")
    desk.run()
    return desk


def test_a_field_tells_who_wrote_it_when_and_by_which_rule(desk):
    made = desk.sync.runs()[-1].run
    desk.right.edit(desk.row("Dark mode").id, Due="fri")
    report = desk.run()
    told = desk.sync.explain("right-1", "due")
    assert told.values == {"left": "fri", "right": "fri"}
    assert [(step.run, step.side, step.source, step.before, step.value) for step in told.steps] == [
        (report.run, "left", "right", "mon", "fri"),
        (made, "right", "left", None, "mon"),
    ]
    assert told.steps[0].rule == "only right had changed"
    assert told.steps[1].rule == "the record was made from the one in left"
    text = str(told)
    assert text.splitlines()[0] == "Dark mode: due"
    assert f"2026-03-02 09:10 UTC, {report.run}: wrote fri to left over mon: only right had changed" in text
    assert json.loads(json.dumps(told.to_dict()))["steps"][0]["value"] == "fri"


def test_a_record_is_found_by_id_key_link_and_address_on_either_side(desk):
    link = desk.sync.explain("left-1", "due").link
    row = desk.right.rows["right-1"]
    desk.right.rows["right-1"] = replace(row, key="ROW-9", url="https://t.example.com/r?a=50%_1")
    desk.right.edit("right-1", Name="Darker")
    desk.run()
    desk.left.edit("left-1", summary="Darkest")
    desk.run()
    for name in ("left-1", "right-1", "ROW-9", "https://t.example.com/r?a=50%_1", link):
        assert desk.sync.explain(name, "title").link == link
    for name in ("left-9", "ROW", "https://t.example.com/r?a=50%X1", "%"):
        with pytest.raises(GoneError, match="No pair of this sync"):
            desk.sync.explain(name, "title")
    with pytest.raises(ConfigError, match="not mapped"):
        desk.sync.explain("left-1", "owner")


def test_a_decision_and_a_rule_are_told(desk):
    desk.left.edit("left-1", due="left says")
    desk.right.edit("right-1", Due="right says")
    desk.left.edit("left-2", labels=["a"])
    desk.right.edit("right-2", Tags=["b"])
    desk.run()
    (conflict,) = desk.sync.conflicts()
    assert "conflict" in str(desk.sync.explain("left-1", "due"))
    desk.sync.resolve(conflict, "right")
    desk.run()
    told = desk.sync.explain("left-1", "due")
    assert told.steps[0].rule == "a person decided: right"
    assert (told.conflicts[0].state, told.conflicts[0].left) == ("closed", "left says")
    assert "merged" in desk.sync.explain("left-2", "tags").steps[0].rule


def test_undo_restores_what_a_run_overwrote_and_the_next_run_is_quiet(desk):
    desk.right.edit("right-1", Due="fri", Name="Darker")
    desk.left.edit("left-2", due="sun")
    report = desk.run()
    plan = desk.sync.undo(report.run)
    assert plan.summary() == "Change 1 in left and change 1 in right."
    assert desk.left.rows["left-1"].fields["due"] == "fri", "a plan writes nothing"
    desk.sync.apply(plan)
    assert desk.left.rows["left-1"].fields | {"labels": None, "body": None} == {
        "summary": "Dark mode", "due": "mon", "labels": None, "body": None,
    }  # fmt: skip
    assert desk.right.rows["right-2"].fields["Due"] == "tue"
    assert desk.right.rows["right-1"].fields["Due"] == "fri", "what a person wrote stays where they wrote it"
    for full in (False, True):
        desk.later()
        assert not desk.sync.plan(full=full)
    assert "was undone" in desk.sync.explain("left-1", "due").steps[0].rule
    desk.right.edit("right-1", Due="sat")
    desk.run()
    assert desk.left.rows["left-1"].fields["due"] == "sat", "the next edit flows as usual"


def test_undo_leaves_alone_what_was_edited_since_on_either_side(desk):
    desk.right.edit("right-1", Due="fri", Name="Darker")
    desk.right.edit("right-2", Due="sat")
    report = desk.run()
    desk.left.edit("left-1", due="a person's")  # on the side that was written
    desk.right.edit("right-2", Due="another's")  # on the side it came from
    plan = desk.sync.undo(report)
    desk.sync.apply(plan)
    assert desk.left.rows["left-1"].fields["due"] == "a person's"
    assert desk.left.rows["left-1"].fields["summary"] == "Dark mode"
    assert desk.left.rows["left-2"].fields["due"] == "sat"
    assert sorted(line.split(": ", 1)[1] for line in plan.problems) == [
        "due is not undone: it changed in left since",
        "due is not undone: it changed in right since",
    ]
    desk.run()
    assert desk.right.rows["right-1"].fields["Due"] == "a person's", "and that edit is still carried"
    assert desk.left.rows["left-2"].fields["due"] == "another's"


def test_undo_leaves_alone_what_a_later_run_wrote(desk):
    desk.right.edit("right-1", Due="fri")
    report = desk.run()
    desk.right.edit("right-1", Due="sat")
    desk.run()
    plan = desk.sync.undo(report.run)
    assert not plan
    assert "a later run wrote it" in plan.problems[0]


def test_undo_of_creations_trashes_only_what_nobody_touched_and_does_not_make_it_again(desk):
    for title in ("One", "Two"):
        desk.left.add(summary=title)
    report = desk.run()
    desk.right.edit(desk.row("Two").id, Due="edited")
    plan = desk.sync.undo(report.run)
    assert plan.counts == {"delete_right": 1}
    assert "Two" in plan.problems[0]
    assert "due changed since" in plan.problems[0]
    desk.sync.apply(plan)
    desk.later(days=2)
    plan = desk.sync.plan(full=True)
    assert "create_right" not in plan.counts
    assert "stays alone" in " ".join(plan.notes)
    desk.sync.apply(plan)
    assert {row.fields["Name"] for row in desk.right.scan()} == {"Dark mode", "Export", "Two"}
    desk.left.edit(desk.item("One").id, due="edited")
    desk.run()
    assert desk.row("One").fields["Due"] == "edited", "an edit makes it a candidate again"


def test_undo_deletes_nothing_where_there_is_no_trash(desk):
    desk.left.add(summary="One")
    report = desk.run()
    desk.right.features = Features(**{**_flags(desk.right.features), "delete": "hard"})
    plan = desk.sync.undo(report.run)
    assert not plan
    assert "no trash" in plan.problems[0]


def _flags(features):
    return {name: getattr(features, name) for name in features.__slots__}


def test_an_undo_can_be_undone_and_an_unknown_run_is_refused(desk):
    desk.right.edit("right-1", Due="fri")
    report = desk.run()
    back = desk.sync.apply(desk.sync.undo(report))
    assert desk.left.rows["left-1"].fields["due"] == "mon"
    desk.later()
    desk.sync.apply(desk.sync.undo(back))
    assert desk.left.rows["left-1"].fields["due"] == "fri"
    with pytest.raises(ConfigError, match="no run"):
        desk.sync.undo("plan-nonsense")


def test_many_creations_are_undone_only_with_a_confirmation(desk):
    for number in range(8):
        desk.left.add(summary=f"Idea {number}")
    report = desk.run()
    plan = desk.sync.undo(report.run)
    with pytest.raises(GuardError, match="8 deletions"):
        desk.sync.apply(plan)
    desk.sync.apply(plan, confirm=plan.id)
    assert len(list(desk.right.scan())) == 2


def test_runs_are_listed_with_their_reports(desk):
    desk.left.edit("left-1", due="x")
    report = desk.run()
    assert [(each.created["right"], each.updated["right"]) for each in desk.sync.runs()] == [(2, 0), (0, 1)]
    assert desk.sync.runs()[-1] == report


def _delete(desk, side, record):
    collection = getattr(desk, side)
    collection.delete([record])
    for _ in range(3):
        desk.later(days=1, minutes=1)
        report = desk.sync.run()
    return report


def test_what_was_deleted_is_listed_with_its_last_values(desk):
    _delete(desk, "left", "left-1")
    assert desk.right.rows["right-1"].trashed
    (gone,) = desk.sync.deleted()
    assert (gone.title, gone.side, gone.record) == ("Dark mode", "right", "right-1")
    assert gone.values["right"]["due"] == gone.values["left"]["due"] == "mon"
    assert "Dark mode" in str(gone)
    assert desk.sync.explain("right-1", "due").values["right"] == "mon"


def test_records_that_come_back_are_linked_again_not_made_twice(desk):
    _delete(desk, "left", "left-1")
    for rows, record in ((desk.left.rows, "left-1"), (desk.right.rows, "right-1")):
        rows[record] = replace(rows[record], trashed=False)  # restored: their times are the old ones
    desk.left.edit("left-1", due="new date")
    plan = desk.sync.plan()
    assert plan.counts == {"link": 1, "update_right": 1}, str(plan)
    assert not plan.conflicts
    desk.sync.apply(plan)
    assert desk.right.rows["right-1"].fields["Due"] == "new date"
    assert len(desk.right.rows) == 2
    assert desk.sync.deleted() == []
    desk.later()
    assert not desk.sync.plan(full=True)


def test_explain_and_undo_on_jira_and_airtable(tmp_path):
    world = World(tmp_path)
    key = world.issue("Idea", {"duedate": "2026-03-31"})
    world.later()
    sync = world.sync()
    sync.run()
    world.later()
    world.hand.edit(world.rows()["Idea"]["id"], {"Target date": "2026-05-01", "Stage": "Building"})
    world.later()
    report = sync.run()
    assert world.shown(key)["duedate"] == "2026-05-01"
    told = sync.explain(key, "due")
    assert (told.steps[0].run, told.steps[0].value, told.steps[0].before) == (report.run, "2026-05-01", "2026-03-31")
    world.later()
    plan = sync.undo(report.run)
    assert plan.problems == []
    sync.apply(plan)
    assert world.shown(key)["duedate"] == "2026-03-31"
    assert world.shown(key)["status"]["name"] == "To Do"
    assert world.rows()["Idea"]["fields"]["Stage"] == "Building"
    world.later()
    assert not sync.plan(full=True)
    world.later()
    creation = sync.runs()[0].run
    plan = sync.undo(creation)
    assert "changed since it was created" in plan.problems[0]


def test_values_of_deleted_pairs_stay_in_the_state(desk):
    _delete(desk, "left", "left-1")
    state = desk.sync.state
    kept = state.rows(state.pick(t.base_values))
    assert len(kept) == 4
