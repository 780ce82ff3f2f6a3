"""Two or three places, the syncs between them, the weather, and an oracle that only looks at the places.

One thread and one virtual clock. Between any two requests people may act, a process may die or another runner may go
on. The oracle knows which words people typed and which they replaced, and never reads a sync's state: it asks for its
conflicts, as a person would.
"""

from __future__ import annotations

import itertools
import random
import shutil
from collections import Counter, defaultdict
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from greenlet import getcurrent, greenlet
from sqlalchemy import Engine, event

from campaign.places import FIELDS, AirtablePlace, JiraPlace, day
from productops import Mapping, RoadmapItem, Sync, choice, markdown
from productops.connectors.airtable import Airtable
from productops.connectors.jira import Jira
from productops.errors import ProductOpsError
from productops.sync import state as states
from productops.sync.database import ALONE
from productops.sync.state import State
from productops.testing.sandbox.airtable import STANDARD_TOKEN
from productops.testing.sandbox.airtable import Airtable as AirtableService
from productops.testing.sandbox.clock import VirtualClock
from productops.testing.sandbox.endpoint import Endpoint
from productops.testing.sandbox.faults import SeededFaults
from productops.testing.sandbox.jira import JiraSandbox
from productops.testing.sandbox.plugs import RequestsPlug

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
LATE, LAG = 5.0, 2.0  # what both services keep to: D, and the V of Jira's search
UNSURE = ("drop_after_commit", "late_commit", "bad_gateway_after", "malformed", "truncated", "partial_batch")
PASSING = (
    *UNSURE, "drop_before_commit", "rate_limited", "error_500", "bad_gateway_before", "unavailable", "login_page",
    "repeated_token", "slow",
)  # fmt: skip
SHUT = ("unauthorized", "forbidden")  # what a person has to open again; it ends a pass
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

    def __init__(self, home, name, *, places=2, make=Sync, full_every=timedelta(0)):
        self.clock = VirtualClock(START)
        self.home, self.name, self.make, self.full_every = home, name, make, full_every
        self.spread = luck_of("waits", name)  # how long the transport waits beyond what it must
        self.path = home / "state.db"
        self.counts = Counter()
        self.moments = itertools.count(1)
        self.now_called = {}  # the present name of an option or status → the name the mappings know
        self.words = itertools.count(1)
        self.things = {}  # word or marker → thing
        self.alive = defaultdict(set)  # (thing, field) → words that nobody replaced
        self.gone = set()  # things of which a person removed a record
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

    # --- what happened in a place

    def committed(self, place, before, after, read, process):
        """A process's request took effect. What it overwrote that others wrote after its last look is a gap edit."""
        place = place if not isinstance(place, _Both) else place.of(before)
        if before != after:
            place.writes += 1
            self.counts["writes"] += 1
        for record, old in before.items():
            new = after.get(record)
            if new is None:
                self._program_removed(place, record, old, read, process)
                continue
            if new["other"] != old["other"]:
                self.problems.append(f"a field that is not mapped changed in {place.name}")
            for field in ("title", "text", "due"):
                if new[field] != old[field]:
                    if self._unseen(place, record, field, read, process):
                        self._gap(old, field)
                    place.edited[record, field] = (self.moment(), process)
        for record in after.keys() - before.keys():
            self._learn(place, record, after[record])

    def _learn(self, place, record, values):
        thing = self.thing(values)
        if thing is not None and (marker := place.markers().get(record, "").strip()):
            for part in marker.split():
                self.things[part] = thing

    def _program_removed(self, place, record, old, read, process):
        thing = self.thing(old, place.markers_before.get(record) if hasattr(place, "markers_before") else None)
        if thing not in self.gone:
            self.counts["wrong_deletes"] += 1
            self.problems.append(f"{thing} was deleted in {place.name} although nobody had deleted it")
        for field in ("title", "text", "due"):
            if self._unseen(place, record, field, read, process):
                self._gap(old, field)

    def _unseen(self, place, record, field, read, process):
        """Whether others edited a field after the look right before the write; without such a look nothing is excused.

        A person may have; so may another sync that ends in the same table, in a process of its own or because the
        write took effect late.
        """
        at, who = place.edited.get((record, field), (0, None))
        return at > read.get((record, field), at) and (who is None or who != process)

    def _gap(self, values, field):
        word = values[field]
        thing = self.things.get(word)
        if thing is not None and word in self.alive[thing, field]:
            self.alive[thing, field].discard(word)
            self.counts["gap_edits"] += 1

    def thing(self, values, marker=None):
        """Return which thing a record is about, by the words people typed."""
        for field in ("title", "text", "due"):
            if values.get(field) in self.things:
                return self.things[values[field]]
        return next((self.things[part] for part in (marker or "").split() if part in self.things), None)

    # --- people

    def word(self, field, thing):
        number = next(self.words)
        text = day(number, START) if field == "due" else f"w{number}"
        self.things[text] = thing
        return text

    def person_adds(self, place):
        thing = f"thing {next(self.words)}"
        values = {field: self.word(field, thing) for field in ("title", "text", "due")}
        for field, text in values.items():
            self.alive[thing, field] = {text}
        record = place.add(values)
        for field in values:
            place.edited[record, field] = (self.moment(), None)

    def person_edits(self, place, number, field):
        live = place.live()
        if not live:
            return
        record = sorted(live)[number % len(live)]
        values = live[record]
        if field == "status":
            stages = ("idea", "doing", "done")
            known = stages.index(values["status"]) if values["status"] in stages else 0
            place.edit(record, field, stages[(known + 1) % 3])
            return
        thing = self.thing(values, place.markers().get(record))
        if thing is None:
            return
        text = self.word(field, thing)
        self.alive[thing, field].discard(values[field])
        self.alive[thing, field].add(text)
        place.edit(record, field, text)

    def person_removes(self, place, number):
        live = place.live()
        if not live:
            return
        record = sorted(live)[number % len(live)]
        thing = self.thing(live[record], place.markers().get(record))
        if thing is None:
            return
        for field in ("title", "text", "due"):
            self.alive[thing, field].discard(live[record][field])
        self.gone.add(thing)
        place.remove(record)

    def person_restores(self, place, luck):
        """Something comes out of the trash; perhaps beside a record that was made because it was gone."""
        there = {self.thing(values, place.markers().get(record)) for record, values in place.live().items()}
        record = place.restore(luck)
        if record is not None and self.thing(place.live()[record], place.markers().get(record)) in there:
            place.by_hand.add(record)

    def person_hides(self, place, number):
        live = [record for record in place.live() if record not in getattr(place, "hidden", ())]
        if live:
            place.hide(sorted(live)[number % len(live)])

    def person_locks(self):
        """An administrator takes the project away from the account, or gives it back."""
        self.places[0].lock()

    def person_renames(self, number):
        """An option, a status or a field gets another name."""
        what = number % 3
        fresh = f"Name {next(self.words)}"
        if what == 0:
            old = self._called("Building")
            for place in self.places[1:]:
                place.hand.rename_option(self._field(place, "status"), old, fresh)
            self._rename("Building", fresh)
        elif what == 1:
            self.places[0].site.rename_status(self._called("In Progress"), fresh)
            self._rename("In Progress", fresh)
        else:
            place = self.places[1 + number % (len(self.places) - 1)]
            place.hand.rename_field(self._field(place, "text"), fresh)

    def _field(self, place, field):
        return place.hand._table.field(place.ids[field]).name

    def _called(self, name):
        return next((now for now, known in self.now_called.items() if known == name), name)

    def _rename(self, name, fresh):
        self.now_called = {now: known for now, known in self.now_called.items() if known != name} | {fresh: name}

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
        fresh = self.home / f"{self.name} {next(self.words)}.db"
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
        last = 0
        for number in range(1, most + 1):
            self.clock.advance(1_800)
            before = self.counts["writes"]
            if not self.run():
                self.problems.append(f"a pass in fine weather failed: {self.last_error!s:.300}")
                return most
            if self.counts["writes"] > before:
                last = number
            elif number >= 3:
                break
        else:
            self.problems.append("it does not come to rest")
        before = self.counts["writes"]
        self.clock.advance(1_800)
        self.run()
        self.counts["writes_after_fixpoint"] += self.counts["writes"] - before
        return last

    def judge(self):
        """Count what is lost, doubled or unequal."""
        conflicts = [found for sync in self.syncs() for found in sync.conflicts(closed=True)]
        told = {str(value).strip() for found in conflicts for value in (found.left, found.right, found.base) if value}
        live = [place.live() for place in self.places]
        shown = {values[field] for records in live for values in records.values() for field in ("title", "text", "due")}
        for (thing, field), words in sorted(self.alive.items()):
            for word in sorted(words - shown - told):
                self.counts["lost_updates"] += 1
                self.problems.append(f"lost: {word} of {thing}.{field}")
        by_thing = []
        for place, records in zip(self.places, live, strict=True):
            markers = place.markers()
            found = defaultdict(list)
            for record, values in records.items():
                if record not in place.by_hand:
                    found[self.thing(values, markers.get(record))].append(values)
            for thing, copies in found.items():
                if len(copies) > 1:
                    self.counts["duplicates"] += len(copies) - 1
                    self.problems.append(f"doubled in {place.name}: {thing}")
            by_thing.append({thing: copies[0] for thing, copies in found.items()})
        if not any(found.state == "open" for found in conflicts):
            # A status to which the workflow knows no way is reported and stays as it is.
            held = any("cannot be set" in line for sync in self.syncs() for line in sync.plan().problems)
            self._equal(by_thing, FIELDS[:3] if held else FIELDS)

    def _equal(self, by_thing, fields):
        first, *others = by_thing
        for number, other in enumerate(others, 1):
            # What people deleted on one side may stay on another: an edit wins, and an empty listing is not believed.
            if alone := (set(first) ^ set(other)) - self.gone:
                self.counts["unequal"] += len(alone)
                self.problems.append(f"no twin: {sorted(map(str, alone))} (place {number})")
            self.counts["kept_alone"] += len((set(first) ^ set(other)) & self.gone)
            # Through a record in the middle that people deleted nothing flows.
            for thing in sorted(set(first).intersection(*others), key=str):
                for field in fields:
                    if first[thing][field] != other[thing][field]:
                        self.counts["unequal"] += 1
                        self.problems.append(
                            f"unequal: {thing}.{field}: {first[thing][field]!r} and {other[thing][field]!r}"
                        )


class _Both:
    """The tables of one base as one place, for what a request may touch."""

    def __init__(self, tables):
        self.tables = tables

    def writes_with(self, request):
        return self.tables[0].writes_with(request)

    def sending(self, request):
        for table in self.tables:
            table.sending(request)

    def of(self, before):
        return self.tables[0]


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


def weather(luck, *, stormy=False):
    """Fine; answers to writes lost; everything that passes by itself; or doors shut in between."""
    seed, draw = luck.randrange(10**9), luck.random()
    if draw < 0.25:
        return None
    if draw < 0.6 or stormy:
        rate, kinds, where = luck.choice([0.2, 0.4, 0.7]), UNSURE, r"^(PUT|PATCH|DELETE|POST) (?!.*(fetch|search))"
    elif draw < 0.9:
        rate, kinds, where = luck.choice([0.03, 0.1, 0.3]), PASSING, ""
    else:
        rate, kinds, where = luck.choice([0.05, 0.4]), (*PASSING, *SHUT, *SHUT), ""
    return SeededFaults(seed, rate, kinds=kinds, late=LATE - 0.5, operations=where)


def luck_of(*parts):
    return random.Random("|".join(map(str, parts)))
