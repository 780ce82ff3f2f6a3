"""Doing exactly what a plan says, so that a crash anywhere leaves nothing lost and nothing doubled.

For each chunk of writes: read again what is about to change and leave alone what moved; commit an intent
for each write; send; commit what came of it. A write whose answer was lost stays an open intent, and its
fields are frozen until :mod:`~productops.sync.recover` has looked.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sqlalchemy import update

from productops.errors import GoneError, ProductOpsError, RejectedError, RetryableError, StaleError, UnknownOutcomeError
from productops.sdk.codecs import Constant, HeldValueError
from productops.sdk.collection import Outcome
from productops.sdk.mapping import Seen, Side
from productops.sdk.record import Draft, Patch, Record, fingerprint
from productops.sync import tables as t
from productops.sync.pair import Pair
from productops.sync.plan import Change, Conflict, Plan, Write
from productops.sync.reader import inbox_row
from productops.sync.report import Report
from productops.sync.state import Half, chunks

WINDOW = 500  # changes in hand at a time: a multiple of every service's batch size
LEASE = 900.0  # seconds a runner may be silent before another takes over
EXACT = ("number", "bool", "date", "datetime", "choice", "choices", "labels", "person", "people", "link", "links")

Progress = Callable[[int, int | None, str], None]


@dataclass(slots=True)
class Task:
    """One change on its way: what has been written, and what each side shows now."""

    change: Change
    echoes: dict[Side, Seen] = field(default_factory=dict)
    failed: bool = False
    unsure: bool = False


@dataclass(slots=True)
class Applier:
    """Carries out one plan."""

    pair: Pair
    plan: Plan
    report: Report
    holder: str
    fence: int
    progress: Progress | None = None
    done: int = 0

    def run(self) -> None:
        """Carry out the plan's changes, window by window.

        Raises:
            ProductOpsError: the run cannot go on (credentials, another runner); what was done stays done.

        """
        changes = iter(self.plan.changes)
        while window := [Task(change) for change in islice(changes, WINDOW)]:
            for stage in range(max(len(task.change.writes) for task in window)):
                for side, kind, tasks in _grouped(window, stage):
                    for chunk in chunks(tasks, self._batch(side, kind)):
                        self._send(side, kind, [(task, task.change.writes[stage]) for task in chunk])
            self._finish(window)

    def _batch(self, side: Side, kind: str) -> int:
        features = self.pair.collection(side).features
        return {"create": features.create_batch, "update": features.update_batch, "delete": features.delete_batch}[kind]

    # --- one chunk

    def _send(self, side: Side, kind: str, items: list[tuple[Task, Write]]) -> None:
        if kind != "create":
            items = self._still_as_planned(side, items)
        encoded = [
            (task, write, remote) for task, write in items if (remote := self._encode(side, task, write)) is not None
        ]
        if not encoded:
            return
        ops = self._intend(side, kind, encoded)
        try:
            outcomes = self._call(side, kind, encoded)
        except ProductOpsError as error:
            outcomes = [error] * len(encoded)
        self._settle(side, kind, encoded, outcomes, ops)
        self.done += len(encoded)
        if self.progress is not None:
            self.progress(self.done, self.plan.writes, f"{kind} in {self.plan.names.get(side, side)}")
        _stop_for(outcomes)

    def _still_as_planned(self, side: Side, items: list[tuple[Task, Write]]) -> list[tuple[Task, Write]]:
        """Read the records again, right before the write, and leave alone those that moved."""
        bound, collection = self.pair.bound[side], self.pair.collection(side)
        ids = [task.change.ends[side] for task, _ in items]
        found: dict[str, Seen] = {}
        if collection.features.get:
            for chunk in chunks(ids, collection.features.get_batch):
                found.update(
                    {id_: bound.observe(record) for id_, record in collection.get(chunk, bound.field_ids).items()}
                )
        ready = []
        for task, write in items:
            seen = found.get(task.change.ends[side])
            reason = self._moved(side, seen, write) if collection.features.get else None
            if reason is None:
                ready.append((task, write))
                continue
            task.failed = True
            self.report.skip(f"{task.change.line()}: {reason}")
            if seen is not None and not seen.trashed:
                with self.pair.state.transaction():
                    self.pair.state.receive([inbox_row(self.pair, side, seen, task.change.link)])
        return ready

    def _moved(self, side: Side, seen: Seen | None, write: Write) -> str | None:
        where = self.plan.names.get(side, side)
        if seen is None or seen.trashed:
            return f"it is no longer in {where}"
        for name, (mark, _value) in write.before.items():
            cell = seen.cells.get(name)
            if cell is None:
                return f"{name} could not be read in {where}"
            if mark and cell.hash != mark:
                return f"{name} changed in {where} since the plan was made; the next plan looks again"
            if cell.protected and name in write.fields:
                return cell.protected
        return None

    def _encode(self, side: Side, task: Task, write: Write) -> Draft | Patch | str | None:
        """Return what to send, or ``None`` (and a line in the report) when a value has no form there any more."""
        spots = self.pair.bound[side].spots
        if write.kind == "delete":
            return task.change.ends[side]
        try:
            fields = {spots[name].field.id: spots[name].write(value) for name, value in write.fields.items()}
        except HeldValueError as error:
            task.failed = True
            self.report.problem(f"{task.change.line()}: {error}")
            return None
        features = self.pair.collection(side).features
        marked = features.marker != "none"
        if write.kind == "update":
            return Patch(task.change.ends[side], fields, task.change.link if write.claim and marked else None)
        for spot in spots.values():
            if isinstance(spot.codec, Constant) and spot.field.id and spot.name not in write.fields and not spot.paused:
                fields[spot.field.id] = spot.codec.encode(None, spot)
        again = features.upsert and self._sent_before(task.change.link, side)
        return Draft({} if again else fields, task.change.link if marked else None)

    def _sent_before(self, link: str, side: Side) -> bool:
        """Tell whether this create was sent before: then only its key goes out, so that no edit is overwritten."""
        state = self.pair.state
        query = state.pick(t.intents, "op").where(
            t.intents.c.link == link,
            t.intents.c.side == side,
            t.intents.c.kind == "create",
            t.intents.c.state == "superseded",
        )
        return bool(state.rows(query.limit(1)))

    def _intend(self, side: Side, kind: str, items: Sequence[tuple[Task, Write, Any]]) -> list[str]:
        """Commit what is about to be sent, and the values about to be overwritten."""
        state, now, settle = self.pair.state, self.pair.now(), self.pair.collection(side).settle()
        wait = settle.total if kind == "create" else settle.late
        ops = [str(uuid.uuid4()) for _ in items]
        shared = {"run": self.report.run, "side": side, "kind": kind, "state": "sent", "sent": now.timestamp()}
        later = {"settles": (now + wait).timestamp(), "missed": 0, "probed": None, "error": None}
        rows = [
            {
                **shared,
                **later,
                "op": op,
                "link": change.link,
                "change": change.to_json(),
                "remote": change.ends.get(side),
            }
            for op, change in zip(ops, (task.change for task, _, _ in items), strict=True)
        ]
        with state.transaction():
            state.hold_lease(self.holder, self.fence, now, LEASE)
            for task, _, _ in items:
                for kept in task.change.keeps:
                    state.save_conflict(Conflict(**kept), now)
            state.put(t.intents, ("op",), rows)
            state.bump()
        return ops

    def _call(self, side: Side, kind: str, items: Sequence[tuple[Task, Write, Any]]) -> Sequence[Any]:
        collection = self.pair.collection(side)
        remote = [item[2] for item in items]
        if kind == "create":
            return collection.create(remote)
        if kind == "update":
            return collection.update(remote)
        return collection.delete(remote)

    # --- what came of it

    def _settle(
        self,
        side: Side,
        kind: str,
        items: Sequence[tuple[Task, Write, Any]],
        outcomes: Sequence[Outcome | None],
        ops: Sequence[str],
    ) -> None:
        state, now = self.pair.state, self.pair.now()
        with state.transaction():
            state.hold_lease(self.holder, self.fence, now, LEASE)
            for (task, write, sent), outcome, op in zip(items, outcomes, ops, strict=True):
                self._one(side, kind, task, write, sent, outcome, op)
            state.bump()

    def _one(
        self, side: Side, kind: str, task: Task, write: Write, sent: Any, outcome: Outcome | None, op: str
    ) -> None:
        if isinstance(outcome, UnknownOutcomeError):
            self._close(op, "unknown", str(outcome))
            task.unsure = True
            self.report.uncertain += 1
        elif isinstance(outcome, ProductOpsError):
            self._close(op, "failed", str(outcome))
            task.failed = True
            self._refused(side, task, write, outcome)
        else:
            remote = outcome.id if isinstance(outcome, Record) else task.change.ends.get(side)
            self._close(op, "confirmed", None, remote)
            if isinstance(outcome, Record):
                task.echoes[side] = self.pair.bound[side].observe(outcome)
                if kind == "create":
                    self._created(side, task, outcome, key_only=not sent.fields and bool(write.fields))
            self.report.count(kind, side)

    def _close(self, op: str, verdict: str, error: str | None, remote: str | None = None) -> None:
        close_intent(self.pair, op, verdict, error, remote)

    def _created(self, side: Side, task: Task, record: Record, *, key_only: bool) -> None:
        """Link at once: after this nothing can make the record appear twice.

        A repeated create sends only the key. Where it found the record of the first try, what was sent
        then counts as agreed, so that edits made since show as edits; where it made a blank one, nothing is
        agreed yet and the next plan fills it.
        """
        change, echo, state = task.change, task.echoes[side], self.pair.state
        change.ends[side] = record.id
        change.labels[side] = {**self.pair.label(echo), "id": record.id}
        state.save_link(
            change.link,
            {end: (remote, change.labels.get(end, {})) for end, remote in change.ends.items()},
            self.pair.now(),
        )
        state.drop(t.refusals, link=change.link)
        if not key_only:
            return
        task.failed = True  # not finished by this run
        if record.existed:
            state.merge_base({change.link: agreed_base(self.pair, change, {})[0]})
        state.receive([inbox_row(self.pair, side, echo, change.link)])
        for end, remote in change.ends.items():
            link_inbox(self.pair, end, remote, change.link)

    def _refused(self, side: Side, task: Task, write: Write, error: ProductOpsError) -> None:
        self.report.problem(f"{task.change.line()}: {error}")
        if isinstance(error, RejectedError):
            row = {"link": task.change.link, "side": side, "payload": fingerprint(write.fields), "message": str(error)}
            self.pair.state.put(t.refusals, ("link", "side"), [{**row, "at": self.pair.now().timestamp()}])

    def _finish(self, window: Sequence[Task]) -> None:
        """Commit what is agreed now, pair by pair, and empty the inbox of what is settled."""
        state, now = self.pair.state, self.pair.now()
        with state.transaction():
            state.hold_lease(self.holder, self.fence, now, LEASE)
            bases: dict[str, dict[Side, Half]] = {}
            for task in window:
                if not task.failed and not task.unsure:
                    self._agree(task, bases)
            state.merge_base(bases)
            state.bump()

    def _agree(self, task: Task, bases: dict[str, dict[Side, Half]]) -> None:
        change, state = task.change, self.pair.state
        if change.kind == "delete":
            state.set_link_state(change.link, "deleted")
            for table in (t.tombstones, t.inbox, t.ends):
                state.drop(table, link=change.link)
            return
        if change.kind == "link":
            ends = {side: (remote, change.labels.get(side, {})) for side, remote in change.ends.items()}
            state.save_link(change.link, ends, self.pair.now())
            self.report.linked += 1
        base, unreached = agreed_base(self.pair, change, task.echoes)
        bases[change.link] = base
        for name in unreached:
            self.report.problem(
                f"{change.title}: {name} was sent and is not what the service shows; the next plan looks again"
            )
        self._empty_inbox(task, unreached)
        for conflict in state.conflicts("open", "decided", links=[change.link]):
            if conflict.id in change.settles:
                conflict.state = "closed"
                state.save_conflict(conflict, self.pair.now())

    def _empty_inbox(self, task: Task, unreached: Sequence[str]) -> None:
        change, state = task.change, self.pair.state
        settled = change.complete and not unreached
        for side, remote in change.ends.items():
            echo = task.echoes.get(side)
            base_known = echo is None or set(echo.cells) >= set(self.pair.lanes)
            if settled and base_known and not _surprises(self.pair, change, echo):
                seen_at: dict[str, Any] = {"at": change.stamps[side]} if side in change.stamps else {}
                state.drop(t.inbox, side=side, remote=remote, **seen_at)
            elif echo is not None and base_known:
                state.receive([inbox_row(self.pair, side, echo, change.link)])
            elif echo is not None:
                state.mark_dirty(side, [remote], self.pair.now())
            else:
                link_inbox(self.pair, side, remote, change.link)


def _surprises(pair: Pair, change: Change, echo: Seen | None) -> bool:
    """Tell whether the service filled fields that nobody sent: defaults, which the other side should get."""
    if echo is None or change.kind != "create":
        return False
    sent = {name for write in change.writes for name in write.fields}
    return any(echo.cells[name].value is not None for name in pair.lanes if name in echo.cells and name not in sent)


def agreed_base(pair: Pair, change: Change, echoes: dict[Side, Seen]) -> tuple[dict[Side, Half], list[str]]:
    """Return both halves of what is agreed after a change, and the fields whose value did not arrive.

    A side that was written contributes what the service answered; where it answered nothing, what was sent
    counts until it is read again (an empty hash). Text may come back in the service's own spelling; a
    choice, a date or a person that comes back different was not accepted.
    """
    base: dict[Side, Half] = {"left": {}, "right": {}}
    unreached = []
    written = {write.side: write for write in change.writes}
    for name, sides in change.agreed.items():
        fresh: dict[Side, list[Any]] = dict(sides)
        for side, write in written.items():
            if name not in write.fields:
                if write.kind == "create" and (cell := _echoed(echoes, side, name)) is not None:
                    fresh[side] = [cell.hash, cell.value]
                continue
            cell = _echoed(echoes, side, name)
            fresh[side] = [cell.hash, cell.value] if cell is not None else ["", write.fields[name]]
            lane = pair.lanes[name]
            if (
                cell is not None
                and lane.spot(side).field.kind in EXACT
                and not lane.equal(cell.value, write.fields[name])
            ):
                unreached.append(name)
        values = [fresh[side][1] for side in fresh]
        if name in unreached or (
            change.kind == "create" and len(values) == 2 and (values[0] is None) != (values[1] is None)
        ):
            continue
        for side, packed in fresh.items():
            base[side][name] = packed
    return base, unreached


def _echoed(echoes: dict[Side, Seen], side: Side, name: str) -> Any:
    echo = echoes.get(side)
    return echo.cells.get(name) if echo is not None else None


def close_intent(pair: Pair, op: str, verdict: str, error: str | None = None, remote: str | None = None) -> None:
    """Set an intent's state."""
    values = {"state": verdict, "error": error} | ({"remote": remote} if remote else {})
    with pair.state.transaction() as connection:
        connection.execute(
            update(t.intents).where(t.intents.c.sync == pair.name, t.intents.c.op == op).values(**values)
        )


def link_inbox(pair: Pair, side: Side, remote: str, link: str) -> None:
    """Tell the inbox that a record is linked now."""
    mine = (t.inbox.c.sync == pair.name) & (t.inbox.c.side == side) & (t.inbox.c.remote == remote)
    with pair.state.transaction() as connection:
        connection.execute(update(t.inbox).where(mine).values(link=link))


def _grouped(window: Sequence[Task], stage: int) -> Iterator[tuple[Side, str, list[Task]]]:
    groups: dict[tuple[Side, str], list[Task]] = {}
    for task in window:
        if len(task.change.writes) > stage and not task.failed and not task.unsure:
            write = task.change.writes[stage]
            groups.setdefault((write.side, write.kind), []).append(task)
    order = {"update": 0, "create": 1, "delete": 2}
    for side, kind in sorted(groups, key=lambda key: (order[key[1]], key[0])):
        yield side, kind, groups[side, kind]


def _stop_for(outcomes: Sequence[object]) -> None:
    """Stop the run for what every further write would meet too: credentials, a limit, a dead service."""
    errors = [outcome for outcome in outcomes if isinstance(outcome, ProductOpsError)]
    for error in errors:
        owner = isinstance(error, RejectedError | GoneError | StaleError | UnknownOutcomeError)
        if not owner and (len(errors) == len(outcomes) or not isinstance(error, RetryableError)):
            raise error


__all__ = ["LEASE", "Applier", "Progress", "agreed_base", "close_intent", "link_inbox"]
