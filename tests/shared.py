"""Where tests find the shared samples, which lie beside the checkout and are never copied into it."""

import os
from pathlib import Path

import pytest

ROOT = Path(os.environ.get("PRODUCTOPS_SHARED") or Path(__file__).parents[2] / "shared")


def shared(path: str = "") -> Path:
    """Return a path in the shared samples; skip the test where they are absent, fail where they are required."""
    found = ROOT / path
    if not found.exists():
        reason = f"the shared samples ({path or '.'}) are not beside this checkout"
        if os.environ.get("PRODUCTOPS_REQUIRE_SHARED"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found
