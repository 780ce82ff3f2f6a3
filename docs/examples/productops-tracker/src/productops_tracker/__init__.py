"""Issues of a code host for productops."""

from productops_tracker.account import Tracker

__all__ = ["Tracker"]
