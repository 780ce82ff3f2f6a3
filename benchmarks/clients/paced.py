"""A first sync at the limits that the services document, on a clock on which waiting takes no time.

Nothing is lifted here: the library's own pace is measured, against the time that the limits leave no way around.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

from benchmarks.clients import ours
from benchmarks.job import AIRTABLE_BATCH, JIRA_PAGE, Job, pages
from productops.connectors.jira.account import RATE
from productops.sync.engine import Sync

AIRTABLE_RATE = 5.0  # requests a second for each base, as Airtable documents
LATENCY = 0.05  # seconds that a request takes on this clock
told: dict[str, float] = {}  # of the last run, beside what everybody measures


class Clock:
    """Time that passes when somebody waits. Two who wait at once wait together."""

    def __init__(self) -> None:
        self.began = self._now = 1_000.0
        self._start, self._lock = datetime.now(UTC), threading.Lock()

    def now(self) -> datetime:
        """Return the time of day."""
        return self._start + timedelta(seconds=self._now - self.began)

    def monotonic(self) -> float:
        """Return seconds."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Wait."""
        until = self._now + max(0.0, seconds)
        with self._lock:
            self._now = max(self._now, until)


def first_sync(job: Job) -> int:
    """Plan and apply at the services' own pace; each request takes its latency."""
    clock = Clock()
    left, right = ours.issues(job, rate=RATE, clock=clock), ours.rows(job, rate=AIRTABLE_RATE, clock=clock)
    for view in (left, right):
        account = view.collection.api if hasattr(view.collection, "api") else view.collection.account
        account.policy.on_request = lambda _event: clock.sleep(LATENCY)
    sync = Sync("paced", left=left, right=right, state=job.folder / "paced.db", clock=clock.now)
    report = sync.run()
    assert not report.problems, report
    # A page of Jira's names the next one, so no two of them can be asked for at once.
    limit = pages(job.records, JIRA_PAGE) * LATENCY + pages(job.records, AIRTABLE_BATCH) / AIRTABLE_RATE
    took = clock.monotonic() - clock.began
    told.update(limit_s=limit, virtual_s=took, share_of_limit=limit / took)
    return report.created["right"]
