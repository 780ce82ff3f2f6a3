"""Doing exactly what a plan says, so that a crash anywhere leaves nothing lost and nothing doubled.

For each chunk of writes: read again what is about to change and leave alone what moved; commit an intent
for each write; send; commit what came of it. A write whose answer was lost stays an open intent, and its
fields are frozen until :mod:`~productops.sync.recover` has looked.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from productops.errors import GoneError, ProductOpsError, RejectedError, RetryableError, StaleError, UnknownOutcomeError
from productops.sdk.codecs import Constant, HeldValueError
from productops.sdk.collection import Outcome
from productops.sdk.mapping import Seen, Side
from productops.sdk.record import Draft, Patch, Record, fingerprint
from productops.sdk.transport.leave import asking
from productops.sync import tables as t
from productops.sync.lease import LEASE
from productops.sync.merge import EMPTY, plain
from productops.sync.pair import Pair
from productops.sync.plan import Change, Conflict, Plan, Write
from productops.sync.reader import inbox_row, recognise
from productops.sync.report import Report
from productops.sync.state import Half, chunks

NEVER = datetime.min.replace(tzinfo=UTC)
MARGIN = 120.0  # seconds before the lease's end after which nothing leaves: more than a request may take
WINDOW = 500  # changes in hand at a time: a multiple of every service's batch size
EXACT = ("number", "bool", "date", "datetime", "choice", "choices", "labels", "person", "people", "link", "links")

Progress = Callable[[int, int | None, str], None]


@dataclass(slots=True)
class Task:
    """One change on its way: what has been written, and what each side shows now."""

    change: Change
    text: str = ""  # the change's JSON in the plan, until the first intent: what is sent afterwards may alter it
    echoes: dict[Side, Seen] = field(default_factory=dict)
    failed: bool = False
    unsure: bool = False

    def json(self) -> str:
        """Return the change as JSON, for an intent."""
        text, self.text = self.text or self.change.to_json(), ""
        return text


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
    _until: datetime = NEVER  # when the lease, renewed with each intent, runs out
    _sent_before: set[tuple[str, str]] = field(default_factory=set)  # creates of an earlier run that never arrived

    def run(self) -> None:
        """Carry out the plan's changes, window by window.

        Raises:
            ProductOpsError: the run cannot go on (credentials, another runner); what was done stays done.

        """
        state = self.pair.state
        lost = state.pick(t.intents, "link", "side").where(
            t.intents.c.state == "superseded", t.intents.c.kind == "create"
        )
        self._sent_before = {(row.link, row.side) for row in state.rows(lost)}
        lines = self.plan.changes.lines()
        while window := [Task(Change.from_json(line), line) for line in islice(lines, WINDOW)]:
            stage = -1
            while (stage := stage + 1) < max(len(task.change.writes) for task in window):
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
            self.report.skip(f"{task.change.name}: {reason}")
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
            self.report.problem(f"{task.change.name}: {error}")
            return None
        features = self.pair.collection(side).features
        marked = features.marker != "none"
        if write.kind == "update":
            return Patch(task.change.ends[side], fields, task.change.link if write.claim and marked else None)
        for spot in spots.values():
            if isinstance(plain(spot.codec), Constant) and spot.field.id and spot.name not in write.fields:
                fields[spot.field.id] = spot.codec.encode(None, spot)
        again = features.upsert and (task.change.link, side) in self._sent_before
        return Draft({} if again else fields, task.change.link if marked else None)

    def _intend(self, side: Side, kind: str, items: Sequence[tuple[Task, Write, Any]]) -> list[str]:
        """Commit what is about to be sent, and the values about to be overwritten."""
        state, now, wait = self.pair.state, self.pair.now(), self._rest(side, kind)
        ops = [str(uuid.uuid4()) for _ in items]
        shared = {"run": self.report.run, "side": side, "kind": kind, "state": "sent", "sent": now.timestamp()}
        later = {"settles": (now + wait).timestamp(), "missed": 0, "probed": None, "error": None}
        rows = [
            {
                **shared,
                **later,
                "op": op,
                "link": task.change.link,
                "change": task.json(),
                "remote": task.change.ends.get(side),
            }
            for op, (task, _, _) in zip(ops, items, strict=True)
        ]
        with state.transaction():
            state.hold_lease(self.holder, self.fence, now, LEASE)
            for task, _, _ in items:
                for kept in task.change.keeps:
                    state.save_conflict(Conflict(**kept), now)
            state.add(t.intents, rows)
            state.bump()
        self._until = now + timedelta(seconds=LEASE - MARGIN)
        return ops

    def _rest(self, side: Side, kind: str) -> timedelta:
        """Return for how long a write may still surprise us after its answer was lost."""
        settle = self.pair.collection(side).settle()
        return settle.total if kind == "create" else settle.late

    def _call(self, side: Side, kind: str, items: Sequence[tuple[Task, Write, Any]]) -> Sequence[Any]:
        collection = self.pair.collection(side)
        remote = [item[2] for item in items]
        with asking(self._still_ours):
            if kind == "create":
                return collection.create(remote)
            if kind == "update":
                return collection.update(remote)
            return collection.delete(remote)

    def _still_ours(self) -> None:
        """Keep a write here whose lease has nearly run out: another runner may be deciding about the same record."""
        if self.pair.now() > self._until:
            raise StaleError(
                "This run was held up for so long that another one may have taken over.", system="productops",
                remedy="Plan again.",
            )  # fmt: skip

    # --- what came of it

    def _settle(
        self,
        side: Side,
        kind: str,
        items: Sequence[tuple[Task, Write, Any]],
        outcomes: Sequence[Outcome | None],
        ops: Sequence[str],
    ) -> None:
        """Commit what came of a chunk. New records are linked at once: nothing can make them appear twice."""
        state, now = self.pair.state, self.pair.now()
        verdicts, created = [], []
        with state.transaction():
            state.hold_lease(self.holder, self.fence, now, LEASE)
            for (task, write, sent), outcome, op in zip(items, outcomes, ops, strict=True):
                verdicts.append(self._verdict(side, kind, task, write, outcome, op))
                if kind == "create" and isinstance(outcome, Record):
                    change = task.change
                    change.ends[side] = outcome.id
                    change.labels[side] = {**self.pair.label(task.echoes[side]), "id": outcome.id}
                    created.append((task, outcome, not sent.fields and bool(write.fields)))
            state.close_intents(verdicts)
            # The request may have waited for its turn before it left: what is lost may come late from now on.
            lost = [verdict["op"] for verdict in verdicts if verdict["state"] == "unknown"]
            state.freeze(lost, (now + self._rest(side, kind)).timestamp())
            changes = [task.change for task, _, _ in created]
            ends = {
                change.link: {end: (remote, change.labels.get(end, {})) for end, remote in change.ends.items()}
                for change in changes
            }
            state.save_links(ends, now)
            for task, record, key_only in created:
                if key_only:
                    self._repeated(side, task, record)
            state.bump()

    def _verdict(
        self, side: Side, kind: str, task: Task, write: Write, outcome: Outcome | None, op: str
    ) -> dict[str, Any]:
        remote = task.change.ends.get(side)
        if isinstance(outcome, UnknownOutcomeError):
            task.unsure = True
            self.report.uncertain += 1
            return {"op": op, "state": "unknown", "error": str(outcome), "remote": remote}
        if isinstance(outcome, ProductOpsError):
            task.failed = not self._without_people(side, task, write, outcome)
            if task.failed:
                self._refused(side, task, outcome, write.fields)
            return {"op": op, "state": "failed", "error": str(outcome), "remote": remote}
        if isinstance(outcome, Record):
            task.echoes[side] = self.pair.bound[side].observe(outcome)
            remote = outcome.id
        self.report.count(kind, side)
        return {"op": op, "state": "confirmed", "error": None, "remote": remote}

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
        state.merge_base({change.link: agreed_base(self.pair, change, {})[0]})
        recognise(self.pair, side, change.link, record, task.echoes[side])
        state.receive([inbox_row(self.pair, side, task.echoes[side], change.link)])
        state.link_seen([(end, remote, change.link) for end, remote in change.ends.items()])

    def _without_people(self, side: Side, task: Task, write: Write, error: ProductOpsError) -> bool:
        """Write the rest of a record whose people the service does not take; tell whether that is tried.

        Who may stand in a person field is often known only to the service. One colleague without an account
        must not keep a record from existing; the value waits and is reported.
        """
        spots = self.pair.bound[side].spots
        named = set(error.fields) if isinstance(error, RejectedError) else set()
        refused = {
            name: value
            for name, value in write.fields.items()
            if spots[name].field.kind in ("person", "people") and named & {spots[name].field.name, spots[name].field.id}
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

    def _finish(self, window: Sequence[Task]) -> None:
        """Commit what is agreed now, pair by pair, and empty the inbox of what is settled."""
        state, now = self.pair.state, self.pair.now()
        tasks = [task for task in window if not task.failed and not task.unsure]
        with state.transaction():
            state.hold_lease(self.holder, self.fence, now, LEASE)
            self._deleted([task for task in tasks if task.change.kind == "delete"])
            tasks = [task for task in tasks if task.change.kind != "delete"]
            self._linked([task.change for task in tasks if task.change.kind == "link"])
            bases, doubts = {}, {}
            for task in tasks:
                bases[task.change.link], doubts[task.change.link] = agreed_base(self.pair, task.change, task.echoes)
            state.merge_base(bases)
            self._empty_inbox(tasks, doubts)
            self._close_conflicts([task.change for task in tasks if task.change.settles])
            state.bump()

    def _deleted(self, tasks: Sequence[Task]) -> None:
        for task in tasks:
            self.pair.state.set_link_state(task.change.link, "undone" if task.change.undoes else "deleted")
            for table in (t.tombstones, t.inbox, t.ends):
                self.pair.state.drop(table, link=task.change.link)

    def _linked(self, changes: Sequence[Change]) -> None:
        ends = {
            change.link: {side: (remote, change.labels.get(side, {})) for side, remote in change.ends.items()}
            for change in changes
        }
        self.pair.state.save_links(ends, self.pair.now())
        self.report.linked += len(changes)

    def _close_conflicts(self, changes: Sequence[Change]) -> None:
        settled = {id_ for change in changes for id_ in change.settles}
        links = [change.link for change in changes]
        for conflict in self.pair.state.conflicts("open", "decided", links=links) if links else ():
            if conflict.id in settled:
                conflict.state = "closed"
                self.pair.state.save_conflict(conflict, self.pair.now())

    def _empty_inbox(self, tasks: Sequence[Task], doubts: Mapping[str, Sequence[str]]) -> None:
        """Take out what is settled; put in what an answer showed beyond what was asked."""
        settled, stays, shown = [], [], []
        now = self.pair.now().timestamp()
        for task in tasks:
            change = task.change
            for name in doubts[change.link]:
                self.report.problem(f"{change.name}: {name} was sent, and the service shows something else")
            done = change.complete and not doubts[change.link]
            for side, remote in change.ends.items():
                echo = task.echoes.get(side)
                whole = echo is None or set(echo.cells) >= set(self.pair.lanes)
                if done and whole and not _surprises(self.pair, change, echo):
                    settled.append((side, remote, change.stamps.get(side, now)))
                elif echo is not None and whole:
                    shown.append(inbox_row(self.pair, side, echo, change.link))
                elif echo is not None:
                    self.pair.state.mark_dirty(side, [remote], self.pair.now())
                else:
                    stays.append((side, remote, change.link))
        self.pair.state.settle_seen(settled)
        self.pair.state.link_seen(stays)
        self.pair.state.receive(shown)


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


__all__ = ["Applier", "Progress", "agreed_base"]
