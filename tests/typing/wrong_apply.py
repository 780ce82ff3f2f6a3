"""The plan's method instead of its value."""

from productops import Sync
from productops.sync.report import Report


def run(sync: Sync) -> Report:
    """Apply what was never planned."""
    return sync.apply(sync.plan)  # expect: arg-type
