"""Under a permanent 429 a host hears from us once a minute at most, and never before it said so."""

import pytest

from campaign.storm import ASKED, storm, verdict


@pytest.mark.parametrize("asked", [None, 90, "date"])
def test_a_storm_is_met_with_silence(asked):
    for side, times in storm(asked, hours=1).items():
        worst, early = verdict(asked, times)
        assert len(times) > 10, side
        assert (worst, early) == (1, 0), (side, times)


@pytest.mark.parametrize("asked", [None, 90, "date"])
def test_a_job_that_is_started_again_and_again_is_as_quiet(asked):
    found = storm(asked, hours=1, again=20.0)
    assert any(found.values()), "whoever is asked first ends the run"
    for side, times in found.items():
        worst, early = verdict(asked, times)
        assert (worst <= 1, early) == (True, 0), (side, times)


def test_the_judge_counts_what_comes_too_often_and_too_early():
    assert verdict(30, [0, 30, 60, 90, 110, 190]) == (2, 1)
    assert len(ASKED) == 6
