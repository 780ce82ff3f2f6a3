"""Accounts: Airtable, Jira, Notion, Productboard, files, and one in memory for tests. Imported on first use."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from productops.connectors.airtable import Airtable
    from productops.connectors.files import Files
    from productops.connectors.jira import Jira
    from productops.connectors.memory import Memory
    from productops.connectors.notion import Notion
    from productops.connectors.productboard import Productboard

__all__ = ["Airtable", "Files", "Jira", "Memory", "Notion", "Productboard"]

_HOMES = {name: f"productops.connectors.{name.lower()}" for name in __all__}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
