"""The benchmarks run: every scenario with few records, each result checked, without any judgement of time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )


def test_every_client_does_its_work_and_floor_and_peers_ask_no_more_than_they_must() -> None:
    done = run("-m", "benchmarks.trial", "--records", "200")  # two pages
    assert done.returncode == 0, done.stderr
    found: dict[str, dict[str, int]] = json.loads(done.stdout)
    remote = {name: sent for name, sent in found.items() if sent["minimum"]}
    for name, sent in remote.items():
        asked = {sent["minimum"], *(sent[who] for who in ("floor", "peer") if who in sent)}
        assert asked == {sent["minimum"]}, name
        assert sent["ours"] >= sent["minimum"], name
    assert {name: sent["minimum"] for name, sent in remote.items()} == {
        "read Airtable, 12 fields": 2,
        "read Jira, 24 fields": 2,
        "read Jira, 4 of 24 fields": 2,
        "read Jira, 4 fields and rich text": 2,
        "read Notion, 13 properties": 2,
        "first sync": 2 + 20,
        "first sync, with rich text": 2 + 20,
        "incremental, nothing changed": 2,
        "no-op plan, links": 2,
        "first sync at the documented limits": 2 + 20,
        "incremental, 1 % changed": 2 + 1,
        "incremental, 10 % changed": 2 + 2,
        "full compare": 2 + 2,
    }
    alone = {"import productops", "productops --help", "workspace, add notes", "workspace, read notes"}
    alone |= {"feedback, table of demand", "feedback, near-identical notes"}
    assert found.keys() - remote.keys() == alone


def test_the_stages_of_a_read_are_told_one_by_one() -> None:
    done = run("-m", "benchmarks.stages", "--records", "100", "--rounds", "1")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "| µs of CPU a record | Airtable, 12 fields | Jira, 24 fields | Jira, 4 of 24 fields |"
    stages = [line.split(" | ")[0].removeprefix("| ") for line in lines[2:]]
    assert (stages[0], stages[-1], len(stages)) == ("the floor", "ours", 8)


def test_a_row_holds_every_figure_with_its_values(tmp_path: Path) -> None:
    out = tmp_path / "latest.json"
    name = "read Airtable, 12 fields, 100"
    done = run(
        *("-m", "benchmarks", "--records", "100", "--rounds", "2", "--only", "read Airtable, 12 fields, 1,000"),
        *("--out", str(out)),
    )
    assert done.returncode == 0, done.stderr
    assert name in done.stdout
    told: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    assert {"python", "machine", "load", "clients", "rounds"} <= set(told["about"])
    (row,) = told["rows"]
    assert (row["name"], row["records"]) == (name, 100)
    # One page of rows; ours also reads the schema, once.
    assert (row["minimum_requests"], row["clients"]["peer"]["requests"], row["requests"]) == (1, 1, 2)
    for figure in ("cpu_us_per_record", "ratio_to_floor", "ratio_to_peer", "peak_rss_mb"):
        assert row[figure] > 0
        assert len(row["values"][figure]) == 2
    assert row["targets"][0]["figure"] == "ratio_to_floor"
    drawn = out.with_suffix(".svg").read_text(encoding="utf-8")
    assert name in drawn
    assert "<rect" not in drawn.split("<g", 1)[0]  # no ground of its own: it stands on light and dark pages


def test_the_page_shows_the_run_and_keeps_its_words() -> None:
    code = (
        "from benchmarks.page import written\n"
        "print(written('Words.\\n<!-- a -->\\nold\\n<!-- end -->\\nMore.\\n', {'a': 'new'}))\n"
        "written('Words.', {'a': 'new'})"
    )
    done = run("-c", code)
    assert done.stdout == "Words.\n<!-- a -->\nnew\n<!-- end -->\nMore.\n\n"
    assert "no part called 'a'" in done.stderr


def test_a_ratio_compares_clients_of_the_same_round_and_the_middle_one_counts() -> None:
    code = """
from benchmarks.rows import row
from benchmarks.scenarios import AIRTABLE, Measurement
def rounds(*cpu): return [{"cpu_s": each, "wall_s": each, "requests": 11, "peak_rss_mb": 50.0} for each in cpu]
found = {"floor": rounds(1, 2, 10), "peer": rounds(2, 2, 2), "ours": rounds(3, 8, 10)}
told = row(Measurement(AIRTABLE, 1_000), found, {})
print(told["ratio_to_floor"], told["values"]["ratio_to_floor"], told["ratio_to_peer"], told["cpu_us_per_record"])
print(told["requests_to_minimum"], told["targets"][0]["met"], told["clients"]["peer"]["ratio"])
"""
    assert run("-c", code).stdout.split("\n") == ["3.0 [3.0, 4.0, 1.0] 4.0 8000.0", "1.1 False 4.0", ""]


def test_memory_is_compared_where_a_scenario_was_measured_at_ten_times_the_size() -> None:
    code = """
from benchmarks.rows import growth
few = {"scenario": "read", "records": 10_000, "latency_ms": 0, "changed": 0, "requests": 100, "minimum_requests": 100}
many = {**few, "records": 100_000, "requests": 1000, "minimum_requests": 1000, "values": {"peak_rss_mb": [90.0, 99.0]}}
[row] = growth([{**few, "values": {"peak_rss_mb": [70.0, 70.0]}}, many])
print(row["name"], row["growth_mb"], row["values"]["growth_mb"], row["targets"][0]["met"])
"""
    assert run("-c", code).stdout.strip() == "memory, read, from 10,000 to 100,000 24.5 [20.0, 29.0] False"


def test_a_client_that_reads_too_little_is_no_result(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from benchmarks.clients import floor; from benchmarks.job import Job;"
        "from benchmarks.measured import Measured; from benchmarks.stub import serving\n"
        "floor.read_airtable = lambda job: job.records - 1\n"
        f"with serving() as url: Measured('floor.read_airtable', Job(url, 50, Path({str(tmp_path)!r}))).prepare()"
    )
    assert "did 49 of 50 records" in run("-c", code).stderr


def test_the_workspaces_figures_are_told(tmp_path: Path) -> None:
    out = tmp_path / "workspace.json"
    done = run("-m", "benchmarks.workspace", "--notes", "300", "--events", "3000", "--out", str(out))
    assert done.returncode == 0, done.stderr
    told = {row["what"]: row for row in json.loads(out.read_text(encoding="utf-8"))}
    assert told["add 300 notes in one batch"]["ratio_cpu"] > 1
    assert told["as of at the first, 500 items"]["wall_s"] > 0
