"""Starting up: Python, this library, and the clients that others import. Nothing is imported here."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.job import Job


def _start(*command: str) -> int:
    subprocess.run([sys.executable, *command], check=True, capture_output=True)
    return 1


def bare(_job: Job) -> int:
    """Start Python."""
    return _start("-c", "pass")


def import_ours(_job: Job) -> int:
    """Start Python and import the library."""
    return _start("-c", "import productops")


def command_line(_job: Job) -> int:
    """Start the command line and let it print its help."""
    return _start("-m", "productops", "--help")


def import_pyairtable(_job: Job) -> int:
    """Start Python and import a peer."""
    return _start("-c", "import pyairtable")


def import_jira(_job: Job) -> int:
    """Start Python and import a peer."""
    return _start("-c", "import jira")


def import_notion_client(_job: Job) -> int:
    """Start Python and import a peer."""
    return _start("-c", "import notion_client")
