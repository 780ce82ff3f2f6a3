"""Many syncs over many processes: workers of Dask, one PostgreSQL for all states, and workers that are killed.

Every team has a project in Jira and a base in Airtable. A worker is killed while it holds the lease of a sync, and
its tasks go to others. Judged by the two services alone: every issue once in its team's base, with the words that
were typed last on either side.

    PYTHONPATH=tests python -m campaign.fleet SYNCS WORKERS KILLS
"""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from sqlalchemy import create_engine, inspect, text

from campaign.team import base_of, work
from productops.testing.sandbox import Sandbox

FIELDS = [
    {"name": "Name", "type": "singleLineText"},
    {"name": "Target date", "type": "date"},
    {"name": "Sync key", "type": "singleLineText"},
]
LATE, LAG = 0.12, 0.08  # seconds; the sandbox keeps to them and declares them
MOST_PASSES = 5
WRITING = text(  # whoever has told the state what it is about to send, and not yet what came of it
    "SELECT holder FROM po_lease JOIN po_intents USING (sync) WHERE holder <> '' AND state = 'sent'"
)


def seed_of(syncs):
    table = {"name": "Roadmap", "fields": FIELDS}
    return {
        "jira": {
            "users": [{"name": "Mira Quill", "email": "mira@example.com", "admin": True}],
            "projects": [{"key": f"T{number}", "name": f"Team {number}"} for number in range(syncs)],
        },
        "airtable": {
            "users": [{"name": "Mira Quill", "email": "mira@example.com"}],
            "tokens": {"patSandbox": {"user": "mira@example.com"}},
            "bases": [
                {"id": base_of(number), "name": f"Team {number}", "tables": [table]} for number in range(syncs)
            ],
        },
    }  # fmt: skip


class Fleet:
    """The services, the people at them, and what must be there in the end."""

    def __init__(self, syncs, records, seed):
        self.syncs, self.records, self.luck = syncs, records, random.Random(seed)
        self.sandbox = Sandbox(seed_of(syncs), limits=1e6, late_commit=LATE, search_lag=LAG)
        self.expected = {number: set() for number in range(syncs)}

    def __enter__(self):
        self.sandbox.start()
        self.site, self.account = self.sandbox.jira.service, self.sandbox.airtable.service
        self.found = self.sandbox.to_dict()
        for number in range(self.syncs):
            for record in range(self.records):
                word = f"team {number} idea {record}"
                self.site.add(f"T{number}", "Story", word, at=self.sandbox.clock.now())
                self.expected[number].add(word)
        time.sleep(LAG)
        return self

    def __exit__(self, *_):
        self.sandbox.stop()

    def rows(self, number):
        return self.account.base(base_of(number)).table("Roadmap")

    def people_work(self):
        """Somebody edits a row and an issue of every team, and adds one of each."""
        for number in range(self.syncs):
            table, issues = self.rows(number), self.site.issues(f"T{number}")
            linked = {row["fields"].get("Sync key"): row for row in table.records()}
            row = self.luck.choice(sorted(linked.values(), key=lambda row: row["id"]))
            issue = self.luck.choice([one for one in issues if one.fields["summary"] != row["fields"]["Name"]])
            now = self.sandbox.clock.now()
            for old in (row["fields"]["Name"], issue.fields["summary"]):
                self.expected[number].remove(old)
            fresh = [f"team {number} {what}" for what in ("row edited", "issue edited", "row added", "issue added")]
            table.edit(row["id"], {"Name": fresh[0]})
            self.site.edit(issue.key, {"summary": fresh[1]}, at=now)
            table.add({"Name": fresh[2]})
            self.site.add(f"T{number}", "Story", fresh[3], at=now)
            self.expected[number].update(fresh)
        time.sleep(LAG)

    def judge(self):
        """Return what is doubled and what is lost, on either side."""
        doubled, lost = [], []
        for number, expected in self.expected.items():
            for side, words in (
                ("jira", [issue.fields["summary"] for issue in self.site.issues(f"T{number}")]),
                ("airtable", [row["fields"].get("Name") for row in self.rows(number).records()]),
            ):
                there = Counter(words)
                doubled += [f"{side}: {word}" for word, count in there.items() if count > 1 or word not in expected]
                lost += [f"{side}: {word}" for word in expected - set(there)]
        return doubled, lost


class Reaper:
    """Kills workers, each while it holds the lease of a sync."""

    def __init__(self, url, workers, kills, luck):
        self.engine, self.workers, self.kills, self.luck = create_engine(url), set(workers), kills, luck
        self.killed = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._reap)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()
        self.engine.dispose()

    def _reap(self):
        while len(self.killed) < self.kills and not self._over.wait(self.luck.uniform(0.0, 0.02)):
            if not inspect(self.engine).has_table("po_lease"):
                continue  # the first worker makes the tables
            with self.engine.connect() as connection:
                at_work = sorted({int(row.holder.split(" ")[1]) for row in connection.execute(WRITING)})
            for pid in self.luck.sample(at_work, len(at_work)):
                if pid in self.workers:
                    os.kill(pid, signal.SIGKILL)
                    self.workers.remove(pid)
                    self.killed.append(pid)
                    break


def play(syncs, workers, kills, *, url, seed=7, records=12):
    """Run all syncs on the workers until none writes any more; return the figures."""
    from distributed import Client, LocalCluster

    with (
        Fleet(syncs, records, seed) as fleet,
        LocalCluster(
            n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
        ) as cluster,
        Client(cluster) as client,
    ):
        began, told, pids = time.monotonic(), Counter(syncs=syncs, workers=workers), set()
        with Reaper(url, client.run(os.getpid).values(), kills, fleet.luck) as reaper:
            _one_pass(client, fleet, url, told, pids)
        told["kills"] = len(reaper.killed)
        fleet.people_work()
        for _ in range(MOST_PASSES):
            wrote = _one_pass(client, fleet, url, told, pids)
            if not wrote:
                break
            time.sleep(LATE + LAG)
        told["writes_after"], told["processes"] = wrote, len(pids)
        told["seconds"] = round(time.monotonic() - began)
        told["requests"] = fleet.sandbox.requests
        doubled, lost = fleet.judge()
    return told, doubled, lost


def _one_pass(client, fleet, url, told, pids):
    """Run every sync once, on whatever worker is free; return how many writes and open outcomes that made."""
    tasks = client.map(work, range(fleet.syncs), found=fleet.found, url=url, pure=False, retries=5)
    results = client.gather(tasks)
    told["passes"] += 1
    pids.update(pid for pid, *_ in results)
    told["conflicts"] += sum(conflicts for *_, conflicts in results)
    return sum(writes + uncertain for _, writes, uncertain, _ in results)


def main():
    from sync.postgres import server

    syncs, workers, kills = (int(each) for each in sys.argv[1:4])
    with server() as url, tempfile.TemporaryDirectory() as home:
        os.chdir(Path(home))
        told, doubled, lost = play(syncs, workers, kills, url=url.format(name="postgres"))
    print(dict(told))
    print(*doubled, *lost, sep="\n")
    return int(bool(doubled or lost))


if __name__ == "__main__":
    sys.exit(main())
