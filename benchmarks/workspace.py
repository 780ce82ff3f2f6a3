"""What a workspace costs: adding notes, opening, reading, and looking back over a million events.

Run ``python -m benchmarks.workspace`` (``--notes 100000 --events 1000000``). Adding is set against plain ``sqlite3``,
which puts the same rows into the same tables with ``executemany`` in the same run, once before and once after; the
lesser of both counts. Seconds are on the wall's clock, CPU of this process beside them: other programs disturb it less.
"""

from __future__ import annotations

import argparse
import json
import resource
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from productops.model.feedback import Feedback
from productops.model.people import PersonRef
from productops.model.roadmap import RoadmapItem
from productops.workspace.home import Workspace

START = datetime(2025, 1, 1, tzinfo=UTC)
ITEMS = 500
TABLES = ("ws_entities", "ws_events")


def notes(count: int) -> Iterator[Feedback]:
    for number in range(count):
        yield Feedback(
            text=f"Wish number {number}: please let us export the whole list, with everything that is in it, as CSV",
            source="support", source_system="zendesk", source_id=f"T-{number}", account_id=f"acc_{number % 300}",
            requester=PersonRef(name=f"Person {number % 700}", email=f"p{number % 700}@example.com"),
            theme=f"theme_{number % 16}", tags=["export"],
        )  # fmt: skip


class Taken:
    """Seconds and CPU of a piece of work, the least of its repetitions."""

    def __init__(self) -> None:
        self.wall = self.cpu = float("inf")

    @contextmanager
    def once(self) -> Iterator[None]:
        """Measure a block."""
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.wall, self.cpu = min(self.wall, time.perf_counter() - wall), min(self.cpu, time.process_time() - cpu)


def least(work: Callable[[], object], repeat: int) -> Taken:
    taken = Taken()
    for _ in range(repeat):
        with taken.once():
            work()
    return taken


def rows_of(source: Path) -> dict[str, list[Any]]:
    """Return what a workspace holds, as rows of its tables."""
    read = sqlite3.connect(source)
    found = {table: read.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES}
    read.close()
    return found


def plain(source: Path, target: Path, rows: dict[str, list[Any]]) -> Taken:
    """Put rows into a new file with the tables of a workspace, with nothing but sqlite3."""
    read = sqlite3.connect(source)
    made = [sql for (sql,) in read.execute("SELECT sql FROM sqlite_master WHERE sql LIKE 'CREATE %ws_e%'")]
    read.close()
    write = sqlite3.connect(target, isolation_level=None)
    for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", *made):
        write.execute(statement)
    taken = Taken()
    with taken.once():
        write.execute("BEGIN IMMEDIATE")
        for table, found in rows.items():
            write.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(found[0]))})", found)
        write.execute("COMMIT")
    write.close()
    return taken


def adding(home: Path, count: int) -> dict[str, Any]:
    path = home / "notes.db"
    ours = Taken()
    given = list(notes(count))
    with Workspace(path, by="bench") as ws, ours.once():
        ws.add_all(given)
    rows = rows_of(path)
    peers = [plain(path, home / f"plain{number}.db", rows) for number in range(2)]
    wall, cpu = min(each.wall for each in peers), min(each.cpu for each in peers)
    return {
        "what": f"add {count:,} notes in one batch", "wall_s": ours.wall, "cpu_s": ours.cpu,
        "per_s": count / ours.wall, "per_cpu_s": count / ours.cpu,
        "ratio_wall": ours.wall / wall, "ratio_cpu": ours.cpu / cpu,
    }  # fmt: skip


def lived(ws: Workspace, path: Path, events: int) -> None:
    """Give the roadmap a long history, and fill up with changes of the notes."""
    rounds = max(2, min(200, events // ITEMS // 4))
    items = [RoadmapItem(id=f"item_{number:03}", title=f"Item {number}") for number in range(ITEMS)]
    ws.add_all(items, at=START)
    for turn in range(1, rounds):
        with ws.batch(at=START + timedelta(days=turn)):
            for item in items:
                item.title = f"{item.id} {turn}"
                ws.save(item)
    file = sqlite3.connect(path)
    (have,) = file.execute("SELECT count(*) FROM ws_events").fetchone()
    rest = (
        "SELECT kind, id, 1, at, 'title', 'null', '\"x\"', 'bench', NULL, NULL, NULL FROM ws_entities "
        "WHERE kind = 'feedback'"
    )
    while have < events:
        have += file.execute(
            'INSERT INTO ws_events (kind, entity, version, at, field, old, new, "by", source, run, reason) '
            f"{rest} LIMIT {events - have}"
        ).rowcount
    file.commit()
    file.close()


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def looking(path: Path) -> list[dict[str, Any]]:
    def opened() -> None:
        Workspace(path).close()

    rows = [("open", least(opened, 5))]
    with Workspace(path, read_only=True) as ws:
        (key, *_) = (item.id for item in ws.all(RoadmapItem))
        days = [START + timedelta(days=day, hours=1) for day in (0, 3, 20)]
        for name, moment in zip(("at the first", "soon after", "later"), days, strict=True):
            view = ws.as_of(moment)
            rows.append((f"as of {name}, one item", least(lambda view=view: view.get(RoadmapItem, key), 20)))
            rows.append(
                (f"as of {name}, {ITEMS} items", least(lambda view=view: sum(1 for _ in view.all(RoadmapItem)), 3))
            )
        rows.append(("history of one item", least(lambda: ws.history(RoadmapItem, key), 5)))
        rows.append(("find by a value", least(lambda: sum(1 for _ in ws.find(Feedback, source_id="T-77")), 3)))
        before = peak_mb()
        rows.append(("iterate over all notes", least(lambda: sum(1 for _ in ws.all(Feedback)), 1)))
    told = [{"what": name, "wall_s": taken.wall, "cpu_s": taken.cpu} for name, taken in rows]
    told[-1]["more_mb"] = peak_mb() - before
    return told


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and write the figures where asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.workspace", description=__doc__)
    parser.add_argument("--notes", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="productops-bench-") as folder:
        home = Path(folder)
        told = [adding(home, asked.notes)]
        with Workspace(home / "notes.db") as ws:
            lived(ws, home / "notes.db", asked.events)
        told += looking(home / "notes.db")
    for each in told:
        more = "".join(
            f"  {name} {value:,.1f}" for name, value in each.items() if name not in ("what", "wall_s", "cpu_s")
        )
        print(f"{each['what']:<36}{each['wall_s'] * 1000:12,.1f} ms{each['cpu_s'] * 1000:12,.1f} ms CPU{more}")
    if asked.out:
        asked.out.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
