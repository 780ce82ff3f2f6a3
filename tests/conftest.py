"""The credentials of the sandbox are canaries: none may turn up in a file, a state, a plan, a report or a log.

Every test that signs in somewhere does so with one of these. When all tests are over, everything they left behind is
looked through; what was logged is looked through as it is written.

The official documents of Jira and Notion judge all traffic; see ``judges/watch.py``.
"""

from __future__ import annotations

import base64
import logging
import mmap
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from judges import watch as judging
from productops.testing.sandbox.airtable import STANDARD_TOKEN as AIRTABLE
from productops.testing.sandbox.notion.seed import STANDARD_TOKEN as NOTION
from productops.testing.sandbox.productboard import STANDARD_TOKEN as PRODUCTBOARD

# How fast a machine is decides no test, and neither does luck: a change is judged by the same examples each time.
# `make test ARGS=--hypothesis-profile=roaming` looks for new ones, and what they find becomes an @example.
settings.register_profile("roaming", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("steady", settings.get_profile("roaming"), derandomize=True)
settings.load_profile("steady")
JIRA = "mira-token"
BASIC = base64.b64encode(f"mira@example.com:{JIRA}".encode()).decode()
CANARIES = (AIRTABLE, NOTION, PRODUCTBOARD, JIRA, BASIC)
# The sandbox's own files say how to sign in; they are what a service keeps, and not what the library writes.
ALLOWED = ("sandbox", "world.json", "seed.json")


class Listener(logging.Handler):
    """Hears everything that is logged, also what no test looks at."""

    def __init__(self) -> None:
        super().__init__(level=logging.DEBUG)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        text = self.format(record)
        self.found += [f"{record.name}: {text[:200]}" for canary in CANARIES if canary in text]


def spilled(home: Path) -> list[str]:
    """Return the files below a folder that hold a canary."""
    found = []
    for path in home.rglob("*"):
        if path.is_symlink() or not path.is_file() or not path.stat().st_size:
            continue
        if path.name in ALLOWED or path.name.startswith(ALLOWED[0]):
            continue
        name = path.relative_to(home)
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            found += [f"{name}: {canary[:6]}…" for canary in CANARIES if content.find(canary.encode()) >= 0]
    return found


@pytest.fixture(scope="session", autouse=True)
def _no_canary_sings(tmp_path_factory: pytest.TempPathFactory):
    listener = Listener()
    logging.getLogger().addHandler(listener)
    yield
    logging.getLogger().removeHandler(listener)
    assert not listener.found, f"credentials were logged: {listener.found[:5]}"
    left = spilled(tmp_path_factory.getbasetemp())
    assert not left, f"credentials were left in files: {left[:5]}"


@pytest.fixture(scope="session")
def watch():
    """What judges the traffic of all tests; None where the official documents are not beside the checkout."""
    found = judging.watch()
    if found is None:
        yield None
        return
    with pytest.MonkeyPatch.context() as patch:
        judging.install(patch, found)
        yield found
    found.tell()
    if told := os.environ.get("PRODUCTOPS_WATCHED"):  # a file, for who wants to know how much was judged
        with Path(told).open("a", encoding="utf-8") as file:
            file.write(f"{dict(found.counts)}\n")


@pytest.fixture(autouse=True)
def _judged(watch):
    yield
    if watch is not None:
        watch.tell()
