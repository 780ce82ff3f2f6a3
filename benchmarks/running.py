"""Running clients, each in a process of its own, against one stub, and putting their figures together."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from benchmarks.scenarios import FEW, MANY, MEMORY, Scenario

Figures = dict[str, float]


@contextmanager
def stub(latency: float = 0.0) -> Iterator[str]:
    """Serve in a process of its own and give the address."""
    command = [sys.executable, "-m", "benchmarks.server", "--latency", str(latency)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.communicate()  # its standard input ends, and so does it


def run(client: str, url: str, records: int) -> Figures:
    """Run one client in a process of its own and return what it cost."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.client", client, url, str(records), folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{client} failed:\n{done.stderr}")
    found: Figures = json.loads(done.stdout)
    return found


def rounds(chosen: Sequence[Scenario], url: str, records: int, runs: int) -> list[dict[str, Figures]]:
    """Run every client once in each round, the clients of a scenario right after each other.

    The first one starts elsewhere in each round, so that none always runs after the same other.
    """
    clients = list(dict.fromkeys(client for each in chosen for client in each.clients()))
    found = []
    for number in range(runs):
        shift = number * len(clients) // runs
        found.append({client: run(client, url, records) for client in [*clients[shift:], *clients[:shift]]})
    return found


def row(scenario: Scenario, found: Sequence[dict[str, Figures]], records: int) -> dict[str, Any]:
    """Return one scenario's figures: the least of all rounds, since other programs can only add, and their ratios."""
    floor, peer, ours = (_least([each[client] for each in found]) for client in scenario.clients())
    return {
        "name": scenario.name,
        "records": records,
        "requests": int(ours["requests"]),
        "minimum_requests": scenario.minimum(records),
        **_brief(ours, records),
        "ratio_to_floor": round(ours["cpu_s"] / floor["cpu_s"], 2),
        "ratio_to_peer": round(ours["cpu_s"] / peer["cpu_s"], 2),
        "wall_ratio_to_peer": round(ours["wall_s"] / peer["wall_s"], 2),
        "floor": _brief(floor, records),
        "peer": _brief(peer, records),
        "values": [{client: each[client] for client in scenario.clients()} for each in found],
    }


def _least(figures: Sequence[Figures]) -> Figures:
    return {name: min(each[name] for each in figures) for name in figures[0]}


def _brief(least: Figures, records: int) -> dict[str, float]:
    return {
        "requests": int(least["requests"]),
        "wall_s": round(least["wall_s"], 4),
        "cpu_us_per_record": round(least["cpu_s"] / records * 1e6, 1),
        "peak_rss_mb": round(least["peak_rss_mb"], 1),
    }


def memory(url: str, runs: int) -> list[dict[str, Any]]:
    """Return the peak memory of a first sync of few and of many records, and what each further record adds."""
    rows: list[dict[str, Any]] = []
    for records in (FEW, MANY):
        values = [run(MEMORY, url, records) for _ in range(runs)]
        best = min(each["peak_rss_mb"] for each in values)
        name = f"memory, first sync of {records:,}"
        rows.append({"name": name, "records": records, "peak_rss_mb": best, "values": values})
    growth = (rows[1]["peak_rss_mb"] - rows[0]["peak_rss_mb"]) * 2**20 / (MANY - FEW)
    rows[1]["growth_bytes_per_record"] = round(growth)
    return rows
