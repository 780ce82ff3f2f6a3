"""Several runners of one sync at once, in threads and through sockets: one works, the others leave or wait.

``python -m campaign.runners 7 20`` plays twenty rounds of three runners each, with the state in a SQLite file and in
PostgreSQL. Judged at the services: every thing once on each side.
"""

from __future__ import annotations

import random
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from campaign.victim import ISSUES, ROWS
from productops import Sync
from productops.connectors.airtable import Airtable
from productops.connectors.jira import Jira
from productops.errors import ProductOpsError, StaleError, UnavailableError
from productops.testing.sandbox import Sandbox

CREW = 3
CLEAR = (UnavailableError, StaleError)  # how a runner leaves to which nobody left any work


def runner(found, state):
    """One runner, with connections of its own."""
    one, two = found["jira"], found["airtable"]
    jira = Jira(one["url"], email=one["email"], token=one["token"])
    airtable = Airtable(two["token"], url=two["url"])
    return Sync(
        "crew", left=ISSUES.on(jira.issues(project=one["project"], type="Story")),
        right=ROWS.on(airtable.table(two["base"], two["table"], key="Sync key")), state=state,
    )  # fmt: skip


def rounds(seed, count, state):
    """Play rounds with the state at a path or URL; return counts and what was wrong."""
    luck, counts, problems = random.Random(seed), Counter(), []
    with Sandbox(limits=1000.0, late_commit=0.12, search_lag=0.08) as sandbox:
        site, found = sandbox.jira.service, sandbox.to_dict()
        base = sandbox.airtable.service.base(found["airtable"]["base"])
        hand = base.table(found["airtable"]["table"])
        for number in range(count):
            for each in range(luck.randrange(2, 6)):
                site.add("PROD", "Story", f"Idea {number}.{each}", None, at=sandbox.clock.now())
            time.sleep(0.15)  # until a search shows them, or nobody would find anything to do
            waits = [luck.choice([0.0, 30.0]) for _ in range(CREW)]
            _together(found, state, waits, counts, problems)
            runner(found, state).run(full=True, wait=30.0)
            left = sorted(issue.fields["summary"] for issue in site.issues("PROD"))
            right = sorted(row["fields"].get("Name", "") for row in hand.records())
            counts["duplicates"] += max(0, len(right) - len(left))
            counts["unequal"] += left != right
    return counts, problems


def _together(found, state, waits, counts, problems):
    barrier, lock = threading.Barrier(len(waits)), threading.Lock()

    def one(wait):
        mine = runner(found, state)
        barrier.wait()
        try:
            report = mine.run(wait=wait)
            told = "worked" if report.writes else "had nothing to do"
        except CLEAR as error:
            told = f"left with {type(error).__name__}"
        except ProductOpsError as error:
            told = "failed"
            problems.append(f"{type(error).__name__}: {error}")
        with lock:
            counts[told] += 1

    crew = [threading.Thread(target=one, args=(wait,)) for wait in waits]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()


if __name__ == "__main__":
    from sync.postgres import server

    seed, count = int(sys.argv[1]), int(sys.argv[2])
    with tempfile.TemporaryDirectory() as home:
        print("SQLite", rounds(seed, count, Path(home) / "state.db"))
    with server() as url:
        print("PostgreSQL", rounds(seed, count, url.format(name="postgres")))
