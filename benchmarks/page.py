"""Put a run's figures and its picture into the documentation: ``python -m benchmarks.page``.

The page keeps its words; what stands between ``<!-- name -->`` and ``<!-- end -->`` is written anew.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.picture import draw
from benchmarks.rows import Row
from benchmarks.table import spread, text

ROOT = Path(__file__).parents[1]
OUT = ROOT / "benchmarks" / "out" / "latest.json"
PAGE = ROOT / "docs" / "performance.md"
PICTURE = ROOT / "docs" / "pictures" / "performance.svg"


def about(told: dict[str, Any], rows: Sequence[Row]) -> str:
    """Say what was measured where, and how busy the machine was."""
    loads = [one["load"] for one in rows if "load" in one]
    times = sorted(one["at"] for one in rows if "at" in one)
    versions = ", ".join(f"{name} {told['clients'][name]}" for name in ("jira", "pyairtable", "notion-client"))
    rounds = sorted({len(one["values"]["cpu_s"]) for one in rows if "cpu_s" in one["values"]})
    return (
        f"{told['machine']}, Python {told['python']}, {versions}, {told['texts']} texts, "
        f"{'the sizes of `QUICK=1`, ' if told['quick'] else ''}{' to '.join(map(str, rounds))} rounds, "
        f"{times[0][:16].replace('T', ' ')} to {times[-1][11:16]} UTC. Other programs wanted the cores: "
        f"the load average was {min(loads):.0f} to {max(loads):.0f}."
    )


def more_memory(rows: Sequence[Row]) -> str:
    """Say how much more memory ten times the records take."""
    said = [f"{one['name'].removeprefix('memory, ')}: {text(one['growth_mb'])} MB" for one in rows]
    return f"Memory, by which the peak grows: {'; '.join(said) or 'not measured in this run'}."


def targets(rows: Sequence[Row]) -> str:
    """Return what must hold and whether it did, each for the largest size that was measured."""
    largest: dict[str, Row] = {}
    for one in rows:
        known = largest.get(one["scenario"])
        if not one["latency_ms"] and (known is None or one["records"] > known["records"]):
            largest[one["scenario"]] = one
    lines = ["| what | aim | this run | least to most of the rounds | |", "|---|--:|--:|--:|---|"]
    for one in largest.values():
        for each in one["targets"]:
            figure = each["figure"]
            lines.append(
                f"| {one['name']} | {each['words']} | {text(one[figure])} | {_range(one, figure)} | "
                f"{'held' if each['met'] else 'missed'} |"
            )
    return "\n".join(lines)


def table(rows: Sequence[Row]) -> str:
    """Return all rows."""
    lines = [
        "| scenario | requests (least) | CPU µs a record | / floor | of rounds | / peer | of rounds | / others | MB |",
        "|---|--:|--:|--:|--:|--:|--:|---|--:|",
    ]
    for one in rows:
        others = [
            f"{name} {text(each['ratio'])}"
            for name, each in one.get("clients", {}).items()
            if name not in ("floor", "peer")
        ]
        asked = f"{one['requests']:,} ({one['minimum_requests']:,})" if one["minimum_requests"] else ""
        cells = (
            one["name"], asked, text(one["cpu_us_per_record"]), text(one["ratio_to_floor"]),
            _range(one, "ratio_to_floor"), text(one["ratio_to_peer"]), _range(one, "ratio_to_peer"),
            "; ".join(others), text(one["peak_rss_mb"]),
        )  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _range(one: Row, figure: str) -> str:
    return spread(one, figure).replace("-", " to ")


def written(page: str, parts: dict[str, str]) -> str:
    """Return the page with its parts written anew."""
    for name, content in parts.items():
        head, end = f"<!-- {name} -->\n", "\n<!-- end -->"
        before, found, rest = page.partition(head)
        _old, ended, after = rest.partition(end)
        if not (found and ended):
            raise SystemExit(f"the page has no part called {name!r}")
        page = before + head + content + end + after
    return page


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page", description=__doc__)
    parser.add_argument("run", type=Path, nargs="?", default=OUT)
    told = json.loads(parser.parse_args().run.read_text(encoding="utf-8"))
    rows = told["rows"]
    memory = [one for one in rows if "growth_mb" in one]
    parts = {"about": about(told["about"], rows), "targets": targets(rows), "memory": more_memory(memory)}
    parts["table"] = table([one for one in rows if one not in memory])
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), parts), encoding="utf-8")
    draw(rows, PICTURE)


if __name__ == "__main__":
    main()
