"""From what was seen to what would be done: pairs merged, strangers matched, the rest created.

Works through the state in small batches ordered by link, so the same state always gives the same plan and
memory stays flat.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, select

from productops.sdk.collection import Collection
from productops.sdk.mapping import Cell, Seen, Side
from productops.sdk.record import fingerprint
from productops.sync.deciding.breaker import Breaker
from productops.sync.deciding.comeback import Twins
from productops.sync.deciding.fields import Decider
from productops.sync.deciding.twins import Way, plan_twin
from productops.sync.memory import tables as t
from productops.sync.memory.state import Half, State
from productops.sync.memory.statements import given
from productops.sync.plan import SIDES, Change, Conflict, Plan, Write, other
from productops.sync.reading.pair import Pair
from productops.sync.reading.reader import known_seen, load_inbox
from productops.sync.rules.merge import EMPTY, Prefer
from productops.sync.rules.policies import Case

BATCH = 200


class Planner:
    """Fills one plan from the inbox of one pair of views."""

    def __init__(self, pair: Pair, plan: Plan, prefer: Prefer, twins: Twins) -> None:
        self.pair = pair
        self.state: State = pair.state
        self.plan = plan
        self.collections: dict[Side, Collection] = {side: pair.collection(side) for side in SIDES}
        unsettled = self.state.find(t.intents, "link", "state", among=OPEN)
        self.open_links: set[Any] = {row.link for row in unsettled}
        self.sent: set[Any] = {row.link for row in unsettled if row.state != "uncertain"}  # looked for in each plan
        self.refusals: dict[tuple[Any, Any], Any] = {(row.link, row.side): row for row in self.state.find(t.refusals)}
        self.breaker: Breaker = Breaker(self.state, pair.now())
        self.decider: Decider = Decider(pair, plan, prefer, self.breaker)
        self.moves: dict[tuple[Side, str], int] = {}  # how often a side changed a field in this pass
        gone = self.state.find(t.links, "link", "state", among=("state", ("deleted", "undone")))
        self.past: dict[Any, Any] = {row.link: row.state for row in gone}
        self.twins = twins  # of records that came back, as they show now
        self.revived: set[str] = set()  # pairs of the past that this plan links again
        self.ways: dict[Side, Way] = {side: Way.to(pair, side) for side in SIDES}
        self.waiting: dict[Side, list[str]] = {side: [] for side in SIDES}  # records whose references lead nowhere yet
        plan.waiting = len(self.open_links)

    # --- pairs that are linked

    def merge_links(self) -> None:
        """Plan what became of every linked pair of which something is in the inbox or decided."""
        decided = {conflict.link for conflict in self.state.conflicts("decided")}
        last = ""
        while found := [row.link for row in self.state.ask(_with_news, last=last)]:
            last = found[-1]
            decided.difference_update(found)
            self._merge_batch(found)
        for number in range(0, len(decided), BATCH):
            self._merge_batch(sorted(decided)[number : number + BATCH])

    def _merge_batch(self, links: Sequence[str]) -> None:
        ends, bases, inbox = self.state.ends_of(links), self.state.bases(links), self.state.inbox_of(links)
        self.breaker.load(links)
        resting = self._resting(links)
        conflicts: dict[str, list[Conflict]] = {}
        for conflict in self.state.conflicts("open", "decided", links=links):
            conflicts.setdefault(conflict.link, []).append(conflict)
        for link in links:
            if link in self.open_links or link in resting or len(ends.get(link, {})) < len(SIDES):
                continue
            seen: dict[Side, Seen] = {}
            stamps: dict[Side, float] = {}
            for side in SIDES:
                end, row = ends[link][side], inbox.get((link, side))
                fresh = load_inbox(row)
                if row is not None and fresh is None:
                    break  # its last write left a question; it is read again first
                seen[side] = fresh or known_seen(end.remote, bases[link][side], end.label)
                if row is not None:
                    stamps[side] = row.at
            else:
                self.pair_up(link, seen, bases[link], stamps, conflicts.get(link, []), kind="update")

    def _resting(self, links: Sequence[str]) -> set[str]:
        """Return the pairs of which one record is out of scope or seems gone: their edits wait."""
        parked = {row.link for row in self.state.find(t.links, "link", among=("link", links), state="parked")}
        stones = self.state.find(t.tombstones, "link", "confirmations", among=("link", links))
        return parked | {row.link for row in stones if row.confirmations}

    def pair_up(
        self,
        link: str,
        seen: Mapping[Side, Seen],
        base: Mapping[Side, Half],
        stamps: dict[Side, float],
        conflicts: Sequence[Conflict],
        *,
        kind: str,
    ) -> None:
        """Merge one pair and add its change."""
        for side in SIDES:
            self.note_waiting(side, seen[side])
        labels = {side: {**self.pair.label(seen[side]), "id": seen[side].id} for side in SIDES}
        title = seen["left"].title or seen["right"].title
        change = Change(link, "agree", title, {side: seen[side].id for side in SIDES}, labels, stamps=stamps)
        updates = {side: Write(side, "update") for side in SIDES}
        known = {conflict.field: conflict for conflict in conflicts}
        for name, lane in self.pair.lanes.items():
            cells = {side: cell for side in SIDES if (cell := _cell(seen[side], base[side], name)) is not None}
            if len(cells) < len(SIDES):
                change.complete = False
                continue
            agreed = {side: base[side].get(name) for side in SIDES}
            self.decider.field(
                change, updates, Case(lane, cells, agreed, seen, self.collections), known.pop(name, None)
            )
        for conflict in known.values():
            change.settles.append(conflict.id)
        change.writes = [write for write in updates.values() if write.fields and not self.refused_before(change, write)]
        for write in updates.values():
            if write.fields and write not in change.writes:
                change.complete = False
                change.agreed = {name: sides for name, sides in change.agreed.items() if name not in write.fields}
        if kind == "link":
            self._claims(change, seen)
        else:
            for write in change.writes:
                for name in write.fields:
                    moved = other(write.side), name
                    self.moves[moved] = self.moves.get(moved, 0) + 1
        change.kind = "link" if kind == "link" else "update" if change.writes else "agree"
        if change.writes or change.agreed or change.settles or kind == "link" or change.complete:
            self.plan.add(change)

    def _claims(self, change: Change, seen: Mapping[Side, Seen]) -> None:
        """Write the marker into records that other syncs could take for free ones."""
        for side in SIDES:
            if self.pair.claims(side, seen[side].marker) and seen[side].marker != change.link:
                write = next((write for write in change.writes if write.side == side), None)
                if write is None:
                    write = Write(side, "update")
                    change.writes.append(write)
                write.claim = True

    def meet(self, left: Any, right: Any) -> None:
        """Link two records that were strangers and merge what differs."""
        rows = {"left": left, "right": right}
        seen: dict[Side, Seen] = {side: load_inbox(rows[side]) for side in SIDES}  # type: ignore[misc]  # strangers are always seen
        link = next((row.own for row in (right, left) if row.own in (left.marker, right.marker)), left.own)
        if link in self.sent:
            return  # a create whose answer was lost has arrived meanwhile: what it was made from is known, and agreed
        stamps: dict[Side, float] = {side: rows[side].at for side in SIDES}
        self.pair_up(link, seen, {"left": {}, "right": {}}, stamps, (), kind="link")

    def create(self, side: Side, row: Any) -> bool:
        """Plan the twin of a record on the other side; return whether one is planned."""
        return plan_twin(self, side, row)

    def note_waiting(self, side: Side, seen: Seen) -> None:
        """Remember a record that refers to one without a twin."""
        if any(cell.waits for cell in seen.cells.values()) and self.collections[side].features.get:
            self.waiting[side].append(seen.id)

    def read_again(self) -> None:
        """Have the next plan read the records again whose references lead to records without a twin so far."""
        for side, remotes in self.waiting.items():
            for number in range(0, len(remotes), BATCH):
                self.state.mark_dirty(side, remotes[number : number + BATCH], self.pair.now())

    def refused_before(self, change: Change, write: Write) -> bool:
        """Tell whether the service refused exactly this not long ago; asking again would only make noise."""
        row = self.refusals.get((change.link, write.side))
        if (
            row is None
            or row.payload != fingerprint(write.fields)
            or self.pair.now().timestamp() - row.at > REFUSAL_HOLDS
        ):
            return False
        self.plan.problem(f"{change.name}: {row.message} (not sent again until the record changes, or for a day)")
        return True


OPEN = ("state", ("sent", "unknown", "uncertain", "half"))  # half: another runner is at it
REFUSAL_HOLDS = 24 * 3600.0


def _with_news() -> Select[Any]:
    row = t.inbox.c
    mine = (row.sync == given("sync")) & (row.link > given("last"))
    return select(row.link).where(mine).distinct().order_by(row.link).limit(BATCH)


def _cell(seen: Seen, base: Half, name: str) -> Cell | None:
    """Return what a record shows in a field; a field that never was agreed and is not news is empty."""
    return seen.cells.get(name) or (None if name in base else Cell(EMPTY))
