"""Two or three places, the syncs between them, the weather, and an oracle that only looks at the places.

One thread and one virtual clock. Between any two requests people may act, a process may die or another runner may go
on. The oracle knows which words people typed and which they replaced, and never reads a sync's state: it asks for its
conflicts, as a person would.
"""

from __future__ import annotations

import itertools
import shutil
from collections import Counter, defaultdict
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from greenlet import getcurrent, greenlet
from sqlalchemy import Engine, event

from campaign.oracle import Oracle
from campaign.people import People
from campaign.places import AirtablePlace, JiraPlace
from campaign.steps import luck_of
from productops import Mapping, RoadmapItem, Sync, choice, markdown
from productops.connectors.airtable import Airtable
from productops.connectors.jira import Jira
from productops.errors import GuardError, ProductOpsError
from productops.sync.memory import state as states
from productops.sync.memory.database import ALONE
from productops.sync.memory.state import State
from productops.testing.sandbox.airtable import STANDARD_TOKEN
from productops.testing.sandbox.airtable import Airtable as AirtableService
from productops.testing.sandbox.clock import VirtualClock
from productops.testing.sandbox.endpoint import Endpoint
from productops.testing.sandbox.jira import JiraSandbox
from productops.testing.sandbox.plugs import RequestsPlug

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
LATE, LAG = 5.0, 2.0  # what both services keep to: D, and the V of Jira's search
NAMES = {"title": "Name", "text": "Notes", "due": "Target date", "status": "Stage"}
COLUMNS = [
    {"name": "Name", "type": "singleLineText"},
    {"name": "Notes", "type": "richText"},
    {"name": "Target date", "type": "date"},
    {"name": "Stage", "type": "singleSelect", "options": {"choices": ["Inbox", "Building", "Shipped"]}},
    {"name": "Private", "type": "singleLineText"},
    {"name": "Sync key", "type": "singleLineText"},
    {"name": "Chain key", "type": "singleLineText"},
]
PEOPLE = [{"email": "mira@example.com", "name": "Mira Quill"}]
ROWS = Mapping(
    RoadmapItem, title="Name", description=markdown("Notes"), due="Target date",
    status=choice("Stage", idea="Inbox", doing="Building", done="Shipped"),
)  # fmt: skip
ISSUES = Mapping(
    RoadmapItem, title="summary", description=markdown("description"), due="duedate",
    status=choice("status", idea="To Do", doing=["In Progress", "In Review", "QA"], done="Done"),
)  # fmt: skip


class Crash(BaseException):
    """The process died here."""


class Gate(Endpoint):
    """An endpoint at whose door the world may act before and after each request."""

    def __init__(self, world, *args, **options):
        super().__init__(*args, **options)
        self.world, self.place = world, None

    def exchange(self, request):
        self.world.before(self, request)
        self.place.sending(request)
        outcome = super().exchange(request)
        self.world.after()
        return outcome


class World:
    """Everything there is, for one history."""

    start, late = START, LATE - 0.5  # when it begins; how late a request arrives of which no answer came

    def __init__(self, home, name, *, places=2, make=Sync, full_every=timedelta(0)):
        self.clock = VirtualClock(START)
        self.home, self.name, self.make, self.full_every = home, name, make, full_every
        self.spread = luck_of("waits", name)  # how long the transport waits beyond what it must
        self.path = home / "state.db"
        self.counts = Counter()
        self.moments = itertools.count(1)
        self.now_called = {}  # the present name of an option or status → the name the mappings know
        self.plans = {}  # calls of the pass → what people do then
        self.calls = self.commits = 0
        self.die_at = self.die_after = self.die_in_commit = None
        self.dead, self.holders, self.fallen = False, set(), set()
        self.stormy = False
        self.runners = None
        self.stall = None
        self.acting = {}  # process → the sync that it runs
        self.writing = set()  # processes with a transaction open that keeps others out
        self.problems = []
        self.last_error = None
        self.people = People(self)
        self.oracle = Oracle(self, self.people)
        self._open(places)

    def _open(self, places):
        site = JiraSandbox.from_json(
            {"projects": [{"key": "PROD"}, {"key": "OPS"}]}, now=START, rate=0, base_url="http://localhost",
            search_lag=LAG, late_commit=LATE,
        )  # fmt: skip
        tables = [{"name": f"Table {n}", "fields": COLUMNS, "records": []} for n in range(1, places)]
        base = AirtableService.from_json(
            {"users": PEOPLE, "bases": [{"name": "Work", "tables": tables}]}, clock=self.clock, limits=1000.0
        )
        base.settle = (LATE, 0.0)
        self.gates = {
            "jira": Gate(self, site, clock=self.clock, side="jira"),
            "airtable": Gate(self, base, clock=self.clock, side="airtable"),
        }
        jira = JiraPlace(self, "jira", self.gates["jira"], site)
        self.places = [jira]
        work = base.base("Work")
        tables = [AirtablePlace(self, f"table {n}", self.gates["airtable"], work.table(f"Table {n}"), NAMES,
                                ["Sync key", "Chain key"]) for n in range(1, places)]  # fmt: skip
        self.places += tables
        self.gates["jira"].place = jira
        self.gates["airtable"].place = _Both(tables)

    def syncs(self):
        """A fresh process: new connections, new objects, the same state."""
        door = RequestsPlug(self.gates["jira"])
        known = {"email": "mira@example.com", "token": "mira-token"}
        jira = Jira("http://localhost", **known, transport=door, clock=self.clock, rate=None)
        airtable = Airtable(
            STANDARD_TOKEN, url="http://localhost", transport=RequestsPlug(self.gates["airtable"]), clock=self.clock
        )
        jira.api.policy.rng = airtable.policy.rng = self.spread
        options = {
            "state": self.path, "clock": self.clock.now, "full_every": self.full_every, "on_delete": "delete",
            "delete_grace": timedelta(minutes=10), "mass_change": None,
        }  # fmt: skip
        issues = ISSUES.on(jira.issues(project="PROD", type="Story"))
        one, chained, two = (
            ROWS.on(airtable.table("Work", table, key=key))
            for table, key in (("Table 1", "Sync key"), ("Table 1", "Chain key"), ("Table 2", "Sync key"))
        )
        first = self.make(f"{self.name} one", left=issues, right=one, **options)
        if len(self.places) == 2:
            return [first]
        second = self.make(f"{self.name} two", left=chained, right=two, **options)
        return [first, second]

    # --- time and boundaries

    def moment(self):
        return next(self.moments)

    def process_number(self):
        """Who asks: a process, and the sync that it runs just now."""
        process = id(getcurrent()) if self.runners is not None else 0
        return process, self.acting.get(process)

    def before(self, gate, request):
        """Something may happen before a request leaves."""
        if self.process_number()[0] in self.writing and not self.dead:
            self.problems.append(f"other runners wait for {request.method} {request.path}: a transaction is open")
        self.calls += 1
        self.clock.advance(0.1)
        for act in self.plans.pop(self.calls, ()):
            act()
        if self.runners is not None and getcurrent() is not self.runners:
            self.sending = gate.place.writes_with(request)
            self.runners.switch()
        if self.dead or self.calls == self.die_at:
            self._die()

    def after(self):
        if self.calls == self.die_after:
            self._die()

    def begins(self, connection):
        """A transaction that keeps other writers out begins; a read on its own keeps out nobody."""
        if not connection.get_execution_options().get(ALONE):
            self.writing.add(self.process_number()[0])

    def ends(self, _connection):
        self.writing.discard(self.process_number()[0])

    def commit(self, connection):
        self.ends(connection)
        self.commits += 1
        if self.dead or self.commits == self.die_in_commit:
            self._die()

    def _die(self):
        """Nothing that this process does from here on is sent or kept, whatever it still tries on its way out."""
        self.dead = True
        self.fallen |= self.holders
        raise Crash

    def holds(self, holder):
        self.holders.add(holder)

    def is_gone(self, holder):
        """Whether the process of that holder is over: another process on the same machine can see that."""
        return holder in self.fallen

    # --- processes

    def process(self):
        """One pass of a process that may not survive it; return whether it did."""
        syncs = None
        try:
            syncs = self.syncs()
            for sync in syncs:
                self.acting[self.process_number()[0]] = sync.name
                sync.apply(sync.plan())
        except ProductOpsError as error:
            self.counts["failed_passes"] += 1
            self.counts[f"error {type(error).__name__}"] += 1
            self.last_error = error
            return False
        except Crash:
            self.counts["crashes"] += 1
            return False
        return True

    def run(self, *, weather=None, acts=(), die=None, runners=1, luck=None):
        """A pass, or two at once, in some weather."""
        self.calls = self.commits = 0
        self.die_at = self.die_after = self.die_in_commit = None
        self.holders = set()
        if die is not None:
            setattr(self, die[0], die[1])
        self.plans = defaultdict(list)
        for at, act in acts:
            self.plans[at].append(act)
        for gate in self.gates.values():
            gate.faults.seeded = weather
        done = self.process() if runners == 1 else self._interleaved(luck)
        self.dead = False
        for gate in self.gates.values():
            gate.faults.seeded = None
        if die is not None and not done:
            self._reopen(luck)
        return done

    def _interleaved(self, luck):
        """Two runners, one thread: at every request it is drawn who goes on; sometimes one sleeps for long."""
        self.runners = getcurrent()
        crew = [greenlet(self.process) for _ in range(2)]
        done, leaving = True, {}
        try:
            while crew:
                runner = luck.choice(crew)
                # A runner that sleeps longer than its lease lasts finds out before its next write. What has left
                # already, and takes that long to arrive, is later than D, and no client could call it back.
                if luck.random() < 0.02 and not any(leaving.get(one) for one in crew):
                    self.clock.advance(1_000)
                self.sending = False
                result = runner.switch()
                leaving[runner] = self.sending
                if runner.dead:
                    crew.remove(runner)
                    done = done and bool(result)
        finally:
            self.runners = None
        return done

    def _reopen(self, luck):
        """The database as it was at the last commit, sometimes with a torn end of its journal."""
        if luck is None or luck.random() > 0.3:
            return
        engine = states.open_engine(self.path)
        fresh = self.home / f"{self.name} {next(self.people.words)}.db"
        shutil.copy(self.path, fresh)
        journal = self.path.with_name(self.path.name + "-wal")
        if journal.exists():
            copy = fresh.with_name(fresh.name + "-wal")
            shutil.copy(journal, copy)
            with copy.open("ab") as file:
                file.write(luck.randbytes(luck.randrange(1, 3_000)))
        engine.dispose()
        self.path = fresh

    # --- the verdict

    def calm_down(self, most=9):
        """Let everything settle; return the number of passes until nothing was written any more."""
        for place in self.places:
            place.show_all()
        if self.full_every:
            self._soon()
        last = unbelieved = 0
        for number in range(1, most + 1):
            self.clock.advance(1_800)
            before = self.counts["writes"]
            if not all(place.live() for place in self.places):
                unbelieved = number  # a listing of nothing proves no deletion: that begins when something shows
            if not self.run():
                if unbelieved == number and isinstance(self.last_error, GuardError):
                    return 0  # people removed all there was: a sync leaves that to a person
                self.problems.append(f"a pass in fine weather failed: {self.last_error!s:.300}")
                return most
            if self.counts["writes"] > before:
                last = number
            elif number >= 3 and number - last > len(self.places) - 2 + (unbelieved == last):
                break  # along a chain a deletion is proven anew at each link, and nothing is written meanwhile
        else:
            self.problems.append("it does not come to rest")
        before = self.counts["writes"]
        self.clock.advance(1_800)
        self.run()
        if after := self.counts["writes"] - before:
            self.oracle.wrong("writes_after_fixpoint", after, f"{after} writes after it had come to rest")
        return max(0, last - unbelieved)

    def _soon(self):
        """What was edited arrives within minutes, without a listing of everything."""
        for _ in range(3):
            self.clock.advance(90)
            if not self.run():
                return
        self.oracle.judge_soon()


class _Both:
    """The tables of one base as one place, for what a request may touch."""

    def __init__(self, tables):
        self.tables = tables

    def writes_with(self, request):
        return self.tables[0].writes_with(request)

    def sending(self, request):
        for table in self.tables:
            table.sending(request)


@contextmanager
def watched(world):
    """Let commits and the names of runners pass the world."""
    take = State.take_lease

    def takes(self, holder, *args):
        world.holds(holder)
        return take(self, holder, *args)

    listeners = (("begin", world.begins), ("commit", world.commit), ("rollback", world.ends))
    for name, listener in listeners:
        event.listen(Engine, name, listener)
    try:
        with patch.object(State, "take_lease", takes), patch.object(states, "is_gone", world.is_gone):
            yield
    finally:
        for name, listener in listeners:
            event.remove(Engine, name, listener)
