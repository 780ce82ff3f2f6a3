"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from benchmarks.stub.texts import sample

CLIENTS = ("jira", "pyairtable", "notion-client", "requests", "urllib3", "httpx", "orjson", "sqlalchemy", "pydantic")


def about(*, quick: bool, rounds: int, took: float) -> dict[str, Any]:
    """Return the machine, its load, and the versions of everybody who ran."""
    return {
        "at": now(),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "load": [round(each, 2) for each in os.getloadavg()],
        "clients": {name: _version(name) for name in CLIENTS},
        "texts": "real" if sample() else "invented",
        "quick": quick,
        "rounds": rounds,
        "took_s": round(took, 1),
    }


def now() -> str:
    """Return the time of day."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
