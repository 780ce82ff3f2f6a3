"""The journal of a run: what is about to be sent is committed first, what came of it right after.

A crash in between leaves an open intent, which the next plan looks up before anything else.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from productops.errors import ProductOpsError, RejectedError, StaleError, UnknownOutcomeError
from productops.sdk.collection import Outcome
from productops.sdk.mapping import Side
from productops.sdk.record import Record, fingerprint
from productops.sync.memory import tables as t
from productops.sync.memory.lease import Lease, OvertakenError
from productops.sync.plan import Conflict, Write
from productops.sync.reading.pair import Pair
from productops.sync.reading.reader import inbox_row
from productops.sync.report import Report
from productops.sync.rules.merge import EMPTY
from productops.sync.writing.agreed import believed_echo
from productops.sync.writing.finish import finish_within
from productops.sync.writing.found import take_up
from productops.sync.writing.task import Item, Sending, Task

SLACK = 1.0  # seconds by which a request may leave later than its intent says


@dataclass(slots=True)
class Ledger:
    """Writes a run's intents and what came of them into the state."""

    pair: Pair
    report: Report
    lease: Lease
    rest: Callable[[Side, str], timedelta]

    def intend(self, side: Side, kind: str, items: Sequence[Item]) -> Sending:
        """Commit what is about to be sent, and the values about to be overwritten."""
        state, now = self.pair.state, self.pair.now()
        drawn = secrets.token_hex(16 * len(items))  # drawn for all at once
        ops = [drawn[start : start + 32] for start in range(0, len(drawn), 32)]
        shared = {"run": self.report.run, "side": side, "kind": kind, "state": "sent", **self._times(side, kind, now)}
        rows = [
            {
                **shared,
                "missed": 0,
                "probed": None,
                "error": None,
                "op": op,
                "link": task.change.link,
                "change": task.json(),
                "remote": task.change.ends.get(side),
            }
            for op, (task, _, _) in zip(ops, items, strict=True)
        ]
        with state.transaction():
            self.lease.renew()
            for task, _, _ in items:
                for kept in task.change.keeps:
                    state.save_conflict(Conflict(**kept), now)
            state.add(t.intents, rows)
            state.bump()
        return Sending(side, kind, items, ops, now)

    def _times(self, side: Side, kind: str, now: datetime) -> dict[str, float]:
        """Return when writes leave, and until when an effect that does not show proves nothing."""
        last = now + timedelta(seconds=SLACK) + self.rest(side, kind)
        return {"sent": now.timestamp(), "settles": last.timestamp()}

    def may_leave(self, sending: Sending) -> None:
        """Make sure, right before a request leaves, that it still may, and that its intent says when.

        Between the commit of an intent and its leaving lie the chunks before it and waits for a rate limit. After a
        crash its effect is waited for from the time that the intent says.

        Raises:
            OvertakenError: another runner may have taken over.

        """
        self.lease.still_ours()
        now = self.pair.now()
        if (now - sending.since).total_seconds() <= SLACK:
            return
        sending.since, times = now, self._times(sending.side, sending.kind, now)
        with self.pair.state.transaction():
            self.lease.renew()
            self.pair.state.time_intents([{"op": op, **times} for op in sending.ops[len(sending.outcomes) :]])

    def settle(self, sending: Sending, *, at_hand: int = 0) -> None:
        """Commit what came of writes; finish the changes of which they were the last.

        New records are linked at once: nothing can make them appear twice.

        Args:
            sending: the writes. Those after the last outcome never left.
            at_hand: how many of those may have left all the same.

        """
        state, now, side, kind = self.pair.state, self.pair.now(), sending.side, sending.kind
        verdicts, created = [], []
        with state.transaction():
            self.lease.renew()
            for (task, write, sent), outcome, op in zip(sending.items, sending.outcomes, sending.ops, strict=False):
                verdicts.append(self._verdict(side, kind, task, write, outcome, op))
                if kind == "create" and isinstance(outcome, Record):
                    change = task.change
                    change.ends[side] = outcome.id
                    change.labels[side] = {**self.pair.label(task.echoes[side]), "id": outcome.id}
                    created.append((task, outcome, not sent.fields and bool(write.fields)))
            kept = sending.ops[len(verdicts) + at_hand :]
            verdicts += [{"op": op, "state": "failed", "error": "never sent", "remote": None} for op in kept]
            state.close_intents(verdicts)
            # The request may have waited for its turn before it left: what is lost may come late from now on.
            lost = [verdict["op"] for verdict in verdicts if verdict["state"] == "unknown"]
            state.freeze(lost, (now + self.rest(side, kind)).timestamp())
            changes = [task.change for task, _, _ in created]
            ends = {
                change.link: {end: (remote, change.labels.get(end, {})) for end, remote in change.ends.items()}
                for change in changes
            }
            fresh = state.save_links(ends, now)
            for task, record, key_only in created:
                task.fresh = task.change.link in fresh
                if key_only:
                    self._repeated(side, task, record)
            finish_within(self.pair, self.report, self._ended(sending))
            state.bump()

    def _ended(self, sending: Sending) -> list[Task]:
        """Return the changes of which nothing is left to be written."""
        sent = sending.items[: len(sending.outcomes)]
        return [task for task, write, _ in sent if not task.held_up and write is task.change.writes[-1]]

    def _verdict(
        self, side: Side, kind: str, task: Task, write: Write, outcome: Outcome | None, op: str
    ) -> dict[str, Any]:
        remote = task.change.ends.get(side)
        if isinstance(outcome, UnknownOutcomeError):
            task.unsure = True
            self.report.uncertain += 1
            return {"op": op, "state": "unknown", "error": str(outcome), "remote": remote}
        if isinstance(outcome, StaleError) and not isinstance(outcome, OvertakenError):
            task.failed = True
            self.report.skip(f"{task.change.name}: {outcome}")
            self.pair.state.mark_dirty(side, [remote] if remote else [], self.pair.now())
            return {"op": op, "state": "superseded", "error": str(outcome), "remote": remote}
        if isinstance(outcome, ProductOpsError):
            task.failed = not self._without_refused(side, task, write, outcome)
            if task.failed:
                self._refused(side, task, outcome, write.fields)
            return {"op": op, "state": "failed", "error": str(outcome), "remote": remote}
        if isinstance(outcome, Record):
            task.echoes[side] = believed_echo(self.pair, side, write, outcome)
            remote = outcome.id
        self.report.count(kind, side)
        half = task.change.kind == kind == "update" and write is not task.change.writes[-1]
        if half:  # should the run end here, the next one takes down what this write did
            task.halves.append(op)
        return {"op": op, "state": "half" if half else "confirmed", "error": None, "remote": remote}

    def _repeated(self, side: Side, task: Task, record: Record) -> None:
        """Go on after a repeated create, which sent only the key.

        Where it made a blank record, an update fills it. Where it found the record of the first try, what was
        sent then counts as agreed, so that edits made since show as edits in the next plan.
        """
        change, state = task.change, self.pair.state
        if not record.existed:
            values = [write.fields for write in change.writes if write.kind == "create"][-1]
            change.writes.append(Write(side, "update", values, {name: [EMPTY, None] for name in values}))
            return
        task.failed = True  # not finished by this run
        state.receive([inbox_row(self.pair, side, task.echoes[side], change.link)])
        state.link_seen([(end, remote, change.link) for end, remote in change.ends.items()])
        take_up(self.pair, side, change, record, task.echoes[side], key_only=True)

    def _without_refused(self, side: Side, task: Task, write: Write, error: ProductOpsError) -> bool:
        """Write the rest of a record of which the service refuses some fields; tell whether that is tried.

        One status that a workflow does not allow must not keep a text from arriving. A new record goes without its
        people only: who may stand in a person field is often known only to the service, and one colleague without an
        account must not keep a record from existing. What was refused waits and is reported.
        """
        spots = self.pair.bound[side].spots
        named = set(error.fields) if isinstance(error, RejectedError) else set()
        refused = {
            name: value
            for name, value in write.fields.items()
            if named & {spots[name].field.name, spots[name].field.id}
            and (write.kind == "update" or spots[name].field.kind in ("person", "people"))
        }
        rest = {name: value for name, value in write.fields.items() if name not in refused}
        if not refused or not rest:
            return False
        before = {name: seen for name, seen in write.before.items() if name not in refused}
        task.change.writes.append(Write(side, write.kind, rest, before, write.claim))
        task.change.complete = False
        for name in refused:
            task.change.agreed.pop(name, None)
        self._refused(side, task, error, refused)
        return True

    def _refused(self, side: Side, task: Task, error: ProductOpsError, fields: Mapping[str, Any]) -> None:
        self.report.problem(f"{task.change.name}: {error}")
        if isinstance(error, RejectedError):
            row = {"link": task.change.link, "side": side, "payload": fingerprint(fields), "message": str(error)}
            self.pair.state.put(t.refusals, ("link", "side"), [{**row, "at": self.pair.now().timestamp()}])
