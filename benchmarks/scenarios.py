"""What is measured: each scenario by name, with the floor and the peer that do the same work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.job import AIRTABLE_BATCH, AIRTABLE_PAGE, JIRA_PAGE, pages


def _jira(records: int) -> int:
    return pages(records, JIRA_PAGE)


def _airtable(records: int) -> int:
    return pages(records, AIRTABLE_PAGE)


def _copy(records: int) -> int:
    return _jira(records) + pages(records, AIRTABLE_BATCH)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One row of the table. ``minimum`` is the least number of requests that carries the data, no schema read."""

    name: str
    ours: str
    bare: str  # the function of that name in floor.py and in peers.py
    minimum: Callable[[int], int]

    def clients(self) -> tuple[str, str, str]:
        """Return what runs: the floor, the peer, and ours."""
        return f"floor.{self.bare}", f"peers.{self.bare}", f"ours.{self.ours}"


SCENARIOS = (
    Scenario("read Jira as records", "read_jira", "read_jira", _jira),
    Scenario("read Jira as models", "read_jira_models", "read_jira", _jira),
    Scenario("read Jira as models, with rich text", "read_jira_rich", "read_jira_rich", _jira),
    Scenario("read Airtable as records", "read_airtable", "read_airtable", _airtable),
    Scenario("read Airtable as models", "read_airtable_models", "read_airtable", _airtable),
    Scenario("read Airtable as models, with rich text", "read_airtable_rich", "read_airtable_rich", _airtable),
    Scenario("first sync", "first_sync", "first_sync", _copy),
    Scenario("first sync, with rich text", "first_sync_rich", "first_sync_rich", _copy),
    Scenario("second plan, nothing changed", "second_plan", "second_plan", lambda _records: 2),
    Scenario(
        "second plan, everything compared",
        "second_plan_full",
        "second_plan_full",
        lambda records: _jira(records) + _airtable(records),
    ),
)
MEMORY = "ours.first_sync"
FEW, MANY = 500, 3_500  # records of the two runs whose peak memory is compared
