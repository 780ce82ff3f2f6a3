"""Product operations as a library: a typed model of the work, and syncs that lose nothing.

::

    from productops import Mapping, RoadmapItem, Sync, choice, markdown, person
    from productops.connectors import Airtable, Jira

Names are imported on first use, so ``import productops`` costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from productops import errors
    from productops.model.feedback import Feedback
    from productops.model.roadmap import RoadmapItem
    from productops.sdk.codecs import choice, constant, markdown, once, person, read_only, ref, write_only
    from productops.sdk.mapping import Mapping, View
    from productops.sdk.people import People
    from productops.sync.engine import Sync
    from productops.sync.plan import Conflict, Plan

__version__ = "0.1.0"

# The public face: each name and the module that defines it. A name goes here, into the imports above, which
# type checkers and editors read, and into __all__; a test keeps the three equal.
_HOMES = {
    "Conflict": "productops.sync.plan",
    "Feedback": "productops.model.feedback",
    "Mapping": "productops.sdk.mapping",
    "People": "productops.sdk.people",
    "Plan": "productops.sync.plan",
    "RoadmapItem": "productops.model.roadmap",
    "Sync": "productops.sync.engine",
    "View": "productops.sdk.mapping",
    "choice": "productops.sdk.codecs",
    "constant": "productops.sdk.codecs",
    "errors": "productops.errors",
    "markdown": "productops.sdk.codecs",
    "once": "productops.sdk.codecs",
    "person": "productops.sdk.codecs",
    "read_only": "productops.sdk.codecs",
    "ref": "productops.sdk.codecs",
    "write_only": "productops.sdk.codecs",
}

__all__ = [
    "Conflict",
    "Feedback",
    "Mapping",
    "People",
    "Plan",
    "RoadmapItem",
    "Sync",
    "View",
    "choice",
    "constant",
    "errors",
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
    home = importlib.import_module(_HOMES[name])
    value = home if _HOMES[name] == f"{__name__}.{name}" else getattr(home, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
