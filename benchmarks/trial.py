"""Every client does its work once, in this process and with few records: that all do the same, and how they ask.

``python -m benchmarks.trial --records 200`` prints, as JSON, who sent how many requests in which scenario; whoever did
less than was asked raises. Nothing is measured.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from benchmarks.job import Job
from benchmarks.measured import Measured
from benchmarks.running import OWN_PYTHON, PLACES
from benchmarks.scenarios import FULL, Measurement
from benchmarks.stub import serving


def requests(one: Measurement, url: str, folder: Path) -> dict[str, int]:
    """Return how many requests each client sends."""
    found = {}
    for role, name in one.scenario.clients(one.records).items():
        if name.partition(".")[0] in OWN_PYTHON:
            continue
        tag = 0 if one.scenario.shared else PLACES.index(role)
        measured = Measured(name, Job(url, one.records, folder / role, tag, one.changed))
        measured.prepare()
        found[role] = int(measured.once()["requests"])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.trial", description=__doc__)
    parser.add_argument("--records", type=int, default=200)
    records = parser.parse_args().records
    every = {one.scenario.name: Measurement(one.scenario, min(one.records, records)) for one in FULL}
    found = {}
    with serving() as url, tempfile.TemporaryDirectory(prefix="productops-bench-") as home:
        for number, (name, one) in enumerate(every.items()):
            found[name] = {"minimum": one.minimum, **requests(one, url, Path(home) / str(number))}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
