"""Product operations as a library. Everything here is imported on first use."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from productops.model.feedback import Feedback
    from productops.model.launch import Launch
    from productops.model.people import PersonRef
    from productops.model.roadmap import Objective, Roadmap, RoadmapItem
    from productops.sdk.codecs import choice, constant, markdown, once, person, read_only, ref, write_only
    from productops.sdk.mapping import Mapping, View
    from productops.sdk.people import People
    from productops.sync.engine import Sync
    from productops.sync.plan import Conflict, Plan
    from productops.sync.report import Report

__version__ = "0.1.0"

_HOMES = {
    "Conflict": "sync.plan",
    "Feedback": "model.feedback",
    "Launch": "model.launch",
    "Mapping": "sdk.mapping",
    "Objective": "model.roadmap",
    "People": "sdk.people",
    "PersonRef": "model.people",
    "Plan": "sync.plan",
    "Report": "sync.report",
    "Roadmap": "model.roadmap",
    "RoadmapItem": "model.roadmap",
    "Sync": "sync.engine",
    "View": "sdk.mapping",
    "choice": "sdk.codecs",
    "constant": "sdk.codecs",
    "markdown": "sdk.codecs",
    "once": "sdk.codecs",
    "person": "sdk.codecs",
    "read_only": "sdk.codecs",
    "ref": "sdk.codecs",
    "write_only": "sdk.codecs",
}
__all__ = [
    "Conflict",
    "Feedback",
    "Launch",
    "Mapping",
    "Objective",
    "People",
    "PersonRef",
    "Plan",
    "Report",
    "Roadmap",
    "RoadmapItem",
    "Sync",
    "View",
    "choice",
    "constant",
    "markdown",
    "once",
    "person",
    "read_only",
    "ref",
    "write_only",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"productops.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
