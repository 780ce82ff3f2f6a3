"""What is missing is told apart, nothing goes without proof, and what went can come back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from productops.errors import (
    AccessError,
    AuthError,
    ConfigError,
    GoneError,
    GuardError,
    IncompleteListingError,
    ProductOpsError,
    UnavailableError,
    UnknownOutcomeError,
)
from sync.desk import Desk


def filled(tmp_path, count=3, **options):
    desk = Desk(tmp_path, **options)
    for number in range(1, count + 1):
        desk.left.add(summary=f"Idea {number}", due="mon")
    desk.run()
    return desk


def remove(desk, record):
    """Take a record out for good, as a service without a trash does."""
    del desk.left.rows[record]


def days(desk, count, **options):
    """Run once a day, so that everything is listed each time; return the last plan."""
    for _ in range(count):
        desk.later(days=1, minutes=1)
        plan = desk.sync.plan(**options)
        desk.sync.apply(plan)
    return plan


def deletions(desk):
    return sum(record.trashed for record in desk.right.rows.values())


# --- told apart


@pytest.mark.parametrize(("trashed", "why"), [(True, "is in the trash in left"), (False, "is gone in left")])
def test_trash_and_gone_are_told_apart_in_the_plan(tmp_path, trashed, why):
    desk = filled(tmp_path)
    desk.left.delete(["left-1"]) if trashed else remove(desk, "left-1")
    days(desk, 1)
    desk.later(days=1, minutes=1)
    plan = desk.sync.plan()
    assert f"delete in right (its twin {why})" in str(plan)
    desk.sync.apply(plan)
    assert desk.right.rows["right-1"].trashed
    assert deletions(desk) == 1


def test_what_left_the_scope_is_parked_on_both_sides_until_it_is_back(tmp_path):
    desk = filled(tmp_path)
    hidden = scope(desk, {"left-1"})
    plan = days(desk, 3)
    assert "left-1 is no longer in left; it is left alone on both sides" in plan.notes
    desk.right.edit("right-1", Due="fri")
    days(desk, 3)
    assert deletions(desk) == 0
    assert desk.left.rows["left-1"].fields["due"] == "mon", "parked: the edit waits"
    hidden.clear()
    days(desk, 2)
    assert desk.left.rows["left-1"].fields["due"] == "fri"


def scope(desk, hidden):
    real = desk.left.scan

    def scan(since=None, fields=None):
        return (record for record in real(since, fields) if record.id not in hidden)

    desk.left.scan = scan
    return hidden


def test_what_we_may_not_see_is_not_deleted(tmp_path):
    desk = filled(tmp_path)
    scope(desk, {"left-1"})
    real = desk.left.get

    def get(ids, fields=None):
        found = dict(real(ids, fields))
        return found | ({"left-1": replace(found["left-1"], fields={}, hidden=True)} if "left-1" in found else {})

    desk.left.get = get
    plan = days(desk, 4)
    assert "left-1 in left may not be read by this account; it is left alone" in plan.notes
    assert deletions(desk) == 0


# --- ten bad listings


def broken(kind, desk):
    """Let the left side list badly, in one of the ways that services do."""
    real, first = desk.left.scan, desk.left.get

    def whole(since, fields):
        return list(real(None, fields))

    def raising(error):
        def scan(since=None, fields=None):
            yield from whole(since, fields)[:10]
            raise error

        return scan

    def showing(part):
        return lambda since=None, fields=None: iter(part(whole(since, fields)))

    match kind:
        case "empty":
            desk.left.scan = showing(lambda rows: [])
        case "partial":
            desk.left.scan = raising(UnavailableError("the connection broke"))
        case "early end":
            desk.left.scan = showing(lambda rows: rows[:10])
        case "missing page":
            desk.left.scan = showing(lambda rows: rows[:10] + rows[20:])
        case "repeated token":
            desk.left.scan = raising(IncompleteListingError("the same page again"))
        case "401":
            desk.left.scan = raising(AuthError("who are you?"))
        case "403":
            desk.left.scan = raising(AccessError("not here"))
        case "container 404":
            desk.left.scan = raising(GoneError("no such table"))
        case "login page":
            desk.left.scan = raising(UnavailableError("this is HTML"))
        case "stale page":
            desk.left.scan = showing(lambda rows: rows[:28] + rows[:2])
    return first


BAD = ("empty", "partial", "early end", "missing page", "repeated token", "401", "403", "container 404", "login page",
       "stale page")  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("blind", [False, True], ids=["readable by id", "nothing readable by id"])
def test_no_bad_listing_deletes_anything(tmp_path, kind, blind):
    desk = filled(tmp_path, 30)
    broken(kind, desk)
    if blind:
        desk.left.get = lambda ids, fields=None: {}
    for _ in range(5):
        desk.later(days=1, minutes=1)
        try:
            plan = desk.sync.plan()
            assert not any(count for what, count in plan.counts.items() if what.startswith("delete"))
            desk.sync.apply(plan)
        except (ProductOpsError, GuardError):
            continue
    assert deletions(desk) == 0
    assert not any(record.trashed for record in desk.left.rows.values())


def test_a_side_that_shrinks_at_once_stops_everything_until_a_second_listing_says_so(tmp_path):
    desk = filled(tmp_path, 30)
    desk.right.edit("right-30", Due="fri")
    for number in range(1, 8):
        remove(desk, f"left-{number}")
    desk.later(days=1, minutes=1)
    plan = desk.sync.plan()
    assert "left listed only 23 of 30 linked records: 7 are missing at once, more than 20%" in plan.blocked[0]
    with pytest.raises(GuardError, match="7 are missing at once"):
        desk.sync.apply(plan)
    assert desk.left.rows["left-30"].fields["due"] == "mon"
    desk.later(days=1, minutes=1)
    plan = desk.sync.plan()
    assert plan.blocked == []
    assert plan.counts == {"update_left": 1}, "believed now, and grace begins"


def test_six_of_thirty_are_believed_and_still_need_a_confirmation_to_go(tmp_path):
    desk = filled(tmp_path, 30)
    for number in range(1, 7):
        remove(desk, f"left-{number}")
    days(desk, 1)
    desk.later(days=1, minutes=1)
    plan = desk.sync.plan()
    assert "6 deletions in right are more than the limit of 5" in plan.blocked[0]
    with pytest.raises(GuardError):
        desk.sync.apply(plan)
    assert deletions(desk) == 0


# --- proof


def test_a_look_long_ago_is_no_proof_of_today(tmp_path):
    desk = filled(tmp_path)
    desk.left.delete(["left-1"])
    for _ in range(2):
        desk.sync.apply(desk.sync.plan(full=True))
        desk.later(minutes=10)
    desk.later(hours=23)  # an incremental reading: grace has passed by the clock, and nobody looked again
    desk.sync.apply(desk.sync.plan())
    desk.later(minutes=50)
    assert "delete_right" not in desk.sync.plan().counts
    assert desk.sync.plan(full=True).counts == {"delete_right": 1}


def test_a_record_restored_after_the_plan_keeps_its_twin(tmp_path):
    desk = filled(tmp_path)
    desk.left.delete(["left-1"])
    days(desk, 1)
    desk.later(days=1, minutes=1)
    plan = desk.sync.plan()
    assert plan.counts == {"delete_right": 1}
    desk.left.restore(["left-1"])
    report = desk.sync.apply(plan)
    assert "its twin in left is there again" in report.skipped[0]
    assert deletions(desk) == 0


@pytest.mark.parametrize("change", ["another account", "another mapping"])
def test_what_is_missing_is_counted_anew_when_the_view_changes(tmp_path, change):
    desk = filled(tmp_path)
    desk.left.subject = lambda: "mira"
    desk.left.delete(["left-1"])
    days(desk, 1)
    if change == "another account":
        desk.left.subject = lambda: "otto"
    else:
        desk.left.container = "memory:left, narrower"
    desk.later(days=1, minutes=1)
    plan = desk.sync.plan()
    assert "delete_right" not in plan.counts
    if change == "another account":
        assert any("read by another account now" in note for note in plan.notes)
    desk.sync.apply(plan)
    days(desk, 1)
    if change == "another account":
        assert deletions(desk) == 1
    else:  # what was agreed is forgotten with the mapping, so a person is asked
        assert deletions(desk) == 0
        assert [conflict.kind for conflict in desk.sync.conflicts()] == ["delete-vs-edit"]


def test_hard_deletion_is_by_choice(tmp_path):
    for choice, gone in (("archive", 0), ("delete", 1)):
        home = tmp_path / choice
        home.mkdir()
        desk = filled(home, on_delete=choice)
        desk.right.features = replace(desk.right.features, delete="hard")
        desk.left.delete(["left-1"])
        plan = days(desk, 3)
        assert deletions(desk) == gone
        assert any("has no trash, so it is kept" in line for line in plan.problems) is not bool(gone)


# --- deleted here, edited there


def clash(tmp_path):
    desk = filled(tmp_path)
    desk.left.delete(["left-1"])
    desk.right.edit("right-1", Due="fri")
    days(desk, 3)
    assert deletions(desk) == 0
    (conflict,) = desk.sync.conflicts()
    assert (conflict.kind, conflict.left, conflict.right) == (
        "delete-vs-edit", "deleted (in the trash)", "edited since",
    )  # fmt: skip
    return desk, conflict


def test_the_edit_can_win_and_the_record_is_made_again(tmp_path):
    desk, conflict = clash(tmp_path)
    desk.sync.resolve(conflict, "right")
    days(desk, 1)
    assert desk.item("Idea 1").fields["due"] == "fri"
    assert desk.item("Idea 1").id != "left-1"
    assert desk.sync.conflicts() == []
    days(desk, 2)
    assert deletions(desk) == 0
    assert not desk.sync.plan(full=True)
    desk.left.edit(desk.item("Idea 1").id, due="sat")
    days(desk, 1)
    assert desk.right.rows["right-1"].fields["Due"] == "sat", "they are a pair again"


def test_the_deletion_can_win(tmp_path):
    desk, conflict = clash(tmp_path)
    desk.sync.resolve(conflict, "left")
    days(desk, 1)
    assert desk.right.rows["right-1"].trashed
    assert desk.sync.conflicts() == []


def test_it_can_be_left_and_is_asked_again_only_after_another_edit(tmp_path):
    desk, conflict = clash(tmp_path)
    desk.sync.resolve(conflict, "ignore")
    days(desk, 3)
    assert desk.sync.conflicts() == []
    assert deletions(desk) == 0
    desk.right.edit("right-1", Due="sat")
    days(desk, 1)
    assert len(desk.sync.conflicts()) == 1
    with pytest.raises(ConfigError, match="left, right or ignore"):
        desk.sync.resolve(desk.sync.conflicts()[0], "value", "x")


# --- and back


def deleted(tmp_path, **options):
    desk = filled(tmp_path, **options)
    desk.left.delete(["left-1"])
    days(desk, 2)
    assert desk.right.rows["right-1"].trashed
    return desk


def test_undelete_takes_both_out_of_the_trash(tmp_path):
    desk = deleted(tmp_path)
    plan = desk.sync.undelete(desk.sync.deleted()[0])
    assert plan.summary() == "Restore 1 in left and restore 1 in right."
    assert desk.right.rows["right-1"].trashed, "a plan writes nothing"
    report = desk.sync.apply(plan)
    assert report.restored == {"left": 1, "right": 1}
    assert desk.sync.deleted() == []
    desk.left.edit("left-1", due="sat")
    days(desk, 3)
    assert desk.right.rows["right-1"].fields["Due"] == "sat"
    assert not desk.sync.plan(full=True)
    assert len(desk.left.rows) == len(desk.right.rows) == 3
    with pytest.raises(GoneError, match="not a deleted pair"):
        desk.sync.undelete("left-1")


def test_undelete_makes_anew_what_no_program_can_restore(tmp_path):
    desk = deleted(tmp_path)
    remove(desk, "left-1")
    desk.right.features = replace(desk.right.features, restore=False)
    plan = desk.sync.undelete("right-1")
    assert plan.counts == {"create_left": 1, "create_right": 1}
    desk.sync.apply(plan)
    assert desk.item("Idea 1").fields["due"] == desk.row("Idea 1").fields["Due"] == "mon"
    desk.left.edit(desk.item("Idea 1").id, due="sat")
    days(desk, 3)
    assert desk.row("Idea 1").fields["Due"] == "sat"
    assert not desk.sync.plan(full=True)


def test_a_run_that_deleted_is_undone_the_same_way(tmp_path):
    desk = deleted(tmp_path)
    run = desk.sync.deleted()[0].run
    assert desk.sync.undelete(run).counts == desk.sync.undo(run).counts == {"restore_left": 1, "restore_right": 1}
    desk.sync.apply(desk.sync.undo(run))
    assert not desk.right.rows["right-1"].trashed
    desk.later(days=1, minutes=1)
    assert not desk.sync.plan(full=True)


def test_a_lost_answer_to_a_restoration_is_looked_up(tmp_path):
    desk = deleted(tmp_path)
    real = desk.right.restore

    def lost(ids):
        real(ids)
        raise UnknownOutcomeError("no answer")

    desk.right.restore = lost
    desk.sync.apply(desk.sync.undelete("right-1"))
    days(desk, 3)
    assert not desk.left.rows["left-1"].trashed
    assert not desk.right.rows["right-1"].trashed
    assert len(desk.left.rows) == len(desk.right.rows) == 3
    assert not desk.sync.plan(full=True)


def test_grace_zero_still_takes_two_looks(tmp_path):
    desk = filled(tmp_path, delete_grace=timedelta(0))
    desk.left.delete(["left-1"])
    assert "delete_right" not in desk.sync.plan(full=True).counts
    desk.later()
    assert desk.sync.plan(full=True).counts == {"delete_right": 1}
