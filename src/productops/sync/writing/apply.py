"""Doing exactly what a plan says, so that a crash anywhere leaves nothing lost and nothing doubled.

For each chunk of writes: read again what is about to change and leave alone what moved; commit an intent
for each write; send; commit what came of it. Creates, which change nothing that is there, share commits: several
chunks go out on one (see :mod:`~productops.sync.writing.stride`). A write whose answer was lost stays an open intent,
and its fields are frozen until :mod:`~productops.sync.writing.recover` has looked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import islice
from typing import Any

from productops.errors import GoneError, ProductOpsError, RejectedError, RetryableError, StaleError, UnknownOutcomeError
from productops.sdk.codecs import Constant, HeldValueError
from productops.sdk.mapping import PROTECTED, Seen, Side, Spot
from productops.sdk.record import Draft, Patch
from productops.sdk.transport.leave import asking
from productops.sync.memory.lease import LEASE, Lease
from productops.sync.memory.state import chunks
from productops.sync.plan import Change, Plan, Write, other
from productops.sync.reading.pair import Pair
from productops.sync.reading.reader import inbox_row
from productops.sync.report import Report
from productops.sync.rules.merge import plain
from productops.sync.writing.finish import finish
from productops.sync.writing.found import sent_before
from productops.sync.writing.gaps import keep_gap_edits
from productops.sync.writing.ledger import Ledger
from productops.sync.writing.stride import Stride
from productops.sync.writing.task import Item, Sending, Task

WINDOW = 500  # changes in hand at a time: a multiple of every service's batch size


Progress = Callable[[int, int | None, str], None]


@dataclass(slots=True)
class Applier:
    """Carries out one plan."""

    pair: Pair
    plan: Plan
    report: Report
    lease: Lease
    progress: Progress | None = None
    done: int = 0
    _ledger: Ledger = field(init=False)
    _constants: dict[Side, list[Spot]] = field(init=False)
    _sent_before: set[tuple[str, Side]] = field(default_factory=set)  # creates of an earlier run that never arrived
    _strides: dict[tuple[Side, str], Stride] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._constants = {
            side: [spot for spot in bound.spots.values() if isinstance(plain(spot.codec), Constant) and spot.field.id]
            for side, bound in self.pair.bound.items()
        }
        self._ledger = Ledger(self.pair, self.report, self.lease, self._rest)

    def run(self) -> None:
        """Carry out the plan's changes, window by window.

        Raises:
            ProductOpsError: the run cannot go on (credentials, another runner); what was done stays done.

        """
        self._sent_before = sent_before(self.pair)
        lines = self.plan.changes.lines()
        while window := [Task(Change.from_json(line), line) for line in islice(lines, WINDOW)]:
            stage = -1
            while (stage := stage + 1) < max(len(task.change.writes) for task in window):
                for side, kind, tasks in _grouped(window, stage):
                    self._write(side, kind, [(task, task.change.writes[stage]) for task in tasks])
            finish(self.pair, self.report, self.lease, window)

    def _batch(self, side: Side, kind: str) -> int:
        features = self.pair.collection(side).features
        return {"create": features.create_batch, "update": features.update_batch}.get(kind, features.delete_batch)

    # --- the chunks that go out on one commit

    def _write(self, side: Side, kind: str, items: list[tuple[Task, Write]]) -> None:
        waiting = list(chunks(items, self._batch(side, kind)))
        stride = self._strides.setdefault((side, kind), Stride(self._most(side, kind)))
        while waiting:
            group, waiting = waiting[: stride.chunks], waiting[stride.chunks :]
            began = self.pair.now()
            self._send(side, kind, group)
            stride.took((self.pair.now() - began).total_seconds())

    def _most(self, side: Side, kind: str) -> int:
        """Return how many chunks may share a commit: one, where a crash would leave creates that nobody can look up.

        What exists already is read again right before it is written, so that each chunk has a commit of its own.
        """
        features = self.pair.collection(side).features
        return WINDOW if kind == "create" and features.find and features.marker != "none" else 1

    def _send(self, side: Side, kind: str, group: Sequence[Sequence[tuple[Task, Write]]]) -> None:
        ready = [encoded for chunk in group if (encoded := self._encoded(side, kind, chunk))]
        if not ready:
            return
        sending = self._ledger.intend(side, kind, [item for chunk in ready for item in chunk])
        at_hand = 0
        try:
            for chunk in ready:
                at_hand = len(chunk)
                outcomes = self._outcomes(side, kind, chunk, sending)
                sending.answered(outcomes)
                at_hand = 0
                self._tell(side, kind, len(chunk))
                if _stops(outcomes):
                    break
        except (Exception, KeyboardInterrupt):
            # Nobody knows what became of the chunk at hand. What was answered is kept, and what never left let go.
            self._ledger.settle(sending, at_hand=at_hand)
            raise
        self._ledger.settle(sending)
        if kind == "update":
            keep_gap_edits(self.pair, self.report, side, ready[0], sending.outcomes)
        _stop_for(outcomes)

    def _encoded(self, side: Side, kind: str, chunk: Sequence[tuple[Task, Write]]) -> list[Item]:
        """Return what is sent for the writes of a chunk that can be sent."""
        if kind != "create":
            chunk = self._still_as_planned(side, list(chunk))
        found = ((task, write, self._encode(side, task, write)) for task, write in chunk)
        return [item for item in found if item[2] is not None]

    def _outcomes(self, side: Side, kind: str, chunk: Sequence[Item], sending: Sending) -> Sequence[Any]:
        with asking(partial(self._ledger.may_leave, sending)):
            try:
                return self._call(side, kind, chunk)
            except ProductOpsError as error:
                return [error] * len(chunk)

    def _tell(self, side: Side, kind: str, count: int) -> None:
        self.done += count
        if self.progress is not None:
            self.progress(self.done, self.plan.writes, f"{kind} in {self.plan.names.get(side, side)}")

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
        back = self._came_back(side, items)
        ready = []
        for task, write in items:
            seen = found.get(task.change.ends[side])
            reason = self._moved(side, seen, write) if collection.features.get else None
            reason = reason or (f"its twin in {back[0]} is there again" if task.change.link in back[1] else None)
            if reason is None:
                ready.append((task, write))
                continue
            task.failed = True
            self.report.skip(f"{task.change.name}: {reason}")
            if seen is not None and not seen.trashed:
                with self.pair.state.transaction():
                    # No pair yet, where the record was to be claimed and to get a twin.
                    linked = self.pair.state.links_of(side, [seen.id]).get(seen.id)
                    self.pair.state.receive([inbox_row(self.pair, side, seen, linked)])
        return ready

    def _came_back(self, side: Side, items: list[tuple[Task, Write]]) -> tuple[str, set[str]]:
        """Return the pairs about to be deleted whose other record, the reason for it, was restored since the plan."""
        there, collection = other(side), self.pair.collection(other(side))
        why = {
            task.change.ends[there]: task.change.link
            for task, write in items
            if write.kind == "delete" and there in task.change.ends and not task.change.undoes
        }
        found: set[str] = set()
        for chunk in chunks(list(why) if collection.features.get else [], collection.features.get_batch):
            records = collection.get(chunk, []).values()
            found |= {why[record.id] for record in records if not record.trashed and record.id in why}
        return self.plan.names.get(there, there), found

    def _moved(self, side: Side, seen: Seen | None, write: Write) -> str | None:
        where = self.plan.names.get(side, side)
        if write.kind == "restore":
            return None if seen is not None and seen.trashed else f"it is no longer in the trash of {where}"
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
        if write.kind in ("delete", "restore"):
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
            claim = task.change.link if write.claim and marked else None
            return Patch(task.change.ends[side], fields, claim, _seen(spots, write))
        for spot in self._constants[side]:
            if spot.name not in write.fields:
                fields[spot.field.id] = spot.codec.encode(None, spot)
        again = (task.change.link, side) in self._sent_before
        return Draft({} if again else fields, task.change.link if marked else None)

    def _call(self, side: Side, kind: str, items: Sequence[Item]) -> Sequence[Any]:
        collection = self.pair.collection(side)
        remote = [item[2] for item in items]
        if kind == "create":
            return collection.create(remote)
        if kind == "update":
            return collection.update(remote)
        return collection.delete(remote) if kind == "delete" else collection.restore(remote)

    def _rest(self, side: Side, kind: str) -> timedelta:
        """Return for how long a write may still surprise us after its answer was lost."""
        settle = self.pair.collection(side).settle()
        return settle.total if kind == "create" else settle.late


def _seen(spots: Mapping[str, Spot], write: Write) -> dict[str, str]:
    """Return what the formatted texts were that a write replaces, as they were read right before it."""
    return {
        spots[name].field.id: mark.removesuffix(PROTECTED)
        for name, (mark, _) in write.before.items()
        if mark and name in write.fields and spots[name].field.kind == "markdown"
    }


def _grouped(window: Sequence[Task], stage: int) -> Iterator[tuple[Side, str, list[Task]]]:
    groups: dict[tuple[Side, str], list[Task]] = {}
    for task in window:
        if len(task.change.writes) > stage and not task.failed and not task.unsure:
            write = task.change.writes[stage]
            groups.setdefault((write.side, write.kind), []).append(task)
    order = {"update": 0, "restore": 1, "create": 2, "delete": 3}
    for side, kind in sorted(groups, key=lambda key: (order[key[1]], key[0])):
        yield side, kind, groups[side, kind]


def _stop_for(outcomes: Sequence[object]) -> None:
    """Stop the run for what every further write would meet too."""
    if error := _stops(outcomes):
        raise error


def _stops(outcomes: Sequence[object]) -> ProductOpsError | None:
    """Return what every further write would meet too: credentials, a limit, a dead service."""
    errors = [outcome for outcome in outcomes if isinstance(outcome, ProductOpsError)]
    for error in errors:
        owner = isinstance(error, RejectedError | GoneError | StaleError | UnknownOutcomeError)
        if not owner and (len(errors) == len(outcomes) or not isinstance(error, RetryableError)):
            return error
    return None


__all__ = ["LEASE", "Applier", "Progress"]
