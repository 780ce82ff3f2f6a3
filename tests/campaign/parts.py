"""The parts of the campaign, and how their figures become one.

A part is a function of (share, seed) that returns counters. The share is a number of histories: a part that counts
something else takes work in proportion to it. ``NAMES`` says where the parts live; one that is not there is an error.
"""

import importlib
import os
from collections.abc import Callable, Iterable, Mapping

Figures = dict[str, int]
Part = Callable[[int, int], Mapping[str, int]]

NAMES = {
    "enumerated": "campaign.enumerated:part",
    "listings": "campaign.listings:part",
    "histories": "campaign.histories:part",
    "memory": "campaign.memory:part",
    "storms": "campaign.storm:part",
    "mutants": "campaign.mutants:part",
    "phantoms": "campaign.phantoms:part",
    "sigkills": "campaign.sigkill:part",
}
COUNTED = (
    "histories", "steps", "faults", "crashes", "gap_edits", "lost_updates", "duplicates", "wrong_deletes", "max_passes",
    "writes_after_fixpoint", "sigkills", "extra_conflicts", "mutants", "mutants_caught",
)  # fmt: skip
WRONG = (
    "lost_updates",
    "duplicates",
    "wrong_deletes",
    "writes_after_fixpoint",
    "extra_conflicts",
    "violations",
    "phantom_writes",
)


def load(name: str) -> Part:
    module, _, function = NAMES[name].partition(":")
    part: Part = getattr(importlib.import_module(module), function)
    return part


def merge(all_figures: Iterable[Mapping[str, int]]) -> Figures:
    """Add up what the parts counted; of a maximum (``max_…``) the largest counts."""
    total: Figures = dict.fromkeys(COUNTED, 0)
    for figures in all_figures:
        for name, value in figures.items():
            known = total.get(name, 0)
            total[name] = max(known, value) if name.startswith("max_") else known + value
    return total


def failed(total: Mapping[str, int]) -> bool:
    """Tell whether a promise was broken."""
    return any(total.get(name, 0) for name in WRONG) or total["mutants"] != total["mutants_caught"]


def workers() -> int:
    return max(1, int(os.environ.get("WORKERS", "2")))
