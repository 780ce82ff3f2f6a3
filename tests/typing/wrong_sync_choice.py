"""A word that is not among those a setting takes."""

from typing import Any

from productops import Sync, View


def both_ways(left: View[Any], right: View[Any]) -> Sync:
    """Make a sync in which the newest value wins, which there is not."""
    return Sync("roadmap", left=left, right=right, on_conflict="newest")  # expect: arg-type
