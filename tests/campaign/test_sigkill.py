"""Ten processes that kill themselves in the middle of a sync."""

from campaign.sigkill import kills


def test_after_ten_kills_nothing_is_lost_and_nothing_doubled():
    counts, problems = kills(7, 10)
    assert counts["sigkills"] >= 10
    assert problems == []
    assert counts["max_passes"] <= 3
    assert not counts["extra_conflicts"]
