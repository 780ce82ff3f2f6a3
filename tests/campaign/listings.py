"""Ten kinds of bad listing, on either side: nothing is deleted, however often they come.

A hundred pairs are linked and everything may be deleted. Then every listing of one side is bad for two passes, far
enough apart that whatever counted as gone would be deleted. What is counted are the services' own records.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta

from campaign.enumerated import Home
from campaign.enumerated_scenarios import Scenario, key, stories
from campaign.enumerated_stage import Stage
from productops.errors import GuardError, ProductOpsError
from productops.testing.sandbox.faults import Fault

PAIRS = 105  # more than a page of either service holds
NAMES = [f"Idea {number}" for number in range(PAIRS)]
OPTIONS = {"full_every": timedelta(0), "delete_grace": timedelta(minutes=15), "on_delete": "delete"}
SCENARIO = Scenario("bad listings", stories(*NAMES), (), OPTIONS)
# name → the fault, which of the listings' requests it hits (1: the first), and whether it hits all requests of the side
KINDS = {
    "empty": (Fault("empty_listing"), 1, False),
    "partial": (Fault("partial_page"), 1, False),
    "early end": (Fault("early_end"), 1, False),
    "missing page": (Fault("missing_page"), 2, False),
    "repeated token": (Fault("repeated_token"), 1, False),
    "401": (Fault("unauthorized"), 1, True),
    "403": (Fault("forbidden"), 1, True),
    "container 404": (Fault("not_found"), 1, False),
    "everything 404": (Fault("not_found"), 1, True),
    "login page": (Fault("login_page"), 1, True),
    "stale page": (Fault("stale_page", seconds=86_400.0), 1, False),
}
LISTS = {"jira": r"/rest/api/3/search/jql", "airtable": r"/v0/[^/]+/[^/]+(/listRecords)?"}


class Bad:
    """Weather that spoils the listings of one pass after another."""

    def __init__(self, side, fault, first, everything):
        self.side, self.fault, self.first, self.everything = side, fault, first, everything
        self.seen = self.hits = 0

    def pick(self, request, side, operation, attempt):
        lists = re.fullmatch(LISTS[self.side], request.path) and request.method in ("GET", "POST")
        if not (self.everything or lists):
            return None
        self.seen += 1
        if self.seen < self.first:
            return None
        self.hits += 1
        return self.fault


def start():
    """A hundred linked pairs at rest."""
    with Home() as home:
        return Stage(home, SCENARIO).begin()


def passes(stage, count=2):
    """Run that many passes, half an hour apart; return what they said."""
    said = []
    for _ in range(count):
        stage.later(minutes=30)
        try:
            said.append(str(stage.fresh_sync().run()))
        except ProductOpsError as error:
            said.append(f"{type(error).__name__}: {error}")
    return said


def live(stage):
    return len(stage.site.issues("PROD")), len(stage.hand.records())


def spoil(begin, kind, side):
    """Two passes with one kind of bad listing; return deletions, writes once it is over, how often it hit, words."""
    fault, first, everything = KINDS[kind]
    with Home() as home:
        stage = Stage(home, SCENARIO, start=begin)
        with stage.watched():
            endpoint = stage.at[side]
            fine, endpoint.faults = endpoint.faults, Bad(side, fault, first, everything)
            said = passes(stage)
            hits, endpoint.faults = endpoint.faults.hits, fine
            before = stage.changed()
            said += passes(stage, 1)
            return 2 * PAIRS - sum(live(stage)), stage.changed() - before, hits, said


def over_the_limit(begin, removed):
    """People remove many issues; return how many rows are gone without and with a confirmation, and whether refused."""
    with Home() as home:
        stage = Stage(home, SCENARIO, start=begin)
        with stage.watched():
            for name in NAMES[:removed]:
                stage.site.remove(key(stage, name), at=stage.clock.now())
            passes(stage)
            if removed > PAIRS / 2:
                passes(stage)  # so many at once are not believed before a second complete listing says the same
            gone, sync = PAIRS - live(stage)[1], stage.fresh_sync()
            plan = sync.plan(full=True)
            try:
                sync.apply(plan)
                refused = False
            except GuardError:
                refused = True
            sync.apply(plan, confirm=plan.id)
            return gone, PAIRS - live(stage)[1], refused


def part(share, seed):
    """All kinds on both sides, and plans over the limit of deletions."""
    begin, counts = start(), Counter(wrong_deletes=0, writes_after_fixpoint=0)
    for kind in KINDS:
        for side in LISTS:
            deleted, writes, hits, _ = spoil(begin, kind, side)
            counts.update(wrong_deletes=deleted, writes_after_fixpoint=writes, bad_listings=1, faults=hits)
    for removed in (6, 20, 60):
        gone, _, refused = over_the_limit(begin, removed)
        counts.update(wrong_deletes=gone, over_limit_plans=1, over_limit_refused=int(refused))
    return counts


if __name__ == "__main__":
    print(dict(part(0, 0)))
