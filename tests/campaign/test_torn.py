"""A journal that ends inside a commit holds everything before it, at whichever byte it ends."""

import random
import shutil

import pytest
from sqlalchemy import text

from campaign.torn import cut, last_commit, tear
from productops.sync.memory import database


@pytest.fixture
def home(tmp_path):
    """A state that three commits were made to, and whose process then died."""
    engine = database.open_engine(tmp_path / "state.db")
    for number in range(3):
        with engine.begin() as connection:
            note = {"name": f"note {number}", "value": "x" * 9_000 * number}
            connection.execute(text("INSERT INTO po_facts (sync, name, value) VALUES ('s', :name, :value)"), note)
    for name in ("state.db", "state.db-wal"):
        shutil.copy(tmp_path / name, tmp_path / f"dead {name}")
    engine.dispose()
    return tmp_path


def notes(home, name):
    engine = database.open_engine(home / name)
    with engine.connect() as connection:
        found = [row.name for row in connection.execute(text("SELECT name FROM po_facts ORDER BY name"))]
        assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
    engine.dispose()
    return found


def test_a_commit_that_did_not_reach_the_disk_whole_never_was(home):
    journal = (home / "dead state.db-wal").read_bytes()
    began, ended = last_commit(journal)
    assert ended - began > 3 * 4_096, "the last commit has several pages"
    luck = random.Random(7)
    for turn, at in enumerate([began, ended - 1, *(luck.randrange(began, ended) for _ in range(40))]):
        shutil.copy(home / "dead state.db", home / f"{turn}.db")
        (home / f"{turn}.db-wal").write_bytes(journal[:at])
        assert notes(home, f"{turn}.db") == ["note 0", "note 1"], at


def test_the_whole_journal_holds_all(home):
    shutil.copy(home / "dead state.db", home / "whole.db")
    shutil.copy(home / "dead state.db-wal", home / "whole.db-wal")
    assert notes(home, "whole.db") == ["note 0", "note 1", "note 2"]


@pytest.mark.parametrize("part", [0, 1, 500, 999, 1000])
def test_a_cut_is_inside_the_last_commit(home, part):
    journal = (home / "dead state.db-wal").read_bytes()
    began, ended = last_commit(journal)
    assert began <= len(cut(journal, part)) < ended
    assert tear(home / "dead state.db", part)
    assert notes(home, "dead state.db") == ["note 0", "note 1"]


def test_what_an_older_turn_of_the_journal_left_is_no_commit(home):
    journal = (home / "dead state.db-wal").read_bytes()
    other = journal[:16] + bytes(8) + journal[24:]
    assert last_commit(other) == (0, 0)
    assert last_commit(b"") == (0, 0)
