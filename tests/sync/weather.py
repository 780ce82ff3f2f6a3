"""Two services in bad weather, and an oracle that only looks at them.

The services normalise text, hide fresh records from searches, lose answers, commit late and die. Users edit
between any two calls. The oracle knows which words people typed and which words replaced which; it
never reads the engine's state, only what the services show and the public list of conflicts.
"""

import itertools
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel

from productops.connectors.memory import Memory, MemoryCollection
from productops.errors import ProductOpsError, UnavailableError, UnknownOutcomeError
from productops.sdk.collection import Settle
from productops.sdk.mapping import Mapping
from productops.sync.engine import Sync

LATE, LAG = timedelta(seconds=20), timedelta(seconds=30)
WRITE_FAULTS = ("refused", "dropped", "lost", "late", "crash", "crash after")
READ_FAULTS = ("refused", "crash")


class Crash(BaseException):
    """The process died here."""


class Word(BaseModel):
    """What is synced: two words."""

    x: str | None = None
    y: str | None = None


class Service(MemoryCollection):
    """A collection that misbehaves as told by the world."""

    def __init__(self, world, side, spell):
        super().__init__(Memory(now=lambda: world.now), side, {"x": "text", "y": "text"})
        self.world, self.side, self.spell = world, side, spell
        self.pending = []
        self.features = replace(self.features, create_batch=3, update_batch=2, get_batch=2, upsert=world.upsert)
        self.edited = defaultdict(set)  # record → fields edited by people since it was last read by id
        self.versions = defaultdict(list)  # id → (when, record)

    # --- the calls

    def scan(self, since=None, fields=None):
        self.world.call(self, "read", lambda: None)
        # A search knows when a record changed, and shows it as it was indexed: late.
        for record in [*super().scan(None, fields)]:
            if record.created + LAG <= self.world.now and (since is None or record.updated >= since):
                yield self._indexed(record)

    def _indexed(self, record):
        known = [old for at, old in self.versions[record.id] if at + LAG <= self.world.now]
        return known[-1] if known else record

    def find(self, markers, since):
        def look():
            found = super(Service, self).find(markers, since)
            return {m: [r for r in records if r.created + LAG <= self.world.now] for m, records in found.items()}

        return self.world.call(self, "read", look)

    def get(self, ids, fields=None):
        def look():
            for id_ in ids:
                self.edited[id_].clear()
            return super(Service, self).get(ids, fields)

        return self.world.call(self, "read", look)

    def create(self, drafts):
        for draft in drafts:
            self.world.remember(draft)
        return self.world.call(self, "write", lambda: super(Service, self).create(drafts), len(drafts))

    def update(self, patches):
        return self.world.call(self, "write", lambda: super(Service, self).update(patches), len(patches))

    def settle(self):
        return Settle(LATE, LAG)

    def same(self, field, sent, shown):
        return (self.spell(sent) if sent else sent) == shown

    # --- what happens inside

    def _create(self, draft):
        if not self.world.upsert:
            made = super()._create(replace(draft, marker=None))
            self.rows[made.id] = replace(made, marker=draft.marker)
        else:
            made = super()._create(draft)
            if made.existed and draft.fields:  # an upsert with a full payload overwrites
                self.rows[made.id] = replace(made, fields={**made.fields, **draft.fields}, existed=False)
        return self._spelled(made.id) if not made.existed else made

    def _update(self, patch):
        for name in patch.fields:
            if name in self.edited[patch.id]:
                self.world.gap(self, patch.id, name)
        done = super()._update(patch)
        return done if isinstance(done, ProductOpsError) else self._spelled(patch.id)

    def _spelled(self, id_):
        row = self.rows[id_]
        self.rows[id_] = replace(row, fields={k: self.spell(v) if v else v for k, v in row.fields.items()})
        self.versions[id_].append((self.world.now, self.rows[id_]))
        return self.rows[id_]

    def live(self):
        return [record for record in self.rows.values() if not record.trashed]


class World:
    """Two services, one engine, and what people typed."""

    def __init__(self, path, name="words", *, upsert=False, sync=Sync):
        self.now = datetime(2026, 3, 1, tzinfo=UTC)
        self.upsert = upsert
        self.words = itertools.count(1)
        self.faults, self.edits, self.calls = {}, {}, 0
        self.things = {}  # word or marker → thing
        self.typed_at = {}
        self.alive = defaultdict(set)  # (thing, field) → words nobody replaced
        self.gaps = 0
        self.written = 0
        self.quiet = False
        self.sides = {
            "left": Service(self, "left", lambda text: text),
            "right": Service(self, "right", lambda text: text if text.endswith("~") else text + "~"),
        }
        self.path, self.name, self.make = path, name, sync

    def engine(self):
        """A fresh process."""
        views = {side: Mapping(Word, x="x", y="y").on(service) for side, service in self.sides.items()}
        return self.make(
            self.name,
            **views,
            state=self.path,
            clock=lambda: self.now,
            full_every=timedelta(0),
            delete_grace=timedelta(days=900),
        )

    # --- people

    def word(self, side, thing):
        text = f"w{next(self.words)}"
        self.things[text], self.typed_at[text] = thing, side
        return text

    def person_adds(self, side):
        thing = f"thing {next(self.words)}"
        values = {name: self.word(side, thing) for name in ("x", "y")}
        for name, text in values.items():
            self.alive[thing, name] = {text}
        service = self.sides[side]
        service._spelled(service.add(**values).id)

    def person_edits(self, side, number, name):
        service = self.sides[side]
        records = service.live()
        if not records:
            return
        record = records[number % len(records)]
        thing = self.thing(record)
        if thing is None:
            return
        old, new = (record.fields[name] or "").rstrip("~"), self.word(side, thing)
        self.alive[thing, name].discard(old)
        self.alive[thing, name].add(new)
        MemoryCollection._update(service, _patch(record.id, {name: new}))
        service._spelled(record.id)
        service.edited[record.id].add(name)

    def thing(self, record):
        words = [(value or "").rstrip("~") for value in record.fields.values()]
        return next((self.things[word] for word in words if word in self.things), self.things.get(record.marker))

    def remember(self, draft):
        words = [(value or "").rstrip("~") for value in draft.fields.values()]
        for word in words:
            if word in self.things:
                self.things[draft.marker] = self.things[word]

    def gap(self, service, record_id, name):
        """A person's edit was overwritten in the window that no client of such a service can close."""
        self.gaps += 1
        lost = (service.rows[record_id].fields[name] or "").rstrip("~")
        self.alive[self.thing(service.rows[record_id]), name].discard(lost)

    # --- the weather

    def call(self, service, kind, act, size=0):
        self.calls += 1
        self.tick(1)
        for side, number, name in self.edits.get(self.calls, ()):
            self.person_edits(side, number, name)
        if kind == "write":
            self.written += size
        fault = None if self.quiet else self.faults.get(self.calls)
        if fault is None or (kind == "read" and fault not in READ_FAULTS):
            return act()
        if fault == "refused":
            raise UnavailableError("not now")
        if fault == "crash":
            raise Crash
        if fault == "late":
            service.pending.append((self.now + LATE - timedelta(seconds=2), act))
        if fault in ("lost", "crash after"):
            act()
        if fault == "crash after":
            raise Crash
        raise UnknownOutcomeError("no answer")

    def tick(self, seconds):
        self.now += timedelta(seconds=seconds)
        for service in self.sides.values():
            due = [job for job in service.pending if job[0] <= self.now]
            service.pending = [job for job in service.pending if job[0] > self.now]
            for _, act in due:
                act()

    def run(self, faults=(), edits=()):
        """One pass of a process that may not survive it."""
        self.calls = 0
        self.faults = dict(faults)
        self.edits = {}
        for at, edit in edits:
            self.edits.setdefault(at, []).append(edit)
        try:
            sync = self.engine()
            sync.apply(sync.plan())
        except (Crash, ProductOpsError):
            self.tick(1)
            return False
        return True

    def calm_down(self, most=8):
        """Let everything settle; return how many passes wrote something."""
        self.quiet = True
        passes = 0
        for _ in range(most):
            self.tick(120)
            before = self.written
            assert self.run(), "a pass in fine weather failed"
            passes += self.written > before
        before = self.written
        self.tick(120)
        self.run()
        assert self.written == before, "it does not come to rest"
        return passes

    # --- the verdict

    def judge(self):
        sync = self.engine()
        conflicts = sync.conflicts(closed=True)
        told = {
            (value or "").rstrip("~")
            for item in conflicts
            for value in (item.left, item.right)
            if isinstance(value, str)
        }
        shown = {
            (value or "").rstrip("~")
            for service in self.sides.values()
            for r in service.live()
            for value in r.fields.values()
        }
        for (thing, name), words in self.alive.items():
            missing = words - shown - told
            assert not missing, f"lost: {missing} of {thing}.{name}"
        unsettled = {(item.link, item.field) for item in sync.conflicts()}
        for side, service in self.sides.items():
            seen = [self.thing(record) for record in service.live()]
            assert len(seen) == len(set(seen)), f"doubled on the {side}: {sorted(map(str, seen))}"
        left = {self.thing(record): record for record in self.sides["left"].live()}
        right = {self.thing(record): record for record in self.sides["right"].live()}
        assert set(left) == set(right), "not everything has its twin"
        if not unsettled:
            for thing, record in left.items():
                for name in ("x", "y"):
                    one, two = record.fields[name], right[thing].fields[name]
                    assert (one or "").rstrip("~") == (two or "").rstrip("~"), f"{thing}.{name}: {one!r} and {two!r}"
        for record in left.values():
            for value in record.fields.values():
                leaked = (value or "").endswith("~") and self.typed_at.get((value or "").rstrip("~")) == "left"
                assert not leaked, f"the right side's spelling of {value!r} came back to the left"


def _patch(record_id, fields):
    from productops.sdk.record import Patch

    return Patch(record_id, fields)
