"""``python -m benchmarks``: measure everything, print the table, write ``benchmarks/out/latest.json``."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.running import memory, rounds, row, run, stub
from benchmarks.scenarios import SCENARIOS
from benchmarks.texts import sample

OUT = Path(__file__).parent / "out" / "latest.json"
CLIENTS = ("jira", "pyairtable", "requests", "urllib3", "sqlalchemy", "pydantic")
QUICK = os.environ.get("QUICK", "") not in ("", "0")


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--records", type=int, default=1_000 if QUICK else 3_500)
    parser.add_argument("--runs", type=int, default=1 if QUICK else 3)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that the stub lets every request wait")
    parser.add_argument("--only", default="", help="scenarios whose name begins like this")
    parser.add_argument("--out", type=Path, default=OUT)
    return parser.parse_args()


COLUMNS = ("requests", "least", "peer", "wall s", "CPU µs/rec", "/ floor", "/ peer", "wall / peer", "MB", "peer MB")


def show(rows: list[dict[str, Any]]) -> None:
    print(f"{'scenario':<42}" + "".join(f"{each:>12}" for each in COLUMNS))
    for each in rows:
        if "peer" not in each:
            growth = each.get("growth_bytes_per_record")
            more = "" if growth is None else f", {growth} bytes for each record more"
            print(f"{each['name']:<42}{each['peak_rss_mb']:>9.1f} MB{more}")
            continue
        peer = each["peer"]
        figures = (
            each["requests"], each["minimum_requests"], peer["requests"], each["wall_s"], each["cpu_us_per_record"],
            each["ratio_to_floor"], each["ratio_to_peer"], each["wall_ratio_to_peer"], each["peak_rss_mb"],
            peer["peak_rss_mb"],
        )  # fmt: skip
        print(f"{each['name']:<42}" + "".join(f"{figure:>12}" for figure in figures))


def main() -> int:
    asked = options()
    chosen = [each for each in SCENARIOS if each.name.startswith(asked.only)]
    if not chosen:
        print(f"No scenario begins with {asked.only!r}; there are: {', '.join(each.name for each in SCENARIOS)}.")
        return 2
    started = time.perf_counter()
    with stub(asked.latency) as url:
        for floor in dict.fromkeys(each.clients()[0] for each in chosen):
            run(floor, url, asked.records)  # the stub serialises its pages when they are first asked for
        found = rounds(chosen, url, asked.records, asked.runs)
        rows = [row(each, found, asked.records) for each in chosen]
        rows += [] if asked.only else memory(url, asked.runs)
    show(rows)
    about = {
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "load": [round(each, 2) for each in os.getloadavg()],
        "clients": {name: version(name) for name in CLIENTS},
        "texts": "real issues" if sample() else "invented",
        "records": asked.records, "runs": asked.runs, "latency_s": asked.latency,
        "took_s": round(time.perf_counter() - started, 1),
    }  # fmt: skip
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(json.dumps({"about": about, "rows": rows}, indent=1) + "\n", encoding="utf-8")
    print(f"\n{asked.runs} run(s) of {asked.records:,} records, {about['texts']}, in {about['took_s']} s; {asked.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
