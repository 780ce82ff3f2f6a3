"""Peak memory of whole syncs, of few and of very many records, each in a process of its own.

``python -m campaign.memory`` measures 1,000 and 100,000; the records of both sides lie on disk, or are made as they are
read, so that what is measured is the sync.
"""

from __future__ import annotations

import json
import resource
import sqlite3
import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

FEW, MANY = 1_000, 100_000
RATIO, MOST = 1.2, 150.0  # the promise: MB in all, and how much more many records may take than few
MADE = datetime(2026, 1, 5, tzinfo=UTC)


def measure(records):
    """Return the peak resident memory, in MB, of a first sync and a full pass over so many records."""
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            [sys.executable, "-m", "campaign.memory", "job", str(records), home],
            check=True, capture_output=True, text=True, cwd=Path(__file__).parents[1],
        )  # fmt: skip
    told = json.loads(done.stdout)
    assert told["created"] == told["stored"] == records, told
    assert told["again"] == 0, told
    return told["peak_mb"]


def job(records, home):
    """Sync so many records, twice, and tell what it took."""
    from productops import RoadmapItem
    from productops.connectors.memory import Memory, MemoryCollection
    from productops.sdk.mapping import Mapping
    from productops.sdk.record import Record
    from productops.sync.engine import Sync

    fields = {"Name": "text", "Notes": "text", "Due": "date"}

    class Counted(MemoryCollection):
        """Records that are a function of their number."""

        def record(self, number):
            values = {"Name": f"Idea {number}", "Notes": f"About idea {number}. " * 10, "Due": MADE.date()}
            return Record(f"n{number}", values, key=f"n{number}", version="1", created=MADE, updated=MADE)

        def scan(self, since=None, fields=None):
            yield from (self.record(number) for number in range(records))

        def get(self, ids, fields=None):
            return {id_: self.record(int(id_[1:])) for id_ in ids}

    class Stored(MemoryCollection):
        """Records in a file."""

        def open(self, path):
            self.file = sqlite3.connect(path, isolation_level=None)
            self.file.execute("PRAGMA cache_size=-256")
            self.file.execute("PRAGMA synchronous=OFF")
            self.file.execute("CREATE TABLE r (id INTEGER PRIMARY KEY, marker, name, notes, due)")
            self.features = replace(self.features, create_batch=100)
            return self

        def _of(self, row):
            values = {"Name": row[2], "Notes": row[3], "Due": datetime.fromisoformat(row[4]).date()}
            return Record(f"s{row[0]}", values, f"s{row[0]}", marker=row[1], version="1", created=MADE, updated=MADE)

        def _create(self, draft):
            values = draft.fields
            put = self.file.execute(
                "INSERT INTO r (marker, name, notes, due) VALUES (?, ?, ?, ?)",
                (draft.marker, values["Name"], values["Notes"], values["Due"].isoformat()),
            )
            return self.get([f"s{put.lastrowid}"])[f"s{put.lastrowid}"]

        def scan(self, since=None, fields=None):
            yield from (self._of(row) for row in self.file.execute("SELECT * FROM r ORDER BY id"))

        def get(self, ids, fields=None):
            found = (self.file.execute("SELECT * FROM r WHERE id = ?", (int(id_[1:]),)).fetchone() for id_ in ids)
            return {f"s{row[0]}": self._of(row) for row in found if row}

    account = Memory()
    left = Counted(account, "numbers", fields)
    right = Stored(account, "stored", fields).open(Path(home) / "stored.db")
    mapping = Mapping(RoadmapItem, title="Name", description="Notes", due="Due")
    sync = Sync("memory", left=mapping.on(left), right=mapping.on(right), state=Path(home) / "state.db")
    report = sync.run()
    again = sync.run(full=True)
    stored = right.file.execute("SELECT count(*) FROM r").fetchone()[0]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)
    told = {"created": report.created["right"], "stored": stored, "again": again.writes, "peak_mb": round(peak, 1)}
    print(json.dumps(told))


def part(share, seed):
    """Few and many; many only in a whole campaign."""
    many = MANY if share >= 5_000 else MANY // 20
    few, more = measure(FEW), measure(many)
    print(f"memory: {few} MB for {FEW:,} records, {more} MB for {many:,}")
    return {"memory_records": many, "violations": int(more > MOST or (many == MANY and more > RATIO * few))}


if __name__ == "__main__":
    if sys.argv[1:2] == ["job"]:
        job(int(sys.argv[2]), sys.argv[3])
    else:
        few, more = measure(FEW), measure(MANY)
        print(f"{few} MB for {FEW:,}, {more} MB for {MANY:,}: {more / few:.2f} times")
