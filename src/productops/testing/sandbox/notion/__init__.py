"""An imitated Notion workspace, versions 2025-09-03 and 2026-03-11 of its interface."""

from __future__ import annotations

from productops.testing.sandbox.notion.seed import SeedError
from productops.testing.sandbox.notion.service import Notion

__all__ = ["Notion", "SeedError"]
