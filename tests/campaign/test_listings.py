"""However bad a listing is, nothing is deleted; and a plan that deletes too much is refused."""

import pytest

from campaign import listings


@pytest.fixture(scope="module")
def begin():
    return listings.start()


@pytest.mark.parametrize("side", listings.LISTS)
@pytest.mark.parametrize("kind", listings.KINDS)
def test_a_bad_listing_deletes_nothing(begin, kind, side):
    deleted, writes, hits, said = listings.spoil(begin, kind, side)
    assert (deleted, writes) == (0, 0), said
    assert hits >= 1 or (kind, side) == ("stale page", "jira")  # Jira's search never goes back in time


@pytest.mark.parametrize("removed", [6, 20, 60])
def test_a_plan_over_the_limit_is_refused(begin, removed):
    assert listings.over_the_limit(begin, removed) == (0, removed, True)
