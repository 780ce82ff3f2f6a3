"""What a sync remembers: links, how each side looked when last agreed, and what is under way.

One SQLite file (or a PostgreSQL URL) holds any number of syncs. Only the engine reads it. Everything
that must survive a crash is committed before the bytes leave: see ``intents`` in ``tables.py``.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select, update

from productops.errors import ConfigError, StaleError
from productops.sdk.mapping import Cell, Seen, Side
from productops.sdk.people import People, Row
from productops.sync.memory import tables as t
from productops.sync.memory.database import Store, dumps, loads, open_engine
from productops.sync.memory.holder import is_gone
from productops.sync.memory.statements import given
from productops.sync.plan import SIDES, Conflict

Packed = list[Any]  # [hash, value] of one field on one side, as agreed


PLAN_KEY = "plans are sealed with"
Half = dict[str, Packed]  # field → packed, one side of a base pair


class State(Store):
    """The memory of one sync inside a database."""

    # --- the sync itself

    def start(self, prefix: str, config: str, now: datetime) -> None:
        """Make the sync's first row when it is new.

        Raises:
            ConfigError: the state was made by a newer version of this library.

        """
        with self.transaction():
            found = self.find(t.meta, "version")
            if found and found[0].version > t.VERSION:
                raise ConfigError("The state was made by a newer version.", remedy="Upgrade productops.")
            if not found:
                row = {"lineage": str(uuid.uuid4()), "serial": 0, "prefix": prefix, "config": config}
                self.put(t.meta, (), [{**row, "version": t.VERSION, "created": now.timestamp()}])

    def meta(self) -> Any:
        """Return lineage, serial, prefix and config."""
        return self.find(t.meta)[0]

    def set_config(self, config: str) -> None:
        """Remember the mappings' current form."""
        self.carry_out(self.statements.update(t.meta, (), ("config",)), [{"config": config}])

    def bump(self) -> None:
        """Count a change of links, base or intents; plans made before it are out of date."""
        self.carry_out(self.statements.count_up(t.meta, "serial"), [{}])

    def has_links(self) -> bool:
        """Tell whether any pair was ever linked."""
        return bool(self.find(t.links, "link", limit=1))

    def count_links(self) -> int:
        """Return how many pairs are linked and active."""
        return int(self.ask(_active)[0][0])

    # --- links and their base

    def ends_of(self, links: Sequence[str]) -> dict[str, dict[Side, Any]]:
        """Return link → side → row of the end."""
        found: dict[str, dict[Side, Any]] = {}
        for row in self.find(t.ends, among=("link", links)):
            found.setdefault(row.link, {})[row.side] = row
        return found

    def links_of(self, side: Side, remotes: Sequence[str]) -> dict[str, str]:
        """Return remote id → link, for those that are linked."""
        found = self.find(t.ends, "remote", "link", among=("remote", remotes), side=side)
        return {row.remote: row.link for row in found}

    def hashes(self, side: Side, links: Sequence[str]) -> dict[str, dict[str, str]]:
        """Return link → field → fingerprint as last agreed on one side."""
        found = self.find(t.base, "link", "hashes", among=("link", links), side=side)
        return {row.link: loads(row.hashes) for row in found}

    def bases(self, links: Sequence[str]) -> dict[str, dict[Side, Half]]:
        """Return link → side → field → [hash, value]."""
        found: dict[str, dict[Side, Half]] = {link: {"left": {}, "right": {}} for link in links}
        values = {(row.link, row.side): loads(row.data) for row in self.find(t.base_values, among=("link", links))}
        for row in self.find(t.base, among=("link", links)):
            data = values.get((row.link, row.side), {})
            found[row.link][row.side] = {name: [mark, data.get(name)] for name, mark in loads(row.hashes).items()}
        return found

    def save_links(
        self, pairs: Mapping[str, Mapping[Side, tuple[str, Mapping[str, Any]]]], now: datetime
    ) -> Collection[str]:
        """Record that records are the same thing: link → side → (remote id, label).

        An end that is not given stays as it is.

        Returns:
            the links that are new.

        """
        if not pairs:
            return ()
        with self.transaction():
            known = {row.link: row.state for row in self.find(t.links, among=("link", pairs))}
            fresh = [link for link in pairs if link not in known]
            self.add(t.links, [{"link": link, "state": "active", "created": now.timestamp()} for link in fresh])
            for link, state in known.items():
                if state != "active":
                    self.set_link_state(link, "active")
            self.drop(t.tombstones, "link", known)
            rows = [
                {"link": link, "side": side, "remote": remote, "label": dumps(dict(label))}
                for link, ends in pairs.items()
                for side, (remote, label) in ends.items()
            ]
            self.put(t.ends, ("link", "side"), rows)
            return fresh

    def time_intents(self, rows: Sequence[dict[str, Any]]) -> None:
        """Set when writes leave: op, sent, settles."""
        self.carry_out(self.statements.update(t.intents, ("op",), ("sent", "settles")), rows)

    def close_intents(self, verdicts: Sequence[dict[str, Any]]) -> None:
        """Set the state of intents: op, state, error, remote."""
        self.carry_out(self.statements.update(t.intents, ("op",), ("state", "error", "remote")), verdicts)

    def whole_intents(self, ops: Iterable[str]) -> None:
        """Note that the changes are finished to which these writes belonged."""
        rows = [{"op": op, "state": "confirmed"} for op in ops]
        self.carry_out(self.statements.update(t.intents, ("op",), ("state",)), rows)

    def freeze(self, ops: Sequence[str], settles: float) -> None:
        """Let writes whose answers were lost rest until then."""
        rows = [{"op": op, "settles": settles} for op in ops]
        self.carry_out(self.statements.update(t.intents, ("op",), ("settles",)), rows)

    def set_link_state(self, link: str, state: str) -> None:
        """Mark a link active, parked or deleted."""
        self.carry_out(self.statements.update(t.links, ("link",), ("state",)), [{"link": link, "state": state}])

    def merge_base(self, pairs: Mapping[str, Mapping[Side, Half]], fresh: Collection[str] = ()) -> None:
        """Set the fields given as agreed, and keep the others. ``fresh`` are the pairs of which none are known yet."""
        now = self.bases([link for link in pairs if link not in fresh])
        rows, values = [], []
        for link, sides in pairs.items():
            for side, half in sides.items():
                if not half:
                    continue
                whole = {**now[link][side], **half} if link in now else half
                rows.append(
                    {"link": link, "side": side, "hashes": dumps({name: packed[0] for name, packed in whole.items()})}
                )
                data = {name: packed[1] for name, packed in whole.items() if packed[1] is not None}
                values.append({"link": link, "side": side, "data": dumps(data)})
        self.put(t.base, ("link", "side"), rows)
        self.put(t.base_values, ("link", "side"), values)

    def forget_field(self, name: str) -> None:
        """Forget what was agreed about a field, because its mapping changed."""
        with self.transaction():
            fresh = []
            for row in self.find(t.base):
                marks = loads(row.hashes)
                if marks.pop(name, None) is not None:
                    fresh.append({"link": row.link, "side": row.side, "hashes": dumps(marks)})
            self.carry_out(self.statements.update(t.base, ("link", "side"), ("hashes",)), fresh)

    # --- the inbox: what was seen and is not settled

    def receive(self, rows: Sequence[dict[str, Any]]) -> None:
        """Put seen records into the durable queue, newest view of each."""
        self.put(t.inbox, ("side", "remote"), rows)

    def mark_dirty(self, side: Side, remotes: Sequence[str], now: datetime) -> None:
        """Note that these linked records must be read again."""
        known = self.links_of(side, remotes)
        blank = {"own": "", "marker": None, "match": None, "seen": None, "at": now.timestamp()}
        self.receive([{"side": side, "remote": remote, "link": known.get(remote), **blank} for remote in remotes])

    def inbox_of(self, links: Sequence[str]) -> dict[tuple[str, str], Any]:
        """Return (link, side) → inbox row."""
        return {(row.link, row.side): row for row in self.find(t.inbox, among=("link", links))}

    def link_inbox(self) -> None:
        """Tell the inbox of records that were linked by another run after they were seen."""
        mine = (t.ends.c.sync == t.inbox.c.sync) & (t.ends.c.side == t.inbox.c.side)
        found = select(t.ends.c.link).where(mine, t.ends.c.remote == t.inbox.c.remote).scalar_subquery()
        free = (t.inbox.c.sync == self.sync) & t.inbox.c.link.is_(None) & found.is_not(None)
        with self.transaction() as connection:
            connection.execute(update(t.inbox).where(free).values(link=found))

    def settle_seen(self, seen: Sequence[tuple[Side, str, float]]) -> None:
        """Take records out of the inbox: side, remote id, and when they were seen at the latest."""
        rows = [{"side": side, "remote": remote, "at": at} for side, remote, at in seen]
        self.carry_out(self.statements.delete(t.inbox, ("side", "remote"), until="at"), rows)

    def link_seen(self, seen: Sequence[tuple[Side, str, str]]) -> None:
        """Tell the inbox that records are linked now: side, remote id, link."""
        rows = [{"side": side, "remote": remote, "link": link} for side, remote, link in seen]
        self.carry_out(self.statements.update(t.inbox, ("side", "remote"), ("link",)), rows)

    # --- cursors, names, people

    def cursor(self, side: Side) -> Any | None:
        """Return the side's watermark and the start of its last full listing."""
        found = self.find(t.cursors, side=side)
        return found[0] if found else None

    def names(self, side: Side) -> dict[str, str]:
        """Return the names a mapping used and the ids they meant."""
        return {row.name: row.id for row in self.find(t.names, side=side)}

    def save_names(self, side: Side, names: Mapping[str, str]) -> None:
        """Remember what names meant."""
        known = self.names(side)
        fresh = [{"side": side, "name": name, "id": id_} for name, id_ in names.items() if known.get(name) != id_]
        self.put(t.names, ("side", "name"), fresh)

    def fact(self, name: str) -> str | None:
        """Return a single thing that was remembered under a name."""
        found = self.find(t.facts, "value", among=("name", [name]))
        return str(found[0].value) if found else None

    def set_fact(self, name: str, value: str) -> None:
        """Remember a single thing under a name."""
        self.put(t.facts, ("name",), [{"name": name, "value": value}])

    def plan_key(self) -> str:
        """Return the key that plans of this sync are sealed with; it never leaves the state."""
        if known := self.fact(PLAN_KEY):
            return known
        with self.transaction():  # two runners may both find none: the first one's counts
            if self.fact(PLAN_KEY) is None:
                self.set_fact(PLAN_KEY, secrets.token_hex(32))
            return str(self.fact(PLAN_KEY))

    def load_people(self) -> People:
        """Return the people directory that this sync drafted."""
        rows = self.find(t.people, order=("row",))
        return People(Row(**loads(row.data)) for row in rows)

    def save_people(self, people: People) -> None:
        """Keep the people directory when it grew or changed."""
        fresh = [dumps({"name": row.name, "email": row.email, "ids": row.ids}) for row in people]
        if fresh != [row.data for row in self.find(t.people, "data", order=("row",))]:
            self.put(t.people, (), [{"row": number, "data": data} for number, data in enumerate(fresh)])

    # --- conflicts

    def conflicts(self, *states: str, links: Sequence[str] | None = None) -> list[Conflict]:
        """Return conflicts in these states, oldest first."""
        wanted = states or ("open", "decided")
        among = ("state", wanted) if links is None else ("link", links)
        rows = self.find(t.conflicts, among=among, order=("opened", "id"))
        return [_conflict(row) for row in rows if row.state in wanted]

    def save_conflict(self, conflict: Conflict, now: datetime) -> None:
        """Store a conflict with both values, or refresh the one that is open."""
        known = self.find(t.conflicts, "opened", id=conflict.id)
        data = {
            name: getattr(conflict, name) for name in ("title", "base", "left", "right", "labels", "hashes", "names")
        }
        row = {name: getattr(conflict, name) for name in ("id", "link", "field", "kind", "state")}
        decision = dumps(conflict.decision) if conflict.decision else None
        opened = known[0].opened if known else now.timestamp()
        closed = None if conflict.state != "closed" else now.timestamp()
        self.put(
            t.conflicts,
            ("id",),
            [{**row, "data": dumps(data), "decision": decision, "opened": opened, "closed": closed}],
        )

    # --- one writer at a time

    def take_lease(self, holder: str, now: datetime, seconds: float) -> int | None:
        """Take or renew the right to write; return the fence, or ``None`` when somebody else holds it."""
        with self.transaction():
            found = self.find(t.lease)
            if found and found[0].holder != holder and _alive(found[0], now):
                return None
            fence = int(found[0].fence) + (found[0].holder != holder) if found else 1
            self.put(t.lease, (), [{"holder": holder, "fence": fence, "expires": now.timestamp() + seconds}])
            return fence

    def at_work(self, now: datetime) -> bool:
        """Tell whether some runner holds the lease and may be in the middle of a write."""
        return any(_alive(row, now) for row in self.find(t.lease))

    def hold_lease(self, holder: str, fence: int, now: datetime, seconds: float) -> None:
        """Renew the lease inside the caller's transaction.

        Raises:
            StaleError: another runner took over; nothing more may be written.

        """
        renew = self.statements.update(t.lease, ("fence", "holder"), ("expires",))
        if self.carry_out(renew, [{"fence": fence, "holder": holder, "expires": now.timestamp() + seconds}]) != 1:
            raise StaleError(
                "Another run of this sync took over.", system="productops", remedy="Let it finish, then plan again."
            )

    def free_lease(self, holder: str) -> None:
        """Let the next runner begin at once; the fence stays, so that an older holder stays out."""
        with self.transaction() as connection:
            mine = (t.lease.c.sync == self.sync) & (t.lease.c.holder == holder)
            connection.execute(update(t.lease).where(mine).values(expires=0, holder=""))


def _active() -> Select[Any]:
    row = t.links.c
    return select(func.count()).where(row.sync == given("sync"), row.state == "active")


def _alive(row: Any, now: datetime) -> bool:
    return bool(row.holder) and row.expires > now.timestamp() and not is_gone(row.holder)


def chunks(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """Yield pieces of a sequence."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _conflict(row: Any) -> Conflict:
    decision = loads(row.decision) if row.decision else None
    known = {"link": row.link, "field": row.field, "kind": row.kind, "state": row.state, "decision": decision}
    return Conflict(id=row.id, **known, **loads(row.data))


def half(cells: Mapping[str, Cell], names: Iterable[str]) -> Half:
    """Return what a record shows in these fields, as one half of a base pair."""
    return {name: [cells[name].hash, cells[name].value] for name in names if name in cells}


def seen_of(row: Any) -> Seen | None:
    """Return the record in an inbox row, or ``None`` when it must be read again."""
    return Seen.from_json(row.seen) if row.seen else None


__all__ = ["SIDES", "Half", "Packed", "State", "chunks", "dumps", "half", "loads", "open_engine", "seen_of"]
