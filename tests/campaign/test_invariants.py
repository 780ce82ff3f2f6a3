"""Every promise has its tests, and a few promises are judged here."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from campaign.invariants import ELSEWHERE, JUDGED
from productops.errors import IncompleteListingError
from productops.sync.memory import tables as t
from sync.desk import Desk

TESTS = Path(__file__).parent.parent
MOVES = ("po_runs", "po_cursors", "po_lease", "po_findings")  # what a pass may note although nothing happened


@pytest.mark.parametrize("promise", JUDGED)
def test_the_tests_of_a_promise_are_there(promise):
    for test in JUDGED[promise]:
        path, _, name = test.partition("::")
        assert re.search(rf"^def {name}\(", (TESTS / path).read_text(encoding="utf-8"), re.MULTILINE), test


def test_what_is_judged_elsewhere_is_there():
    for where in ELSEWHERE.values():
        assert (TESTS / where.partition(":")[0]).exists()


def content(desk):
    with desk.sync.state.engine.connect() as connection:
        return {
            name: sorted(map(repr, connection.execute(text(f"SELECT * FROM {name}"))))
            for name in t.tables.tables
            if name not in MOVES
        }


@pytest.mark.parametrize("full", [True, False])
def test_a_pass_without_news_leaves_the_state_as_it_was(tmp_path, full):
    desk = Desk(tmp_path)
    desk.left.add(summary="One", due="May", labels=["a", "b"])
    desk.right.add(Name="Two", Notes="Words")
    desk.sync.apply(desk.sync.adopt())
    desk.later()
    desk.run(full=True)
    before = content(desk)
    desk.run(full=full)
    assert content(desk) == before


def test_a_listing_that_broke_off_moves_no_cursor(tmp_path):
    desk = Desk(tmp_path, full_every=timedelta(days=1))
    desk.left.add(summary="One")
    desk.run()
    cursor = tuple(desk.sync.state.cursor("left"))
    scan = desk.left.scan

    def breaks_off(*args):
        yield from list(scan(*args))[:1]
        raise IncompleteListingError("the same page again", system="memory")

    desk.left.scan = breaks_off
    desk.left.add(summary="Two")
    desk.left.add(summary="Three")
    with pytest.raises(IncompleteListingError):
        desk.run()
    assert tuple(desk.sync.state.cursor("left")) == cursor
    desk.left.scan = scan
    desk.run()
    assert {row.fields["Name"] for row in desk.right.scan()} == {"One", "Two", "Three"}
