"""Two runs that are told to stop in the middle of their work."""

from campaign.stopped import stops


def test_a_run_that_was_told_to_stop_stops_and_the_next_ones_go_on_from_there():
    counts, problems = stops(7, 2, 0.5)
    assert problems == []
    assert counts["stopped"] == 2
