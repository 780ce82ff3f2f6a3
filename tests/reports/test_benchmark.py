"""The benchmark of the site runs, and a large site stays within five seconds of the processor."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_large_site_is_written_within_five_seconds():
    command = [sys.executable, "-m", "benchmarks.reports", "--repeat", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=110)
    assert done.returncode == 0, done.stderr
    head, site, _ = done.stdout.splitlines()
    assert head == "500 items, 40 launches, 5,000 notes"
    found = re.fullmatch(r"site of 47 pages, [\d.]+ MB  [\d.]+ s  ([\d.]+) s CPU", site)
    assert found, site
    assert 0 < float(found[1]) < 5
