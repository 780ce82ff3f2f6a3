"""From what was seen to what would be done: pairs merged, strangers matched, the rest created.

Works through the state in small batches ordered by link, so the same state always gives the same plan and
memory stays flat.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import select

from productops.sdk.codecs import Constant, HeldValueError, TooLongError
from productops.sdk.mapping import Cell, Seen, Side
from productops.sdk.record import fingerprint
from productops.sync import tables as t
from productops.sync.breaker import OSCILLATION, Breaker
from productops.sync.comeback import was_paired
from productops.sync.merge import EMPTY, Lane, Outcome, Prefer, merge_field, plain
from productops.sync.pair import Pair
from productops.sync.plan import SIDES, Change, Conflict, Plan, Write, other
from productops.sync.policies import Case, settle
from productops.sync.reader import known_seen, load_inbox
from productops.sync.state import Half

BATCH = 200


class Planner:
    """Fills one plan from the inbox of one pair of views."""

    def __init__(self, pair: Pair, plan: Plan, prefer: Prefer) -> None:
        self.pair = pair
        self.state = pair.state
        self.plan = plan
        self.prefer = prefer
        self.collections = {side: pair.collection(side) for side in SIDES}
        self.open_links = {row.link for row in self.state.rows(self.state.pick(t.intents, "link").where(OPEN))}
        self.refusals = {(row.link, row.side): row for row in self.state.rows(self.state.pick(t.refusals))}
        self.breaker = Breaker(self.state, pair.now())
        self.moves: dict[tuple[Side, str], int] = {}  # how often a side changed a field in this pass
        gone = self.state.pick(t.links, "link", "state").where(t.links.c.state.in_(("deleted", "undone")))
        self.past = {row.link: row.state for row in self.state.rows(gone)}
        self.revived: set[str] = set()  # pairs of the past that this plan links again
        self.waiting: dict[Side, list[str]] = {side: [] for side in SIDES}  # records whose references lead nowhere yet
        plan.waiting = len(self.open_links)

    # --- pairs that are linked

    def merge_links(self) -> None:
        """Plan what became of every linked pair of which something is in the inbox or decided."""
        decided = {conflict.link for conflict in self.state.conflicts("decided")}
        last = ""
        while True:
            query = select(t.inbox.c.link).where(t.inbox.c.sync == self.pair.name, t.inbox.c.link > last).distinct()
            found = [row.link for row in self.state.rows(query.order_by(t.inbox.c.link).limit(BATCH))]
            if not found:
                break
            last = found[-1]
            decided.difference_update(found)
            self._merge_batch(found)
        for number in range(0, len(decided), BATCH):
            self._merge_batch(sorted(decided)[number : number + BATCH])

    def _merge_batch(self, links: Sequence[str]) -> None:
        ends, bases, inbox = self.state.ends_of(links), self.state.bases(links), self.state.inbox_of(links)
        self.breaker.load(links)
        conflicts: dict[str, list[Conflict]] = {}
        for conflict in self.state.conflicts("open", "decided", links=links):
            conflicts.setdefault(conflict.link, []).append(conflict)
        for link in links:
            if link in self.open_links or len(ends.get(link, {})) < len(SIDES):
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
            self._note_waiting(side, seen[side])
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
            self._field(change, updates, Case(lane, cells, agreed, seen, self.collections), known.pop(name, None))
        for conflict in known.values():
            change.settles.append(conflict.id)
        change.writes = [
            write for write in updates.values() if write.fields and not self._refused_before(change, write)
        ]
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

    def _field(
        self,
        change: Change,
        updates: Mapping[Side, Write],
        case: Case,
        conflict: Conflict | None,
    ) -> None:
        lane, cells, base = case.lane, case.cells, case.base
        outcome = self._decide(change, case, conflict)
        if outcome.kind in ("held", "conflict"):
            change.complete = False
            if outcome.kind == "held":
                self.plan.problem(f"{change.name}: {outcome.reason}")
            return
        if outcome.kind == "same":
            return
        values = {}
        for side, value in outcome.values.items():
            try:
                lane.spot(side).write(value)
            except HeldValueError as error:
                change.complete = False
                self.plan.problem(f"{change.name}: {error}")
                return
            values[side] = value
        for side, value in values.items():
            updates[side].fields[lane.name] = value
            updates[side].before[lane.name] = [cells[side].hash, cells[side].value]
        if outcome.rule and values:
            change.rules[lane.name] = outcome.rule
        if outcome.loser and values:
            lost = self._conflict(change, lane, cells, base, "overwritten")
            lost.state = "closed"
            lost.decision = {"take": other(next(iter(values))) if len(values) == 1 else "merged", "why": outcome.rule}
            change.keeps.append(asdict(lost))
        change.agreed[lane.name] = {side: [cells[side].hash, cells[side].value] for side in SIDES}

    def _decide(self, change: Change, case: Case, conflict: Conflict | None) -> Outcome:
        """Return what becomes of a field: by the merge, its policy, a person's decision, or the breaker."""
        lane, cells, base = case.lane, case.cells, case.base
        if conflict is not None and conflict.kind == OSCILLATION:
            return self._clash(change, lane, cells, base, conflict)
        outcome = merge_field(lane, cells, base, self.prefer)
        decided = conflict is not None and conflict.state == "decided"
        if outcome.kind == "conflict" and lane.policy is not None and not decided:
            outcome = settle(case)
            if outcome.reason and outcome.kind == "conflict":
                self.plan.notes.append(f"{change.name}: {lane.name} needs a decision: {outcome.reason}")
        if outcome.kind == "conflict" or (
            outcome.kind == "write" and self.breaker.trips(change.link, lane.name, outcome)
        ):
            return self._clash(change, lane, cells, base, conflict, "" if outcome.kind == "conflict" else OSCILLATION)
        if conflict is not None:
            change.settles.append(conflict.id)
        return outcome

    def _clash(
        self,
        change: Change,
        lane: Lane,
        cells: Mapping[Side, Cell],
        base: Mapping[Side, list[Any] | None],
        known: Conflict | None,
        kind: str = "",
    ) -> Outcome:
        """Apply a person's decision while it still fits; else keep the conflict open with both values."""
        kind = kind or (OSCILLATION if known is not None and known.kind == OSCILLATION else "")
        kind = kind or ("both changed" if base["left"] else "never agreed")
        conflict = self._conflict(change, lane, cells, base, kind)
        if known is not None and known.state == "decided" and known.hashes == conflict.hashes and known.decision:
            change.settles.append(known.id)
            take = known.decision["take"]
            if take == "ignore":
                return Outcome("agree")
            rule = f"a person decided: {take}"
            value = known.decision["value"] if take == "value" else cells[take].value
            wanting = (side for side in SIDES if side != take and not lane.equal(cells[side].value, value))
            ways: list[Side] = [side for side in wanting if lane.flows_to(side)]
            if all(not cells[side].protected for side in ways):
                return Outcome("write", dict.fromkeys(ways, value), rule=rule) if ways else Outcome("agree")
            change.settles.remove(known.id)
            return Outcome("held", reason=next(cells[side].protected or "" for side in ways if cells[side].protected))
        if known is not None and known.state == "decided" and known.hashes != conflict.hashes:
            self.plan.notes.append(f"{change.name}: {lane.name} changed again after the decision, which is void")
        if known is None or known.state != "decided" or known.hashes != conflict.hashes:
            self.state.save_conflict(conflict, self.pair.now())
        self.plan.conflicts.append(conflict)
        return Outcome("conflict")

    def _conflict(
        self, change: Change, lane: Lane, cells: Mapping[Side, Cell], base: Mapping[Side, list[Any] | None], kind: str
    ) -> Conflict:
        salt = "" if kind != "overwritten" else cells["left"].hash + cells["right"].hash
        id_ = (
            "c-"
            + hashlib.blake2b(f"{self.pair.name}|{change.link}|{lane.name}|{salt}".encode(), digest_size=4).hexdigest()
        )
        known = base["left"] or base["right"]
        return Conflict(
            id=id_, link=change.link, field=lane.name, kind=kind, title=change.title,
            base=known[1] if known else None, left=cells["left"].value, right=cells["right"].value,
            labels={side: dict(label) for side, label in change.labels.items()},
            hashes={side: cells[side].hash for side in SIDES},
            names=dict(self.plan.names),
        )  # fmt: skip

    def _claims(self, change: Change, seen: Mapping[Side, Seen]) -> None:
        """Write the marker into records that other syncs could take for free ones."""
        for side in SIDES:
            if self.pair.claims(side) and seen[side].marker != change.link:
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
        stamps: dict[Side, float] = {side: rows[side].at for side in SIDES}
        self.pair_up(link, seen, {"left": {}, "right": {}}, stamps, (), kind="link")

    # --- records that have no twin

    def create(self, side: Side, row: Any) -> bool:
        """Plan the twin of a record on the other side; return whether one is planned."""
        seen, target = load_inbox(row), other(side)
        if seen is None or row.own in self.open_links:
            return False
        if was_paired(self, side, row, seen):
            return False
        label = {side: {**self.pair.label(seen), "id": seen.id}}
        change = Change(row.own, "create", seen.title, {side: seen.id}, label, stamps={side: row.at})
        if row.marker and row.marker != row.own and row.marker.startswith(self.pair.prefix):
            self.plan.problem(
                f"{change.name}: carries this sync's key {row.marker!r}, but its twin is unknown; it is left alone "
                "(a copied record, a deleted twin, or a lost state file: clear the key to sync it as a new record)"
            )
            return False
        if row.marker and row.marker != row.own and self.pair.claims(side):
            self.plan.problem(
                f"{change.name}: its sync key holds {row.marker!r}, which is not ours; clear it to sync the record"
            )
            return False
        return self._create(change, seen, side, target)

    def _create(self, change: Change, seen: Seen, side: Side, target: Side) -> bool:
        self._note_waiting(side, seen)
        write = Write(target, "create")
        title = self.pair.bound[side].view.mapping.title
        problems = []
        for name, lane in self.pair.lanes.items():
            cell = seen.cells.get(name)
            if cell is None or not lane.flows_to(target, creating=True):
                continue
            try:
                if cell.problem:
                    raise HeldValueError(cell.problem)
                if cell.value is not None:
                    lane.spot(target).write(cell.value)
                    write.fields[name] = cell.value
                change.agreed[name] = {side: [cell.hash, cell.value]}
            except HeldValueError as error:
                needed = lane.spot(target).required or lane.spot(target).field.required
                problems.append((name, str(error), needed or isinstance(error, TooLongError)))
        constants = {
            name for name, lane in self.pair.lanes.items() if isinstance(plain(lane.spot(side).codec), Constant)
        }
        if not set(write.fields) - constants and (
            not problems or all(seen.cells[name].value is None for name, *_ in problems)
        ):
            self.plan.notes.append(
                f"{change.key(side) or change.url()} in {self.plan.names[side]} is blank and left alone"
            )
            return False
        refused = [text for _, text, needed in problems if needed] or self.pair.problems.get(target, [])
        for text in refused or [text for _, text, _ in problems]:
            self.plan.problem(f"{change.name}: {text}" + ("; the record is not created" if refused else ""))
        if refused or (
            title not in write.fields and title in self.pair.lanes and self.pair.lanes[title].spot(target).required
        ):
            return False
        change.complete = not problems
        if self.pair.claims(side) and seen.marker != change.link:
            change.writes.append(Write(side, "update", claim=True))
        change.writes.append(write)
        if not self._refused_before(change, write):
            self.plan.add(change)
        return True

    def _note_waiting(self, side: Side, seen: Seen) -> None:
        if any(cell.waits for cell in seen.cells.values()) and self.collections[side].features.get:
            self.waiting[side].append(seen.id)

    def read_again(self) -> None:
        """Have the next plan read the records again whose references lead to records without a twin so far."""
        for side, remotes in self.waiting.items():
            for number in range(0, len(remotes), BATCH):
                self.state.mark_dirty(side, remotes[number : number + BATCH], self.pair.now())

    def _refused_before(self, change: Change, write: Write) -> bool:
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


OPEN = t.intents.c.state.in_(("sent", "unknown", "uncertain"))
REFUSAL_HOLDS = 24 * 3600.0


def _cell(seen: Seen, base: Half, name: str) -> Cell | None:
    """Return what a record shows in a field; a field that never was agreed and is not news is empty."""
    return seen.cells.get(name) or (None if name in base else Cell(EMPTY))
