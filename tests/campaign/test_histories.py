"""A share of the campaign: histories in bad weather, engines broken on purpose, and values that must come to rest."""

import os

import pytest

from campaign import histories, mutants, phantoms
from campaign.parts import failed, merge
from campaign.world import World

SHARE = int(os.environ.get("HISTORIES", "200"))
PART = 25  # histories a test: several processors share them


@pytest.mark.parametrize("start", range(0, SHARE, PART))
def test_nothing_is_lost_doubled_or_deleted_in_random_histories(start):
    figures, lines = histories.share((7, range(start, start + PART)))
    assert not failed(figures), lines
    assert figures["histories"] == PART
    assert figures["steps"] >= 30 * PART
    assert figures["faults"] > PART
    assert figures["crashes"] > PART / 4


@pytest.mark.parametrize("name", sorted(mutants.KNOWN))
def test_an_engine_broken_on_purpose_is_found_out(name):
    assert mutants.found_out(name)


def test_a_history_is_the_same_each_time():
    once, again = histories.replay(7, 3), histories.replay(7, 3)
    assert once == again


def test_what_nobody_edited_is_not_written_again():
    assert phantoms.part(10, seed=7)["phantom_writes"] == 0


def test_figures_of_parts_add_up():
    total = merge(
        [{"histories": 2, "max_passes": 2, "mutants": 1}, {"histories": 3, "max_passes": 1, "mutants_caught": 1}]
    )
    assert (total["histories"], total["max_passes"], total["lost_updates"]) == (5, 2, 0)
    assert not failed(total)
    assert failed({**total, "lost_updates": 1})
    assert failed({**total, "mutants_caught": 0})


def test_what_a_half_done_batch_overwrote_unseen_is_a_gap_edit(tmp_path):
    """Somebody types between the look and a write of which the service does a part, and fails."""
    world = World(tmp_path, "half")
    issues, table = world.places
    for _ in range(2):
        world.people.add(issues)
    world.clock.advance(60)
    world.run()
    for number in range(2):
        world.people.edit(issues, number, "title")
    table.endpoint.faults.add("PATCH", ".*", "partial_batch", times=1, keep=1)
    sending = table.sending

    def typed(request):
        sending(request)
        if table.writes_with(request):
            table.sending = sending
            for number in range(2):
                world.people.edit(table, number, "title")

    table.sending = typed
    world.run()
    assert world.counts["gap_edits"] == 1
    world.calm_down()
    world.oracle.judge()
    assert world.counts["lost_updates"] == 0
