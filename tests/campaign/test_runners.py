"""Three runners of one sync at once, with either database: nothing is made twice, and who leaves says why."""

import pytest

from campaign.runners import rounds
from productops.sync.memory.state import open_engine
from sync.postgres import server


@pytest.mark.parametrize("database", ["SQLite", "PostgreSQL"])
def test_of_three_runners_one_works(tmp_path, database):
    if database == "SQLite":
        _check(tmp_path / "state.db")
        return
    with server() as url:
        state = url.format(name="postgres")
        try:
            _check(state)
        finally:
            open_engine(state).dispose()


def _check(state):
    counts, problems = rounds(7, 3, state)
    assert problems == []
    assert (counts["duplicates"], counts["unequal"]) == (0, 0)
    assert counts["worked"] >= 3
