"""Which findings are new: a job that runs every ten minutes should make noise once.

A finding is a line that a person should read: a problem, a drift, a person without an account, an open conflict.
It is known from the first *applied* plan that told it, until a week has passed in which it was not found again.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Iterator, Sequence

from productops.sync.memory import tables as t
from productops.sync.memory.state import State, dumps
from productops.sync.plan import Plan
from productops.sync.report import Report

KEPT = 7 * 24 * 3600.0  # seconds after which a finding that was not found again counts as new
COUNT = re.compile(r": [\d,]+ records\Z")  # "Mira (jira): 12 records": the same finding, whatever the number


def lines(plan: Plan) -> list[str]:
    """Return every finding of a plan, once."""
    return list(dict.fromkeys(_lines(plan)))


def _lines(plan: Plan) -> Iterator[str]:
    yield from plan.blocked
    yield from plan.problems
    yield from plan.drift
    yield from plan.unmatched
    yield from (str(conflict) for conflict in plan.conflicts)


def _mark(line: str) -> str:
    return hashlib.blake2b(COUNT.sub("", line).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def split(state: State, found: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the new and the known ones of these findings."""
    known = {row.mark for row in state.find(t.findings, "mark")}
    new = [line for line in found if _mark(line) not in known]
    return new, [line for line in found if _mark(line) in known]


def remember(state: State, found: Sequence[str], now: float) -> None:
    """Note that these findings were told, and forget those that are long gone."""
    with state.transaction() as connection:
        seen = {row.mark: row.first for row in state.find(t.findings)}
        rows = {
            mark: {"mark": mark, "first": seen.get(mark, now), "last": now} for mark in (_mark(line) for line in found)
        }
        state.put(t.findings, ("mark",), list(rows.values()))
        old = (t.findings.c.sync == state.sync) & (t.findings.c.last < now - KEPT)
        connection.execute(t.findings.delete().where(old))


def keep(state: State, plan: Plan, report: Report, now: float) -> None:
    """Store the report of a run, with its new findings apart from those that an earlier run told."""
    found = list(dict.fromkeys([*lines(plan), *report.problems]))
    report.new_problems, report.known_problems = split(state, found)
    remember(state, found, now)
    report.finished = now
    row = {"run": f"{report.run}-{uuid.uuid4().hex[:6]}", "started": report.started, "finished": report.finished}
    state.put(t.runs, ("run",), [{**row, "report": dumps(report.to_dict())}])
