"""``python -m benchmarks``: measure everything, print the table, write and draw ``benchmarks/out/latest.json``."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.about import about, now
from benchmarks.picture import draw
from benchmarks.rows import Row, growth, row
from benchmarks.running import interleaved
from benchmarks.scenarios import FULL, QUICK, Measurement
from benchmarks.stub import serving
from benchmarks.table import show

OUT = Path(__file__).parent / "out" / "latest.json"
IS_QUICK = os.environ.get("QUICK", "") not in ("", "0")


def options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", default=IS_QUICK, help="a share of it, in under five minutes")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", action="append", default=[], help="rows whose name begins like this; may be repeated")
    parser.add_argument("--records", type=int, help="measure the chosen rows with so many records instead")
    keep = "keep the rows of the last run, and of these files, that are not measured anew"
    parser.add_argument("--keep", type=Path, nargs="*", metavar="FILE", help=keep)
    parser.add_argument("--list", action="store_true", help="name the rows and measure nothing")
    parser.add_argument("--out", type=Path, default=OUT)
    return parser.parse_args(arguments)


def chosen(asked: argparse.Namespace) -> list[Measurement]:
    """Return what is to be measured."""
    every = QUICK if asked.quick else FULL
    only = tuple(asked.only)
    found = [one for one in every if not only or one.name.startswith(only)]
    if asked.records:
        found = list({(one.scenario.name, one.latency): one for one in found}.values())
        found = [Measurement(one.scenario, min(one.records, asked.records), one.latency) for one in found]
    return found


def measure(every: Sequence[Measurement], rounds: int) -> Iterator[Row | str]:
    """Measure one row after the other and yield each as soon as it is known; of one that failed, its name."""
    with ExitStack() as stack:
        stubs: dict[int, str] = {}
        for one in every:
            if one.latency not in stubs:
                stubs[one.latency] = stack.enter_context(serving(one.latency / 1000))
            load, started = os.getloadavg()[0], time.perf_counter()
            try:
                told = row(one, *interleaved(one, stubs[one.latency], rounds))
            except RuntimeError as error:
                print(f"{one.name} failed. {error}", file=sys.stderr, flush=True)
                yield one.name
                continue
            yield {**told, "at": now(), "load": round(load, 2), "took_s": round(time.perf_counter() - started, 1)}


def known(files: Sequence[Path]) -> dict[str, Row]:
    """Return the rows of earlier runs, the later file's where several have one."""
    runs = (json.loads(file.read_text(encoding="utf-8"))["rows"] for file in files if file.exists())
    return {one["name"]: one for rows in runs for one in rows if "growth_mb" not in one}


def write(rows: Sequence[Row], file: Path, told: dict[str, Any]) -> None:
    """Write rows, with what follows from several of them."""
    file.parent.mkdir(parents=True, exist_ok=True)
    whole = {"about": told, "rows": [*rows, *growth(rows)]}
    file.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    asked = options(arguments)
    every = chosen(asked)
    if asked.list or not every:
        print("\n".join(one.name for one in (every or (QUICK if asked.quick else FULL))))
        return 0 if asked.list else 2
    started, failed, fresh = time.perf_counter(), 0, list[Row]()
    rows = known([asked.out, *asked.keep]) if asked.keep is not None else {}
    for one in measure(every, asked.rounds):
        if isinstance(one, str):
            failed += 1
            continue
        fresh.append(one)
        rows[one["name"]] = one
        show([one], head=len(fresh) == 1)
        told = about(quick=asked.quick, rounds=asked.rounds, took=time.perf_counter() - started)
        write(list(rows.values()), asked.out, told)  # after each row: who stops it keeps what was measured
    if fresh:
        show(growth(list(rows.values())), head=False)
        draw(list(rows.values()), asked.out.with_suffix(".svg"))
        print(f"\n{len(fresh)} rows, {asked.rounds} rounds, {told['texts']} texts, in {told['took_s']} s; {asked.out}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
