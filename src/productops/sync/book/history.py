"""What a sync did, told from its own memory: who wrote a field, when, by which rule; what was deleted.

Everything here is read from the intents (each write with the values before and after it), the agreed values
and the conflicts; no service is asked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from dataclasses import field as part
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import or_

from productops.errors import ConfigError, GoneError
from productops.sdk.mapping import Side
from productops.sync.memory import tables as t
from productops.sync.memory.state import State, dumps
from productops.sync.plan import SIDES, Change, Conflict, Write, brief, other
from productops.sync.report import Report

FATES = {
    "confirmed": "",
    "half": "",
    "sent": " (no answer yet)",
    "unknown": " (the answer was lost)",
    "uncertain": " (nobody knows whether it arrived)",
    "failed": " (refused)",
    "superseded": " (never arrived)",
    "ignored": " (left open by a person)",
}


def when(stamp: float) -> str:
    """Return a time as people read it, in UTC."""
    return f"{datetime.fromtimestamp(stamp, UTC):%Y-%m-%d %H:%M} UTC"


@dataclass(frozen=True, slots=True)
class Step:
    """One write of one field."""

    at: float  # seconds since 1970, UTC
    run: str
    side: Side  # the side that was written
    source: Side  # the side whose value it was
    value: Any
    before: Any
    rule: str
    state: str  # confirmed, unknown, failed ...


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a field of one pair holds what it holds. ``str()`` is for people, ``to_dict()`` for JSON."""

    link: str
    title: str
    field: str
    names: dict[Side, str]
    values: dict[Side, Any]  # as last agreed; a side that is missing was never agreed
    steps: list[Step] = part(default_factory=list)  # newest first
    conflicts: list[Conflict] = part(default_factory=list)  # oldest first, settled ones too

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON-able values."""
        return asdict(self)

    def __str__(self) -> str:
        lines = [f"{self.title or '(untitled)'}: {self.field}"]
        if self.values:
            said = "; ".join(f"{brief(value, 80)} in {self.names[side]}" for side, value in self.values.items())
            lines.append(f"  last agreed: {said}")
        else:
            lines.append("  was never agreed between the two sides")
        lines += [
            f"  {when(step.at)}, {step.run}: wrote {brief(step.value, 80)} to {self.names[step.side]} over "
            f"{brief(step.before, 80)}: {step.rule}{FATES.get(step.state, '')}"
            for step in self.steps
        ]
        if not self.steps:
            lines.append("  this sync never wrote it: people did, on the side they work on")
        for item in self.conflicts:
            decision = item.decision or {}
            fate = f"settled ({decision.get('take', 'both became equal')})" if item.state == "closed" else item.state
            lines.append(f"  conflict {item.id}, {fate}: left {brief(item.left, 80)}, right {brief(item.right, 80)}")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Deleted:
    """A record that a run moved to the trash or deleted, with the values both sides had last."""

    link: str
    title: str
    side: Side  # where it was deleted
    record: str  # its id there
    key: str
    url: str
    at: float
    run: str
    why: str
    undone: bool  # it went because a run was undone
    values: dict[Side, dict[str, Any]]

    def __str__(self) -> str:
        where = self.key or self.url or self.record
        return f"{when(self.at)}, {self.run}: {self.title or '(untitled)'} [{where}] was deleted in {self.side}"


def find_link(state: State, record: str) -> str:
    """Return the link of a record, by its id, key or address on either side, or by the link itself.

    Raises:
        GoneError: no pair of this sync knows such a record.
        ConfigError: several do.

    """
    told = [f'"{name}":{dumps(record)}' for name in ("key", "url")]
    query = state.pick(t.ends, "link", "remote", "label")
    by_label = or_(*(t.ends.c.label.contains(text, autoescape=True) for text in told))
    rows = state.rows(query.where((t.ends.c.link == record) | (t.ends.c.remote == record) | by_label))
    found = {row.link for row in rows if record in (row.link, row.remote, *_called(row.label))}
    if not found:  # deleted pairs have no ends any more; their writes tell who they were
        past = state.pick(t.intents, "link", "change", "remote")
        by_change = or_(*(t.intents.c.change.contains(text, autoescape=True) for text in told))
        older = state.rows(past.where((t.intents.c.link == record) | (t.intents.c.remote == record) | by_change))
        found = {row.link for row in older}
    if len(found) == 1:
        return str(found.pop())
    if found:
        raise ConfigError(f"{len(found)} pairs have a record {record!r}.", remedy="Give its link or its address.")
    raise GoneError(
        f"No pair of this sync has a record {record!r}.",
        system="productops",
        remedy="Give the record's id, its key or its address on either side.",
    )


def _called(label: str) -> tuple[Any, Any]:
    told = json.loads(label)
    return told.get("key"), told.get("url")


def explain(state: State, names: Mapping[Side, str], record: str, name: str, titled: str = "") -> Explanation:
    """Return why a field of a record holds what it holds; ``titled`` is the field that names a record to people."""
    link = find_link(state, record)
    base, title = state.bases([link])[link], ""
    values = {side: base[side][name][1] for side in SIDES if name in base[side]}
    steps: list[Step] = []
    for row, change, write in _writes(state, link):
        title = title or change.title
        if name in write.fields:
            steps.append(_step(row, change, write, name, names))
    for end in state.ends_of([link]).get(link, {}).values():
        title = json.loads(end.label).get("title") or title  # as it was when the two were linked
    now = (base[side][titled][1] for side in SIDES if titled in base[side])
    title = next((value for value in now if isinstance(value, str) and value), title)
    every = state.conflicts("open", "decided", "closed", links=[link])
    return Explanation(
        link, title, name, dict(names), values, steps, [item for item in every if item.field == name]
    )  # fmt: skip


def _writes(state: State, link: str) -> Iterator[tuple[Any, Change, Write]]:
    """Yield the writes of a pair, newest first."""
    query = state.pick(t.intents).where(t.intents.c.link == link).order_by(t.intents.c.sent.desc(), t.intents.c.op)
    for row in state.rows(query):
        change = Change.from_json(row.change)
        if (write := write_of(row, change)) is not None:
            yield row, change, write


def write_of(row: Any, change: Change) -> Write | None:
    """Return the write that an intent was about; a second try of the same write is the last one in its change."""
    mine = [write for write in change.writes if (write.side, write.kind) == (row.side, row.kind)]
    return mine[-1] if mine else None


def _step(row: Any, change: Change, write: Write, name: str, names: Mapping[Side, str]) -> Step:
    source = other(row.side)
    if change.undoes:
        rule = f"the run {change.undoes} was undone"
    elif name in change.rules:
        rule = change.rules[name]
    elif row.kind == "create":
        rule = f"the record was made from the one in {names[source]}"
    elif change.kind == "link":
        rule = f"the two records were linked, and only {names[source]} held something"
    else:
        rule = f"only {names[source]} had changed"
    before = write.before.get(name, [None, None])[1]
    return Step(row.sent, row.run, row.side, source, write.fields[name], before, rule, row.state)


def runs(state: State) -> list[Report]:
    """Return the reports of all runs, oldest first."""
    rows = state.rows(state.pick(t.runs, "report").order_by(t.runs.c.started, t.runs.c.run))
    return [Report(**json.loads(row.report)) for row in rows if row.report]


def deleted(state: State) -> list[Deleted]:
    """Return what runs deleted, newest first. The values are kept in the state, whatever the service's trash does."""
    query = state.pick(t.intents).where(t.intents.c.kind == "delete", t.intents.c.state == "confirmed")
    rows = state.rows(query.order_by(t.intents.c.sent.desc(), t.intents.c.op))
    gone = {row.link: row.state for row in state.find(t.links, among=("link", [row.link for row in rows]))}
    found = []
    for row in rows:
        if gone.get(row.link) not in ("deleted", "undone"):
            continue  # it came back and was linked again
        change, base = Change.from_json(row.change), state.bases([row.link])[row.link]
        values = {side: {name: packed[1] for name, packed in base[side].items()} for side in SIDES}
        found.append(
            Deleted(
                row.link, change.title, row.side, change.ends[row.side], change.key(row.side),
                str(change.labels.get(row.side, {}).get("url") or ""), row.sent, row.run, change.why,
                bool(change.undoes), values,
            )
        )  # fmt: skip
    return found
