"""Tells what a change breaks for those who call the library: ``python .docs/breaks.py v0.1.0``.

Compares the working tree with a tag or commit. Names that begin with ``_`` and rooms that are nobody's interface are
left out. The exit code is 1 when something broke.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import griffe

OURS_ALONE = ("productops.cli", "productops.sync.tables", "productops.testing.sandbox")


def breaks(ref: str, repository: Path, package: str = "productops") -> list[str]:
    """Return one line for each thing that breaks."""
    old = griffe.load_git(package, ref=ref, repo=repository, search_paths=["src"])
    new = griffe.load(package, search_paths=[repository / "src"], try_relative_path=False)
    found = (one for one in griffe.find_breaking_changes(old, new) if not one.obj.path.startswith(OURS_ALONE))
    return sorted({re.sub(r"\x1b\[\d*m", "", one.explain(griffe.ExplanationStyle.ONE_LINE)) for one in found})


if __name__ == "__main__":
    lines = breaks(sys.argv[1], Path.cwd())
    print("\n".join(lines) or "Nothing that is public breaks.")
    sys.exit(bool(lines))
