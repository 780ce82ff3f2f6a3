"""Starting up: Python, this library, and the clients that others import. Nothing is imported here."""

from __future__ import annotations

import os
import subprocess
import sys

from benchmarks.job import Job


def start(*command: str) -> int:
    """Start Python. The first time leaves compiled bytecode behind, as an installation does."""
    settings = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([sys.executable, *command], check=True, capture_output=True, env=settings)
    return 1


def bare(_job: Job) -> int:
    """Start Python."""
    return start("-c", "pass")


def import_ours(_job: Job) -> int:
    """Start Python and import the library."""
    return start("-c", "import productops")


def command_line(_job: Job) -> int:
    """Start the command line and let it print its help."""
    return start("-m", "productops", "--help")


def import_pyairtable(_job: Job) -> int:
    """Start Python and import a peer."""
    return start("-c", "import pyairtable")


def import_jira(_job: Job) -> int:
    """Start Python and import a peer."""
    return start("-c", "import jira")


def import_notion_client(_job: Job) -> int:
    """Start Python and import a peer."""
    return start("-c", "import notion_client")
