"""The benchmarks run: one small scenario of each client, without any judgement of time."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_quickest_scenario_runs_and_counts_its_requests(tmp_path: Path) -> None:
    out = tmp_path / "latest.json"
    arguments = ["--records", "50", "--runs", "1", "--only", "read Airtable as records", "--out", str(out)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "read Airtable as records" in done.stdout
    (row,) = json.loads(out.read_text(encoding="utf-8"))["rows"]
    assert row["records"] == 50
    # One page of rows; ours also reads the schema, once.
    assert (row["minimum_requests"], row["peer"]["requests"], row["requests"]) == (1, 1, 2)
    assert row["cpu_us_per_record"] > 0
    assert row["peak_rss_mb"] > 1
    assert set(row) >= {"wall_s", "ratio_to_floor", "ratio_to_peer", "values"}


def test_a_client_that_reads_too_little_is_no_result(tmp_path: Path) -> None:
    code = (
        "import sys; sys.argv[0] = 'x'; from benchmarks import client, floor; from benchmarks.job import Job;"
        "floor.read_airtable = lambda job: job.records - 1;"
        "from benchmarks.running import stub; from pathlib import Path\n"
        f"with stub() as url: client.measure('floor.read_airtable', Job(url, 50, Path({str(tmp_path)!r})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert "did 99 of 100 records" in done.stderr


def test_every_client_copies_all_records_and_finds_nothing_afterwards(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from benchmarks import floor, ours, peers; from benchmarks.client import ask\n"
        "from benchmarks.job import Job; from benchmarks.running import stub\n"
        f"with stub() as url:\n job = Job(url, 50, Path({str(tmp_path)!r}))\n"
        " for each in (floor, peers, ours):\n  ask(url, '/reset', 'POST')\n"
        "  print(each.first_sync(job), each.second_plan(job), each.second_plan_full(job))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout.split() == ["50"] * 9, done.stderr


def test_the_workspaces_figures_are_told(tmp_path: Path) -> None:
    out = tmp_path / "workspace.json"
    arguments = ["--notes", "300", "--events", "3000", "--out", str(out)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.workspace", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    told = {row["what"]: row for row in json.loads(out.read_text(encoding="utf-8"))}
    assert told["add 300 notes in one batch"]["ratio_cpu"] > 1
    assert told["as of at the first, 500 items"]["wall_s"] > 0
