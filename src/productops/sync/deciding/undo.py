"""Taking a run back: a plan whose writes restore what the run's writes overwrote.

Only what nobody touched since is restored: a field that a person or a later run changed, on either side, is
left alone and told. The side that the run had read from keeps its value; after the undo the two differ, that
counts as agreed, and the next edit of either side flows as usual. A record that the run created goes to the
trash, where the service has one people can restore from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from productops.errors import ConfigError
from productops.sdk.codecs import HeldValueError
from productops.sdk.mapping import Seen, Side
from productops.sdk.record import Record
from productops.sync.book.history import write_of
from productops.sync.deciding.deletions import guard
from productops.sync.memory import tables as t
from productops.sync.memory.state import Half, chunks
from productops.sync.plan import SIDES, Change, Plan, Write, other
from productops.sync.reading.pair import Pair
from productops.sync.reading.reader import arrived
from productops.sync.writing.undelete import plan_undelete

BATCH = 100


def plan_undo(pair: Pair, plan: Plan, run: str) -> None:
    """Fill a plan with the inverse of a run.

    Raises:
        ConfigError: this sync has no such run, or its writes are not settled yet.

    """
    state = pair.state
    rows = state.rows(state.pick(t.intents).where(t.intents.c.run == run).order_by(t.intents.c.link, t.intents.c.sent))
    if not rows and not state.rows(state.pick(t.runs, "run").where(t.runs.c.run.startswith(run + "-"))):
        raise ConfigError(f"This sync has no run {run!r}.", remedy="See runs(); a run is named by its plan's id.")
    if any(row.state in ("sent", "unknown") for row in rows):
        plan.blocked.append(f"{run} has writes whose answer was lost; run the sync until they are settled, then undo")
        return
    done: dict[str, list[Any]] = {}
    for row in rows:
        if row.state in ("confirmed", "half"):
            done.setdefault(row.link, []).append(row)
    for links in chunks(list(done), BATCH):
        _Batch(pair, plan, run, {link: done[link] for link in links}).plan_all()
    guard(pair, plan)


class _Batch:
    """A few pairs that a run wrote, and how both sides look now."""

    def __init__(self, pair: Pair, plan: Plan, run: str, done: Mapping[str, Sequence[Any]]) -> None:
        self.pair, self.plan, self.run, self.done = pair, plan, run, done
        links = list(done)
        self.ends, self.bases = pair.state.ends_of(links), pair.state.bases(links)
        past = pair.state.find(t.links, "link", "state", among=("link", links))
        self.gone = {row.link for row in past if row.state in ("deleted", "undone")}
        self.later = self._written_later(links)
        self.records: dict[Side, dict[str, Record]] = {side: self._read(side) for side in SIDES}

    def _written_later(self, links: Sequence[str]) -> set[tuple[str, str]]:
        """Return the (link, field) that another run wrote after this one."""
        found = set()
        for row in self.pair.state.find(t.intents, among=("link", links)):
            if row.run == self.run or row.sent < min(mine.sent for mine in self.done[row.link]):
                continue
            if row.state in ("failed", "superseded"):
                continue
            found |= {(row.link, name) for write in Change.from_json(row.change).writes for name in write.fields}
        return found

    def _read(self, side: Side) -> dict[str, Record]:
        collection, bound = self.pair.collection(side), self.pair.bound[side]
        ids = [ends[side].remote for ends in self.ends.values() if side in ends]
        found: dict[str, Record] = {}
        if collection.features.get:
            for chunk in chunks(ids, collection.features.get_batch):
                found.update(collection.get(chunk, bound.field_ids))
        return {id_: record for id_, record in found.items() if not record.trashed}

    def plan_all(self) -> None:
        """Add the inverse of each pair's writes to the plan."""
        for link, rows in self.done.items():
            kinds = {row.kind for row in rows}
            change = Change.from_json(rows[0].change)
            change = Change(link, "update", change.title, {}, change.labels, undoes=self.run, complete=False)
            change.why = f"undoes {self.run}"
            if "delete" in kinds:
                plan_undelete(self.pair, self.plan, [link] if link in self.gone else [])
            elif len(ends := self.ends.get(link, {})) < len(SIDES):
                self.plan.problem(f"{change.name}: is no longer a pair, so nothing is undone")
            else:
                change.ends = {side: ends[side].remote for side in SIDES}
                self._pair(change, rows, "create" in kinds)

    def _pair(self, change: Change, rows: Sequence[Any], created: bool) -> None:
        records = {side: self.records[side].get(change.ends[side]) for side in SIDES}
        if lost := [side for side in SIDES if records[side] is None]:
            self.plan.problem(f"{change.name}: cannot be read in {self.plan.names[lost[0]]}, so nothing is undone")
            return
        seen = {side: self.pair.bound[side].observe(record) for side, record in records.items() if record is not None}
        if created:
            self._creation(change, next(row.side for row in rows if row.kind == "create"), seen)
            return
        restored: dict[Side, Write] = {}
        for row in rows:
            write = write_of(row, Change.from_json(row.change))
            for name, value in write.fields.items() if write is not None else ():
                record = records[row.side]
                reason = self._touched(change.link, row.side, name, value, seen, record)
                if reason is not None:
                    self.plan.problem(f"{change.name}: {name} is not undone: {reason}")
                    continue
                old = write.before.get(name, [None, None])[1] if write is not None else None
                self._restore(change, restored.setdefault(row.side, Write(row.side, "update")), name, old, seen)
        change.writes = [write for write in restored.values() if write.fields]
        if change.writes:
            self.plan.add(change)

    def _touched(
        self, link: str, side: Side, name: str, value: Any, seen: Mapping[Side, Seen], record: Any
    ) -> str | None:
        """Return why a field must not be restored, or ``None``."""
        base, names = self.bases[link], self.plan.names
        if name not in self.pair.lanes:
            return "it is no longer mapped, or paused"
        if (link, name) in self.later:
            return "a later run wrote it"
        for at in SIDES:
            cell = seen[at].cells.get(name)
            if cell is None or name not in base[at] or _differs(base[at], name, cell.hash):
                return f"it changed in {names[at]} since"
        if not arrived(self.pair, side, name, value, record, seen[side].cells[name]):
            return f"{names[side]} no longer shows what was written"
        return seen[side].cells[name].protected

    def _restore(self, change: Change, target: Write, name: str, old: Any, seen: Mapping[Side, Seen]) -> None:
        try:
            self.pair.lanes[name].spot(target.side).write(old)
        except HeldValueError as error:
            self.plan.problem(f"{change.name}: {name} is not undone: {error}")
            return
        cell = seen[target.side].cells[name]
        target.fields[name] = old
        target.before[name] = [cell.hash, cell.value]
        source = other(target.side)
        change.agreed[name] = {source: self.bases[change.link][source][name], target.side: [cell.hash, cell.value]}

    def _creation(self, change: Change, side: Side, seen: Mapping[Side, Seen]) -> None:
        """Plan the deletion of a record that the run made and nobody touched."""
        collection, half = self.pair.collection(side), self.bases[change.link][side]
        if collection.features.delete != "trash":
            self.plan.problem(
                f"{change.name}: was created in {collection.name}, which has no trash; delete it by hand if you want"
            )
            return
        edited = sorted(
            name
            for name, cell in seen[side].cells.items()
            if name in self.pair.lanes and (_differs(half, name, cell.hash) if name in half else cell.value is not None)
        )
        edited += sorted({name for link, name in self.later if link == change.link} - set(edited))
        if edited:
            self.plan.problem(f"{change.name}: is not deleted again: {', '.join(edited)} changed since it was created")
            return
        change.kind = "delete"
        change.writes = [Write(side, "delete", before=dict(half))]
        self.plan.add(change)


def _differs(half: Half, name: str, mark: str) -> bool:
    return bool(half[name][0]) and half[name][0] != mark
