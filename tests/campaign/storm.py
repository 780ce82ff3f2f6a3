"""Rate storms: both services refuse everything with 429, for hours; what still reaches them, on the virtual clock."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise, product

from campaign.enumerated import Home
from campaign.enumerated_scenarios import Scenario, stories
from campaign.enumerated_stage import Stage
from productops.errors import ProductOpsError
from productops.testing.sandbox.faults import Fault

HOURS = 3
MINUTE = 59.999  # the clock's seconds are no whole numbers of microseconds
EVERY = 300.0  # seconds between two runs of one process
ASKED = (None, 0, 1, 30, 90, "date")
SCENARIO = Scenario("storm", stories("One", "Two"), ())


def storm(asked, hours=HOURS, *, again=None):
    """Let one process meet 429 for hours; return for each host the times, in seconds, at which requests arrived.

    With ``again``, a new process is started so many seconds after the last one, which remembers nothing but its state.
    """
    with Home() as home:
        stage = Stage(home, SCENARIO)
        start = stage.begin()
        stage = Stage(home, SCENARIO, start=start)
        with stage.watched():
            sync, began = stage.fresh_sync(), stage.clock.now()
            for endpoint in stage.at.values():
                endpoint.faults.add("*", ".*", Fault("rate_limited", seconds=75.0, retry_after=asked), times=None)
                endpoint.log.clear()
            while (stage.clock.now() - began).total_seconds() < hours * 3600:
                if again is not None:
                    sync = stage.fresh_sync()
                for go in (sync.run,) if again is not None else (sync.run, stage.jira.check, stage.airtable.check):
                    try:
                        go()
                    except ProductOpsError:
                        stage.clock.sleep(1.0)
                stage.clock.sleep(EVERY if again is None else again)
            return {
                side: [(exchange.at - began).total_seconds() for exchange in endpoint.log]
                for side, endpoint in stage.at.items()
            }


def pause(asked):
    """The seconds that a service asked a client to wait."""
    return 75.0 if asked == "date" else asked or 0


def verdict(asked, times, free=3):
    """Return how many requests came in the worst minute after the first three, and how many came too early."""
    later = times[free:]
    worst = max((sum(0 <= other - at < MINUTE for other in later) for at in later), default=0)
    early = sum(next_ - at < pause(asked) - 0.001 for at, next_ in pairwise(times))
    return worst, early


def part(share, seed):
    """Every form of Retry-After."""
    counts = Counter(storms=0, violations=0)
    for asked, again in product(ASKED, (None, 20.0)):
        for times in storm(asked, again=again).values():
            worst, early = verdict(asked, times)
            counts.update(storms=1, violations=early + max(0, worst - 1), storm_requests=len(times))
            counts["max_requests_a_minute"] = max(counts["max_requests_a_minute"], worst)
    return counts


if __name__ == "__main__":
    for asked, again in product(ASKED, (None, 20.0)):
        who = "one process" if again is None else f"a new process every {again:.0f} s"
        for side, times in storm(asked, again=again).items():
            print(asked, who, side, len(times), "worst minute, early:", verdict(asked, times), times[:6])
