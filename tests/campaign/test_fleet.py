"""Many syncs on worker processes that share one PostgreSQL; one worker is killed in the middle of a write."""

import pytest

from campaign.fleet import play
from sync.postgres import server

pytest.importorskip("distributed", reason="the workers are Dask's")


def test_a_killed_worker_doubles_and_loses_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with server() as url:
        told, doubled, lost = play(6, workers=3, kills=1, url=url.format(name="postgres"))
    assert (doubled, lost) == ([], [])
    assert told["kills"] == 1
    assert (told["conflicts"], told["writes_after"]) == (0, 0)
    assert told["processes"] >= 2
