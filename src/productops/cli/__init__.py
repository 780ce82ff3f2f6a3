"""The command line: thin verbs over the library. `main` is what `productops` runs."""

from __future__ import annotations


def main() -> None:
    """Run the command line and leave with its exit code."""
    from productops.cli.app import run

    raise SystemExit(run())
