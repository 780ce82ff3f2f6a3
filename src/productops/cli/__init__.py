"""The command line: thin verbs over the library. `main` is what `productops` runs."""

from __future__ import annotations


def main() -> None:
    """Run the command line and leave with its exit code."""
    from productops.cli.exits import STOPPED

    try:
        from productops.cli.app import run

        code = run()
    except KeyboardInterrupt:  # before a command has begun; loading them takes a moment
        code = STOPPED
    raise SystemExit(code)
