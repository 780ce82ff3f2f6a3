"""What a service refuses waits and is told; the rest of the record goes on."""

from datetime import timedelta

import pytest

from productops.errors import RejectedError
from sync.desk import Desk


@pytest.fixture
def ahead():
    """How far the clock of the services is ahead of ours."""
    return timedelta(0)


@pytest.fixture
def desk(tmp_path, ahead):
    desk = Desk(tmp_path)
    desk.account.now = lambda: desk.now() + ahead
    desk.sent = []
    update = desk.right.update

    def picky(patches):
        desk.sent += [dict(patch.fields) for patch in patches]
        return [
            RejectedError("No such day.", fields={"Due": "never is no day"})
            if patch.fields.get("Due") == "never"
            else update([patch])[0]
            for patch in patches
        ]

    desk.right.update = picky
    desk.left.add(summary="One", due="May", body="Words")
    desk.run()
    return desk


def edit(desk, **fields):
    desk.left.edit(desk.item("One").id, **fields)


def test_a_refused_field_does_not_hold_up_the_others(desk):
    edit(desk, body="Other words", due="never")
    report = desk.run()
    row = desk.row("One").fields
    assert (row["Notes"], row["Due"]) == ("Other words", "May")
    assert report.updated["right"] == 1
    assert "No such day." in report.problems[0]


def test_what_was_refused_is_not_sent_again_until_it_changes(desk):
    edit(desk, body="Other words", due="never")
    desk.run()
    desk.sent.clear()
    assert desk.run(full=True).writes == 0
    assert desk.sent == []
    edit(desk, due="June")
    desk.run()
    assert desk.row("One").fields["Due"] == "June"
    assert desk.run(full=True).writes == 0


def test_another_edit_passes_what_is_refused(desk):
    edit(desk, due="never")
    desk.run()
    edit(desk, body="Third words")
    desk.run()
    assert desk.row("One").fields["Notes"] == "Third words"
    assert desk.item("One").fields["due"] == "never"


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(hours=3), timedelta(hours=-3)])
def test_it_is_sent_again_when_somebody_touched_the_refusing_record(desk):
    """What was missing may be there now, in a field that no sync sees; and the service's clock may be wrong."""
    edit(desk, due="never")
    desk.run()
    desk.sent.clear()
    desk.run()
    assert desk.sent == []
    desk.right.edit(desk.row("One").id)
    desk.run()
    assert desk.sent == [{"Due": "never"}]


def test_it_is_sent_again_after_a_day(desk):
    edit(desk, due="never")
    desk.run()
    desk.sent.clear()
    desk.later(hours=25)
    desk.run()
    assert desk.sent == [{"Due": "never"}]
