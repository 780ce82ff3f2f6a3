"""A scenario played over an imitated Jira and Airtable, with one fault, one crash, or one of each, and then judged.

Every request and every commit of a pass is a *moment*. A fault hits the call that a moment is; a crash happens at a
moment: before a request leaves, after the service did its work and before its answer is read, when a transaction
begins, or inside it, right before it is committed. The judge looks at the services only: what they show at the end
must be what they show without the fault.
"""

from __future__ import annotations

import copy
import json
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from unittest.mock import patch

from sqlalchemy import Engine, event

from campaign.enumerated_scenarios import full_run
from campaign.torn import mark, tear
from flows.world import World
from productops.connectors.airtable import Airtable
from productops.connectors.jira import Jira
from productops.errors import ProductOpsError
from productops.sync.memory import database
from productops.sync.memory import state as states
from productops.testing.sandbox.airtable import STANDARD_TOKEN
from productops.testing.sandbox.endpoint import Endpoint
from productops.testing.sandbox.faults import Fault
from productops.testing.sandbox.plugs import RequestsPlug

LATE, LAG = 5.0, 2.0
TRIES = 7  # passes that a step may need until one gets through
MOST = 6  # passes in fine weather after which a history that does not rest is given up


class Crash(BaseException):
    """The process died here."""


@dataclass(frozen=True)
class Call:
    """A request that a scenario makes."""

    number: int
    side: str
    method: str
    route: str
    rows: int  # rows of a page, or elements of a batch
    page: bool
    more: bool  # whether the page leads on to another


@dataclass(frozen=True)
class Trouble:
    """What goes wrong: a fault at a call (and from there to the end of that pass), a crash at a moment."""

    fault: Fault | None = None
    call: int = -1
    lasting: bool = False
    crash: int | None = None
    torn: int = 0  # how much of the commit at the crash reached the disk, in thousandths; 0: none of it

    def __str__(self):
        told = []
        if self.fault:
            kind = self.fault.kind + (f"/{self.fault.retry_after}" if self.fault.retry_after is not None else "")
            told.append(f"{kind} {'from' if self.lasting else 'at'} call {self.call}")
        if self.crash is not None:
            told.append(f"crash at moment {self.crash}" + (f", torn {self.torn}" if self.torn else ""))
        return " and ".join(told) or "fine weather"


@dataclass
class Told:
    """How a play ended: what the services show, how many conflicts there are, what it took."""

    shown: dict[str, list[str]] = field(default_factory=dict)
    conflicts: int = 0
    passes: int = 0
    after_rest: int = 0
    writes: int = 0
    calls: list[Call] = field(default_factory=list)
    moments: list[str] = field(default_factory=list)
    hit: bool = False
    crashed: bool = False
    problems: list[str] = field(default_factory=list)


class Weather:
    """Stands where an endpoint's script does: every request asks it."""

    def __init__(self, stage, script):
        self.stage, self.script = stage, script

    def add(self, *args, **options):
        self.script.add(*args, **options)

    def pick(self, request, side, operation, attempt):
        fault = self.script.pick(request, side, operation, attempt)
        return fault or self.stage.weather_at(self.stage.calls)


class Stage(World):
    """The flows' world, whose process may die and whose weather is one fault."""

    def __init__(self, home, scenario, trouble=Trouble(), start=None):
        super().__init__(home, search_lag=LAG, late_commit=LATE, limits=1000.0)
        self.base.settle = (LATE, 0.0)
        if start is not None:
            start.give(self)
        self.scenario, self.trouble, self.told = scenario, trouble, Told()
        self.path = home / "state.db"
        self.calls = self.moments = 0
        self.counting = self.dead = self.died = self.stormy = False
        self.copies = 0
        for side, endpoint in self.at.items():
            endpoint.side = side
            endpoint.faults = Weather(self, endpoint.faults)
            endpoint.exchange = self._gate(side, endpoint, endpoint.exchange)

    # --- the process

    def fresh_sync(self):
        """A new process: new connections, new objects, the same state."""
        self.jira = Jira(
            "http://localhost", email="mira@example.com", token="mira-token",
            transport=RequestsPlug(self.at["jira"]), clock=self.clock, rate=None,
        )  # fmt: skip
        self.airtable = Airtable(
            STANDARD_TOKEN, url="http://localhost", transport=RequestsPlug(self.at["airtable"]), clock=self.clock
        )
        return self.sync(state=self.path, mass_change=None, **self.scenario.options)

    def attempt(self, go):
        """One pass; return whether it got through and left nothing open."""
        self.stormy = self.dead = self.died = False
        try:
            return go(self.fresh_sync())
        except ProductOpsError as error:
            self.told.problems.append(f"{type(error).__name__}: {str(error)[:120]}")
            return False
        except Crash:
            self.told.crashed = self.died = True
            self._reopen()
            return False
        finally:
            self.stormy = self.dead = False

    def _reopen(self):
        """The next process finds the database as the crash left it."""
        self.dead = False
        self.copies += 1
        fresh = self.home / f"state{self.copies}.db"
        engine = database.open_engine(self.path)
        journal = self.path.with_name(self.path.name + "-wal")
        shutil.copy(self.path, fresh)
        if journal.exists():
            shutil.copy(journal, fresh.with_name(fresh.name + "-wal"))
        if self.before is not None:
            fresh.write_bytes(self.before)
            assert tear(fresh, self.trouble.torn), "there is a commit to cut"
            self.before = None
        engine.dispose()
        for key in [key for key, known in database._engines.items() if known is engine]:
            del database._engines[key]
        self.path = fresh

    before = None  # the database before a commit of which a part reaches the disk

    # --- moments

    def _gate(self, side, endpoint, exchange):
        def gated(request):
            if not self.counting:
                return exchange(request)
            self.moment(f"send {request.method} {side}")
            outcome = exchange(request)
            self._note_call(side, endpoint, request, outcome)
            self.calls += 1
            self.moment(f"answered {request.method} {side}")
            return outcome

        return gated

    def _note_call(self, side, endpoint, request, outcome):
        last = endpoint.log[-1]
        self.told.hit = self.told.hit or (last.fault is not None and last.fault is self.trouble.fault)
        if self.trouble.fault is not None:
            return
        rows, more, page = _rows(request, outcome.answer)
        route = endpoint._route(request.path)
        self.told.calls.append(Call(self.calls, side, request.method, route, rows, page, more))

    def weather_at(self, call):
        wanted = self.trouble
        if wanted.fault is None or not self.counting:
            return None
        if call == wanted.call:
            self.stormy = wanted.lasting
            return wanted.fault
        return wanted.fault if self.stormy else None

    def moment(self, what):
        if self.dead:
            raise Crash
        if not self.counting:
            return
        if self.moments == self.trouble.crash:
            self.moments += 1
            self.dead = True
            raise Crash
        if self.trouble.crash is None:
            self.told.moments.append(what)
        self.moments += 1

    def begins(self, _connection):
        self.moment("begin")

    def commits(self, connection):
        if self.counting and not self.dead and self.trouble.torn and self.moments == self.trouble.crash:
            before, known = self.path.read_bytes(), mark(self.path)
            connection.connection.dbapi_connection.commit()  # all of it; what did not reach the disk is cut off later
            self.before = before if mark(self.path) != known else None
        self.moment("commit")

    @contextmanager
    def watched(self):
        """Count moments, and let a killed runner's lease go as it would if its process were gone."""
        listeners = (("begin", self.begins), ("commit", self.commits))
        for name, listener in listeners:
            event.listen(Engine, name, listener)
        try:
            with patch.object(states, "is_gone", lambda _holder: True):
                yield self
        finally:
            for name, listener in listeners:
                event.remove(Engine, name, listener)
            for key in [key for key in database._engines if str(self.home) in key[0]]:
                database._engines.pop(key).dispose()

    # --- the play

    def begin(self):
        """Do what happens before anything is counted; return it, so that other plays need not do it again."""
        with self.watched():
            self.scenario.before(self)
            self.later()
            if self.scenario.linked:
                self.fresh_sync().run()
                self.later()
        return Start(self)

    def play(self):
        """Do the steps in the given weather, come to rest, and tell what there is."""
        with self.watched():
            for step in self.scenario.steps:
                step.act(self)
                self.later()
                self.counting = True
                for _ in range(TRIES):
                    if self.attempt(step.go):
                        break
                    if not self.died:  # the next process begins at once; what it finds unsettled takes its time
                        self.later()
                self.counting = False
            self._rest()
        return self.told

    def _rest(self):
        told = self.told
        for number in range(1, MOST + 1):
            self.later(minutes=30)
            before = self.changed()
            settled = self.attempt(full_run)
            if self.changed() != before:
                told.passes = number
            elif settled:
                break
        if told.passes or self.trouble == Trouble():
            before = self.changed()
            self.later(minutes=30)
            self.attempt(full_run)
            told.after_rest = self.changed() - before
        told.writes = self.changed()
        told.conflicts = len(self.fresh_sync().conflicts(closed=True))
        told.shown = self.see()

    def changed(self):
        """How many requests that change something were sent."""
        jira, airtable = self.at["jira"], self.at["airtable"]
        asked = jira.requests("POST", r".*(search|bulkfetch|match|jql|parse).*")
        return (
            sum(endpoint.requests(method) for endpoint in (jira, airtable) for method in ("PUT", "PATCH", "DELETE"))
            + jira.requests("POST")
            - asked
            + airtable.requests("POST")
            - airtable.requests("POST", r".*/listRecords")
        )

    def see(self):
        """What both services show to people."""
        issues = []
        for issue in self.site.issues():
            shown = self.shown(issue.key)
            owner = (shown["assignee"] or {}).get("displayName")
            words = str(shown["description"] and _words(shown["description"]))
            issues.append(
                f"{issue.key.split('-')[0]} {shown['summary']} | {words} | {shown['duedate']} | {owner} | "
                f"{shown['status']['name']}"
            )
        rows = []
        for record in self.hand.records():
            cells = {name: value for name, value in sorted(record["fields"].items()) if name != "Sync key"}
            plain = {name: value["name"] if isinstance(value, dict) else value for name, value in cells.items()}
            rows.append(repr(plain))
        return {"jira": sorted(issues), "airtable": sorted(rows), "trash": [str(len(self.hand.trash()))]}


class Start:
    """Both services, the time and the state as they are when nothing has gone wrong yet."""

    def __init__(self, stage):
        self.clock, self.site, self.base, self.now = stage.clock, stage.site, stage.base, stage.clock.now()
        self.state = stage.path.read_bytes() if stage.path.exists() else None

    def give(self, stage):
        """Let a stage begin here."""
        stage.clock.sleep((self.now - stage.clock.now()).total_seconds())
        known = {id(self.clock): stage.clock}
        stage.site, stage.base = copy.deepcopy(self.site, known), copy.deepcopy(self.base, known)
        stage.at = {
            "jira": Endpoint(stage.site, clock=stage.clock),
            "airtable": Endpoint(stage.base, clock=stage.clock),
        }
        if self.state is not None:
            (stage.home / "state.db").write_bytes(self.state)


def _words(node):
    return node.get("text", "") + " ".join(filter(None, (_words(child) for child in node.get("content", []))))


def _rows(request, answer):
    """How many rows a page shows or a batch holds, whether there is more, and whether it is a page."""
    if request.method in ("PATCH", "POST") and request.body and not request.path.endswith(("listRecords", "jql")):
        sent = json.loads(request.body)
        many = sent.get("records") or sent.get("issueUpdates") or []
        return len(many), False, False
    if answer is None or not answer.body.startswith(b"{"):
        return 0, False, False
    shown = json.loads(answer.body)
    for name, token in (("records", "offset"), ("issues", "nextPageToken")):
        if isinstance(shown.get(name), list):
            return len(shown[name]), token in shown, True
    return 0, False, False


def judge(told, fine):
    """Compare with the same scenario in fine weather; return counts of what is wrong."""
    counts = {"lost_updates": 0, "duplicates": 0, "wrong_deletes": 0}
    for side in ("jira", "airtable"):
        more = len(told.shown[side]) - len(fine.shown[side])
        counts["duplicates"] += max(0, more)
        counts["wrong_deletes"] += max(0, -more)
        if not more:
            counts["lost_updates"] += sum(a != b for a, b in zip(told.shown[side], fine.shown[side], strict=True))
    counts["extra_conflicts"] = max(0, told.conflicts - fine.conflicts)
    counts["writes_after_fixpoint"] = told.after_rest
    counts["late_rest"] = int(told.passes > 3)
    return {name: count for name, count in counts.items() if count}
