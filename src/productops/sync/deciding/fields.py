"""What becomes of one field: by the merge, by its policy, by a person's decision, or by the breaker."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from productops.sdk.codecs import HeldValueError
from productops.sdk.mapping import Cell, Side
from productops.sync.deciding.breaker import OSCILLATION, Breaker
from productops.sync.deciding.losses import lost
from productops.sync.plan import SIDES, Change, Conflict, Plan, Write, other
from productops.sync.reading.pair import Pair
from productops.sync.rules.merge import Lane, Outcome, Prefer, carried, merge_field
from productops.sync.rules.policies import Case, settle


@dataclass(slots=True)
class Decider:
    """Decides fields and fills a change with what follows."""

    pair: Pair
    plan: Plan
    prefer: Prefer
    breaker: Breaker

    def field(
        self,
        change: Change,
        updates: Mapping[Side, Write],
        case: Case,
        conflict: Conflict | None,
    ) -> None:
        """Add to the change, and to the writes of its two sides, what becomes of one field."""
        lane, cells, base = case.lane, case.cells, case.base
        outcome = self._decide(change, case, conflict)
        if outcome.kind in ("held", "conflict"):
            change.complete = False
            if outcome.kind == "held":
                self.plan.problem(f"{change.name}: {outcome.reason}")
            return
        if outcome.kind == "same":
            return
        values, losses = {}, {}
        for side, value in outcome.values.items():
            try:
                remote = lane.spot(side).write(value)
            except HeldValueError as error:
                change.complete = False
                self.plan.problem(f"{change.name}: {error}")
                return
            values[side] = value
            if unshown := lost(self.pair, lane, side, value, remote, cells[other(side)], cells[side].value):
                losses[side] = unshown
        if losses:
            change.losses[lane.name] = losses
        for side, value in values.items():
            updates[side].fields[lane.name] = value
            updates[side].before[lane.name] = [cells[side].hash, cells[side].value]
        if outcome.rule and values:
            change.rules[lane.name] = outcome.rule
        if outcome.loser and values:
            kept = self._conflict(change, lane, cells, base, "overwritten")
            kept.state = "closed"
            kept.decision = {"take": other(next(iter(values))) if len(values) == 1 else "merged", "why": outcome.rule}
            change.keeps.append(asdict(kept))
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
            value = known.decision["value"] if take == "value" else carried(lane, cells, base, take)
            wanting = (side for side in SIDES if side != take and not lane.equal(cells[side].value, value))
            ways: list[Side] = [side for side in wanting if lane.flows_to(side)]
            if all(not cells[side].protected for side in ways):
                return Outcome("write", dict.fromkeys(ways, value), rule=rule) if ways else Outcome("agree")
            change.settles.remove(known.id)
            return Outcome("held", reason=next(cells[side].protected or "" for side in ways if cells[side].protected))
        if known is not None and known.state == "decided" and known.hashes != conflict.hashes:
            self.plan.notes.append(f"{change.name}: {lane.name} changed again after the decision, which is void")
        if known is None or known.state != "decided" or known.hashes != conflict.hashes:
            self.pair.state.save_conflict(conflict, self.pair.now())
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
