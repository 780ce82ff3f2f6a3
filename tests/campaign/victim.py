"""A process that runs a sync and kills itself at a named step of its journal.

The steps: ``begin`` before a transaction, ``commit`` before its commit, ``committed`` after it; ``send`` before a
request that writes, ``sent`` after its answer has come; ``torn`` right after a commit, whose end in the journal the one
who started the process then cuts off.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import jira as _jira  # noqa: F401 - loaded once, before the processes are forked
import pyairtable as _pyairtable  # noqa: F401
from sqlalchemy import Engine, event

from campaign.torn import mark
from productops import Mapping, RoadmapItem, Sync, choice, markdown
from productops.connectors.airtable import Airtable
from productops.connectors.jira import Jira
from productops.sdk.transport.policy import Policy

STEPS = ("begin", "commit", "committed", "send", "sent", "torn")
ISSUES = Mapping(
    RoadmapItem, title="summary", description=markdown("description"), due="duedate",
    status=choice("status", idea="To Do", doing=["In Progress", "In Review", "QA"], done="Done"),
)  # fmt: skip
ROWS = Mapping(
    RoadmapItem, title="Name", description=markdown("Notes"), due="Target date",
    status=choice("Stage", idea="Inbox", doing="Building", done="Shipped"),
)  # fmt: skip


def sync(found, state):
    """The sync between the sandbox's project and its table."""
    one, two = found["jira"], found["airtable"]
    jira = Jira(one["url"], email=one["email"], token=one["token"])
    airtable = Airtable(two["token"], url=two["url"])
    return Sync(
        "victim", left=ISSUES.on(jira.issues(project=one["project"], type="Story")),
        right=ROWS.on(airtable.table(two["base"], two["table"], key="Sync key")), state=Path(state),
    )  # fmt: skip


def run(found, state, step=None, number=0, told=None):
    """Run the sync once; with a step, die at its ``number``-th occurrence. ``told`` takes how often each step came."""
    counts = dict.fromkeys(STEPS, 0)

    def at(name):
        counts[name] += 1
        if name == step and counts[name] == number:
            os.kill(os.getpid(), signal.SIGKILL)

    def commits(connection):
        at("commit")
        if step == "torn":
            known = mark(Path(state))
            connection.connection.dbapi_connection.commit()
            if mark(Path(state)) != known:
                at(step)

    event.listen(Engine, "begin", lambda _: at("begin"))
    event.listen(Engine, "commit", commits)
    if step == "torn":  # the journal holds all, until it is cut
        event.listen(Engine, "connect", lambda raw, _: raw.execute("PRAGMA wal_autocheckpoint=0"))
    commit, send = Engine.begin, Policy._attempt

    class Watched:
        """A transaction that tells when its commit is over."""

        def __init__(self, inner):
            self.inner = inner

        def __enter__(self):
            return self.inner.__enter__()

        def __exit__(self, *trouble):
            done = self.inner.__exit__(*trouble)
            at("committed")
            return done

    def attempt(self, call, once, attempt):
        if not call.safe:
            at("send")
        answer = send(self, call, once, attempt)
        if not call.safe:
            at("sent")
        return answer

    Engine.begin = lambda self: Watched(commit(self))
    Policy._attempt = attempt
    try:
        runner = sync(found, state)
        plan = runner.plan()
        report = runner.apply(plan)
    except Exception as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        os._exit(3)
    if told is not None:
        told.send((counts, report.writes, report.conflicts, plan.waiting + report.uncertain))
        told.close()
    os._exit(0)
