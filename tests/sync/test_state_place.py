"""Where a state may not be."""

import pytest

from productops.errors import ConfigError
from productops.sync.memory.state import open_engine


@pytest.mark.parametrize("place", [":memory:", "sqlite://", "sqlite:///:memory:"])
def test_a_state_in_memory_is_refused_and_makes_no_file_of_that_name(tmp_path, monkeypatch, place):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="would forget everything when the program ends"):
        open_engine(place)
    assert list(tmp_path.iterdir()) == []
