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
    from productops import demo, errors
    from productops.insights.duplicates import duplicates
    from productops.insights.router import Router
    from productops.insights.themes import themes
    from productops.model.assessment import Assessment
    from productops.model.canvas import Canvas, Capability
    from productops.model.checklist import Checklist
    from productops.model.demand import demand
    from productops.model.feedback import Feedback, Insight
    from productops.model.kano import kano
    from productops.model.launch import Launch
    from productops.model.money import Money
    from productops.model.people import Account, Person, PersonRef, Product, Team
    from productops.model.process import Process
    from productops.model.roadmap import Objective, Roadmap, RoadmapItem
    from productops.model.scores import Score, ice, opportunity, rank, rice, weighted_scorecard, wsjf
    from productops.model.set_scores import moscow_share
    from productops.model.study import Study
    from productops.model.timebox import TimeBucket
    from productops.sdk.codecs import choice, constant, markdown, once, person, read_only, ref, write_only
    from productops.sdk.mapping import Mapping
    from productops.sdk.people import People
    from productops.sdk.view import View
    from productops.sync.conflict import Conflict
    from productops.sync.engine import Sync
    from productops.sync.family import Family
    from productops.sync.plan import Plan
    from productops.workspace.home import Workspace
else:
    # Type checkers must not see this function: it would let every misspelt name pass.
    def __getattr__(name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        home = importlib.import_module(_HOMES[name])
        value = home if _HOMES[name] == f"{__name__}.{name}" else getattr(home, name)
        globals()[name] = value
        return value


__version__ = "0.1.0"

# The public face: each name and the module that defines it. A name goes here, into the imports above, which
# type checkers and editors read, and into __all__; a test keeps the three equal.
_HOMES = {
    "Account": "productops.model.people",
    "Assessment": "productops.model.assessment",
    "Canvas": "productops.model.canvas",
    "Capability": "productops.model.canvas",
    "Checklist": "productops.model.checklist",
    "Conflict": "productops.sync.conflict",
    "Family": "productops.sync.family",
    "Feedback": "productops.model.feedback",
    "Insight": "productops.model.feedback",
    "Launch": "productops.model.launch",
    "Mapping": "productops.sdk.mapping",
    "Money": "productops.model.money",
    "Objective": "productops.model.roadmap",
    "People": "productops.sdk.people",
    "Person": "productops.model.people",
    "PersonRef": "productops.model.people",
    "Plan": "productops.sync.plan",
    "Process": "productops.model.process",
    "Product": "productops.model.people",
    "Roadmap": "productops.model.roadmap",
    "RoadmapItem": "productops.model.roadmap",
    "Router": "productops.insights.router",
    "Score": "productops.model.scores",
    "Study": "productops.model.study",
    "Sync": "productops.sync.engine",
    "Team": "productops.model.people",
    "TimeBucket": "productops.model.timebox",
    "View": "productops.sdk.view",
    "Workspace": "productops.workspace.home",
    "choice": "productops.sdk.codecs",
    "constant": "productops.sdk.codecs",
    "demand": "productops.model.demand",
    "demo": "productops.demo",
    "duplicates": "productops.insights.duplicates",
    "errors": "productops.errors",
    "ice": "productops.model.scores",
    "kano": "productops.model.kano",
    "markdown": "productops.sdk.codecs",
    "moscow_share": "productops.model.set_scores",
    "once": "productops.sdk.codecs",
    "opportunity": "productops.model.scores",
    "person": "productops.sdk.codecs",
    "rank": "productops.model.scores",
    "read_only": "productops.sdk.codecs",
    "ref": "productops.sdk.codecs",
    "rice": "productops.model.scores",
    "themes": "productops.insights.themes",
    "weighted_scorecard": "productops.model.scores",
    "write_only": "productops.sdk.codecs",
    "wsjf": "productops.model.scores",
}

__all__ = [
    "Account",
    "Assessment",
    "Canvas",
    "Capability",
    "Checklist",
    "Conflict",
    "Family",
    "Feedback",
    "Insight",
    "Launch",
    "Mapping",
    "Money",
    "Objective",
    "People",
    "Person",
    "PersonRef",
    "Plan",
    "Process",
    "Product",
    "Roadmap",
    "RoadmapItem",
    "Router",
    "Score",
    "Study",
    "Sync",
    "Team",
    "TimeBucket",
    "View",
    "Workspace",
    "choice",
    "constant",
    "demand",
    "demo",
    "duplicates",
    "errors",
    "ice",
    "kano",
    "markdown",
    "moscow_share",
    "once",
    "opportunity",
    "person",
    "rank",
    "read_only",
    "ref",
    "rice",
    "themes",
    "weighted_scorecard",
    "write_only",
    "wsjf",
]


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
